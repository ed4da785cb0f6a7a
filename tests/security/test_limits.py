"""Limits hold against parallel requests, several processes, and somebody who fills the store (ASVS 2.4.1, 6.3.1)."""

import re
import subprocess
import sys
import threading
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx2
import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from onboarding import limits
from onboarding.limits import LIMITS, Scope
from onboarding.models import AuditRecord, LimitCounter, Onboarding
from onboarding.pki.errors import PassphraseError
from onboarding.workflow import limit_store, onboardings, requests
from onboarding.workflow.limits import LimitReachedError, at_once, at_once_in_process, consume
from tests import factories
from tests.browser.processes import PROJECT, Running, free_port
from tests.browser.sites import install, server_command
from tests.postgresql import start
from tests.security.conftest import confirm
from tests.security.limit_rows import rows
from tests.workflow.concurrency import run_together

database = pytest.mark.database
RATES = [limit for limit in LIMITS if {Scope.ACCOUNT, Scope.ADDRESS} <= {*limit.scopes}]


@pytest.fixture(params=RATES, ids=lambda limit: limit.name)
def rate(request, settings):
    """Each limit of an account and an address, set to two uses."""
    setattr(settings, request.param.setting, 2)
    return request.param


def uses(actor, limit, number):
    """Return the scope that refused each of `number` uses; "" for an allowed one."""
    refused = []
    for _ in range(number):
        try:
            consume(actor, limit)
            refused.append("")
        except LimitReachedError as error:
            refused.append(error.scope.value)
    return refused


@pytest.mark.django_db
@pytest.mark.asvs("2.3.2", "2.4.1", "6.3.1", "15.2.2")
def test_each_limit_counts_for_the_account_and_the_address(rate, owner, monkeypatch):
    """An account has two uses, the address ten, and an IPv6 address counts with its network."""
    assert uses(owner, rate, 3) == ["", "", "account"]
    monkeypatch.setattr("onboarding.workflow.limits.client_address", lambda: "2001:db8::1")
    accounts = [factories.partner(f"{number}@flottes.example") for number in range(6)]
    assert [uses(account, rate, 2) for account in accounts[:5]] == [["", ""]] * 5
    monkeypatch.setattr("onboarding.workflow.limits.client_address", lambda: "2001:db8::2")
    assert uses(accounts[5], rate, 1) == ["address"]
    with time_machine.travel(timezone.now() + rate.period + timedelta(seconds=1), tick=False):
        assert uses(owner, rate, 1) == [""]


@database
@pytest.mark.django_db(transaction=True)
def test_parallel_uses_do_not_exceed_a_limit(owner, settings):
    """Of 24 uses that start together, exactly the allowed seven pass."""
    settings.CHECKS_IN_10_MINUTES = 7
    results = run_together(*[lambda: uses(owner, limits.CHECKS, 1)] * 24)
    assert Counter(scope for scopes in results for scope in scopes) == {"": 7, "account": 17}


@database
@pytest.mark.django_db(transaction=True)
def test_parallel_claims_of_a_key_of_the_cache_have_one_winner():
    """allauth's lock around its counters is such a claim. An expired one is taken over by one as well."""
    for _ in range(3):
        winners = run_together(*[lambda: cache.add("lock", True, 30)] * 8)
        assert winners.count(True) == 1
        LimitCounter.objects.update(expires_at=1)


@database
@pytest.mark.django_db(transaction=True)
@pytest.mark.asvs("2.3.4", "15.2.2")
def test_parallel_keys_do_not_exceed_the_places(owner, settings):
    """Of twelve threads that want a place, two of the account get one; the places are free afterwards."""
    settings.KEYS_AT_ONCE_PER_ACCOUNT, settings.KEYS_AT_ONCE = 2, 8
    everybody_tried = threading.Barrier(12)

    def hold():
        try:
            with at_once(owner, limits.ACCOUNT_KEYS_AT_ONCE, limits.SITE_KEYS_AT_ONCE, seconds=60):
                everybody_tried.wait(20)
                return "held"
        except LimitReachedError as error:
            everybody_tried.wait(20)
            return error.limit.name

    assert Counter(run_together(*[hold] * 12)) == {"held": 2, "keys_at_once": 10}
    assert LimitCounter.objects.count() == 0


