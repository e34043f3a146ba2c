"""Whatever is written in whatever order, an index that catches up equals one built anew."""

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from ragqa.corpus.store import open_store
from ragqa.datatypes import Card, Ruling, SourceKind
from ragqa.errors import NotFound
from ragqa.maintain import add, import_sources, remove
from tests.integration.corpus_parts import EN, JA, HashEmbedder, RowIndex, card, ruling

CARDS = st.builds(
    lambda number, en, ja: Card(card_id=f"c{number}", names={EN: "Fox"}, texts={EN: en, JA: ja}),
    st.integers(1, 3),
    st.sampled_from(["It jumps.", "It hops.", ""]),
    st.sampled_from(["とぶ。", ""]),
)
RULINGS = st.builds(
    lambda number, answer, withdrawn: ruling(f"q{number}", answer=answer, withdrawn=withdrawn),
    st.integers(1, 2),
    st.sampled_from(["Yes.", "No."]),
    st.sampled_from([None, "2025-01-01"]),
)


class CorpusLife(RuleBasedStateMachine):
    """Adds, removes and imports, beside a plain dictionary of what must be there."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = open_store(f"sqlite:///{Path(self.folder.name) / 'ragqa.db'}")
        self.embedder = HashEmbedder()
        self.eager, self.lazy = RowIndex(self.store), RowIndex(self.store)
        self.expected: dict[tuple[SourceKind, str], Card | Ruling] = {}

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    @rule(source=CARDS | RULINGS)
    def add(self, source: Card | Ruling) -> None:
        add(source, store=self.store, embedder=self.embedder, index=self.eager)
        self._expect(source)

    @rule(sources=st.lists(CARDS, max_size=3, unique_by=lambda card: card.card_id))
    def import_cards(self, sources: list[Card]) -> None:
        items = list(enumerate(sources, start=1))
        import_sources(items, store=self.store, embedder=self.embedder, index=self.eager)
        for source in sources:
            self._expect(source)

    @rule(key=st.sampled_from([(SourceKind.CARD, "c1"), (SourceKind.CARD, "c2"), (SourceKind.RULING, "q1")]))
    def remove(self, key: tuple[SourceKind, str]) -> None:
        try:
            remove(*key, store=self.store, index=self.eager)
        except NotFound:
            assert key not in self.expected
        self.expected.pop(key, None)

    @rule()
    def catch_up_at_last(self) -> None:
        self.lazy.catch_up()

    @invariant()
    def catching_up_equals_rebuilding(self) -> None:
        rebuilt = RowIndex.rebuilt(self.store)
        assert self.eager.rows == rebuilt.rows
        assert self.eager.version == rebuilt.version == self.store.corpus_version()
        lazy = RowIndex(self.store)
        lazy.rows, lazy.version = dict(self.lazy.rows), self.lazy.version
        lazy.catch_up()
        assert lazy.rows == rebuilt.rows

    @invariant()
    def the_store_has_what_was_written(self) -> None:
        cards = {(SourceKind.CARD, each.card_id): each for each in self.store.cards()}
        rulings = {(SourceKind.RULING, each.ruling_id): each for each in self.store.rulings()}
        assert {**cards, **rulings} == self.expected
        assert self.store.vectors.missing("hash") == []

    def _expect(self, source: Card | Ruling) -> None:
        if isinstance(source, Card):
            self.expected[SourceKind.CARD, source.card_id] = source
        else:
            self.expected[SourceKind.RULING, source.ruling_id] = source


def test_any_life_of_a_corpus() -> None:
    run_state_machine_as_test(CorpusLife, settings=settings(max_examples=25, stateful_step_count=12, deadline=None))


def test_index_built_while_writes_go_on_loses_rows_that_came_and_went(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'ragqa.db'}")
    embedder = HashEmbedder()
    index = RowIndex(store)
    version_read_first = store.corpus_version()
    add(card("1"), store=store, embedder=embedder, index=index)
    late = RowIndex.rebuilt(store)
    late.version = version_read_first
    remove(SourceKind.CARD, "1", store=store, index=index)
    late.catch_up()
    assert late.rows == index.rows == {}
    store.close()
