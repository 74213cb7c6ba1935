"""Uplift: what a treatment changes, and whether it changes more for some customers than for others.

`uplift.lift.lift` answers the whole question; the learners below are its parts, for pipelines and notebooks.

Examples
--------
>>> from segmentry.uplift import DRLearner
>>> DRLearner().get_params()["folds"]
5
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from segmentry.uplift.estimators import DRLearner, LinearLearner, RLearner, SLearner, TLearner, XLearner
    from segmentry.uplift.policy import doubly_robust, policy_value
    from segmentry.uplift.question import Question
    from segmentry.uplift.results import Uplift

_HOMES = {
    "DRLearner": "segmentry.uplift.estimators",
    "LinearLearner": "segmentry.uplift.estimators",
    "Question": "segmentry.uplift.question",
    "RLearner": "segmentry.uplift.estimators",
    "SLearner": "segmentry.uplift.estimators",
    "TLearner": "segmentry.uplift.estimators",
    "Uplift": "segmentry.uplift.results",
    "XLearner": "segmentry.uplift.estimators",
    "doubly_robust": "segmentry.uplift.policy",
    "policy_value": "segmentry.uplift.policy",
}

__all__ = [
    "DRLearner",
    "LinearLearner",
    "Question",
    "RLearner",
    "SLearner",
    "TLearner",
    "Uplift",
    "XLearner",
    "doubly_robust",
    "policy_value",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"segmentry.uplift has no {name!r}; it has {', '.join(__all__)}.")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
