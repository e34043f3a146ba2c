"""Reports for people: one self-contained HTML file a run or comparison."""

from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from itertools import groupby
from typing import Any

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ragqa.evaluation import plots
from ragqa.evaluation.comparison import Comparison
from ragqa.evaluation.measures import measure
from ragqa.evaluation.outcomes import outcome
from ragqa.evaluation.ranking import linked_ids
from ragqa.evaluation.report_markdown import COLUMNS, difference_cells, missing_questions
from ragqa.evaluation.runs import Row, Run
from ragqa.evaluation.summary import run_warnings, summary_lines
from ragqa.protocols import CorpusStore

MAX_QUOTE = 240
"""Characters of a quote that a report shows; the whole is in the run's rows."""
_FILTERS = (("outcome", "outcome"), ("gold", "gold"), ("lang", "language"), ("basis", "basis"), ("style", "style"))


def run_html(run: Run, store: CorpusStore | None = None) -> str:
    """Return a page with every measure and every question; with a store, gold rulings are shown with their question."""
    found = measure(run)
    lines = summary_lines(found)
    stamp = {name: getattr(run.header, name) for name in ("configuration", "configuration_id", "versions", "machine")}
    return _render(
        "run.html.j2",
        title=f"Evaluation {run.header.run_id}",
        run_id=run.header.run_id,
        header=run.header,
        warnings=run_warnings(run),
        tiles=[line for line in lines if line.section == "all"],
        plots=[
            (
                "From left: correct (green), declined (grey), wrong (red), by language",
                Markup(plots.outcome_bars(found.by_language)),
            ),
            (
                "Wrong answers if only the most confident were given",
                Markup(plots.risk_coverage_plot(found.risk_coverage)),
            ),
            ("Stated confidence against the share correct", Markup(plots.calibration_plot(found.calibration))),
        ],
        sections=[(section, list(some)) for section, some in groupby(lines, key=lambda line: line.section)],
        stamp=msgspec.json.format(msgspec.json.encode(stamp), indent=2).decode(),
        filters=_FILTERS,
        rows_json=_json([_shown([row]) for row in run.rows]),
        golds_json=_json(_gold_questions(run.rows, store)),
        scripts=_scripts("labels.js", "report.js"),
    )


def comparison_html(comparisons: Sequence[Comparison], runs: Sequence[Run], store: CorpusStore | None = None) -> str:
    """Return a page with the differences of every further run from the first, and every question that changed.

    `runs` are the compared ones, the first one first. Questions stand worst first, with the answer of each run.
    """
    runs_rows = [{row.query_id: row for row in run.rows} for run in runs]
    changed = [[rows[query_id] for rows in runs_rows if query_id in rows] for query_id in _worst_first(comparisons)]
    others = runs[1].header.run_id if len(runs) == 2 else f"{len(runs) - 1} runs"
    return _render(
        "comparison.html.j2",
        title=f"{others} against {runs[0].header.run_id}",
        run_id="",
        first=runs[0].header,
        comparisons=[_compared(each) for each in comparisons],
        columns=COLUMNS,
        changed_count=len(changed),
        filters=_FILTERS,
        rows_json=_json([_shown(rows) for rows in changed]),
        golds_json=_json(_gold_questions([row for rows in changed for row in rows], store)),
        scripts=_scripts("report.js"),
    )


def _worst_first(comparisons: Sequence[Comparison]) -> list[str]:
    """Return the questions that changed anywhere, by the most harm that any run did."""
    harm: dict[str, int] = {}
    for comparison in comparisons:
        for each in comparison.changed:
            harm[each.query_id] = max(each.harm, harm.get(each.query_id, each.harm))
    return sorted(harm, key=lambda query_id: -harm[query_id])


def _compared(comparison: Comparison) -> dict[str, Any]:
    """Return what the page shows of one comparison above the questions."""
    found = comparison.differences
    names, values = [each.measure for each in found], [each.difference for each in found]
    plot = plots.difference_plot(names, values, [(each.low, each.high) for each in found])
    return {
        "second": comparison.second,
        "warnings": [*comparison.warnings, *missing_questions(comparison)],
        "plot": Markup(plot),
        "table": [difference_cells(each) for each in found],
        "changed": len(comparison.changed),
    }


def _shown(rows: Sequence[Row]) -> dict[str, Any]:
    """Return one question as the page's script reads it, with the answer of each run; filters look at the last."""
    example, last = rows[-1].example, _answer(rows[-1])
    return {
        "id": example.query_id,
        "question": example.question,
        "lang": example.lang,
        "style": example.style,
        "gold": example.verdict,
        "goldRulings": example.ruling_ids,
        "note": example.note,
        "outcome": last["outcome"],
        "basis": last["basis"],
        "answers": [_answer(row) | ({"run": row.run_id} if len(rows) > 1 else {}) for row in rows],
    }


def _answer(row: Row) -> dict[str, Any]:
    answer, gold = row.answer, row.example.ruling_ids
    ranks = [rank for rank, ruling_id in enumerate(row.rulings, 1) if ruling_id in gold]
    wrong = linked_ids(row) - set(row.example.card_ids)
    cards = answer.linked_cards if answer else ()
    return {
        "outcome": outcome(row),
        "verdict": row.verdict,
        "basis": answer.basis if answer else "insufficient",
        "confidence": round(answer.confidence, 3) if answer else None,
        "explanation": answer.explanation if answer else "",
        "error": row.error,
        "citations": _citations(row),
        "linked": list(dict.fromkeys(f"{card.surface} → {card.name}" for card in cards)),
        "wrongLinks": list(dict.fromkeys(card.name for card in cards if card.card_id in wrong)),
        "hasGold": bool(gold),
        "rank": ranks[0] if ranks else None,
        "milliseconds": round(row.seconds * 1000),
    }


def _citations(row: Row) -> list[dict[str, Any]]:
    return [
        {
            "number": citation.number,
            "source": citation.source_id,
            "official": citation.official_id,
            "quote": citation.quote[:MAX_QUOTE] + ("…" if len(citation.quote) > MAX_QUOTE else ""),
            "url": citation.source_url,
            "withdrawn": citation.withdrawn,
            "gold": citation.source_id in row.example.ruling_ids,
            "invalid": citation.number in row.invalid_citations,
        }
        for citation in (row.answer.citations if row.answer else ())
    ]


def _gold_questions(rows: Iterable[Row], store: CorpusStore | None) -> dict[str, str]:
    """Return the question of each gold ruling by `<id> <language it is asked in>`, in that language if it has it."""
    wanted = {(ruling_id, row.example.lang) for row in rows for ruling_id in row.example.ruling_ids}
    if store is None or not wanted:
        return {}
    questions = {ruling.ruling_id: ruling.question for ruling in store.rulings()}
    return {
        f"{ruling_id} {lang}": questions[ruling_id].get(lang) or next(iter(questions[ruling_id].values()), "")
        for ruling_id, lang in sorted(wanted)
        if ruling_id in questions
    }


def _render(template: str, **values: object) -> str:
    environment = Environment(
        loader=PackageLoader("ragqa.evaluation"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(css=Markup(_asset("report.css")), **values)


def _json(value: Sequence[Mapping[str, Any]] | Mapping[str, str]) -> Markup:
    """Return JSON that cannot end the script element that it stands in."""
    return Markup(msgspec.json.encode(value).decode().replace("<", "\\u003c"))


def _scripts(*names: str) -> Markup:
    return Markup("\n".join(_asset(name) for name in names))


def _asset(name: str) -> str:
    return (resources.files("ragqa.evaluation") / "templates" / name).read_text("utf-8")
