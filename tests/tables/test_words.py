"""Labels follow general rules and read like a marketer's words."""

from __future__ import annotations

import pytest

from segmentry.tables.words import tokens, words


@pytest.mark.parametrize(
    ("name", "role", "label"),
    [
        ("MntWines", "spend", "Spend on wines"),
        ("MntGoldProds", "spend", "Spend on gold products"),
        ("amount_on_toys", "spend", "Spend on toys"),
        ("total_spend", "spend", "Total spend"),
        ("NumWebPurchases", "purchases", "Web purchases"),
        ("number_of_orders", "purchases", "Orders"),
        ("NumWebVisitsMonth", "visits", "Web visits per month"),
        ("visits_last_month", "visits", "Visits last month"),
        ("Kidhome", "children", "Kids at home"),
        ("Teenhome", "children", "Teens at home"),
        ("kids_count", "children", "Kids"),
        ("Annual Income (k$)", "income", "Annual income (k$)"),
        ("Spending Score (1-100)", "number", "Spending score (1-100)"),
        ("Dt_Customer", "joined", "Customer since"),
        ("AcceptedCmp3", "response", "Accepted campaign 3"),
        ("sales_value", "amount", "Sales value"),
        ("Year_Birth", "birth_year", "Year of birth"),
        ("Recency", "recency", "Days since last purchase"),
        ("household_id", "id", "Household ID"),
        ("NPSScore", "satisfaction", "NPS score"),
        ("V1", "number", "V1"),
        ("opened_in_12M", "number", "Opened in 12M"),
        ("TOT_QTY", "number", "Total quantity"),
        ("Größe", "attribute", "Größe"),
        ("Страна", "place", "Страна"),
        ("***", "attribute", "***"),
    ],
)
def test_a_label_reads_like_words(name: str, role: str, label: str) -> None:
    assert words(name, role) == label


def test_tokens_split_camel_case_and_figures_and_drop_accents() -> None:
    assert tokens("HTTPServer2Id") == ("http", "server", "2", "id")
    assert tokens("Année-de_Naissance") == ("annee", "de", "naissance")
    assert tokens("") == ()
