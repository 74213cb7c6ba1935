"""What a plan may give, and what it has to keep to: offers and limits from the settings, consent and earlier contacts from the data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import suggestion
from segmentry.engines.engine import Engine
from segmentry.errors import SettingsError, UsageError
from segmentry.features.windows import day_of
from segmentry.plans.constraints import Budget, Capacity, Consent, Constraint, ContactCap, Holdout, MinReach
from segmentry.plans.objectives import ContactCost, Fatigue, Objective, Profit
from segmentry.plans.offers import Offer
from segmentry.project.asking import consent_of
from segmentry.project.sections import OfferSettings
from segmentry.project.settings import Settings, parse
from segmentry.tables.dataset import Dataset

Floats = NDArray[np.float64]
EXAMPLE = '[[offers]]\nname = "Free delivery"\nchannel = "e-mail"\ncost = 0.05\nconversion_cost = 4.0\nmargin = 0.4\n'
_ALLOWED = ("offers", "plan", "playbook")


@dataclass(frozen=True, slots=True, eq=False)
class Reachable:
    """Whether customers may be contacted, in the order of the run's customers.

    Parameters
    ----------
    consent : dict of str to float array, shape (n,)
        By column of consent: 1 for yes, 0 for no, NaN where not known.
    earlier : float array, shape (n,), or None
        Contacts within the last days; None in data without contacts.
    """

    consent: dict[str, Floats]
    earlier: Floats | None


def with_offers(settings: Settings, path: Path | None) -> Settings:
    """Return settings with the offers (and limits, strategies) of a file of their own over them.

    Raises
    ------
    SettingsError
        When the file is missing, is no TOML, or says something else.
    """
    if path is None:
        return settings
    if not path.is_file():
        raise SettingsError(f"offers file {path} is not there; give --offers the path of a TOML file such as\n{EXAMPLE}")
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path} is not valid TOML: {error}. Correct that line.") from None
    for name in content:
        if name not in _ALLOWED:
            raise SettingsError(f"{path}: {name} is not for a file of offers; {suggestion(name, _ALLOWED)}")
    parse(content, source=str(path))
    merged = settings.model_dump(exclude_unset=True)
    for name, told in content.items():
        merged[name] = {**merged.get(name, {}), **told} if isinstance(told, dict) else told
    return parse(merged)


def offers_of(settings: Settings, names: Mapping[int, str]) -> tuple[Offer, ...]:
    """Return the offers, their segments by name.

    Parameters
    ----------
    names : mapping of int to str
        Of the segments by id.

    Raises
    ------
    UsageError
        When there is no offer, or one names a segment that is not there.
    """
    if not settings.offers:
        raise UsageError(
            f"no offer is declared, so there is nothing to plan; write them into segmentry.toml or a file for --offers:\n{EXAMPLE}"
        )
    return tuple(_offer(each, names) for each in settings.offers)


def _offer(told: OfferSettings, names: Mapping[int, str]) -> Offer:
    segments = tuple(segment_named(each, names, f"segments of offer {told.name!r}") for each in told.segments)
    return Offer(told.name, told.channel, told.cost, told.conversion_cost, told.margin, told.value, told.purpose, segments)


def segment_named(wanted: str, names: Mapping[int, str], where: str) -> str:
    """Return the name of a segment given by id or name; raise `UsageError` naming the nearest otherwise."""
    plain = " ".join(wanted.casefold().split())
    for key, name in names.items():
        if plain in (str(key), " ".join(name.casefold().split())):
            return name
    known = [*names.values()] or ["none: there are no segments"]
    raise UsageError(f"{where} names {wanted!r}, which no segment is called; {suggestion(wanted, known)}")


def constraints_of(settings: Settings, names: Mapping[int, str], reachable: Reachable) -> tuple[Constraint, ...]:
    """Return the limits of ``[plan]`` as values.

    Raises
    ------
    UsageError
        When they speak of what the data does not have.
    """
    wanted = settings.plan
    found: list[Constraint] = [] if wanted.budget is None else [Budget(wanted.budget)]
    found += [Capacity(channel, most) for channel, most in wanted.capacity.items()]
    if wanted.contacts is not None:
        if reachable.earlier is None:
            raise UsageError(
                f"plan.contacts is {wanted.contacts}, and the data holds no earlier contacts to count; allowed is a cap where there is a table of "
                "contacts. Add that table, or leave the cap out."
            )
        found.append(ContactCap(wanted.contacts, per=wanted.days))
    found += [MinReach(segment_named(name, names, "plan.reach"), least) for name, least in wanted.reach.items()]
    if wanted.holdout:
        found.append(Holdout(wanted.holdout))
    if wanted.consent == "ask" and reachable.consent:
        found.append(Consent())
    return tuple(found)


def objective_of(settings: Settings, reachable: Reachable) -> Objective:
    """Return what the plan is to bring."""
    plain = Profit() - ContactCost()
    if not settings.plan.fatigue:
        return plain
    if reachable.earlier is None:
        raise UsageError(
            f"plan.fatigue is {settings.plan.fatigue:g}, and the data holds no earlier contacts to count; allowed is a price of fatigue where there is "
            "a table of contacts. Add that table, or leave it out."
        )
    return plain - settings.plan.fatigue * Fatigue()


def reachable(engine: Engine, dataset: Dataset, settings: Settings) -> Reachable:
    """Return consent and earlier contacts of every customer."""
    consent = consent_of(engine, dataset)
    if "contacts" not in dataset.has or dataset.as_of is None:
        return Reachable(consent, None)
    last = day_of(dataset.as_of)
    found = engine.fetch(
        f"SELECT customer, count(*) AS n FROM contacts WHERE day > {last - settings.plan.days} AND day <= {last} GROUP BY customer ORDER BY customer"
    )
    earlier = np.zeros(dataset.customers)
    earlier[found["customer"].astype(np.intp)] = found["n"].astype(np.float64)
    return Reachable(consent, earlier)
