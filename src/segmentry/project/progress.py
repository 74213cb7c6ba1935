"""What a run tells while it works: its stages, what each found, how long each took."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Protocol


class Teller(Protocol):
    """Whoever listens to a run: the command line draws a bar, a notebook may print."""

    def begin(self, stage: str) -> None:
        """A stage begins; `stage` is a few words for people."""

    def found(self, words: str) -> None:
        """The stage found something worth a line."""

    def end(self, stage: str, seconds: float) -> None:
        """The stage ended."""


class Silent:
    """A teller that says nothing."""

    def begin(self, stage: str) -> None:
        """Pass over."""

    def found(self, words: str) -> None:
        """Pass over."""

    def end(self, stage: str, seconds: float) -> None:
        """Pass over."""


class Journal:
    """Times the stages of one run and passes on what they find.

    Parameters
    ----------
    teller : Teller
    """

    def __init__(self, teller: Teller) -> None:
        self._teller = teller
        self.seconds: dict[str, float] = {}

    @contextlib.contextmanager
    def stage(self, name: str, words: str) -> Iterator[None]:
        """Time a stage under `name`, shown to people as `words`."""
        start = time.perf_counter()
        self._teller.begin(words)
        yield
        self.seconds[name] = round(self.seconds.get(name, 0.0) + time.perf_counter() - start, 3)
        self._teller.end(words, self.seconds[name])

    def found(self, words: str) -> None:
        """Pass on what a stage found."""
        self._teller.found(words)
