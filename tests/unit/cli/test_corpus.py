"""`ragqa add`, `import` and `show`: one object, many lines, bad input, and a source's history."""

import json
from pathlib import Path

import numpy as np
import pytest

from ragqa.corpus.importers import importer_for
from ragqa.corpus.store import open_store
from ragqa.datatypes import Card, CardAliases, Language, Ruling, Source, SourceKind, Verdict
from ragqa.errors import InvalidInput
from ragqa.maintain import ImportReport
from ragqa.protocols import Progress
from tests.unit.cli.conftest import Run
from tests.unit.cli.parts import CannedService

ASH = Card(card_id="14558127", names={Language.EN: "Ash Blossom & Joyous Spring"}, aliases={Language.EN: ["Ash"]})


class ReadingService(CannedService):
    """Reads the files it is to import, and keeps what was in them."""

    def __init__(self) -> None:
        super().__init__()
        self.imported: list[Source] = []
        self.options: list[tuple[bool, bool]] = []
        self.unembedded = 0

    def embed_missing(self, progress: Progress | None = None) -> int:
        return 0

    def import_file(
        self, path: Path, *, keep_going: bool, accept_withdrawals: bool, progress: Progress | None = None
    ) -> ImportReport:
        self.options.append((keep_going, accept_withdrawals))
        report = ImportReport(corpus_version=8)
        for line, item in importer_for(path).read(path):
            if isinstance(item, InvalidInput):
                if not keep_going:
                    raise item
                report.refuse(line, item)
            else:
                self.imported.append(item)
                report.added[SourceKind.CARD] += 1
        return report


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> ReadingService:
    service = ReadingService()
    monkeypatch.setattr("ragqa.bootstrap.open_service", lambda settings, progress=None: service)
    monkeypatch.setattr("ragqa.cli.quiet.quiet_models", lambda: None)
    return service


def _card(card_id: str) -> dict[str, object]:
    return {"card_id": card_id, "names": {"en": f"Card {card_id}"}}


@pytest.mark.parametrize(
    "written",
    [
        json.dumps(_card("1")),
        json.dumps(_card("1"), indent=2),
        json.dumps([_card("1")]),
        "\ufeff" + json.dumps(_card("1")) + "\r\n",
    ],
)
def test_add_takes_one_source_however_it_is_laid_out(run: Run, reading: ReadingService, written: str) -> None:
    result = run("add", "-", stdin=written.encode())
    assert result.exit_code == 0
    assert reading.imported == [Card(card_id="1", names={Language.EN: "Card 1"})]
    assert "1 added (card 1); corpus version 8" in result.stdout


def test_add_takes_many_lines_and_tells_in_json(run: Run, reading: ReadingService, tmp_path: Path) -> None:
    file = tmp_path / "two.jsonl"
    file.write_text("\n".join(json.dumps(_card(card_id)) for card_id in ("1", "2")))
    result = run("add", str(file), "--json")
    report = json.loads(result.stdout)["two.jsonl"]
    assert (report["corpus_version"], report["added"]) == (8, {"card": 2})


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (b" \n", "stdin is empty"),
        (b'{"card_id": "1"', "line 1: not JSON"),
        (b'{"card_id": "1"}', "names"),
        (b'{"card_id": "1", "names": {"en": "A"}, "atk": 5}', "atk"),
        (b'{"card_id": "1", "names": {"xx": "A"}}', "unknown language 'xx'"),
        (b'{"card_id": "1", "names": {"en": "\xff"}}', "not UTF-8"),
    ],
)
def test_add_refuses_what_is_no_source_and_says_why(
    run: Run, reading: ReadingService, written: bytes, told: str
) -> None:
    result = run("add", "-", stdin=written)
    assert result.exit_code == 2
    assert told in result.stderr.replace("\n", " ")
    assert reading.imported == []


