# `make` alone lists the targets. Every target makes the virtual environment when it is missing.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help env film test slow cover parity train-smoke lint check format bench evaluate

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

env: $(STAMP) ## make .venv and install the project with its development tools

$(STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; try: make PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet torch==2.13.0
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch $(STAMP)

film: $(STAMP) ## turn examples/briefs/first_film.md into a finished film under out/first_film (again: first_film_2, ...)
	out=out/first_film; n=1; while [ -e "$$out" ]; do n=$$((n + 1)); out="out/first_film_$$n"; done; \
	$(BIN)/aiprod produce examples/briefs/first_film.md --yes --out "$$out"

test: $(STAMP) ## run the tests
	$(BIN)/pytest

slow: $(STAMP) ## run the tests that are too slow for every run
	$(BIN)/pytest -m slow

cover: $(STAMP) ## run the tests, and fail when studio and memory are covered by less than 90 % of their branches
	$(BIN)/pytest --cov

parity: $(STAMP) ## hold the models to the reference's numbers: a table, and build/parity.json
	$(BIN)/pytest tests/parity tests/engine --tb=line --parity build/parity.json

train-smoke: $(STAMP) ## the whole training chain in miniature: draw, fit, train, distil, release, render
	$(BIN)/pytest tests/training

lint: $(STAMP) ## style, types, and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test ## exactly what CI runs

format: $(STAMP) ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(STAMP) ## time a film and its parts, with the thread count
	$(BIN)/python -m tests.bench

evaluate: $(STAMP) ## score the house model on held-out prompts under out/evaluation (hours; stopped, it goes on)
	$(BIN)/aiprod-engine evaluate
