"""The summary as a table and as a file."""

from pathlib import Path

import msgspec

from ragqa.evaluation.measures import measure
from ragqa.evaluation.summary import Line, Summary, summary_lines, write_summary
from tests.unit.evaluation.row_parts import row, run

ROWS = [
    row("a", "yes", "yes", rulings="g", gold_rulings="g", cited="g", style=("short",)),
    row("b", "no", "unknown", rulings="x g", gold_rulings="g"),
    row("c", "unknown", "yes", cards="z"),
    row("d", "yes", "yes", style=("short",)),
]


def test_lines_hold_share_interval_and_count() -> None:
    lines = summary_lines(measure(run(ROWS)))
    assert lines[0] == Line("all", "correct", "50.0 %", "15.0–85.0 %", "2/4")
    assert Line("all", "score (+1/0/−1)", "0.250", "", "4") in lines
    assert Line("to be declined", "wrong", "100.0 %", "20.7–100.0 %", "1/1") in lines
    assert Line("style", "short", "100.0 %", "34.2–100.0 %", "2/0/0") in lines
    assert Line("gold ruling", "hit_at_1", "0.500") in lines
    assert Line("linking", "wrong links", "100.0 %", "20.7–100.0 %", "1/1") in lines


def test_a_run_without_rows_shows_dashes() -> None:
    lines = summary_lines(measure(run([])))
    assert lines[0] == Line("all", "correct", "–", "", "0/0")
    assert Line("confidence", "ECE", "–") in lines


def test_the_file_holds_stamp_and_measures(tmp_path: Path) -> None:
    path = write_summary(tmp_path, run(ROWS, run_id="one"))
    assert path == tmp_path / "runs" / "one" / "summary.json"
    read = msgspec.json.decode(path.read_bytes(), type=Summary)
    assert read.run.configuration == {"generator": "rulings"}
    assert read.measures == measure(run(ROWS, run_id="one"))
