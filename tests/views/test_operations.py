"""What operators watch: the health pages, the metrics, the references of requests and the log lines."""

import io
import json
import logging
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from onboarding.logs import JsonFormatter, ReferenceFilter
from onboarding.models import IssuedCertificate
from onboarding.views import readiness
from onboarding.workflow import connection_tests
from tests import factories

pytestmark = pytest.mark.django_db
ANYWHERE = {"host": "10.0.0.7:8000"}


@pytest.fixture(autouse=True)
def https_site(settings):
    """Probes come over http, to an address that is not in ALLOWED_HOSTS."""
    settings.SECURE_SSL_REDIRECT = True
    settings.METRICS_TOKEN = "a-token"
    readiness._migrated.clear()


def ready():
    response = Client().get("/health/ready", headers=ANYWHERE)
    return response.status_code, response.json()["parts"]


def test_a_process_that_can_serve_is_ready():
    """Every part that pages need is named, with its state."""
    status, parts = ready()
    required = ("database", "migrations", "limits", "keyring", "audit_key")
    assert (status, {name: parts[name] for name in required}) == (200, dict.fromkeys(required, "ok"))
    assert Client().post("/health/ready", headers=ANYWHERE).status_code == 405


@pytest.mark.parametrize(("part", "setting"), [("keyring", "KEYRING_FILE"), ("audit_key", "AUDIT_KEY_FILE")])
@pytest.mark.parametrize("content", [None, "", "not a line of a keyring"])
def test_a_key_file_that_cannot_be_read_is_not_ready(settings, tmp_path, part, setting, content):
    """A missing file and a damaged one are told apart by their codes; the other parts are still looked at."""
    path = tmp_path / "keys"
    if content is not None:
        path.write_text(content)
    setattr(settings, setting, path)
    status, parts = ready()
    code = "keyring_missing" if content is None else "keyring_malformed"
    assert (status, parts[part], parts["database"]) == (503, code, "ok")


def test_a_migration_that_was_not_applied_is_not_ready(monkeypatch):
    """The tables of this version are not there yet."""
    monkeypatch.setattr(readiness.MigrationExecutor, "migration_plan", lambda *_: ["a migration"])
    assert (ready()[0], ready()[1]["migrations"]) == (503, "not_applied")


def test_an_unavailable_database_is_not_ready(monkeypatch):
    """It is asked once: the parts that need it are unknown, and those that do not are still looked at."""

    def fail():
        raise OperationalError("no connection to user:password@db.example")

    monkeypatch.setitem(readiness.REQUIRED, "database", fail)
    response = Client().get("/health/ready", headers=ANYWHERE)
    assert response.status_code == 503
    parts = response.json()["parts"]
    assert (parts["database"], parts["migrations"], parts["keyring"]) == ("unavailable", "unknown", "ok")
    assert b"db.example" not in response.content


def metrics(token="a-token"):
    response = Client().get("/metrics", headers=ANYWHERE | {"authorization": f"Bearer {token}"})
    families = text_string_to_metric_families(response.content.decode())
    samples = [sample for family in families for sample in family.samples]
    return response, {(sample.name, *sorted(sample.labels.values())): sample.value for sample in samples}


def test_metrics_need_the_token(settings):
    """A wrong token gets nothing, and without a token in the settings there is no such page."""
    assert [metrics(token)[0].status_code for token in ("", "a-toke", "a-token-", "ä", "a-token")] == [401] * 4 + [200]
    settings.METRICS_TOKEN, settings.SECURE_SSL_REDIRECT = "", False
    assert Client().get("/metrics", headers={"authorization": "Bearer "}).status_code == 404


def test_metrics_count_what_the_database_has(owner, settings):
    """Journeys by status, tests by verdict, and certificates by days left."""
    settings.FLEETS_API_URL = "https://127.0.0.1:1/connectedcar/v3"
    factories.started(owner)
    for number, days in enumerate((-3, 0.5, 20, 400)):
        connected = factories.certified(owner, login=f"MZP00000{number}")
        type(connected).objects.filter(pk=connected.pk).update(status="connected")
        until = timezone.now() + timedelta(days=days)
        IssuedCertificate.objects.filter(request__onboarding=connected).update(not_after=until)
    _response, values = metrics()
    assert values["onboarding_database_up",] == 1
    assert values["onboarding_journeys", "draft"] == 1
    groups = {name: values["onboarding_certificates", name] for name in ("0", "1", "7", "14", "30", "60", "90", "more")}
    assert groups == {"0": 1, "1": 1, "7": 0, "14": 0, "30": 1, "60": 0, "90": 0, "more": 1}
    assert ("onboarding_emails_unsent",) in values


