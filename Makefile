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

.PHONY: run test check lint messages bench bench-load bench-review fuzz faults differential screenshots staff install prepare programs lock sbom clean help

help:
	@echo "make run     serve on http://127.0.0.1:$(PORT), with the rehearsal beside it"
	@echo "make test    lint, types, and every test"
	@echo "make check   the fast half, in under a minute: lint without types and import rules, and the quick tests on SQLite"
	@echo "make lint    lint, types, import rules, templates, texts, styles and scripts"
	@echo "make bench   print tables of ratios, that of the review desk as well (a million onboardings, ten minutes)"
	@echo "make bench-load  let PARTNERS (20) walk through all steps at once, on PostgreSQL and two web processes"
	@echo "make bench-review  print only that of the review desk; REVIEW_DATABASES=sqlite leaves PostgreSQL out"
	@echo "make fuzz    try 300,000 mutations of what partners send, and 200,000 inputs of forms"
	@echo "make faults  kill workers at some 300 points, on SQLite and PostgreSQL"
	@echo "make differential  compare the verdicts on 6,000 generated chains with those of OpenSSL"
	@echo "make messages  bring the catalogs of translations up to date with the code"
	@echo "make staff EMAIL=… ROLE=…  give an account a role at the review desk"
	@echo "make screenshots  take a picture of every page into test-results/screenshots; LANGUAGES=\"en de\" names languages"
	@echo "make lock    lock the requirements again"
	@echo "make sbom    write a CycloneDX list of what a server installs"

run: prepare
	@echo "Serving on http://127.0.0.1:$(PORT) (Ctrl-C stops)"
	@$(WITH_SECRET); exec $(BIN)/honcho start --no-prefix --port $(PORT)

prepare: install var/secret_key var/keyring var/audit_key
	@$(WITH_SECRET); $(BIN)/python manage.py compilemessages
	@$(WITH_SECRET); $(BIN)/python manage.py migrate --no-input --verbosity 0
	@$(WITH_SECRET); $(BIN)/python manage.py collectstatic --no-input --clear --verbosity 0

install: .venv/installed

# pip itself first: its version is locked as well. requirements.txt alone is what a server needs.
.venv/installed: requirements-pip.txt requirements-run.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-pip.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-run.txt
	@touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

var:
	@mkdir -p -m 700 var

var/secret_key: | var
	@umask 077; $(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(50))' > $@.new && mv $@.new $@

var/keyring var/audit_key: | var install
	@umask 077; $(BIN)/python -c 'from onboarding.pki.keyring import Keyring; print(Keyring.new_text(), end="")' > $@.new && mv $@.new $@

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
	@DEBUG=1 $(BIN)/python -m tests.lint

messages: .venv/installed-dev
	@DEBUG=1 $(BIN)/python -m tests.lint.messages

programs: .venv/installed-dev
	@$(BIN)/python -m tests.browser.chromium --install
	@$(BIN)/python -m tests.programs

bench: programs prepare
	@$(WITH_SECRET); $(BIN)/python -m tests.bench
	@$(WITH_SECRET); $(BIN)/python -m tests.bench.review

LANGUAGES ?= en
screenshots: programs
	$(BIN)/python -m tests.browser.screenshots test-results/screenshots $(LANGUAGES)

bench-load: .venv/installed-dev prepare
	@$(WITH_SECRET); $(BIN)/python -m tests.bench.load

fuzz: .venv/installed-dev
	FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-100000} $(BIN)/python -m pytest tests/pki -k properties
	$(BIN)/python -m tests.pki.fuzz --mutations $${FUZZ_MUTATIONS:-100000}
	$(BIN)/python -m tests.security.form_fuzz --inputs $${FUZZ_FORMS:-200000}

faults: .venv/installed-dev
	WORKER_EMAILS=$${WORKER_EMAILS:-300} $(BIN)/python -m pytest tests/workflow/test_worker_faults.py -n 0
	TEST_DATABASE=postgresql WORKER_EMAILS=$${WORKER_EMAILS:-300} $(BIN)/python -m pytest tests/workflow/test_worker_faults.py -n 0

differential: .venv/installed-dev
	$(BIN)/python -W ignore -m tests.pki.validation.differential $${CHAINS:-6000}

bench-review: programs prepare
	@$(WITH_SECRET); $(BIN)/python -m tests.bench.review

ROLE ?= reviewer
staff: prepare
	@test -n "$(EMAIL)" || { echo "Name the account: make staff EMAIL=you@example.com ROLE=reviewer"; exit 1; }
	@$(WITH_SECRET); $(BIN)/python manage.py make_staff "$(EMAIL)" --role "$(ROLE)"

LOCK = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links
lock: .venv/installed-dev
	$(LOCK) --group pip -o requirements-pip.txt
	$(LOCK) pyproject.toml -o requirements.txt
	$(LOCK) --extra run pyproject.toml -o requirements-run.txt
	$(LOCK) --extra run --extra dev pyproject.toml -o requirements-dev.txt
	@! grep -nE '^-|https?://' requirements*.txt || { echo "An address of an index got into the lock."; exit 1; }

# What a server installs, for tools that compare it with lists of known vulnerabilities.
sbom: .venv/installed-dev | var
	$(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible --of JSON -o var/sbom.json requirements.txt
	@echo "Wrote var/sbom.json"

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
