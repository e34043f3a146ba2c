"""Statistics of paired differences: clustered bootstrap, exact McNemar, Holm, power. Pure arrays."""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom, norm, t
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

DRAWS = 10_000
_DRAWS_AT_ONCE = 500
_ROUNDING = 1e-12


class Bootstrapped(msgspec.Struct, frozen=True):
    """A mean with its 95 % interval, and the two-sided p value of its being 0."""

    mean: float
    low: float
    high: float
    p: float


def clustered_bootstrap(
    values: Sequence[float], clusters: Sequence[str], *, draws: int = DRAWS, seed: int = 0
) -> Bootstrapped:
    """Resample whole clusters: questions about one ruling stand and fall together, so they are one observation.

    `values` are paired differences, one a question, at least one. The interval is the percentile interval of the mean
    (clusters as in Field and Welsh 2007), widened for few clusters (expanded percentiles, Hesterberg 2015); p is the
    level at which a plain percentile interval would just touch 0, at least 2/(draws + 1).
    """
    sums, sizes = _cluster_sums(values, clusters)
    count = len(sums)
    tail = norm.cdf(-t.ppf(0.975, count - 1) * (count / (count - 1)) ** 0.5) if count > 1 else 0.025
    rng = np.random.default_rng(seed)
    means = np.concatenate(
        [_drawn_means(sums, sizes, rng, min(_DRAWS_AT_ONCE, draws - done)) for done in range(0, draws, _DRAWS_AT_ONCE)]
    )
    low, high = np.quantile(means, [tail, 1 - tail])
    beyond = min(int((means <= _ROUNDING).sum()), int((means >= -_ROUNDING).sum()))
    return Bootstrapped(
        mean=float(sums.sum() / sizes.sum()),
        low=float(low),
        high=float(high),
        p=min(1.0, 2 * (beyond + 1) / (draws + 1)),
    )


def exact_mcnemar(only_first: int, only_second: int) -> float:
    """Return the two-sided exact p value for pairs that only one of the two runs got right."""
    table = [[0, only_first], [only_second, 0]]
    return float(mcnemar(table, exact=True).pvalue) if only_first + only_second else 1.0


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p values adjusted for testing all of them (Holm 1979), in the order given."""
    return [float(p) for p in multipletests(p_values, method="holm")[1]] if p_values else []


def mcnemar_power(pairs: int, discordant: float, difference: float, alpha: float = 0.05) -> float:
    """Return the chance that exact McNemar finds a true `difference` in shares, given the share of discordant pairs.

    Sums over the number of discordant pairs (binomial) the chance that one side wins enough of them.
    """
    share = max(discordant, abs(difference))
    if pairs == 0 or share == 0:
        return 0.0
    wins = 0.5 * (1 + abs(difference) / share)
    counts = np.arange(pairs + 1)
    # The test rejects if at most `fewest` discordant pairs fall to one side.
    fewest = binom.ppf(alpha / 2, counts, 0.5).astype(int)
    fewest -= 2 * binom.cdf(fewest, counts, 0.5) > alpha
    rejects = binom.cdf(fewest, counts, wins) + binom.sf(counts - fewest - 1, counts, wins)
    return float((binom.pmf(counts, pairs, share) * np.where(fewest >= 0, rejects, 0.0)).sum())


def detectable_difference(values: Sequence[float], clusters: Sequence[str], power: float = 0.8) -> float:
    """Return the smallest true mean difference that a sample like this finds with `power`, two-sided at 5 %.

    By the normal approximation with the cluster-robust standard error; 0 where nothing varies.
    """
    sums, sizes = _cluster_sums(values, clusters)
    residuals = sums - sums.sum() / sizes.sum() * sizes
    count = len(sums)
    error = np.sqrt((residuals**2).sum() * count / max(count - 1, 1)) / sizes.sum()
    return float((norm.ppf(0.975) + norm.ppf(power)) * error)


def _cluster_sums(values: Sequence[float], clusters: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return sum and size of each cluster."""
    _, number = np.unique(np.asarray(clusters), return_inverse=True)
    sums: NDArray[np.float64] = np.bincount(number, weights=np.asarray(values, dtype=np.float64)).astype(np.float64)
    sizes: NDArray[np.float64] = np.bincount(number).astype(np.float64)
    return sums, sizes


def _drawn_means(
    sums: NDArray[np.float64], sizes: NDArray[np.float64], rng: np.random.Generator, draws: int
) -> NDArray[np.float64]:
    picks = rng.integers(0, len(sums), size=(draws, len(sums)))
    means: NDArray[np.float64] = sums[picks].sum(axis=1) / sizes[picks].sum(axis=1)
    return means
