"""Word search with CJK bigrams, with recent texts kept apart from those that tantivy has."""

from pathlib import Path

import pytest

from ragqa.retrieval.lexical import TantivyIndex

TEXTS = {1: "灰流うららの効果", 2: "Book of Eclipse turns monsters face-down", 3: "돌진은 공격력을 올린다"}


@pytest.fixture(params=["recent", "committed"])
def filled(request: pytest.FixtureRequest) -> TantivyIndex:
    index = TantivyIndex()
    index.add(list(TEXTS), list(TEXTS.values()))
    if request.param == "committed":
        index.commit()
    return index


def test_two_character_words_are_found(filled: TantivyIndex) -> None:
    assert [row for row, _ in filled.search("돌진", 3)] == [3]
    assert [row for row, _ in filled.search("灰流", 3)] == [1]


def test_more_shared_words_score_higher(filled: TantivyIndex) -> None:
    index = filled
    index.add([4], ["eclipse"])
    assert [row for row, _ in index.search("eclipse of the book", 3)] == [2, 4]


def test_removed_and_replaced_texts_are_not_found_any_more(filled: TantivyIndex) -> None:
    index = filled
    index.remove([2, 77])
    index.add([3], ["something else"])
    assert index.search("eclipse", 3) == []
    assert index.search("돌진", 3) == []
    assert len(index) == 2


def test_a_question_without_words_finds_nothing(filled: TantivyIndex) -> None:
    assert filled.search("?! ☆", 3) == []


def test_a_text_scores_the_same_before_and_after_tantivy_has_it() -> None:
    index = TantivyIndex()
    index.add([1, 2], ["the book of the moon", "the eclipse"])
    index.commit()
    index.add([3, 4], ["the book the book eclipse", "a lamp"])
    before = index.search("the book eclipse", 9)
    index.commit()
    after = index.search("the book eclipse", 9)
    # BM25 by hand for row 3: 4 texts, on average 3.5 words long; "the" in 3 of them, "book" and "eclipse" in 2.
    norm = 1.2 * (0.25 + 0.75 * 5 / 3.5)
    the = 0.3567 * 2.2 * 2 / (2 + norm)  # ln(1 + 1.5/3.5)
    book, eclipse = 0.6931 * 2.2 * 2 / (2 + norm), 0.6931 * 2.2 / (1 + norm)  # ln(1 + 2.5/2.5)
    assert [row for row, _ in (before[0], after[0])] == [3, 3]
    assert [score for _, score in (before[0], after[0])] == pytest.approx([the + book + eclipse] * 2, rel=1e-3)
    assert before[0][1] == pytest.approx(after[0][1], rel=1e-6)
    assert {row for row, _ in before} == {1, 2, 3}


def test_the_best_of_both_are_returned_and_no_more() -> None:
    index = TantivyIndex()
    index.add([1, 2, 3], ["moon", "moon and sun and stars", "moon and sun"])
    index.add(list(range(10, 30)), ["lamp"] * 20)
    index.commit()
    index.add([4], ["moon and"])
    assert [row for row, _ in index.search("moon", 2)] == [1, 4]
    index.remove([1])
    assert [row for row, _ in index.search("moon", 2)] == [4, 3]


def test_many_texts_are_handed_to_tantivy_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ragqa.retrieval.lexical._UNCOMMITTED", 2)
    index = TantivyIndex()
    commits: list[int] = []
    commit = index.commit

    def counted() -> None:
        commits.append(len(index))
        commit()

    monkeypatch.setattr(index, "commit", counted)
    index.add([1, 2], ["moon", "sun"])
    assert commits == []
    index.add([3], ["moon"])
    index.remove([2])
    assert commits == [3]
    assert [row for row, _ in index.search("moon sun", 9)] == [1, 3]


def test_what_is_saved_has_the_recent_texts_and_not_the_removed(tmp_path: Path) -> None:
    (tmp_path / "live").mkdir()
    (tmp_path / "other").mkdir()
    index = TantivyIndex(tmp_path / "live")
    index.add([1, 2], ["moon", "sun"])
    index.commit()
    index.add([3], ["moon"])
    index.remove([1])
    index.save(tmp_path / "saved")
    opened = TantivyIndex.opened(tmp_path / "saved", tmp_path / "other", [2, 3])
    assert {row for row, _ in opened.search("moon sun", 9)} == {2, 3}
