"""Importing files into a real store: joining, disagreement, unknown cards, and rulings that vanish."""

import datetime
import io
import json
import tarfile
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from ragqa.corpus.store import SqlCorpusStore
from ragqa.datatypes import Card, Language, SourceKind
from ragqa.errors import InvalidInput, SuspiciousWithdrawals
from ragqa.maintain import ImportReport, add, import_file
from tests.integration.corpus_parts import HashEmbedder, RowIndex

EN, KO, JA = Language.EN, Language.KO, Language.JA
Import = Callable[..., ImportReport]


@pytest.fixture
def imported(store: SqlCorpusStore) -> Import:
    """Import a file into the store, with an index that follows."""
    index = RowIndex(store)

    def run(
        path: Path, *, keep_going: bool = False, accept_withdrawals: bool = False, complete: bool = False
    ) -> ImportReport:
        return import_file(
            path,
            store=store,
            embedder=HashEmbedder(),
            index=index,
            keep_going=keep_going,
            accept_withdrawals=accept_withdrawals,
            complete=complete,
        )

    return run


def deck(path: Path, desc: str, *, name: str = "Fox") -> Path:
    card = {"id": 7, "name": name, "type": "Spell Card", "desc": desc, "misc_info": [{"konami_id": 70}]}
    path.write_text(json.dumps({"data": [card]}, ensure_ascii=False))
    return path


def yaml_yugi(path: Path, text: dict[str, str]) -> Path:
    names = {lang: {"en": "Fox", "ja": "狐", "ko": "여우"}[lang] for lang in text}
    path.write_text(
        json.dumps(
            {"konami_id": 70, "password": 7, "name": names, "text": text, "card_type": "Spell"}, ensure_ascii=False
        )
    )
    return path


def qa(fid: int, **fields: object) -> dict[str, object]:
    page = {
        "fid": fid,
        "title": "「狐」を発動できますか？",
        "question": "？",
        "answer": "発動できます。",
        "mentionedCards": [70],
    }
    return page | fields


def archive(path: Path, pages: Iterable[dict[str, object]]) -> Path:
    with tarfile.open(path, "w:gz") as packed:
        for page in pages:
            content = json.dumps(page).encode()
            entry = tarfile.TarInfo(f"main/{page['fid']}.json")
            entry.size = len(content)
            packed.addfile(entry, io.BytesIO(content))
    return path


def test_another_source_adds_its_language_and_loses_none(
    store: SqlCorpusStore, imported: Import, tmp_path: Path
) -> None:
    imported(yaml_yugi(tmp_path / "y.json", {"en": "Jump.", "ja": "跳ぶ。"}))
    report = imported(deck(tmp_path / "d.json", "뛴다.", name="여우"))
    assert (dict(report.changed), report.warned) == ({SourceKind.CARD: 1}, 0)
    card = store.card("00000007")
    assert card.names == {EN: "Fox", JA: "狐", KO: "여우"}
    assert card.texts == {EN: "Jump.", JA: "跳ぶ。", KO: "뛴다."}
    assert dict(imported(tmp_path / "d.json").unchanged) == {SourceKind.CARD: 1}


def test_sources_that_disagree_are_reported_and_the_history_has_both(
    store: SqlCorpusStore, imported: Import, tmp_path: Path
) -> None:
    imported(yaml_yugi(tmp_path / "y.json", {"en": "Jump."}))
    report = imported(deck(tmp_path / "d.json", "Leap."))
    (warning,) = report.warnings
    assert (report.warned, warning.line, warning.field) == (1, 1, "texts.en")
    assert warning.message == (
        "d.json line 1: texts.en of card 00000007 is not as 'yaml-yugi' has it; "
        "the new text holds, the history keeps the other"
    )
    history = [version.source for version in store.history(SourceKind.CARD, "00000007")]
    assert [source.texts[EN] for source in history if isinstance(source, Card)] == ["Jump.", "Leap."]


def test_the_later_valid_from_wins_whichever_comes_last(
    store: SqlCorpusStore, imported: Import, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    current = Card(card_id="00000007", names={EN: "Fox"}, texts={EN: "Late."}, valid_from="2026-01-01", source="x")
    add(current, store=store, embedder=HashEmbedder(), index=RowIndex(store))
    older = Card(card_id="00000007", names={EN: "Fox", KO: "여우"}, texts={EN: "Early."}, valid_from="2020-01-01")

    class Dated:
        name = "dated"

        def read(self, path: Path) -> list[tuple[int, Card]]:
            return [(5, older)]

    monkeypatch.setattr("ragqa.maintain.files.importer_for", lambda path, cards=None: Dated())
    report = imported(tmp_path / "f.json")
    assert [(remark.line, remark.field) for remark in report.warnings] == [(5, "texts.en")]
    assert "the corpus keeps its later text" in report.warnings[0].message
    now = store.card("00000007")
    assert (now.texts, now.names, now.valid_from) == ({EN: "Late."}, {EN: "Fox", KO: "여우"}, "2026-01-01")
    assert store.card_as_of("00000007", "2021-01-01").texts == {EN: "Early."}
    assert report.corpus_version == store.corpus_version() == 3
    # Again: the history has it already.
    imported(tmp_path / "f.json")
    assert store.corpus_version() == 3


def test_ruling_finds_its_cards_in_the_corpus_and_an_unknown_one_is_reported_and_kept(
    store: SqlCorpusStore, imported: Import, tmp_path: Path
) -> None:
    imported(yaml_yugi(tmp_path / "y.json", {"ja": "跳ぶ。"}))
    path = tmp_path / "5.json"
    path.write_text(json.dumps(qa(5, mentionedCards=[70, 99])))
    report = imported(path)
    assert store.ruling("ygo-qa-5").card_ids == ["00000007", "kdb99"]
    assert [(remark.field, remark.message) for remark in report.warnings] == [
        ("card_ids", "line 1: ruling ygo-qa-5 names unknown card 'kdb99'")
    ]


def test_one_wrong_record_is_refused_alone_only_if_asked(
    store: SqlCorpusStore, imported: Import, tmp_path: Path
) -> None:
    path = tmp_path / "d.json"
    good = {"id": 7, "name": "Fox", "type": "Spell Card", "desc": "Jump."}
    path.write_text(json.dumps({"data": [good, {"id": 8, "name": "Owl", "desc": "Fly."}]}))
    with pytest.raises(InvalidInput, match=r"d\.json record 2: type: Object missing required field `type`"):
        imported(path)
    assert store.count(SourceKind.CARD) == 0
    report = imported(path, keep_going=True)
    assert [(remark.line, remark.field) for remark in report.refusals] == [(2, "type")]
    assert store.card("00000007").texts == {EN: "Jump."}


def test_ruling_missing_from_a_complete_list_is_withdrawn_today_and_comes_back(
    store: SqlCorpusStore, imported: Import, tmp_path: Path
) -> None:
    imported(archive(tmp_path / "a.tar.gz", [qa(1), qa(2)]), complete=True)
    imported(archive(tmp_path / "b.tar.gz", [qa(2)]), complete=True)
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    assert (store.ruling("ygo-qa-1").withdrawn, store.ruling("ygo-qa-2").withdrawn) == (today, None)
    # One file that happens to have the ruling does not bring it back; the complete list does.
    single = tmp_path / "1.json"
    single.write_text(json.dumps(qa(1)))
    imported(single)
    assert store.ruling("ygo-qa-1").withdrawn == today
    imported(tmp_path / "a.tar.gz", complete=True)
    assert store.ruling("ygo-qa-1").withdrawn is None


def test_a_list_that_drops_many_is_held_back_until_accepted(
    store: SqlCorpusStore, imported: Import, tmp_path: Path
) -> None:
    imported(archive(tmp_path / "a.tar.gz", [qa(fid) for fid in range(1, 101)]), complete=True)
    short = archive(tmp_path / "b.tar.gz", [qa(fid) for fid in range(1, 70)])
    with pytest.raises(SuspiciousWithdrawals, match="31 of 100 current rulings"):
        imported(short, complete=True)
    assert not any(ruling.withdrawn for ruling in store.rulings())
    imported(short, complete=True, accept_withdrawals=True)
    assert sum(bool(ruling.withdrawn) for ruling in store.rulings()) == 31


def test_what_could_not_be_read_is_not_taken_for_withdrawn(
    store: SqlCorpusStore, imported: Import, tmp_path: Path
) -> None:
    imported(archive(tmp_path / "a.tar.gz", [qa(1), qa(2)]), complete=True)
    damaged = archive(tmp_path / "b.tar.gz", [qa(1), {"fid": 2, "title": "？"}])
    report = imported(damaged, complete=True, keep_going=True)
    assert report.refused == 1
    assert store.ruling("ygo-qa-2").withdrawn is None


def test_own_jsonl_replaces_what_it_names(store: SqlCorpusStore, imported: Import, tmp_path: Path) -> None:
    imported(yaml_yugi(tmp_path / "y.json", {"en": "Jump.", "ja": "跳ぶ。"}))
    own = tmp_path / "cards.jsonl"
    own.write_text('{"card_id":"00000007","names":{"en":"Fox"},"texts":{"en":"Mine."}}\n')
    imported(own)
    assert store.card("00000007").texts == {EN: "Mine."}
