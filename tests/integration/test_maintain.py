"""The maintain use case on a real store: what is embedded, what is written, what is refused."""

import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from ragqa.corpus.importers.jsonl import JsonlImporter
from ragqa.corpus.store import SqlCorpusStore, open_store
from ragqa.datatypes import CardAliases, Language, Ruling, Source, SourceKind
from ragqa.errors import DuplicateSource, InvalidInput, ModelError, NotFound, StaleWrite, SuspiciousWithdrawals
from ragqa.maintain import ImportReport, add, embed_missing, import_sources, remove, withdraw
from ragqa.protocols import Progress, Vectors
from tests.integration.corpus_parts import EN, HashEmbedder, RowIndex, card, ruling


class BrokenEmbedder(HashEmbedder):
    """Returns vectors that are not numbers."""

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        return np.full((len(texts), self.dimension), np.nan, dtype=np.float32)


@pytest.fixture
def embedder() -> HashEmbedder:
    return HashEmbedder()


@pytest.fixture
def index(store: SqlCorpusStore) -> RowIndex:
    return RowIndex(store)


def numbered(sources: Sequence[Source | InvalidInput]) -> list[tuple[int, Source | InvalidInput]]:
    return list(enumerate(sources, start=1))


def test_added_card_is_in_the_index_at_the_version_returned(
    store: SqlCorpusStore, embedder: HashEmbedder, index: RowIndex
) -> None:
    assert add(card("1"), store=store, embedder=embedder, index=index) == 1
    vector = HashEmbedder().encode_passages(["Fox\nIt jumps."])[0].tobytes()
    assert index.rows == {1: ("1#en1", "It jumps.", vector)}
    assert index.version == 1


def test_correcting_embeds_only_new_texts(store: SqlCorpusStore, embedder: HashEmbedder, index: RowIndex) -> None:
    long = ruling("q", answer="Yes.")
    add(long, store=store, embedder=embedder, index=index)
    add(ruling("q", answer="No."), store=store, embedder=embedder, index=index)
    # A ruling's question is what is embedded, and it did not change.
    assert embedder.embedded == ["May I q?"]
    assert [(row, text) for row, (_, text, _) in index.rows.items()] == [(2, "No.")]


def test_invalid_source_is_not_even_embedded(store: SqlCorpusStore, embedder: HashEmbedder, index: RowIndex) -> None:
    with pytest.raises(InvalidInput) as caught:
        add(card("1", name=""), store=store, embedder=embedder, index=index)
    assert caught.value.field == "names"
    assert embedder.embedded == []


def test_failed_embed_leaves_nothing_and_the_card_addable(store: SqlCorpusStore, index: RowIndex) -> None:
    with pytest.raises(ModelError, match="nothing was written"):
        add(card("1"), store=store, embedder=BrokenEmbedder(), index=index)
    assert store.corpus_version() == 0
    assert add(card("1"), store=store, embedder=HashEmbedder(), index=index, replace=False) == 1


def test_kill_between_embed_and_write_leaves_nothing(database_url: str) -> None:
    script = """
import os, signal, sys
from ragqa.corpus.store import open_store
from ragqa.maintain import add
from tests.integration.corpus_parts import HashEmbedder, RowIndex, card
class Dying(HashEmbedder):
    def encode_passages(self, texts, progress=None):
        super().encode_passages(texts)
        os.kill(os.getpid(), signal.SIGKILL)
store = open_store(sys.argv[1])
add(card("1"), store=store, embedder=HashEmbedder(), index=RowIndex(store))
add(card("2"), store=store, embedder=Dying(), index=RowIndex(store))
"""
    killed = subprocess.run([sys.executable, "-c", script, database_url], cwd=Path(__file__).parents[2], check=False)
    assert killed.returncode == -signal.SIGKILL
    store = open_store(database_url)
    assert list(store.cards()) == [card("1")]
    assert store.corpus_version() == 1
    store.close()


