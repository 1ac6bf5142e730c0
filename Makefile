# Everything a fresh machine needs is Python 3.11+ and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help run test check bench format clean

help:  ## Say what can be made.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/:/' | column -t -s:

$(VENV)/.product: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.tests: $(VENV)/.product
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test,check]'
	@touch $@

run: $(VENV)/.product  ## Start the proxy between a sandbox LMS and a sandbox SCORM Cloud.
	$(BIN)/scormveil demo

test: $(VENV)/.tests  ## Run all tests. SCORMVEIL_NO_SKIPS=1 makes a skip a failure.
	$(BIN)/python -m tests.run

check: $(VENV)/.tests  ## Lint, format, types, then the tests.
	$(BIN)/ruff check --output-format concise
	$(BIN)/ruff format --check
	@# The types beside the tests: they keep one processor busy for a minute. What they say is told at the end.
	@$(BIN)/mypy >.mypy.out 2>&1 & types=$$!; $(BIN)/python -m tests.run; tests=$$?; \
	wait $$types; types=$$?; cat .mypy.out; rm -f .mypy.out; exit $$((tests | types))

bench: $(VENV)/.tests  ## Compare with nginx and mitmproxy, interleaved (a few minutes; needs nginx).
	$(BIN)/python -m bench

format:  ## Format the code.
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean:  ## Remove what was built, but not `run/`, which holds keys and a mapping.
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
