"""``segmentry roi``: what campaigns brought, printed as tables and sentences."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from segmentry.cli.guard import guarded
from segmentry.cli.options import AsOf, Config, Encoding, Files, Out, Quiet, Seed, day_of, settings_of

if TYPE_CHECKING:
    from segmentry.plans.returns import Earned, Returns
    from segmentry.project.roi import Roi
    from segmentry.results import Estimate


@guarded
def roi(
    files: Files,
    run: Annotated[
        Path | None, typer.Option("--run", metavar="RUN", help="Folder of a finished run: the figures are told by its segments too.")
    ] = None,
    days: Annotated[
        int | None, typer.Option("--days", metavar="DAYS", help="Days from a contact on in which purchases count; default 30.")
    ] = None,
    margin: Annotated[float | None, typer.Option("--margin", help="Share of revenue that is kept, such as 0.3.")] = None,
    out: Out = Path("out"),
    config: Config = None,
    as_of: AsOf = None,
    seed: Seed = None,
    encoding: Encoding = None,
    quiet: Quiet = False,
) -> None:
    """What campaigns brought: spend, revenue and profit by campaign, channel and segment; incremental only where a lot left customers alone."""
    from segmentry.cli.terminal import teller
    from segmentry.project.roi import roi as start

    settings = settings_of(config, encoding=encoding).over("run", as_of=day_of(as_of), seed=seed).over("returns", days=days, margin=margin)
    with teller(quiet=quiet) as listener:
        result = start(*files, run=run, out=out, settings=settings, teller=listener)
    show(result, quiet=quiet)


def show(result: Roi, *, quiet: bool) -> None:
    """Print what campaigns brought, and where the page is."""
    if not quiet:
        found = result.returns
        _tables(found)
        for words in (*found.words, *found.missing):
            typer.echo(words)
        told = [f"- {line.name}: {line.words}" for line in found.campaigns if line.trial]
        # Of overlapping campaigns one sentence speaks for all.
        told += [
            f"- {line.name}: {words}" for line in found.campaigns for words in line.cautions if not words.startswith("At the same time")
        ]
        for words in dict.fromkeys(told[:_MOST]):
            typer.echo(words)
        if len(told) > _MOST:
            typer.echo(f"… and {len(told) - _MOST} more in returns.csv.")
    typer.echo(str(result.report))


def _tables(found: Returns) -> None:
    from segmentry.cli.show import print_table

    gross = [line for line in found.campaigns if line.incremental is None]
    parts = (
        ("campaign, gross", [(_titled(line.name, line.channel), line.earned) for line in gross]),
        ("channel, gross", [(part.channel or "not known", part.earned) for part in found.channels]),
        ("segment, gross", [(part.name, part.earned) for part in found.segments]),
    )
    for title, rows in parts:
        if rows:
            print_table((title, *_HEADERS), [(name, *_cells(each, found.currency)) for name, each in rows])
    tried = [line for line in found.campaigns if line.incremental is not None]
    if tried:
        print_table(
            ("tried by lot", "treated", "more buyers", "more revenue", "spend", "more profit"),
            [
                (
                    _titled(line.name, line.channel),
                    f"{line.incremental.treated:,}",
                    _told(line.incremental.buyers),
                    _told(line.incremental.revenue),
                    _money(line.earned.spend, found.currency),
                    _told(line.incremental.profit),
                )
                for line in tried
                if line.incremental is not None
            ],
        )


_MOST = 20
_HEADERS = ("contacts", "answers", "rate (95 %)", "spend", "revenue", "profit", "ROI")


def _titled(name: str, channel: str) -> str:
    return f"{name} ({channel})" if channel and channel.casefold() not in name.casefold() else name


def _cells(found: Earned, currency: str) -> tuple[str, ...]:
    from segmentry.plots import numbers

    if found.hidden:
        return ("under 5", *("" for _ in _HEADERS[1:]))
    rate = (
        "–"
        if found.rate is None
        else f"{numbers.share(found.rate.value)} ({numbers.share(found.rate.low)[:-1]}–{numbers.share(found.rate.high)[:-1]})"
    )
    return (
        numbers.count(found.contacts),
        numbers.count(found.answered),
        rate,
        _money(found.spend, currency),
        _money(found.gross, currency),
        _money(found.gross_profit, currency),
        numbers.number(found.gross_roi),
    )


def _money(value: float | None, currency: str) -> str:
    from segmentry.plots import numbers

    return numbers.money(value, currency)


def _told(found: Estimate | None) -> str:
    from segmentry.plans.evidence import told

    return "–" if found is None else told(found)
