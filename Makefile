SHELL := /bin/bash
.DELETE_ON_ERROR:
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
STEPS := $(notdir $(wildcard images/*))
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header

help: ## Show what can be made
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: .venv/.host ## Create .venv with the stockpot command

.venv/.uv: locks/uv.txt
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r locks/uv.txt
	@touch $@

.venv/.host: .venv/.uv locks/host.txt pyproject.toml
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r locks/host.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: .venv/.host locks/dev.txt
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r locks/dev.txt
	@touch $@

locks: .venv/.uv ## Lock host and images anew from pyproject.toml and images/*/requirements.in
	$(COMPILE) pyproject.toml --extra build -o locks/host.txt
	$(COMPILE) pyproject.toml --extra build --extra dev -c locks/host.txt -o locks/dev.txt
	for step in $(STEPS); do $(COMPILE) images/$$step/requirements.in -o images/$$step/requirements.txt || exit 1; done

.PHONY: help setup locks
.DEFAULT_GOAL := help
