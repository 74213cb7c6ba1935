"""What is known once per customer: attributes as they are, and what follows from them as of a date.

Derived: age, days as a customer, totals and shares over the columns of spend by category and of purchases by channel, campaigns
accepted, children, household size. A sum with a missing part is missing; nothing is filled here. Targets, identifiers, consent, free
text and columns that cleaning set aside never become features. As-of here reaches the derived ages and tenures only: the table says what is
known, not since when.
"""

from __future__ import annotations

import datetime
import functools
import operator
import re
from collections.abc import Callable, Iterable, Sequence

import narwhals.stable.v2 as nw

from segmentry.features.feature import Feature, FeatureSet, Moment, ratio
from segmentry.matrix import Kind
from segmentry.tables.dataset import Attribute, Dataset

NEVER = frozenset(
    (
        "id identifier constant target ignore text consent line_id order_id event event_type currency date product product_name "
        "experiment arm probability exposed"
    ).split()
)
# Years of schooling are unknown: only the order of the steps is.
EDUCATION: dict[str, float] = {
    **dict.fromkeys(("none", "basic", "primary", "elementary"), 0.0),
    **dict.fromkeys(("2n cycle", "2nd cycle", "secondary", "high school", "highschool", "middle school", "lower secondary"), 1.0),
    **dict.fromkeys(("graduation", "graduate", "bachelor", "bachelors", "college", "undergraduate", "university"), 2.0),
    **dict.fromkeys(("master", "masters", "postgraduate", "diploma"), 3.0),
    **dict.fromkeys(("phd", "doctorate", "doctor"), 4.0),
}
EPOCH = datetime.date(1970, 1, 1)
PARTNERED = ("married", "together", "partner", "partnered", "couple", "cohabiting", "cohabitation", "civil union", "remarried")
MEANING: dict[str, tuple[Kind, str, str]] = {
    "age": ("number", "years", "demographics"),
    "income": ("money", "", "demographics"),
    "children": ("count", "children", "demographics"),
    "spend": ("money", "", "range"),
    "amount": ("money", "", "value"),
    "unit_price": ("money", "", "range"),
    "purchases": ("count", "purchases", "channel"),
    "quantity": ("count", "items", "purchases"),
    "recency": ("days", "days", "purchases"),
    "visits": ("count", "visits", "engagement"),
    "campaign": ("number", "", "campaigns"),
    "contact": ("number", "", "campaigns"),
    "response": ("number", "", "campaigns"),
    "satisfaction": ("number", "", "satisfaction"),
    "place": ("number", "", "place"),
    "channel": ("number", "", "channel"),
    "category": ("number", "", "range"),
    "attribute": ("number", "", "demographics"),
}
# A purchase at a discount is made in some channel too: it is told beside the channels, not as one of them.
DEALS = frozenset({"deal", "deals", "discount", "discounts", "promo", "promotion", "coupon", "coupons", "offer", "offers"})
DERIVED_ONLY = frozenset({"birth_year", "birth_date", "joined"})


def usable(attribute: Attribute) -> bool:
    """Return whether an attribute may become a feature."""
    return attribute.use and attribute.role not in NEVER


def snapshot(dataset: Dataset, *, taken: Iterable[str] = ()) -> FeatureSet:
    """Return the features of the customers' attributes; names in `taken` get " (given)" added.

    Without an as-of date there are no ages and tenures; a birth year stays as it is.
    """
    dated = dataset.as_of is not None
    attributes = [attribute for attribute in dataset.attributes if usable(attribute)]
    reserved = set(taken)
    as_they_are = [attribute for attribute in attributes if attribute.kind != "date" and not (dated and attribute.role in DERIVED_ONLY)]
    features = [_as_given(attribute, reserved) for attribute in as_they_are]
    reserved |= {feature.name for feature in features}
    return FeatureSet((*features, *(feature for feature in _derived(attributes, dated=dated) if feature.name not in reserved)))


def _as_given(attribute: Attribute, reserved: set[str]) -> Feature:
    kind, unit, group = MEANING.get(attribute.role, ("number", "", "other"))
    if attribute.kind in ("flag", "category"):
        kind, unit = ("flag" if attribute.kind == "flag" else "category"), ""
    elif attribute.kind == "money":
        kind = "money"
    name = f"{attribute.name} (given)" if attribute.name in reserved else attribute.name
    column = nw.col(attribute.name) if kind == "category" else nw.col(attribute.name).cast(nw.Float64)
    return _feature(name, attribute.words, lambda at: column, kind, unit=unit, group=group)


def _feature(name: str, words: str, expr: Callable[[Moment], nw.Expr], kind: Kind, *, unit: str, group: str) -> Feature:
    return Feature(name, words, "customers", expr, kind, unit, group)


