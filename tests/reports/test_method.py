"""The chapter on method names what was done, and the captions what was filled in."""

from __future__ import annotations

from dataclasses import replace

from segmentry.reports.method import filled, glossary, how
from segmentry.reports.story import Prepared
from segmentry.reports.structure import of_sample
from segmentry.segments.results import Candidate


def test_the_method_that_is_followed_is_named(story) -> None:
    made = story()
    assert how(made).startswith(
        "Customers were grouped by k-means, which puts every customer into the group whose average customer is nearest,"
    )
    tree = replace(made, selection=replace(made.selection, method="hierarchical"))
    assert "by hierarchical (Ward), which joins" in how(tree)
    assert "several starts" in how(made)
    assert "several starts" not in how(tree)
    assert how(replace(made, selection=None)) == ""


def test_what_was_filled_in_is_counted_once_per_feature(story) -> None:
    rows = (
        Prepared("Income", "standardised", 0.011),
        Prepared("Income", "marks customers without a value", 0.011),
        Prepared("Age", "standardised"),
    )
    made = replace(story(), preparation=rows)
    assert filled(made) == "For the clustering, “Income” was filled in for the 1.1% of the customers without a value."
    more = replace(made, preparation=(*rows, Prepared("Visits", "standardised", 0.2)))
    assert filled(more) == "For the clustering, missing values of 2 features were filled in, for at most 20% of the customers (“Visits”)."
    assert filled(replace(made, preparation=rows[2:])) == ""


def test_a_sample_is_told_with_its_error_and_all_customers_without_one() -> None:
    candidate = Candidate(2, 1.0, 0.5, 9.0, 0.5, 10, 200, 0.004)
    assert "n = 200 of 900 customers, a sample: ± 0.004" in of_sample([candidate], 900)
    assert of_sample([replace(candidate, silhouette_error=None)], 200) == "n = 200 customers"


def test_terms_of_segmentation_stay_out_of_a_description() -> None:
    terms = [term for term, _ in glossary(segments=True)]
    assert {"Rank correlation", "Adjusted Rand index", "Dip", "Gap", "RFM", "Vote share"} <= set(terms)
    assert terms == sorted(terms, key=str.casefold)
    assert {"Dip", "RFM"}.isdisjoint(term for term, _ in glossary(segments=False))
    assert "Cramér's V" in dict(glossary(segments=False))
