"""Sound rules on the starter corpus: what they answer, what it rests on, and when they decline."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar, cast

import msgspec
import pytest

from ragqa.datatypes import Card, Language, LinkedCard, Linking, Question, Rule, Verdict
from ragqa.errors import NotFound
from ragqa.grounding.rules import SoundRule, settle_by_rule, sound_rules, unmeasured_rules
from ragqa.protocols import CorpusStore, Settled

Kind = TypeVar("Kind", Card, Rule)
EN, KO, JA = Language.EN, Language.KO, Language.JA
CORPUS = Path(__file__).parents[3] / "corpus"
ASH, ECLIPSE, JUDGMENT, DUSTER, VEILER = "14558127", "35480699", "41420027", "18144506", "97268402"


class Shelf:
    """The cards and rules of the starter corpus; no ruling."""

    def __init__(self) -> None:
        self.cards = {card.card_id: card for card in _read("cards.jsonl", Card)}
        self.rules = {rule.rule_id: rule for rule in _read("rules.jsonl", Rule)}

    def card(self, card_id: str) -> Card:
        if card_id not in self.cards:
            raise NotFound(card_id)
        return self.cards[card_id]

    def rule(self, rule_id: str) -> Rule:
        return self.rules[rule_id]


def _read(name: str, kind: type[Kind]) -> list[Kind]:
    return [msgspec.json.decode(line, type=kind) for line in (CORPUS / name).read_bytes().splitlines()]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def ask(
    shelf: Shelf,
    text: str,
    lang: Language,
    *cards: tuple[str, str],
    score: float = 1.0,
    rules: Sequence[SoundRule] = (*sound_rules(), *unmeasured_rules()),
) -> Settled | None:
    """Settle `text`; cards are (id, words in the text that name it)."""
    linked = []
    for card_id, words in cards:
        start = text.index(words)
        end = start + len(words)
        linked.append(
            LinkedCard(card_id=card_id, name=words, start=start, end=end, surface=words, score=score, via="name")
        )
    linking = Linking(cards=tuple(sorted(linked, key=lambda each: each.start)))
    return settle_by_rule(Question(text=text, lang=lang), linking, cast(CorpusStore, shelf), rules)


SEED = [
    (EN, "opp flips Book of Eclipse, can I ash it?", (ECLIPSE, "Book of Eclipse"), (ASH, "ash"), "draw"),
    (KO, "개기일식의 서에 우라라 체인 가능?", (ECLIPSE, "개기일식의 서"), (ASH, "우라라"), "드로우"),
    (JA, "皆既日蝕の書に灰流うらら打てますか？", (ECLIPSE, "皆既日蝕の書"), (ASH, "灰流うらら"), "ドロー"),
]  # fmt: skip


@pytest.mark.parametrize(("lang", "text", "eclipse", "ash", "word"), SEED)
def test_the_seed_question_without_rulings_is_yes_and_cites_the_draw(
    shelf: Shelf, lang: Language, text: str, eclipse: tuple[str, str], ash: tuple[str, str], word: str
) -> None:
    settled = ask(shelf, text, lang, eclipse, ash)
    assert settled is not None
    assert (settled.verdict, settled.by_rule, settled.ruling) == (Verdict.YES, "included-part", None)
    assert settled.passage.passage_id == f"{ECLIPSE}#{lang}1"
    assert word in settled.quote and settled.quote in settled.passage.text
    assert settled.rule_passage is not None and settled.rule_passage.source_id == "ygo-rule-draw-vs-add"
    assert word in settled.explanation[lang].lower() and shelf.card(ASH).names[lang] in settled.explanation[lang]


@pytest.mark.parametrize(("lang", "text", "eclipse", "ash", "_word"), SEED)
def test_without_the_draw_clause_the_answer_is_no_longer_yes(
    shelf: Shelf, lang: Language, text: str, eclipse: tuple[str, str], ash: tuple[str, str], _word: str
) -> None:
    card = shelf.cards[ECLIPSE]
    cut = {EN: card.texts[EN].replace(", then the opponent draws 1 card for each monster turned up this way", ""),
           KO: card.texts[KO].replace(", 그 후 그렇게 앞면이 된 수만큼 상대가 드로우한다", ""),
           JA: card.texts[JA].replace("、その後、それで表になった数だけ相手がドローする", "")}  # fmt: skip
    assert all(cut[each] != card.texts[each] for each in Language)
    shelf.cards[ECLIPSE] = msgspec.structs.replace(card, texts={**card.texts, lang: cut[lang]})
    assert ask(shelf, text, lang, eclipse, ash) is None  # the languages contradict each other
    shelf.cards[ECLIPSE] = msgspec.structs.replace(card, texts=cut)
    settled = ask(shelf, text, lang, eclipse, ash)
    assert settled is None or settled.verdict is Verdict.NO


@pytest.mark.parametrize(
    "text",
    [
        "opp flips Book of Eclipse, can I ash it while Skill Drain is up?",
        "opp flips Book of Eclipse, can I ash it? the draw is in the End Phase",
        "opp flips Book of Eclipse, can't I ash it?",
        "why can I ash Book of Eclipse?",
        "can I ash Book of Eclipse in the Damage Step?",
        "does Book of Eclipse draw cards if I ash it?",
    ],
)
def test_it_declines_whatever_is_asked_beyond_the_form(shelf: Shelf, text: str) -> None:
    assert ask(shelf, text, EN, (ECLIPSE, "Book of Eclipse"), (ASH, "ash")) is None


def test_it_declines_on_a_third_card_an_unsure_link_and_a_missing_card_or_text(shelf: Shelf) -> None:
    text, eclipse, ash = "can I ash Book of Eclipse?", (ECLIPSE, "Book of Eclipse"), (ASH, "ash")
    assert ask(shelf, text, EN, eclipse, ash) is not None
    assert ask(shelf, text, EN, eclipse, ash, score=0.7) is None
    assert ask(shelf, text, EN, eclipse, ash, (VEILER, "can I")) is None
    shelf.cards[ECLIPSE] = msgspec.structs.replace(shelf.cards[ECLIPSE], texts={})
    assert ask(shelf, text, EN, eclipse, ash) is None
    del shelf.cards[ECLIPSE]
    assert ask(shelf, text, EN, eclipse, ash) is None


def test_a_normal_spell_cannot_be_chained_but_used_on_something_is_another_question(shelf: Shelf) -> None:
    duster, eclipse = (DUSTER, "Feather Duster"), (ECLIPSE, "Book of Eclipse")
    settled = ask(shelf, "can I chain Feather Duster to Book of Eclipse?", EN, duster, eclipse)
    assert settled is not None
    assert (settled.verdict, settled.by_rule, settled.passage.source_id) == (Verdict.NO, "spell-speed", DUSTER)
    assert ask(shelf, "can I use Feather Duster on Book of Eclipse?", EN, duster, eclipse) is None


def test_rules_that_no_official_answer_confirms_settle_nothing_by_default(shelf: Shelf) -> None:
    text = "can I chain Feather Duster to Book of Eclipse?"
    words = ((DUSTER, "Feather Duster"), (ECLIPSE, "Book of Eclipse"))
    assert ask(shelf, text, EN, *words) is not None
    assert ask(shelf, text, EN, *words, rules=sound_rules()) is None


def test_only_a_counter_trap_answers_a_counter_trap(shelf: Shelf) -> None:
    settled = ask(shelf, "can I chain ash to Solemn Judgment?", EN, (ASH, "ash"), (JUDGMENT, "Solemn Judgment"))
    assert settled is not None
    assert (settled.verdict, settled.by_rule) == (Verdict.NO, "spell-speed")
    assert settled.rule_passage is not None and settled.rule_passage.source_id == "ygo-rule-spell-speeds"


def test_targets_is_read_off_the_text(shelf: Shelf) -> None:
    veiler = ask(shelf, "does Effect Veiler target?", EN, (VEILER, "Effect Veiler"))
    duster = ask(shelf, "ハーピィの羽根帚は対象を取りますか？", JA, (DUSTER, "ハーピィの羽根帚"))
    assert veiler is not None and duster is not None
    assert (veiler.verdict, duster.verdict) == (Verdict.YES, Verdict.NO)


def test_a_card_that_only_destroys_is_not_for_the_damage_step(shelf: Shelf) -> None:
    settled = ask(shelf, "데미지 스텝에 해피의 깃털 발동할 수 있나요?", KO, (DUSTER, "해피의 깃털"))
    assert settled is not None
    assert (settled.verdict, settled.by_rule) == (Verdict.NO, "not-in-damage-step")
