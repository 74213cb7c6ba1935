"""``segmentry plan`` and ``segmentry uplift``: who gets which offer, whom a treatment changes; printed as sentences and small tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from segmentry.cli.guard import guarded
from segmentry.cli.options import AsOf, Config, Encoding, Files, Out, Quiet, Seed, day_of, names_of, settings_of

if TYPE_CHECKING:
    from segmentry.project.plan import Plan
    from segmentry.project.uplifting import Lifted

Randomised = Annotated[
    bool | None, typer.Option("--randomised/--not-randomised", help="The treatment was given by lot; without a lot no effect is claimed.")
]
Treatment = Annotated[
    str | None, typer.Option("--treatment", metavar="COLUMN", help="Column that says who was given what; default is found.")
]


@guarded
def plan(
    files: Files,
    budget: Annotated[float | None, typer.Option("--budget", help="Most money to spend; default is no limit.")] = None,
    offers: Annotated[
        Path | None, typer.Option("--offers", metavar="FILE", help="TOML file with [[offers]]; default are those of the settings.")
    ] = None,
    run: Annotated[
        Path | None, typer.Option("--run", metavar="RUN", help="Folder of a finished run whose segments are used; default makes them.")
    ] = None,
    holdout: Annotated[
        float | None, typer.Option("--holdout", metavar="SHARE", help="Share of customers left alone by lot; default 0.1.")
    ] = None,
    treatment: Treatment = None,
    randomised: Randomised = None,
    out: Out = Path("out"),
    config: Config = None,
    as_of: AsOf = None,
    seed: Seed = None,
    encoding: Encoding = None,
    quiet: Quiet = False,
) -> None:
    """Who gets which offer under a budget, what that may earn and what it rests on; an experiment where nobody can say."""
    from segmentry.cli.terminal import teller
    from segmentry.project.offering import with_offers
    from segmentry.project.plan import plan as start

    settings = (
        with_offers(settings_of(config, encoding=encoding), offers)
        .over("run", as_of=day_of(as_of), seed=seed)
        .over("plan", budget=budget, holdout=holdout)
        .over("trial", treatment=treatment, randomised=randomised)
    )
    with teller(quiet=quiet) as listener:
        result = start(*files, run=run, out=out, settings=settings, teller=listener)
    show_plan(result, quiet=quiet)


@guarded
def uplift(
    files: Files,
    treatment: Treatment = None,
    outcome: Annotated[
        str | None,
        typer.Option("--outcome", metavar="A,B,…", help="Columns that say what customers did; the first decides; default is found."),
    ] = None,
    randomised: Randomised = None,
    cost: Annotated[float | None, typer.Option("--cost", help="Cost of treating one customer; default is found in the data.")] = None,
    revenue: Annotated[float | None, typer.Option("--revenue", help="What one answer brings; default is found in the data.")] = None,
    out: Out = Path("out"),
    config: Config = None,
    as_of: AsOf = None,
    seed: Seed = None,
    encoding: Encoding = None,
    quiet: Quiet = False,
) -> None:
    """Whom a treatment changes, learned from a trial by lot; "no evidence that customers differ" is an answer."""
    from segmentry.cli.terminal import teller
    from segmentry.project.uplifting import uplift as start

    settings = (
        settings_of(config, encoding=encoding)
        .over("run", as_of=day_of(as_of), seed=seed)
        .over("trial", treatment=treatment, outcome=names_of(outcome, "--outcome"), randomised=randomised)
        .over("response", cost=cost, revenue=revenue)
    )
    with teller(quiet=quiet) as listener:
        result = start(*files, out=out, settings=settings, teller=listener)
    show_uplift(result, quiet=quiet)


def show_plan(result: Plan, *, quiet: bool) -> None:
    """Print who gets what, what that rests on, and where the page is."""
    if not quiet:
        planned = result.planned
        if planned.segmenting is not None:
            typer.echo(planned.segmenting.words)
        if planned.allocation is not None:
            _portions(result)
            for part in planned.allocation.eligibility.exclusions:
                if part.customers:
                    typer.echo(f"- {part.words}")
            _money(result)
        for each in planned.figures:
            typer.echo(f"{each.offer}: {each.figure.words}")
        if planned.replay is not None:
            typer.echo(planned.replay.words)
        for note in planned.notes:
            if note.level == "warning":
                typer.echo(f"Note: {note.words}")
    typer.echo(str(result.page))


def _money(result: Plan) -> None:
    """Print what limits and budgets bring, with what that rests on: the planner's own figures are no promise."""
    planned = result.planned
    limits = () if planned.allocation is None else planned.allocation.limits
    told = [*(limit.words for limit in limits), *(() if planned.frontier is None else planned.frontier.words)]
    if told:
        grades = "; ".join(f"{each.offer.name}: {each.grade}{', gross' * each.gross}" for each in planned.expected)
        typer.echo(f"By the planner's own figures ({grades}); the optimism of choosing is not removed, so read them as an upper end:")
    for words in told:
        typer.echo(f"- {words}")


def _portions(result: Plan) -> None:
    from segmentry.cli.show import print_table
    from segmentry.plots import numbers

    allocation, currency = result.planned.allocation, result.record["currency"]
    if allocation is None:
        return
    for title, parts in (("offer", allocation.by_offer), ("segment", allocation.by_segment)):
        if parts:
            print_table(
                (title, "customers", "of", "spend"),
                [
                    (
                        part.name,
                        "under 5" if part.customers is None else f"{part.customers:,}",
                        "under 5" if part.of is None else f"{part.of:,}",
                        numbers.money(part.spend, currency),
                    )
                    for part in parts
                ],
            )


def show_uplift(result: Lifted, *, quiet: bool) -> None:
    """Print the verdict, the advice, and where the page is."""
    from segmentry.plans.evidence import signed

    if not quiet:
        found = result.uplift
        typer.echo(result.analysis.verdict)
        typer.echo(found.words)
        if found.advice_words:
            typer.echo(found.advice_words)
        for average in found.averages:
            if average.net_incremental_revenue is not None:
                rate, net = average.counted, f"{average.net_incremental_revenue:,.2f}"
                typer.echo(
                    f"{average.name}: incremental response rate {signed(f'{rate.value:.4f} ({rate.low:.4f} to {rate.high:.4f})')}; "
                    f"net incremental revenue of those treated in the trial {signed(net)}"
                )
    typer.echo(str(result.page))
