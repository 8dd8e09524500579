# The commands for people and for CI. Each sets up what it needs by itself.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTEST_ARGS ?= -n 2 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help setup dev test check format bench docs clean

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

setup: $(VENV)/.installed ## Make the virtual environment

$(VENV)/.installed: pyproject.toml scripts/setup
	scripts/setup $(PYTHON) $(VENV)

dev: setup ## Try it: a stand-in Nextcloud, the push server, and a first notification
	$(BIN)/nextcloud-push dev --demo

test: setup ## Install the services that the tests talk to, and run every test
	scripts/install-services
	$(BIN)/pytest $(PYTEST_ARGS)

check: setup ## Lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup ## Measure, beside the floor
	scripts/install-services redis
	$(BIN)/nextcloud-push bench

docs: setup ## Build the documentation into site/
	$(BIN)/mkdocs build --strict

clean: ## Remove what the other commands made
	rm -rf $(VENV) site .artifacts .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage
