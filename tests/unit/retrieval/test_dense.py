"""FAISS behind our protocol: values, not shapes."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragqa.retrieval.dense import FaissIndex

EYE = np.eye(4, dtype=np.float32)


def filled() -> FaissIndex:
    index = FaissIndex(4)
    index.add([10, 11, 12, 13], EYE)
    return index


def test_scores_are_inner_products_best_first() -> None:
    query = np.array([0.6, 0.8, 0, 0], np.float32)
    assert [(row, round(score, 5)) for row, score in filled().search(query, 2)] == [(11, 0.8), (10, 0.6)]


def test_adding_a_row_again_replaces_it() -> None:
    index = filled()
    index.add([11], EYE[:1])
    assert len(index) == 4
    assert {row for row, score in index.search(EYE[0], 4) if score == 1.0} == {10, 11}


def test_search_among_given_rows_and_after_removal() -> None:
    index = filled()
    assert index.search(EYE[0], 5, among=[12, 10]) == [(10, 1.0), (12, 0.0)]
    assert index.search(EYE[0], 5, among=[]) == []
    index.remove([10, 99])
    assert 10 not in dict(index.search(EYE[0], 9))
    assert len(index) == 3


def test_in_a_large_index_bytes_miss_nothing_that_floats_find(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    around = random.standard_normal((300, 32))
    vectors = (around[random.integers(300, size=6000)] + 0.3 * random.standard_normal((6000, 32))).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    index = FaissIndex(32)
    index.add(range(6000), vectors)
    index.remove([7, 8])
    index.save(tmp_path / "vectors")
    for asked in vectors[:50]:
        products = vectors @ asked
        products[[7, 8]] = -1
        expected = np.argsort(-products)[:10].tolist()
        assert [row for row, _ in index.search(asked, 10)] == expected
        found = FaissIndex.loaded(tmp_path / "vectors").search(asked, 10)
        assert [row for row, _ in found] == expected
        assert [score for _, score in found] == pytest.approx(products[expected].tolist(), abs=1e-6)


def test_an_empty_index_finds_nothing() -> None:
    assert FaissIndex(4).search(EYE[0], 3) == []


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 8)), max_size=20))
def test_rows_are_what_was_added_and_not_removed(steps: list[tuple[bool, int]]) -> None:
    index, expected = FaissIndex(4), set()
    for adding, row in steps:
        if adding:
            index.add([row], EYE[row % 4][None])
            expected.add(row)
        else:
            index.remove([row])
            expected.discard(row)
    assert {row for row, _ in index.search(EYE[0], 50)} == expected
