"""Is a test set fit to measure with: unknown ids, doubtful labels, leaked wording, duplicates, lopsided verdicts."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec
import numpy as np
from rapidfuzz import fuzz, process

from ragqa.datatypes import Ruling, Verdict
from ragqa.evaluation.examples import Example
from ragqa.protocols import CorpusStore
from ragqa.text import name_key

SHARED_WORDING = 80.0
"""Similarity to the gold ruling's question, card names aside, from which retrieval is no longer tested; percent."""
NEAR_DUPLICATE = 88.0
"""Similarity of two questions from which they are one; percent."""
SHORTEST_COMPARED = 8
"""Characters that must be left for two wordings to be compared at all."""
LOPSIDED = 0.65
"""Share of one verdict among the answerable from which always giving it looks good."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something about a test set; an `error` makes measures wrong, a `warning` is for a person to judge."""

    kind: Literal["unknown-id", "label", "leak", "duplicate", "split", "base-rate"]
    severity: Literal["error", "warning"]
    query_id: str
    message: str


class CheckReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a check found. `verdicts`, `languages` and `splits` count the examples."""

    examples: int
    findings: tuple[Finding, ...]
    verdicts: dict[str, int]
    languages: dict[str, int]
    splits: dict[str, int]

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong that would make measures wrong."""
        return all(finding.severity != "error" for finding in self.findings)


class _Corpus:
    """What the checks ask of the corpus, read once."""

    def __init__(self, store: CorpusStore) -> None:
        self.rulings = {ruling.ruling_id: ruling for ruling in store.rulings()}
        cards = list(store.cards())
        self.card_ids = {card.card_id for card in cards} | {aliases.card_id for aliases in store.aliases()}
        self._names = {
            card.card_id: [name_key(name) for texts in (card.names.values(), *card.aliases.values()) for name in texts]
            for card in cards
        }

    def wording(self, text: str, card_ids: Sequence[str]) -> str:
        """Return the key of a text without the names of cards, which question and ruling share by right."""
        key = name_key(text)
        names = {name for card_id in card_ids for name in self._names.get(card_id, ()) if len(name) > 1}
        for name in sorted(names, key=len, reverse=True):
            key = key.replace(name, "")
        return key


def check_testset(examples: Sequence[Example], store: CorpusStore) -> CheckReport:
    """Check a test set against the corpus it will be run on."""
    corpus = _Corpus(store)
    findings = [finding for example in examples for finding in _check_example(example, corpus)]
    findings += _near_duplicates(examples)
    findings += _shared_golds(examples)
    findings += _base_rates(examples)
    return CheckReport(
        examples=len(examples),
        findings=tuple(findings),
        verdicts=dict(Counter(example.verdict.value for example in examples)),
        languages=dict(Counter(example.lang.value for example in examples)),
        splits=dict(Counter(example.split or "" for example in examples)),
    )


def _check_example(example: Example, corpus: _Corpus) -> Iterator[Finding]:
    yield from _unknown_ids(example, corpus)
    golds = [corpus.rulings[ruling_id] for ruling_id in example.ruling_ids if ruling_id in corpus.rulings]
    yield from _doubtful_label(example, golds)
    for gold in golds:
        if gold.withdrawn and not (example.as_of and example.as_of < gold.withdrawn):
            message = f"gold ruling {gold.ruling_id} was withdrawn on {gold.withdrawn}; set as_of or choose another"
            yield Finding(kind="label", severity="error", query_id=example.query_id, message=message)
        shared = _shared_wording(example, gold, corpus)
        if shared >= SHARED_WORDING:
            message = f"{shared:.0f} % the wording of its gold ruling {gold.ruling_id}; reword it as a player would ask"
            yield Finding(kind="leak", severity="warning", query_id=example.query_id, message=message)


