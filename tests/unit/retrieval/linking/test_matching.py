"""From a question to proposals."""

import pytest

from ragqa.datatypes import Card, Language
from ragqa.retrieval.linking.fuzzy import FuzzyNames
from ragqa.retrieval.linking.matching import Matcher, Proposal
from ragqa.retrieval.linking.names import NameIndex, Via, card_forms
from ragqa.retrieval.linking.question_key import question_key

CARDS = [
    Card(
        card_id="mst",
        names={Language.EN: "Mystical Space Typhoon", Language.KO: "싸이크론", Language.JA: "サイクロン"},
        aliases={Language.JA: ["サイク"]},
    ),
    Card(
        card_id="drain", names={Language.EN: "Skill Drain", Language.KO: "스킬 드레인", Language.JA: "スキルドレイン"}
    ),
    Card(
        card_id="valley",
        names={
            Language.EN: "Necrovalley",
            Language.KO: "왕가의 골짜기－네크로밸리",
            Language.JA: "王家の眠る谷－ネクロバレー",
        },
    ),
    Card(card_id="fusion", names={Language.EN: "Polymerization", Language.KO: "융합", Language.JA: "融合"}),
    Card(card_id="sea", names={Language.EN: "Umi", Language.KO: "바다", Language.JA: "海"}),
]
ORDINARY = {"융합": 900, "발동": 5000, "field": 900}


def best(text: str, lang: Language, card_id: str) -> Proposal | None:
    key = question_key(text)
    forms = [form for card in CARDS for form in card_forms(card)]
    matcher = Matcher(ORDINARY, NameIndex(forms), FuzzyNames(forms))
    hits = [p for p in matcher.proposals(key, lang) if p.form.card_id == card_id]
    return max(hits, key=lambda p: (p.is_whole, p.coverage * p.similarity), default=None)


@pytest.mark.parametrize(
    ("text", "lang", "card_id", "via", "surface"),
    [
        ("opp mystical space typhoon again", Language.EN, "mst", Via.NAME, "mystical space typhoon"),
        ("he msts it", Language.EN, "mst", None, ""),
        ("he activates MST on it", Language.EN, "mst", Via.INITIALS, "MST"),
        ("싸이크론으로 깨면?", Language.KO, "mst", Via.NAME, "싸이크론"),
        ("サイクで割る", Language.JA, "mst", Via.ALIAS, "サイク"),
        ("스드 켜져있을때", Language.KO, "drain", Via.INITIALS, "스드"),
        ("skil drain is up", Language.EN, "drain", Via.TYPO, "skil drain"),
        ("네크로밸리 깔렸는데", Language.KO, "valley", Via.PARTIAL, "네크로밸리"),
        ("海があるとき", Language.JA, "sea", Via.NAME, "海"),
        ("미래융합됨?", Language.KO, "sea", None, ""),
    ],
)
def test_players_spellings(text: str, lang: Language, card_id: str, via: Via | None, surface: str) -> None:
    proposal = best(text, lang, card_id)
    assert (proposal.via if proposal else None) is via
    if proposal:
        start, end = question_key(text).span(proposal.start, proposal.end)
        assert text[start:end] == surface


def test_a_whole_name_that_is_an_ordinary_word_is_proposed_all_the_same() -> None:
    proposal = best("융합 발동됨?", Language.KO, "fusion")
    assert proposal is not None
    assert proposal.via is Via.NAME


def test_korean_particles_end_a_word() -> None:
    key = question_key("싸이크론으로")
    assert key.ends[4] == 0.8
    assert key.starts == [1.0, 0.0, 0.0, 0.0, 0.0, 0.0]
