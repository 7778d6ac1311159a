# A verb for each of the chores. Each creates the environment it needs; nothing is done by hand.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TYPESCRIPT := typescript@7.0.2
AS_ROOT := $(if $(filter 0,$(shell id -u)),,sudo -n)
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: demo test lint docs bench browser clean

demo: $(VENV)/.demo-ready  ## Train a model on real data, explain it, write a report
	$(BIN)/pellucid demo

test: lint docs browser  ## Everything that must hold: style, types, floors, documentation, all tests
	$(BIN)/pytest -n auto --dist loadgroup

lint: $(VENV)/.dev-ready  ## Style and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	@if npx --yes --package $(TYPESCRIPT) tsc --version >/dev/null 2>&1; \
	then npx --yes --package $(TYPESCRIPT) tsc -p .; \
	else echo "no Node, or no $(TYPESCRIPT): types of the dashboard's script are not checked"; fi

docs: $(VENV)/.dev-ready  ## Build the documentation; a warning is an error
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html

browser:  ## Install Chromium, which tests of the dashboard drive, where it is missing and may be installed
	@if (command -v chromium || command -v chromium-browser || command -v google-chrome) >/dev/null; then :; \
	elif command -v apt-get >/dev/null && $(AS_ROOT) true 2>/dev/null; then \
	$(AS_ROOT) apt-get update -qq && $(AS_ROOT) apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	else echo "no Chromium, and no right to install it: tests of the dashboard are skipped"; fi

bench: $(VENV)/.bench-ready  ## Speed, memory and accuracy beside the peers, for hours on an idle machine
	$(BIN)/python benchmarks/trees/run.py
	$(BIN)/python benchmarks/trees/threads.py
	$(BIN)/python benchmarks/trees/latency.py
	$(BIN)/python benchmarks/black_box/overhead.py
	$(BIN)/python benchmarks/black_box/accuracy.py
	$(BIN)/python benchmarks/black_box/whole_reference.py
	$(BIN)/python benchmarks/black_box/coverage.py
	$(BIN)/python benchmarks/black_box/old_example.py
	$(BIN)/python benchmarks/black_box/lime_stability.py
	$(BIN)/python benchmarks/mimic/compare.py
	$(BIN)/python benchmarks/mimic/attributions.py
	$(BIN)/python benchmarks/mimic/stream.py
	$(BIN)/python benchmarks/deep/run.py
	$(BIN)/python benchmarks/dashboard/run.py
	$(BIN)/python benchmarks/trees/memory.py

clean:  ## Remove everything that was built
	rm -rf $(VENV) docs/_build docs/reference/generated demo .mypy_cache .ruff_cache .pytest_cache

$(VENV)/bin/pip:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"

$(VENV)/.demo-ready: pyproject.toml | $(VENV)/bin/pip
	$(BIN)/pip install --quiet --editable ".[demo]"
	touch $@

$(VENV)/.dev-ready: pyproject.toml | $(VENV)/bin/pip
	$(BIN)/pip install --quiet --editable ".[all]" --group dev
	touch $@ $(VENV)/.demo-ready

$(VENV)/.bench-ready: pyproject.toml $(VENV)/.dev-ready
	$(BIN)/pip install --quiet --group bench
	touch $@
