"""Questions about invented cards and other things, asked of the starter corpus: none gets a verdict."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import msgspec
import pytest

from ragqa.bootstrap import Service, open_service
from ragqa.config import Settings
from ragqa.datatypes import Language, Question, Verdict

STARTER = Path(__file__).parents[2] / "corpus"
FILE = Path(__file__).parents[1] / "declined.jsonl"


class Unanswerable(msgspec.Struct, frozen=True):
    """A question, and why it has no answer here."""

    question_id: str
    lang: Language
    kind: str
    text: str


ASKED = [msgspec.json.decode(line, type=Unanswerable) for line in FILE.read_bytes().splitlines()]


NAMED = {
    "14558127",  # Ash Blossom & Joyous Spring
    "35480699",  # Book of Eclipse
    "15693423",  # Evenly Matched
    "30459350",  # Imperial Iron Wall
    "10045474",  # Infinite Impermanence
    "97268402",  # Effect Veiler
    "23434538",  # Maxx "C"
    "98645731",  # Pot of Duality
}


def _rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (STARTER / f"{name}.jsonl").read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Iterator[Service]:
    """The starter corpus cut down to the real cards that the questions name, their rulings and the cards of those."""
    folder = tmp_path_factory.mktemp("declined")
    (folder / "home").mkdir()
    (folder / "home" / "models").symlink_to(models)
    (folder / "corpus").mkdir()
    rulings = [row for row in _rows("rulings") if NAMED & set(row["card_ids"])]
    known = NAMED | {card_id for row in rulings for card_id in row["card_ids"]}
    for name, rows in (
        ("cards", [row for row in _rows("cards") if row["card_id"] in known]),
        ("aliases", [row for row in _rows("aliases") if row["card_id"] in known]),
        ("rulings", rulings),
    ):
        lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
        (folder / "corpus" / f"{name}.jsonl").write_text("".join(lines), "utf-8")
    opened = open_service(Settings.model_validate({"home": folder / "home", "corpus_dir": folder / "corpus"}))
    yield opened
    opened.close()


def test_there_are_forty_and_more_in_three_languages_of_many_kinds() -> None:
    kinds = {asked.kind for asked in ASKED}
    assert len(ASKED) >= 40
    assert len({asked.question_id for asked in ASKED}) == len(ASKED)
    assert {asked.lang for asked in ASKED} == set(Language)
    assert kinds >= {"fictional-card", "other-game", "weather", "price", "banlist", "opinion", "instruction"}


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: f"{asked.question_id}-{asked.kind}")
def test_what_cannot_be_answered_gets_no_verdict(service: Service, asked: Unanswerable) -> None:
    given = anyio.run(service.ask, Question(text=asked.text, lang=asked.lang))
    assert given.verdict is Verdict.UNKNOWN, [citation.heading for citation in given.citations]
    assert given.citations == ()


@pytest.mark.parametrize(
    ("lang", "real", "invented", "words"),
    [
        (Language.EN, "Book of Eclipse", "Greater Book of Eclipse", "Greater Book of Eclipse"),
        (Language.KO, "개기일식의 서", "대개기일식의 서", "대개기일식의 서"),
        (Language.JA, "皆既日蝕の書", "超皆既日蝕の書", "超皆既日蝕の書"),
    ],
)
def test_the_same_question_about_the_real_card_is_answered_and_the_decline_names_the_words(
    service: Service, lang: Language, real: str, invented: str, words: str
) -> None:
    form = {
        Language.EN: "Can I chain Ash Blossom to {}?",
        Language.KO: "하루 우라라를 {}에 체인할 수 있나요?",
        Language.JA: "灰流うららを{}にチェーンできますか？",
    }[lang]
    assert anyio.run(service.ask, Question(text=form.format(real), lang=lang)).verdict is Verdict.YES
    declined = anyio.run(service.ask, Question(text=form.format(invented), lang=lang))
    assert declined.verdict is Verdict.UNKNOWN
    assert words in [span.surface for span in declined.unlinked]
    assert real in declined.explanation and "35480699" not in [card.card_id for card in declined.linked_cards]
