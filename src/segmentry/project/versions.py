"""What computed a result: the versions of segmentry, Python and the libraries."""

from __future__ import annotations

import importlib.metadata
import platform

_LIBRARIES = ("segmentry", "numpy", "scipy", "scikit-learn", "duckdb", "narwhals", "plotly")


def versions() -> dict[str, str]:
    """Return the versions of segmentry, Python and the libraries that compute."""
    return {
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in _LIBRARIES},
    }
