# Needs Python >= 3.11 and make; everything else is installed into .venv by the first target that needs it.
# Another interpreter: make test PYTHON=python3.12      More arguments for pytest: make test ARGS="-k paging"
PYTHON ?= python3
ARGS ?=
WORKERS ?= -n auto --maxprocesses 4 --dist loadfile
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: test check demo bench soak clean
.DEFAULT_GOAL := test

test: check
	$(BIN)/python -m pytest -q $(WORKERS) $(ARGS)

check: $(VENV)/.dev
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

demo: $(VENV)/.embedded
	$(BIN)/python examples/demo/demo.py $(ARGS)

bench: $(VENV)/.dev
	$(BIN)/python tests/bench/bench.py $(ARGS)

# The same properties as in `make test`, with fifty times the generated examples.
soak: $(VENV)/.dev
	$(BIN)/python -m pytest -q --hypothesis-profile=soak -m "hypothesis" $(ARGS)

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find provider tests examples -type d -name __pycache__ -prune -exec rm -rf {} +

# A stamp is newer than pyproject.toml once its extras are installed.
$(VENV)/.dev: pyproject.toml | $(BIN)/python
	$(INSTALL) -e '.[dev]'
	@touch $@ $(VENV)/.embedded

$(VENV)/.embedded: pyproject.toml | $(BIN)/python
	$(INSTALL) -e '.[embedded,plot]'
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'Python 3.11 or later is needed; name one with: make PYTHON=python3.12' >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }
