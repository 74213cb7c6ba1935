"""One run on the synthetic shop, shared by the tests that look at it."""

from __future__ import annotations

from pathlib import Path

import pytest

from segmentry.project.run import Run, run
from segmentry.project.settings import Settings, parse
from segmentry.sources.shop import Shop, make_shop, write_shop


@pytest.fixture(scope="session")
def quick() -> Settings:
    """Return settings that need few starts: the tests look at the run, not at the quality of its clusters."""
    return parse({"segments": {"starts": 2}, "response": {"repeats": 1, "folds": 3}})


@pytest.fixture(scope="session")
def shop() -> Shop:
    return make_shop(customers=300)


@pytest.fixture(scope="session")
def shop_files(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    return write_shop(shop, tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="session")
def shop_run(shop_files: tuple[Path, ...], quick: Settings, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(*shop_files, out=tmp_path_factory.mktemp("out"), settings=quick)