@pytest.mark.django_db
def test_a_place_of_a_killed_process_becomes_free(owner, settings):
    """Nobody releases it, so it expires."""
    settings.KEYS_AT_ONCE_PER_ACCOUNT = 1
    held = at_once(owner, limits.ACCOUNT_KEYS_AT_ONCE, seconds=60)
    held.__enter__()
    other = at_once(owner, limits.ACCOUNT_KEYS_AT_ONCE, seconds=60)
    with pytest.raises(LimitReachedError):
        other.__enter__()
    later = time_machine.travel(timezone.now() + timedelta(seconds=61), tick=False)
    with later, at_once(owner, limits.ACCOUNT_KEYS_AT_ONCE, seconds=60):
        held.__exit__(None, None, None)  # the old holder must not release the place of the new one
        assert LimitCounter.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.asvs("6.3.1")
def test_asking_for_password_resets_flushes_no_counter(browser_of, owner, settings):
    """320 resets from as many addresses, for as many accounts, are more than the 300 entries of Django's own cache."""
    settings.PASSPHRASES_IN_10_MINUTES, settings.BEHIND_PROXY, settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2, True, 1
    settings.ACCOUNT_RATE_LIMITS = {}
    anonymous, sign_in = Client(), {"login": owner.email, "password": "a wrong password"}
    for number in range(5):
        anonymous.post(reverse("account_login"), sign_in, headers={"x-forwarded-for": f"203.0.113.{number}"})
    assert uses(owner, limits.PASSPHRASES, 3) == ["", "", "account"]
    for number in range(320):
        form, address = {"email": f"nobody{number}@flottes.example"}, f"198.51.{number // 250}.{number % 250}"
        page = anonymous.post(reverse("account_reset_password"), form, headers={"x-forwarded-for": address})
        assert page.status_code == 302
    assert uses(owner, limits.PASSPHRASES, 1) == ["account"]
    right = sign_in | {"password": "velvet-anchor-92-river"}
    page = anonymous.post(reverse("account_login"), right, headers={"x-forwarded-for": "203.0.113.99"})
    assert page.context["form"].errors != {}
    assert mail.outbox == []  # none of the addresses has an account


@pytest.mark.django_db
def test_only_expired_counters_are_removed(owner, settings):
    """A purge of any size leaves those that count."""
    settings.CHECKS_IN_10_MINUTES = 1
    assert uses(owner, limits.CHECKS, 1) == [""]
    LimitCounter.objects.bulk_create(LimitCounter(key=f"old{n}", expires_at=1) for n in range(30))
    assert (limit_store.purge(20), limit_store.purge(20), limit_store.purge(20)) == (20, 10, 0)
    assert uses(owner, limits.CHECKS, 1) == ["account"]


def page_of(limit, browser, owner):
    """Use `limit` once on its page; return the response and the text that was typed."""
    typed, new = "typed by the partner", reverse("onboarding:new")
    if limit == limits.CHECKS:
        return browser.post(reverse("onboarding:check"), {"csr_text": typed}), typed
    if limit in {limits.STARTS, limits.OPEN_ONBOARDINGS}:
        form = {"mzp_login": "MZP777777", "environment": "production", "onboarding": str(uuid.uuid4())}
        return browser.post(new, form), form["mzp_login"]
    if limit == limits.INVITATIONS:
        form = {"email": "colleague@flottes.example", "role": "member"}
        confirm(browser)
        address = reverse("onboarding:colleagues", args=[factories.started(owner).pk])
        return browser.post(address, form), form["email"]
    name = {limits.UPLOADS: "certificate", limits.KEYS: "key", limits.TESTS: "test", limits.PASSPHRASES: "request"}
    make = {limits.KEYS: factories.described, limits.UPLOADS: factories.sent, limits.PASSPHRASES: factories.with_key}
    onboarding = make.get(limit, factories.certified)(owner)
    secret = {"passphrase": factories.PASSPHRASE, "password": "a password", "test": str(uuid.uuid4())}
    form = secret | {"key_size": "2048", "text": typed, "try_anyway": "on"}
    shown = typed if limit == limits.UPLOADS else ""
    return browser.post(reverse(f"onboarding:{name[limit]}", args=[onboarding.pk]), form), shown


PAGES = [limit for limit in RATES if limit not in {limits.PRACTICE_SIGNATURES, limits.DESK_ADDITIONS}] + [
    limits.OPEN_ONBOARDINGS
]


