"""Several methods side by side, on the same customers in the same space, and which of them to follow.

The rule, stated beforehand: stability first, then clarity, then simplicity. Among the methods without a tiny segment (see `selection`) whose segments
come back when customers are drawn anew (bootstrap adjusted Rand index of .6 or more and within .1 of the most stable method; without any such, all of
them), the highest silhouette at the number of segments each chose by `selection`; within 0.01 of the best, the method that is easiest to explain (the
order of `methods.METHODS`). Density is followed only when it is asked for alone: it leaves customers out, which flatters its silhouette.
Not a test: that the best of several was taken is no evidence that any of them found groups; that is asked in `structure`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.segments.methods import METHODS
from segmentry.segments.results import Candidate, Selection, Stability
from segmentry.segments.selection import TOLERANCE, WEAK, least
from segmentry.segments.stability import STABLE, TRUSTED, adjusted_rand, crossing

NEARLY = 0.1


@dataclass(frozen=True, slots=True)
class Contender:
    """One method at the number of segments it chose.

    Parameters
    ----------
    method : str
        Name of the method.
    figures : Candidate
        In the space that was clustered, the same for all.
    stability, stability_low : float
        Mean and 5 % quantile of the bootstrap adjusted Rand index.
    customers : int
        In its segments; those it leaves unassigned are not among them.
    reasons : tuple of str
        What speaks for it and against it, in words: fit, stability, who understands it, scale.
    by_k : tuple of Candidate
        All numbers it tried.
    """

    method: str
    figures: Candidate
    stability: float
    stability_low: float
    customers: int
    reasons: tuple[str, ...]
    by_k: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Crossing:
    """Customers by their segment of the method that was followed (rows) and of another one (columns).

    Parameters
    ----------
    method : str
        The other method.
    rows, columns : tuple of int
        Segment ids; −1 for customers that belong to none.
    counts : int array, shape (rows, columns)
    agreement : float
        Adjusted Rand index: 1 the same, 0 no more alike than by chance.
    """

    method: str
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    counts: NDArray[np.int64]
    agreement: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Methods side by side.

    Parameters
    ----------
    chosen : str
        Name of the method that is followed.
    reason : str
        Why, in words.
    contenders : tuple of Contender
        The one that is followed first, then by silhouette.
    crossings : tuple of Crossing
        One per other method, in the order of the contenders.
    left_out : tuple of str
        Methods that could not be tried, and why.
    """

    chosen: str
    reason: str
    contenders: tuple[Contender, ...]
    crossings: tuple[Crossing, ...]
    left_out: tuple[str, ...] = ()


def compare(
    selections: Mapping[str, Selection],
    stabilities: Mapping[str, Stability],
    labels: Mapping[str, NDArray[np.int64]],
    *,
    left_out: Sequence[str] = (),
) -> Comparison:
    """Set methods side by side and choose one.

    Parameters
    ----------
    selections, stabilities : mapping of str to Selection, Stability
        By method.
    labels : mapping of str to int array, shape (n,)
        Segment ids 1 … k, −1 for customers in none; by method.
    left_out : sequence of str
        Methods that could not be tried, in words.

    Examples
    --------
    >>> one = Candidate(2, 1.0, 0.5, 9.0, 0.5, 10, 20)
    >>> selections = {name: Selection(2, (one,), "", (), "", method=name) for name in ("hierarchical", "kmeans")}
    >>> same = Stability(1.0, 1.0, (1.0, 1.0), np.ones(20), 20, 20)
    >>> found = compare(selections, dict.fromkeys(selections, same), dict.fromkeys(selections, np.repeat([1, 2], 10)))
    >>> found.chosen, found.crossings[0].agreement
    ('kmeans', 1.0)
    """
    figures = {name: _figures(selection) for name, selection in selections.items()}
    chosen = _best(figures, stabilities)
    order = [chosen, *sorted((name for name in figures if name != chosen), key=lambda name: (-figures[name].silhouette, _rank(name)))]
    contenders = tuple(
        Contender(
            name,
            figures[name],
            stabilities[name].ari,
            stabilities[name].ari_low,
            len(stabilities[name].votes),
            _reasons(name, figures[name], stabilities[name], figures[chosen]),
            selections[name].by_k,
        )
        for name in order
    )
    crossings = tuple(_crossed(name, labels[chosen], labels[name]) for name in order[1:])
    return Comparison(chosen, _why(contenders, crossings, firmest(figures, stabilities)), contenders, crossings, tuple(left_out))


def _figures(selection: Selection) -> Candidate:
    return next(each for each in selection.by_k if each.k == selection.k)


def _rank(name: str) -> int:
    return list(METHODS).index(name)


