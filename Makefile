SHELL := /bin/bash
.DELETE_ON_ERROR:
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
STEPS := $(notdir $(patsubst %/Dockerfile,%,$(wildcard images/*/Dockerfile)))
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header

# Where the home is missing or may not be written to, downloads are kept beside what is made of them.
CACHE := $(shell cache="$${XDG_CACHE_HOME:-$$HOME/.cache}"; until [ -e "$$cache" ]; do cache=$$(dirname "$$cache"); done; [ -w "$$cache" ] && echo yes)
ifeq ($(CACHE)$(UV_CACHE_DIR),)
export UV_CACHE_DIR := $(VENV)/cache
endif

help: ## Show what can be made
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(VENV)/.host ## Create .venv with the stockpot command

$(VENV)/.uv: locks/uv.txt
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed" if sys.version_info < (3, 11) else 0)'
	@mkdir -p $(VENV) || { echo "error: $(VENV) cannot be made here - name another place: make $(MAKECMDGOALS) VENV=… STOCKPOT_HOME=…" >&2; exit 11; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r locks/uv.txt
	@touch $@

$(VENV)/.host: $(VENV)/.uv locks/host.txt pyproject.toml
	$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r locks/host.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.host locks/dev.txt
	$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r locks/dev.txt
	@touch $@

run: setup ## Run the moderation pipeline on sample data, on embedded services, and print what landed
	$(BIN)/stockpot demo

test: $(VENV)/.dev ## Pass all tests that need no cluster
	$(BIN)/pytest -n 2 --dist loadgroup -m "not e2e"

check: $(VENV)/.dev ## Format, lint, types, layers and locks
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) --no-print-directory check-locks

# Locking again on top of a lock keeps its pins, so any difference means that a requirement changed and the lock did not.
check-locks: $(VENV)/.uv
	@scratch=$$(mktemp -d) && trap 'rm -rf "$$scratch"' EXIT && \
	same() { diff -u "$$1" "$$scratch/lock" || { echo "error: $$1 is out of date - run make locks" >&2; exit 1; }; } && \
	cp locks/host.txt "$$scratch/lock" && $(COMPILE) pyproject.toml --extra build -o "$$scratch/lock" && same locks/host.txt && \
	cp locks/dev.txt "$$scratch/lock" && $(COMPILE) pyproject.toml --extra build --extra dev -c locks/host.txt -o "$$scratch/lock" && same locks/dev.txt && \
	for step in $(STEPS); do \
	  cp images/$$step/requirements.txt "$$scratch/lock" && $(COMPILE) images/$$step/requirements.in -o "$$scratch/lock" && same images/$$step/requirements.txt || exit 1; \
	done && echo "locks: up to date"

manifests: setup ## Compile all pipelines into manifests/
	$(BIN)/stockpot compile --all --target argo -o manifests/argo
	$(BIN)/stockpot compile --all --target kfp -o manifests/kfp
	$(BIN)/stockpot sample-data --sql manifests/overlays/demo/postgres/sample.sql
	$(BIN)/python -m pipelines.images.skaffold

images: setup ## Build the steps' images; STEPS, REGISTRY, TAG, PUSH=1, BASE_IMAGE, DOCKER, BUILD_OPTIONS
	@$(BIN)/stockpot images $(STEPS) --page docs/images.md $(if $(REGISTRY),--registry $(REGISTRY)) $(if $(TAG),--tag $(TAG)) \
	  $(if $(PUSH),--push) $(if $(BASE_IMAGE),--base $(BASE_IMAGE)) $(if $(DOCKER),--docker $(DOCKER)) \
	  $(if $(BUILD_OPTIONS),--build-options '$(BUILD_OPTIONS)')

bench: $(VENV)/.dev ## Measure, as ratios against named alternatives in the same run
	@missed=; for bench in tests/bench/bench_*.py; do echo "== $$bench"; $(BIN)/python $$bench || missed="$$missed $$bench"; done; \
	if [ -n "$$missed" ]; then echo "targets missed in:$$missed" >&2; exit 1; fi

e2e: $(VENV)/.dev ## Run the tests on a real cluster, which holds the images already
	$(BIN)/pytest -n 3 --dist loadgroup -m "e2e and not alone" tests/e2e
	$(BIN)/pytest -m "e2e and alone" tests/e2e

locks: $(VENV)/.uv ## Lock host and images anew from pyproject.toml and images/*/requirements.in
	$(COMPILE) pyproject.toml --extra build -o locks/host.txt
	$(COMPILE) pyproject.toml --extra build --extra dev -c locks/host.txt -o locks/dev.txt
	for step in $(STEPS); do $(COMPILE) images/$$step/requirements.in -o images/$$step/requirements.txt || exit 1; done

.PHONY: help setup run test check check-locks manifests images bench e2e locks
.DEFAULT_GOAL := help
