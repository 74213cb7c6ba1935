"""Whether a trial stayed what it was drawn as: customers to be left alone who were contacted all the same, and other campaigns at the time.

A leak of λ in the control dilutes what is measured: beside customers of whom a share λ got the treatment too, an effect of 1 shows as 1 − λ.
When NOT to use: where the contacts table does not hold all contacts; what it does not know, nobody is told of.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.engine import Engine
from segmentry.evaluation.intervals import share
from segmentry.experiments.trial import Trial
from segmentry.features.drawn import NO_DAY, Drawn, campaign_names, contacted_within
from segmentry.features.windows import date_of
from segmentry.results import Estimate
from segmentry.tables.dataset import Dataset

Flags = NDArray[np.bool_]
# A leak below one in two hundred changes no figure that is shown.
TOLD = 0.005


@dataclass(frozen=True, slots=True)
class Leak:
    """Customers of the control who were contacted in the trial's window.

    Parameters
    ----------
    share : Estimate
        Of the control, 0 to 1, with Wilson's interval.
    contacted, controls : int
    treated : Estimate
        Share of the treated who were contacted; 1 where the trial reached everybody it meant to.
    own : bool
        True when contacts of the trial's own campaign are counted; False when it has none by its name, so that all contacts are.
    words : str
        What was found and what it does to the result.
    """

    share: Estimate
    contacted: int
    controls: int
    treated: Estimate
    own: bool
    words: str


@dataclass(frozen=True, slots=True, eq=False)
class Concurrent:
    """Another campaign in the trial's window.

    Parameters
    ----------
    campaign : str
    first, last : str
        Days of its contacts in the window, ISO.
    reached : bool array, shape (n,)
        Which customers of the trial it reached.
    arms : tuple of float
        Share of each arm that it reached.
    """

    campaign: str
    first: str
    last: str
    reached: Flags
    arms: tuple[float, ...]


def contacts_of(
    engine: Engine, dataset: Dataset, trial: Trial, found: Drawn, rows: NDArray[np.intp], *, aside: Flags, days: int
) -> tuple[Leak, tuple[Concurrent, ...]]:
    """Return who was contacted although they were to be left alone, and which other campaigns ran at the time.

    Parameters
    ----------
    found : Drawn
        With a day for each of `rows`.
    rows : int array, shape (n,)
        Which of them are the trial's customers.
    aside : bool array, shape (m,)
        Who of them was set aside from all experiments: a standing hold-out, which leaks too.
    days : int
        Length of the window.
    """
    held = np.flatnonzero(aside & (found.days != NO_DAY))
    everyone = np.concatenate([rows, held])
    places = found.customers[everyone]
    names = campaign_names(engine, dataset)
    reached = contacted_within(engine, places, found.days[everyone], days=days)
    wanted = {trial.name.casefold(), *(arm.casefold() for arm in trial.arms[1:])}
    ours = [each for each in reached if {each.campaign.casefold(), names.get(each.campaign, "").casefold()} & wanted]
    flags = np.zeros(len(places), dtype=bool)
    for each in ours or reached:
        flags |= np.isin(places, each.customers)
    alone = np.concatenate([trial.arm == 0, np.ones(len(held), dtype=bool)])
    leak = leak_of(flags, alone, own=bool(ours), campaign=names.get(ours[0].campaign, ours[0].campaign) if len(ours) == 1 else "")
    others = []
    for each in (each for each in reached if each not in ours):
        hit = np.isin(places[: len(rows)], each.customers)
        shares = tuple(float(hit[trial.arm == arm].mean()) for arm in range(len(trial.arms)))
        name = names.get(each.campaign, each.campaign)
        others.append(Concurrent(name, date_of(each.first).isoformat(), date_of(each.last).isoformat(), hit, shares))
    return leak, tuple(others)


def leak_of(contacted: Flags, control: Flags, *, own: bool, campaign: str = "") -> Leak:
    """Return the leak of a trial.

    Parameters
    ----------
    contacted : bool array, shape (n,)
        Who was contacted in the window.
    control : bool array, shape (n,)
        Who was to be left alone; the others were to be treated.
    own : bool
        Whether these are contacts of the trial's own campaign.
    campaign : str
        Its name.

    Examples
    --------
    >>> control = np.arange(200) < 100
    >>> found = leak_of(~control | (np.arange(200) < 5), control, own=True)
    >>> found.share.value, found.contacted
    (0.05, 5)
    """
    controls, reached = int(control.sum()), int(contacted[control].sum())
    found, treated = share(reached, controls), share(int(contacted[~control].sum()), int((~control).sum()))
    return Leak(found, reached, controls, treated, own, _told(found, reached, controls, treated, own=own, campaign=campaign))


def _told(found: Estimate, reached: int, controls: int, treated: Estimate, *, own: bool, campaign: str) -> str:
    by = f"by the campaign {campaign!r} itself" if own and campaign else "by the campaign itself" if own else "by some campaign"
    if found.value < TOLD:
        return f"The control was left alone: {reached:,} of {controls:,} were contacted {by} in the window of the trial."
    said = (
        f"Leak: {reached:,} of {controls:,} customers of the control ({found.value:.1%}, 95% interval {found.low:.1%} to {found.high:.1%}) "
        f"were contacted {by} in the window of the trial."
    )
    if not own:
        return f"{said} Treated customers: {treated.value:.1%}. The trial compares its offer with what the control got, not with nothing."
    if treated.value <= found.value:
        return f"{said} That is as many as of the treated ({treated.value:.1%}): the two groups were not treated differently, and the result says nothing."
    kept = (treated.value - found.value) / treated.value
    return (
        f"{said} The measured effect is attenuated: it shows about {kept:.0%} of the effect on those who were contacted. "
        "Keep the control out of every send, and count them by the group they were drawn for, not by what they got."
    )
