"""Changing the corpus while it is in use: add, correct, remove, withdraw, import, and embed anew."""

from ragqa.maintain.background import BackgroundEmbedding
from ragqa.maintain.change import Index, add, remove, withdraw
from ragqa.maintain.embedding import embed_missing
from ragqa.maintain.files import import_file
from ragqa.maintain.importing import ImportReport, Remark, import_sources
from ragqa.maintain.model_change import ModelChange, embedder_before
from ragqa.maintain.pulling import Pulled, public_sources, pull

__all__ = [
    "BackgroundEmbedding",
    "ImportReport",
    "Index",
    "ModelChange",
    "Pulled",
    "Remark",
    "add",
    "embed_missing",
    "embedder_before",
    "import_file",
    "import_sources",
    "public_sources",
    "pull",
    "remove",
    "withdraw",
]
