"""Control arms: the same questions with one thing changed, to learn what an answer really came from.

A score means little beside nothing. `closed-book` shows what the generator knows by itself, `oracle` what it could do
with perfect retrieval, `no-gold` whether it reasons or looks up, the scrambled arms whether it reads what it is given,
and `insufficient` and `fictional-cards` whether it declines when it should.
"""

import random
from collections.abc import Callable, Sequence
from enum import StrEnum

import msgspec

from ragqa.datatypes import Language, Linking, Question, ScoredPassage, Verdict
from ragqa.evaluation.evidence import Evidence
from ragqa.evaluation.examples import Example
from ragqa.parts import Gate, Parts, Retriever
from ragqa.protocols import CorpusStore, Linker, Settled

FICTIONAL_NAMES = {
    Language.EN: ("Vorhallen Duskcaller", "Quillon Emberwright", "Saint of the Ninth Loom", "Brask Tidecutter"),
    Language.KO: ("황혼술사 보르할렌", "불꽃세공사 퀼론", "아홉째 베틀의 성녀", "물결베기 브라스크"),
    Language.JA: ("黄昏呼びヴォルハレン", "炎細工師クイロン", "第九の織機の聖女", "波断ちのブラスク"),
}
"""Names that no card has."""


class Arm(StrEnum):
    """What a run changes about the service; see the module and `trial_maker`."""

    NORMAL = "normal"
    CLOSED_BOOK = "closed-book"
    ORACLE = "oracle"
    NO_GOLD = "no-gold"
    SCRAMBLED_CARDS = "scrambled-cards"
    SCRAMBLED_RULINGS = "scrambled-rulings"
    INSUFFICIENT = "insufficient"
    FICTIONAL_CARDS = "fictional-cards"
    WITH_WITHDRAWN = "with-withdrawn"


class Trial(msgspec.Struct, frozen=True):
    """One question as an arm asks it: what is expected, what is sent, and the parts that answer."""

    example: Example
    question: Question
    parts: Parts


TrialMaker = Callable[[Example, Parts], Trial | None]
Rewrite = Callable[[Question, Linking, Sequence[ScoredPassage]], list[ScoredPassage]]


class RewritingRetriever:
    """Retrieves, then changes what was found."""

    def __init__(self, retriever: Retriever, rewrite: Rewrite) -> None:
        self._retriever = retriever
        self._rewrite = rewrite

    def retrieve(self, question: Question, linking: Linking) -> list[ScoredPassage]:
        """Return the changed passages, best first."""
        return self._rewrite(question, linking, self._retriever.retrieve(question, linking))


class GoldLinker:
    """Links exactly the gold cards: where the linker saw them, and the ones it missed as if the asker had confirmed."""

    def __init__(self, linker: Linker, card_ids: Sequence[str]) -> None:
        self._linker = linker
        self._card_ids = card_ids

    def link(self, question: Question) -> Linking:
        """Return the gold cards."""
        seen = tuple(card for card in self._linker.link(question).cards if card.card_id in self._card_ids)
        found = {card.card_id for card in seen}
        missed = tuple(card_id for card_id in self._card_ids if card_id not in found)
        if not missed:
            return Linking(cards=seen)
        confirmed = self._linker.link(msgspec.structs.replace(question, card_ids=missed)).cards
        return Linking(cards=(*seen, *(card for card in confirmed if card.card_id in missed)))


class ShownOnlyGate:
    """Lets a ruling settle only if the arm shows it: a gate may look beyond the passages it is handed."""

    def __init__(self, gate: Gate, *, rules_may_settle: bool) -> None:
        self._gate = gate
        self._rules_may_settle = rules_may_settle

    def settle(self, question: Question, linking: Linking, passages: Sequence[ScoredPassage]) -> Settled | None:
        """Return what settles the question among what is shown, or None."""
        settled = self._gate.settle(question, linking, passages)
        if settled is None or settled.ruling is None:
            return settled if self._rules_may_settle else None
        shown = {scored.passage.source_id for scored in passages}
        return settled if settled.ruling.ruling_id in shown else None


