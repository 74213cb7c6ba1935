"""``segmentry experiment design | assign | analyse`` and ``segmentry selfcheck``: they parse, call the project, and print; they never compute."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from segmentry.cli.guard import guarded
from segmentry.cli.options import AsOf, Config, Encoding, Files, Out, Quiet, Seed, day_of, settings_of

if TYPE_CHECKING:
    from segmentry.project.designing import Designed
    from segmentry.project.testing import Analysed, Assigned

app = typer.Typer(
    name="experiment",
    help="Find out by lot what a treatment does: design, assign, analyse.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Metric = Annotated[
    str | None,
    typer.Option(
        "--metric", metavar="NAME", help="bought (default), revenue, purchases, or a column of the customers; the one that decides."
    ),
]
Days = Annotated[int | None, typer.Option("--days", help="Days from the start in which purchases count; default 30.")]
Arms = Annotated[
    str | None,
    typer.Option("--arms", metavar="NAME=SHARE,…", help="Arms with their shares, the control first; default control=0.5,treatment=0.5."),
]


@app.command()
@guarded
def design(
    files: Files,
    effect: Annotated[
        str,
        typer.Option(
            "--effect", metavar="10%|0.01", help="Smallest effect worth knowing: in percent of today's figure, or in its own unit."
        ),
    ],
    metric: Metric = None,
    arms: Arms = None,
    days: Days = None,
    margin: Annotated[float | None, typer.Option("--margin", help="Share of net revenue that is kept, such as 0.3.")] = None,
    cost: Annotated[float | None, typer.Option("--cost", help="Cost of one contact; default is found in the data.")] = None,
    config: Config = None,
    as_of: AsOf = None,
    encoding: Encoding = None,
    quiet: Quiet = False,
) -> None:
    """Say how many customers an experiment needs, what those there are can show, and what leaving some alone costs; write nothing."""
    from segmentry.cli.terminal import teller
    from segmentry.experiments.power import Plan
    from segmentry.project.testing import design as start

    names, shares = arms_of(arms)
    settings = (
        settings_of(config, encoding=encoding)
        .over("run", as_of=day_of(as_of))
        .over("trial", days=days)
        .over("value", margin=margin)
        .over("response", cost=cost)
    )
    with teller(quiet=quiet) as listener:
        found = start(*files, effect=effect, metric=metric or "", plan=Plan(names, shares), settings=settings, teller=listener)
    _show_design(found)


@app.command()
@guarded
def assign(
    files: Files,
    name: Annotated[str, typer.Option("--name", help="Name of the experiment; another name draws other lots.")],
    arms: Arms = None,
    by: Annotated[
        str | None,
        typer.Option(
            "--by", metavar="COLUMN", help='Draw within each level of a column, or "segment" of --run, so that arms are alike in it.'
        ),
    ] = None,
    run: Annotated[Path | None, typer.Option("--run", help="Folder of a finished run, for its segments.")] = None,
    segment: Annotated[str | None, typer.Option("--segment", help="Draw only in this segment of --run, by id or name.")] = None,
    holdout: Annotated[
        float | None, typer.Option("--holdout", help="Share of all customers in the standing hold-out: the same ones in every experiment.")
    ] = None,
    metric: Metric = None,
    days: Days = None,
    start: Annotated[
        str | None, typer.Option("--start", metavar="YYYY-MM-DD", help="First day; default is the day after the data's last.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder that gets one sub-folder per experiment.")] = Path("out"),
    config: Config = None,
    as_of: AsOf = None,
    encoding: Encoding = None,
    quiet: Quiet = False,
) -> None:
    """Draw customers by lot: assignment.csv with each customer's arm, and design.json with what was declared before the start."""
    from segmentry.cli.terminal import teller
    from segmentry.project.drawing import Lot
    from segmentry.project.testing import assign as draw

    names, shares = arms_of(arms)
    settings = (
        settings_of(config, encoding=encoding).over("run", as_of=day_of(as_of)).over("trial", days=days).over("experiment", holdout=holdout)
    )
    lot = Lot(
        name=name,
        arms=names,
        shares=shares,
        by=by or "",
        run=run,
        segment=segment or "",
        holdout=settings.experiment.holdout,
        start=day_of(start, "--start"),
    )
    with teller(quiet=quiet) as listener:
        found = draw(*files, lot=lot, metric=metric or "", out=out, settings=settings, teller=listener)
    _show_assignment(found, quiet=quiet)


