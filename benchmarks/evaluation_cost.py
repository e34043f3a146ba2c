"""What evaluation costs beside the asks, and what a large report and comparison cost.

python -m benchmarks.evaluation_cost [--questions 1000] [--rows 3000] [--testset FILE]

Opening the page is measured in Chromium where playwright and a chromium are installed, by the browser's own clock.
"""

import argparse
import itertools
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ragqa.bootstrap import open_service
from ragqa.config import Settings
from ragqa.evaluation import service as evaluation
from ragqa.evaluation.examples import Example
from ragqa.evaluation.runs import Run, rows_path, write_header, write_rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--testset", type=Path, default=Path("corpus/testset.jsonl"))
    parser.add_argument("--questions", type=int, default=1000)
    parser.add_argument("--rows", type=int, default=3000)
    arguments = parser.parse_args()
    service = open_service(Settings())
    examples = repeated(evaluation.load_testset(arguments.testset), arguments.questions)
    begun = time.perf_counter()
    run = evaluation.evaluate(service, examples, test_set="cost", parallel=1)
    wall, asks = time.perf_counter() - begun, sum(row.seconds for row in run.rows)
    print(
        f"{len(run.rows)} questions: {wall:.1f} s, of them {asks:.1f} s asking; evaluating adds {wall / asks - 1:.1%}"
    )

    with tempfile.TemporaryDirectory() as folder:
        for run_id in ("first", "second"):
            keep(Path(folder), enlarged(run, run_id, arguments.rows))
        begun = time.perf_counter()
        page = evaluation.write_report(Path(folder), "first", service.store)
        made = time.perf_counter() - begun
        print(
            f"report of {arguments.rows} rows: {page.stat().st_size / 1e6:.1f} MB, made in {made:.1f} s, {opened(page)}"
        )
        begun = time.perf_counter()
        evaluation.compare_all([evaluation.load_run(Path(folder), run_id) for run_id in ("first", "second")])
        print(f"comparing 2 x {arguments.rows} rows: {time.perf_counter() - begun:.1f} s, reading them included")
    service.close()


def repeated(examples: Sequence[Example], count: int) -> list[Example]:
    cycle = itertools.islice(itertools.cycle(examples), count)
    return [msgspec.structs.replace(each, query_id=f"{each.query_id}-{number}") for number, each in enumerate(cycle)]


def enlarged(run: Run, run_id: str, count: int) -> Run:
    """The rows again and again; every tenth of the second run has lost its answer, so that verdicts differ."""
    rows = []
    for number, row in enumerate(itertools.islice(itertools.cycle(run.rows), count)):
        example = msgspec.structs.replace(row.example, query_id=str(number))
        answer = None if run_id == "second" and number % 10 == 0 else row.answer
        rows.append(msgspec.structs.replace(row, run_id=run_id, example=example, answer=answer))
    return Run(msgspec.structs.replace(run.header, run_id=run_id, questions=count), rows)


def keep(home: Path, run: Run) -> None:
    write_header(home, run.header)
    write_rows(rows_path(home, run.header.run_id), run.rows)


def opened(page: Path) -> str:
    """Tell how long the browser takes until the page is loaded and its questions are listed."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return "not opened: playwright is not installed"
    if (chromium := shutil.which("chromium")) is None:
        return "not opened: no chromium is installed"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        tab = browser.new_page()
        tab.goto(page.as_uri())
        milliseconds = tab.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
        listed = tab.locator("article").count()
        browser.close()
    return f"opened in {milliseconds / 1000:.1f} s with {listed} questions listed"


if __name__ == "__main__":
    main()
