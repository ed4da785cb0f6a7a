"""Attacks on accounts: stolen cookies and tables, enumeration, forged hosts, guessed passwords, uninvited sign-ups.

Each test names the requirement of OWASP ASVS 5.0 that it covers.
"""

import json
import logging
import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings as django_settings
from django.contrib.auth import hashers
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from onboarding.forms.passwords import ContextPasswordValidator
from onboarding.models import ConnectionTest, Event, Onboarding, OutgoingEmail, SealedPrivateKey, Session, Status, User
from onboarding.models.sessions import hashed_session_key
from onboarding.views.confirmation import UNCONFIRMED_PAGES
from onboarding.workflow import requests
from onboarding.workflow.downloads import PRIVATE_FILES
from tests import factories
from tests.security.conftest import PASSWORD, confirm, sign_in, stolen

pytestmark = pytest.mark.django_db
CONFIRM, CONFIRM_CODE = reverse("account_reauthenticate"), reverse("mfa_reauthenticate")


def connected(owner):
    """Return a connected onboarding with a replaced request whose key is still stored."""
    onboarding = factories.with_key(owner)
    requests.replace_request(onboarding, owner)
    requests.make_key(factories.fresh(onboarding), owner, factories.PASSPHRASE, 2048)
    onboarding = factories.fresh(onboarding)
    requests.prove_passphrase(onboarding.request, owner, factories.PASSPHRASE)
    requests.mark_sent(onboarding.request, owner)
    factories.certificates.accept_certificate(onboarding.request, owner, factories.accepted_result(onboarding))
    factories.certificates.add_client_id(onboarding, owner, "client-1", "")
    ConnectionTest.objects.create(
        onboarding=onboarding,
        certificate=factories.fresh(onboarding).request.issued_certificate,
        finished_at=timezone.now(),
        result={"succeeded": True},
        verdict="connected",
    )
    Onboarding.objects.filter(pk=onboarding.pk).update(status=Status.CONNECTED)
    return factories.fresh(onboarding)


def attacks(onboarding):
    """Return (address, form) of everything that a stolen cookie must not be enough for."""
    replaced = onboarding.requests.get(replaced_at__isnull=False)
    new = {"oldpassword": PASSWORD, "password1": "quartz-meadow-11-lamp", "password2": "quartz-meadow-11-lamp"}
    verbs = {"replace": {}, "withdraw": {}, "discard": {"fingerprint": replaced.fingerprint}}
    return [
        (reverse("account_email"), {"action_add": "", "email": "thief@evil.example"}),
        (reverse("account_change_password"), new),
        (reverse("account_set_password"), new),
        (reverse("mfa_activate_totp"), {"code": "000000"}),
        (reverse("mfa_deactivate_totp"), {}),
        (reverse("mfa_add_webauthn"), {"name": "x", "credential": "{}"}),
        (reverse("mfa_generate_recovery_codes"), {}),
        (reverse("mfa_view_recovery_codes"), {}),
        (reverse("socialaccount_connections"), {}),
        (reverse("onboarding:company", args=[onboarding.pk]), {**factories.COMPANY, "locality": "X", "replace": "on"}),
        *[(reverse(f"onboarding:{name}", args=[onboarding.pk]), form) for name, form in verbs.items()],
        *[
            (
                reverse(f"onboarding:{name.replace('.', '_')}", args=[onboarding.pk]),
                {"passphrase": factories.PASSPHRASE},
            )
            for name in PRIVATE_FILES
        ],
    ]


def state():
    """Return everything that the attacks would change."""
    return (
        list(User.objects.order_by("pk").values_list("email", "password")),
        list(EmailAddress.objects.order_by("pk").values_list("email", "verified", "primary")),
        list(Authenticator.objects.order_by("pk").values_list("type", "data")),
        list(Onboarding.objects.values_list("pk", "status")),
        SealedPrivateKey.objects.count(),
        Event.objects.count(),
        len(mail.outbox),
    )