@app.command()
@guarded
def analyse(
    files: Files,
    assignment: Annotated[
        Path | None,
        typer.Option(
            "--assignment", metavar="FILE", help="assignment.csv of the draw, with its design.json beside it; else the trial in the data."
        ),
    ] = None,
    run: Annotated[Path | None, typer.Option("--run", help="Folder of a finished run: effects per segment are told too.")] = None,
    out: Out = Path("out"),
    config: Config = None,
    as_of: AsOf = None,
    seed: Seed = None,
    encoding: Encoding = None,
    quiet: Quiet = False,
) -> None:
    """Say what the treatment did: always-valid intervals while it runs, the final reading when the planned days are over."""
    from segmentry.cli.terminal import teller
    from segmentry.project.testing import analyse as read

    settings = settings_of(config, encoding=encoding).over("run", as_of=day_of(as_of), seed=seed)
    with teller(quiet=quiet) as listener:
        found = read(*files, assignment=assignment, run=run, out=out, settings=settings, teller=listener)
    _show_analysis(found, quiet=quiet)


@guarded
def selfcheck(
    files: Files,
    metric: Annotated[
        str | None,
        typer.Option("--metric", metavar="NAME", help="bought, revenue, purchases or a column; default is all that are counted."),
    ] = None,
    days: Days = None,
    splits: Annotated[int, typer.Option("--splits", min=20, max=100_000, help="How often customers are split.")] = 200,
    share: Annotated[float, typer.Option("--share", min=0.01, max=0.99, help="Share of customers in the control.")] = 0.5,
    config: Config = None,
    as_of: AsOf = None,
    seed: Seed = None,
    encoding: Encoding = None,
    quiet: Quiet = False,
) -> None:
    """Test the test: split your own customers by lot again and again, do nothing to anybody, and count the false alarms."""
    from segmentry.cli.terminal import teller
    from segmentry.experiments.selfcheck import Splits
    from segmentry.project.testing import selfcheck as split

    settings = settings_of(config, encoding=encoding).over("run", as_of=day_of(as_of), seed=seed).over("trial", days=days)
    plan = Splits(splits, share, seed=settings.run.seed)
    with teller(quiet=quiet) as listener:
        found = split(*files, metric=metric or "", plan=plan, settings=settings, teller=listener)
    for each in found:
        typer.echo(each.words)
    if not all(each.sound for each in found):
        raise typer.Exit(1)


def arms_of(text: str | None) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Return the names and shares of arms as typed; None means two equal ones.

    Raises
    ------
    UsageError
        When a part is no NAME=SHARE.

    Examples
    --------
    >>> arms_of("control=0.2, mail=0.8")
    (('control', 'mail'), (0.2, 0.8))
    """
    from segmentry.errors import UsageError

    if text is None:
        return ("control", "treatment"), (0.5, 0.5)
    names, shares = [], []
    for part in text.split(","):
        name, equals, share = part.rpartition("=")
        try:
            shares.append(float(share))
        except ValueError:
            equals = ""
        if not equals:
            raise UsageError(
                f"--arms has the part {part.strip()!r}; allowed is NAME=SHARE with commas between. Write control=0.5,offer=0.5."
            )
        names.append(name.strip())
    return tuple(names), tuple(shares)


def _show_design(found: Designed) -> None:
    from segmentry.cli.show import print_table

    for words in (*found.words, *found.notes):
        typer.echo(words)
    if len(found.windows) > 1:
        header = ("days", "per customer left alone", "customers needed", "customers there are", "enough")
        rows = [
            (f"{each.days}", each.told, f"{each.needed:,}", f"{each.customers:,}", "yes" if each.enough else "no") for each in found.windows
        ]
        print_table(header, rows)


def _show_assignment(found: Assigned, *, quiet: bool) -> None:
    if not quiet:
        for words in found.words:
            typer.echo(words)
    typer.echo(str(found.assignment))


def _show_analysis(found: Analysed, *, quiet: bool) -> None:
    if not quiet:
        for words in found.words:
            typer.echo(words)
    typer.echo(str(found.file))
