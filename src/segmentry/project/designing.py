"""What an experiment needs, measured on the user's data: the planned window and longer ones, in words."""

from __future__ import annotations

from dataclasses import dataclass

from segmentry.engines.duckdb import DuckEngine
from segmentry.errors import SegmentryError
from segmentry.experiments.design import Design, effect_of
from segmentry.experiments.design import design as designed
from segmentry.experiments.phrases import amount
from segmentry.experiments.power import Plan, baseline
from segmentry.preparation.words import figure, percent
from segmentry.project.baselines import Figures, figures, willing, worth
from segmentry.project.reading import Reading
from segmentry.project.settings import Settings

# A window is held against ones twice and three times as long.
LONGER = (2, 3)


@dataclass(frozen=True, slots=True)
class Window:
    """One length of the experiment.

    Parameters
    ----------
    days : int
    told : str
        Mean per customer who is left alone, in words.
    needed : int
        Customers in all arms together, for the same effect relative to the mean.
    customers : int
        There are.
    enough : bool
    """

    days: int
    told: str
    needed: int
    customers: int
    enough: bool


@dataclass(frozen=True, slots=True)
class Designed:
    """What an experiment needs, measured on the data.

    Parameters
    ----------
    design : Design
    days : int
        It runs; 0 for a column without days.
    windows : tuple of Window
        The planned one first, then longer ones as far as the data reaches; empty without days.
    words : tuple of str
        All of it in sentences.
    notes : tuple of str
        About the data.
    currency : str
    """

    design: Design
    days: int
    windows: tuple[Window, ...]
    words: tuple[str, ...]
    notes: tuple[str, ...]
    currency: str


def design_for(engine: DuckEngine, reading: Reading, settings: Settings, *, metric: str, effect: str, plan: Plan) -> Designed:
    """Design an experiment on the customers of the data.

    Raises
    ------
    UsageError
        When the metric, the effect or the window is not possible.
    DataRefused
        When the data says nothing about the metric.
    """
    found = _asked(engine, reading, settings, metric=metric)
    value = worth(engine, reading, settings, found)
    past = baseline(found.metric, found.values, found.before)
    made = designed(past, effect_of(effect, past), customers=len(found.values), plan=plan, worth=value)
    currency = value.currency if value else settings.read.currency or reading.dataset.currency
    windows = (_window(found, made, currency), *_longer(engine, reading, settings, found, made, currency=currency)) if found.days else ()
    return Designed(made, found.days, windows, (*made.words, *_lasting(windows)), found.notes, currency)


def _asked(engine: DuckEngine, reading: Reading, settings: Settings, *, metric: str, days: int | None = None) -> Figures:
    """Return the figures of those who may be drawn."""
    found = figures(engine, reading, settings, metric=metric, days=days)
    return found.among(willing(engine, reading.dataset, settings), "they gave no consent, so nothing could be sent to them")


def _longer(engine: DuckEngine, reading: Reading, settings: Settings, found: Figures, made: Design, *, currency: str) -> tuple[Window, ...]:
    """Return longer windows, for the same effect relative to the mean."""
    windows = []
    part = made.effect / made.baseline.mean if made.baseline.mean else 0.0
    for factor in LONGER:
        try:
            longer = _asked(engine, reading, settings, metric=found.metric.name, days=factor * found.days)
            past = baseline(longer.metric, longer.values, longer.before)
            again = designed(past, part * past.mean, customers=len(longer.values), plan=made.plan)
        except SegmentryError:
            # Data that does not reach back so far, or a share that cannot grow as much: then there is no such window.
            break
        windows.append(_window(longer, again, currency))
    return tuple(windows)


def _window(found: Figures, made: Design, currency: str) -> Window:
    mean = made.baseline.mean
    told = percent(mean) if found.metric.kind == "yes/no" else amount(mean, currency) if found.metric.kind == "money" else figure(mean)
    return Window(found.days, told, sum(made.needed), made.customers, made.enough)


def _lasting(windows: tuple[Window, ...]) -> tuple[str, ...]:
    if not windows:
        return ()
    first, *others = windows
    runs = f"It runs {first.days} days from its start, whatever is seen on the way."
    if first.enough or not others:
        return (runs,)
    better = next((each for each in others if each.enough), None)
    if better is not None:
        return (
            runs,
            f"Over {better.days} days the {better.customers:,} customers there are would suffice ({better.needed:,} are needed then).",
        )
    least = min(windows, key=lambda each: each.needed)
    longer = (
        f"Counting longer does not make them suffice either: at best {least.needed:,} are needed, over {least.days} days. "
        "Hope for a larger effect, or gather customers."
    )
    return (runs, longer)
