"""What an examination says of one thing."""

from enum import StrEnum

import msgspec


class Status(StrEnum):
    """Whether the service can run with it."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing: what was found, and what to do where it is not as it must be."""

    about: str
    status: Status
    found: str
    advice: str = ""


def ok(about: str, found: str) -> Finding:
    """Return a finding of something that is as it must be."""
    return Finding(about=about, status=Status.OK, found=found)


def warning(about: str, found: str, advice: str) -> Finding:
    """Return a finding of something that a service can run with, but not well."""
    return Finding(about=about, status=Status.WARNING, found=found, advice=advice)


def wrong(about: str, found: str, advice: str) -> Finding:
    """Return a finding of something that a service cannot run with."""
    return Finding(about=about, status=Status.WRONG, found=found, advice=advice)
