"""Webhooks: stored with what they tell about, signed, sent again, and never to an address that is not public."""

import hmac
import json
import socket
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from django.db import transaction
from django.utils import timezone

from onboarding.models import EmailState, Membership, Onboarding, OutgoingEmail, Webhook, WebhookDelivery
from onboarding.workflow import delivering, due_notices, review
from onboarding.workflow.webhooks import (
    DELIVERIES_KEPT,
    clear_deliveries,
    make_webhook,
    retry_delivery,
    secret_of,
    tell_webhooks,
)
from tests import factories
from tests.review.conftest import staff

pytestmark = pytest.mark.django_db


@contextmanager
def listening(statuses):
    """Yield the address of a server that responds with each of `statuses` in turn, and what it has received."""
    received = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((self.path, dict(self.headers), body))
            self.send_response(statuses[min(len(received), len(statuses)) - 1])
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_arguments):
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook?a=1", received
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def loopback(settings):
    settings.DEBUG = True


def wait_is_over():
    WebhookDelivery.objects.update(due_at=timezone.now() - timedelta(seconds=1))


def test_a_delivery_is_signed_and_has_no_personal_data(owner, loopback):
    onboarding = factories.sent(owner)
    with listening([204]) as (url, received):
        webhook = make_webhook(owner, url)
        review.receive(onboarding, staff("reviewer"))
        delivering.deliver_due()
    [(path, headers, body)] = received
    assert path == "/hook?a=1"
    content = json.loads(body)
    assert {name: content[name] for name in ("event", "onboarding", "status")} == {
        "event": "receive",
        "onboarding": str(onboarding.pk),
        "status": "received",
    }
    assert set(content) == {"id", "event", "onboarding", "status", "at"}
    time, _, digest = headers[delivering.WEBHOOK_SIGNATURE].removeprefix("t=").partition(",v1=")
    signed = f"{time}.".encode() + body
    assert digest == hmac.new(secret_of(webhook).encode(), signed, sha256).hexdigest()
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.error, str(delivery.uid)) == (EmailState.SENT, "", content["id"])


@pytest.mark.parametrize("status", [302, 404, 500])
def test_what_is_not_taken_is_sent_again_later(owner, loopback, status):
    onboarding = factories.started(owner)
    with listening([status, 200]) as (url, received):
        make_webhook(owner, url)
        tell_webhooks(onboarding, "first")
        tell_webhooks(onboarding, "second")
        delivering.deliver_due()
        assert [json.loads(body)["event"] for _path, _headers, body in received] == ["first"]  # the second waits
        first = WebhookDelivery.objects.get(event="first")
        assert (first.state, first.error, first.attempts) == (EmailState.WAITING, f"HTTP {status}", 1)
        wait_is_over()
        delivering.deliver_due()
    assert [json.loads(body)["event"] for _path, _headers, body in received] == ["first", "first", "second"]
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {EmailState.SENT}


def test_a_dead_address_is_given_up_and_can_be_sent_again(owner, loopback):
    with listening([200]) as (url, _received):
        pass
    make_webhook(owner, url)
    tell_webhooks(factories.started(owner), "first")
    for _attempt in range(delivering.DELIVERY_ATTEMPTS_MAX):
        wait_is_over()
        delivering.deliver_due()
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.error) == (EmailState.FAILED, "ConnectionRefusedError")
    assert not retry_delivery(factories.partner("stranger@flottes.example"), delivery.pk)
    assert retry_delivery(owner, delivery.pk)
    assert WebhookDelivery.objects.get().state == EmailState.WAITING


def test_a_server_that_never_responds_is_given_up(owner, loopback, monkeypatch):
    monkeypatch.setattr(delivering, "DELIVERY_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises((OSError, delivering.HTTPException)):
        delivering.post(f"http://127.0.0.1:{silent.getsockname()[1]}/", b"", {})


PRIVATE = (
    "127.0.0.1 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 0.0.0.0 100.64.0.1 224.0.0.1 255.255.255.255 "
    "::1 :: fe80::1 fc00::1 ff02::1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 2002:a00:1:: 64:ff9b::a00:1 2001:db8::1"
).split()


@pytest.mark.parametrize("address", PRIVATE)
def test_no_delivery_goes_to_an_address_that_is_not_public(address, monkeypatch):
    monkeypatch.setattr(delivering, "getaddrinfo", lambda *_arguments, **_named: [(0, 0, 0, "", (address, 443))])
    connected = []
    monkeypatch.setattr(delivering, "create_connection", lambda *arguments: connected.append(arguments))
    with pytest.raises(delivering.ForbiddenAddressError):
        delivering.post("https://partner.example/", b"", {})
    assert connected == []


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch):
    entries = [(0, 0, 0, "", (address, 443)) for address in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(delivering, "getaddrinfo", lambda *_arguments, **_named: entries)
    with pytest.raises(delivering.ForbiddenAddressError):
        delivering.public_address("partner.example", 443)


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch):
    """A name server that answers differently the second time changes nothing."""
    monkeypatch.setattr(delivering, "getaddrinfo", lambda *_arguments, **_named: [(0, 0, 0, "", ("8.8.8.8", 443))])
    connected = []

    def refuse(address, _seconds):
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(delivering, "create_connection", refuse)
    with pytest.raises(ConnectionRefusedError):
        delivering.post("https://partner.example/", b"", {})
    assert connected == [("8.8.8.8", 443)]


