"""All examinations in the order in which a service needs what they look at."""

from collections.abc import Callable, Iterator

from ragqa.config import Settings
from ragqa.doctor.corpus import corpus, database, embedder, vectors
from ragqa.doctor.finding import Finding, Status, wrong
from ragqa.doctor.machine import disk, gpu, software
from ragqa.doctor.model import generator
from ragqa.errors import RagqaError

__all__ = ["Finding", "Status", "examine"]

_EXAMINATIONS: tuple[Callable[[Settings], Finding], ...] = (
    software,
    disk,
    gpu,
    generator,
    embedder,
    database,
    corpus,
    vectors,
)


def examine(settings: Settings) -> Iterator[Finding]:
    """Yield what each examination finds; one that fails is itself a finding, and the others go on."""
    for examination in _EXAMINATIONS:
        try:
            yield examination(settings)
        except Exception as error:
            # A damaged database, for one, fails wherever its damaged part is read.
            told = str(error) if isinstance(error, RagqaError) else f"{type(error).__name__}: {error}".split("\n")[0]
            yield wrong(examination.__name__, told, "see what else is wrong, above all with the database")
