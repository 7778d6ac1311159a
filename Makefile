# Five verbs for all the chores. Each creates the environment it needs; nothing is done by hand.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: demo test lint docs bench clean

demo: $(VENV)/.demo-ready  ## Train a model on real data, explain it, write a report
	$(BIN)/pellucid demo

test: lint docs  ## Everything that must hold: style, types, floors, documentation, all tests
	$(BIN)/pytest -n auto

lint: $(VENV)/.dev-ready  ## Style and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

docs: $(VENV)/.dev-ready  ## Build the documentation; a warning is an error
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html

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
