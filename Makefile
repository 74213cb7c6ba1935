.DEFAULT_GOAL := help
SHELL := bash
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
TARGETS := src tests $(wildcard benchmarks)

.PHONY: help setup demo test check format-check lint types layers spelling docs slow bench format reference lock clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: .venv/.setup ## Make .venv with everything in it (done by the others when needed)

.venv/.setup: pyproject.toml uv.lock .ci/setup
	@.ci/setup

demo: setup ## Run the main job on the built-in synthetic shop and say where the report is
	@$(BIN)/segmentry demo

test: setup ## Run the tests, without the slow ones
	$(PYTEST) -n 2 -m "not slow"

check: format-check lint types layers spelling docs test ## Everything a change has to pass

format-check: setup ## Is the code formatted?
	$(BIN)/ruff format --check $(TARGETS)

lint: setup ## Is the code clean?
	$(BIN)/ruff check $(TARGETS)

types: setup ## Do the types hold?
	$(BIN)/mypy

layers: setup ## Do imports go downwards only?
	$(BIN)/lint-imports --no-cache

spelling: setup ## Are words spelled right?
	$(BIN)/codespell src README.md ARCHITECTURE.md CONTRIBUTING.md CHANGELOG.md $(wildcard docs)

docs: setup ## Is the reference up to date, and does every example in a docstring run?
	$(BIN)/python -m segmentry.cli.reference --check docs/reference.md
	$(PYTEST) -q --doctest-modules src

slow: setup ## Run the slow tests
	$(PYTEST) -n 2 -m slow

bench: setup ## Measure speed against peers, as ratios of one run
	@for file in benchmarks/bench_*.py; do echo "$$file"; $(BIN)/python "$$file" || exit 1; done

format: setup ## Format the code and mend what can be mended
	$(BIN)/ruff format $(TARGETS)
	$(BIN)/ruff check --fix $(TARGETS)
	$(BIN)/ruff format $(TARGETS)

reference: setup ## Write docs/reference.md from the code
	$(BIN)/python -m segmentry.cli.reference docs/reference.md

lock: setup ## Take newer versions of the libraries into uv.lock
	uv lock --upgrade

clean: ## Remove environments, caches and runs of this folder
	rm -rf .venv .venv-uv .hypothesis .benchmarks .mypy_cache .pytest_cache .ruff_cache .import_linter_cache out
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
