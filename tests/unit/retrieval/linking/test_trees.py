"""Boosted trees as data: hand-made ones, and those of scikit-learn."""

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from benchmarks.tune_linking import as_trees
from ragqa.retrieval.linking.trees import Tree, Trees

STUMP = Tree(feature=[1, 0, 0], threshold=[0.5, 0, 0], left=[1, 1, 2], right=[2, 1, 2], value=[0, -1.0, 2.0])
DEEP = Tree(
    feature=[0, 0, 1, 0, 0],
    threshold=[3.0, 0, -1.0, 0, 0],
    left=[1, 1, 3, 3, 4],
    right=[2, 1, 4, 3, 4],
    value=[0, 0.25, 0, 0.5, 1.0],
)


def test_leaves_of_all_trees_add_up_to_the_log_odds() -> None:
    trees = Trees(["length", "partial"], -0.5, [STUMP, DEEP])
    assert (STUMP.depth, DEEP.depth) == (1, 2)
    found = trees.probabilities(
        [
            {"length": 3.0, "partial": 0.5},  # -0.5 - 1.0 + 0.25 = -1.25
            {"length": 4.0, "partial": 1.0},  # -0.5 + 2.0 + 1.0 = 2.5
            {"partial": -2.0, "length": 9.0},  # -0.5 - 1.0 + 0.5 = -1.0
        ]
    )
    assert found == pytest.approx([0.22270, 0.92414, 0.26894], abs=1e-5)
    assert trees.probabilities([]).shape == (0,)


def test_copied_trees_say_what_scikit_learn_says() -> None:
    random = np.random.default_rng(0)
    rows = random.standard_normal((2000, 3)).astype(np.float32)
    labels = rows[:, 0] * rows[:, 1] + 0.3 * random.standard_normal(2000) > 0
    model = HistGradientBoostingClassifier(max_iter=10, early_stopping=False, random_state=0).fit(rows, labels)
    copied = as_trees(model, ["a", "b", "c"])
    fresh = random.standard_normal((500, 3)).astype(np.float32)
    assert copied.of_matrix(fresh) == pytest.approx(model.predict_proba(fresh)[:, 1], abs=1e-3)
    assert np.abs(copied.of_matrix(fresh) - model.predict_proba(fresh)[:, 1]).mean() < 1e-4
