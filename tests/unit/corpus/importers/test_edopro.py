"""EDOPro card databases, made here with the same tables."""

import gzip
import sqlite3
from contextlib import closing
from pathlib import Path

from ragqa.datatypes import Card
from ragqa.errors import InvalidInput
from tests.unit.corpus.importers.samples import EN, JA, items, refusals, sources

MONSTER, SPELL, EFFECT, XYZ, PENDULUM, LINK, TOKEN, QUICK = 1, 2, 0x20, 0x800000, 0x1000000, 0x4000000, 0x4000, 0x10000
Row = tuple[int, str, str, int, int, int, int, int]
"""id, name, desc, type, atk, def, level, alias"""


def database(path: Path, rows: list[Row]) -> Path:
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as tables:
        strings = ",".join(f"str{number} text" for number in range(1, 17))
        tables.execute(f"create table texts(id integer primary key,name text,desc text,{strings})")
        tables.execute(
            "create table datas(id integer primary key,ot integer,alias integer,setcode integer,type integer,"
            "atk integer,def integer,level integer,race integer,attribute integer,category integer)"
        )
        for card_id, name, desc, types, atk, defence, level, alias in rows:
            tables.execute("insert into texts(id, name, desc) values (?, ?, ?)", (card_id, name, desc))
            numbers = (card_id, 3, alias, 0, types, atk, defence, level, 0x4000, 0x8, 64)
            tables.execute("insert into datas values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", numbers)
        tables.commit()
    return path


def read(path: Path) -> dict[str, Card]:
    return {each.card_id: each for each in sources(path) if isinstance(each, Card)}


def test_pendulum_monster_with_packed_level_and_scale_and_split_text(tmp_path: Path) -> None:
    desc = f"[ Pendulum Effect ]\r\nIt swings.\r\n{'-' * 40}\r\n[ Monster Effect ]\r\nIt jumps."
    types = MONSTER | EFFECT | PENDULUM
    path = database(tmp_path / "c.cdb", [(7, "Fox", desc, types, -2, 0, 0x0D0D0004, 0)])
    assert sources(path) == [
        Card(
            card_id="00000007",
            passcode="00000007",
            names={EN: "Fox"},
            kind="monster",
            facts={
                "type_line": "Beast / Pendulum / Effect",
                "attribute": "WIND",
                "level": 4,
                "atk": "?",
                "def": 0,
                "pendulum_scale": 13,
                "category": 64,
                "ot": 3,
            },
            texts={EN: "[ Pendulum Effect ]\nIt swings.\n[ Monster Effect ]\nIt jumps."},
            source="EDOPro card database",
        )
    ]


def test_link_arrows_stand_in_def_and_the_rating_in_level(tmp_path: Path) -> None:
    path = database(tmp_path / "c.cdb", [(7, "Fox", "Jump.", MONSTER | LINK, 1500, 0x1 | 0x20 | 0x80, 3, 0)])
    facts = read(path)["00000007"].facts
    assert (facts["link"], facts["link_arrows"]) == (3, ["↙", "➡", "⬆"])
    assert "def" not in facts
    assert "level" not in facts


def test_rank_token_and_spell(tmp_path: Path) -> None:
    path = database(
        tmp_path / "c.cdb",
        [
            (1, "Xyz", "d", MONSTER | XYZ, 1, 2, 4, 0),
            (2, "Token", "d", MONSTER | TOKEN, 0, 0, 1, 0),
            (3, "Spell", "d", SPELL | QUICK, 0, 0, 0, 0),
        ],
    )
    cards = read(path)
    assert (cards["00000001"].facts["rank"], "level" in cards["00000001"].facts) == (4, False)
    assert cards["00000002"].kind == "token"
    assert (cards["00000003"].kind, cards["00000003"].facts["type_line"]) == ("spell", "Quick-Play")
    assert "atk" not in cards["00000003"].facts


def test_alternate_art_is_a_number_of_the_card_but_a_card_treated_as_another_is_its_own(tmp_path: Path) -> None:
    path = database(
        tmp_path / "c.cdb",
        [
            (1000, "Harpy", "d", MONSTER, 0, 0, 4, 0),
            (1001, "Harpy", "d", MONSTER, 0, 0, 4, 1000),
            (5000, "Harpy", "d", MONSTER, 0, 0, 4, 1000),
            (9000, "Harpy 1", "d", MONSTER, 0, 0, 4, 1000),
            (9500, "Orphan", "d", MONSTER, 0, 0, 4, 77),
        ],
    )
    cards = read(path)
    assert list(cards) == ["00001000", "00009000", "00009500"]
    assert cards["00001000"].facts["alt_passcodes"] == [1001, 5000]
    assert cards["00009000"].facts["treated_as"] == "00001000"


def test_language_is_told_from_the_whole_file_and_chinese_is_refused(tmp_path: Path) -> None:
    rows: list[Row] = [(1, "狐", "跳", SPELL, 0, 0, 0, 0), (2, "フクロウ", "飛ぶ。", SPELL, 0, 0, 0, 0)]
    assert [list(each.names) for each in read(database(tmp_path / "ja.cdb", rows)).values()] == [[JA], [JA]]
    ((_, field, message),) = refusals(database(tmp_path / "zh.cdb", rows[:1]))
    assert (field, message) == ("texts", "zh.cdb: the texts are Chinese; en, ko and ja are known")


def test_gzipped_database_is_read(tmp_path: Path) -> None:
    path = database(tmp_path / "c.cdb", [(7, "Fox", "Jump.", SPELL, 0, 0, 0, 0)])
    packed = tmp_path / "c.cdb.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert sources(packed) == sources(path)


def test_truncated_database_gives_what_is_sound_and_says_where_it_breaks_off(tmp_path: Path) -> None:
    rows: list[Row] = [(number, f"Fox {number}", "Jump. " * 50, SPELL, 0, 0, 0, 0) for number in range(1, 2001)]
    whole = database(tmp_path / "c.cdb", rows)
    cut = tmp_path / "cut.cdb"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    found = items(cut)
    assert 1 <= len(found) < len(rows)
    number, broken = found[-1]
    assert isinstance(broken, InvalidInput)
    assert (number, broken.field) == (len(found), "path")
    assert str(broken).startswith("cut.cdb")
    assert "the database is cut off or damaged" in str(broken)
    assert all(isinstance(each, Card) for _, each in found[:-1])


def test_card_without_text_is_refused_and_the_others_are_read(tmp_path: Path) -> None:
    path = database(tmp_path / "c.cdb", [(1, "A", "d", SPELL, 0, 0, 0, 0), (2, "B", "d", SPELL, 0, 0, 0, 0)])
    with closing(sqlite3.connect(path)) as tables:
        tables.execute("delete from texts where id = 1")
        tables.commit()
    assert refusals(path) == [(1, "name", "c.cdb record 1: card 1 has no row in texts")]
    assert [number for number, _ in items(path)] == [1, 2]
