# `make run` and `make test` make everything that they need; both are quick the second time.

PYTHON ?= python3.11
PY := .venv/bin/python
# Neither pip nor any library calls home.
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export GRADIO_ANALYTICS_ENABLED := False

requirements = $(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))$(1), sep="\n")'

.PHONY: run test format screenshots browser lock clean

run: .venv/runtime  ## from nothing to the page on http://127.0.0.1:7860
	$(PY) -m app

test: .venv/development browser  ## everything that CI runs
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	$(PY) -m index
	$(PY) -m eval --gate
	$(PY) -W error -m pytest

format: .venv/development  ## format, and repair what can be repaired
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

screenshots: .venv/development browser  ## pictures of the page in screenshots/, to be looked at
	$(PY) -m tests.screenshots

# Debian's Chromium for the browser tests, installed where this may be done. Without it they are skipped, except in CI.
browser:
	@command -v chromium >/dev/null || { \
	    test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
	        && apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends chromium; \
	} || echo "chromium is not installed: the browser tests need it (apt-get install chromium)"

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/runtime: requirements.txt | .venv/bin/python
	$(PY) -m pip install --progress-bar on -r requirements.txt
	touch $@

.venv/development: requirements-dev.txt .venv/runtime
	$(PY) -m pip install --progress-bar on -r requirements-dev.txt
	touch $@

# Torch first: without it, its range in another package would take a build for graphics cards. Of its name only the
# number is written down: which build that is, is the package index's affair.
lock:  ## solve the versions that pyproject.toml allows anew, and write them down
	rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock
	$(call requirements,["project"]["dependencies"]) > .venv-lock/runtime.in
	$(call requirements,["dependency-groups"]["dev"]) > .venv-lock/development.in
	.venv-lock/bin/pip install "$$(grep ^torch== .venv-lock/runtime.in)"
	.venv-lock/bin/pip install -r .venv-lock/runtime.in
	.venv-lock/bin/pip freeze | sed 's/+cpu$$//' > requirements.txt
	.venv-lock/bin/pip install -r requirements.txt -r .venv-lock/development.in
	.venv-lock/bin/pip freeze | sed 's/+cpu$$//' | grep -vxFf requirements.txt > requirements-dev.txt
	rm -rf .venv-lock

clean:  ## remove what was made here; the unpacked model stays in the user's cache folder
	rm -rf .venv .venv-lock .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
