"""Statistics against hand computation, other formulas and simulated truths."""

import math

import numpy as np
import pytest
from scipy.stats import binom

from ragqa.evaluation.resampling import (
    clustered_bootstrap,
    detectable_difference,
    exact_mcnemar,
    holm,
    mcnemar_power,
)


def test_exact_mcnemar_is_twice_the_binomial_tail() -> None:
    # Of 9 discordant pairs 2 fall to one side: 2·(1 + 9 + 36) / 2⁹.
    assert exact_mcnemar(2, 7) == pytest.approx(2 * 46 / 512)
    assert exact_mcnemar(7, 2) == exact_mcnemar(2, 7)
    assert exact_mcnemar(0, 0) == 1.0
    assert exact_mcnemar(4, 4) == 1.0


def test_holm_multiplies_by_what_is_left_and_never_falls() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_bootstrap_of_a_constant_is_that_constant() -> None:
    found = clustered_bootstrap([0.5] * 8, list("aabbccdd"), draws=200)
    assert (found.mean, found.low, found.high) == (0.5, 0.5, 0.5)
    assert found.p == pytest.approx(2 / 201)
    assert clustered_bootstrap([0.0] * 4, list("abcd"), draws=200).p == 1.0


def test_bootstrap_of_two_clusters_draws_each_mean_with_its_binomial_chance() -> None:
    # Clusters 0,0 and 1: means 0 (¼), 1/3 (½) and 1 (¼) of the draws.
    found = clustered_bootstrap([0.0, 0.0, 1.0], ["a", "a", "b"], draws=4000)
    assert found.mean == pytest.approx(1 / 3)
    assert (found.low, found.high) == (0.0, 1.0)
    assert found.p == pytest.approx(0.5, abs=0.05)


def test_clusters_widen_the_interval_and_the_seed_fixes_it() -> None:
    values = [1.0, 1.0, 1.0, 1.0, -1.0, -1.0, 0.0, 0.0] * 5
    together = [str(i // 4) for i in range(40)]
    alone = [str(i) for i in range(40)]
    wide, narrow = clustered_bootstrap(values, together), clustered_bootstrap(values, alone)
    assert wide.high - wide.low > 1.3 * (narrow.high - narrow.low)
    assert clustered_bootstrap(values, together, seed=7) == clustered_bootstrap(values, together, seed=7)


def test_95_percent_intervals_cover_93_to_97_percent_of_simulated_truths() -> None:
    # 120 rulings with 1 to 3 questions each; a shared part makes the questions of a ruling alike.
    rng = np.random.default_rng(20261123)
    truth, covered, trials = 0.05, 0, 1000
    for trial in range(trials):
        sizes = rng.integers(1, 4, size=120)
        clusters = np.repeat(np.arange(120), sizes)
        gain, loss = truth + 0.15, 0.15
        shared = rng.random(120)[clusters]
        own = rng.random(len(clusters))
        score = np.where(rng.random(len(clusters)) < 0.6, shared, own)
        values = (score < gain).astype(float) - (score > 1 - loss)
        found = clustered_bootstrap(values.tolist(), [str(c) for c in clusters], draws=500, seed=trial)
        covered += found.low <= truth <= found.high
    assert 0.93 <= covered / trials <= 0.97


def test_power_is_the_sum_over_discordant_counts() -> None:
    pairs, share, difference = 12, 0.5, 0.3
    wins = 0.5 * (1 + difference / share)
    expected = 0.0
    for count in range(pairs + 1):
        rejecting = [k for k in range(count + 1) if exact_mcnemar(k, count - k) <= 0.05]
        expected += binom.pmf(count, pairs, share) * sum(binom.pmf(k, count, wins) for k in rejecting)
    assert mcnemar_power(pairs, share, difference) == pytest.approx(expected)


def test_power_grows_with_the_sample_and_is_small_without_a_difference() -> None:
    powers = [mcnemar_power(pairs, 0.1, 0.03) for pairs in (100, 300, 1000)]
    assert powers == sorted(powers)
    # A published rule of thumb: about 1,000 questions to see 3 points.
    assert 0.75 < powers[-1] < 0.95
    assert mcnemar_power(500, 0.1, 0.0) <= 0.05
    assert mcnemar_power(0, 0.1, 0.03) == 0.0


def test_detectable_difference_is_2_8_standard_errors() -> None:
    values = [1.0, 0.0, -1.0, 0.0, 1.0, 0.0]
    error = float(np.std(values, ddof=1)) / math.sqrt(6)
    assert detectable_difference(values, list("abcdef")) == pytest.approx(2.8015852 * error)
    assert detectable_difference([0.0], ["a"]) == 0.0