def _best(figures: Mapping[str, Candidate], stabilities: Mapping[str, Stability]) -> str:
    firm = firmest(figures, stabilities)
    top = max(figures[name].silhouette for name in firm)
    return min((name for name in firm if figures[name].silhouette >= top - TOLERANCE), key=_rank)


def firmest(figures: Mapping[str, Candidate], stabilities: Mapping[str, Stability]) -> tuple[str, ...]:
    """Return the methods without a tiny segment whose segments come back nearly as well as those of the most stable one; all when none can be trusted."""
    complete = tuple(name for name in figures if name != "density") or tuple(figures)
    large = tuple(name for name in complete if figures[name].smallest >= least(len(stabilities[name].votes))) or complete
    most = max(stabilities[name].ari for name in large)
    return tuple(name for name in large if stabilities[name].ari >= max(TRUSTED, most - NEARLY)) or large


def _reasons(name: str, own: Candidate, stable: Stability, chosen: Candidate) -> tuple[str, ...]:
    method = METHODS[name]
    separation = "flow into each other" if own.silhouette < WEAK else "stand apart"
    better = own.silhouette - chosen.silhouette
    beside = "" if own is chosen else f", {abs(better):.3f} {'more' if better > 0 else 'less'} than the one that is followed"
    parts = [f"Fit: its {own.k} segments {separation} (silhouette {own.silhouette:.3f}{beside})."]
    if own.unassigned:
        most = own.unassigned >= len(stable.votes)
        parts.append(f"It leaves {own.unassigned:,} customers unassigned{', most of them' if most else ''}.")
    parts.append(f"Stability: {_comes_back(stable.ari)} when customers are drawn anew (agreement {stable.ari:.2f} of 1).")
    parts.append(f"For it: {method.strength}. Against it: {method.weakness}.")
    return tuple(parts)


def _comes_back(ari: float) -> str:
    if ari >= STABLE:
        return "the same segments come back"
    return "the segments come back only in part" if ari >= TRUSTED else "other segments come back"


def _crossed(name: str, followed: NDArray[np.int64], other: NDArray[np.int64]) -> Crossing:
    rows, row = np.unique(followed, return_inverse=True)
    columns, column = np.unique(other, return_inverse=True)
    counts = crossing(row.ravel(), column.ravel(), (len(rows), len(columns)))
    return Crossing(name, tuple(map(int, rows)), tuple(map(int, columns)), counts, adjusted_rand(counts))


def _why(contenders: Sequence[Contender], crossings: Sequence[Crossing], firm: Sequence[str]) -> str:
    first, *others = contenders
    if not others:
        return f"Only {METHODS[first.method].words} could be tried."
    words, own = METHODS[first.method].words, first.figures
    complete = [each for each in others if each.method != "density"]
    higher = [each for each in complete if each.method in firm and each.figures.silhouette > own.silhouette]
    clearer = [each for each in complete if each.method not in firm and each.figures.silhouette > own.silhouette + TOLERANCE]
    sentence = f"{words[:1].upper()}{words[1:]} is followed: its {own.k} segments "
    if higher:
        sentence += f"are within {TOLERANCE} of the clearest ({_named(higher)}) and {words} is easier to explain"
    elif clearer:
        sentence += "come back most reliably when customers are drawn anew"
    else:
        sentence += "are the clearest" + (", though they flow into each other" if own.silhouette < WEAK else "")
    sentence += f" (silhouette {own.silhouette:.3f}, stability {first.stability:.2f} of 1)"
    for each in clearer:
        rival = METHODS[each.method].words
        if each.figures.smallest < least(each.customers):
            smallest = f"{each.figures.smallest:,} {'customer' if each.figures.smallest == 1 else 'customers'}"
            sentence += f"; {rival} separates more clearly ({each.figures.silhouette:.3f}) only by splitting off {smallest}"
        else:
            sentence += f"; {rival} separates more clearly ({each.figures.silhouette:.3f}) but comes back less ({each.stability:.2f})"
    return f"{sentence}. {_agreement(max(crossings, key=lambda each: each.agreement))}"


def _named(contenders: Sequence[Contender]) -> str:
    return " and ".join(METHODS[each.method].words for each in contenders)


def _agreement(closest: Crossing) -> str:
    other = METHODS[closest.method].words
    if closest.agreement >= 0.8:
        told = "puts nearly all customers together in the same way, so the choice of the method matters little"
    elif closest.agreement >= 0.5:
        told = "agrees on most customers; the borders differ"
    else:
        told = "draws quite different borders: read the segments as one of several possible views"
    return f"The nearest other view, {other}, {told} (agreement {closest.agreement:.2f} of 1)."
