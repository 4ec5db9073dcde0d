# Each target does its own set-up: a virtual environment in .venv, and in it what the target needs, once
# (the stamp .venv/.installed-<extra> is renewed when pyproject.toml changes). Needs python3 (3.11 or newer), pip, make.

PYTHON ?= python3
BIN := .venv/bin
OLD := .venv-oldest/bin
# Workers of the test run. TensorFlow takes about a gigabyte in each.
WORKERS ?= 2
# How long `make soak` runs; a day has 1440.
SOAK_MINUTES ?= 15

.DELETE_ON_ERROR:
.PRECIOUS: .venv/.installed-% # otherwise make takes the stamp of a benchmark for a by-product, and deletes it
.PHONY: demo test fuzz soak lint format docs browser screenshots test-oldest clean help

help:
	@echo "make demo         what the classifier does, on generated traps and real tables"
	@echo "make test         the tests (WORKERS=2 ARGS='-k name')"
	@echo "make fuzz         thousands of invented calls (FUZZ_EXAMPLES=3000)"
	@echo "make soak         fits, pickles, threads and processes for SOAK_MINUTES=15; memory is measured"
	@echo "make lint         ruff and mypy; make format mends what ruff can"
	@echo "make docs         the documentation, into docs/_build/html"
	@echo "make browser      Chromium, for the tests of pages, where there is none (apt-get, as root or by sudo)"
	@echo "make screenshots  ten pages of the documentation, light and dark, into docs/screenshots"
	@echo "make test-oldest  the tests against the lowest versions that pyproject.toml admits"
	@echo "make bench-NAME   benchmarks/NAME.py, for example: make bench-vs-dummy (ARGS=...)"

.DEFAULT_GOAL := help

demo: .venv/.installed-base
	@$(BIN)/python -m robust_mlp demo $(ARGS)

test: .venv/.installed-test
	@$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

fuzz: .venv/.installed-test
	@HYPOTHESIS_PROFILE=long $(BIN)/python -m pytest -n $(WORKERS) tests/properties $(ARGS)

soak: .venv/.installed-bench
	@$(BIN)/python -m benchmarks.soak --minutes $(SOAK_MINUTES) $(ARGS)

lint: .venv/.installed-lint
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: .venv/.installed-lint
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

docs: .venv/.installed-docs
	@$(BIN)/python -m sphinx -q -W --keep-going -b html docs docs/_build/html
	@echo "Documentation: docs/_build/html/index.html"

browser:
	@command -v chromium > /dev/null || { echo "Installing Chromium"; \
		ROOT=$$([ $$(id -u) = 0 ] || echo sudo); \
		$$ROOT apt-get update -qq && $$ROOT apt-get install -y -qq --no-install-recommends chromium > /dev/null; }

screenshots: docs browser
	@$(BIN)/python tools/screenshots.py $(ARGS)

bench-%: .venv/.installed-bench
	@$(BIN)/python -m benchmarks.$(subst -,_,$*) $(ARGS)

test-oldest: .venv-oldest/.installed-test
	@$(OLD)/python -m pytest -n $(WORKERS) $(ARGS)

clean:
	rm -rf .venv .venv-oldest .pytest_cache .mypy_cache .ruff_cache docs/_build docs/gallery docs/generated docs/sg_execution_times.rst

.venv/bin/python:
	@echo "Creating the virtual environment .venv"
	@$(PYTHON) -m venv .venv

.venv/.installed-base: pyproject.toml | .venv/bin/python
	@echo "Installing robust-mlp into .venv (TensorFlow is large: the first time takes some minutes)"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable .
	@touch $@

.venv/.installed-%: pyproject.toml .venv/.installed-base
	@echo "Installing what '$*' needs into .venv"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[$*]'
	@touch $@

.venv-oldest/.installed-test: pyproject.toml tools/oldest.py
	@echo "Creating the virtual environment .venv-oldest"
	@$(PYTHON) -m venv --clear .venv-oldest
	@$(OLD)/python tools/oldest.py > .venv-oldest/constraints.txt
	@echo "Installing the lowest versions into .venv-oldest (TensorFlow is large: some minutes)"
	@$(OLD)/python -m pip install -qq --disable-pip-version-check --editable '.[test]' --constraint .venv-oldest/constraints.txt
	@touch $@
