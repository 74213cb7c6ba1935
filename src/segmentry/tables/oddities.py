"""What is odd about a transaction log as a whole, said before anybody reads a figure from it.

One account with most of the lines, customers of another size, a sample of lines instead of baskets, amounts in two units, several currencies.
Only the first two can change anything, and only by a setting; several currencies are refused.
"""

from __future__ import annotations

from collections.abc import Sequence

from segmentry.engines.engine import Engine, quoted
from segmentry.errors import DataRefused, Problem
from segmentry.results import Note, Treatment
from segmentry.tables.dataset import Accepted
from segmentry.tables.joins import cell
from segmentry.tables.treatments import CleaningOptions, Remarks, counted

DEFAULT_ACCOUNT = 0.8
LARGE_ACCOUNT = 0.5
MANY_PRODUCTS = 1000
FEW_LINES = 2.0
HUGE = 100
ABSURD = 1000
MANY_LINES = 1_000_000
HUNDRED = (80, 125)


def settle_currency(engine: Engine, tables: Sequence[Accepted]) -> tuple[str, Remarks]:
    """Return the currency of the data, if it says one.

    Returns
    -------
    str
        Code or symbol; empty when the data does not say.
    Remarks

    Raises
    ------
    DataRefused
        ``MIXED_CURRENCIES`` when a column of currencies holds more than one, or amounts are written with several symbols.
    """
    codes: dict[str, tuple[str, str]] = {}
    symbols: dict[str, tuple[str, str]] = {}
    for table in tables:
        for field in table.schema.fields:
            if field.notation.currency:
                symbols.setdefault(field.notation.currency, (table.schema.table, field.name))
        if named := table.schema.field("currency"):
            column = f"upper(trim({quoted(named.name)}::VARCHAR))"
            sql = f"SELECT DISTINCT {column} AS c FROM {quoted(table.table)} WHERE {column} <> '' ORDER BY c LIMIT 20"
            for row in engine.rows(sql):
                codes.setdefault(str(row[0]), (table.schema.table, named.name))
    for found in (codes, symbols):
        if len(found) > 1:
            raise _mixed(found)
    # A symbol beside a code is another way to write the same; a symbol alone was said when the notation was settled.
    for code, (name, column) in codes.items():
        return code, Remarks(notes=(Note("currency", f"Amounts are in {code}.", "info", name, column),))
    return next(iter(symbols), ""), Remarks()


def _mixed(found: dict[str, tuple[str, str]]) -> DataRefused:
    name, column = next(iter(found.values()))
    reason = f"amounts are in {len(found)} currencies ({', '.join(sorted(found))}); adding them up would mean nothing"
    return DataRefused(
        Problem("MIXED_CURRENCIES", reason, "convert the amounts to one currency, or run each currency on its own", name, column=column)
    )


def largest_account(engine: Engine, tables: Sequence[Accepted], options: CleaningOptions) -> tuple[str | None, Remarks]:
    """Find one id with most of all lines: a guest, till or default account rather than a customer.

    Returns
    -------
    str or None
        The id that is left out; None when there is none, or it is kept by setting.
    Remarks
        A warning from half of all lines on, a treatment when the account is left out (from 80 % on).
    """
    ids = " UNION ALL ".join(f"SELECT {cell(table, 'id')} AS id FROM {quoted(table.table)} t" for table in tables)
    counts = f"SELECT id, count(*) AS n FROM ({ids}) WHERE id IS NOT NULL GROUP BY id"
    found = engine.rows(f"SELECT id, n, sum(n) OVER ()::BIGINT, count(*) OVER () FROM ({counts}) ORDER BY n DESC, id LIMIT 1")
    if not found or found[0][3] < 10 or found[0][1] < LARGE_ACCOUNT * found[0][2]:
        return None, Remarks()
    account, count, total, _ = found[0]
    share = f"One id has {count / total:.0%} of all {total:,} lines: a guest, till or default account rather than a customer"
    if count < DEFAULT_ACCOUNT * total or options.default_account == "keep":
        return None, Remarks(notes=(Note("default_account", f"{share}? It is kept.", "warning", "lines"),))
    words = f'{share}. Left out; cleaning.default_account = "keep" keeps it.'
    treatment = Treatment("default_account", int(count), words, "lines", setting="cleaning.default_account")
    return str(account), Remarks((Note("default_account", words, "warning", "lines"),), (treatment,))


def odd_lines(engine: Engine, names: Sequence[str], has: frozenset[str]) -> Remarks:
    """Return what is odd about ``lines``.

    Parameters
    ----------
    engine : Engine
    names : sequence of str
        Names of the tables the lines come from; "sample" in one is a hint.
    has : frozenset of str
        What there is, as in `Dataset`.
    """
    remarks = _large_customers(engine)
    if {"lines.order_id", "lines.product"} <= has:
        remarks += _not_baskets(engine, names)
    if "lines.amount" in has:
        remarks += _unit_mix(engine) if "lines.product" in has else _unit_change(engine)
        remarks += _without_amount(engine) + _very_large_amounts(engine)
    return remarks


def zeros_lost(engine: Engine, tables: Sequence[Accepted]) -> Remarks:
    """Say so when ids of several tables would be the same without the zeros before them: one of the tables went through a spreadsheet."""
    if len(tables) < 2:
        return Remarks()
    digits = "regexp_full_match(id, '[0-9]+')"
    count = int(engine.rows(f"SELECT count(*) - count(DISTINCT ltrim(id, '0')) FROM __keys WHERE {digits}")[0][0])
    if not count:
        return Remarks()
    words = (
        f"{counted(count, 'id')} would be the same as another without the zeros before it, such as 0042 and 42; they are kept as different customers. "
        "Did one of the tables lose its zeros in a spreadsheet? Then export it again with the column as text."
    )
    return Remarks(notes=(Note("leading_zeros", words, "warning", "customers"),))


