"""What every command shares: errors become one clear message and an exit code, never a traceback."""

from __future__ import annotations

import functools
import sys
import traceback
from collections.abc import Callable
from pathlib import PurePath
from typing import ParamSpec, TypeVar

import typer

P = ParamSpec("P")
R = TypeVar("R")


def guarded(command: Callable[P, R]) -> Callable[P, R]:
    """Run a command; refused data exits with 1, wrong usage with 2."""
    from segmentry.errors import SegmentryError

    @functools.wraps(command)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except SegmentryError as error:
            typer.echo(f"segmentry: {error}", err=True)
            raise typer.Exit(error.exit_code) from None
        except (KeyboardInterrupt, BrokenPipeError):
            typer.echo("segmentry: stopped; nothing was written.", err=True)
            raise typer.Exit(130) from None
        except MemoryError:
            typer.echo(
                "segmentry: the machine's memory is used up; nothing was written. Next: run with fewer customers or on a larger machine.",
                err=True,
            )
            raise typer.Exit(1) from None
        except OSError as error:
            typer.echo(f"segmentry: the system refused ({error.strerror or type(error).__name__}); nothing was written.", err=True)
            raise typer.Exit(1) from None
        except Exception as error:  # noqa: BLE001 - the last line of defence: messages of libraries may quote customers' values
            typer.echo(
                f"segmentry: internal error ({type(error).__name__} at {_place()}); nothing was written. Next: report this line.", err=True
            )
            raise typer.Exit(1) from None

    return inner


def _place() -> str:
    frames = traceback.extract_tb(sys.exc_info()[2])
    own = [frame for frame in frames if "segmentry" in PurePath(frame.filename).parts] or frames
    return f"{PurePath(own[-1].filename).name}:{own[-1].lineno}"
