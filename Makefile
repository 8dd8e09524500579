# The commands for people and for CI. Each sets up what it needs by itself.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTEST_ARGS ?= -n 2 --dist loadfile

# Folders where most tests start no service; those that do are marked in tests/conftest.py.
UNIT := tests/bench tests/client tests/commands tests/config tests/dev tests/server tests/words

.DEFAULT_GOAL := help
.PHONY: help setup dev test unit matrix newest wheels check format bench docs clean

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 11

setup: $(VENV)/.all ## Make the virtual environment with all tools

# A stamp for each set of what is installed; the larger one brings the smaller one's.
$(VENV)/.all $(VENV)/.dev: pyproject.toml scripts/setup
	@scripts/setup $(PYTHON) $(VENV) $(patsubst .%,%,$(@F))

dev: $(VENV)/.dev ## Try it: a stand-in Nextcloud, the push server, and a first notification
	@$(BIN)/nextcloud-push dev --demo $(if $(PORT),--port $(PORT)) $(if $(PUSH_PORT),--push-port $(PUSH_PORT))

test: setup ## Install the services that the tests talk to, and run every test
	scripts/install-services
	$(BIN)/pytest $(PYTEST_ARGS)

unit: setup ## Run the tests that need no service, as any user
	WITHOUT_SERVICES=1 $(BIN)/pytest $(PYTEST_ARGS) -m 'not service' $(UNIT)

matrix: ## Run unit and contract tests on Python 3.12 and 3.13, where they are installed
	scripts/install-services
	scripts/matrix 3.12 3.13

newest: ## The same on the newest Python that is installed
	scripts/install-services
	scripts/matrix --newest

wheels: ## Show where each extra installs without a compiler
	$(PYTHON) scripts/check-wheels

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
	rm -rf $(VENV) $(VENV)-3.* site .artifacts .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage
