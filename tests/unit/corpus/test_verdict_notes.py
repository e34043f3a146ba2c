"""Noted verdicts of official Q&As, and when they no longer count."""

import pytest

from ragqa.corpus import verdict_notes
from ragqa.corpus.importers.official import QaText, official_ruling
from ragqa.corpus.verdict_notes import VerdictNote, noted_verdict, text_digest
from ragqa.datatypes import Condition, Language, Verdict

TITLE = "「あ」を「い」にチェーンできますか？"
ANSWER = "いいえ、できません。"
CASES = (
    Condition(when={Language.EN: "in the Damage Step"}, verdict=Verdict.NO),
    Condition(when={Language.EN: "at any other time"}, verdict=Verdict.YES),
)


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> None:
    digest = text_digest(TITLE, ANSWER)
    rows = {1: (digest, "no"), 2: (digest, "none"), 3: (digest, "conditional")}
    monkeypatch.setattr(verdict_notes, "_notes", lambda: rows)
    monkeypatch.setattr(verdict_notes, "_conditions", lambda: {3: CASES})


def test_the_digest_ignores_spaces_and_widths_but_no_letter() -> None:
    assert text_digest(TITLE, ANSWER) == text_digest("「あ」を 「い」にチェーンできますか?\n", ANSWER)
    assert text_digest(TITLE, ANSWER) != text_digest(TITLE, "はい、できます。")


@pytest.mark.usefixtures("notes")
def test_a_note_counts_as_long_as_the_text_is_the_one_that_was_read() -> None:
    assert noted_verdict(1, TITLE, ANSWER) == VerdictNote(Verdict.NO)
    assert noted_verdict(1, TITLE, ANSWER + "ただし") is None
    assert noted_verdict(4, TITLE, ANSWER) is None


@pytest.mark.usefixtures("notes")
@pytest.mark.parametrize(("fid", "verdict"), [(1, Verdict.NO), (2, None), (3, Verdict.CONDITIONAL), (4, Verdict.NO)])
def test_an_import_takes_the_note_and_where_there_is_none_the_rules(fid: int, verdict: Verdict | None) -> None:
    texts = {
        Language.JA: QaText(title=TITLE, answer="「あ」を「い」にチェーンする事はできません。" if fid == 4 else ANSWER)
    }
    ruling = official_ruling(fid, texts, card_ids=[], published="2026-01-01", source="test")
    assert ruling.verdict is verdict
    assert ruling.conditions == (list(CASES) if fid == 3 else [])


def test_the_shipped_notes_are_well_formed() -> None:
    notes = verdict_notes._notes()
    assert len(notes) > 7000
    assert {noted for _, noted in notes.values()} == {"yes", "no", "conditional", "none"}
    assert notes[23793][1] in ("yes", "none", "conditional")


def test_every_conditional_note_says_when_it_is_yes_and_when_no_in_three_languages() -> None:
    notes, conditions = verdict_notes._notes(), verdict_notes._conditions()
    assert conditions.keys() == {fid for fid, (_, noted) in notes.items() if noted == "conditional"}
    for cases in conditions.values():
        assert {case.verdict for case in cases} == {Verdict.YES, Verdict.NO}
        assert all(case.when.keys() == set(Language) and all(case.when.values()) for case in cases)
