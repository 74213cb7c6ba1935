"""Judging models by customers they never saw: nested cross-fitting, repeated, or forward in time.

Customers are divided into folds (`evaluation.splits`), groups of duplicates and households whole. For each fold every candidate learns from the others,
its settings chosen on inner folds of those (Varma and Simon 2006), and scores the customers of the fold; the same with other divisions, as often as asked.
Which candidate scores a fold is settled on the other folds, so that nobody judges a choice they took part in. Where customers have a day of contact, models
learn from the earlier and are judged on the later; the earliest part is scored, not judged.

Not for choosing among dozens of candidates: then the choice itself needs a judge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.evaluation.splits import dealt, folds, recurring, rolling, starts
from segmentry.evaluation.threads import one_thread
from segmentry.matrix import Matrix
from segmentry.propensity.baseline import PLAIN
from segmentry.propensity.candidates import Candidate, Fit, Model, set_task
from segmentry.propensity.ranks import area, mid_ranks

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Five inner folds, so that models learn from nearly as many as later; three of them choose, with many customers one.
INNER, INNER_ROUNDS = 5, 3
INNER_ROUNDS_UP_TO = 10_000
# Repeats even out the luck of a division; with many customers there is little of it.
REPEATED_ROWS = 25_000
# Where more rows than this are of customers seen on other days too, these are dealt into shares.
RECURRING, SHARES = 0.1, 3


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Whom to learn from and whom to score; not all that are scored are judged.

    Parameters
    ----------
    train, test : bool array, shape (n,)
    judged : bool
    part : int
        Of a design in time: the first day of the part, the same for all its shares.
    """

    train: Mask
    test: Mask
    judged: bool = True
    part: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """How models are judged.

    Parameters
    ----------
    rounds : tuple of tuple of Split
        One tuple per repeat; every customer is scored once in each.
    fold : int array, shape (n,)
        Which split of the first repeat scores each customer.
    judged : bool array, shape (n,)
    words : str
        In a sentence.
    latest : tuple of int
        Of a design in time: the splits of the last part, whose models speak for those to come. Empty otherwise.
    """

    rounds: tuple[tuple[Split, ...], ...]
    fold: NDArray[np.intp]
    judged: Mask
    words: str
    latest: tuple[int, ...] = ()

    @property
    def parts(self) -> int:
        """Return how many folds, or parts in time, are judged."""
        splits = [split for split in self.rounds[0] if split.judged]
        return len({split.part for split in splits}) if self.latest else len(splits)


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What candidates said of customers they never saw.

    Parameters
    ----------
    scores : mapping of name to float array, shape (repeats, n)
    models : mapping of name to tuple of Model
        Per repeat and split, in the order of the design.
    inner : mapping of name to float
        Mean ROC AUC on the inner folds; NaN where nothing was chosen.
    settings : mapping of name to tuple of str
        What the inner folds chose.
    """

    scores: Mapping[str, Floats]
    models: Mapping[str, tuple[Model, ...]]
    inner: Mapping[str, float]
    settings: Mapping[str, tuple[str, ...]]

    def mean(self, name: str) -> Floats:
        """Return the mean score over repeats, shape (n,)."""
        return np.asarray(self.scores[name].mean(axis=0))


def repeats_for(customers: int, asked: int) -> int:
    """Return how often to repeat: as often as asked up to 5,000 customers for five, fewer for more.

    Examples
    --------
    >>> repeats_for(2_240, 5), repeats_for(10_000, 5), repeats_for(100_000, 5)
    (5, 2, 1)
    """
    return max(1, min(asked, REPEATED_ROWS // max(1, customers)))


def divide(outcome: Floats, groups: NDArray[np.intp], *, count: int, repeats: int, seed: int) -> Design:
    """Return a design of folds, each repeat another division.

    Raises
    ------
    NotEnoughData
        When there are too few answers, alike ones counted once.
    """
    seeds = np.random.SeedSequence(seed).generate_state(repeats)
    divisions = [folds(outcome, groups, count=count, seed=int(each)) for each in seeds]
    rounds = tuple(tuple(Split(fold != each, fold == each) for each in range(count)) for fold in divisions)
    times = "" if repeats == 1 else f", repeated {repeats} times with other parts"
    words = f"The customers are divided into {count} parts; each part is scored by a model that learned from the other {count - 1}{times}"
    words += "; customers who are equal in every column, or of one household, are never on both sides."
    return Design(rounds, divisions[0], np.ones(len(outcome), dtype=bool), words)


def forward(days: NDArray[np.int64], groups: NDArray[np.intp], *, parts: int, gap: int = 0, seed: int = 0) -> Design:
    """Return a design in time: learn from before, judge on after, and never on a customer who was learned from.

    Where most customers are there on several days they are dealt into `SHARES`, each judged by what the others did before. The earliest part is
    scored by a model of all later ones, for want of any before; it takes no part in any figure.

    Raises
    ------
    NotEnoughData
        When there are too few days to cut.
    """
    parts = max(1, min(parts, len(np.unique(days)) - 1))
    shares = SHARES if recurring(days, groups) > RECURRING else 1
    found = rolling(days, parts=parts, groups=groups, gap=gap, shares=shares, seed=seed)
    begins = np.array(starts(days, parts))
    ahead = [Split(train, test, part=int(begins[begins <= days[test].min()].max())) for train, test in found]
    judged = np.any([split.test for split in ahead], axis=0)
    deal = dealt(groups, shares=shares, seed=seed)
    early = [
        Split(judged & ~np.isin(groups, groups[test]), test, judged=False)
        for share in range(shares)
        if (test := ~judged & (deal == share)).any()
    ]
    fold = np.zeros(len(days), dtype=np.intp)
    for place, split in enumerate((*ahead, *early)):
        fold[split.test] = place
    earlier = f"{gap} days or more before a day" if gap else "before a day"
    words = (
        f"Models learn from contacts {earlier} and are judged on those from that day on, {parts} {'time' if parts == 1 else 'times'} over"
    )
    words += ", always on customers they did not learn from" if shares > 1 else ""
    words += f"; the earliest {int((~judged).sum()):,} contacts are learned from, not judged."
    latest = tuple(place for place, split in enumerate(ahead) if split.part == begins[-1])
    return Design(((*ahead, *early),), fold, judged, words, latest=latest)


def judge(
    matrix: Matrix,
    outcome: Floats,
    groups: NDArray[np.intp],
    *,
    design: Design,
    candidates: Sequence[Candidate],
    seed: int,
) -> Judged:
    """Fit every candidate and the plain baseline on every split, and score those left out.

    Parameters
    ----------
    matrix : Matrix
        Customers with a known answer.
    outcome : float array of 0 and 1, shape (n,)
    groups : int array, shape (n,)
        Who is alike; kept together in the inner folds too.
    design : Design
    candidates : sequence of Candidate
    seed : int

    Raises
    ------
    Degenerate
        When nothing varies between the customers of a part.
    NotEnoughData
        When a part has too few answers.
    """
    everyone = (*candidates, PLAIN)
    scores = {each.name: np.full((len(design.rounds), len(outcome)), np.nan) for each in everyone}
    fits: dict[str, list[Fit]] = {each.name: [] for each in everyone}
    splits = [(repeat, split) for repeat, splits in enumerate(design.rounds) for split in splits]
    for (repeat, split), own in zip(splits, np.random.SeedSequence(seed).generate_state(len(splits)).tolist(), strict=True):
        learned = learn_split(matrix.take(split.train), outcome[split.train], groups[split.train], candidates=everyone, seed=own % 2**31)
        held = matrix.take(split.test)
        for name, fit in learned.items():
            fits[name].append(fit)
            with one_thread():
                scores[name][repeat, split.test] = fit.model.probability(held)
    return Judged(
        scores,
        {name: tuple(fit.model for fit in each) for name, each in fits.items()},
        {name: float(np.mean([fit.area for fit in each])) for name, each in fits.items()},
        {name: tuple(fit.setting for fit in each) for name, each in fits.items()},
    )


def learn_split(matrix: Matrix, outcome: Floats, groups: NDArray[np.intp], *, candidates: Sequence[Candidate], seed: int) -> dict[str, Fit]:
    """Return every candidate fitted on some customers, its settings chosen on inner folds of them."""
    rounds = INNER_ROUNDS if len(outcome) <= INNER_ROUNDS_UP_TO else 1
    with one_thread():
        task = set_task(matrix, outcome, folds(outcome, groups, count=INNER, seed=seed), rounds=rounds, seed=seed)
        return {each.name: each.fit(task) for each in candidates}


def settle(judged: Judged, outcome: Floats, *, design: Design, candidates: Sequence[Candidate]) -> tuple[str, Floats]:
    """Return which candidate is used, and the scores of having chosen.

    Which one scores the customers of a fold is settled by the ROC AUC on the other folds (in time: the earlier parts; of the first, the inner folds),
    so that no customer judges a choice they took part in; the one settled on most often is used for customers to come.

    Returns
    -------
    name : str
    scores : float array, shape (repeats, n)
    """
    names = [each.name for each in candidates]
    scores = np.empty((len(design.rounds), len(outcome)))
    wins = np.zeros(len(names), dtype=np.intp)
    for repeat, splits in enumerate(design.rounds):
        for place, split in enumerate(splits):
            known = _chosen_on(design, splits, place)
            mixed = 0 < outcome[known].sum() < known.sum()
            areas = [area(mid_ranks(judged.scores[name][repeat, known]), outcome[known]) if mixed else judged.inner[name] for name in names]
            best = int(np.argmax(areas))
            wins[best] += split.judged
            scores[repeat, split.test] = judged.scores[names[best]][repeat, split.test]
    return names[int(np.argmax(wins))], scores


def _chosen_on(design: Design, splits: Sequence[Split], place: int) -> Mask:
    """Return the judged customers whose answers may settle what scores the customers of a split."""
    if design.latest and splits[place].judged:
        before = [split.test for split in splits if split.judged and split.part < splits[place].part]
        return np.asarray(np.any([np.zeros_like(design.judged), *before], axis=0))
    return np.asarray(design.judged & ~splits[place].test)


def averaged(models: Sequence[Model], matrix: Matrix, *, at_once: int = 50_000) -> Floats:
    """Return the mean probability of several models, shape (n,), in batches."""
    found = np.empty(len(matrix))
    with one_thread():
        for start in range(0, len(matrix), at_once):
            part = matrix.take(np.arange(start, min(start + at_once, len(matrix))))
            found[start : start + len(part)] = np.mean([model.probability(part) for model in models], axis=0)
    return found
