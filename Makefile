# Each target stands alone on a fresh machine with make and Python >= 3.11; no step asks anything.
PYTHON ?= python3
BIN := .venv/bin
SOAK_S ?= 600
# `make bench PRICE_CONDITIONS=10000000` measures prices and punchout at full size.
PRICE_CONDITIONS ?= 1000000

.PHONY: demo serve test check bench soak install install-test foreign clean

.venv/.installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	touch $@

.venv/.installed-test: .venv/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check --group test
	touch $@

# What plays the ERP of the demo.
.venv/.installed-demo: .venv/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[demo]'
	touch $@

install: .venv/.installed
install-test: .venv/.installed-test

demo: .venv/.installed-demo
	$(BIN)/gateway demo .demo

serve: install
	test -f .demo/gateway.toml || $(MAKE) demo
	-$(BIN)/gateway --workspace .demo punchout open acme_bremen
	$(BIN)/gateway --workspace .demo serve

check: install-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The tests speak with servers and a browser that others wrote: fetched where that is allowed; what is missing on CI fails.
FOREIGN = $(if $(wildcard /usr/sbin/sshd),,openssh-server) $(if $(shell which php),,php-cli php-soap) \
  $(if $(shell which chromium chromium-browser google-chrome),,chromium)
foreign:
	@test -z "$(strip $(FOREIGN))" || test "$$(id -u)" -ne 0 || ! command -v apt-get >/dev/null || \
	  ( apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $(FOREIGN) ) \
	  >/dev/null 2>&1 || true

# Many tests wait for processes: more at a time than there are cores. Each of them would compile the gateway anew where the
# environment forbids Python to keep what it compiled.
test: export PYTHONDONTWRITEBYTECODE :=
# What fails beside others is run again, each by itself: what is broken fails again, and what passes then is named.
test: install-test foreign check
	$(BIN)/pytest -n 4 --dist worksteal -m "not soak" || \
	  $(BIN)/pytest -m "not soak" --last-failed --last-failed-no-failures none --maxfail 3 -rA --show-capture no

# Each in a process of its own: none feels the memory that another one left.
bench: install-test
	$(BIN)/python -m tests.speed edifact
	$(BIN)/python -m tests.speed mapping
	$(BIN)/python -m tests.speed line
	PRICE_CONDITIONS=$(PRICE_CONDITIONS) $(BIN)/python -m tests.speed prices
	$(BIN)/python -m tests.speed http
	PRICE_CONDITIONS=$(PRICE_CONDITIONS) $(BIN)/python -m tests.speed punchout
	$(BIN)/python -m tests.speed search
	$(BIN)/python -m tests.speed queue
	$(BIN)/python -m tests.speed receive
	$(BIN)/python -m tests.speed sftp
	$(BIN)/python -m tests.speed size
	$(BIN)/python -m tests.speed sync
	$(BIN)/python -m tests.speed feed

soak: install-test
	SOAK_S=$(SOAK_S) $(BIN)/pytest -m soak --timeout 0 -s

clean:
	rm -rf .venv .demo dist build