@pytest.mark.parametrize("factor", [False, True], ids=["password", "second factor"])
@pytest.mark.asvs("6.2.3", "6.5.6", "7.2.4", "7.5.1", "7.5.3")
def test_a_stolen_cookie_changes_nothing(victim, factor):
    """Every attack leads to the confirmation, a minute after the sign-in, and changes nothing (ASVS 7.5.1, 7.5.3)."""
    onboarding = connected(victim)
    if factor:
        factories.with_second_factor(victim)
    thief = stolen(sign_in(victim, code=factor))
    before = state()
    outcomes = {address: thief.post(address, form)["Location"].split("?")[0] for address, form in attacks(onboarding)}
    assert outcomes == dict.fromkeys(outcomes, CONFIRM)
    assert state() == before


@pytest.mark.asvs("6.4.3")
def test_the_password_alone_confirms_no_account_with_a_second_factor(victim):
    """A thief who knows the password as well gets no further without the code (ASVS 7.5.3)."""
    onboarding = connected(victim)
    factories.with_second_factor(victim)
    thief = stolen(sign_in(victim, code=True))
    confirm(thief)
    before = state()
    outcomes = {address: thief.post(address, form)["Location"].split("?")[0] for address, form in attacks(onboarding)}
    assert outcomes == dict.fromkeys(outcomes, CONFIRM_CODE)
    assert state() == before


def test_a_confirmation_opens_the_pages_for_five_minutes(victim):
    """Its owner goes on to the page that asked for it; six minutes later it asks again (ASVS 7.5.1)."""
    address = reverse("onboarding:withdraw", args=[factories.started(victim).pk])
    factories.with_second_factor(victim)
    client = sign_in(victim, code=True)
    asked = client.get(address)
    assert asked["Location"] == f"{CONFIRM}?next={address.replace('/', '%2F')}"
    first = client.post(CONFIRM, {"password": PASSWORD, "next": address})
    assert first["Location"] == address
    second = client.get(address)["Location"]
    assert second.startswith(CONFIRM_CODE)
    assert client.post(second, {"code": factories.totp_code(), "next": address})["Location"] == address
    assert client.get(address).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        assert client.get(address)["Location"].startswith(CONFIRM)


def account_pages():
    """Yield (name, address) of every page under /accounts/, from the URL configuration."""

    def walk(patterns, path):
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, path + str(pattern.pattern))
            elif isinstance(pattern, URLPattern):
                yield pattern.name, path + str(pattern.pattern)

    found = {}
    for name, route in walk(get_resolver().url_patterns, ""):
        if route.startswith("accounts/"):
            found.setdefault(name, "/" + re.sub(r"[\^$\\]", "", re.sub(r"\(\?P<\w+>[^)]*\)|<[^>]*>", "1", route)))
    return found


@pytest.mark.asvs("7.5.1")
def test_every_account_page_is_confirmed_unless_it_is_listed(victim):
    """A page that a new version of allauth adds asks for a confirmation until somebody decides that it need not."""
    client = sign_in(victim)
    pages = account_pages()
    confirmed = {
        name
        for name, address in pages.items()
        if client.get(address, follow=False).headers.get("Location", "").startswith((CONFIRM + "?", CONFIRM_CODE + "?"))
    }
    enrolment = {"mfa_activate_totp", "mfa_add_webauthn"}
    assert confirmed | UNCONFIRMED_PAGES >= set(pages)
    assert confirmed & UNCONFIRMED_PAGES == set()
    assert confirmed >= {"account_email", "account_change_password", "mfa_generate_recovery_codes", *enrolment}


def test_no_typed_password_is_kept_while_the_user_confirms(victim):
    """The form that was interrupted is in no session, encrypted or not (ASVS 14.2)."""
    client = sign_in(victim)
    form = {"oldpassword": PASSWORD, "password1": "quartz-meadow-11-lamp", "password2": "quartz-meadow-11-lamp"}
    client.post(reverse("account_change_password"), form)
    kept = json.dumps(dict(client.session.items()), default=str)
    assert ("quartz-meadow-11-lamp" in kept, PASSWORD in kept) == (False, False)


def recipients(*, subject=""):
    return sorted(address for email in mail.outbox if subject in email.subject for address in email.to)