@pytest.mark.django_db
@pytest.mark.parametrize("limit", PAGES, ids=lambda limit: limit.name)
def test_a_page_says_when_to_try_again_and_keeps_what_was_typed(limit, browser_of, owner, settings):
    """The refusal is one error of the form, and one row of the audit record, however often it is repeated."""
    setattr(settings, limit.setting, 1)
    if limit.period:
        key = f"{limit.name}:ACCOUNT:{owner.pk}"
        LimitCounter.objects.create(key=key, count=1, expires_at=timezone.now().timestamp() + 290)
    else:
        factories.started(owner)
    for _ in range(2):
        page, typed = page_of(limit, browser_of, owner)
        text = page.context["form"].errors.as_text()
        assert (str(limit.reason) in text, "Try again in 5 minutes." in text) == (True, bool(limit.period)), text
        assert typed in page.content.decode()
        assert factories.PASSPHRASE not in page.content.decode()
        Onboarding.objects.exclude(tests=None).delete()
        settings.OPEN_ONBOARDINGS = settings.ONBOARDINGS_A_DAY = 1000
        setattr(settings, limit.setting, 1)
    records = [row for row in AuditRecord.objects.filter(kind="refused") if row.details["reason"] == "limit"]
    assert [(row.details["limit"], row.actor) for row in records] == [(limit.name, owner.pk)]


@pytest.mark.django_db
@pytest.mark.asvs("16.3.3")
def test_a_button_without_a_form_gets_429(browser_of, owner, settings, rehearsing):
    """The page has the sentences, and the header says when to try again."""
    settings.PRACTICE_CERTIFICATES_AN_HOUR = 1
    consume(owner, limits.PRACTICE_SIGNATURES)
    onboarding = factories.with_key(owner, environment="rehearsal")
    requests.prove_passphrase(onboarding.request, owner, factories.PASSPHRASE)
    page = browser_of.post(reverse("onboarding:sign", args=[onboarding.pk]))
    assert (page.status_code, page.headers["Retry-After"]) == (429, "3600")
    assert "The limit is 1 in 1 hour. Try again in 1 hour." in page.content.decode()
    assert factories.fresh(onboarding).status == "key_made"


@pytest.mark.django_db
def test_a_refused_form_does_not_show_a_pasted_private_key(browser_of, owner, settings):
    """Nothing reads the text when the limit is reached, so the first line of a key decides."""
    settings.CHECKS_IN_10_MINUTES = 1
    consume(owner, limits.CHECKS)
    typed = "-----BEGIN PRIVATE KEY-----\nMIIEvQ-canary"
    page = browser_of.post(reverse("onboarding:check"), {"csr_text": typed})
    assert "You checked many requests" in page.content.decode()
    assert "canary" not in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_wrong_passphrases_slow_down_then_pause_a_key_and_tell_the_owner(owner, settings):
    """Not even the right passphrase opens a paused key. After the pause it does, and starts the count again."""
    settings.WRONG_PASSPHRASES = 4
    onboarding = factories.with_key(owner)
    waits, moment = [], timezone.now()
    for _ in range(5):
        with time_machine.travel(moment, tick=False), pytest.raises(PassphraseError):
            requests.open_private_key(onboarding.request, owner, "a wrong passphrase")
        with time_machine.travel(moment, tick=False):
            try:
                requests.open_private_key(onboarding.request, owner, factories.PASSPHRASE) if waits[1:] else None
                waits.append(0)
            except LimitReachedError as error:
                waits.append(error.seconds)
        moment += timedelta(seconds=waits[-1] + 1)
    assert waits == [0, 0, 5, 3600, 3600]
    with time_machine.travel(moment, tick=False):
        assert [(email.to, "4 wrong passphrases" in email.body) for email in mail.outbox] == [([owner.email], True)]
        requests.open_private_key(onboarding.request, owner, factories.PASSPHRASE)
        with pytest.raises(PassphraseError):
            requests.open_private_key(onboarding.request, owner, "a wrong passphrase")
        requests.open_private_key(onboarding.request, owner, factories.PASSPHRASE)


