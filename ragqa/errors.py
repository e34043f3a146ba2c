"""One tree of errors; the API maps it to HTTP once (`ragqa.api.problems`) and the CLI to exit codes once."""


class RagqaError(Exception):
    """Base of every error ragqa raises on purpose; the message says what, where and what to do."""


class InvalidInput(RagqaError):
    """Something the caller sent does not fit; `field` and `line` say where, as far as known."""

    def __init__(self, message: str, *, field: str | None = None, line: int | None = None) -> None:
        super().__init__(message)
        self.field = field
        self.line = line


class MalformedBody(InvalidInput):
    """What was sent cannot even be read: not UTF-8, or not JSON."""


class NotFound(RagqaError):
    """No source of that id is in the corpus."""


class Conflict(RagqaError):
    """The write does not fit the state of the corpus."""


class DuplicateSource(Conflict):
    """A source of that id is already in the corpus."""


class StaleWrite(Conflict):
    """The source changed since the caller read it."""


class SuspiciousWithdrawals(Conflict):
    """A source suddenly drops more rulings than is plausible."""


class SourceUnavailable(RagqaError):
    """A public source cannot be fetched now."""


class ConfigurationError(RagqaError):
    """A setting is missing or does not fit the machine."""


class ModelError(ConfigurationError):
    """A model cannot be loaded or is not what it must be."""


class Overloaded(RagqaError):
    """The service has no room for the request now; `retry_after` is in seconds."""

    def __init__(self, message: str, *, retry_after: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class DeadlineExceeded(RagqaError):
    """An answer took longer than the service allows."""


class NotReady(RagqaError):
    """The service is still starting, could not start, or is stopping; `retry_after` is in seconds."""

    def __init__(self, message: str, *, retry_after: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class GenerationFailed(RagqaError):
    """The generator stopped before it answered."""