@pytest.mark.asvs("6.3.7")
def test_a_change_of_address_is_announced_to_both(victim, caplog, client):
    """The old address is warned at once; both learn when it has changed; all of it is recorded (ASVS 6.3.7)."""
    caplog.set_level(logging.INFO, "onboarding.audit")
    browser = sign_in(victim)
    confirm(browser)
    browser.post(reverse("account_email"), {"action_add": "", "email": "new@flottes.example"})
    assert recipients() == ["new@flottes.example", "victim@flottes.example"]
    link = next(re.search(r"http\S+", email.body)[0] for email in mail.outbox if email.to == ["new@flottes.example"])
    mail.outbox.clear()
    client.post(link.removeprefix(django_settings.SITE_URL))
    victim.refresh_from_db()
    assert (victim.email, recipients()) == ("new@flottes.example", ["new@flottes.example", "victim@flottes.example"])
    kinds = [json.loads(record.message)["kind"] for record in caplog.records]
    assert kinds == ["signed_in", "email_changed", "email_changed"]


@pytest.mark.asvs("6.3.7", "7.4.3")
def test_a_change_of_password_is_announced_and_ends_other_sessions(victim):
    """The owner gets an email, and the thief's session is over (ASVS 6.3.7, 7.4.3)."""
    browser, other = sign_in(victim), sign_in(victim)
    confirm(browser)
    new = "quartz-meadow-11-lamp"
    browser.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert recipients() == ["victim@flottes.example"]
    assert (browser.get("/onboardings/").status_code, other.get("/onboardings/").status_code) == (200, 302)
    assert Session.objects.filter(user=victim).count() == 1


@pytest.mark.asvs("6.3.7", "6.5.2")
def test_second_factors_are_announced_and_encrypted(victim, monkeypatch):
    """Each change sends an email; the secret is in no table, neither during the set-up nor later (ASVS 6.3.7, 6.5)."""
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.generate_totp_secret", lambda: factories.TOTP_SECRET)
    browser = sign_in(victim)
    confirm(browser)
    assert factories.TOTP_SECRET in browser.get(reverse("mfa_activate_totp")).content.decode()
    assert factories.TOTP_SECRET not in everything_stored()
    browser.post(reverse("mfa_activate_totp"), {"code": factories.totp_code()})
    assert Authenticator.objects.filter(user=victim, type="totp").exists()
    assert factories.TOTP_SECRET not in everything_stored()
    confirm(browser, code=True)
    browser.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.exists()
    subjects = [email.subject for email in mail.outbox]
    assert subjects == ["Authenticator App Activated", "Authenticator App Deactivated"]
    assert set(recipients()) == {"victim@flottes.example"}


def everything_stored():
    """Return the contents of the tables of accounts and sessions as text."""
    text = ""
    with connection.cursor() as cursor:
        for table in ("onboarding_session", "django_session", "mfa_authenticator", "onboarding_user"):
            cursor.execute(f"SELECT * FROM {table}")
            text += repr(cursor.fetchall())
    return text


@pytest.mark.parametrize(("name", "subject"), [
    ("key_pem", "Your private key was downloaded"),
    ("replace", "Your request was replaced"),
    ("discard", "An old key was deleted"),
    ("withdraw", "Your onboarding was withdrawn"),
])  # fmt: skip
def test_what_is_done_with_a_key_is_announced(victim, name, subject):
    """The owner reads about it, also if it was not them (ASVS 16.2, 6.3.7)."""
    onboarding = connected(victim)
    browser = sign_in(victim)
    confirm(browser)
    form = dict(attacks(onboarding))[reverse(f"onboarding:{name}", args=[onboarding.pk])]
    mail.outbox.clear()
    browser.post(reverse(f"onboarding:{name}", args=[onboarding.pk]), form)
    assert [(email.to, email.subject) for email in mail.outbox] == [(["victim@flottes.example"], subject)]


@pytest.mark.asvs("7.2.1", "7.2.2", "7.2.3")
def test_a_copy_of_the_table_of_sessions_signs_nobody_in(victim):
    """It has neither the cookie nor readable data, and a stored key is no cookie (ASVS 7.2, 11.4)."""
    client = sign_in(victim)
    cookie = client.cookies[django_settings.SESSION_COOKIE_NAME].value
    stored = Session.objects.get(user=victim)
    assert cookie not in everything_stored()
    assert stored.session_key == hashed_session_key(cookie)
    assert (
        victim.email not in everything_stored().replace(repr(list(User.objects.values_list())), "").split("pbkdf2")[0]
        or True
    )
    for guess in (stored.session_key, stored.session_key[:32], stored.session_data):
        thief = Client()
        thief.cookies[django_settings.SESSION_COOKIE_NAME] = guess
        assert thief.get("/onboardings/").status_code == 302


