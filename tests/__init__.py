"""Tests; a package, because a dependency that ships a package `tests` of its own would hide this folder."""