def _derived(attributes: Sequence[Attribute], *, dated: bool) -> list[Feature]:
    def of(role: str) -> list[Attribute]:
        return [attribute for attribute in attributes if attribute.role == role and attribute.kind in ("number", "money", "flag", "date")]

    features = [*(_ages(of) if dated else ()), *_household(of, attributes), *_education(attributes)]
    spend = of("spend")
    deals = [attribute for attribute in of("purchases") if DEALS & set(re.findall("[a-z]+", _spaced(attribute.name)))]
    purchases = [attribute for attribute in of("purchases") if attribute not in deals]
    features += _split(spend, "total_spend", "Total spend", share=("spend_share", "Share of spend"), kind="money", group="value")
    features += _split(
        purchases, "total_purchases", "Purchases", share=("purchases_share", "Share of purchases"), kind="count", group="purchases"
    )
    if len(purchases) > 1 and deals:
        at_discount = ratio(_sum(deals), _sum(purchases))
        features.append(
            _feature("deal_ratio", "Purchases at a discount per purchase", lambda at: at_discount, "number", unit="", group="value")
        )
    if len(spend) > 1 and len(purchases) > 1:
        each = ratio(_sum(spend), _sum(purchases))
        features.append(
            _feature("spend_per_purchase", "Average spend per purchase", lambda at: each, "money", unit="per purchase", group="value")
        )
    responses = [attribute for attribute in of("response") if attribute.kind in ("flag", "number")]
    if len(responses) > 1:
        accepted = _sum(responses)
        features.append(
            _feature("campaigns_accepted", "Campaigns accepted", lambda at: accepted, "count", unit="campaigns", group="campaigns")
        )
    return features


def _spaced(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).casefold()


def _ages(of: Callable[[str], list[Attribute]]) -> list[Feature]:
    features = []
    born_on, born_in, joined = of("birth_date"), of("birth_year"), of("joined")
    if born_on and born_on[0].kind == "date":
        date = nw.col(born_on[0].name)
        features.append(_age(lambda at: ((at.day - date).cast(nw.Float64) / 365.25).floor()))
    elif born_in:
        year = nw.col(born_in[0].name).cast(nw.Float64)
        features.append(_age(lambda at: float((EPOCH + datetime.timedelta(days=at.day)).year) - year))
    if joined and joined[0].kind == "date":
        start = nw.col(joined[0].name)
        features.append(
            _feature(
                "days_as_customer",
                "Days as a customer",
                lambda at: nw.when(start <= at.day).then((at.day - start).cast(nw.Float64)),
                "days",
                unit="days",
                group="purchases",
            )
        )
    return features


def _age(expr: Callable[[Moment], nw.Expr]) -> Feature:
    return _feature("age", "Age", expr, "number", unit="years", group="demographics")


def _education(attributes: Sequence[Attribute]) -> list[Feature]:
    column = next((each for each in attributes if each.kind == "category" and "educat" in each.name.casefold()), None)
    if column is None:
        return []
    text = nw.col(column.name).str.to_lowercase()
    step = functools.reduce(
        lambda rest, level: nw.when(text == level[0]).then(level[1]).otherwise(rest), EDUCATION.items(), nw.lit(None).cast(nw.Float64)
    )
    words = "Education, in steps from basic to doctorate"
    return [_feature("education_level", words, lambda at: step, "number", unit="steps", group="demographics")]


def _household(of: Callable[[str], list[Attribute]], attributes: Sequence[Attribute]) -> list[Feature]:
    children = of("children")
    marital = next((attribute for attribute in attributes if attribute.kind == "category" and "marital" in attribute.name.casefold()), None)
    features = []
    if marital:
        status = nw.col(marital.name).str.to_lowercase()
        lives = nw.when(~status.is_null()).then(nw.when(status.is_in(PARTNERED)).then(1.0).otherwise(0.0))
        features.append(_feature("partner", "Lives with a partner", lambda at: lives, "flag", unit="", group="demographics"))
    if not children:
        return features
    if len(children) > 1:
        total = _sum(children)
        features.append(_feature("children", "Children at home", lambda at: total, "count", unit="children", group="demographics"))
    if marital:
        size = _sum(children) + 1 + nw.when(nw.col(marital.name).str.to_lowercase().is_in(PARTNERED)).then(1.0).otherwise(0.0)
        features.append(
            _feature(
                "household_size",
                "People in the household (children, customer, partner)",
                lambda at: size,
                "count",
                unit="people",
                group="demographics",
            )
        )
    return features


def _split(attributes: Sequence[Attribute], name: str, words: str, *, share: tuple[str, str], kind: Kind, group: str) -> list[Feature]:
    if len(attributes) < 2:
        return []
    total = _sum(attributes)
    features = [_feature(name, words, lambda at: total, kind, unit="" if kind == "money" else "purchases", group=group)]
    return features + [
        _share(attribute, total, f"{share[0]}={attribute.name}", f"{share[1]}: {attribute.words}") for attribute in attributes
    ]


def _share(attribute: Attribute, total: nw.Expr, name: str, words: str) -> Feature:
    part = nw.col(attribute.name).cast(nw.Float64)
    group = "range" if attribute.role == "spend" else "channel"
    return _feature(name, words, lambda at: ratio(part, total), "share", unit="", group=group)


def _sum(attributes: Sequence[Attribute]) -> nw.Expr:
    return functools.reduce(operator.add, [nw.col(attribute.name).cast(nw.Float64) for attribute in attributes])
