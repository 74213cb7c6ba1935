"""Who bought which product: against pandas and by hand; nothing after the last day is looked at, and other tables stay as they were."""

from __future__ import annotations

import datetime

import pandas as pd
import pytest
from tests.features.making import AS_OF, DAY, random_lines, shop

from segmentry.engines.duckdb import DuckEngine
from segmentry.errors import NotEnoughData, UsageError
from segmentry.features.copurchases import Copurchases, copurchases


def of(lines: pd.DataFrame, *, customers: int = 60, **options: object) -> Copurchases:
    with DuckEngine() as engine:
        return copurchases(engine, shop(engine, lines, customers=customers), **options)  # type: ignore[arg-type]


def rows(found: Copurchases) -> list[tuple[int, str, int, int]]:
    products = [found.products[place] for place in found.product]
    return list(zip(found.customer.tolist(), products, found.last.tolist(), found.days.tolist(), strict=True))


def small(*lines: tuple[int, str, int, float], **columns: list[object]) -> pd.DataFrame:
    """Return lines of customer, product, days before the as-of day, amount."""
    frame = pd.DataFrame(lines, columns=["customer", "product", "day", "amount"]).assign(**columns)
    frame["day"] = DAY - frame["day"]
    return frame.assign(quantity=frame["amount"].map(lambda amount: 1.0 if amount >= 0 else -1.0))


@pytest.mark.parametrize("back", [0, 150])
def test_pairs_are_those_of_pandas_where_nothing_is_returned(back: int) -> None:
    lines = random_lines(900, 60, 3)
    lines = lines[lines["amount"] > 0]
    found = of(lines, until=AS_OF - datetime.timedelta(days=back))
    seen = lines[lines["day"] <= DAY - back].groupby(["customer", "product"])["day"].agg(["max", "nunique"]).reset_index()
    assert rows(found) == [tuple(row) for row in seen.itertuples(index=False)]
    assert found.until == AS_OF - datetime.timedelta(days=back)


def test_what_was_taken_back_and_what_is_no_product_does_not_count() -> None:
    lines = small(
        (0, "vase", 9, 5.0), (0, "POST", 9, 3.0), (0, "lamp", 8, 7.0), (0, "lamp", 2, -7.0), extra=[False, True, False, False]
    )  # fmt: skip
    assert rows(of(lines, customers=1)) == [(0, "vase", DAY - 9, 1)]
    # On the day before the return nobody knew of it.
    earlier = of(lines, customers=1, until=AS_OF - datetime.timedelta(days=3))
    assert [row[1] for row in rows(earlier)] == ["lamp", "vase"]


def test_two_spans_share_the_numbers_of_products_when_asked() -> None:
    lines = small((0, "b", 9, 1.0), (0, "a", 3, 1.0), (1, "c", 2, 1.0), (0, "b", 1, 1.0))
    with DuckEngine() as engine:
        dataset = shop(engine, lines, customers=2)
        whole = copurchases(engine, dataset)
        cut = AS_OF - datetime.timedelta(days=4)
        before, later = (
            copurchases(engine, dataset, until=cut, products=whole.products),
            copurchases(engine, dataset, after=cut, products=whole.products),
        )
    assert before.products == later.products == whole.products == ("a", "b", "c")
    assert rows(before) == [(0, "b", DAY - 9, 1)]
    assert rows(later) == [(0, "a", DAY - 3, 1), (0, "b", DAY - 1, 1), (1, "c", DAY - 2, 1)]
    assert rows(whole)[1] == (0, "b", DAY - 1, 2)
    assert sum(before.days) + sum(later.days) == sum(whole.days)


def test_the_table_of_days_stays_as_it_was() -> None:
    with DuckEngine() as engine:
        dataset = shop(engine, random_lines(50, 9, 1), customers=9)
        copurchases(engine, dataset)
        assert not any(name.startswith("__") for (name,) in engine.rows("SELECT table_name FROM information_schema.tables"))


def test_without_products_or_with_days_in_the_wrong_order_the_message_says_what_to_do() -> None:
    lines = small((0, "b", 9, 1.0))
    with pytest.raises(NotEnoughData, match="add a column with the product of each line"):
        of(lines.drop(columns="product"), customers=1)
    with pytest.raises(UsageError, match="until must be the later one"):
        of(lines, customers=1, after=AS_OF)
