"""The public data sets through the whole run, held against what is known of them."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from segmentry.cli.app import app
from segmentry.errors import DataRefused
from segmentry.project.run import Run, run
from segmentry.project.settings import load, parse

pytestmark = pytest.mark.realdata
Find = Callable[[str], Path]
QUICK = parse({"segments": {"starts": 2}, "response": {"repeats": 1}})
DIALECTS = ("marketing_campaign", "semicolon_crlf_dmy_slash", "semicolon_bom_crlf_isodate", "comma_bom_mdy")


def notes(found: Run) -> set[str]:
    return {note["code"] for note in found.record["notes"]}


@pytest.fixture(scope="module")
def dialects(realdata: Find, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """Run the same customers from four files written in four ways."""
    out = tmp_path_factory.mktemp("personality")
    return {name: run(realdata(f"customer-personality/{name}.csv"), out=out, settings=QUICK) for name in DIALECTS}


@pytest.mark.parametrize("name", DIALECTS)
def test_customer_personality_loses_nobody(dialects: dict[str, Run], name: str) -> None:
    record = dialects[name].record
    assert record["rows"] == {"in": 2240, "accepted": 2240, "quarantined": 0, "duplicates": 0}
    assert record["customers"] == 2240
    assert record["as_of"] == "2014-06-29"


def test_four_dialects_of_customer_personality_are_one_table_with_the_same_segments(dialects: dict[str, Run]) -> None:
    assert len({found.record["table_hash"] for found in dialects.values()}) == 1
    assert len({(found.folder / "segments.csv").read_bytes() for found in dialects.values()}) == 1


def test_the_dirt_of_customer_personality_is_found(dialects: dict[str, Run]) -> None:
    treated = {(one["rule"], one["column"]): one["count"] for one in dialects["marketing_campaign"].record["treatments"]}
    assert treated["missing_values", "Income"] == 24
    assert treated["impossible_values", "Income"] == 1
    assert treated["impossible_values", "Year_Birth"] == 3
    assert treated["duplicates_apart_from_id", ""] == 182
    assert {column for rule, column in treated if rule == "constant_columns"} == {"Z_CostContact", "Z_Revenue"}
    assert ("rare_categories", "Marital_Status") in treated


def test_the_mall_has_its_five_known_segments(realdata: Find, tmp_path: Path) -> None:
    settings = parse({"segments": {"features": ["Annual Income (k$)", "Spending Score (1-100)"]}})
    found = run(realdata("mall-customers/Mall_Customers.csv"), out=tmp_path, settings=settings)
    selection = found.record["selection"]
    assert selection["k"] == 5
    (chosen,) = [one for one in selection["by_k"] if one["k"] == 5]
    assert chosen["silhouette"] == pytest.approx(0.5547, abs=0.001)
    assert sorted((segment["customers"] for segment in found.record["segments"]), reverse=True) == [81, 39, 35, 23, 22]


@pytest.fixture(scope="module")
def wholesaler(realdata: Find, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(realdata("online-retail/online_retail.csv.gz"), out=tmp_path_factory.mktemp("retail"), settings=QUICK)


def test_every_row_of_online_retail_is_accounted_for(wholesaler: Run) -> None:
    rows = wholesaler.record["rows"]
    assert rows["in"] == 541_909 == rows["accepted"] + rows["quarantined"] + rows["duplicates"]
    assert rows["duplicates"] == 5_268
    assert wholesaler.record["as_of"] == "2011-12-09"


def test_rows_of_online_retail_without_a_customer_are_told_with_their_revenue(wholesaler: Run) -> None:
    (nobody,) = [one for one in wholesaler.record["treatments"] if one["rule"] == "rows_without_customer"]
    quarantined = {entry["code"]: entry["count"] for entry in wholesaler.record["quarantine"]}
    # 135,080 in the file, some of them exact duplicates.
    assert nobody["count"] == quarantined["MISSING_ID"]
    assert 133_000 < nobody["count"] <= 135_080
    assert nobody["money"] == pytest.approx(1_440_000, rel=0.02)


def test_the_two_cancelled_giants_of_online_retail_are_no_top_customers(wholesaler: Run) -> None:
    table = pq.read_table(wholesaler.folder / "features.parquet", columns=["id", "monetary"]).to_pylist()
    spenders = [row["id"] for row in sorted(table, key=lambda row: -(row["monetary"] or 0))]
    assert not {"16446", "12346"} & set(spenders[:10])
    assert {"14646", "18102"} <= set(spenders[:3])
    assert not any("." in row["id"] for row in table)


def test_postage_and_fees_of_online_retail_are_found(wholesaler: Run) -> None:
    (fees,) = [one for one in wholesaler.record["treatments"] if one["rule"] == "non_products"]
    assert "POST" in fees["words"]


@pytest.fixture(scope="module")
def grocer(realdata: Find, tmp_path_factory: pytest.TempPathFactory) -> Run:
    files = [realdata(f"complete-journey/{name}.csv.gz") for name in ("transactions_sample", "demographics", "products")]
    return run(*files, out=tmp_path_factory.mktemp("grocer"), settings=QUICK)


def test_three_tables_of_the_grocer_are_joined(grocer: Run) -> None:
    kinds = {name: table["kind"] for name, table in grocer.record["tables"].items()}
    assert kinds == {"transactions_sample": "transactions", "demographics": "customers", "products": "products"}
    assert len([name for name in grocer.record["features"] if name.startswith("category=")]) >= 3
    assert {"age", "income"} & set(grocer.record["features_computed"])


def test_demographics_of_the_grocer_are_in_the_profiles(grocer: Run) -> None:
    with (grocer.folder / "profiles.csv").open(encoding="utf-8", newline="") as file:
        told = {row["feature"] for row in csv.DictReader(file)}
    assert {"household_size", "home_ownership"} & told


def test_the_grocers_report_says_that_it_holds_lines_and_a_damaged_id(grocer: Run) -> None:
    assert {"lines_not_baskets", "damaged_ids"} <= notes(grocer)
    page = grocer.report.read_text(encoding="utf-8")
    for note in grocer.record["notes"]:
        if note["code"] in {"lines_not_baskets", "damaged_ids"}:
            assert note["words"][:40] in page
    assert "average_order_value" not in grocer.record["features"]


def test_cdnow_without_header_says_what_to_write_and_that_works(realdata: Find, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = realdata("cdnow/CDNOW_sample.txt")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataRefused) as caught:
        run(path, out=tmp_path / "out", settings=QUICK)
    assert [problem.code for problem in caught.value.problems] == ["NO_HEADER"]
    (block,) = re.findall(r"\n\n(\[.+?)\n\n", str(caught.value), re.DOTALL)
    (tmp_path / "segmentry.toml").write_text(block + "\n[segments]\nstarts = 2\n", encoding="utf-8")
    said = CliRunner().invoke(app, ["run", str(path), "--config", "segmentry.toml", "--quiet"])
    assert said.exit_code == 0, said.stderr
    record = Path(said.stdout.strip()).with_name("run.json").read_text(encoding="utf-8")
    assert '"in": 6919' in record
    assert '"as_of": "1998-06-30"' in record
    assert load(tmp_path / "segmentry.toml").tables["CDNOW_sample"].header is False


def test_cdnow_with_its_columns_named_has_its_customers(realdata: Find, tmp_path: Path) -> None:
    table = {
        "delimiter": "whitespace",
        "header": False,
        "columns": ["master_id", "customer_id", "date", "quantity", "amount"],
        "date_format": {"date": "%Y%m%d"},
        "roles": {"master_id": "ignore"},
    }
    found = run(
        realdata("cdnow/CDNOW_sample.txt"), out=tmp_path, settings=parse({"segments": {"starts": 2}, "tables": {"CDNOW_sample": table}})
    )
    rows = found.record["rows"]
    assert rows["in"] == 6_919 == rows["accepted"] + rows["quarantined"] + rows["duplicates"]
    assert found.record["customers"] == 2_357
