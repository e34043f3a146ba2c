"""Word search with CJK bigrams."""

from ragqa.retrieval.lexical import TantivyIndex


def filled() -> TantivyIndex:
    index = TantivyIndex()
    index.add([1, 2, 3], ["灰流うららの効果", "Book of Eclipse turns monsters face-down", "돌진은 공격력을 올린다"])
    return index


def test_two_character_words_are_found() -> None:
    assert [row for row, _ in filled().search("돌진", 3)] == [3]
    assert [row for row, _ in filled().search("灰流", 3)] == [1]


def test_more_shared_words_score_higher() -> None:
    index = filled()
    index.add([4], ["eclipse"])
    assert [row for row, _ in index.search("eclipse of the book", 3)] == [2, 4]


def test_removed_and_replaced_texts_are_not_found_any_more() -> None:
    index = filled()
    index.remove([2, 77])
    index.add([3], ["something else"])
    assert index.search("eclipse", 3) == []
    assert index.search("돌진", 3) == []
    assert len(index) == 2


def test_a_question_without_words_finds_nothing() -> None:
    assert filled().search("?! ☆", 3) == []