@pytest.mark.django_db
def test_a_stranger_can_not_pause_a_key(owner, client):
    """Another account gets a 404, and no try is counted."""
    onboarding = factories.with_key(owner)
    client.force_login(factories.partner("stranger@flottes.example"))
    page = client.post(reverse("onboarding:request", args=[onboarding.pk]), {"passphrase": "a wrong passphrase"})
    assert (page.status_code, factories.fresh(onboarding).request.sealed_key.wrong_tries) == (404, 0)


@database
@pytest.mark.django_db(transaction=True)
def test_guesses_that_start_together_are_all_counted(owner, settings):
    """One try for a key follows the other, so the third one is refused."""
    settings.WRONG_PASSPHRASES = 2
    onboarding = factories.with_key(owner)
    request = onboarding.request
    results = run_together(*[lambda: requests.open_private_key(request, owner, "a wrong passphrase")] * 8)
    assert Counter(type(result).__name__ for result in results) == {"PassphraseError": 2, "LimitReachedError": 6}


def test_an_account_has_few_places_in_a_process(owner, settings):
    """The other threads stay free for other partners."""
    settings.PASSPHRASES_AT_ONCE = 1
    with at_once_in_process(owner, limits.PASSPHRASES_AT_ONCE):
        with pytest.raises(LimitReachedError), at_once_in_process(owner, limits.PASSPHRASES_AT_ONCE):
            pass
        with at_once_in_process(factories.partner("other@flottes.example"), limits.PASSPHRASES_AT_ONCE):
            pass
    with at_once_in_process(owner, limits.PASSPHRASES_AT_ONCE):
        pass


@database
@pytest.mark.django_db(transaction=True)
def test_parallel_starts_do_not_exceed_the_open_onboardings(owner, settings):
    """Of eight starts together, two succeed."""
    settings.OPEN_ONBOARDINGS = 2
    start_one = [lambda: onboardings.start(owner, uuid.uuid4(), "MZP128745", "production")] * 8
    results = run_together(*start_one)
    assert Counter(type(result).__name__ for result in results) == {"Onboarding": 2, "LimitReachedError": 6}


@pytest.mark.django_db
def test_the_limits_cost_a_connection_test_one_statement(owner):
    """Account and address, passphrases and tests are counted together."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        consume(owner, limits.PASSPHRASES, limits.TESTS)
    assert len([query for query in captured if "INSERT" in query["sql"]]) == 1


@pytest.mark.asvs("2.1.3", "6.1.1", "15.1.3")
def test_the_readme_has_every_limit():
    """Its table has the rows of the table in the code, in their order."""
    text = (PROJECT / "README.md").read_text()
    assert "\n".join(rows()) in text
    assert len({limit.name for limit in LIMITS}) == len({limit.setting for limit in LIMITS}) == len(LIMITS)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.asvs("2.4.1")
def test_a_limit_holds_over_two_servers(tmp_path, kind):
    """Two gunicorn processes with one database count the checks of one account together."""
    url = start() if kind == "postgresql" else f"sqlite:///{tmp_path / 'onboarding.sqlite3'}"
    env = install(tmp_path, collect=False, DATABASE_URL=url) | {"CHECKS_IN_10_MINUTES": "6"}
    code = "import django; django.setup(); from tests.factories import partner; partner()"
    subprocess.run([sys.executable, "-c", code], env=env, cwd=PROJECT, check=True)
    ports = [free_port(), free_port()]
    servers = [
        Running(server_command(port), tmp_path / f"{port}.log", ports=(port,), env=env, cwd=PROJECT) for port in ports
    ]
    with servers[0], servers[1], ThreadPoolExecutor(8) as pool:
        clients = [signed_in(f"http://127.0.0.1:{port}") for port in ports]
        answers = pool.map(lambda number: check(clients[number % 2]), range(16))
        assert Counter(answers) == {False: 6, True: 10}


def signed_in(url):
    client = httpx2.Client(base_url=url, follow_redirects=True, timeout=60, headers={"Referer": url})
    page = client.get("/accounts/login/").text
    form = {
        "login": "partner@flottes.example",
        "password": "velvet-anchor-92-river",
        "csrfmiddlewaretoken": token(page),
    }
    assert client.post("/accounts/login/", data=form).url.path == "/onboardings/"
    return client


def token(page):
    return re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]


def check(client):
    """Send the form once; return whether the limit refused it."""
    form = {"csr_text": "not a request", "csrfmiddlewaretoken": client.cookies["csrftoken"]}
    return "You checked many requests" in client.post("/check/", data=form).text
