"""Word search by BM25 over tantivy, fed with our own tokens: its tokenizers know no CJK bigrams."""

import os
import shutil
import weakref
from collections.abc import Iterable, Sequence
from pathlib import Path

import tantivy

from ragqa.retrieval.recent_words import RecentWords, average_length
from ragqa.text import tokens

_ATTEMPTS = 5
_UNCOMMITTED = 200
"""Texts that are kept apart from tantivy, at most; to score them takes a fraction of a millisecond."""


class TantivyIndex:
    """A `LexicalIndex`, a cache of the store: in memory, or in a folder of its own that goes with it.

    The last texts are searched apart from the others, until there are enough of them to be worth a commit.
    """

    def __init__(self, folder: Path | None = None) -> None:
        builder = tantivy.SchemaBuilder()
        builder.add_unsigned_field("row", stored=True, indexed=True, fast=True)
        builder.add_text_field("words", stored=False, tokenizer_name="whitespace")
        self._schema = builder.build()
        self.folder = folder
        self._index = tantivy.Index(self._schema, path=str(folder)) if folder else tantivy.Index(self._schema)
        self._writer = self._index.writer(heap_size=50_000_000, num_threads=1)
        self._rows: set[int] = set()
        self._recent = RecentWords()
        self._gone: set[int] = set()
        if folder:
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)

    @classmethod
    def opened(cls, saved: Path, folder: Path, rows: Iterable[int]) -> "TantivyIndex":
        """Go on with what `save` wrote, which held these rows, in an empty folder; what was saved stays as it is.

        Raises ValueError where it holds another number of rows.
        """
        _link(saved, folder)
        index = cls(folder)
        index._index.reload()
        index._rows = set(rows)
        if (count := index._index.searcher().num_docs) != len(index._rows):
            raise ValueError(f"the word index holds {count} passages of {len(index._rows)}")
        return index

    def save(self, folder: Path) -> None:
        """Put the index as it is into a folder that is not there yet; one in memory cannot be saved."""
        if self.folder is None:
            raise ValueError("a word index in memory cannot be saved")
        if self._recent or self._gone:
            self.commit()
        # tantivy never changes a file once it is written, so a second name keeps what is deleted or merged later.
        for attempt in range(_ATTEMPTS):
            try:
                _link(self.folder, folder)
            except (FileNotFoundError, shutil.Error):
                # Segments were merged meanwhile.
                shutil.rmtree(folder, ignore_errors=True)
                if attempt == _ATTEMPTS - 1:
                    raise
            else:
                return

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, rows: Sequence[int], texts: Sequence[str]) -> None:
        """Add or replace texts under their rows; the next search finds them."""
        self.remove(rows)
        for row, text in zip(rows, texts, strict=True):
            words = tokens(text)
            document = tantivy.Document()
            document.add_unsigned("row", row)
            document.add_text("words", " ".join(words))
            self._writer.add_document(document)
            self._recent.put(row, words)
            self._rows.add(row)
        if len(self._recent) + len(self._gone) > _UNCOMMITTED:
            self.commit()

    def remove(self, rows: Sequence[int]) -> None:
        """Remove rows; unknown ones are ignored."""
        for row in self._rows.intersection(rows):
            self._writer.delete_documents_by_query(tantivy.Query.term_query(self._schema, "row", row))
            if row in self._recent:
                self._recent.discard(row)
            else:
                self._gone.add(row)
        self._rows.difference_update(rows)

    def commit(self) -> None:
        """Hand to tantivy what was kept apart until now, because it takes long for one text as for many."""
        self._writer.commit()
        self._index.reload()
        self._recent.clear()
        self._gone.clear()

    def search(self, text: str, k: int) -> list[tuple[int, float]]:
        """Return at most k (row, BM25 score), best first; a text without words finds nothing."""
        words = list(dict.fromkeys(tokens(text)))
        if not words or not self._rows:
            return []
        terms = [(tantivy.Occur.Should, tantivy.Query.term_query(self._schema, "words", word)) for word in words]
        query, searcher = tantivy.Query.boolean_query(terms), self._index.searcher()
        hits = searcher.search(query, k + len(self._gone)).hits
        found = [(int(searcher.doc(address)["row"][0]), float(score)) for score, address in hits]
        if self._gone:
            found = [(row, score) for row, score in found if row not in self._gone]
        if self._recent:
            average = average_length(query, searcher, hits[0][1]) if hits else None
            found += self._recent.search(words, searcher, average)
            found.sort(key=lambda pair: -pair[1])
        return found[:k]


def _link(source: Path, target: Path) -> None:
    """Give every file of an index a second name in another folder, or copy it where the file system has no links."""

    def link(name: str, new: str) -> None:
        try:
            os.link(name, new)
        except FileNotFoundError:
            raise
        except OSError:
            shutil.copy2(name, new)

    shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.lock"), copy_function=link, dirs_exist_ok=True)
