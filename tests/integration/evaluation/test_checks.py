"""What a check of a test set finds."""

import msgspec
import pytest

from ragqa.corpus.store import SqlCorpusStore
from ragqa.datatypes import CardAliases, Language, Verdict
from ragqa.evaluation.checks import Finding, check_testset
from ragqa.evaluation.drafts import DRAFT, make_drafts, split_of
from ragqa.evaluation.examples import Example
from tests.integration.evaluation_parts import CARDS, EN, EXAMPLES, RULINGS, example, fill


@pytest.fixture
def filled(store: SqlCorpusStore) -> SqlCorpusStore:
    fill(store)
    return store


def found(store: SqlCorpusStore, *examples: Example) -> list[tuple[str, str, str]]:
    findings = [each for each in check_testset(examples, store).findings if each.kind != "base-rate"]
    return [(finding.kind, finding.severity, finding.query_id) for finding in findings]


def test_a_sound_set_has_no_findings_and_is_counted(filled: SqlCorpusStore) -> None:
    report = check_testset(EXAMPLES, filled)
    assert report.findings == () and report.sound
    assert report.verdicts == {"yes": 2, "no": 2, "conditional": 1, "unknown": 1}
    assert report.languages == {"en": 6} and report.splits == {"": 6}


def test_a_planted_leak_is_found(filled: SqlCorpusStore) -> None:
    leak = example("leak", "may grey owl sleep by day", Verdict.NO, "r2", "c3")
    assert found(filled, *EXAMPLES, leak) == [("leak", "warning", "leak")]


def test_names_of_cards_alone_are_no_leak(filled: SqlCorpusStore) -> None:
    other = example("ok", "Red Fox against a Lazy Dog: who is faster?", Verdict.YES, "r1", "c1 c2")
    assert found(filled, other) == []


def test_a_planted_label_error_is_found(filled: SqlCorpusStore) -> None:
    wrong = example("wrong", "is the owl allowed a nap", Verdict.YES, "r2", "c3")
    [finding] = [each for each in check_testset([*EXAMPLES, wrong], filled).findings if each.kind == "label"]
    assert finding.query_id == "wrong"
    assert finding.message == "says yes, its gold ruling says no; right only if it asks otherwise"


def test_one_case_of_a_conditional_ruling_may_be_asked(filled: SqlCorpusStore) -> None:
    assert found(filled, example("case", "does the dog snore while dreaming", Verdict.YES, "r4", "c2")) == []


def test_unknown_ids_are_found(filled: SqlCorpusStore) -> None:
    one = example("one", "may it fly in circles today", Verdict.NO, "r9", "c3")
    some = example("some", "can the owl rest at noon", Verdict.NO, "r9 r2", "c9")
    assert found(filled, one, some) == [
        ("unknown-id", "error", "one"),
        ("unknown-id", "warning", "some"),
        ("unknown-id", "error", "some"),
    ]
    assert not check_testset([one], filled).sound


def test_a_withdrawn_gold_needs_a_date_on_which_it_held(filled: SqlCorpusStore) -> None:
    old = example("old", "is the fox allowed to leap", Verdict.NO, "r3", "c1 c2")
    assert found(filled, old) == [("label", "error", "old")]
    assert found(filled, msgspec.structs.replace(old, as_of="2025-01-01")) == []


def test_a_question_to_be_declined_has_no_gold(filled: SqlCorpusStore) -> None:
    assert found(filled, example("odd", "what is the price of an owl", Verdict.UNKNOWN, "r2")) == [
        ("label", "error", "odd")
    ]


def test_duplicates_and_a_gold_on_both_sides_of_the_split_are_found(filled: SqlCorpusStore) -> None:
    dev = msgspec.structs.replace(EXAMPLES[1], split="dev")
    same = msgspec.structs.replace(dev, query_id="same", question="Is Grey Owl allowed a nap by day?")
    across = msgspec.structs.replace(dev, query_id="across", split="test", question="is grey owl allowed naps by day")
    assert found(filled, dev, same) == [("duplicate", "error", "same")]
    assert found(filled, dev, across) == [("split", "error", "across"), ("split", "warning", "across")]


def test_lopsided_verdicts_and_nothing_to_decline_are_found(filled: SqlCorpusStore) -> None:
    rows = [example(f"q{i}", f"{word} fox", Verdict.YES) for i, word in enumerate(("swim", "climb", "whistle"))]
    messages = [finding.message for finding in check_testset(rows, filled).findings]
    assert messages == [
        "3 of 3 answerable questions are yes: always saying so would look good",
        "no question must be declined: answering everything costs nothing",
    ]


def test_drafts_use_nicknames_and_keep_the_gold(filled: SqlCorpusStore) -> None:
    nicknames = CardAliases(card_id="c3", aliases={EN: ["hooty"]})
    fill(filled, [nicknames])
    drafts = {draft.ruling_ids[0]: draft for draft in make_drafts(filled)}
    assert drafts.keys() == {"r1", "r2", "r4"}
    owl = drafts["r2"]
    assert "may hooty sleep by day?" in owl.question and owl.style == ("draft", "nickname")
    assert (owl.verdict, owl.card_ids, owl.split, owl.note) == (Verdict.NO, ("c3",), split_of("r2"), DRAFT)


def test_drafts_are_spread_over_verdicts_and_the_same_for_a_seed(filled: SqlCorpusStore) -> None:
    assert {draft.verdict for draft in make_drafts(filled, count=3)} == {Verdict.YES, Verdict.NO, Verdict.CONDITIONAL}
    assert make_drafts(filled, seed=5) == make_drafts(filled, seed=5)
    assert make_drafts(filled, languages=[Language.KO]) == []


def test_every_seventh_draft_is_about_a_card_that_does_not_exist(store: SqlCorpusStore) -> None:
    many = [
        msgspec.structs.replace(RULINGS[1], ruling_id=f"m{i}", question={EN: f"May Grey Owl sleep {i} days?"})
        for i in range(7)
    ]
    fill(store, [*CARDS, *many])
    fictional = [draft for draft in make_drafts(store) if "fictional-card" in draft.style]
    assert len(fictional) == 1
    assert fictional[0].verdict is Verdict.UNKNOWN and fictional[0].ruling_ids == ()
    assert "grey owl" not in fictional[0].question


def test_unchanged_drafts_are_not_fit_to_measure_with(filled: SqlCorpusStore) -> None:
    plain = example("copy", "Does Lazy Dog snore in battle?", Verdict.CONDITIONAL, "r4", "c2")
    assert (
        Finding(
            kind="leak",
            severity="warning",
            query_id="copy",
            message="100 % the wording of its gold ruling r4; reword it as a player would ask",
        )
        in check_testset([plain], filled).findings
    )
