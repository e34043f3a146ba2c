"""What a service needs to run, looked at one by one: what is wrong, and what to do about it."""

from ragqa.doctor.examination import Finding, Status, examine

__all__ = ["Finding", "Status", "examine"]
