"""A teller for the terminal: a bar on stderr while a stage runs, a line for what it found."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from segmentry.project.progress import Silent, Teller


@contextlib.contextmanager
def teller(*, quiet: bool) -> Iterator[Teller]:
    """Give a teller that draws on stderr, or a silent one."""
    if quiet:
        yield Silent()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=24), TimeElapsedColumn(), console=console, transient=True
    ) as progress:
        yield _Bar(progress)


class _Bar:
    def __init__(self, progress: object) -> None:
        from rich.progress import Progress

        assert isinstance(progress, Progress)  # noqa: S101 - narrows the type where rich is imported late
        self._progress = progress
        self._task = progress.add_task("Starting", total=None)

    def begin(self, stage: str) -> None:
        self._progress.update(self._task, description=stage)

    def found(self, words: str) -> None:
        from rich.text import Text

        self._progress.console.print(Text(f"  {words}"))

    def end(self, stage: str, seconds: float) -> None:
        from rich.text import Text

        self._progress.console.print(Text(f"{stage}: {seconds:.1f} s", style="dim"))