def _large_customers(engine: Engine) -> Remarks:
    counts = "SELECT count(*) AS n FROM lines GROUP BY customer"
    found = engine.rows(
        f"SELECT count_if(n > {HUGE} * p OR n >= {MANY_LINES}) FROM ({counts}), (SELECT quantile_disc(n, 0.99) AS p FROM ({counts}))"
    )
    count = int(found[0][0] or 0)
    if not count:
        return Remarks()
    words = (
        f"{counted(count, 'customer')} {'has' if count == 1 else 'have'} more than {HUGE} times the lines that 99 % of customers have: "
        "a robot or a reseller? Kept, but look at them before you trust a mean."
    )
    return Remarks(notes=(Note("very_large_customers", words, "warning", "lines"),))


def _not_baskets(engine: Engine, names: Sequence[str]) -> Remarks:
    """Say so when most orders have one line though there are many products: then this is a sample of lines."""
    sizes = "SELECT count(*) AS n FROM lines WHERE NOT extra AND order_id IS NOT NULL GROUP BY order_id"
    found = engine.rows(f"SELECT count(*), coalesce(sum(n), 0)::BIGINT, count_if(n = 1) FROM ({sizes})")
    products = int(engine.rows("SELECT count(*) FROM __products WHERE NOT extra")[0][0])
    orders, count, single = (int(number or 0) for number in found[0])
    hinted = any("sample" in name.casefold() for name in names)
    # A shop whose customers buy one thing at a time has few products; who stocks a thousand sells baskets.
    if not orders or count > FEW_LINES * orders or not (hinted or (products > MANY_PRODUCTS and single > 0.5 * orders)):
        return Remarks()
    words = (
        f"This looks like a sample of lines, not of baskets: {count / orders:.1f} lines a basket, {single / orders:.0%} of {orders:,} baskets with one line, "
        f"{products:,} products. Order values are not meant, totals per customer are those of the sample."
    )
    return Remarks(notes=(Note("lines_not_baskets", words, "warning", "lines"),))


def _unit_mix(engine: Engine) -> Remarks:
    """Say so when the same product costs about 100 times its usual price on many lines: cents and units mixed."""
    low, high = HUNDRED
    paid = "NOT extra AND amount <> 0 AND quantity <> 0 AND product IS NOT NULL"
    prices = f"SELECT product, (abs(amount) / abs(quantity))::DOUBLE AS price FROM lines WHERE {paid}"
    usual = f"SELECT product, quantile_disc(price, 0.5) AS usual FROM ({prices}) GROUP BY product HAVING count(*) >= 5"
    odd = f"(price / usual BETWEEN {low} AND {high}) OR (usual / price BETWEEN {low} AND {high})"
    found = engine.rows(f"SELECT count_if({odd}), count(*) FROM ({prices}) JOIN ({usual}) USING (product)")
    count, total = (int(number or 0) for number in found[0])
    if total < 100 or count < 0.01 * total:
        return Remarks()
    words = f"{count / total:.1%} of the lines cost about 100 times more or less than the same product usually does: are cents and whole units mixed?"
    return Remarks(notes=(Note("unit_mix", words, "warning", "lines"),))


def _unit_change(engine: Engine) -> Remarks:
    """Say so when from some month on the usual amount is about 100 times what it was before, or a hundredth."""
    found = engine.rows(
        "SELECT quantile_disc(abs(amount), 0.5)::DOUBLE FROM lines WHERE amount <> 0 GROUP BY day // 30 HAVING count(*) >= 20 ORDER BY day // 30"
    )
    usual = [float(row[0]) for row in found]
    low, high = HUNDRED
    for cut in range(1, len(usual)):
        before, after = usual[:cut], usual[cut:]
        if low / 2 <= min(after) / max(before) <= high or low / 2 <= min(before) / max(after) <= high:
            words = f"From month {cut + 1} of {len(usual)} on, the usual amount is about 100 times what it was, or a hundredth: did cents become whole units?"
            return Remarks(notes=(Note("unit_mix", words, "warning", "lines"),))
    return Remarks()


def _very_large_amounts(engine: Engine) -> Remarks:
    sizes = "SELECT abs(amount) AS size FROM lines WHERE amount <> 0"
    usual = f"SELECT quantile_disc(size, 0.99) AS usual FROM ({sizes})"
    count = int(engine.rows(f"SELECT coalesce(count_if(size::DOUBLE > {ABSURD} * usual::DOUBLE), 0) FROM ({sizes}), ({usual})")[0][0])
    if not count:
        return Remarks()
    words = (
        f"{counted(count, 'line')} of more than {ABSURD:,} times the amount that 99 % of lines stay below: "
        "kept, but check for a slip of the keyboard or another unit."
    )
    return Remarks(notes=(Note("very_large_amounts", words, "warning", "lines"),))


def _without_amount(engine: Engine) -> Remarks:
    count = int(engine.rows("SELECT count(*) FROM lines WHERE amount IS NULL")[0][0])
    if not count:
        return Remarks()
    words = f"{counted(count, 'line')} without a usable amount: kept as a purchase, they add nothing to spend."
    return Remarks(notes=(Note("lines_without_amount", words, "warning", "lines"),))
