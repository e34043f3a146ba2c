"""Boosted regression trees (Friedman 2001) evaluated with numpy: the fitted model is data, not a pickled object."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray


class Tree(msgspec.Struct, frozen=True):
    """One tree: node i goes to `left[i]` where its feature is at most `threshold[i]`, else to `right[i]`.

    A leaf goes to itself, and `value` is what it adds to the log odds.
    """

    feature: list[int]
    threshold: list[float]
    left: list[int]
    right: list[int]
    value: list[float]

    @property
    def depth(self) -> int:
        """Return how many steps lead to the deepest leaf."""
        return _depth(self, 0)


class Trees(msgspec.Struct, frozen=True, dict=True):
    """P(true) of rows of named features: the logistic function of `intercept` plus every tree's leaf."""

    features: list[str]
    intercept: float
    trees: list[Tree]

    def probabilities(self, rows: Sequence[Mapping[str, float]]) -> NDArray[np.float64]:
        """Return P(true) of each row, shape (len(rows),)."""
        if not rows:
            return np.zeros(0)
        return self.of_matrix(np.array([[row[name] for name in self.features] for row in rows]))

    def of_matrix(self, matrix: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return P(true) of each row of a matrix whose columns are `features`."""
        feature, threshold, left, right, value = self._table
        at = np.zeros((len(matrix), len(self.trees)), np.intp)
        row, tree = np.arange(len(matrix))[:, None], np.arange(len(self.trees))
        for _ in range(self._steps):
            small = matrix[row, feature[tree, at]] <= threshold[tree, at]
            at = np.where(small, left[tree, at], right[tree, at])
        return np.asarray(1 / (1 + np.exp(-(self.intercept + value[tree, at].sum(1)))))

    @cached_property
    def _steps(self) -> int:
        return max(tree.depth for tree in self.trees)

    @cached_property
    def _table(self) -> list[NDArray[Any]]:
        """All trees side by side: each of a node's five numbers in their order, (trees, most nodes)."""
        most = max(len(tree.value) for tree in self.trees)
        columns = zip(*(msgspec.structs.astuple(tree) for tree in self.trees), strict=True)
        return [np.array([numbers + [0] * (most - len(numbers)) for numbers in column]) for column in columns]


def _depth(tree: Tree, node: int) -> int:
    if tree.left[node] == node:
        return 0
    return 1 + max(_depth(tree, tree.left[node]), _depth(tree, tree.right[node]))