def test_metrics_have_durations_by_view_and_nothing_of_a_partner(browser_of, owner, settings):
    """Neither the address of an account nor a login nor an id is in them."""
    settings.SECURE_SSL_REDIRECT = False
    onboarding = factories.started(owner)
    browser_of.get(reverse("onboarding:hub", args=[onboarding.pk]))
    response, values = metrics()
    assert values["onboarding_http_request_seconds_count", "200", "GET", "onboarding:hub"] >= 1
    text = response.content.decode()
    assert not [secret for secret in (str(onboarding.pk), onboarding.mzp_login, owner.email) if secret in text]


def test_metrics_without_a_database_say_so(monkeypatch):
    """The counted requests are still there."""
    monkeypatch.setattr("onboarding.views.metrics._cases", iter_error)
    _response, values = metrics()
    assert values["onboarding_database_up",] == 0
    assert ("onboarding_requests_in_line",) in values


def iter_error():
    raise OperationalError
    yield


@pytest.fixture
def lines():
    """The log of requests as JSON; a function returns its lines."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    handler.addFilter(ReferenceFilter())
    logger = logging.getLogger("onboarding.requests")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger.removeHandler(handler)
    logger.setLevel(level)


@pytest.mark.parametrize(
    ("behind_proxy", "given", "accepted"),
    [
        (True, "f81d4fae7dec11d0a76500a0c91e6bf6", True),
        (True, "short", False),
        (True, "x" * 65, False),
        (True, "with\nline-break", False),
        (True, "<script>alert(1)</script>", False),
        (True, "", False),
        (False, "f81d4fae7dec11d0a76500a0c91e6bf6", False),
    ],
)
def test_a_reference_is_accepted_from_the_proxy_only(settings, lines, behind_proxy, given, accepted):
    """It is in the response, on the error page and in the log; a reference of the client's own choice is replaced."""
    settings.BEHIND_PROXY, settings.SECURE_SSL_REDIRECT = behind_proxy, False
    page = Client().get("/onboardings/new/" if accepted else "/nothing/", headers={"x-request-id": given})
    reference = page.headers["X-Request-ID"]
    assert (reference == given) is accepted
    assert len(reference) >= 16
    if accepted:
        assert [(line["reference"], line["view"], line["status"]) for line in lines()] == [
            (reference, "onboarding:new", 302)
        ]
    else:
        assert f"quote this reference: <code>{reference}</code>" in " ".join(page.content.decode().split())


def test_an_address_with_a_secret_is_not_in_the_log(settings, lines):
    """A link that resets a password is an address: only the name of its view is written."""
    settings.SECURE_SSL_REDIRECT = False
    Client().get("/accounts/password/reset/key/1-secret-token/?also=secret")
    (line,) = lines()
    assert (line["view"], line["method"], line["message"]) == ("account_reset_password_from_key", "GET", "request")
    assert "secret" not in json.dumps(line)


@pytest.mark.parametrize("error", [OperationalError("lost user:password@db.example"), RuntimeError("a bug")])
def test_an_error_leads_to_a_page_with_a_reference(browser_of, settings, monkeypatch, error):
    """A database that is unavailable is no fault of the site: 503 and when to try again. Neither shows the error."""
    settings.SECURE_SSL_REDIRECT = False
    browser_of.raise_request_exception = False

    def fail(*_):
        raise error

    monkeypatch.setattr("onboarding.views.onboardings.render", fail)
    page = browser_of.get("/onboardings/")
    unavailable = isinstance(error, OperationalError)
    assert page.status_code == (503 if unavailable else 500)
    text = " ".join(page.content.decode().split())
    heading = "The site is unavailable for a moment" if unavailable else "Something went wrong on our side"
    assert f"<h1>{heading}</h1>" in text
    assert f"<code>{page.headers['X-Request-ID']}</code>" in text
    assert page.headers.get("Retry-After") == ("10" if unavailable else None)
    assert str(error) not in text


@pytest.mark.django_db(transaction=True)
def test_the_result_of_a_test_outlives_a_database_that_restarts(owner, settings, monkeypatch):
    """Recording fails three times, the last time after the commit: the result and the history have it once."""
    onboarding = factories.certified(owner)
    issued = onboarding.request.issued_certificate
    record, failures = connection_tests._record, ["before", "before", "after"]

    def broken(*args, **named):
        when = failures.pop(0) if failures else ""
        if when == "before":
            raise OperationalError
        result = record(*args, **named)
        if when == "after":
            raise OperationalError
        return result

    monkeypatch.setattr(connection_tests, "_record", broken)
    monkeypatch.setattr("onboarding.workflow.database.RETRY_PAUSE", 0)
    options = connection_tests.ConnectionTestOptions(connection_tests.uuid.uuid4(), "client-1")
    test = connection_tests.run_connection_test(issued, owner, options, factories.root_key(1), "a password")
    stored = onboarding.tests.get()
    assert (stored.verdict, stored.result["succeeded"]) == (test.verdict, False)
    assert stored.finished_at is not None
    assert onboarding.events.filter(verb="test").count() == 1
    assert failures == []
