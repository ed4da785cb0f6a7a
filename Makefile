# The two commands are `make run` and `make test`; everything else here serves them.
SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin

# What `make run` serves with; a variable that is set already wins.
export PORT
export REHEARSAL_PORT ?= $(shell expr $(PORT) + 443)
export REHEARSAL_SIGNING_PORT ?= $(shell expr $(PORT) + 444)
export KEYRING_FILE ?= $(CURDIR)/var/keyring
export AUDIT_KEY_FILE ?= $(CURDIR)/var/audit_key
export SITE_URL ?= http://127.0.0.1:$(PORT)
export REHEARSAL_API_URL ?= https://127.0.0.1:$(REHEARSAL_PORT)/connectedcar/v3
export REHEARSAL_SIGNING_URL ?= https://127.0.0.1:$(REHEARSAL_SIGNING_PORT)/sign
# Only the owner can read the files that are written, the database as well.
WITH_SECRET = umask 077; export SECRET_KEY="$${SECRET_KEY:-$$(cat var/secret_key)}"

# One process for each processor; a worker that has nothing left takes tests from another.
PYTEST = $(BIN)/python -m pytest -n auto --dist worksteal

.PHONY: run test check lint bench bench-load bench-review fuzz differential staff install prepare programs lock clean help

help:
	@echo "make run     serve on http://127.0.0.1:$(PORT), with the rehearsal beside it"
	@echo "make test    lint, types, and every test"
	@echo "make check   the fast half, in under a minute: lint without types and import rules, and the quick tests on SQLite"
	@echo "make lint    lint, types, import rules, templates, texts, styles and scripts"
	@echo "make bench   print tables of ratios, that of the review desk as well (a million onboardings, ten minutes)"
	@echo "make bench-load  let PARTNERS (20) walk through all steps at once, on PostgreSQL and two web processes"
	@echo "make bench-review  print only that of the review desk; REVIEW_DATABASES=sqlite leaves PostgreSQL out"
	@echo "make fuzz    try 300,000 mutations of what partners send"
	@echo "make differential  compare the verdicts on 6,000 generated chains with those of OpenSSL"
	@echo "make staff EMAIL=… ROLE=…  give an account a role at the review desk"
	@echo "make lock    lock the requirements again"

run: prepare
	@echo "Serving on http://127.0.0.1:$(PORT) (Ctrl-C stops)"
	@$(WITH_SECRET); exec $(BIN)/honcho start --no-prefix --port $(PORT)

prepare: install var/secret_key var/keyring var/audit_key
	@$(WITH_SECRET); $(BIN)/python manage.py migrate --no-input --verbosity 0
	@$(WITH_SECRET); $(BIN)/python manage.py collectstatic --no-input --clear --verbosity 0

install: .venv/installed

.venv/installed: requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

var:
	@mkdir -p -m 700 var

var/secret_key: | var
	@umask 077; $(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(50))' > $@.new && mv $@.new $@

var/keyring var/audit_key: | var install
	@umask 077; $(BIN)/python -c 'from onboarding.pki.custody import Keyring; print(Keyring.new_text(), end="")' > $@.new && mv $@.new $@

test: lint programs
	$(PYTEST)
	TEST_DATABASE=postgresql $(PYTEST) -m database

check: .venv/installed-dev
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	@DEBUG=1 $(BIN)/python -m tests.lint
	$(PYTEST) -m "not slow"

lint: .venv/installed-dev
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	@DEBUG=1 $(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/djlint templates --lint --quiet
	@$(BIN)/python -m tests.lint.gettext_programs
	@DEBUG=1 $(BIN)/python -m tests.lint

programs: .venv/installed-dev
	@$(BIN)/python -m tests.browser.chromium --install
	@$(BIN)/python -m tests.programs

bench: programs prepare
	@$(WITH_SECRET); $(BIN)/python -m tests.bench
	@$(WITH_SECRET); $(BIN)/python -m tests.bench.review

bench-load: .venv/installed-dev prepare
	@$(WITH_SECRET); $(BIN)/python -m tests.bench.load

fuzz: .venv/installed-dev
	FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-100000} $(BIN)/python -m pytest tests/pki -k properties
	$(BIN)/python -m tests.pki.fuzz --mutations $${FUZZ_MUTATIONS:-100000}

differential: .venv/installed-dev
	$(BIN)/python -W ignore -m tests.pki.validation.differential $${CHAINS:-6000}

bench-review: programs prepare
	@$(WITH_SECRET); $(BIN)/python -m tests.bench.review

ROLE ?= reviewer
staff: prepare
	@test -n "$(EMAIL)" || { echo "Name the account: make staff EMAIL=you@example.com ROLE=reviewer"; exit 1; }
	@$(WITH_SECRET); $(BIN)/python manage.py make_staff "$(EMAIL)" --role "$(ROLE)"

lock: .venv/installed-dev
	$(BIN)/uv pip compile --quiet --universal --generate-hashes pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --extra dev pyproject.toml -o requirements-dev.txt

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
