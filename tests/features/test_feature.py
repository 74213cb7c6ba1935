"""Features join into sets with unique names."""

from __future__ import annotations

import pytest

from segmentry.errors import UsageError
from segmentry.features.feature import Feature, FeatureSet
from segmentry.features.purchases import FREQUENCY, MONETARY, RECENCY


def test_sets_join_in_order_and_count_the_same_feature_once() -> None:
    assert (RECENCY | (FREQUENCY | MONETARY) | RECENCY).names == ("recency", "frequency", "monetary")


def test_two_features_of_one_name_are_refused() -> None:
    other = Feature("recency", "Something else", "days", RECENCY.expr)
    with pytest.raises(UsageError, match=r"share the names \['recency'\]"):
        RECENCY | other


def test_unknown_name_gets_a_suggestion() -> None:
    with pytest.raises(UsageError, match="did you mean 'recency'"):
        FeatureSet((RECENCY,)).select(["recensy"])


def test_only_what_the_data_can_feed_is_left() -> None:
    assert (RECENCY | MONETARY).fed_by(frozenset({"lines"})).names == ("recency",)
