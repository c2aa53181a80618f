# Everything a developer or CI runs. Needs make, git, Python 3.11 or newer with pip; the rest is brought from hash-locked files.
# What was installed is remembered in stamps under .venv: a second run installs nothing.
SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
LOCKED := $(PIP) install --require-hashes --no-deps
# Compiles the kernels into their cache once, so that no first step and no test waits for a compiler.
WARM := if [ -f streams/engine/warm.py ]; then $(BIN)/python -m streams.engine.warm; fi
UV := 0.13.9
CODE := $(wildcard api backfill benchmarks deploy models reports riskstream streams tests)
DEMO_SECONDS ?=

.PHONY: help demo test test-fast lint format bench up down clean lock env

help: ## what can be run
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | awk -F'\t' '{ printf "make %-10s %s\n", $$1, $$2 }'

demo: $(VENV)/.demo ## the whole service in one process, playing real and simulated input (DEMO_SECONDS=30 ends it)
	@$(BIN)/riskstream demo $(if $(DEMO_SECONDS),--seconds $(DEMO_SECONDS))

test: $(VENV)/.dev ## all tests, with a real Kafka and ClickHouse
	@$(BIN)/python -m tests.support.servers get
	$(BIN)/python -m tests.support.side_by_side -q -m "not integration"
	$(BIN)/python -m pytest -m integration

test-fast: $(VENV)/.dev ## tests that need no server and no compiler, under a minute
	RISKSTREAM_PLAIN_KERNELS=1 HYPOTHESIS_PROFILE=fast $(BIN)/python -m tests.support.side_by_side -q -m "not integration and not slow"

lint: $(VENV)/.dev ## ruff, mypy --strict, the dependency rule, what may never be in the tree, and the rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports
	$(BIN)/python -m tests.architecture.tree
	$(BIN)/riskstream rules lint

format: $(VENV)/.dev ## mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev ## readings a second: SCENARIO=all BENCH="--json FOLDER" runs everything, BENCH=--quick shows that it runs
	$(BIN)/python -m benchmarks $(or $(SCENARIO),engine) $(BENCH)

up: $(VENV)/.dev ## a local Kafka and ClickHouse for development, and how to point riskstream at them
	@$(BIN)/python -m tests.support.servers get
	@$(BIN)/python -m deploy.local up

down: ## stop what `make up` started; its data stay in .cache/local
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m deploy.local down; fi

clean: down ## remove the environment, caches and local data
	rm -rf $(VENV) .cache build dist data .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

env: $(VENV)/.dev ## the environment of tests and linters, nothing run

$(VENV)/.made:
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3" >&2; exit 1; }
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV) || { \
		rm -rf $(VENV) && $(PYTHON) -m venv --without-pip $(VENV) && $(PYTHON) -m pip --python $(BIN)/python install --quiet pip; }
	@touch $@

$(VENV)/.demo: requirements/demo.lock requirements/build.lock requirements/datasets.lock pyproject.toml | $(VENV)/.made
	@echo "installing what the demo needs (about 1.4 GB, once)"
	@$(LOCKED) -r requirements/demo.lock -r requirements/build.lock
	@$(LOCKED) -r requirements/datasets.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@$(WARM)
	@touch $@

$(VENV)/.dev: requirements/dev.lock requirements/build.lock requirements/datasets.lock pyproject.toml | $(VENV)/.made
	@echo "installing what tests and linters need (about 1.4 GB, once)"
	@$(LOCKED) -r requirements/dev.lock -r requirements/build.lock
	@$(LOCKED) -r requirements/datasets.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@$(WARM)
	@touch $@

# One resolution for Python 3.11 and newer: dev first, everything else constrained to it. What builds the package is locked too,
# because it is installed without build isolation; the data sets' package is installed without its many dependencies.
COMPILE := .cache/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
	--no-emit-index-url --no-annotate --custom-compile-command "make lock"

lock: ## resolve pyproject.toml anew into requirements/*.lock
	@[ -x .cache/uv/bin/uv ] || { $(PYTHON) -m venv .cache/uv && .cache/uv/bin/python -m pip --quiet install uv==$(UV); }
	$(COMPILE) pyproject.toml requirements/build.in --extra dev --extra demo -o requirements/dev.lock
	$(COMPILE) pyproject.toml -c requirements/dev.lock -o requirements/base.lock
	$(COMPILE) pyproject.toml -c requirements/dev.lock --extra demo -o requirements/demo.lock
	$(COMPILE) requirements/build.in -c requirements/dev.lock -o requirements/build.lock
	$(COMPILE) requirements/datasets.in --no-deps -o requirements/datasets.lock
	$(COMPILE) requirements/bench.in -o requirements/bench.lock
