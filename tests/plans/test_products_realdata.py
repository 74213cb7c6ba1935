"""Suggestions on two public data sets: better than popularity at the wholesaler, no better at the grocer, whose data is a sample of lines."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import pytest

from segmentry.engines.duckdb import DuckEngine
from segmentry.features.copurchases import Copurchases, copurchases
from segmentry.features.windows import day_of
from segmentry.plans.bought import Bought
from segmentry.plans.hitrates import HitRates, hit_rates
from segmentry.project.progress import Journal
from segmentry.project.reading import read_dataset
from segmentry.project.settings import parse

pytestmark = pytest.mark.realdata
Find = Callable[[str], Path]
HELD_OUT = 28


class Silent:
    def __getattr__(self, _: str) -> Callable[..., None]:
        return lambda *_, **__: None


def spans(*files: Path) -> tuple[Bought, Bought]:
    """Return what was bought up to the last weeks, and in them."""
    with DuckEngine() as engine:
        dataset = read_dataset(engine, files, parse({}), Journal(Silent())).dataset  # type: ignore[arg-type]
        assert dataset.as_of is not None
        cut = dataset.as_of - datetime.timedelta(days=HELD_OUT)
        products = copurchases(engine, dataset).products
        before = copurchases(engine, dataset, until=cut, products=products)
        return as_bought(before), as_bought(copurchases(engine, dataset, after=cut, products=products))


def as_bought(found: Copurchases) -> Bought:
    return Bought(found.customers, found.products, found.customer, found.product, found.last, found.days, day_of(found.until))


def rates(found: HitRates) -> dict[str, float]:
    return {each.name: each.rate.value for each in found.rates}


def test_suggestions_beat_popularity_at_the_wholesaler(realdata: Find) -> None:
    before, later = spans(realdata("online-retail/online_retail.csv.gz"))
    assert "POST" not in before.products
    new, anything = hit_rates(before, later, k=10)
    assert new.customers == pytest.approx(1188, abs=30)
    assert rates(new) == pytest.approx({"suggestions": 0.486, "popular": 0.233, "popular lately": 0.353}, abs=0.02)
    assert new.better
    # Own products bought most often are hard to beat, and it says so.
    assert not anything.better
    assert anything.baseline == "repeat"


def test_suggestions_are_not_called_better_where_lines_are_a_sample(realdata: Find) -> None:
    before, later = spans(*(realdata(f"complete-journey/{name}.csv.gz") for name in ("transactions_sample", "demographics", "products")))
    new, anything = hit_rates(before, later, k=10)
    assert new.customers == pytest.approx(1432, abs=30)
    assert rates(new)["suggestions"] == pytest.approx(rates(new)["popular"], abs=0.02)
    assert not new.better
    assert not anything.better
    assert "no better than the plain rule" in new.words