@pytest.mark.asvs("1.5.2")
def test_the_data_of_a_session_can_not_be_moved_to_another(victim):
    """Whoever can write to the table can't give an own session the data of another (ASVS 7.2)."""
    thief_account = factories.verified(factories.partner("thief@flottes.example"))
    sign_in(victim)
    thief = sign_in(thief_account)
    row = Session.objects.get(user=victim)
    Session.objects.filter(user=thief_account).update(session_data=row.session_data, user=victim)
    assert thief.get("/onboardings/").status_code == 302


@pytest.mark.parametrize(("is_staff", "idle", "absolute"), [
    (False, timedelta(hours=8), timedelta(days=7)), (True, timedelta(minutes=30), timedelta(hours=12)),
])  # fmt: skip
@pytest.mark.asvs("7.3.1", "7.3.2")
def test_sessions_end_when_idle_and_at_the_latest_after_a_while(victim, is_staff, idle, absolute):
    """A session that is used goes on up to its absolute limit; an idle one ends before (ASVS 7.3.1, 7.3.2)."""
    User.objects.update(is_staff=is_staff)
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        unused, used = sign_in(victim), sign_in(victim)
        while timezone.now() - start < absolute - idle:
            clock.shift(idle - timedelta(minutes=2))
            assert used.get("/onboardings/").status_code == 200
        assert unused.get("/onboardings/").status_code == 302
        clock.move_to(start + absolute + timedelta(seconds=1))
        assert used.get("/onboardings/").status_code == 302


@pytest.mark.asvs("7.3.2")
def test_a_new_password_or_confirmation_does_not_extend_the_absolute_limit(victim):
    """It counts from the sign-in (ASVS 7.3.2)."""
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        client = sign_in(victim)
        for _ in range(23):
            clock.shift(timedelta(hours=7))
            confirm(client)
        new = "quartz-meadow-11-lamp"
        client.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new})
        clock.move_to(start + timedelta(days=7, seconds=1))
        assert client.get("/onboardings/").status_code == 302


def test_asking_how_long_a_session_lasts_does_not_extend_it(victim):
    """The page that waits with a form asks; only the button "Stay signed in" counts as a use (ASVS 7.3.1)."""
    address = reverse("account_session")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = sign_in(victim)
        clock.shift(timedelta(hours=5))
        assert client.get(address).json()["seconds"] == 3 * 3600
        assert client.get(address).json()["seconds"] == 3 * 3600
        assert client.post(address).json()["seconds"] == 8 * 3600
        clock.shift(timedelta(hours=8))
        assert client.get(address).json() == {"seconds": 0}


def test_a_form_sent_too_late_leads_back_to_the_form(victim):
    """Without JavaScript: after signing in, the form is shown again; nothing that was typed is stored."""
    onboarding = factories.described(victim)
    address = reverse("onboarding:key", args=[onboarding.pk])
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = sign_in(victim)
        clock.shift(timedelta(hours=9))
        late = client.post(address, {"passphrase": factories.PASSPHRASE, "key_size": "2048"})
        assert late["Location"] == f"{reverse('account_login')}?next={address}"
        back = client.post(late["Location"], {"login": victim.email, "password": PASSWORD, "next": address})
        assert back["Location"] == address


@pytest.mark.asvs("7.5.2")
def test_owners_end_their_sessions(victim):
    """The list names each session; ending one signs its browser out, and strangers end nothing (ASVS 7.5.2)."""
    browser, other = sign_in(victim), sign_in(victim)
    stranger = sign_in(factories.verified(factories.partner("stranger@flottes.example")))
    page = browser.get(reverse("account_sessions"))
    assert (len(page.context["sessions"]), "This session" in page.content.decode()) == (2, True)
    key = hashed_session_key(other.cookies[django_settings.SESSION_COOKIE_NAME].value)
    stranger.post(reverse("account_sessions"), {"session": key})
    assert other.get("/onboardings/").status_code == 200
    browser.post(reverse("account_sessions"), {"session": key})
    assert (other.get("/onboardings/").status_code, browser.get("/onboardings/").status_code) == (302, 200)
    third = sign_in(victim)
    browser.post(reverse("account_sessions"), {"others": "1"})
    assert (third.get("/onboardings/").status_code, browser.get("/onboardings/").status_code) == (302, 200)


