"""Word search by BM25 over tantivy, fed with our own tokens: its tokenizers know no CJK bigrams."""

from collections.abc import Sequence

import tantivy

from ragqa.text import tokens


class TantivyIndex:
    """A `LexicalIndex` in memory; a cache of the store like every index."""

    def __init__(self) -> None:
        builder = tantivy.SchemaBuilder()
        builder.add_unsigned_field("row", stored=True, indexed=True, fast=True)
        builder.add_text_field("words", stored=False, tokenizer_name="whitespace")
        self._schema = builder.build()
        self._index = tantivy.Index(self._schema)
        self._writer = self._index.writer(heap_size=50_000_000, num_threads=1)
        self._rows: set[int] = set()

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, rows: Sequence[int], texts: Sequence[str]) -> None:
        """Add or replace texts under their rows."""
        self._write(rows, texts)

    def remove(self, rows: Sequence[int]) -> None:
        """Remove rows; unknown ones are ignored."""
        self._write([row for row in rows if row in self._rows], ())

    def _write(self, rows: Sequence[int], texts: Sequence[str]) -> None:
        """Drop the rows and put the texts in their place, if any, in one commit."""
        if not rows:
            return
        writer = self._writer
        for row in self._rows.intersection(rows):
            writer.delete_documents_by_query(tantivy.Query.term_query(self._schema, "row", row))
        self._rows.difference_update(rows)
        for row, text in zip(rows, texts, strict=False):
            document = tantivy.Document()
            document.add_unsigned("row", row)
            document.add_text("words", " ".join(tokens(text)))
            writer.add_document(document)
            self._rows.add(row)
        writer.commit()
        self._index.reload()

    def search(self, text: str, k: int) -> list[tuple[int, float]]:
        """Return at most k (row, BM25 score), best first; a text without words finds nothing."""
        words = list(dict.fromkeys(tokens(text)))
        if not words or not self._rows:
            return []
        terms = [(tantivy.Occur.Should, tantivy.Query.term_query(self._schema, "words", word)) for word in words]
        searcher = self._index.searcher()
        hits = searcher.search(tantivy.Query.boolean_query(terms), k).hits
        return [(int(searcher.doc(address)["row"][0]), float(score)) for score, address in hits]
