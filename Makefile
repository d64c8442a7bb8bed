# Sosie. `make demo` and `make test` need Python 3.11 and make, nothing else.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
export PYTHONUNBUFFERED := 1

.DEFAULT_GOAL := help
.PHONY: help demo test test-gpu check nightly serve screens tongues bench docs lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(VENV)/.run: requirements/run.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Sosie needs Python 3.11 or newer: call `make PYTHON=python3.11 $(MAKECMDGOALS)`")'
	@echo "Setting up $(VENV): once, a minute or two"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes -r requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.txt
	@echo "Adding the test tools"
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

demo: $(VENV)/.run ## walk the whole chain on the sample shoot, into ./demo
	@$(BIN)/sosie demo

test: $(VENV)/.dev ## lint, types, import contracts and every test
	@$(MAKE) --no-print-directory lint
	@$(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile

GPU := .venv-gpu
$(GPU)/.ready: requirements/gpu.txt requirements/run.txt requirements/dev.txt pyproject.toml
	@echo "Setting up $(GPU): PyTorch for a CPU, for tests with tiny weights"
	@test -x $(GPU)/bin/python || $(PYTHON) -m venv $(GPU)
	@$(GPU)/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements/gpu.txt
	@$(GPU)/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --no-build-isolation --editable .
	@touch $@

FUZZED := test_nothing_leaves_without_a_grant_that_holds test_the_control_that_must_leak_leaks
test-gpu: $(GPU)/.ready ## what needs PyTorch, on a CPU with tiny random weights, and every engine
	@$(GPU)/bin/pytest -q tests/gpu tests/contracts/test_engines.py $(FUZZED:%='tests/contracts/test_fuzz.py::%[diffusers]')

check: $(VENV)/.dev ## the quick path: lint, types, import contracts, core tests
	@$(MAKE) --no-print-directory lint
	@$(BIN)/pytest -q tests/core tests/oracle tests/test_tidy.py

DECIDES := $(filter-out %/facts.py,$(shell find src/sosie/core/law src/sosie/core/license -name '*.py'))
nightly: $(VENV)/.dev ## random decisions and orders of the day, and mutants of all that decides
	@SOSIE_ORACLE_CASES=100000 SOSIE_ORACLE_SEED=$$(date +%Y%m%d) $(BIN)/pytest -q tests/oracle
	@SOSIE_FUZZ_CASES=50000 SOSIE_FUZZ_SEED=$$(date +%Y%m%d) $(BIN)/pytest -q tests/contracts/test_fuzz.py
	@$(BIN)/python tools/mutate.py --jobs $$(nproc) $(filter src/sosie/core/law/%,$(DECIDES)) -- tests/core/test_law.py
	@$(BIN)/python tools/mutate.py --jobs $$(nproc) $(filter src/sosie/core/license/%,$(DECIDES)) -- tests/core/test_license.py tests/core/test_explanation.py tests/core/test_daily.py tests/oracle/test_oracle.py

.PHONY: lint
lint: $(VENV)/.dev
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

serve: $(VENV)/.run ## serve the demo at http://localhost:8000, with a link for each role
	@test -e demo/sosie.sqlite3 || $(BIN)/sosie demo
	@$(BIN)/sosie serve --workspace demo

screens: $(VENV)/.dev ## take the screenshots of the documents, with Debian's Chromium
	@test -e demo/sosie.sqlite3 || $(BIN)/sosie demo
	@$(BIN)/python -m tools.screens demo

tongues: $(VENV)/.dev ## read what the pages say into the catalogs of languages, and compile them
	@$(BIN)/python -m tools.tongues

bench: $(VENV)/.dev ## measure every figure that the documents quote
	@$(PIP) install --no-deps --require-hashes -r requirements/peers.txt
	@$(BIN)/python -m bench

docs: $(VENV)/.dev ## build the site into ./site
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

LOCK := $(BIN)/pip-compile --quiet --strip-extras --allow-unsafe --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-trusted-host --no-emit-find-links
GROUPS = $(BIN)/python -c 'import sys, tomllib; groups = tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]; print(*(line for name in sys.argv[1:] for line in groups[name]), sep="\n")'

EXTRAS = $(BIN)/python -c 'import sys, tomllib; extras = tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]; print(*(line for name in sys.argv[1:] for line in extras[name]), sep="\n")'

lock: $(VENV)/.dev ## pin every dependency by hash, anew
	@$(GROUPS) build > $(VENV)/run.in
	@$(LOCK) --output-file requirements/run.txt pyproject.toml $(VENV)/run.in
	@$(GROUPS) dev docs bench > $(VENV)/dev.in
	@$(LOCK) --output-file requirements/dev.txt --constraint requirements/run.txt $(VENV)/dev.in
	@$(EXTRAS) postgres server s3 > $(VENV)/server.in
	@$(LOCK) --output-file requirements/server.txt --constraint requirements/run.txt --constraint requirements/dev.txt $(VENV)/server.in
	@$(GROUPS) build gpu-test > $(VENV)/gpu.in
	@$(LOCK) --extra gpu --output-file requirements/gpu.txt --constraint requirements/run.txt --constraint requirements/dev.txt pyproject.toml $(VENV)/gpu.in

clean: ## remove what the targets made
	rm -rf $(VENV) $(GPU) demo site dist
