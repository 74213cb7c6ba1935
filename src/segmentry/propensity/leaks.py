"""Columns that know the answer before it was asked for: found, named, and left out unless somebody confirms them.

Three ways, each with its evidence in words (Kaufman et al. 2012, "Leakage in data mining"):

* **too good**: alone the column ranks the answers with a ROC AUC above .95, out-of-fold. Its values are cut into up to 64 steps (missing is
  one of them, levels of a category are theirs), and a customer's score is the smoothed share of answers of that step in the other folds;
  so a column is caught too that is missing exactly for those who said no, or whose middle answers.
* **function**: the outcome is an exact sum of columns with weights, as when a total of accepted campaigns includes the one that is foretold; or it equals
  the column, or its opposite. Of the columns that enter with a plus the best alone is named, as a sum holds
  its parts; then the rest is looked at again.
* **after**: its name says that it is known only after the contact (a call's duration, a date of response, the campaign's revenue, in seven languages), or it
  holds something (neither 0 nor missing) for 30 customers or more and 99 of 100 of those answered.

Not proof: a column may be that good honestly. And no proof of absence: a leak that is weak and plainly named passes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import suggestion
from segmentry.errors import NotEnoughData, UsageError
from segmentry.evaluation.splits import folds
from segmentry.matrix import Column, Matrix
from segmentry.preparation.words import listed, percent
from segmentry.propensity.ranks import area, mid_ranks
from segmentry.propensity.results import Leak

Floats = NDArray[np.float64]

TOO_GOOD = 0.95
STEPS = 64
MOST_FUNCTIONS = 10
SMOOTH = 5.0
PURE, PURE_FROM = 0.99, 30

_PAST = (
    "previous prior past last former earlier vorig letzt frueher passe dernier anterior ultim precedent poutcome since seit depuis".split()
)
_CONTACT = (
    "contact kontakt kontaktierung contacto contatto contato contacts campaign campaigns campaign kampagne kampagnen campagne campana campanha campagna "
    "mailing mail offer angebot offre oferta offerta aanbod promotion promo aktion treatment call anruf appel llamada chiamata chamada gesprek"
).split()
_CALL = (
    "call calls phone talk conversation contact anruf gespraech telefonat appel llamada chiamata chamada ligacao gesprek telefoon".split()
)
_LENGTH = "duration length dauer duree duracion durata duracao duur laenge seconds sekunden minutes minuten".split()
_ANSWER = (
    "response respond responded responder reply answer answered conversion converted redemption redeemed accepted acceptance "
    "antwort reaktion reponse respuesta risposta resposta reactie antwoord einloesung"
).split()
_MOMENT = "date day time timestamp datetime datum zeit tag heure jour fecha hora data ora giorno dia tijd delay hours days amount value channel reason".split()
_RESULT = "revenue sales profit turnover result outcome umsatz ergebnis erloes chiffre resultat ingresos resultado fatturato risultato receita omzet".split()
_AFTER = "post after nach apres despues dopo depois apos na following".split()


def scan(
    matrix: Matrix,
    outcome: Floats,
    *,
    groups: NDArray[np.intp] | None = None,
    confirmed: Collection[str] = (),
    seed: int = 7,
) -> tuple[Leak, ...]:
    """Look at every column for knowledge of the answer.

    Parameters
    ----------
    matrix : Matrix
        Customers with a known answer.
    outcome : float array of 0 and 1, shape (n,)
    groups : int array, shape (n,), optional
        Customers who are alike, kept together.
    confirmed : collection of str
        Columns the user knows to be known before the contact: told, but kept.
    seed : int
        Of the folds.

    Returns
    -------
    leaks : tuple of Leak
        In the order of the columns; those with ``kept=False`` are to be left out.

    Raises
    ------
    UsageError
        When a confirmed column does not exist.

    Examples
    --------
    >>> answers = np.tile([0.0, 0.0, 1.0], 40)
    >>> values = np.column_stack([np.arange(120.0) % 7, 10 * answers])
    >>> ids = np.array([f"{place:03d}" for place in range(120)], dtype=object)
    >>> found = scan(Matrix(ids, (Column("age", "Age"), Column("bill", "Bill", "money")), values), answers)
    >>> [(leak.column, leak.reason) for leak in found]
    [('bill', 'function')]
    """
    for name in confirmed:
        if name not in matrix.names:
            raise UsageError(f"confirmed names {name!r}, which is no column; {suggestion(name, matrix.names)}")
    own = np.arange(len(outcome)) if groups is None else groups
    fold = _folds(outcome, own, seed)
    areas = {column.name: strength(column, values, outcome, fold) for column, values in zip(matrix.columns, matrix.values.T, strict=True)}
    found = {leak.column: leak for leak in _singles(matrix, outcome, areas)}
    alone = [name for name, leak in found.items() if leak.reason != "too good"]
    found |= {leak.column: leak for leak in _functions(matrix, outcome, areas, alone)}
    leaks = [found[name] for name in matrix.names if name in found]
    return tuple(replace(leak, kept=leak.column in confirmed) for leak in leaks)


def left_out(leaks: tuple[Leak, ...]) -> set[str]:
    """Return the names of the columns that must not be used."""
    return {leak.column for leak in leaks if not leak.kept}


def _folds(outcome: Floats, groups: NDArray[np.intp], seed: int) -> NDArray[np.intp]:
    try:
        return folds(outcome, groups, count=5, seed=seed)
    except NotEnoughData:
        # Too few to keep alike ones together: a scan that flatters warns rather too often.
        return np.arange(len(outcome)) % 5


def strength(column: Column, values: Floats, outcome: Floats, fold: NDArray[np.intp]) -> float:
    """Return the ROC AUC of one column alone, .5 to 1: the better of its order and of its steps, the latter out-of-fold.

    Examples
    --------
    >>> answers = np.tile([0.0, 1.0], 50)
    >>> strength(Column("x", "X"), np.where(answers == 1, 3.0, np.nan), answers, np.repeat(np.arange(5), 20))
    1.0
    """
    steps = _steps(column, values)
    rates = np.empty(len(outcome))
    for each in np.unique(fold):
        others = fold != each
        rate = outcome[others].mean()
        hits, seen = (np.bincount(steps[others], part, minlength=steps.max() + 1) for part in (outcome[others], np.ones(others.sum())))
        rates[~others] = ((hits + SMOOTH * rate) / (seen + SMOOTH))[steps[~others]]
    stepped = area(mid_ranks(rates), outcome)
    known = ~np.isnan(values)
    if column.kind == "category" or not 0 < outcome[known].sum() < known.sum():
        return max(0.5, stepped)
    # Those without a value stand in the middle, so that many of them weaken the order.
    ordered = area(mid_ranks(np.where(known, values, np.median(values[known]))), outcome)
    return max(0.5, stepped, ordered, 1.0 - ordered)


def _steps(column: Column, values: Floats) -> NDArray[np.intp]:
    known = ~np.isnan(values)
    steps = np.zeros(len(values), dtype=np.intp)
    different = np.unique(values[known])
    if column.kind != "category" and len(different) > STEPS:
        different = np.unique(np.quantile(values[known], np.linspace(0, 1, STEPS + 1)[1:-1], method="lower"))
        steps[known] = 1 + np.searchsorted(different, values[known], side="left")
    else:
        steps[known] = 1 + np.searchsorted(different, values[known])
    return steps


def _singles(matrix: Matrix, outcome: Floats, areas: dict[str, float]) -> Iterator[Leak]:
    for column, values in zip(matrix.columns, matrix.values.T, strict=True):
        reason, told = _known_after(column, values, outcome)
        alone = areas[column.name]
        known = ~np.isnan(values)
        if column.kind != "category" and known.all() and _mirrors(values, outcome):
            yield Leak(
                column.name,
                column.words,
                "function",
                alone,
                f"“{column.words}” has one value for all who answered and another for all who did not.",
            )
        elif reason:
            yield Leak(column.name, column.words, "after", alone, told)
        elif alone > TOO_GOOD:
            words = f"Alone, “{column.words}” tells those who answer from those who do not almost without error (ROC AUC {alone:.3f}; .5 is chance)."
            yield Leak(column.name, column.words, "too good", alone, words)


def _mirrors(values: Floats, outcome: Floats) -> bool:
    yes, no = values[outcome == 1], values[outcome == 0]
    return bool(len(yes) and len(no) and (yes == yes[0]).all() and (no == no[0]).all() and yes[0] != no[0])


def _known_after(column: Column, values: Floats, outcome: Floats) -> tuple[str, str]:
    named = after_by_name(column)
    if named:
        return "after", f"“{column.words}” is known only after the contact: its name says that it is {named}."
    held = ~np.isnan(values) & (values != 0) if column.kind != "category" else ~np.isnan(values)
    count, share = int(held.sum()), float(outcome[held].mean()) if held.any() else 0.0
    if count >= PURE_FROM and count < len(values) and share >= PURE and outcome.mean() < 0.5:
        told = f"“{column.words}” holds something for {count:,} customers, and {percent(share)} of those answered"
        return "after", f"{told}, of all customers {percent(float(outcome.mean()))}: it seems to be filled in after the answer."
    return "", ""


def after_by_name(column: Column) -> str:
    """Return what in a column's name says that it is known only after the contact; empty when nothing does.

    Examples
    --------
    >>> after_by_name(Column("callDuration", "Call duration")), after_by_name(Column("days_as_customer", "Days as a customer"))
    ('the length of a call', '')
    """
    for text in (column.name, column.words):
        parts = _parts(text)
        if any(part.startswith(past) for part in parts for past in _PAST):
            return ""
    for text in (column.name, column.words):
        parts = _parts(text)
        told = _told(parts)
        if told:
            return told
    return ""


def _told(parts: list[str]) -> str:
    has = {name: any(part in words for part in parts) for name, words in _VOCABULARY.items()}
    glued = "".join(parts)
    if (has["length"] and (has["call"] or len(parts) == 1)) or any(
        call + length in glued for call in ("anruf", "gespraechs", "gespreks") for length in ("dauer", "duur")
    ):
        return "the length of a call"
    if (has["answer"] and has["moment"]) or _joined(parts):
        return "what belongs to an answer"
    if has["contact"] and has["result"]:
        return "the result of a campaign"
    if any(one in _AFTER and other in _CONTACT for one, other in pairwise(parts)):
        return "after the contact"
    return ""


def _joined(parts: list[str]) -> bool:
    """Return whether one word is made of an answer and a moment, as German does: Antwortdatum."""
    return any(part.startswith(answer) and part[len(answer) :] in _MOMENT for part in parts for answer in _ANSWER)


_VOCABULARY = {
    "call": frozenset(_CALL),
    "length": frozenset(_LENGTH),
    "answer": frozenset(_ANSWER),
    "moment": frozenset(_MOMENT),
    "contact": frozenset(_CONTACT),
    "result": frozenset(_RESULT),
}
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def _parts(text: str) -> list[str]:
    """Return the words of a name: cut at capitals and signs, without accents."""
    apart = re.sub(r"(?<=[a-zà-ÿ])(?=[A-Z])", " ", text).casefold().translate(_UMLAUTS)
    letters = unicodedata.normalize("NFKD", apart).encode("ascii", "ignore").decode()
    return re.findall(r"[a-z]+", letters)


def _functions(matrix: Matrix, outcome: Floats, areas: dict[str, float], known: Collection[str]) -> list[Leak]:
    """Return the columns without which no weighted sum gives the outcome exactly, one by one: of those with a plus the best alone."""
    rest = [column for column in matrix.columns if column.kind != "category" and column.name not in known]
    found: list[Leak] = []
    while len(found) < MOST_FUNCTIONS:
        weights = _exact(matrix.select([column.name for column in rest]).values, outcome)
        if weights is None:
            break
        holding = np.flatnonzero(np.abs(weights) > 1e-3 * np.abs(weights).max())
        adding = holding[weights[holding] > 0]
        chosen = max(adding if len(adding) else holding, key=lambda place: areas[rest[place].name])
        found.append(_function(rest[chosen], [rest[other] for other in holding if other != chosen], areas))
        del rest[chosen]
    return found


def _function(column: Column, others: list[Column], areas: dict[str, float]) -> Leak:
    beside = f"together with {listed([f'“{other.words}”' for other in others], 4)} " if others else ""
    words = f"“{column.words}” is made with the answer itself: {beside}it gives the answer exactly."
    return Leak(column.name, column.words, "function", areas[column.name], words)


def _exact(values: Floats, outcome: Floats) -> Floats | None:
    """Return weights of the standardised columns (p,) whose sum is the outcome exactly, or None."""
    shown = ~np.isnan(values)
    if len(outcome) < 2 * values.shape[1] + 50 or values.shape[1] == 0:
        return None
    large = np.where(shown, np.clip(values, -1e100, 1e100), 0.0)
    middle = large.sum(axis=0) / np.maximum(1, shown.sum(axis=0))
    centred = np.where(shown, large - middle, 0.0)
    spread = np.abs(centred).max(axis=0)
    scaled = centred / np.where(spread > 0, spread, 1.0)
    target = outcome - outcome.mean()
    # Through cross-products: one pass, however many customers.
    weights = np.linalg.lstsq(scaled.T @ scaled, scaled.T @ target, rcond=1e-10)[0]
    left = target - scaled @ weights
    return weights / np.where(spread > 0, spread, 1.0) if np.abs(left).max() < 1e-4 else None
