"""Pictures of what came in: where the rows of each table went."""

from __future__ import annotations

from collections.abc import Sequence

from segmentry.plots.numbers import count, share
from segmentry.plots.theme import BLUE, GREY, VERMILION, Figure, axis, inert, label, layout
from segmentry.tables.dataset import Accepted

_PARTS = (("accepted", "Accepted", BLUE), ("duplicates", "Duplicates", GREY), ("quarantined", "Quarantined", VERMILION))


def flow(tables: Sequence[Accepted]) -> Figure:
    """Return one bar per table: the shares of its rows that were accepted, duplicates and in quarantine.

    Parameters
    ----------
    tables : sequence of Accepted

    Returns
    -------
    Figure
        Plain ``data`` and ``layout``.
    """
    rows = list(reversed(tables))
    places = list(range(len(rows)))
    data = []
    for field, words, colour in _PARTS:
        counts = [getattr(table.counts, field) for table in rows]
        parts = [found / max(table.counts.rows_in, 1) for found, table in zip(counts, rows, strict=True)]
        hover = [
            f"<b>{inert(table.schema.table)}</b><br>{words}: {count(found)} of {count(table.counts.rows_in)} rows ({share(part)})"
            for table, found, part in zip(rows, counts, parts, strict=True)
        ]
        data.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": words,
                "y": places,
                "x": parts,
                "marker": {"color": colour, "line": {"color": "#ffffff", "width": 1}},
                "hovertext": hover,
                "hoverinfo": "text",
            }
        )
    names = [label(table.schema.table, 24) for table in rows]
    return {
        "data": data,
        "layout": layout(
            96 + 38 * len(rows),
            margin={"l": 8, "r": 22, "t": 8, "b": 8},
            barmode="stack",
            bargap=0.35,
            showlegend=True,
            legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "traceorder": "normal"},
            xaxis=axis("Share of the table's rows", tickformat=".0%", range=[0, 1.001], tickvals=[0, 0.25, 0.5, 0.75, 1]),
            yaxis=axis(showgrid=False, tickvals=places, ticktext=names),
        ),
    }
