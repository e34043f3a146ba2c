"""The backup that docs/operating.md gives, of a database in use."""

import shlex
import subprocess
import sys
from pathlib import Path

from ragqa.corpus.keys import Scope
from ragqa.corpus.store import SqlCorpusStore, open_store
from tests.integration.corpus_parts import card, upsert

DOCUMENT = Path(__file__).parents[3] / "docs" / "operating.md"


def test_a_backup_beside_the_service_holds_what_was_committed(store: SqlCorpusStore, tmp_path: Path) -> None:
    store.apply([upsert(card("1"))], model_id="hash")
    _, token = store.keys.create("shop", [Scope.ASK])
    [line] = [line for line in DOCUMENT.read_text("utf-8").splitlines() if ".backup(" in line]
    command = [sys.executable, *shlex.split(line)[1:-2], str(tmp_path / "home" / "ragqa.db"), str(tmp_path / "copy.db")]
    subprocess.run(command, check=True, capture_output=True)
    store.apply([upsert(card("1", "It hops."))], model_id="hash")
    restored = open_store(f"sqlite:///{tmp_path / 'copy.db'}")
    try:
        assert restored.card("1") == card("1")
        assert restored.keys.find(token) is not None
        assert restored.audit.page()[0].action == store.audit.page()[1].action
    finally:
        restored.close()
