"""Short written findings from the numbers, most important first, each with where it is seen and the treatment it calls for.

Two kinds. Facts about these customers (missing, constant, lopsided, far out, concentrated) are counted, not inferred: they need a stated size
only. Links between two columns are inferred: they need a p-value that holds among all pairs tested (Benjamini and Hochberg, q = .05) and an
association of 0.3 or more. What falls short of either is not said. With too few customers to test, that is said, and how many more it takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segmentry.disclosure import FLOOR
from segmentry.experiments.multiplicity import discoveries
from segmentry.explore.columns import ColumnSummary
from segmentry.explore.outliers import in_words, outliers
from segmentry.explore.pairs import EFFECT, NEEDED, PLAIN, Association, interval
from segmentry.preparation.transforms import SKEWED
from segmentry.preparation.words import figure, percent

TELLING_MISSING = 0.01
FEW = 0.2
MOST_PAIRS = 6
CROWDING = 0.1
Kind = Literal["money", "empty", "constant", "missing", "lopsided", "far out", "pair", "too few"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the numbers say.

    Parameters
    ----------
    words : str
        One sentence with its figures.
    column : str
        What it is about; two names joined by " and " for a pair; empty for money as a whole.
    figure : float
        The number it rests on.
    effect : float
        Importance, 0 to 1, by which findings are ranked.
    treatment : str
        What is done, or should be.
    kind : str
        "pair" is inferred from a test; "too few" says that no test was possible; the others are facts about these customers.
    n : int
        Customers it rests on.
    chance : float or None
        p-value of a pair.
    """

    words: str
    column: str
    figure: float
    effect: float
    treatment: str
    kind: Kind = "money"
    n: int = 0
    chance: float | None = None


def findings(
    summaries: Sequence[ColumnSummary],
    association: Association | None = None,
    revenue: NDArray[np.float64] | None = None,
    *,
    most: int = 20,
    least: float = EFFECT,
) -> tuple[Finding, ...]:
    """Return what is worth saying, most important first.

    Parameters
    ----------
    summaries : sequence of ColumnSummary
    association : Association, optional
    revenue : float array, shape (n,), optional
        Net spend per customer.
    most : int
        Findings to return.
    least : float
        Association a pair needs, 0 to 1.

    Examples
    --------
    >>> findings([], revenue=np.repeat([80.0, 5, 5, 5, 5], 10))[0].words
    'The top 20% of the customers bring 80% of the revenue.'
    """
    found = [] if revenue is None else _concentration(revenue)
    found += _columns(summaries)
    found += [] if association is None else _pairs(association, least)
    return tuple(sorted(found, key=lambda each: (-each.effect, each.column, each.words))[:most])


def concentration(revenue: NDArray[np.float64], top: float = FEW) -> float | None:
    """Return the share of positive revenue that the `top` share of customers brings; None without any.

    Examples
    --------
    >>> concentration(np.array([80.0, 5, 5, 5, 5]))
    0.8
    """
    paid = np.sort(np.maximum(revenue[np.isfinite(revenue)], 0.0))[::-1]
    if paid.size == 0 or paid[0] == 0:
        return None
    parts = paid / paid[0]
    count = max(1, int(np.ceil(top * paid.size - 1e-9)))
    return float(parts[:count].sum() / parts.sum())


def _concentration(revenue: NDArray[np.float64]) -> list[Finding]:
    n = int(np.isfinite(revenue).sum())
    # The top must be more than a customer or two, whose share would be theirs alone.
    share = concentration(revenue) if FEW * n > FLOOR - 1 else None
    if share is None:
        return []
    words = f"The top {percent(FEW)} of the customers bring {percent(share)} of the revenue."
    treatment = (
        "Look after them by name; a change there moves the whole."
        if share >= 0.5
        else "Revenue is spread widely: no small group carries it."
    )
    return [Finding(words, "", share, min(1.0, share), treatment, "money", n)]


def _columns(summaries: Sequence[ColumnSummary]) -> list[Finding]:
    found = []
    for each in summaries:
        total = each.n + each.missing
        if each.n == 0 and total:
            words = f"{each.words} is empty for every customer."
            found.append(Finding(words, each.name, 1.0, 0.6, "Left out of the clustering.", "empty", total))
        elif each.n and each.distinct == 1:
            words, treatment = (
                f"{each.words} is the same for every customer that has a value.",
                "Left out of the clustering: it tells nobody apart.",
            )
            found.append(Finding(words, each.name, 1.0, 0.5, treatment, "constant", each.n))
        elif total and each.missing >= TELLING_MISSING * total:
            found.append(_missing(each, each.missing / total))
        if each.skew is not None and abs(each.skew) > SKEWED and each.kind not in {"share", "flag"}:
            found.append(_lopsided(each, each.skew))
    numbers = {each.name: each.n for each in summaries}
    for beyond in outliers(summaries):
        words = in_words(beyond.count)
        words = f"{words[0].upper()}{words[1:]} lie far outside the rest in {beyond.words}."
        effect = 0.35 + min(0.3, 10 * beyond.share)
        found.append(Finding(words, beyond.name, float(beyond.count), effect, beyond.treatment, "far out", numbers[beyond.name]))
    return found