def test_replace_false_and_stale_versions(store: SqlCorpusStore, embedder: HashEmbedder, index: RowIndex) -> None:
    add(card("1"), store=store, embedder=embedder, index=index, replace=False)
    add(card("2"), store=store, embedder=embedder, index=index, expected_version=0)
    with pytest.raises(DuplicateSource, match="card '1' is already in the corpus"):
        add(card("1", "New."), store=store, embedder=embedder, index=index, replace=False)
    with pytest.raises(StaleWrite, match="at version 1, not 2"):
        add(card("1", "New."), store=store, embedder=embedder, index=index, expected_version=2)
    assert add(card("1", "New."), store=store, embedder=embedder, index=index, expected_version=1) == 3


def test_remove(store: SqlCorpusStore, embedder: HashEmbedder, index: RowIndex) -> None:
    add(card("1"), store=store, embedder=embedder, index=index)
    with pytest.raises(StaleWrite):
        remove(SourceKind.CARD, "1", store=store, index=index, expected_version=5)
    assert remove(SourceKind.CARD, "1", store=store, index=index) == 2
    assert index.rows == {}
    with pytest.raises(NotFound):
        remove(SourceKind.CARD, "1", store=store, index=index)


def test_withdraw_keeps_the_text_and_names_the_successor(
    store: SqlCorpusStore, embedder: HashEmbedder, index: RowIndex
) -> None:
    for source in (ruling("old"), ruling("new")):
        add(source, store=store, embedder=embedder, index=index)
    assert withdraw("old", "2025-06-15", "new", store=store, embedder=embedder, index=index) == 3
    assert (store.ruling("old").withdrawn, store.ruling("old").superseded_by) == ("2025-06-15", "new")
    assert [version.corpus_version for version in store.history(SourceKind.RULING, "old")] == [1, 3]
    assert sorted(index.rows) == [1, 2]
    assert embedder.embedded == ["May I old?", "May I new?"]


def test_withdraw_refuses_bad_dates_and_unknown_rulings(
    store: SqlCorpusStore, embedder: HashEmbedder, index: RowIndex
) -> None:
    add(ruling("q"), store=store, embedder=embedder, index=index)
    with pytest.raises(InvalidInput, match="not a date"):
        withdraw("q", "15.06.2025", store=store, embedder=embedder, index=index)
    with pytest.raises(InvalidInput, match="'nowhere' is not in the corpus"):
        withdraw("q", "2025-06-15", "nowhere", store=store, embedder=embedder, index=index)
    with pytest.raises(NotFound):
        withdraw("nowhere", "2025-06-15", store=store, embedder=embedder, index=index)
    assert store.corpus_version() == 1


