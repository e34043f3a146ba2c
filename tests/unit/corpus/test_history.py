"""The version in force on a day."""

import pytest

from ragqa.corpus.history import version_on
from ragqa.datatypes import Card, Language
from ragqa.protocols import SourceVersion


def version(number: int, written: str, *, valid_from: str | None = None, deleted: bool = False) -> SourceVersion:
    card = Card(card_id="1", names={Language.EN: "Fox"}, valid_from=valid_from)
    return SourceVersion(source=card, corpus_version=number, changed_at=f"{written}T10:00:00+00:00", deleted=deleted)


HISTORY = [
    version(1, "2026-08-01"),
    version(4, "2026-08-02", valid_from="2024-05-01"),
    version(5, "2026-08-03", valid_from="2024-05-01"),
    version(7, "2026-08-04", valid_from="2022-01-01"),
    version(8, "2026-09-10"),
    version(9, "2026-10-01", deleted=True),
    version(11, "2026-11-01"),
]


@pytest.mark.parametrize(
    ("date", "number"),
    [
        ("1999-01-01", 1),
        # The erratum of 2022 was learned of after the one of 2024, and ends where that one begins.
        ("2022-01-01", 7),
        ("2024-04-30", 7),
        ("2024-05-01", 5),
        ("2026-09-09", 5),
        ("2026-09-10", 8),
        ("2026-10-01", None),
        ("2026-11-01", 11),
    ],
)
def test_version_on(date: str, number: int | None) -> None:
    found = version_on(HISTORY, date)
    assert (found and found.corpus_version) == number