def test_plain_http_is_refused():
    with pytest.raises(delivering.ForbiddenAddressError):
        delivering.post("http://8.8.8.8/", b"", {})


def test_the_owner_and_members_are_told_but_no_reader_and_no_stranger(owner):
    onboarding = factories.sent(owner)
    people = {name: factories.partner(f"{name}@flottes.example") for name in ("member", "reader", "stranger")}
    for role in ("member", "reader"):
        Membership.objects.create(onboarding=onboarding, user=people[role], role=role)
    for user in (owner, *people.values()):
        make_webhook(user, "https://partner.example/")
    review.receive(onboarding, staff("reviewer"))
    told = WebhookDelivery.objects.values_list("webhook__user", flat=True)
    assert set(told) == {owner.pk, people["member"].pk}


def test_who_left_is_not_told_any_more(owner):
    onboarding = factories.sent(owner)
    member = factories.partner("member@flottes.example")
    membership = Membership.objects.create(onboarding=onboarding, user=member, role="member")
    make_webhook(member, "https://partner.example/")
    tell_webhooks(onboarding, "receive")
    membership.delete()
    delivering.deliver_due()
    assert WebhookDelivery.objects.get().state == EmailState.DROPPED


def test_nothing_is_told_of_a_change_that_is_undone(owner):
    onboarding, reviewer = factories.sent(owner), staff("reviewer")
    make_webhook(owner, "https://partner.example/")
    with transaction.atomic():
        review.receive(onboarding, reviewer)
        transaction.set_rollback(True)
    assert not WebhookDelivery.objects.exists()


def test_each_notice_of_time_is_told_once(owner):
    onboarding = factories.certified(owner)
    make_webhook(owner, "https://partner.example/")
    soon = timezone.now() + timedelta(days=5)
    onboarding.request.certificates.update(not_after=soon, received_at=timezone.now() - timedelta(days=60))
    Onboarding.objects.filter(pk=onboarding.pk).update(expires_at=soon)
    for _run in range(2):
        due_notices.send_expiry_notices()
    assert WebhookDelivery.objects.filter(event="expiry").count() == 1
    assert OutgoingEmail.objects.filter(kind="expiry").count() == 1


def test_the_page_adds_a_webhook_and_shows_its_secret_once(browser_of, owner, loopback):
    page = browser_of.post("/accounts/webhooks/", {"url": "https://127.0.0.1/hook"})
    webhook = Webhook.objects.get(user=owner)
    assert page.context["secret"] == secret_of(webhook)
    tell_webhooks(factories.started(owner), "receive")
    content = browser_of.get("/accounts/webhooks/").content.decode()
    assert secret_of(webhook) not in content
    assert "Send again" in content
    browser_of.post("/accounts/webhooks/", {"again": str(WebhookDelivery.objects.get().pk)})
    browser_of.post("/accounts/webhooks/", {"remove": str(webhook.pk)})
    assert not Webhook.objects.exists()


@pytest.mark.parametrize(
    "url",
    ["http://8.8.8.8/", "https://127.0.0.1/", "https://a:b@8.8.8.8/", "ftp://8.8.8.8/", "https://8.8.8.8/#a", "x"],
)
def test_the_page_refuses_other_addresses(browser_of, url):
    page = browser_of.post("/accounts/webhooks/", {"url": url})
    assert "url" in page.context["form"].errors
    assert not Webhook.objects.exists()


def test_old_deliveries_are_removed(owner):
    make_webhook(owner, "https://partner.example/")
    onboarding = factories.started(owner)
    for event in ("old", "new"):
        tell_webhooks(onboarding, event)
    ended = timezone.now() - DELIVERIES_KEPT - timedelta(days=1)
    WebhookDelivery.objects.filter(event="old").update(state=EmailState.SENT, ended_at=ended)
    assert clear_deliveries() == 1
    assert WebhookDelivery.objects.get().event == "new"
