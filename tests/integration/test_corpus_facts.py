"""The starter corpus against the development data: facts, verdicts and wording (`make check-corpus`)."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data" / "yugioh"


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.check_corpus", str(folder)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def wording() -> ModuleType:
    spec = importlib.util.spec_from_file_location("corpus_wording", ROOT / "benchmarks" / "corpus_wording.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.shared
def test_every_fact_agrees_or_is_explained() -> None:
    if not (SHARED / "rulings.jsonl.gz").exists():
        pytest.skip(f"{SHARED} is absent: the corpus cannot be checked here")
    result = check(SHARED)
    assert (result.returncode, result.stdout.count(" 0 findings")) == (0, 6), result.stdout


def test_without_the_data_the_check_says_so(tmp_path: Path) -> None:
    result = check(tmp_path)
    assert (result.returncode, "was not checked" in result.stdout) == (0, True)


def test_a_copied_run_is_found_around_masked_names() -> None:
    module = wording()
    source = module.mask_names(
        "Red Dragon destroys every card that your opponent controls on this field", ["Red Dragon"]
    )
    index = module.TextIndex([source], "en", 8)
    assert index.shared_run("it destroys every card that your opponent controls today") == ""
    assert (
        index.shared_run("It destroys every card that your opponent controls on a field")
        == "destroys every card that your opponent controls on"
    )
    japanese = module.TextIndex(["相手フィールドのカードを全て破壊する。"], "ja", 10)
    assert japanese.shared_run("そして、相手フィールドの カードを、割る") == "相手フィールドのカー"
