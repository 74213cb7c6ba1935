"""Made-up stories that look like real ones: a shop with purchases, a snapshot without money, one that is nasty throughout."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Literal

import numpy as np
import pytest

from segmentry.explore.columns import summarise
from segmentry.explore.findings import findings
from segmentry.explore.pairs import associate
from segmentry.matrix import Column, Matrix
from segmentry.reports.story import Prepared, Quarantined, Story
from segmentry.results import Note, Treatment
from segmentry.segments.projection import project
from segmentry.segments.results import Candidate, Difference, Gap, Range, SegmentProfile, Selection, Share, Stability, Strategy, Structure
from segmentry.sources.raw import RawTable
from segmentry.tables.dataset import Accepted, Attribute, Counts, Dataset
from segmentry.tables.schema import Field, Schema

NASTY = "<script>alert(1)</script> </script> ${x} %{y} {{7*7}} & \"quoted\" 'too'"
NAMES = (
    "Loyal big spenders",
    "Recent regulars",
    "Bargain hunters on the web",
    "Occasional gift buyers",
    "New and promising",
    "Drifting away",
    "Lapsed one-timers",
    "Families with small baskets and many visits a year",
)
SHOP = (
    ("annual_spend", "Annual spend", "money", "", (5200, 2100, 900, 620, 380, 700, 150, 1300)),
    ("recency", "Days since last purchase", "days", "days", (12, 25, 48, 90, 20, 210, 320, 33)),
    ("frequency", "Purchases per year", "count", "per year", (34, 18, 11, 4, 3, 6, 1.4, 22)),
    ("order_value", "Average order value", "money", "", (153, 117, 82, 155, 127, 117, 107, 59)),
    ("discount_share", "Share bought at a discount", "share", "", (0.06, 0.12, 0.52, 0.09, 0.18, 0.15, 0.2, 0.31)),
    ("online_share", "Share bought online", "share", "", (0.31, 0.42, 0.86, 0.35, 0.72, 0.4, 0.3, 0.55)),
    ("distinct", "Distinct products", "count", "", (120, 61, 44, 9, 8, 22, 3, 51)),
    ("tenure", "Customer for", "days", "days", (900, 700, 500, 650, 90, 820, 700, 600)),
    ("income", "Household income", "money", "", (88000, 61000, 38000, 52000, 45000, 50000, 39000, 47000)),
    ("children", "Children at home", "count", "", (0.3, 0.8, 1.4, 0.6, 0.9, 1.0, 1.1, 2.2)),
    ("birth_year", "Year of birth", "number", "year", (1962, 1970, 1984, 1968, 1992, 1971, 1966, 1981)),
    ("answered", "Answered the last campaign", "flag", "", (0.31, 0.18, 0.14, 0.05, 0.12, 0.03, 0.01, 0.11)),
)
LEVELS = ("Wine", "Meat", "Fish", "Sweets", "Fruit", "Gold and gifts", "Household", "Garden", "Books", "Toys", "Electronics")
PLAYBOOK = Strategy(
    "Keep them close",
    "Early access to new ranges and a personal contact, before any discount.",
    "A preview evening or a small gift with the fourth order of the year.",
    "E-mail first, then the shop; they answer campaigns more often than others.",
    "Hold one in ten back at random and compare spend over 90 days.",
)


def make_story(
    *,
    segments: int = 5,
    customers: int = 3000,
    amounts: bool = True,
    dates: bool = True,
    more_columns: int = 0,
    nasty: bool = False,
    aside: bool = False,
    verdict: Literal["segments", "slices", "not enough data"] = "segments",
) -> Story:
    """Make a story whose figures fit together."""
    rng = np.random.default_rng(3)
    weights = np.array([0.08, 0.2, 0.16, 0.22, 0.12, 0.1, 0.09, 0.03])[:segments]
    which = np.sort(rng.choice(segments, size=customers, p=weights / weights.sum()))
    specs = [spec for spec in SHOP if amounts or spec[2] != "money"]
    specs += [
        (f"extra_{place}", f"Share of spend on assortment number {place}", "share", "", tuple(rng.uniform(0.05, 0.6, 8)))
        for place in range(more_columns)
    ]
    values = np.column_stack([_draw(rng, which, kind, np.asarray(centres, dtype=float)) for _, _, kind, _, centres in specs])
    values[rng.random(customers) < 0.04, -1] = np.nan
    matrix = _matrix(rng, specs, values, nasty=nasty)
    columns, association = summarise(matrix), associate(matrix)
    profiles = tuple(_profile(place, which, specs, values, amounts=amounts, nasty=nasty) for place in range(segments))
    if aside:
        profiles = (
            *profiles,
            SegmentProfile(
                0,
                "Set aside: wholesale buyers",
                "set aside",
                12,
                0.004,
                250000.0 if amounts else None,
                0.08 if amounts else None,
                (),
                (),
                (),
                "Twelve buyers order like shops.",
            ),
        )
    used = tuple(name for name, *_ in specs[:7])
    return Story(
        dataset=_dataset(customers, dates=dates, amounts=amounts), title=NASTY if nasty else "Spring 2014: whom to invite, whom to win back",
        purpose="Decide which customers get the spring catalogue, and which offer comes with it.",
        background="The shop sells food and gifts in eleven categories, in one store and on the web.", audience="the board",
        tables=_tables(nasty=nasty), raws=_raws(), treatments=_treatments(nasty=nasty), notes=_notes(nasty=nasty),
        quarantine=(Quarantined("transactions", "invoice_date", "BAD_DATE", 412, "The date cannot be read.", "Correct the date in the source."), Quarantined("transactions", "customer_id", "NO_CUSTOMER", 138, "The row names no customer.", "Nothing, if these are guests.")),
        findings=findings(columns, association), columns=columns, association=association, selection=_selection(segments, customers), structure=_structure(segments, verdict), stability=_stability(segments, customers), profiles=profiles,
        projection=project(_space(values[:, : len(used)]), which.astype(np.int64) + 1, used, seed=1), used=used,
        preparation=tuple(Prepared(words, "logarithm, then standardised" if kind == "money" else "standardised", 0.0 if place else 0.021, "long tail to the right" if kind == "money" else "") for place, (_, words, kind, _, _) in enumerate(specs[:7])),
        set_aside="Twelve customers with orders far above all others were set aside." if aside else "", currency="£" if amounts else "",
        versions={"segmentry": "0.1.0", "numpy": "2.4.6", "python": "3.11"}, seed=7, settings={"segments": {"minimum": 3, "maximum": 8}, "run": {"seed": 7}}, command="segmentry run /srv/data/transactions.csv --out out", run="transactions",
    )  # fmt: skip


def _draw(rng: np.random.Generator, which: np.ndarray, kind: str, centres: np.ndarray) -> np.ndarray:
    middle = centres[which]
    if kind == "flag":
        return (rng.random(len(which)) < middle).astype(float)
    if kind == "share":
        return np.clip(rng.normal(middle, 0.1), 0, 1)
    if centres.min() > 1900:
        return np.round(rng.normal(middle, 9))
    drawn = middle * rng.lognormal(0, 0.45, len(which))
    return np.round(drawn) if kind in ("count", "days") else drawn


def _profile(place: int, which: np.ndarray, specs: list, values: np.ndarray, *, amounts: bool, nasty: bool) -> SegmentProfile:
    own, rest = values[which == place], values[which != place]
    ranges, differences = [], []
    for column, (name, *_) in enumerate(specs):
        seen, other = own[:, column][np.isfinite(own[:, column])], rest[:, column][np.isfinite(rest[:, column])]
        q1, median, q3 = np.quantile(seen, [0.25, 0.5, 0.75])
        ranges.append(Range(name, float(q1), float(median), float(q3), float(seen.mean()), len(seen)))
        differences.append(
            Difference(name, float((seen.mean() - other.mean()) / np.nanstd(values[:, column])), float(seen.mean()), float(other.mean()))
        )
    if nasty:
        differences.append(Difference("nasty", 3.0, 0.9, 0.2, NASTY))
    spend = values[:, 0].sum() if amounts else 1.0
    mine = own[:, 0].sum() if amounts else 0.0
    bought = tuple(
        Share("favourite", level, share, overall, len(own))
        for level, share, overall in (
            ("Wine", 0.46 - 0.03 * place, 0.3),
            ("Meat", 0.22, 0.2),
            ("Sweets", 0.04 + 0.02 * place, 0.1),
            ("Toys", 0.03, 0.02),
        )
    )
    return SegmentProfile(
        id=place + 1, name=NASTY if nasty and place == 0 else NAMES[place], kind="cluster", customers=len(own), share=len(own) / len(which),
        revenue=float(mine) if amounts else None, revenue_share=float(mine / spend) if amounts else None, ranges=tuple(ranges), shares=bought, differences=tuple(differences),
        summary="They buy often, at full price, and mostly wine and meat. The last purchase is typically less than two weeks ago.",
        consequences=("Range: keep wine and meat deep; sweets add little here.", "Price: full price is accepted; discounts would give money away.", "Channel: two in three orders come from the store, so invite there."),
        strategy=PLAYBOOK,
    )  # fmt: skip


def _dataset(customers: int, *, dates: bool, amounts: bool) -> Dataset:
    has = frozenset({"lines", "lines.amount"} if amounts and dates else set())
    return Dataset(
        "transactions" if has else "snapshot", datetime.date(2014, 2, 28), "the last day of purchase in the data" if dates else "no date in the data", customers,
        (Attribute("Income", "income", "money", "Household income"), Attribute("Joined", "joined", "date", "Customer since") if dates else Attribute("Age", "age", "number", "Age")),
        has, "£" if amounts else "", datetime.date(2012, 7, 30) if has else None,
    )  # fmt: skip


def _tables(*, nasty: bool) -> tuple[Accepted, ...]:
    fields = (
        Field("customer_id", "id", "id", "its name says id, and 3,000 of 3,000 differ"),
        Field("invoice_date", "date", "date", "every cell reads as a date, day first"),
        Field(NASTY if nasty else "amount", "amount", "money", "numbers with two decimals named amount"),
        Field("e_mail", "identifier", "text", "99 % of the cells look like e-mail addresses"),
    )
    purchases = Schema("transactions", "transactions", "Many rows per customer, with a date and an amount.", fields)
    people = Schema("customers", "customers", "One row per customer.", fields[:1])
    return (
        Accepted(purchases, "t", "q", Counts(61250, 60112, 550, 588), "9f86d081884c7d659a2feaa0c55ad015"),
        Accepted(people, "t2", "q2", Counts(3010, 3000, 0, 10), "60303ae22b998861bce3b28f33eec1be"),
    )


def _raws() -> tuple[RawTable, ...]:
    return (
        RawTable(
            "transactions",
            "r",
            "j",
            ("customer_id",),
            61250,
            files=("transactions.csv",),
            form="CSV, ';' between fields, UTF-8 with BOM, CRLF line ends",
        ),
        RawTable("customers", "r2", "j2", ("customer_id",), 3010, files=("customers.csv",), form="CSV, ',' between fields, UTF-8"),
    )


def _treatments(*, nasty: bool) -> tuple[Treatment, ...]:
    return (
        Treatment(
            "exact_duplicates",
            588,
            "588 rows equal another in every column; the first of each was kept.",
            "transactions",
            money=12840.5,
            setting="cleaning.exact_duplicates",
        ),
        Treatment(
            "net_returns",
            1204,
            "1,204 returns were netted against their purchases.",
            "transactions",
            money=-30450.0,
            setting="cleaning.net_returns",
        ),
        Treatment(
            "impossible_values",
            3,
            "3 years of birth lie more than 110 years back and were taken as missing.",
            "customers",
            NASTY if nasty else "Year_Birth",
            setting="cleaning.impossible_values",
        ),
    )


def _notes(*, nasty: bool) -> tuple[Note, ...]:
    return (
        Note("decimal", "Amounts are written with a decimal comma; the whole column agrees."),
        Note("lines_not_baskets", "This sample is of lines, not of baskets: 1.6 lines a basket, so order values are not meant.", "warning"),
        Note(
            "nasty", NASTY if nasty else "Ids are whole numbers written with .0 in one of the two tables; they were read as the same ids."
        ),
    )


def _matrix(rng: np.random.Generator, specs: list, values: np.ndarray, *, nasty: bool) -> Matrix:
    columns = [
        Column(name, NASTY if nasty and place == 2 else words, kind, unit) for place, (name, words, kind, unit, _) in enumerate(specs)
    ]
    favourites = rng.choice(len(LEVELS), size=len(values), p=np.array([30, 20, 12, 10, 8, 6, 5, 4, 2, 2, 1]) / 100).astype(float)
    columns.append(Column("favourite", "Favourite category", "category", levels=LEVELS))
    columns.append(Column("nasty", NASTY if nasty else "Newsletter", "category", levels=(NASTY if nasty else "yes", "no")))
    ids = np.array([f"c{place:06}" for place in range(len(values))], dtype=object)
    return Matrix(ids, tuple(columns), np.column_stack([values, favourites, rng.integers(0, 2, len(values))]))


def _selection(k: int, n: int) -> Selection:
    tried = tuple(
        Candidate(j, 9000 / j**0.8, 0.48 - 0.04 * abs(j - k), 2100 - 150 * abs(j - k), 0.8 + 0.07 * abs(j - k), n // (2 * j), min(n, 10000))
        for j in range(2, 11)
    )
    return Selection(
        k,
        tried,
        f"{k} segments have the best silhouette (0.48) and the best Davies-Bouldin of all numbers from 3 to 8.",
        (f"{k - 1} segments come close (silhouette 0.44) and would merge the two smallest.",),
        "7 features, transformed and standardised",
    )


def _structure(k: int, verdict: Literal["segments", "slices", "not enough data"]) -> Structure:
    if verdict == "not enough data":
        return Structure(verdict, "There are too few customers to tell groups from slices.", k, customers=90)
    words = (
        "The segments are groups of their own."
        if verdict == "segments"
        else "There are no natural segments: these are slices of a continuum."
    )
    gaps = tuple(Gap((place, place + 1), 0.9, 0.5, place % 2 == 1) for place in range(1, k))
    return Structure(verdict, words, k, 0.48, (0.3, 0.33), 0.01, 0.9, (0.5, 0.7), gaps, 0.45, 2000, 99)


def _stability(k: int, n: int) -> Stability:
    votes = np.ones(n)
    votes[:7] = 0.4
    return Stability(0.8, 0.7, (0.95, 0.9, 0.8, 0.7, 0.5, 0.9, 0.9, 0.9)[:k], votes, 20, n)


def _space(values: np.ndarray) -> np.ndarray:
    space = np.log1p(np.abs(np.nan_to_num(values)))
    return (space - space.mean(axis=0)) / space.std(axis=0)


@pytest.fixture(scope="session")
def story() -> Callable[..., Story]:
    """Return the maker of made-up stories."""
    return make_story
