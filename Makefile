# PYTHON is the interpreter of the development environment; `make install` builds it in .venv.
PYTHON ?= .venv/bin/python

.PHONY: install format lint types test slow check lock

install:
	python3 -m venv .venv
	.venv/bin/python -m pip install -q -r requirements-dev.lock
	.venv/bin/python -m pip install -q --no-deps -e .

format:
	$(PYTHON) -m ruff format . && $(PYTHON) -m ruff check --fix .

lint:
	$(PYTHON) -m ruff check . && $(PYTHON) -m ruff format --check .

types:
	$(PYTHON) -m mypy

test:
	$(PYTHON) -m pytest -q -m "not slow"

slow:
	$(PYTHON) -m pytest -q -m slow

check: lint types
	$(PYTHON) -m pytest -q

lock:
	.venv/bin/python -m pip install -q -e .[dev]
	.venv/bin/python -m pip freeze --exclude-editable --exclude argmine > requirements-dev.lock