def test_a_missing_file_is_told_before_the_service_is_opened(run: Run, reading: ReadingService) -> None:
    for command in ("add", "import"):
        result = run(command, "absent.jsonl")
        assert (result.exit_code, reading.closed) == (2, 0)
        assert "cannot read absent.jsonl" in result.stderr


def test_import_passes_its_options_and_lists_refusals(run: Run, reading: ReadingService, tmp_path: Path) -> None:
    lines = [json.dumps(_card(str(number))) for number in range(1, 11)]
    lines[6] = '{"card_id": 7}'
    (tmp_path / "ten.jsonl").write_text("\n".join(lines))
    refused = run("import", "ten.jsonl")
    assert refused.exit_code == 2
    assert "ten.jsonl line 7" in refused.stderr
    taken = run("import", "ten.jsonl", "--keep-going", "--accept-withdrawals")
    assert taken.exit_code == 0
    assert "9 added" in taken.stdout and "refused: ten.jsonl line 7" in taken.stdout
    assert reading.options == [(False, False), (True, True)]


def test_show_tells_what_each_version_changed(run: Run, tmp_path: Path) -> None:
    _write(tmp_path, ASH, Card(card_id="14558127", names={Language.EN: "Ash Blossom & Joyous Spring"}, kind="Effect"))
    shown = json.loads(run("show", "14558127", "--json").stdout)
    assert shown["source"] == {
        "card_id": "14558127",
        "names": {"en": "Ash Blossom & Joyous Spring"},
        "kind": "Effect",
    }
    assert [version["version"] for version in shown["versions"]] == [1, 2]
    changed = {change["field"]: (change["before"], change["after"]) for change in shown["versions"][1]["changes"]}
    assert changed == {"kind": (None, "Effect"), "aliases.en": (["Ash"], None)}
    assert "kind: nothing → Effect" in run("show", "14558127").stdout


def test_show_finds_by_name_by_nickname_and_by_official_number(run: Run, tmp_path: Path) -> None:
    ruling = Ruling(
        ruling_id="r1",
        official_id=23793,
        lang=Language.EN,
        question={Language.EN: "Can it?"},
        answer={Language.EN: "Yes."},
        verdict=Verdict.YES,
        withdrawn="2022-02-02",
    )
    _write(tmp_path, ASH, CardAliases(card_id="14558127", aliases={Language.KO: ["우라라"]}), ruling)
    for typed in ("ash blossom joyous spring", "ASH", "우라라"):
        assert json.loads(run("show", typed, "--json").stdout)["source"]["card_id"] == "14558127"
    assert run("show", "Ash Blossoms").exit_code == 4
    assert "ruling r1  withdrawn 2022-02-02" in run("show", "23793").stdout


def test_show_asks_which_card_when_two_bear_the_name(run: Run, tmp_path: Path) -> None:
    _write(tmp_path, ASH, Card(card_id="2", names={Language.EN: "ash"}))
    result = run("show", "Ash")
    assert result.exit_code == 2
    assert "14558127, 2" in result.stderr


def test_show_of_an_empty_corpus_says_how_to_fill_it(run: Run) -> None:
    result = run("show", "Ash")
    assert result.exit_code == 4
    assert "`ragqa index`" in result.stderr


def test_a_long_list_of_remarks_is_cut_and_counted(run: Run, reading: ReadingService, tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text("\n".join('{"card_id": 7}' for _ in range(25)))
    shown = run("import", "bad.jsonl", "--keep-going").stdout
    assert shown.count("refused: ") == 20
    assert "… 5 more (refused)" in shown


def _write(folder: Path, *sources: Source) -> None:
    """Write sources one after the other, each with a change of its own."""
    store = open_store(f"sqlite:///{folder / 'home' / 'ragqa.db'}")
    for source in sources:
        store.apply([(source, [], np.empty((0, 2), np.float32))], model_id="none")
    store.close()


def test_pull_names_the_games_it_knows(run: Run, reading: ReadingService) -> None:
    result = run("pull", "chess")
    assert (result.exit_code, reading.closed) == (2, 0)
    assert "known are yugioh" in result.stderr
