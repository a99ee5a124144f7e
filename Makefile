PYTHON ?= python3
.DEFAULT_GOAL := help
.PHONY: help run stack test test-thorough test-faults screenshots lock

help:  ## this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/make \1\t\2/'

run:  ## the demo site on http://127.0.0.1:8000 (PORT=8123 for another port)
	@$(PYTHON) tools/dev.py run

stack:  ## the site in production on this machine, with PostgreSQL, Redis, workers and beat
	@$(PYTHON) tools/dev.py stack

test:  ## linters, types, import contracts and all tests
	@$(PYTHON) tools/dev.py test

test-thorough:  ## the tests that invent their cases again, with many more of them
	@$(PYTHON) tools/dev.py test-thorough

test-faults:  ## races, kills and faults at their full size (FULL=1 for that of a release)
	@$(PYTHON) tools/dev.py test-faults

screenshots:  ## a picture of every page into docs/screenshots, shown by docs/screenshots.md
	@$(PYTHON) tools/dev.py screenshots

lock:  ## resolve the dependencies of pyproject.toml again into requirements*.txt
	@$(PYTHON) tools/dev.py lock
