"""Choosing among proposals."""

from collections.abc import Iterable, Mapping

import numpy as np
import pytest

from ragqa.datatypes import Card, CardAliases, Language, Question
from ragqa.retrieval.graph import RulingGraph
from ragqa.retrieval.linking.corpus_names import CorpusNames
from ragqa.retrieval.linking.linker import NameLinker, ScoredProposals, choose
from ragqa.retrieval.linking.matching import Proposal
from ragqa.retrieval.linking.names import Via, name_form
from ragqa.retrieval.linking.ordinary import load_ordinary_words
from ragqa.retrieval.linking.question_key import question_key
from ragqa.retrieval.linking.scoring import load_weights
from tests.unit.retrieval.linking.test_corpus_names import written_and_read

EN, KO, JA = Language.EN, Language.KO, Language.JA
CARDS = [
    Card(
        card_id="ash",
        names={EN: "Ash Blossom & Joyous Spring", KO: "하루 우라라", JA: "灰流うらら"},
        aliases={EN: ["Ash"], KO: ["우라라"], JA: ["うらら"]},
    ),
    Card(card_id="eclipse", names={EN: "Book of Eclipse", KO: "개기일식의 서", JA: "皆既日蝕の書"}),
    Card(card_id="moon", names={EN: "Book of Moon", KO: "달의 서", JA: "月の書"}),
]


@pytest.fixture(params=["built", "restored"])
def linker(request: pytest.FixtureRequest) -> NameLinker:
    graph = RulingGraph()
    graph.put("r1", ["ash", "eclipse"])
    graph.put("r2", ["ash"])
    graph.put("r3", ["moon"])

    def nearness(text: str, rulings: Iterable[str]) -> Mapping[str, float]:
        return dict.fromkeys(rulings, 0.85)

    names = CorpusNames(CARDS) if request.param == "built" else written_and_read(CorpusNames(CARDS))
    return NameLinker(names, ordinary=load_ordinary_words(), weights=load_weights(), graph=graph, nearness=nearness)


@pytest.mark.parametrize(
    ("text", "lang", "cards"),
    [
        ("can i ash book of eclipse", EN, {"ash": "ash", "eclipse": "book of eclipse"}),
        ("개기일식의 서에 우라라 되나요?", KO, {"eclipse": "개기일식의 서", "ash": "우라라"}),
        ("皆既日蝕の書にうらら打てる？", JA, {"eclipse": "皆既日蝕の書", "ash": "うらら"}),
        ("Is it raining today?", EN, {}),
        # A fuzzy reading "Can Ash Blossom" must not take the verb into the card's span.
        ("Can Ash Blossom negate Book of Moon?", EN, {"ash": "Ash", "moon": "Book of Moon"}),
    ],
)
def test_the_seed_question_in_three_languages(
    linker: NameLinker, text: str, lang: Language, cards: dict[str, str]
) -> None:
    found = linker.link(Question(text=text, lang=lang))
    assert {card.card_id: card.surface for card in found.cards} == cards
    assert all(text[card.start : card.end] == card.surface for card in found.cards)


def test_a_card_is_shown_under_its_name_in_the_askers_language(linker: NameLinker) -> None:
    (card,) = linker.link(Question(text="우라라 되나요?", lang=KO)).cards
    assert card.name == "하루 우라라"


def test_a_new_card_is_linked_by_its_whole_name_before_any_ruling_names_it(linker: NameLinker) -> None:
    question = Question(text="can I chain Ash to Glimmerwick Moth?", lang=EN)
    assert linker.link(question).card_ids == ("ash",)
    linker.names.put_card(Card(card_id="moth", names={EN: "Glimmerwick Moth"}))
    assert linker.link(question).card_ids == ("ash", "moth")
    linker.names.discard_card("moth")
    assert linker.link(question).card_ids == ("ash",)


def test_nicknames_kept_apart_wait_for_their_card(linker: NameLinker) -> None:
    linker.names.put_aliases(CardAliases(card_id="moth", aliases={EN: ["Glimmy the Great"]}))
    question = Question(text="is Glimmy the Great negated?", lang=EN)
    assert linker.link(question).card_ids == ()
    linker.names.put_card(Card(card_id="moth", names={EN: "Glimmerwick Moth"}))
    proposals = linker.score(question).proposals
    assert ("moth", "alias") in {(p.form.card_id, str(p.via)) for p in proposals}


def test_users_confirm_and_refuse_cards(linker: NameLinker) -> None:
    text = "can i ash book of eclipse"
    refused = linker.link(Question(text=text, lang=EN, not_card_ids=("ash",)))
    assert refused.card_ids == ("eclipse",)
    confirmed = linker.link(Question(text=text, lang=EN, card_ids=("moon", "ash")))
    assert {(card.card_id, card.via, card.surface) for card in confirmed.cards if card.via == "confirmed"} == {
        ("moon", "confirmed", ""),
        ("ash", "confirmed", "ash"),
    }


def test_a_fuzzy_reading_yields_to_the_longest_exact_one_at_its_place() -> None:
    key = question_key("Can I chain Ash Blossom to it?")
    name = name_form("ash", EN, "Ash Blossom & Joyous Spring", is_alias=False)
    assert name is not None

    def read(words: str, via: Via, similarity: float = 1.0) -> Proposal:
        start = key.key.index(words)
        return Proposal(start, start + len(words), name, 0, len(words), via, similarity)

    fuzzy, exact = read("blossomto", Via.TYPO, 0.9), read("ashblossom", Via.PARTIAL)
    inner, elsewhere = read("blossom", Via.PARTIAL), read("chain", Via.PARTIAL)
    scored = ScoredProposals(key, [fuzzy, exact, inner, elsewhere], [], [], np.array([0.94, 0.5, 0.5, 0.5]))
    assert choose(scored, 0.6, set(), set()) == [(exact, 0.94)]
    alone = ScoredProposals(key, [fuzzy, elsewhere], [], [], np.array([0.94, 0.5]))
    assert choose(alone, 0.6, set(), set()) == [(fuzzy, 0.94)]
