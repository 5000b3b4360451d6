# Everything sets itself up in .venv, on a machine that has only Python 3.11+, make and the package registries.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NODE_TOOLS := .node
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
DASHBOARD := service/dashboard
DASHBOARD_SOURCES := $(shell find $(DASHBOARD)/src $(DASHBOARD)/public $(DASHBOARD)/index.html -type f 2>/dev/null)
ARGS ?=

.PHONY: demo test test-quick test-gpu check-deploy lint bench bench-gpu dashboard dashboard-test system-packages clean

demo: $(VENV)/.demo $(DASHBOARD)/dist/index.html
	@$(BIN)/crushwatch demo $(ARGS)

test: $(VENV)/.dev dashboard-test system-packages lint
	$(BIN)/pytest $(ARGS)

# The rings that need no server, no browser and no real data.
test-quick: $(VENV)/.dev
	$(BIN)/pytest -m "not integration and not e2e and not science and not gpu" $(ARGS)

# Fails where there is no NVIDIA GPU.
test-gpu: $(VENV)/.dev
	CRUSHWATCH_GPU=1 $(BIN)/pytest -m gpu -rs tests/gpu tests/workers/infer $(ARGS)

# How fast on this GPU; appended to docs/benchmarks.md. A rehearsal anywhere: make bench-gpu ARGS="--device cpu --tiny"
bench-gpu: $(VENV)/.dev
	$(BIN)/python -m bench.gpu $(ARGS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# What can be proved of docker-compose.yml and deploy/ without a container engine; says what it could not check. Minutes.
check-deploy: $(VENV)/.dev
	bash tests/system-packages.sh docker-compose
	$(BIN)/python deploy/check.py

bench: $(VENV)/.dev $(DASHBOARD)/dist/index.html
	$(BIN)/python -m bench $(ARGS)

dashboard: $(DASHBOARD)/dist/index.html

dashboard-test: | $(VENV)/bin/python
	bash $(DASHBOARD)/build.sh $(PYTHON) $(NODE_TOOLS) test

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: pyproject.toml | $(VENV)/bin/python
	$(PIP) --editable '.[demo]'
	@touch $@

$(VENV)/.dev: pyproject.toml tests/install-dev.sh | $(VENV)/bin/python
	bash tests/install-dev.sh $(BIN)/python
	@touch $@ $(VENV)/.demo

# Node comes from the machine, or for this one step from a wheel in a folder that is deleted afterwards.
$(DASHBOARD)/dist/index.html: $(DASHBOARD_SOURCES) $(DASHBOARD)/package-lock.json | $(VENV)/bin/python
	bash $(DASHBOARD)/build.sh $(PYTHON) $(NODE_TOOLS)

# Redis, an RTSP server, a browser, promtool: what the tests meet for real. Says what is missing where it may not install.
system-packages:
	bash tests/system-packages.sh

clean:
	rm -rf $(VENV) $(NODE_TOOLS) $(DASHBOARD)/dist $(DASHBOARD)/node_modules out .mypy_cache .ruff_cache .pytest_cache
