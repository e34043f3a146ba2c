"""Texts in pieces: what is marked, and that nothing is lost."""

from hypothesis import given
from hypothesis import strategies as st

from ragqa.api.web.pieces import Mark, Piece, changes, marked, with_quote


def test_the_quoted_words_are_marked_where_they_first_stand() -> None:
    assert with_quote("Yes. It may. Yes.", "It may.") == [
        Piece("Yes. "),
        Piece("It may.", Mark.QUOTED),
        Piece(" Yes."),
    ]
    assert with_quote("It may.", "It may not.") == [Piece("It may.")]
    assert with_quote("It may.", "") == [Piece("It may.")]


def test_spans_that_overlap_are_marked_once() -> None:
    assert marked("abcdef", [(3, 5), (0, 2), (1, 4)]) == [
        Piece("ab", Mark.QUOTED),
        Piece("cd", Mark.QUOTED),
        Piece("e", Mark.QUOTED),
        Piece("f"),
    ]


def test_a_changed_text_shows_what_was_removed_and_added() -> None:
    assert changes("Draw 2 cards.", "Draw 3 cards.") == [
        Piece("Draw "),
        Piece("2", Mark.REMOVED),
        Piece("3", Mark.ADDED),
        Piece(" cards."),
    ]
    assert changes("２枚引く", "３枚引く") == [
        Piece("２", Mark.REMOVED),
        Piece("３", Mark.ADDED),
        Piece("枚引く"),
    ]


@given(before=st.text("ab 가", max_size=12), after=st.text("ab 가", max_size=12))
def test_both_texts_can_be_read_from_their_changes(before: str, after: str) -> None:
    pieces = changes(before, after)
    assert "".join(piece.text for piece in pieces if piece.mark is not Mark.ADDED) == before
    assert "".join(piece.text for piece in pieces if piece.mark is not Mark.REMOVED) == after


@given(text=st.text(max_size=20), spans=st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=4))
def test_marking_loses_no_character(text: str, spans: list[tuple[int, int]]) -> None:
    assert "".join(piece.text for piece in marked(text, spans)) == text
