"""`ragqa effects` and `ragqa categories` on a corpus and a card database made here."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ragqa.corpus.passages import passages_of
from ragqa.corpus.store import open_store
from ragqa.datatypes import Card, Language
from ragqa.grounding.effects.categories import CATEGORIES
from tests.unit.cli.conftest import Run

SAMPLES = Path(__file__).parents[4] / "shared" / "data" / "samples"
DRAW, BANISH = 0x100, 0x4


@pytest.fixture
def corpus(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    store = open_store(f"sqlite:///{tmp_path / 'home' / 'ragqa.db'}")
    cards = [spell("00000001", "Lantern", "Draw 2 cards."), spell("00000002", "Moth", "Banish 1 card.")]
    store.apply([(card, passages_of(card), None) for card in cards], model_id=None)
    store.close()


def spell(card_id: str, name: str, text: str) -> Card:
    names, texts = {Language.EN: name}, {Language.EN: text}
    return Card(card_id=card_id, kind="spell", names=names, facts={"type_line": "Normal"}, texts=texts)


def database(path: Path, rows: list[tuple[int, str, str, int]]) -> Path:
    """Write a card database of Spells: id, name, text, category."""
    with closing(sqlite3.connect(path)) as tables:
        tables.execute("create table texts(id integer primary key,name text,desc text)")
        tables.execute(
            "create table datas(id integer primary key,ot integer,alias integer,setcode integer,type integer,"
            "atk integer,def integer,level integer,race integer,attribute integer,category integer)"
        )
        for card_id, name, text, category in rows:
            tables.execute("insert into texts values (?, ?, ?)", (card_id, name, text))
            tables.execute("insert into datas values (?, 3, 0, 0, 2, 0, 0, 0, 0, 0, ?)", (card_id, category))
        tables.commit()
    return path


@pytest.mark.usefixtures("corpus")
def test_cards_are_listed_by_what_an_effect_does(run: Run) -> None:
    shown = run("effects", "draw")
    assert (shown.exit_code, shown.stdout.split()) == (0, ["00000001", "Lantern", "(1)", "Draw", "2", "cards."])
    (found,) = json.loads(run("effects", "banish", "--json").stdout)
    assert (found["card_id"], found["text"]) == ("00000002", "Banish 1 card.")
    assert "banish" in found["facts"]
    wrong = run("effects", "draws")
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert "'draws' is no fact" in wrong.stderr


@pytest.mark.usefixtures("corpus")
def test_bits_are_compared_with_the_texts_of_the_corpus_and_else_with_the_database_s_own(
    run: Run, tmp_path: Path
) -> None:
    rows = [
        (1, "Lantern", "Something old.", DRAW),
        (2, "Moth", "Something old.", DRAW),
        (3, "New", "Draw 1 card.", DRAW | BANISH),
    ]
    file = str(database(tmp_path / "cards.cdb", rows))
    compared = {each["category"]: each for each in json.loads(run("categories", file, "--json").stdout)}
    assert (compared["draws"]["both"], compared["draws"]["only_bits"]) == (2, ["00000002 Moth"])
    assert (compared["banishes"]["only_bits"], compared["banishes"]["only_text"]) == (
        ["00000003 New"],
        ["00000002 Moth"],
    )
    listed = run("categories", file, "--list").stdout
    assert "0x00000100  draws                            66.7%  2 of 3" in listed
    assert "only the text: 00000002 Moth" in listed


def test_what_is_no_card_database_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "no.cdb").write_text("nothing")
    for name in ("no.cdb", "missing.cdb"):
        assert run("categories", name).exit_code == 2


@pytest.mark.shared
@pytest.mark.skipif(not SAMPLES.exists(), reason="the development data (../shared) is not beside this checkout")
def test_a_real_card_database_is_compared_bit_by_bit(run: Run) -> None:
    done = run("categories", str(SAMPLES / "edopro_prerelease-betb_2026-08.cdb"), "--json")
    compared = {each["category"]: each for each in json.loads(done.stdout)}
    assert len(compared) == len(CATEGORIES)
    assert compared["destroys"]["both"] == 13