def _unknown_ids(example: Example, corpus: _Corpus) -> Iterator[Finding]:
    missing = [ruling_id for ruling_id in example.ruling_ids if ruling_id not in corpus.rulings]
    if missing:
        # One gold of several is enough to be found; without any the question can only be declined.
        severity: Literal["error", "warning"] = "error" if len(missing) == len(example.ruling_ids) else "warning"
        message = f"gold rulings not in the corpus: {', '.join(missing)}"
        yield Finding(kind="unknown-id", severity=severity, query_id=example.query_id, message=message)
    for card_id in example.card_ids:
        if card_id not in corpus.card_ids:
            message = f"card {card_id} is not in the corpus"
            yield Finding(kind="unknown-id", severity="error", query_id=example.query_id, message=message)


def _doubtful_label(example: Example, golds: Sequence[Ruling]) -> Iterator[Finding]:
    """A label that none of its golds gives is wrong, or the question asks the opposite or one case of the ruling."""
    if not example.answerable:
        if example.ruling_ids:
            message = f"is to be declined but has gold rulings {', '.join(example.ruling_ids)}"
            yield Finding(kind="label", severity="error", query_id=example.query_id, message=message)
        return
    verdicts = {gold.verdict for gold in golds if gold.verdict}
    if verdicts and example.verdict not in verdicts and Verdict.CONDITIONAL not in verdicts:
        given = ", ".join(sorted(verdicts))
        message = f"says {example.verdict}, its gold ruling says {given}; right only if it asks otherwise"
        yield Finding(kind="label", severity="warning", query_id=example.query_id, message=message)


def _shared_wording(example: Example, gold: Ruling, corpus: _Corpus) -> float:
    card_ids = [*gold.card_ids, *example.card_ids]
    asked = corpus.wording(example.question, card_ids)
    if len(asked) < SHORTEST_COMPARED:
        return 0.0
    texts = (texts.get(example.lang, "") for texts in (gold.question, gold.detail, gold.also))
    return max((fuzz.ratio(asked, corpus.wording(text, card_ids)) for text in texts if text), default=0.0)


def _near_duplicates(examples: Sequence[Example]) -> Iterator[Finding]:
    keys = [name_key(example.question) for example in examples]
    scores = process.cdist(keys, keys, scorer=fuzz.ratio, score_cutoff=NEAR_DUPLICATE, dtype=np.uint8)
    for i, j in np.argwhere(np.triu(scores, 1)):
        one, other = examples[int(i)], examples[int(j)]
        exact = keys[i] == keys[j]
        if not exact and len(keys[i]) < SHORTEST_COMPARED:
            continue
        across = one.split != other.split
        where = f", one in {one.split}, one in {other.split}" if across else ""
        message = f"{'the same' if exact else 'almost the same'} question as {one.query_id}{where}"
        yield Finding(
            kind="split" if across else "duplicate",
            severity="error" if exact or across else "warning",
            query_id=other.query_id,
            message=message,
        )


def _shared_golds(examples: Sequence[Example]) -> Iterator[Finding]:
    """A ruling that is gold on both sides of the split lets tuning on one show up in the other."""
    first: dict[str, Example] = {}
    for example in examples:
        for ruling_id in example.ruling_ids:
            other = first.setdefault(ruling_id, example)
            if other.split != example.split:
                message = f"gold ruling {ruling_id} is in {example.split} here and in {other.split} as {other.query_id}"
                yield Finding(kind="split", severity="warning", query_id=example.query_id, message=message)


def _base_rates(examples: Sequence[Example]) -> Iterator[Finding]:
    counts = Counter(example.verdict for example in examples if example.answerable)
    total = counts.total()
    for verdict, count in counts.items():
        if total and count / total >= LOPSIDED:
            message = f"{count} of {total} answerable questions are {verdict}: always saying so would look good"
            yield Finding(kind="base-rate", severity="warning", query_id="", message=message)
    if examples and total == len(examples):
        message = "no question must be declined: answering everything costs nothing"
        yield Finding(kind="base-rate", severity="warning", query_id="", message=message)
