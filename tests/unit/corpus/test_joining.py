"""What two sources tell of one card, ruling or rule."""

import msgspec

from ragqa.corpus.joining import STALE_TRANSLATION, disagreements, joined
from ragqa.datatypes import Card, CardAliases, Language, Rule, Ruling, Verdict

EN, KO, JA = Language.EN, Language.KO, Language.JA


def test_card_keeps_languages_facts_and_aliases_that_only_the_corpus_has() -> None:
    current = Card(
        card_id="1",
        konami_id=70,
        names={EN: "Fox", KO: "여우"},
        aliases={EN: ["Foxy"]},
        kind="monster",
        facts={"atk": 100, "level": 4},
        texts={EN: "Old.", KO: "옛."},
        valid_from="2020-01-01",
        source="B",
    )
    new = Card(
        card_id="1",
        passcode="1",
        names={EN: "Fox", JA: "狐"},
        aliases={EN: ["Fx", "Foxy"]},
        facts={"atk": 200},
        texts={EN: "New."},
        source="A",
    )
    both = joined(current, new)
    assert both == Card(
        card_id="1",
        passcode="1",
        konami_id=70,
        names={EN: "Fox", KO: "여우", JA: "狐"},
        aliases={EN: ["Foxy", "Fx"]},
        kind="monster",
        facts={"atk": 200, "level": 4},
        texts={EN: "New.", KO: "옛."},
        source="A, B",
    )
    assert joined(both, new) == both
    assert list(disagreements(current, new)) == ["texts.en"]
    same_text = Card(card_id="1", names={EN: "Fox"}, texts={EN: "Old."}, source="B")
    assert joined(current, same_text) == current


RULING = Ruling(
    ruling_id="q1",
    lang=JA,
    question={JA: "問"},
    answer={JA: "答"},
    verdict=Verdict.YES,
    card_ids=["1"],
    source="official",
)


def ruling(**fields: object) -> Ruling:
    return msgspec.structs.replace(RULING, **fields)


def test_a_translation_alone_adds_its_texts_and_changes_nothing_else() -> None:
    translation = ruling(
        lang=EN, question={EN: "Q"}, answer={EN: "A"}, verdict=Verdict.NO, card_ids=["2"], note="old", source="fans"
    )
    assert joined(ruling(published="2020-01-01"), translation) == ruling(
        question={JA: "問", EN: "Q"},
        answer={JA: "答", EN: "A"},
        card_ids=["1", "2"],
        note="old",
        published="2020-01-01",
    )


def test_a_changed_original_makes_the_translation_doubtful() -> None:
    current = ruling(question={JA: "問", EN: "Q"}, answer={JA: "答", EN: "A"})
    changed = joined(current, ruling(answer={JA: "別の答"}, verdict=None))
    assert isinstance(changed, Ruling)
    assert (changed.answer, changed.verdict) == ({JA: "別の答", EN: "A"}, None)
    assert changed.note == STALE_TRANSLATION
    same = joined(current, ruling(verdict=None))
    assert same == current


def test_a_withdrawal_is_not_undone_by_a_source_that_does_not_know_of_it() -> None:
    again = joined(ruling(withdrawn="2025-06-15"), ruling())
    assert isinstance(again, Ruling)
    assert again.withdrawn == "2025-06-15"


def test_rules_and_aliases_and_different_kinds() -> None:
    rule = Rule(rule_id="r", heading={EN: "H"}, text={EN: "T"})
    korean = Rule(rule_id="r", heading={KO: "머"}, text={KO: "글"}, source="x")
    assert joined(rule, korean) == Rule(rule_id="r", heading={EN: "H", KO: "머"}, text={EN: "T", KO: "글"}, source="x")
    few = CardAliases(card_id="1", aliases={EN: ["a"]})
    more = CardAliases(card_id="1", aliases={EN: ["b"], JA: ["c"]})
    assert joined(few, more) == CardAliases(card_id="1", aliases={EN: ["a", "b"], JA: ["c"]})
    assert joined(rule, few) == few
    assert list(disagreements(rule, few)) == []
