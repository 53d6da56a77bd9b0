# `make run` and `make test` need CPython 3.11 or newer and make; the rest they install themselves.

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PEERS := build/peers
AUDIT := build/audit
UV_VERSION := 0.13.9
SPEECH := espeak-ng espeak flite festival festvox-us-slt-hts sox
REDIS := redis-server
PROMTOOL := prometheus

.PHONY: run talk cluster chaos storecost test lint format types contracts tests ears latency aborts load storm outage faults detect cuts takeovers parked slowphone drain bench profile soak samples sbom audit fuzz hostile lock clean

run: $(VENV)/run.stamp
	@$(BIN)/python -m gateway serve --dev

talk: $(VENV)/run.stamp
	@$(BIN)/gateway talk samples/??-*.wav --expect samples/expected.json --expect-at-least 11

cluster: $(VENV)/run.stamp
	@sh scripts/need-packages.sh $(REDIS)
	@$(BIN)/python -m bench.cluster $(if $(PORTS),--ports $(PORTS)) $(if $(REDIS_PORT),--redis-port $(REDIS_PORT))

test: lint types contracts tests

lint: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/test.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/test.stamp
	$(BIN)/mypy

contracts: $(VENV)/test.stamp
	$(BIN)/lint-imports

tests: $(VENV)/test.stamp
	@sh scripts/need-packages.sh $(SPEECH) $(REDIS) $(PROMTOOL) curl
	$(BIN)/pytest -n 4 --dist loadfile --no-loadscope-reorder --cov --cov-report=
	$(BIN)/coverage report
	$(BIN)/coverage report --include='actors/*,schemas/*,shopping/*' --fail-under=100
	$(BIN)/coverage report --include='gateway/*' --fail-under=90 >/dev/null
	$(BIN)/coverage report --include='emulator/*' --fail-under=90 >/dev/null

ears: $(VENV)/run.stamp
	@sh scripts/need-packages.sh $(SPEECH)
	$(BIN)/python -m emulator.report

chaos: $(VENV)/run.stamp
	@sh scripts/need-packages.sh $(REDIS)
	$(BIN)/python -m bench.chaos $(if $(QUICK),--quick) $(if $(SEED),--seed $(SEED))

drain: $(VENV)/run.stamp
	@sh scripts/need-packages.sh $(REDIS)
	$(BIN)/python -m bench.drain

latency aborts load storm outage cuts takeovers parked: $(VENV)/run.stamp
	$(BIN)/python -m bench.$@

hostile: $(VENV)/run.stamp
	$(BIN)/python -m bench.hostile

slowphone: $(VENV)/run.stamp
	$(BIN)/python -m bench.slow_phone

faults: $(VENV)/run.stamp
	$(BIN)/python -m bench.faults --write docs/faults.md

detect: $(VENV)/run.stamp
	@sh scripts/need-packages.sh espeak-ng sox
	$(BIN)/python -m bench.detect --write docs/detection.md

storecost: $(VENV)/run.stamp
	@sh scripts/need-packages.sh $(REDIS)
	$(BIN)/python -m bench.storecost $(if $(QUICK),--quick) --write docs/scaling.md

bench: $(VENV)/run.stamp $(PEERS)/run.stamp
	@sh scripts/need-packages.sh haproxy
	$(BIN)/python -m bench.compare $(if $(QUICK),--quick) --write docs/performance.md

profile: $(VENV)/run.stamp $(PEERS)/run.stamp
	@sh scripts/need-packages.sh haproxy linux-perf strace
	$(BIN)/python -m bench.profile --write docs/performance.md

soak: $(VENV)/run.stamp
	$(BIN)/python -m bench.soak $(if $(QUICK),--quick) --write docs/performance.md

samples: $(VENV)/run.stamp
	@sh scripts/need-packages.sh espeak-ng sox
	$(BIN)/python samples/make_samples.py

# A million broken frames for the decoders; SEED=… repeats a run, INPUTS=… makes it shorter.
fuzz: $(VENV)/run.stamp
	$(BIN)/python -m fuzz $(if $(INPUTS),--inputs $(INPUTS)) $(if $(SEED),--seed $(SEED))

# The lock files as a bill of materials and as a licence report.
sbom: $(VENV)/run.stamp
	$(BIN)/python -m supply.sbom > $(VENV)/sbom.tmp && mv $(VENV)/sbom.tmp sbom.cdx.json
	$(BIN)/python -m supply.licences > $(VENV)/licences.tmp && mv $(VENV)/licences.tmp docs/licences.md

# Asks a public service about each pinned package; --strict: one that it cannot look up is a failure.
audit: $(AUDIT)/run.stamp
	$(AUDIT)/bin/pip-audit --strict --no-deps --disable-pip -r requirements.lock
	$(AUDIT)/bin/pip-audit --strict --no-deps --disable-pip -r requirements-emulator.lock

lock: $(VENV)/run.stamp
	$(BIN)/pip install --quiet uv==$(UV_VERSION)
	sh scripts/lock.sh $(BIN)/uv

clean:
	rm -rf $(VENV) build dist .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "CPython 3.11 or newer is needed: install python3.11 and its venv module" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { echo "The venv module is missing: apt-get install python3-venv" >&2; rm -rf $(VENV); exit 2; }

$(VENV)/run.stamp: requirements-emulator.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing the gateway and the emulator into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-emulator.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@touch $@

$(VENV)/test.stamp: requirements-dev.lock $(VENV)/run.stamp
	@echo "Installing what the tests need into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

$(PEERS)/run.stamp: bench/requirements-peers.lock | $(VENV)/bin/python
	@echo "Installing what the gateway is compared with into $(PEERS) ..."
	@test -x $(PEERS)/bin/python || $(PYTHON) -m venv $(PEERS)
	@$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r bench/requirements-peers.lock
	@touch $@

$(AUDIT)/run.stamp: supply/requirements-audit.lock | $(VENV)/bin/python
	@echo "Installing pip-audit into $(AUDIT) ..."
	@test -x $(AUDIT)/bin/python || $(PYTHON) -m venv $(AUDIT)
	@$(AUDIT)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r supply/requirements-audit.lock
	@touch $@
