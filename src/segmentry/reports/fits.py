"""How the forecast was computed, for those who want to check it: fitted parameters with their errors, conventions, sources."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from segmentry.plots.numbers import NOTHING, count, number, share
from segmentry.reports.estimates import known, times
from segmentry.value.results import ModelFit, Worth

_PACE = {
    "r": "shape of the purchase rates: the higher, the more alike customers are",
    "alpha": "scale of the purchase rates; their mean is r / alpha",
}
_AFTER = {
    "a": "with b, the chance of leaving after a purchase; its mean is a / (a + b)",
    "b": "with a, the chance of leaving after a purchase",
}
_SPEND = "scale of spend between customers"
MEANINGS: Mapping[str, Mapping[str, str]] = {
    "BG/NBD": {**_PACE, **_AFTER},
    "MBG/NBD": {**_PACE, **_AFTER},
    "Pareto/NBD": {**_PACE, "s": "shape of the rates of leaving: the higher, the more alike", "beta": "their scale; the mean is s / beta"},
    "NBD": _PACE,
    "Gamma-Gamma": {"p": "shape of spend from purchase to purchase", "q": "shape of mean spend between customers", "v": _SPEND, "gamma": _SPEND},
}  # fmt: skip
SOURCES = (
    "Fader, Hardie and Lee (2005), “Counting your customers” the easy way: an alternative to the Pareto/NBD model. Marketing Science 24(2).",
    "Batislam, Denizel and Filiztekin (2007), Empirical validation and comparison of models for customer base analysis. IJRM 24(3).",
    "Schmittlein, Morrison and Colombo (1987), Counting your customers: who are they and what will they do next? Management Science 33(1).",
    "Ehrenberg (1959), The pattern of consumer purchases. Applied Statistics 8(1).",
    "Fader and Hardie (2013), The Gamma-Gamma model of monetary value. Technical note.",
)
SURVIVAL = "Kaplan and Meier (1958), Nonparametric estimation from incomplete observations. JASA 53."


@dataclass(frozen=True, slots=True)
class Table:
    """A table of texts; the first cell of a row is its heading."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def fitted(found: Worth) -> Table | None:
    """Return the parameters of the fitted models, rounded by their standard errors; None where nothing was fitted."""
    fits = [fit for fit in (found.purchases, found.spend) if fit is not None]
    rows = [_row(fit, place, name, value) for fit in fits for place, (name, value) in enumerate(fit.params.items())]
    return Table(("Model", "Parameter", "Value ± standard error", "Log-likelihood", "n"), tuple(rows)) if rows else None


def _row(fit: ModelFit, place: int, name: str, value: float) -> tuple[str, ...]:
    meaning = MEANINGS.get(fit.name, {}).get(name, "")
    # What is of the model, not of the parameter, is told once.
    whole = ("", "") if place else (_two(fit.log_likelihood), count(fit.customers))
    return (fit.name, f"{name}: {meaning}" if meaning else name, known(value, fit.errors.get(name, math.nan)), *whole)


def _two(value: float) -> str:
    return f"{value:,.2f}".replace("-", "−") if math.isfinite(value) else NOTHING


def conventions(found: Worth, currency: str = "") -> tuple[str, ...]:
    """Say what counts as a purchase, in which unit time runs, what the intervals are; nothing where nothing was fitted."""
    if found.purchases is None and found.spend is None:
        return ()
    words = (
        "A purchase is a calendar day on which a customer spent more than was given back, unless said otherwise above; several baskets on one day are one.",
        "The first purchase of a customer is not counted as a repeat purchase: it says when they came, not how often they buy.",
        f"Times are counted in {found.unit}s. The horizon is {count(found.horizon_days)} days ({times(found.horizon, found.unit)}) from the end of the data.",
        "Intervals are of 90% unless another is named; that of a sum is the interval of the sum, not the sum of intervals.",
    )
    if not found.money:
        return words
    margin = f" times the margin of {share(found.margin)}" if found.margin is not None else ""
    unnamed = () if found.currency or currency else ("The data does not name the currency of its amounts.",)
    return (
        *words,
        f"Value is spend{margin}, discounted by {number(100 * found.discount)}% a year: a setting, not found in the data.",
        *unnamed,
    )


def sources(found: Worth) -> tuple[str, ...]:
    """Return where the methods come from that this chapter rests on."""
    models = SOURCES if found.purchases is not None or found.spend is not None else ()
    return (*models, SURVIVAL) if found.survival else models
