"""`pull`: from a local server into a real store, only what changed, and again after a failure."""

import io
import json
import tarfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from ragqa.corpus.pull import Pace, PublicSource, open_client
from ragqa.corpus.store import SqlCorpusStore
from ragqa.datatypes import SourceKind
from ragqa.errors import InvalidInput, SourceUnavailable, SuspiciousWithdrawals
from ragqa.maintain import Pulled, public_sources, pull
from tests.integration.corpus.http_parts import Served, serving, status, whole
from tests.integration.corpus_parts import HashEmbedder, RowIndex

CARDS = json.dumps(
    [{"konami_id": 70, "password": 7, "name": {"ja": "狐"}, "text": {"ja": "跳ぶ。"}, "card_type": "Spell"}]
)


def listing(fids: Iterable[int]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for fid in fids:
            page = {"fid": fid, "title": "？", "question": "「狐」？", "answer": "はい。", "mentionedCards": [70]}
            content = json.dumps(page).encode()
            entry = tarfile.TarInfo(f"main/{fid}.json")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def run(server: Served, store: SqlCorpusStore, folder: Path, *, accept_withdrawals: bool = False) -> list[Pulled]:
    sources = (
        PublicSource(name="cards", url=f"{server.url}/cards.json", file="cards.json"),
        PublicSource(name="rulings", url=f"{server.url}/qa", file="qa.tar.gz", lists_all_rulings=True),
    )
    with open_client() as client:
        return pull(
            sources,
            folder,
            client=client,
            pace=Pace(0, sleep=lambda seconds: None),
            store=store,
            embedder=HashEmbedder(),
            index=RowIndex(store),
            accept_withdrawals=accept_withdrawals,
        )


def test_cards_and_rulings_are_imported_and_the_second_run_asks_only(store: SqlCorpusStore, tmp_path: Path) -> None:
    with serving() as server:
        server.then(whole(CARDS.encode(), ETag='"1"'), whole(listing([1, 2]), ETag='"2"'), status(304), status(304))
        cards, rulings = run(server, store, tmp_path)
        assert cards.report
        assert dict(cards.report.added) == {SourceKind.CARD: 1}
        assert rulings.report
        assert dict(rulings.report.added) == {SourceKind.RULING: 2}
        assert store.ruling("ygo-qa-1").card_ids == ["00000007"]
        assert [each.report for each in run(server, store, tmp_path)] == [None, None]


def test_after_a_failure_only_what_is_missing_is_fetched(store: SqlCorpusStore, tmp_path: Path) -> None:
    with serving() as server:
        server.then(whole(CARDS.encode(), ETag='"1"'), status(404))
        with pytest.raises(SourceUnavailable):
            run(server, store, tmp_path)
        server.then(status(304), whole(listing([1])))
        assert [bool(each.report) for each in run(server, store, tmp_path)] == [False, True]


def test_mass_withdrawal_waits_for_acceptance_without_a_new_download(store: SqlCorpusStore, tmp_path: Path) -> None:
    with serving() as server:
        server.then(whole(CARDS.encode(), ETag='"1"'), whole(listing(range(1, 101)), ETag='"2"'))
        run(server, store, tmp_path)
        server.then(status(304), whole(listing(range(1, 50)), ETag='"3"'))
        with pytest.raises(SuspiciousWithdrawals):
            run(server, store, tmp_path)
        server.then(status(304), status(304))
        _, rulings = run(server, store, tmp_path, accept_withdrawals=True)
        assert rulings.report
        assert dict(rulings.report.changed) == {SourceKind.RULING: 51}
    assert sum(bool(each.withdrawn) for each in store.rulings()) == 51


def test_known_games_have_sources_and_others_are_refused() -> None:
    names = [source.name for source in public_sources("yugioh")]
    assert names == ["cards", "rulings", "card supplements"]
    assert all(source.url.startswith("https://") for source in public_sources("yugioh"))
    with pytest.raises(InvalidInput, match="no public sources of 'go' are known; known are yugioh"):
        public_sources("go")
