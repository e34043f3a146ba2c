"""`ragqa evaluate`, `compare` and `testset`: measuring answers, and the test sets they are measured on."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragqa.cli.opening import opened_service, opened_store, progress_bar, read_settings
from ragqa.cli.options import JsonOption
from ragqa.cli.outcomes import ExitCode, print_json, print_result, reporting
from ragqa.datatypes import Language
from ragqa.errors import InvalidInput

if TYPE_CHECKING:
    from ragqa.config import Settings
    from ragqa.evaluation.controls import Arm
    from ragqa.evaluation.examples import Example
    from ragqa.evaluation.gates import GateResult

TestSet = Annotated[Path | None, typer.Argument(help="JSONL test set; without it the one of the starter corpus.")]
Split = Annotated[str | None, typer.Option(help="Only questions of this split, such as dev or test.")]


def evaluate(
    testset: TestSet = None,
    split: Split = None,
    arm: Annotated[str, typer.Option(help="A control arm, such as closed-book or oracle.")] = "normal",
    generator: Annotated[str | None, typer.Option(help="rulings, transformers or openai.")] = None,
    model: Annotated[str | None, typer.Option(help="Folder or name of the generator's model.")] = None,
    run_id: Annotated[str | None, typer.Option("--run", help="Name of the run; of a stopped one, to go on.")] = None,
    parallel: Annotated[int, typer.Option(min=1, help="Questions asked at once.")] = 2,
    seed: Annotated[int, typer.Option(help="Seed of what a control arm draws.")] = 0,
    max_wrong: Annotated[float | None, typer.Option(help="Exit code 8 if a larger share is wrong, as 0.02.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Ask every question of a test set and measure the answers; the run is kept under runs/ in RAGQA_HOME."""
    with reporting(as_json):
        settings = read_settings({"generator": generator, "model": model})
        path = _path(testset, settings)
        examples = _examples(path, split)
        chosen = _arm(arm)
        with opened_service(settings) as service:
            from ragqa.evaluation import service as evaluation

            with progress_bar(f"asking {len(examples)} questions") as progress:
                run = evaluation.evaluate(
                    service,
                    examples,
                    test_set=path.stem if split is None else f"{path.stem}-{split}",
                    arm=chosen,
                    parallel=parallel,
                    run_id=run_id,
                    seed=seed,
                    progress=progress,
                )
            page = evaluation.write_report(settings.home, run.header.run_id, service.store)
        measures = evaluation.measure(run)
        gates = [] if max_wrong is None else [evaluation.max_wrong(measures, max_wrong)]
        if as_json:
            print_json({"run": run.header, "measures": measures, "gates": gates})
        else:
            from ragqa.cli.tables import render_gates, render_summary

            print_result(render_summary(evaluation.summary_lines(measures)))
            print_result(f"\nrun {run.header.run_id}: {page}")
            print_result(render_gates(gates))
        _end(gates)


def compare(
    run_ids: Annotated[list[str], typer.Argument(metavar="FIRST SECOND...", help="Runs, as `ragqa runs` lists them.")],
    fail_if_worse: Annotated[
        list[str] | None, typer.Option(metavar="MEASURE:MARGIN", help="Exit code 8 if worse by more, as correct:0.02.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Compare runs of one test set with the first of them, question by question."""
    with reporting(as_json):
        if len(run_ids) < 2:
            raise InvalidInput("one run cannot be compared; name two", field="run_ids")
        settings = read_settings()
        with opened_store(settings) as store, progress_bar("comparing"):
            from ragqa.evaluation import service as evaluation

            folder = settings.home / "comparisons"
            comparisons = evaluation.write_comparison(settings.home, run_ids, folder, store)
        gates = [evaluation.fail_if_worse(made, gate) for made in comparisons for gate in fail_if_worse or []]
        if as_json:
            print_json({"comparisons": comparisons, "gates": gates})
        else:
            from ragqa.cli.tables import render_comparison, render_gates

            for made in comparisons:
                print_result(render_comparison(made))
            print_result(f"\nwith every changed question: {folder}")
            print_result(render_gates(gates))
        _end(gates)


def runs(as_json: JsonOption = False) -> None:
    """List the runs that are kept, newest first."""
    with reporting(as_json):
        from ragqa.evaluation.runs import list_runs

        headers = list_runs(read_settings().home)
        if as_json:
            print_json(headers)
        else:
            from ragqa.cli.tables import render_runs

            print_result(render_runs(headers))


def check(testset: TestSet = None, as_json: JsonOption = False) -> None:
    """Look for wrong ids, doubtful labels, copied wording, duplicates. Exit code 2 if measures would be wrong."""
    with reporting(as_json):
        settings = read_settings()
        examples = _examples(_path(testset, settings), None)
        from ragqa.evaluation.checks import check_testset

        with opened_store(settings) as store, progress_bar(f"checking {len(examples)} questions"):
            report = check_testset(examples, store)
        if as_json:
            print_json(report)
        else:
            from ragqa.cli.tables import render_check

            print_result(render_check(report))
        raise typer.Exit(ExitCode.DONE if report.sound else ExitCode.INVALID_INPUT)


def make(
    target: Annotated[Path, typer.Argument(help="New JSONL file for the drafts.")],
    count: Annotated[int, typer.Option(min=1, help="At most so many questions.")] = 100,
    lang: Annotated[list[Language] | None, typer.Option(help="Only these languages; give it once for each.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed draws other rulings.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Draft a test set from the rulings of the corpus, for a person to reword."""
    with reporting(as_json):
        if target.exists():
            raise InvalidInput(f"{target} exists already; name a new file", field="target")
        from ragqa.evaluation.drafts import make_drafts
        from ragqa.evaluation.examples import write_testset

        with opened_store(read_settings()) as store:
            drafts = make_drafts(store, languages=lang or list(Language), count=count, seed=seed)
        write_testset(drafts, target)
        if as_json:
            print_json({"testset": str(target), "examples": len(drafts)})
        else:
            print_result(f"{target}: {len(drafts)} drafts. Reword them, then `ragqa testset check {target}`.")


def _path(testset: Path | None, settings: "Settings") -> Path:
    return testset or settings.corpus_dir / "testset.jsonl"


def _examples(path: Path, split: str | None) -> "Sequence[Example]":
    """Read the test set before any model is loaded. Raises InvalidInput."""
    from ragqa.evaluation.examples import load_testset

    examples = load_testset(path)
    chosen = [example for example in examples if split in (None, example.split)]
    if not chosen:
        known = ", ".join(sorted({example.split or "(none)" for example in examples}))
        raise InvalidInput(f"{path} has no question of split {split!r}; it has {known}", field="split")
    return chosen


def _arm(name: str) -> "Arm":
    from ragqa.evaluation.controls import Arm

    if name not in list(Arm):
        raise InvalidInput(f"arm {name!r} is not known; there are {', '.join(Arm)}", field="arm")
    return Arm(name)


def _end(gates: "Sequence[GateResult]") -> None:
    raise typer.Exit(ExitCode.DONE if all(gate.passed for gate in gates) else ExitCode.GATE_FAILED)
