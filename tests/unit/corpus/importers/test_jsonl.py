"""Reading our own JSONL, sound and damaged."""

from pathlib import Path

import pytest

from ragqa.corpus.importers import importer_for
from ragqa.corpus.importers.jsonl import MAX_LINE_BYTES, JsonlImporter
from ragqa.datatypes import Card, CardAliases, Language, Rule, Ruling, Source
from ragqa.errors import InvalidInput

CARD = b'{"card_id":"1","names":{"en":"Fox"}}'
RULING = b'{"ruling_id":"q1","lang":"en","question":{"en":"May I?"},"answer":{"en":"Yes."},"verdict":"yes"}'
RULE = b'{"rule_id":"r1","heading":{"en":"Chains"},"text":{"en":"A chain."}}'
ALIASES = b'{"card_id":"1","aliases":{"ko":["\xec\x97\xac\xec\x9a\xb0"]}}'


def read(folder: Path, content: bytes) -> list[tuple[int, Source | InvalidInput]]:
    path = folder / "corpus.jsonl"
    path.write_bytes(content)
    return list(JsonlImporter().read(path))


def test_the_four_kinds_with_bom_blank_lines_and_crlf(tmp_path: Path) -> None:
    items = read(tmp_path, b"\xef\xbb\xbf" + CARD + b"\r\n\n  \n" + RULING + b"\n" + RULE + b"\n" + ALIASES)
    assert [(line, type(source)) for line, source in items] == [(1, Card), (4, Ruling), (5, Rule), (6, CardAliases)]
    assert items[3][1] == CardAliases(card_id="1", aliases={Language.KO: ["여우"]})


def test_malformed_line_7_of_10_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    lines = [b'{"card_id":"%d","names":{"en":"Fox %d"}}' % (n, n) for n in range(1, 11)]
    lines[6] = b'{"card_id":"7","names":'
    items = read(tmp_path, b"\n".join(lines))
    assert [line for line, source in items if isinstance(source, Card)] == [1, 2, 3, 4, 5, 6, 8, 9, 10]
    error = items[6][1]
    assert isinstance(error, InvalidInput)
    assert error.line == 7
    assert str(error) == "corpus.jsonl line 7: not JSON: Input data was truncated"


@pytest.mark.parametrize(
    ("line", "field", "says"),
    [
        (b'{"card_id":"1"}', "names", "missing required field"),
        (b'{"card_id":"1","names":{}}', "names", "has no name"),
        (b'{"card_id":"1","names":{"en":""}}', "names", "has no name"),
        (b'{"card_id":1,"names":{"en":"Fox"}}', "card_id", "Expected `str`, got `int`"),
        (b'{"card_id":"1","names":{"en":"Fox"},"colour":"red"}', "colour", "unknown field"),
        (b'{"card_id":"1","names":{"fr":"Renard"}}', "names.fr", "unknown language 'fr'"),
        (b'{"card_id":"1","aliases":{"en":["a",4]}}', "aliases[...][1]", "Expected `str`, got `int`"),
        (RULING.replace(b'"yes"', b'"maybe"'), "verdict", "Invalid enum value 'maybe'"),
        (RULING[:-1] + b',"conditions":[{"when":{}}]}', "conditions[0].verdict", "missing required field"),
        (b'{"card_id":"1","names":{"en":"Fo\xffx"}}', None, "not UTF-8: byte 0xff at byte 33"),
        (b'{"name":"Fox"}', None, "neither card_id, ruling_id nor rule_id"),
        (b'["card"]', None, "not a JSON object"),
        (b"NaN", None, "not JSON"),
    ],
)
def test_what_is_wrong_is_said_with_line_and_field(tmp_path: Path, line: bytes, field: str | None, says: str) -> None:
    items = read(tmp_path, RULE + b"\n" + line + b"\n")
    assert [number for number, _ in items] == [1, 2]
    error = items[1][1]
    assert isinstance(error, InvalidInput)
    assert (error.line, error.field) == (2, field)
    assert str(error).startswith("corpus.jsonl line 2: ")
    assert says in str(error)


def test_second_line_of_an_id_is_refused_but_not_aliases_of_the_same_card(tmp_path: Path) -> None:
    items = read(tmp_path, b"\n".join([CARD, ALIASES, CARD]))
    error = items[2][1]
    assert isinstance(error, InvalidInput)
    assert (error.line, error.field) == (3, "card_id")
    assert "card '1' is already on line 1" in str(error)
    assert isinstance(items[1][1], CardAliases)


def test_overlong_line_is_refused_without_being_held_and_the_next_is_read(tmp_path: Path) -> None:
    items = read(tmp_path, b'{"card_id":"' + b"9" * (2 * MAX_LINE_BYTES + 5) + b"\n" + CARD)
    assert isinstance(items[0][1], InvalidInput)
    assert "longer than" in str(items[0][1])
    assert items[1] == (2, Card(card_id="1", names={Language.EN: "Fox"}))


def test_recognised_by_content_or_by_name_if_the_first_line_is_damaged(tmp_path: Path) -> None:
    importer = JsonlImporter()
    assert importer.recognises(Path("x.txt"), b"\xef\xbb\xbf\n" + CARD + b"\n{")
    assert importer.recognises(Path("x.jsonl"), b'{"card_id":')
    assert not importer.recognises(Path("x.jsonl"), b'{"id":"1","names":{}}')
    assert not importer.recognises(Path("x.json"), b'{"data":[\n')
    path = tmp_path / "cards.txt"
    path.write_bytes(RULE)
    assert isinstance(importer_for(path), JsonlImporter)


def test_unknown_format_and_missing_file_are_invalid_input(tmp_path: Path) -> None:
    path = tmp_path / "cards.bin"
    path.write_bytes(b"\x00\x01")
    with pytest.raises(InvalidInput, match=r"cards\.bin is in no known format \(.*, ragqa JSONL, .*\)"):
        importer_for(path)
    with pytest.raises(InvalidInput, match="No such file"):
        importer_for(tmp_path / "absent.jsonl")