def trial_maker(arm: Arm, store: CorpusStore, seed: int) -> TrialMaker:
    """Return what turns an example into the arm's trial, or into None where the arm has nothing to ask.

    Everything random depends on `seed` and the question's id alone, so a resumed run asks the same.
    """
    match arm:
        case Arm.NORMAL:
            return lambda example, parts: Trial(example, example.as_question(), parts)
        case Arm.CLOSED_BOOK:
            return lambda example, parts: _rewritten(example, parts, lambda *_: [], rules_may_settle=False)
        case Arm.FICTIONAL_CARDS:
            return _with_fictional_cards
        case _:
            return _from_evidence(arm, Evidence(store), seed)


def _from_evidence(arm: Arm, evidence: Evidence, seed: int) -> TrialMaker:
    def make(example: Example, parts: Parts) -> Trial | None:
        rng = random.Random(f"{seed}:{example.query_id}")
        match arm:
            case Arm.ORACLE:
                gold = example.ruling_ids
                shown = _parts(parts, lambda q, _l, found: evidence.put_first(gold, q, found))
                linker = GoldLinker(parts.linker, example.card_ids)
                return Trial(example, example.as_question(), msgspec.structs.replace(shown, linker=linker))
            case Arm.NO_GOLD:
                banned = evidence.gold_and_near(example)
                return _rewritten(example, parts, lambda _q, _l, found: without(banned, found))
            case Arm.SCRAMBLED_CARDS:
                return _rewritten(
                    example, parts, lambda _q, _l, found: evidence.scramble_cards(found, rng), rules_may_settle=False
                )
            case Arm.SCRAMBLED_RULINGS:
                return _rewritten(example, parts, lambda _q, _l, found: evidence.scramble_rulings(found, rng))
            case Arm.INSUFFICIENT:
                return _insufficient(example, parts, evidence)
            case _:
                return Trial(example, example.as_question(), _parts(parts, evidence.put_withdrawn_first))

    return make


def _insufficient(example: Example, parts: Parts, evidence: Evidence) -> Trial | None:
    """Leave out every ruling and text about the gold cards: what remains is on topic and settles nothing."""
    if not example.answerable:
        return None
    banned = evidence.gold_and_near(example) | evidence.about_cards(example.card_ids)
    expected = msgspec.structs.replace(example, verdict=Verdict.UNKNOWN, ruling_ids=())
    return _rewritten(expected, parts, lambda _q, _l, found: without(banned, found), rules_may_settle=False)


def _with_fictional_cards(example: Example, parts: Parts) -> Trial | None:
    """Replace every linked name by one that no card has; the right answer is then to decline."""
    linked = parts.linker.link(example.as_question()).cards
    if not linked or not example.answerable:
        return None
    names = FICTIONAL_NAMES[example.lang]
    card_ids = list(dict.fromkeys(card.card_id for card in linked))
    text = example.question
    for card in sorted(linked, key=lambda card: card.start, reverse=True):
        text = text[: card.start] + names[card_ids.index(card.card_id) % len(names)] + text[card.end :]
    changed = msgspec.structs.replace(
        example, question=text, verdict=Verdict.UNKNOWN, ruling_ids=(), near_ruling_ids=(), card_ids=()
    )
    return Trial(changed, changed.as_question(), parts)


def _rewritten(example: Example, parts: Parts, rewrite: Rewrite, *, rules_may_settle: bool = True) -> Trial:
    gate = ShownOnlyGate(parts.gate, rules_may_settle=rules_may_settle)
    return Trial(example, example.as_question(), msgspec.structs.replace(_parts(parts, rewrite), gate=gate))


def _parts(parts: Parts, rewrite: Rewrite) -> Parts:
    return msgspec.structs.replace(parts, retriever=RewritingRetriever(parts.retriever, rewrite))


def without(source_ids: set[str], found: Sequence[ScoredPassage]) -> list[ScoredPassage]:
    """Return what was found but for some sources."""
    return [scored for scored in found if scored.passage.source_id not in source_ids]
