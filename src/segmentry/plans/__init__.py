"""Plans: who gets which offer under real limits, what it may earn, and what it did earn.

Examples
--------
>>> from segmentry.plans import Budget, ContactCost, Holdout, Profit, Targeting
>>> str(Targeting(Profit() - ContactCost(), [Budget(50_000), Holdout(0.1)]).objective)
'Profit() - ContactCost()'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from segmentry.plans.candidates import Candidates
    from segmentry.plans.constraints import Budget, Capacity, Consent, ContactCap, Holdout, MinReach
    from segmentry.plans.objectives import Buyers, ContactCost, Fatigue, Profit, Revenue
    from segmentry.plans.offers import Offer
    from segmentry.plans.results import Allocation, Frontier
    from segmentry.plans.targeting import Targeting

_HOMES = {
    "Allocation": "segmentry.plans.results",
    "Budget": "segmentry.plans.constraints",
    "Buyers": "segmentry.plans.objectives",
    "Candidates": "segmentry.plans.candidates",
    "Capacity": "segmentry.plans.constraints",
    "Consent": "segmentry.plans.constraints",
    "ContactCap": "segmentry.plans.constraints",
    "ContactCost": "segmentry.plans.objectives",
    "Fatigue": "segmentry.plans.objectives",
    "Frontier": "segmentry.plans.results",
    "Holdout": "segmentry.plans.constraints",
    "MinReach": "segmentry.plans.constraints",
    "Offer": "segmentry.plans.offers",
    "Profit": "segmentry.plans.objectives",
    "Revenue": "segmentry.plans.objectives",
    "Targeting": "segmentry.plans.targeting",
}

__all__ = [
    "Allocation",
    "Budget",
    "Buyers",
    "Candidates",
    "Capacity",
    "Consent",
    "ContactCap",
    "ContactCost",
    "Fatigue",
    "Frontier",
    "Holdout",
    "MinReach",
    "Offer",
    "Profit",
    "Revenue",
    "Targeting",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"segmentry.plans has no {name!r}; it has {', '.join(__all__)}.")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
