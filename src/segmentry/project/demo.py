"""The demo: a synthetic shop whose truth is known, the main job on it, and how much of the truth was found."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from segmentry.project.progress import Silent, Teller
from segmentry.project.run import Run, run
from segmentry.project.settings import parse


@dataclass(frozen=True, slots=True)
class Demo:
    """A finished demo.

    Parameters
    ----------
    run : Run
    agreement : float
        Adjusted Rand index between found and planted segments, over customers that have both: 1 is perfect, 0 is chance.
    compared : int
        Customers compared.
    dirt : tuple of (str, int, int)
        Kind of planted dirt, how much was planted, how much the run reported.
    """

    run: Run
    agreement: float
    compared: int
    dirt: tuple[tuple[str, int, int], ...]
