# `make run` and `make test` make everything that they need; both are quick the second time.

PYTHON ?= python3.11
PY := .venv/bin/python
# Neither pip nor any library calls home.
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export GRADIO_ANALYTICS_ENABLED := False

requirements = $(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))$(1), sep="\n")'

# A package is taken only if it is built already and its SHA-256 sum is written down; nothing comes along unasked.
locked = $(PY) -m pip install --progress-bar on --no-deps --only-binary :all: --require-hashes -r

.PHONY: run install test format screenshots debian lock licences size audit clean

run: .venv/runtime  ## from nothing to the page on http://127.0.0.1:7860
	$(PY) -m app

install: .venv/runtime  ## all that running needs

test: .venv/development debian  ## everything that CI runs
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/deptry .
	.venv/bin/mypy
	$(PY) -m index
	$(PY) -m eval --gate
	$(PY) -W error -m pytest

format: .venv/development  ## format, and repair what can be repaired
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

screenshots: .venv/development debian  ## pictures of the page in screenshots/, to be looked at
	$(PY) -m tests.screenshots

# Debian's Chromium and nginx for the tests, installed where this may be done. Without them the tests that need them are
# skipped, except in CI.
debian:
	@command -v chromium >/dev/null && command -v /usr/sbin/nginx >/dev/null || { \
	    test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -q \
	        && DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends chromium nginx-light; \
	} || echo "some tests need chromium and nginx: apt-get install chromium nginx-light"

.venv/bin/python:
	$(PYTHON) -m venv .venv || { rm -rf .venv; echo "On Debian: apt install $(notdir $(PYTHON))-venv" >&2; exit 1; }

# Torch last: all that its smallest build needs is there by then, so that build brings nothing more.
.venv/runtime: requirements.txt requirements-torch.txt | .venv/bin/python
	$(locked) requirements.txt
	$(PY) -m pip install --progress-bar on -r requirements-torch.txt
	$(PY) -m pip check
	touch $@

.venv/development: requirements-dev.txt .venv/runtime
	$(locked) requirements-dev.txt
	$(PY) -m pip check
	touch $@

# Torch first: without it, its range in another package would take a build for graphics cards. Of its name only the
# number is written down: which build that is, is the package index's affair, and so is what that build needs besides.
# `--all`, for setuptools is needed as well. uv writes down the sums of every file of a version, other machines' too.
lock: freeze = .venv-lock/bin/pip freeze --all | grep -vE '^(pip|torch|triton|nvidia-.*|cuda-.*)=='
lock: sums = .venv-lock/bin/uv pip compile -q --no-deps --generate-hashes --no-annotate --custom-compile-command "make lock"
lock:  ## solve the versions that pyproject.toml allows anew, and write them down with their sums and licences
	rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock
	$(call requirements,["project"]["dependencies"]) > .venv-lock/runtime.in
	$(call requirements,["dependency-groups"]["dev"]) > .venv-lock/development.in
	.venv-lock/bin/pip install "$$(grep ^torch== .venv-lock/runtime.in)"
	.venv-lock/bin/pip install -r .venv-lock/runtime.in
	$(freeze) > .venv-lock/runtime.txt
	.venv-lock/bin/pip install -r .venv-lock/development.in -c .venv-lock/runtime.txt
	$(freeze) | grep -vxFf .venv-lock/runtime.txt > .venv-lock/development.txt
	.venv-lock/bin/pip install uv
	$(sums) .venv-lock/runtime.txt -o requirements.txt > /dev/null
	$(sums) .venv-lock/development.txt -o requirements-dev.txt > /dev/null
	sed -i "s/^torch==.*/$$(grep ^torch== .venv-lock/runtime.in)/" requirements-torch.txt
	.venv-lock/bin/python -m tests.supply licences > .venv-lock/LICENSES.md && mv .venv-lock/LICENSES.md .
	rm -rf .venv-lock

licences: .venv/development  ## write LICENSES.md anew from what is installed
	$(PY) -m tests.supply licences > .venv/LICENSES.md && mv .venv/LICENSES.md .

size: .venv/runtime  ## megabytes on disk, package by package
	$(PY) -m tests.supply size

# No part of `make test`: it asks a service that not every machine reaches. `--strict`: what cannot be looked up is an
# error and no clean bill. Its own environment, so that nothing of it is locked.
audit: ask = .venv-audit/bin/pip-audit --strict --disable-pip --progress-spinner off
audit:  ## ask whether a known vulnerability touches a locked version
	rm -rf .venv-audit && $(PYTHON) -m venv .venv-audit
	.venv-audit/bin/pip install -q pip-audit
	$(ask) -r requirements.txt -r requirements-dev.txt
	$(ask) --no-deps -r requirements-torch.txt
	rm -rf .venv-audit

.PHONY: peers
peers: eval/peers.txt requirements-torch.txt  ## what `python -m eval bench` compares with, in .venv-peers, apart from the rest
	$(PYTHON) -m venv --clear .venv-peers
	.venv-peers/bin/pip install -r requirements-torch.txt
	.venv-peers/bin/pip install --no-deps --only-binary :all: -r eval/peers.txt
	.venv-peers/bin/pip check

clean:  ## remove what was made here; the unpacked model stays in the user's cache folder
	rm -rf .venv .venv-lock .venv-audit .venv-peers .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