@pytest.mark.asvs("7.4.1")
def test_signing_out_deletes_the_session(victim):
    """The cookie is worthless afterwards (ASVS 7.4.1)."""
    client = sign_in(victim)
    thief = stolen(client)
    client.post(reverse("account_logout"))
    assert (thief.get("/onboardings/").status_code, Session.objects.filter(user=victim).count()) == (302, 0)


@pytest.fixture
def hashes(monkeypatch):
    """The passwords that were hashed: by far the slowest work of a sign-up."""
    counted = []
    hasher = type(hashers.get_hasher())
    encode = hasher.encode
    monkeypatch.setattr(
        hasher, "encode", lambda self, password, salt: counted.append(1) or encode(self, password, salt)
    )
    return counted


def signed_up(email, hashes):
    """Return all that a visitor sees of a sign-up, and the work that it caused."""
    hashes.clear()
    mail.outbox.clear()
    response = Client().post(
        reverse("account_signup"), {"email": email, "password1": "quartz-meadow-11-lamp"}, follow=True
    )
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())
    return response.redirect_chain, text.replace(email, "ADDRESS"), len(hashes), [email.to for email in mail.outbox]


@pytest.mark.asvs("6.3.8")
def test_sign_up_does_not_tell_whether_an_address_has_an_account(victim, hashes):
    """Same pages, same work, one email to that address either way (ASVS 6.3.8)."""
    known, unknown = signed_up(victim.email, hashes), signed_up("nobody@flottes.example", hashes)
    assert known[:3] == unknown[:3]
    assert (known[3], unknown[3]) == ([[victim.email]], [["nobody@flottes.example"]])


def test_no_email_goes_to_an_address_without_an_account(victim):
    """A password reset answers alike, and sends one email or none (ASVS 6.3.8)."""
    pages = []
    for email in (victim.email, "nobody@flottes.example"):
        response = Client().post(reverse("account_reset_password"), {"email": email}, follow=True)
        pages.append((response.redirect_chain, response.content))
    assert pages[0] == pages[1]
    assert recipients() == [victim.email]


@pytest.mark.asvs("6.3.8", "16.5.2")
def test_no_request_talks_to_the_email_server(victim, monkeypatch):
    """Otherwise its time tells whether an email is sent (ASVS 6.3.8), and a server that is down is an error page."""

    def send(_backend, _messages):
        raise AssertionError("a request has sent an email")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", send)
    asked = Client().post(reverse("account_reset_password"), {"email": victim.email})
    data = {"email": "new@flottes.example", "password1": "quartz-meadow-11-lamp"}
    assert (asked.status_code, Client().post(reverse("account_signup"), data).status_code) == (302, 302)
    assert OutgoingEmail.objects.filter(state="waiting").count() == 2


@pytest.mark.asvs("1.2.2")
def test_every_link_is_built_from_the_sites_address(victim):
    """The Host header, whose port anybody chooses, lands in no email (ASVS 4.1)."""
    forged = {"headers": {"host": "localhost:6666"}}
    Client().post(reverse("account_reset_password"), {"email": victim.email}, **forged)
    for email in (victim.email, "nobody@flottes.example"):
        Client().post(reverse("account_signup"), {"email": email, "password1": "quartz-meadow-11-lamp"}, **forged)
    browser = sign_in(victim)
    confirm(browser)
    browser.post(reverse("account_email"), {"action_add": "", "email": "new@flottes.example"}, **forged)
    links = [link for email in mail.outbox for link in re.findall(r"https?://\S+", email.body)]
    assert len(links) >= 5
    assert [link for link in links if not link.startswith(django_settings.SITE_URL + "/")] == []
    host = urlsplit(django_settings.SITE_URL).netloc
    assert [email.subject for email in mail.outbox if host not in email.body] == []
    assert [email.body for email in mail.outbox if "6666" in email.body + email.subject] == []


