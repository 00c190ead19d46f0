"""How far a figure may be trusted: bootstrap intervals and a paired test.

Twins ask for the same fact, so they are no two independent observations: what is drawn is pairs (cluster bootstrap,
Davison and Hinkley, 1997).
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np

SAMPLES = 2_000
_SEED = 1  # the same figures give the same interval

Statistic = Callable[[np.ndarray], np.ndarray]
"""From how often each observation counts, shape `(samples, observations)`, to a number a sample, shape `(samples,)`."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, the 95 % interval around it, and how many questions it rests on."""

    value: float
    low: float
    high: float
    n: int


def figure(statistic: Statistic, clusters: Sequence[Hashable]) -> Figure | None:
    """A statistic with its percentile bootstrap interval; `clusters` has one name for each observation.

    None when there is no observation, or when the statistic is undefined for them.
    """
    n = len(clusters)
    if n == 0:
        return None
    _, cluster_of = np.unique(np.array([str(name) for name in clusters]), return_inverse=True)
    size = int(cluster_of.max()) + 1
    drawn = np.random.default_rng(_SEED).multinomial(size, np.full(size, 1 / size), SAMPLES)
    with np.errstate(invalid="ignore"):  # a sample may hold none for which the statistic is defined
        value = float(statistic(np.ones((1, n)))[0])
        samples = statistic(drawn[:, cluster_of].astype(float))
    if np.isnan(value):
        return None
    low, high = np.nanpercentile(samples, [2.5, 97.5])
    return Figure(value, float(low), float(high), n)


def rate(values: Sequence[float], clusters: Sequence[Hashable]) -> Figure | None:
    """The mean of observations between 0 and 1, with its interval.

    Where all are 0, or all 1, every sample drawn is the same. The interval is then the exact one of as many clusters
    that all went one way (Clopper and Pearson, 1934).
    """
    found = figure(mean(values), clusters)
    if found is None or len(set(values)) > 1 or found.value not in (0.0, 1.0):
        return found
    bound = 0.025 ** (1 / len(set(clusters)))
    low, high = (bound, 1.0) if found.value else (0.0, 1 - bound)
    return Figure(found.value, low, high, found.n)


def mean(values: Sequence[float]) -> Statistic:
    """The mean of the observations."""
    observed = np.array(values, dtype=float)
    return lambda weights: weights @ observed / weights.sum(axis=1)


def quantile(values: Sequence[float], share: float) -> Statistic:
    """The smallest observation that at least `share` of them do not exceed: 0.5 for the median."""
    order = np.argsort(values)
    observed = np.array(values, dtype=float)[order]

    def of(weights: np.ndarray) -> np.ndarray:
        below = np.cumsum(weights[:, order], axis=1)
        found: np.ndarray = observed[np.argmax(below >= share * below[:, -1:], axis=1)]
        return found

    return of


def difference(values: Sequence[float], first: Sequence[bool]) -> Statistic:
    """The mean of the observations marked `first`, less that of the others."""
    observed, marked = np.array(values, dtype=float), np.array(first, dtype=float)

    def of(weights: np.ndarray) -> np.ndarray:
        one, other = weights * marked, weights * (1 - marked)
        gap: np.ndarray = one @ observed / one.sum(axis=1) - other @ observed / other.sum(axis=1)
        return gap

    return of


def paired_p(differences: Sequence[float], clusters: Sequence[Hashable]) -> float:
    """How often chance alone would make a difference as large: a sign-flip permutation test over clusters.

    `differences` has one number for each question that two runs answered, 0 where nothing changed. Under the hypothesis
    that the runs are equally good each cluster's difference might as well have the other sign (Good, 2005).
    """
    by_cluster: dict[Hashable, float] = {}
    for name, change in zip(clusters, differences, strict=True):
        by_cluster[name] = by_cluster.get(name, 0.0) + change
    changed = np.array([total for total in by_cluster.values() if total])
    if changed.size == 0:
        return 1.0
    signs = np.random.default_rng(_SEED).choice([-1.0, 1.0], size=(10 * SAMPLES, changed.size))
    by_chance = np.abs(signs @ changed) >= abs(changed.sum()) - 1e-9
    return float((by_chance.sum() + 1) / (by_chance.size + 1))