def _missing(each: ColumnSummary, share: float) -> Finding:
    treatment = (
        "For the clustering alone the median stands in, and a column of its own marks them."
        if each.kind != "category"
        else "They count as having none of the levels."
    )
    who = f"{percent(share)} of the customers" if each.missing >= FLOOR else f"A few customers (fewer than {FLOOR})"
    words = f"{who} have no value in {each.words}."
    return Finding(words, each.name, share, 0.3 + 0.5 * share, treatment, "missing", each.n + each.missing)


def _lopsided(each: ColumnSummary, skew: float) -> Finding:
    side = "a few customers have far more than most" if skew > 0 else "a few customers have far less than most"
    middle = ""
    if each.median is not None and each.mean is not None and each.tells(each.median):
        middle = f" (median {figure(each.median)}, mean {figure(each.mean)})"
    treatment = "Put on a logarithmic scale before clustering." if each.log_bins else "Used as it is: a logarithm would not help."
    effect = min(0.6, 0.2 + abs(skew) / 20)
    return Finding(f"{each.words} is lopsided: {side}{middle}.", each.name, skew, effect, treatment, "lopsided", each.n)


def _pairs(association: Association, least: float) -> list[Finding]:
    size = len(association.names)
    if size > 1 and 0 < association.counts[np.triu_indices(size, 1)].max() < NEEDED:
        return [_too_few(int(association.counts[np.triu_indices(size, 1)].max()))]
    return [_pair(association, i, j, place) for place, (i, j) in enumerate(believed(association, least)[:MOST_PAIRS])]


def believed(association: Association, least: float = EFFECT) -> tuple[tuple[int, int], ...]:
    """Return the pairs of places whose link is no chance among all pairs tested and at least `least` in size, strongest first.

    Examples
    --------
    >>> from segmentry.explore.pairs import associate
    >>> from segmentry.matrix import Column, Matrix
    >>> x = np.random.default_rng(0).normal(size=(200, 3))
    >>> x[:, 1] += x[:, 0]
    >>> believed(associate(Matrix(np.arange(200).astype(object), (Column("a", "A"), Column("b", "B"), Column("c", "C")), x)))
    ((0, 1),)
    """
    upper = np.triu_indices(len(association.names), 1)
    kept = discoveries(association.chances[upper]) & (np.abs(association.values[upper]) >= least)
    pairs = [(int(i), int(j)) for i, j, keep in zip(*upper, kept, strict=True) if keep]
    return tuple(sorted(pairs, key=lambda pair: (-abs(association.values[pair]), association.names[pair[0]], association.names[pair[1]])))


def _too_few(have: int) -> Finding:
    words = (
        f"Not enough data to say which columns go together: with {have:,} {'customer' if have == 1 else 'customers'} a link of {EFFECT:g} could be chance; "
        f"about {NEEDED - have:,} more are needed."
    )
    return Finding(
        words, "", float(NEEDED - have), 0.25, "Read the pictures of pairs as they are, and draw no conclusion.", "too few", have
    )


def _pair(association: Association, i: int, j: int, place: int) -> Finding:
    value, n, chance = float(association.values[i, j]), int(association.counts[i, j]), float(association.chances[i, j])
    kind = association.kinds[i][j]
    together = "go together" if kind != "Spearman" else "rise together" if value > 0 else "move against each other"
    sure = "95% interval {:.2f} to {:.2f}".format(*interval(value, n)) if kind == "Spearman" else chance_in_words(chance)
    size = f"{value:.2f}, {sure}".replace("-", "−")
    words = f"{association.words[i]} and {association.words[j]} {together} ({PLAIN[kind]} {size}, n = {n:,})."
    treatment = (
        "They say much the same: consider keeping one of them."
        if abs(value) >= 0.95
        else "Read them together; clustering on both would count it twice."
    )
    name = f"{association.names[i]} and {association.names[j]}"
    # Each further pair matters less, so that many of a kind do not crowd out the rest.
    effect = max(0.0, abs(value) - 0.2 - CROWDING * place)
    return Finding(words, name, value, effect, treatment, "pair", n, chance)


def chance_in_words(p: float) -> str:
    """Return a p-value for a sentence.

    Examples
    --------
    >>> chance_in_words(0.0000002), chance_in_words(0.0312)
    ('p below 0.001', 'p = 0.03')
    """
    return "p below 0.001" if p < 0.001 else f"p = {p:.1g}"
