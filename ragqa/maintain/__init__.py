"""Changing the corpus while it is in use: add, correct, remove, withdraw, import, and embed anew."""

from ragqa.maintain.change import Index, add, remove, withdraw
from ragqa.maintain.embedding import embed_missing
from ragqa.maintain.importing import ImportReport, Remark, import_sources

__all__ = ["ImportReport", "Index", "Remark", "add", "embed_missing", "import_sources", "remove", "withdraw"]
