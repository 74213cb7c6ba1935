"""What the commands print: plain words and small tables; stdout ends with the path of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from segmentry.tables.dataset import Counts

if TYPE_CHECKING:
    from segmentry.project.demo import Demo
    from segmentry.project.predicting import Prediction
    from segmentry.project.reading import Reading
    from segmentry.project.run import Run


def show_run(result: Run, *, quiet: bool) -> None:
    """Print the segments of a run and where its report is."""
    if not quiet:
        _print(_rows(result))
        _print_segments(result)
    typer.echo(str(result.report))


def show_demo(result: Demo, *, quiet: bool) -> None:
    """Print how much of the planted truth was found, and where the report is."""
    if not quiet:
        _print(_rows(result.run))
        _print_segments(result.run)
        found = f"adjusted Rand index {result.agreement:.3f} over {result.compared:,} customers (1 is perfect, 0 is chance)"
        _print(f"Planted segments recovered: {found}.")
        _print(_earned(result))
        print_table(("Planted dirt", "planted", "found"), [(name, f"{planted:,}", f"{found:,}") for name, planted, found in result.dirt])
    typer.echo(str(result.run.report))


def _earned(result: Demo) -> str:
    """Say what the plan of offers was expected to earn, and what it truly earns by the planted effects."""
    from segmentry.plans.evidence import Graded

    planned = result.plan.planned
    graded = [each.figure for each in planned.figures if isinstance(each.figure, Graded)]
    if planned.allocation is None or not graded:
        why = next((each.reason for each in planned.without), "no way of choosing was shown to bring more than it costs.")
        return f"No plan of offers: {why}\nMarketing impact: {result.plan.page}"
    ends = [each.interval for each in graded if each.interval]
    low, high = sum(end[0] for end in ends), sum(end[1] for end in ends)
    return (
        f"Plan of offers: {planned.allocation.treated:,} customers, expected to earn {sum(each.value for each in graded):,.0f} ({low:,.0f} to {high:,.0f}, "
        f"randomised); by the planted effects it earns {result.earned:,.0f}, the best plan within the same limits {result.best:,.0f}.\n"
        f"Marketing impact: {result.plan.page}"
    )


def show_prediction(result: Prediction, *, quiet: bool) -> None:
    """Print what was found, the fitted models, and where the report is."""
    if not quiet:
        for found in (result.record["value"], result.record["response"]):
            if found is not None:
                _print_found(found)
    typer.echo(str(result.report))


def _print_found(found: dict[str, Any]) -> None:
    if found["refusal"]:
        _print(f"Not foretold: {found['refusal']}")
        return
    for fit in (found.get("purchases"), found.get("spend")):
        if fit:
            params = ", ".join(f"{name} {value:.4g}" for name, value in fit["params"].items())
            _print(f"{fit['name']}: {params}; log-likelihood {fit['log_likelihood']:.2f}; {fit['customers']:,} customers")
    _print(found.get("verdict") or (found["holdout"] or {}).get("reason") or "Fitted without a hold-out.")


def show_check(reading: Reading) -> None:
    """Print the roles with their reasons, what was set aside and what was treated."""
    for schema in reading.inspection.schemas:
        _print(f"{schema.table}: {schema.kind} ({schema.reason})")
        print_table(
            ("column", "role", "kind", "written", "because"),
            [
                (
                    item.name,
                    item.role,
                    item.kind,
                    item.notation.date_format or ("decimal comma" if item.notation.decimal == "," else ""),
                    item.reason,
                )
                for item in schema.fields
            ],
        )
    for table in reading.accepted:
        _print(f"{table.schema.table}: {table.counts.words}")
    if reading.quarantine:
        print_table(("set aside because", "column", "rows"), [(code, column, f"{count:,}") for code, column, count in reading.quarantine])
    for treatment in reading.treatments:
        _print(f"- {treatment.words}")
    for note in sorted(reading.notes, key=lambda item: item.level != "warning"):
        _print(f"{'! ' if note.level == 'warning' else '- '}{note.words}")


def _rows(result: Run) -> str:
    rows = result.record["rows"]
    return Counts(rows["in"], rows["accepted"], rows["quarantined"], rows["duplicates"]).words


def _print_segments(result: Run) -> None:
    rows: list[tuple[str, ...]] = []
    for segment in result.record["segments"]:
        revenue = segment["revenue_share"]
        rows.append(
            (
                str(segment["id"]),
                segment["name"],
                f"{segment['customers']:,}",
                f"{segment['share']:.0%}",
                "" if revenue is None else f"{revenue:.0%}".replace("-0%", "0%"),
            )
        )
    print_table(("id", "segment", "customers", "of customers", "of revenue"), rows)


def _print(words: str) -> None:
    typer.echo(words)


def print_table(header: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    """Print a small table."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for title in header:
        drawn.add_column(title, overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(str(cell)) for cell in row))
    Console(highlight=False).print(drawn)
