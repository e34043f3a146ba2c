"""Archives of many files, and packed single files."""

import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path

import pytest

from ragqa.corpus.importers import importer_for
from ragqa.corpus.importers.jsonl import JsonlImporter
from ragqa.datatypes import Card, Ruling
from ragqa.errors import InvalidInput
from tests.unit.corpus.importers.samples import EN, JA, items, sources

FILES = {
    "repo-main/README.md": "# not a source",
    "repo-main/.github/x.json": "{}",
    "repo-main/en/70.json": json.dumps({"id": 70, "type": "trap", "name": "Fox", "effectText": "Jump."}),
    "repo-main/qa/5.json": json.dumps({"fid": 5, "title": "?", "question": "?", "answer": "!"}),
    "repo-main/ja/70.json": json.dumps({"id": 70, "type": "trap", "name": "狐", "effectText": "跳ぶ。"}),
    "repo-main/qa/6.json": json.dumps({"fid": 6, "title": "?"}),
    "repo-main/odd.json": '{"neither": 1}',
}


def tar_gz(path: Path) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in FILES.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content.encode())
            archive.addfile(entry, io.BytesIO(content.encode()))
    return path


def zipped(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("packed", ["tar.gz", "zip"])
def test_each_file_is_read_in_its_format_and_languages_of_one_card_are_joined(tmp_path: Path, packed: str) -> None:
    path = tar_gz(tmp_path / "a") if packed == "tar.gz" else zipped(tmp_path / "a", FILES)
    read = items(path)
    (first, missing), (second, unknown) = ((n, str(each)) for n, each in read if isinstance(each, InvalidInput))
    assert (first, missing) == (4, "6.json record 1: question: Object missing required field `question`")
    assert second == 5
    assert unknown.startswith("odd.json is in no known format")
    (card,) = (each for _, each in read if isinstance(each, Card))
    assert (card.names, card.texts) == ({EN: "Fox", JA: "狐"}, {EN: "Jump.", JA: "跳ぶ。"})
    assert [(number, each.ruling_id) for number, each in read if isinstance(each, Ruling)] == [(2, "ygo-qa-5")]


def test_cut_off_archive_gives_what_is_sound(tmp_path: Path) -> None:
    path = tar_gz(tmp_path / "a.tar.gz")
    content = gzip.decompress(path.read_bytes())
    path.write_bytes(content[: 512 * 7])
    read = items(path)
    assert "cut off or damaged" in str(read[0][1])
    assert any(isinstance(each, Card) for _, each in read)


def test_zip_of_one_file_is_that_file_and_gz_is_told_by_content(tmp_path: Path) -> None:
    line = '{"card_id":"1","names":{"en":"Fox"}}\n'
    expected = [Card(card_id="1", names={EN: "Fox"})]
    one = zipped(tmp_path / "odd.name", {"cards.jsonl": line})
    assert isinstance(importer_for(one), JsonlImporter)
    assert sources(one) == expected
    packed = tmp_path / "cards"
    packed.write_bytes(gzip.compress(line.encode()))
    assert sources(packed) == expected


def test_cut_off_gz_gives_what_is_sound_and_names_the_line(tmp_path: Path) -> None:
    rows = [
        {"id": f"{n}", "names": {"en": f"Fox {n * 7919 % 10007}"}, "texts": {}, "kind": "spell"} for n in range(20_000)
    ]
    whole = gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode())
    path = tmp_path / "cards.jsonl.gz"
    path.write_bytes(whole[: len(whole) // 2])
    read = items(path)
    last, wrong = read[-1]
    assert isinstance(wrong, InvalidInput)
    assert str(wrong).startswith(f"cards.jsonl.gz line {last}: cards.jsonl.gz is cut off or damaged")
    assert 1000 < last < 20_000
    assert [number for number, _ in read] == list(range(1, last + 1))