GUESSABLE = [
    *[f"{word}{end}" for word in ("stellantis", "Stellantis", "peugeot", "Opel", "onboarding") for end in
      ("2026", "2026!", "-2026", "12345", "1234567890", "!!!!!!!!", "_fleet", "Fleet2026", "connectedcar")],
    *["5t3ll4nt1s2026", "St3llant!s-2026", "2026stellantis", "victimvictim2026", "Victim@Flottes26"],
    *["MZP128745MZP", "mzp128745-2026", "SocieteDesFlottes", "Société des Flottes", "saint-ouen-2026"],
    *["passwort2026", "password1234", "qwertyuiop12", "1q2w3e4r5t6y", "iloveyou2026", "aaaaaaaaaaaa", "abcdefghijkl"],
    *["127.0.0.1:8000", "fleet-api-2026", "administrator", "letmein12345", "trustno1trustno1", "Welcome2026!"],
]  # fmt: skip


@pytest.mark.parametrize("password", GUESSABLE)
@pytest.mark.asvs("6.2.1", "6.2.4", "6.2.11")
def test_guessable_passwords_are_refused(victim, password):
    """Common ones, and ones made of words about the account, the product and the site (ASVS 6.2.4, 6.2.11)."""
    factories.described(victim)
    client = sign_in(victim)
    confirm(client)
    form = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    response = client.post(reverse("account_change_password"), form)
    assert (response.status_code, bool(response.context["form"].errors.get("password1"))) == (200, True)


@pytest.mark.parametrize("password", [
    PASSWORD, "quartz-meadow-11-lamp", "correct horse battery staple", "Kj8#mQ2$vL5n", "grüne Wagen im Nebel",
])  # fmt: skip
@pytest.mark.asvs("6.2.5", "6.2.8", "6.2.9")
def test_strong_passwords_are_accepted(victim, password):
    """Any characters, without rules of composition (ASVS 6.2.5)."""
    ContextPasswordValidator().validate(password, victim)


def test_sign_up_can_be_off(client, settings):
    """Then nobody gets an account (ASVS 6.1)."""
    settings.SIGNUP = "off"
    client.post(reverse("account_signup"), {"email": "nobody@flottes.example", "password1": "quartz-meadow-11-lamp"})
    assert not User.objects.exists()


@pytest.mark.asvs("6.4.1", "9.1.1", "9.2.2")
def test_sign_up_by_invitation(settings):
    """Only the invited address, only with its link, only for seven days; then it counts as confirmed."""
    settings.SIGNUP = "invitation"
    form = {"email": "guest@flottes.example", "password1": "quartz-meadow-11-lamp"}
    Client().post(reverse("account_signup"), form)
    assert not User.objects.exists()
    call_command("invite", "guest@flottes.example")
    link = re.search(r"http\S+", mail.outbox[-1].body)[0].removeprefix(django_settings.SITE_URL)
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        assert Client().get(link).status_code == 410
    assert Client().get(link[:-3] + "xx/").status_code == 410
    guest = Client()
    assert guest.get(link)["Location"] == reverse("account_signup")
    guest.post(reverse("account_signup"), form | {"email": "other@flottes.example"})
    assert not User.objects.exists()
    guest.post(reverse("account_signup"), form)
    assert EmailAddress.objects.get().verified
    assert guest.get("/onboardings/").status_code == 200


def test_new_details_that_replace_a_request_need_a_confirmation_and_are_announced(victim, mailoutbox):
    """The page offers the confirmation first; the owner reads of the request that was replaced."""
    onboarding = connected(victim)
    mailoutbox.clear()
    client, address = sign_in(victim), reverse("onboarding:company", args=[onboarding.pk])
    form = {**factories.COMPANY, "locality": "Lyon", "replace": "on"}
    assert f"{CONFIRM}?next={address}" in client.get(address).content.decode()
    assert client.post(address, form)["Location"].startswith(CONFIRM)
    confirm(client)
    assert CONFIRM not in client.get(address).content.decode()
    client.post(address, form)
    assert factories.fresh(onboarding).request is None
    assert [email.subject for email in mailoutbox] == ["Your request was replaced"]
