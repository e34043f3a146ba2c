"""What settles a question, in its own words."""

from ragqa.datatypes import Language, Passage, SourceKind, Verdict
from ragqa.generation.rulings import told_by
from ragqa.protocols import Settled


def settled(text: str, explanation: dict[Language, str] | None = None) -> Settled:
    passage = Passage(
        passage_id="r1#en1",
        source_id="r1",
        kind=SourceKind.RULING,
        lang=Language.EN,
        heading="Can the moth be chained?",
        text=text,
    )
    return Settled(verdict=Verdict.YES, confidence=0.9, ruling=None, passage=passage, explanation=explanation or {})


def test_lines_that_only_part_sections_are_not_told() -> None:
    told = told_by(
        settled("Yes, you can.\n\n~~~\n\nThe same holds for the beetle. ―――\n※ Not in the Damage Step."), Language.EN
    )
    assert [(each.text, each.numbers) for each in told] == [
        ("Yes, you can.", (1,)),
        ("The same holds for the beetle.", (1,)),
        ("※ Not in the Damage Step.", (1,)),
    ]


def test_a_rule_is_told_in_the_askers_language_where_it_can_be() -> None:
    words = {Language.EN: "It draws. So it adds.", Language.KO: "드로우한다."}
    by_rule = settled("text of the card", explanation=words)
    assert [each.text for each in told_by(by_rule, Language.EN)] == ["It draws.", "So it adds."]
    assert [each.text for each in told_by(by_rule, Language.JA)] == ["It draws.", "So it adds."]
    assert [each.text for each in told_by(by_rule, Language.KO)] == ["드로우한다."]
