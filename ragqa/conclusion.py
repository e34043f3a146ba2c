"""From what a generator wrote to an answer: the verdict that stands, the sentences that hold, or an honest decline."""

import logging
from collections.abc import Sequence

import msgspec

from ragqa.datatypes import (
    Answer,
    Basis,
    FalsePremise,
    Language,
    Linking,
    Passage,
    Question,
    RegionVerdict,
    ScoredPassage,
    SheetFault,
    UnlinkedSpan,
    Verdict,
)
from ragqa.generation.attribution import citations, nearest, valid_sentences
from ragqa.generation.rulings import told_by
from ragqa.generation.sheet import CitedSentence, Sheet, parse_sheet
from ragqa.generation.support import supported_sentences
from ragqa.generation.writing import Written
from ragqa.grounding.remarks import premise_remark, unknown_remark, unreadable_remark
from ragqa.parts import Parts
from ragqa.protocols import Prompt, Settled
from ragqa.text import visible

_log = logging.getLogger(__name__)


class Grounds(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer can rest on, before anything is written.

    `premise` is an effect taken for granted that the card does not have, `doubted` names longer than those of the
    cards linked in them. Either is a reason to decline before a generator is asked.
    """

    linking: Linking
    found: Sequence[ScoredPassage]
    settled: Settled | None = None
    premise: FalsePremise | None = None
    doubted: tuple[UnlinkedSpan, ...] = ()
    regions: tuple[RegionVerdict, ...] = ()

    @property
    def declined(self) -> bool:
        """Whether nothing may answer, whatever a generator would write."""
        return self.premise is not None or bool(self.doubted)


def grounds_of(question: Question, linking: Linking, found: Sequence[ScoredPassage], parts: Parts) -> Grounds:
    """Find what settles the question, or why nothing may.

    A longer name that nobody knows leaves open which card is meant. What a ruling or a sound rule settles stands though
    something false seems to be taken for granted: reading premises errs more often than the gate does.
    """
    doubted = parts.doubts(question, linking) if parts.doubts else ()
    if doubted:
        return Grounds(linking=linking, found=found, doubted=doubted)
    settled = parts.gate.settle(question, linking, found)
    if settled is None:
        premise = parts.premises(question, linking) if parts.premises else None
        return Grounds(linking=linking, found=found, premise=premise)
    regions = parts.regions(question, linking, settled) if parts.regions else ()
    return Grounds(linking=linking, found=found, settled=settled, regions=regions)


def conclude(grounds: Grounds, prompt: Prompt, written: Written, parts: Parts) -> Answer:
    """Conclude from what was written; the caller knows the corpus version and the timings."""
    question, settled = prompt.question, grounds.settled
    stated = parse_sheet(written.text)
    sheet = _settled_first(stated, settled, question)
    verdict, basis, confidence = _verdict(sheet, settled, written.stated, parts.min_reasoned_probability)
    kept = [] if verdict is Verdict.UNKNOWN else _checked(sheet, prompt, parts)
    answer = Answer(
        verdict=verdict,
        basis=basis,
        confidence=confidence,
        explanation=visible(_told(kept)),
        citations=citations(parts.store, prompt.passages, kept),
        linked_cards=grounds.linking.cards,
        unlinked=grounds.linking.unlinked,
        conditions=settled.conditions if settled and verdict is Verdict.CONDITIONAL else (),
        lang=question.lang,
        corpus_version=0,
        model=parts.generator.name,
        prompt_version=prompt.version,
        timings={},
        usage=written.usage,
        overruled=_overruled(stated, settled),
        false_premise=grounds.premise,
        by_region=grounds.regions,
        asked_again=written.asked_again,
        unreadable=written.fault,
    )
    return answer if kept else _declined(answer, grounds, prompt, parts)


def _declined(answer: Answer, grounds: Grounds, prompt: Prompt, parts: Parts) -> Answer:
    """Abstain, and say why where the reason can be named."""
    question = prompt.question
    linking = _with_strangers(question, grounds, parts)
    shown: Sequence[Passage] = prompt.passages
    if grounds.premise:
        shown = _premise_first([scored.passage for scored in grounds.found], grounds.premise)
    return msgspec.structs.replace(
        answer,
        verdict=Verdict.UNKNOWN,
        basis=Basis.INSUFFICIENT,
        confidence=0.0,
        explanation=visible(_remark(grounds.premise, answer.unreadable, shown, linking, question.lang)),
        linked_cards=linking.cards,
        unlinked=linking.unlinked,
        nearest=nearest(parts.store, shown),
        conditions=(),
    )


def _checked(sheet: Sheet, prompt: Prompt, parts: Parts) -> list[CitedSentence]:
    """Keep what existing passages support; where nothing is left of a settled answer, what settles it speaks."""
    told = told_by(prompt.settled, prompt.question.lang) if prompt.settled else []
    kept = valid_sentences(sheet.sentences, prompt.passages)
    if parts.support is not None:
        kept = supported_sentences(kept, prompt.passages, parts.support, least=parts.min_support, trusted=told)
    return kept or valid_sentences(told, prompt.passages)


def _told(kept: Sequence[CitedSentence]) -> str:
    return " ".join(f"{s.text} {''.join(f'[{n}]' for n in s.numbers)}" for s in kept)


def _remark(
    premise: FalsePremise | None,
    unreadable: SheetFault | None,
    shown: Sequence[Passage],
    linking: Linking,
    lang: Language,
) -> str:
    """Say why the question is declined, where the reason can be named."""
    if premise is None:
        said = [unreadable_remark(unreadable, lang)] if unreadable else []
        return " ".join(filter(None, [*said, unknown_remark(linking, lang)]))
    text = next((passage.text for passage in shown if passage.passage_id == premise.passage), "")
    return premise_remark(premise, text, lang)


def _with_strangers(question: Question, grounds: Grounds, parts: Parts) -> Linking:
    """Name the words that mean no card for sure: doubted links, and words that no linker would propose a card for."""
    doubted, linking = grounds.doubted, grounds.linking
    cards = [card for card in linking.cards if not any(s.start < card.end and card.start < s.end for s in doubted)]
    apart = [span for span in linking.unlinked if not any(s.start < span.end and span.start < s.end for s in doubted)]
    found = Linking(cards=tuple(cards), unlinked=(*doubted, *apart))
    strange = parts.strangers(question, found) if parts.strangers else ()
    return Linking(cards=found.cards, unlinked=tuple(sorted((*found.unlinked, *strange), key=lambda span: span.start)))


def _premise_first(passages: Sequence[Passage], premise: FalsePremise) -> list[Passage]:
    """Show the text that says what the card does before anything else."""
    return sorted(passages, key=lambda passage: passage.passage_id != premise.passage)


def _overruled(sheet: Sheet, settled: Settled | None) -> Verdict | None:
    """Return the generator's verdict if it contradicts what settles the question: worth a look by a maintainer."""
    if settled is None or sheet.verdict is None or sheet.verdict is settled.verdict:
        return None
    _log.warning(
        "the generator says %s where %s settles %s", sheet.verdict, settled.passage.passage_id, settled.verdict
    )
    return sheet.verdict


def _settled_first(sheet: Sheet, settled: Settled | None, question: Question) -> Sheet:
    """Where the generator contradicts what settles the question, or explains nothing, the passage explains itself."""
    if settled is None or (sheet.verdict is settled.verdict and sheet.sentences):
        return sheet
    return Sheet(settled.verdict, tuple(told_by(settled, question.lang)))


def _verdict(sheet: Sheet, settled: Settled | None, stated: float, min_reasoned: float) -> tuple[Verdict, Basis, float]:
    """An official verdict stands whatever the generator wrote; without one the generator's is its own reasoning."""
    if settled is not None:
        return settled.verdict, Basis.RULE if settled.by_rule else Basis.OFFICIAL, settled.confidence
    if sheet.verdict is None or sheet.verdict is Verdict.UNKNOWN or stated < min_reasoned:
        return Verdict.UNKNOWN, Basis.INSUFFICIENT, 0.0
    return sheet.verdict, Basis.REASONED, stated
