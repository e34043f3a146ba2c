"""The command `ragqa`: ask, look up, change the corpus, serve, evaluate."""

from ragqa.cli.app import main

__all__ = ["main"]