def test_import_counts_by_kind_and_shows_progress(
    store: SqlCorpusStore, embedder: HashEmbedder, index: RowIndex
) -> None:
    add(card("1"), store=store, embedder=embedder, index=index)
    add(card("2", "Old."), store=store, embedder=embedder, index=index)
    seen: list[tuple[int, int]] = []
    report = import_sources(
        numbered([card("1"), card("2", "New."), card("3"), ruling("q")]),
        store=store,
        embedder=embedder,
        index=index,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert (report.added, report.changed, report.unchanged) == (
        {SourceKind.CARD: 1, SourceKind.RULING: 1},
        {SourceKind.CARD: 1},
        {SourceKind.CARD: 1},
    )
    assert (report.refused, report.warned, report.corpus_version) == (0, 0, 3)
    assert seen == [(3, 3)]
    assert sorted(passage_id for passage_id, _, _ in index.rows.values()) == ["1#en1", "2#en1", "3#en1", "q#en1"]


def test_importing_the_same_again_changes_and_embeds_nothing(
    store: SqlCorpusStore, embedder: HashEmbedder, index: RowIndex
) -> None:
    items = numbered([card("1"), ruling("q")])
    import_sources(items, store=store, embedder=embedder, index=index)
    embedder.embedded.clear()
    report = import_sources(items, store=store, embedder=embedder, index=index)
    assert report.unchanged == {SourceKind.CARD: 1, SourceKind.RULING: 1}
    assert report.corpus_version == 1
    assert embedder.embedded == []


def import_ten_lines_with_the_seventh_broken(
    store: SqlCorpusStore, embedder: HashEmbedder, index: RowIndex, folder: Path, *, keep_going: bool
) -> ImportReport:
    lines = [f'{{"card_id":"{n}","names":{{"en":"Fox"}},"texts":{{"en":"It jumps."}}}}' for n in range(1, 11)]
    lines[6] = '{"card_id":"7","names":{"fr":"Renard"}}'
    path = folder / "ten.jsonl"
    path.write_text("\n".join(lines))
    items = JsonlImporter().read(path)
    return import_sources(items, store=store, embedder=embedder, index=index, keep_going=keep_going)


def test_line_7_of_10_is_named_and_nothing_is_imported(
    store: SqlCorpusStore, embedder: HashEmbedder, index: RowIndex, tmp_path: Path
) -> None:
    with pytest.raises(InvalidInput, match=r"ten\.jsonl line 7: names\.fr: unknown language") as caught:
        import_ten_lines_with_the_seventh_broken(store, embedder, index, tmp_path, keep_going=False)
    assert (caught.value.line, caught.value.field) == (7, "names.fr")
    assert store.corpus_version() == 0
    assert embedder.embedded == []


def test_keep_going_imports_the_other_nine(
    store: SqlCorpusStore, embedder: HashEmbedder, index: RowIndex, tmp_path: Path
) -> None:
    report = import_ten_lines_with_the_seventh_broken(store, embedder, index, tmp_path, keep_going=True)
    assert report.added == {SourceKind.CARD: 9}
    assert report.refused == 1
    assert [(remark.line, remark.field) for remark in report.refusals] == [(7, "names.fr")]
    assert store.ids(SourceKind.CARD) == {"1", "2", "3", "4", "5", "6", "8", "9", "10"}


def test_unsound_and_repeated_sources_of_any_importer_are_refused(
    store: SqlCorpusStore, embedder: HashEmbedder, index: RowIndex
) -> None:
    items = numbered([card("1"), card("1", "Again."), card("2", name="")])
    report = import_sources(items, store=store, embedder=embedder, index=index, keep_going=True)
    assert [(remark.line, remark.field) for remark in report.refusals] == [(2, "card_id"), (3, "names")]
    assert list(store.cards()) == [card("1")]


def test_failure_while_embedding_writes_nothing(store: SqlCorpusStore, index: RowIndex) -> None:
    with pytest.raises(ModelError):
        import_sources(numbered([card("1")]), store=store, embedder=BrokenEmbedder(), index=index)
    assert store.corpus_version() == 0


def test_unknown_cards_are_warned_of_but_the_ruling_is_kept_and_aliases_wait_for_their_card(
    store: SqlCorpusStore, embedder: HashEmbedder, index: RowIndex
) -> None:
    add(card("1"), store=store, embedder=embedder, index=index)
    naming = Ruling(ruling_id="q", lang=EN, question={EN: "May I?"}, answer={EN: "Yes."}, card_ids=["1", "2", "3"])
    nicknames = CardAliases(card_id="4", aliases={Language.EN: ["Foxy"]})
    report = import_sources(numbered([naming, card("2"), nicknames]), store=store, embedder=embedder, index=index)
    assert [(remark.line, remark.message) for remark in report.warnings] == [
        (1, "line 1: ruling q names unknown card '3'"),
    ]
    assert store.ruling("q") == naming


def withdrawals(count: int) -> list[tuple[int, Source | InvalidInput]]:
    return numbered([ruling(f"q{number}", withdrawn="2026-06-16") for number in range(count)])


@pytest.fixture
def many_rulings(store: SqlCorpusStore, embedder: HashEmbedder, index: RowIndex) -> None:
    rulings = [ruling(f"q{number}") for number in range(440)]
    others = [ruling(f"other{number}", source="other") for number in range(600)]
    import_sources(numbered([*rulings, *others]), store=store, embedder=embedder, index=index)


@pytest.mark.usefixtures("many_rulings")
def test_more_than_five_percent_of_a_source_is_held_back(
    store: SqlCorpusStore, embedder: HashEmbedder, index: RowIndex
) -> None:
    with pytest.raises(SuspiciousWithdrawals, match="23 of 440 current rulings of source 'qa'"):
        import_sources(withdrawals(23), store=store, embedder=embedder, index=index, keep_going=True)
    assert store.corpus_version() == 1
    report = import_sources(withdrawals(23), store=store, embedder=embedder, index=index, accept_withdrawals=True)
    assert report.changed == {SourceKind.RULING: 23}
    assert store.ruling("q20").withdrawn == "2026-06-16"


@pytest.mark.usefixtures("many_rulings")
def test_five_percent_of_a_source_is_plausible(store: SqlCorpusStore, embedder: HashEmbedder, index: RowIndex) -> None:
    import_sources(withdrawals(22), store=store, embedder=embedder, index=index)
    assert sum(1 for each in store.rulings() if each.withdrawn) == 22


def test_few_withdrawals_of_a_small_source_are_plausible(
    store: SqlCorpusStore, embedder: HashEmbedder, index: RowIndex
) -> None:
    import_sources(numbered([ruling(f"q{n}") for n in range(20)]), store=store, embedder=embedder, index=index)
    assert import_sources(withdrawals(20), store=store, embedder=embedder, index=index).corpus_version == 2


def test_another_model_embeds_what_it_lacks(store: SqlCorpusStore, embedder: HashEmbedder, index: RowIndex) -> None:
    import_sources(numbered([card(str(n)) for n in range(600)]), store=store, embedder=embedder, index=index)
    other = HashEmbedder("other")
    seen: list[tuple[int, int]] = []
    assert embed_missing(store, other, lambda done, total: seen.append((done, total))) == 600
    assert seen == [(128, 600), (256, 600), (384, 600), (512, 600), (600, 600)]
    assert embed_missing(store, other) == 0
    switched = RowIndex.rebuilt(store, "other")
    expected = other.encode_passages(["Fox\nIt jumps."])[0].tobytes()
    assert {vector for _, _, vector in switched.rows.values()} == {expected}


@pytest.fixture
def five_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ragqa.maintain.importing.EMBED_FIRST_PASSAGES", 4)


@pytest.mark.usefixtures("five_are_many")
def test_large_import_is_written_first_and_embedded_rulings_first(
    store: SqlCorpusStore, embedder: HashEmbedder, index: RowIndex
) -> None:
    sources: list[Source] = [card("c1"), card("c2", "It digs."), *(ruling(f"q{n}") for n in range(3))]
    report = import_sources(numbered(sources), store=store, embedder=embedder, index=index)
    assert (report.corpus_version, report.unembedded, embedder.embedded) == (1, 5, [])
    assert {vector for _, _, vector in index.rows.values()} == {b""}
    taken: list[int] = []
    assert embed_missing(store, embedder, take=lambda rows, matrix: taken.extend(rows)) == 5
    assert embedder.embedded == ["May I q0?", "May I q1?", "May I q2?", "Fox\nIt jumps.", "Fox\nIt digs."]
    assert taken == [3, 4, 5, 1, 2]
    assert store.vectors.missing("hash") == []


@pytest.mark.usefixtures("five_are_many")
def test_large_correction_keeps_the_vectors_of_texts_that_stay(
    store: SqlCorpusStore, embedder: HashEmbedder, index: RowIndex
) -> None:
    before = [ruling(f"q{n}") for n in range(5)]
    import_sources(numbered(before), store=store, embedder=embedder, index=index)
    embed_missing(store, embedder)
    corrected = [ruling(f"q{n}", answer="No.") for n in range(5)]
    report = import_sources(numbered(corrected), store=store, embedder=embedder, index=index)
    # The question is what is embedded, and no question changed.
    assert (report.changed[SourceKind.RULING], report.unembedded, len(embedder.embedded)) == (5, 0, 5)


def test_embedding_that_is_stopped_goes_on_where_it_was(
    store: SqlCorpusStore, embedder: HashEmbedder, index: RowIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ragqa.maintain.embedding.PASSAGES_A_BATCH", 2)
    import_sources(numbered([card(str(n), f"{n}.") for n in range(5)]), store=store, embedder=embedder, index=index)
    other = HashEmbedder("other")
    seen: list[int] = []
    assert embed_missing(store, other, lambda done, _: seen.append(done), stopped=lambda: bool(seen)) == 2
    assert len(store.vectors.missing("other")) == 3
    assert embed_missing(store, other) == 3
    assert other.embedded == [f"Fox\n{n}." for n in range(5)]
