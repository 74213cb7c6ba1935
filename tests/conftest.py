"""Fixtures every test may use."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent

# The same examples every time; slowness of a busy machine is no failure.
settings.register_profile("house", derandomize=True, deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def realdata() -> Callable[[str], Path]:
    """Return a function that finds a public data file, or skips the test with the name of the missing one.

    The folder is ``SEGMENTRY_DATA``, or ``../shared/data`` beside the project.
    """
    folder = Path(os.environ.get("SEGMENTRY_DATA") or ROOT.parent / "shared" / "data")

    def find(name: str) -> Path:
        path = folder / name
        if not path.exists():
            pytest.skip(f"real data file {name} is missing (set SEGMENTRY_DATA to the folder that holds it)")
        return path

    return find
