"""Names, e-mails and phone numbers: in nothing a run writes but the raw quarantine, in nothing a command prints, in no refusal."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from segmentry.cli.app import app
from segmentry.errors import SegmentryError
from segmentry.project.comparing import compare
from segmentry.project.inspection import check, describe, write_settings
from segmentry.project.predicting import predict
from segmentry.project.run import Run, run
from segmentry.project.settings import Settings, parse
from segmentry.sources.shop import CANARIES, Shop, make_shop, write_shop

Texts = Callable[[Path], str]


def text_of(path: Path) -> str:
    """Return everything a file says, also inside its compression."""
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        return "\n".join(str(row) for row in table.to_pylist()) + str(table.schema) + str(pq.read_metadata(path).metadata)
    if path.suffix == ".npz":
        with zipfile.ZipFile(path) as archive:
            return "\n".join(archive.read(name).decode("latin-1") for name in archive.namelist())
    return path.read_text(encoding="utf-8")


def found_in(text: str, words: Iterable[str] = CANARIES) -> list[str]:
    return [word for word in words if word in text]


def test_the_shop_is_full_of_names_mails_and_phones(shop: Shop) -> None:
    people = shop.tables["customers"]
    assert found_in("\n".join([*people["name"], *people["email"], *people["phone"]])) == list(CANARIES)


def test_a_run_writes_no_name_mail_or_phone(shop_run: Run) -> None:
    files = [path for path in shop_run.folder.rglob("*") if path.is_file() and path.name != "quarantine.parquet"]
    assert len(files) > 8
    assert {path.name: found for path in files if (found := found_in(text_of(path)))} == {}


def test_no_id_stands_in_report_profiles_model_or_record(shop_run: Run, shop: Shop) -> None:
    for name in ("report.html", "profiles.csv", "run.json", "model/manifest.json", "quarantine.csv"):
        assert re.findall(r"C0000\d{3}", text_of(shop_run.folder / name)) == [], name


def test_a_description_and_a_settings_file_hold_no_name_mail_or_phone(shop_files: tuple[Path, ...], tmp_path: Path) -> None:
    page = describe(shop_files, out=tmp_path / "out", settings=Settings())
    settings = write_settings(shop_files, path=tmp_path / "segmentry.toml")
    for path in (page, settings):
        said = text_of(path)
        assert found_in(said) == []
        assert re.findall(r"C0000\d{3}", said) == []


def test_a_refit_with_audit_and_a_comparison_name_customers_only_in_the_lists(
    shop_files: tuple[Path, ...], shop_run: Run, tmp_path: Path
) -> None:
    settings = parse({"segments": {"starts": 2, "k": 3}, "run": {"audit": True}})
    later = run(*shop_files, out=tmp_path / "out", settings=settings, previous=shop_run.folder)
    page = compare(shop_run.folder, later.folder, tmp_path / "compared")
    listed = {"segments.csv", "segments.parquet", "features.parquet", "movers.csv", "quarantine.parquet"}
    files = [path for folder in (later.folder, page.parent) for path in folder.rglob("*") if path.is_file()]
    wanted = {"compare.html", "compare.json", "migration.csv", "ledger.json", "rules.json", "rules.sql", "run.json", "report.html"}
    assert wanted <= {path.name for path in files}
    assert {path.name: found for path in files if path.name != "quarantine.parquet" and (found := found_in(text_of(path)))} == {}
    assert {path.name for path in files if re.search(r"C0000\d{3}", text_of(path))} <= listed


def test_predictions_name_customers_in_their_lists_alone(shop_files: tuple[Path, ...], tmp_path: Path) -> None:
    found = predict(*shop_files, out=tmp_path / "out", settings=parse({"response": {"repeats": 1, "folds": 3}}))
    files = [path for path in found.folder.rglob("*") if path.is_file()]
    assert {"predictions.csv", "predictions.parquet", "run.json", "report.html"} <= {path.name for path in files}
    assert {path.name: words for path in files if (words := found_in(text_of(path)))} == {}
    assert {path.name for path in files if re.search(r"C0000\d{3}", text_of(path))} == {"predictions.csv", "predictions.parquet"}


@pytest.mark.parametrize("command", [["check"], ["run", "--out", "out", "--k", "3"]])
def test_a_command_prints_no_name_mail_phone_or_id(
    shop_files: tuple[Path, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    said = CliRunner().invoke(app, [command[0], *map(str, shop_files[:2]), *command[1:]])
    assert said.exit_code == 0
    assert len(said.output) > 200
    assert found_in(said.output) == []
    assert re.findall(r"C0000\d{3}", said.output) == []


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, ...]]:
    """Return files that are refused, each full of names."""
    folder = tmp_path_factory.mktemp("broken")
    paths = write_shop(make_shop(customers=120), folder)
    customers, transactions = (path.read_text(encoding="utf-8") for path in paths[:2])
    _, *lines = customers.splitlines()

    def made(name: str, text: str | bytes) -> tuple[Path, ...]:
        path = folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return (path,)

    return {
        "no header": made("bare.csv", "\n".join(lines)),
        "open quote": made("quote.csv", customers.replace("example.com", '"example.com', 1)),
        "open field": made("field.csv", customers.replace(",", ',"', 30)),
        "ragged": made("ragged.csv", re.sub(r"(@example\.com)", r"\1,x", customers)),
        "latin": made("latin.csv", customers.replace("Gale", "Gál").encode("latin-1", "replace").replace(b"example", b"ex\xe4mple")),
        "nul": made("nul.csv", customers.replace("@example", "\0@example")),
        "double header": made("twice.csv", customers.replace("customer_id,name", "name,name", 1)),
        "one column": made("people.csv", "\n".join(line.split(",")[1] for line in customers.splitlines())),
        "truncated": made("cut.parquet", b"PAR1" + customers.encode()),
        "excel by name": made("people.xlsx", customers),
        "zip by content": made("zipped.csv", b"PK\x03\x04" + customers.encode()),
        "json by name": made("people.jsonl", customers),
        "half a json": made(
            "half.jsonl", '{"customer_id": "C1", "name": "Ann Fauxley", "email": "ann@example.com"}\n{"customer_id": "Ann Fauxley'
        ),
        "names as dates": made("dates.csv", transactions.replace("2025-", "Fauxley-2025-")),
        "mails as amounts": made("amounts.csv", re.sub(r"\.\d\d,", "ann@example.com,", transactions, count=300)),
    }


CASES = [
    "no header", "open quote", "open field", "ragged", "latin", "nul", "double header", "one column", "truncated", "excel by name", "zip by content",
    "json by name", "half a json", "names as dates", "mails as amounts",
]  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_refusal_names_no_customer(broken: dict[str, tuple[Path, ...]], case: str) -> None:
    try:
        reading = check(broken[case], settings=Settings())
    except SegmentryError as error:
        said = str(error)
        # What stands behind a `from` or in a note would reach a log with the traceback.
        chain = error.__cause__
        while chain is not None:
            said += str(chain)
            chain = chain.__cause__
    else:
        said = " ".join([note.words for note in reading.notes] + [treatment.words for treatment in reading.treatments])
    assert found_in(said) == []


def test_all_broken_files_but_one_bad_row_are_refused(broken: dict[str, tuple[Path, ...]]) -> None:
    refused = set()
    for case, paths in broken.items():
        try:
            check(paths, settings=Settings())
        except SegmentryError:
            refused.add(case)
    assert set(CASES) - refused == {"open quote"}


@pytest.mark.parametrize("case", ["no header", "open field", "latin", "half a json", "names as dates", "mails as amounts"])
def test_a_refusing_command_prints_no_name(broken: dict[str, tuple[Path, ...]], tmp_path: Path, case: str) -> None:
    said = CliRunner().invoke(app, ["run", str(broken[case][0]), "--out", str(tmp_path / "out")])
    assert said.exit_code in {1, 2}
    assert "segmentry: " in said.output
    assert "internal error" not in said.output
    assert found_in(said.output) == []


def test_a_name_in_a_column_of_categories_is_told_as_one_and_not_spread(tmp_path: Path) -> None:
    lines = [f"C{place},Person{place} Fauxley,{place % 7},{place % 5}" for place in range(80)]
    path = tmp_path / "people.csv"
    path.write_text("\n".join(["customer_id,contact,visits,clicks", *lines]) + "\n")
    found = run(path, out=tmp_path / "out", settings=Settings.model_validate({"segments": {"starts": 2}}))
    for file in found.folder.rglob("*"):
        if file.is_file():
            assert "Fauxley" not in text_of(file), file.name
