"""Value: what a customer is worth, how sure that is, and who is leaving.

Examples
--------
>>> from segmentry.value import BGNBD
>>> BGNBD().get_params()
{}
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from segmentry.value.bgnbd import BGNBD
    from segmentry.value.gammagamma import GammaGamma
    from segmentry.value.mbgnbd import MBGNBD
    from segmentry.value.nbd import NBD
    from segmentry.value.paretonbd import ParetoNBD
    from segmentry.value.refits import bootstrap
    from segmentry.value.simulation import simulate

_HOMES = {
    "BGNBD": "segmentry.value.bgnbd",
    "GammaGamma": "segmentry.value.gammagamma",
    "MBGNBD": "segmentry.value.mbgnbd",
    "NBD": "segmentry.value.nbd",
    "ParetoNBD": "segmentry.value.paretonbd",
    "bootstrap": "segmentry.value.refits",
    "simulate": "segmentry.value.simulation",
}

__all__ = ["BGNBD", "MBGNBD", "NBD", "GammaGamma", "ParetoNBD", "bootstrap", "simulate"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"segmentry.value has no {name!r}; it has {', '.join(__all__)}.")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
