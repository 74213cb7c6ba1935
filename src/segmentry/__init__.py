"""segmentry: from raw customer and transaction tables to segments one can trust.

Examples
--------
Everything is imported when it is first used, so that ``import segmentry`` is quick:

>>> import segmentry
>>> segmentry.__version__
'0.1.0'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from segmentry.matrix import Column, Matrix
    from segmentry.project.comparing import compare
    from segmentry.project.demo import demo
    from segmentry.project.inspection import check, describe, read
    from segmentry.project.plan import plan
    from segmentry.project.predicting import predict
    from segmentry.project.roi import roi
    from segmentry.project.run import Run, run
    from segmentry.project.scoring import score
    from segmentry.project.settings import Settings, load
    from segmentry.segments.clusterers import Density, GaussianMixture, Hierarchical, KMeans, KPrototypes, SphericalKMeans
    from segmentry.segments.segmentation import Segmentation

__version__ = "0.1.0"

_HOMES = {
    "Column": "segmentry.matrix",
    "Density": "segmentry.segments.clusterers",
    "GaussianMixture": "segmentry.segments.clusterers",
    "Hierarchical": "segmentry.segments.clusterers",
    "KMeans": "segmentry.segments.clusterers",
    "KPrototypes": "segmentry.segments.clusterers",
    "Matrix": "segmentry.matrix",
    "Run": "segmentry.project.run",
    "Segmentation": "segmentry.segments.segmentation",
    "Settings": "segmentry.project.settings",
    "SphericalKMeans": "segmentry.segments.clusterers",
    "check": "segmentry.project.inspection",
    "compare": "segmentry.project.comparing",
    "demo": "segmentry.project.demo",
    "describe": "segmentry.project.inspection",
    "load": "segmentry.project.settings",
    "plan": "segmentry.project.plan",
    "predict": "segmentry.project.predicting",
    "read": "segmentry.project.inspection",
    "roi": "segmentry.project.roi",
    "run": "segmentry.project.run",
    "score": "segmentry.project.scoring",
}

__all__ = [
    "Column",
    "Density",
    "GaussianMixture",
    "Hierarchical",
    "KMeans",
    "KPrototypes",
    "Matrix",
    "Run",
    "Segmentation",
    "Settings",
    "SphericalKMeans",
    "check",
    "compare",
    "demo",
    "describe",
    "load",
    "plan",
    "predict",
    "read",
    "roi",
    "run",
    "score",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"segmentry has no {name!r}; it has {', '.join(__all__)}.")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
