"""The commands people type. They parse, call the project, and print; they never compute."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Annotated

import typer

from segmentry.cli import experiments, plans
from segmentry.cli import roi as returning
from segmentry.cli.guard import guarded
from segmentry.cli.options import AsOf, Config, Encoding, Files, Out, Quiet, Seed, day_of, names_of, settings_of

app = typer.Typer(
    name="segmentry",
    help="From raw customer and transaction tables to segments one can trust.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    if wanted:
        from segmentry import __version__

        typer.echo(f"segmentry {__version__}")
        raise typer.Exit


@app.callback()
def segmentry(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")] = False,
) -> None:
    """From raw customer and transaction tables to segments one can trust."""


@app.command()
@guarded
def demo(
    customers: Annotated[int, typer.Option("--customers", min=200, max=5_000_000, help="Customers of the synthetic shop.")] = 3_000,
    out: Out = Path("out"),
    seed: Seed = None,
    quiet: Quiet = False,
) -> None:
    """Make a synthetic shop whose truth is known, run the main job on it, and compare."""
    from segmentry.cli.show import show_demo
    from segmentry.cli.terminal import teller
    from segmentry.project.demo import demo as make

    with teller(quiet=quiet) as listener:
        result = make(out, customers=customers, seed=7 if seed is None else seed, teller=listener)
    show_demo(result, quiet=quiet)


@app.command()
@guarded
def check(files: Files, config: Config = None, encoding: Encoding = None, quiet: Quiet = False) -> None:
    """Say what each column means, how it is written, and which rows are bad; write nothing."""
    from segmentry.cli.show import show_check
    from segmentry.cli.terminal import teller
    from segmentry.project.inspection import check as look

    settings = settings_of(config, encoding=encoding)
    with teller(quiet=quiet) as listener:
        reading = look(files, settings=settings, teller=listener)
    show_check(reading)


@app.command()
@guarded
def init(
    files: Files,
    config: Annotated[Path, typer.Option("--config", help="Settings file to write; must not exist yet.")] = Path("segmentry.toml"),
    encoding: Encoding = None,
) -> None:
    """Write a segmentry.toml with the roles that were inferred, to be corrected by hand."""
    from segmentry.project.inspection import write_settings

    path = write_settings(files, path=config, settings=settings_of(None, encoding=encoding))
    typer.echo(str(path))


@app.command()
@guarded
def describe(
    files: Files, out: Out = Path("out"), config: Config = None, encoding: Encoding = None, as_of: AsOf = None, quiet: Quiet = False
) -> None:
    """Look at the data: one page with distributions, pairs, outliers and written findings."""
    from segmentry.cli.terminal import teller
    from segmentry.project.inspection import describe as look

    settings = settings_of(config, encoding=encoding).over("run", as_of=day_of(as_of))
    with teller(quiet=quiet) as listener:
        report = look(files, out=out, settings=settings, teller=listener)
    typer.echo(str(report))


@app.command()
@guarded
def run(
    files: Files,
    out: Out = Path("out"),
    config: Config = None,
    as_of: AsOf = None,
    k: Annotated[int | None, typer.Option("--k", help="Number of segments; default is chosen from the data.")] = None,
    method: Annotated[
        str | None,
        typer.Option(
            "--method",
            metavar="A,B,…",
            help="kmeans (default), hierarchical, gmm, kprototypes, density; hierarchical-average, gmm-diag and the like; several are compared.",
        ),
    ] = None,
    segments: Annotated[
        str | None, typer.Option("--segments", metavar="MIN-MAX", help="Fewest and most segments the business can use; default 3-8.")
    ] = None,
    features: Annotated[
        str | None,
        typer.Option("--features", metavar="A,B,…", help="Features or columns that drive the segments; default is shown in the report."),
    ] = None,
    audit: Annotated[
        bool, typer.Option("--audit", help="Run again without each treatment in turn: what would the dirt have changed?")
    ] = False,
    previous: Annotated[
        Path | None,
        typer.Option("--previous", metavar="RUN", help="Folder of an earlier run: segments that are the same ones keep ids and names."),
    ] = None,
    seed: Seed = None,
    encoding: Encoding = None,
    quiet: Quiet = False,
) -> None:
    """The main job: from files to segments, a report and a model."""
    from segmentry.cli.show import show_run
    from segmentry.cli.terminal import teller
    from segmentry.project.run import run as start

    low, high = _span(segments)
    settings = (
        settings_of(config, encoding=encoding)
        .over("run", as_of=day_of(as_of), seed=seed, audit=audit or None)
        .over("segments", method=names_of(method, "--method"), k=k, minimum=low, maximum=high, features=names_of(features, "--features"))
    )
    with teller(quiet=quiet) as listener:
        result = start(*files, out=out, settings=settings, teller=listener, previous=previous)
    show_run(result, quiet=quiet)


@app.command()
@guarded
def predict(
    files: Files,
    target: Annotated[
        str | None,
        typer.Option("--target", metavar="COLUMN", help='Who answered: a yes/no column, a campaign, or "purchase" for who buys again.'),
    ] = None,
    horizon: Annotated[
        int | None, typer.Option("--horizon", metavar="DAYS", help="Days to look ahead; default 365, with --target purchase 90.")
    ] = None,
    margin: Annotated[float | None, typer.Option("--margin", help="Share of net revenue that is kept, such as 0.3.")] = None,
    discount: Annotated[float | None, typer.Option("--discount", help="Discount per year; default 0.1.")] = None,
    cost: Annotated[float | None, typer.Option("--cost", help="Cost of one contact; default is found in the data.")] = None,
    revenue: Annotated[float | None, typer.Option("--revenue", help="Revenue of one answer; default is found in the data.")] = None,
    out: Out = Path("out"),
    config: Config = None,
    as_of: AsOf = None,
    seed: Seed = None,
    encoding: Encoding = None,
    quiet: Quiet = False,
) -> None:
    """Foretell what customers may be worth and who will answer, without making segments."""
    from segmentry.cli.show import show_prediction
    from segmentry.cli.terminal import teller
    from segmentry.project.predicting import predict as start

    settings = (
        settings_of(config, encoding=encoding)
        .over("run", as_of=day_of(as_of), seed=seed)
        .over("value", horizon=horizon, margin=margin, discount=discount)
        .over("response", target=target, horizon=horizon if target == "purchase" else None, cost=cost, revenue=revenue)
    )
    with teller(quiet=quiet) as listener:
        result = start(*files, out=out, settings=settings, teller=listener)
    show_prediction(result, quiet=quiet)


@app.command()
@guarded
def compare(
    run_a: Annotated[Path, typer.Argument(metavar="RUN_A", help="Folder of the earlier run.")],
    run_b: Annotated[Path, typer.Argument(metavar="RUN_B", help="Folder of the later run.")],
    out: Out = Path("out"),
    quiet: Quiet = False,
) -> None:
    """Compare two runs: who moved and why, what the model changed, what is at stake; one page for sign-off."""
    from segmentry.cli.terminal import teller
    from segmentry.project.comparing import compare as start

    with teller(quiet=quiet) as listener:
        page = start(run_a, run_b, out=out, teller=listener)
    typer.echo(str(page))


@app.command()
@guarded
def score(
    files: Files,
    model: Annotated[Path, typer.Option("--model", help="Folder 'model' of a finished run.")],
    out: Out = Path("out"),
    config: Config = None,
    as_of: AsOf = None,
    encoding: Encoding = None,
    quiet: Quiet = False,
) -> None:
    """Put new customers into the segments of a finished run; the model stays as it is."""
    from segmentry.cli.terminal import teller
    from segmentry.project.scoring import score as start

    settings = settings_of(config, encoding=encoding).over("run", as_of=day_of(as_of))
    with teller(quiet=quiet) as listener:
        result = start(*files, model=model, out=out, settings=settings, teller=listener)
    typer.echo(str(result))


app.add_typer(experiments.app)
app.command()(experiments.selfcheck)
app.command()(returning.roi)
app.command()(plans.plan)
app.command()(plans.uplift)


def main() -> None:
    """Start the command line."""
    # Stopped by the system like stopped by hand: scratch folders, which hold customers' rows, are removed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    app()


def _span(text: str | None) -> tuple[int | None, int | None]:
    from segmentry.errors import UsageError

    if text is None:
        return None, None
    low, dash, high = text.partition("-")
    if not (low.strip().isdecimal() and (high.strip().isdecimal() or not dash)):
        raise UsageError(f"--segments is {text!r}; allowed is MIN-MAX such as 3-8. Give two whole numbers.")
    return int(low), int(high if dash else low)
