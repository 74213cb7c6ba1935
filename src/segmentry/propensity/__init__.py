"""Propensity: who will answer, judged out-of-fold against a plain baseline.

Examples
--------
>>> from segmentry.propensity import Propensity
>>> Propensity().get_params()["model"]
'auto'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from segmentry.propensity.classifier import Propensity
    from segmentry.propensity.question import Question
    from segmentry.propensity.response import respond

_HOMES = {
    "Propensity": "segmentry.propensity.classifier",
    "Question": "segmentry.propensity.question",
    "respond": "segmentry.propensity.response",
}

__all__ = ["Propensity", "Question", "respond"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"segmentry.propensity has no {name!r}; it has {', '.join(__all__)}.")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
