"""What is foretold of every customer, as columns of a file and as the entries of ``run.json``."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentry.project.heldout import DAYS
from segmentry.propensity.results import Response
from segmentry.results import plain
from segmentry.value.results import Worth

CENTS = 2
FINE = 4


@dataclass(frozen=True, slots=True)
class Foretold:
    """What is foretold of the customers of one dataset.

    Parameters
    ----------
    worth : Worth or None
        None when left out by the settings.
    response : Response or None
        None when nothing in the data says who answered.
    """

    worth: Worth | None = None
    response: Response | None = None


def columns(foretold: Foretold, as_of: datetime.date | None) -> dict[str, NDArray[Any]]:
    """Return one column per prediction, each of shape (n,); NaN or empty text where nothing can be said."""
    worth, response = foretold.worth, foretold.response
    return {**(_answers(response) if response is not None else {}), **(_worth(worth, as_of) if worth is not None else {})}


def _answers(response: Response) -> dict[str, NDArray[Any]]:
    if response.probability is None:
        return {}
    told: dict[str, NDArray[Any]] = {"response_probability": np.round(response.probability, FINE)}
    if response.contact is not None:
        told["contact"] = np.where(response.contact, "yes", "no").astype(object)
    if response.reasons is not None:
        told["reasons"] = response.reasons
    return told


def _worth(worth: Worth, as_of: datetime.date | None) -> dict[str, NDArray[Any]]:
    told: dict[str, NDArray[Any]] = {}
    if worth.forecast is not None:
        found = worth.forecast
        told |= {
            "expected_purchases": np.round(found.purchases, FINE),
            "expected_purchases_low": np.round(found.purchases_low, FINE),
            "expected_purchases_high": np.round(found.purchases_high, FINE),
        }
        if worth.money:
            told |= {
                "expected_value": np.round(found.value, CENTS),
                "expected_value_low": np.round(found.low, CENTS),
                "expected_value_high": np.round(found.high, CENTS),
            }
        # Where nobody can be seen to leave, the model's certainty that everyone stays is no knowledge.
        alive = np.full(len(found.alive), np.nan) if _nobody_leaves(worth) else np.round(found.alive, FINE)
        told |= {"probability_alive": alive, "next_purchase": _dates(found.next_purchase * DAYS[worth.unit], as_of)}
    if worth.churn_risk is not None:
        told["churn_risk"] = np.round(worth.churn_risk, FINE)
    if worth.states is not None:
        told["lifecycle_state"] = worth.states
    return told


def _nobody_leaves(worth: Worth) -> bool:
    return worth.purchases is not None and worth.purchases.name == "NBD"


def _dates(days: NDArray[np.float64], as_of: datetime.date | None) -> NDArray[np.object_]:
    """Return days from now as ISO dates; empty where none is likely to come."""
    told = np.full(len(days), "", dtype=object)
    if as_of is None:
        return told
    known = np.flatnonzero(np.isfinite(days))
    ahead = np.ceil(days[known]).astype(np.int64)
    names = {int(day): (as_of + datetime.timedelta(days=int(day))).isoformat() for day in np.unique(ahead)}
    told[known] = [names[int(day)] for day in ahead]
    return told


def value_entry(worth: Worth | None) -> dict[str, Any] | None:
    """Return what customers are worth as plain values, without those of single customers."""
    if worth is None:
        return None
    entry: dict[str, Any] = plain(replace(worth, forecast=None, states=None, churn_risk=None))
    for name in ("forecast", "states", "churn_risk"):
        del entry[name]
    return entry


def response_entry(response: Response | None) -> dict[str, Any] | None:
    """Return who will answer as plain values, without those of single customers."""
    if response is None:
        return None
    entry: dict[str, Any] = plain(replace(response, probability=None, reasons=None, contact=None))
    for name in ("probability", "reasons", "contact"):
        del entry[name]
    if response.contact is not None:
        entry["to_contact"] = int(response.contact.sum())
    return entry
