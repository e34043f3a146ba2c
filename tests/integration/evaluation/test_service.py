"""The entry points as the command line uses them: run, report, compare."""

from pathlib import Path

import msgspec
import pytest

from ragqa.corpus.store import SqlCorpusStore
from ragqa.errors import NotFound
from ragqa.evaluation import service as evaluation
from ragqa.evaluation.controls import Arm
from tests.integration.evaluation_parts import EXAMPLES, FakeService, fake_service


@pytest.fixture
def service(store: SqlCorpusStore, tmp_path: Path) -> FakeService:
    fake = fake_service(store, tmp_path)
    evaluation.evaluate(fake, EXAMPLES, test_set="small", run_id="one")
    evaluation.evaluate(fake, EXAMPLES, test_set="small", run_id="two", arm=Arm.CLOSED_BOOK)
    return fake


def test_a_run_ends_with_one_json_that_holds_everything(service: FakeService) -> None:
    summary = msgspec.json.decode((service.settings.home / "runs" / "one" / "summary.json").read_bytes())
    assert summary["run"]["configuration"]["generator"] == "rulings"
    assert summary["measures"]["all"]["correct"]["count"] == 4


def test_a_report_shows_the_question_of_the_gold_ruling(service: FakeService) -> None:
    page = evaluation.write_report(service.settings.home, "one", service.store)
    assert "May Grey Owl sleep by day?" in page.read_text("utf-8")
    assert page.with_suffix(".md").read_text("utf-8").startswith("# Evaluation one")
    with pytest.raises(NotFound):
        evaluation.write_report(service.settings.home, "three")


def test_a_comparison_is_written_in_three_formats(service: FakeService, tmp_path: Path) -> None:
    [comparison] = evaluation.write_comparison(service.settings.home, ["one", "two"], tmp_path / "out", service.store)
    assert comparison.of("correct").difference == pytest.approx(-3 / 6)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "two-against-one.html",
        "two-against-one.json",
        "two-against-one.md",
    ]
    read = msgspec.json.decode((tmp_path / "out" / "two-against-one.json").read_bytes(), type=evaluation.Comparison)
    assert read == comparison
    assert not evaluation.fail_if_worse(read, "correct:0.02").passed
