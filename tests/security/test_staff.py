"""Attacks on the review desk: missing second factors, accounts made in advance, and pages that nobody needs."""

import json
import logging
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings as django_settings
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from onboarding.models import Onboarding, Session, User
from onboarding.review.roles import ROLES
from onboarding.workflow.accounts import current_role
from tests import factories
from tests.security.conftest import PASSWORD, confirm, sign_in

pytestmark = pytest.mark.django_db
DESK, ACCOUNTS = reverse("admin:index"), reverse("admin:onboarding_user_changelist")


def staff(role, *, factor=True):
    """Return a member of staff with a confirmed address; with `factor`, they have an authenticator app."""
    user = factories.verified(factories.partner(f"{role or 'nobody'}@operator.example"))
    User.objects.filter(pk=user.pk).update(is_staff=True)
    user.groups.set(Group.objects.filter(name=role))
    return factories.with_second_factor(user) if factor else user


def entered(client, address=DESK):
    """Return whether an address of the desk opens."""
    return client.get(address).status_code == 200


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.asvs("6.5.5", "6.5.8", "8.4.2")
def test_the_desk_opens_only_after_a_second_factor_in_the_same_session(role):
    """Neither the password nor the code of another session is enough (ASVS 6.3.3)."""
    user = staff(role, factor=False)
    before = sign_in(user)
    assert not entered(before)
    assert before.get(f"{reverse('admin:login')}?next={DESK}")["Location"] == reverse("mfa_index")
    factories.with_second_factor(user)
    after = sign_in(user, code=True)
    assert (entered(after), entered(before)) == (True, False)
    asked = before.get(f"{reverse('admin:login')}?next={DESK}")["Location"]
    assert asked.startswith(reverse("mfa_reauthenticate"))
    before.post(asked, {"code": "000000", "next": DESK})
    assert not entered(before)
    before.post(asked, {"code": factories.totp_code(), "next": DESK})
    assert entered(before)


@pytest.mark.asvs("6.5.1")
def test_a_recovery_code_replaces_the_second_factor_once():
    """Each code works once, so a copied one is worthless later (ASVS 6.5.1)."""
    user = staff("reviewer")
    client = sign_in(user, code=True)
    confirm(client, code=True)
    client.post(reverse("mfa_generate_recovery_codes"))
    code = client.get(reverse("mfa_view_recovery_codes")).context["unused_codes"][0]
    outcomes = []
    for _ in range(2):
        other = Client()
        other.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
        other.post(reverse("mfa_authenticate"), {"code": code})
        outcomes.append(entered(other))
    assert outcomes == [True, False]


def test_staff_without_a_role_see_nothing():
    """Every address of the desk is closed for them, with or without a second factor (ASVS 8.2.1)."""
    client = sign_in(staff("", factor=True), code=True)
    onboarding = factories.started(factories.partner())
    addresses = [DESK, ACCOUNTS, reverse("admin:onboarding_onboarding_change", args=[onboarding.pk])]
    assert [client.get(address, follow=True).status_code for address in addresses] == [403, 403, 403]


def pre_registered():
    """Return (account, attacker): somebody has signed up with the address of a future colleague, who confirmed it."""
    account = factories.verified(factories.partner("colleague@operator.example"))
    EmailAddress.objects.create(user=account, email="attacker@evil.example", verified=True)
    factories.with_second_factor(account)
    return account, sign_in(account, code=True)


def grant_by_command(account, _administrator):
    call_command("make_staff", account.email, "--role", "reviewer")


def grant_by_page(account, administrator):
    address = reverse("admin:onboarding_user_change", args=[account.pk])
    return administrator.post(address, {"is_active": "on", "role": "reviewer"})


@pytest.fixture
def administrator():
    """A client of an administrator, whose session is confirmed."""
    client = sign_in(staff("administrator"), code=True)
    confirm(client, code=True)
    return client


@pytest.mark.parametrize("grant", [grant_by_command, grant_by_page])
@pytest.mark.asvs("6.3.2", "6.4.6")
def test_an_account_made_in_advance_does_not_become_staff(grant, administrator, caplog):
    """A role resets everything that opens the account; its owner starts with a new password (ASVS 6.1, 7.4.3)."""
    caplog.set_level(logging.INFO, "onboarding.audit")
    account, attacker = pre_registered()
    mail.outbox.clear()
    grant(account, administrator)
    account = User.objects.get(pk=account.pk)
    assert current_role(account) == "reviewer"
    assert attacker.get("/onboardings/").status_code == 302
    login = Client().post(reverse("account_login"), {"login": account.email, "password": PASSWORD})
    assert (login.status_code, account.has_usable_password()) == (200, False)
    assert not Authenticator.objects.filter(user=account).exists()
    assert list(EmailAddress.objects.filter(user=account).values_list("email", flat=True)) == [account.email]
    assert [email.to for email in mail.outbox] == [[account.email]]
    recorded = [json.loads(record.message) for record in caplog.records]
    assert [(line["kind"], line["details"]["role"]) for line in recorded if "role" in line["details"]] == [
        ("role_changed", "reviewer")
    ]


@pytest.mark.parametrize("grant", [grant_by_command, grant_by_page])
def test_a_role_needs_a_confirmed_address(grant, administrator):
    """An address that nobody has confirmed may be anybody's (ASVS 6.1)."""
    account = factories.partner("colleague@operator.example")
    try:
        response = grant(account, administrator)
    except CommandError:
        response = None
    assert response is None or response.context["adminform"].form.errors["role"]
    account = User.objects.get(pk=account.pk)
    assert (account.is_staff, account.groups.count(), account.has_usable_password()) == (False, 0, True)


def test_a_stolen_cookie_of_an_administrator_gives_no_role():
    """The page of an account asks for a confirmation, with the second factor (ASVS 7.5.3)."""
    account = factories.verified(factories.partner("colleague@operator.example"))
    client = sign_in(staff("administrator"), code=True)
    response = grant_by_page(account, client)
    assert response["Location"].startswith(reverse("account_reauthenticate"))
    assert client.post(ACCOUNTS, {"action": "end_sessions", "_selected_action": account.pk}).status_code == 302
    assert not User.objects.get(pk=account.pk).is_staff


@pytest.mark.asvs("8.3.2")
def test_taking_a_role_away_ends_the_sessions(administrator):
    """Whoever was staff is signed out at once, and recorded (ASVS 7.4.5)."""
    user = staff("reviewer")
    client = sign_in(user, code=True)
    assert entered(client)
    administrator.post(reverse("admin:onboarding_user_change", args=[user.pk]), {"is_active": "on", "role": ""})
    assert (entered(client), User.objects.get(pk=user.pk).is_staff) == (False, False)
    assert client.get("/onboardings/").status_code == 302


@pytest.mark.asvs("7.4.2", "7.4.5")
def test_administrators_end_sessions_and_close_accounts(administrator):
    """Both sign the account out everywhere; its owner is told (ASVS 7.4.2, 7.4.5)."""
    victim = factories.verified(factories.partner("victim@flottes.example"))
    client = sign_in(victim)
    change = reverse("admin:onboarding_user_change", args=[victim.pk])
    assert "127.0.0.1" in administrator.get(change).content.decode()
    administrator.post(ACCOUNTS, {"action": "end_sessions", "_selected_action": victim.pk})
    assert (client.get("/onboardings/").status_code, mail.outbox[-1].to) == (302, [victim.email])
    client = sign_in(victim)
    administrator.post(change, {"role": ""})
    assert (client.get("/onboardings/").status_code, User.objects.get(pk=victim.pk).is_active) == (302, False)
    assert not Session.objects.filter(user=victim).exists()


def test_an_administrator_ends_no_session_of_a_superuser(administrator):
    """Only a superuser acts on a superuser, and nobody on their own account."""
    superuser = factories.verified(User.objects.create_superuser("superuser@operator.example", PASSWORD))
    client = sign_in(superuser)
    administrator.post(ACCOUNTS, {"action": "end_sessions", "_selected_action": superuser.pk})
    assert client.get("/onboardings/").status_code == 200


def test_the_admin_has_no_page_of_another_app():
    """Groups, email addresses, authenticators and provider accounts can't be edited past the rules (ASVS 8.2.2)."""
    assert {model.__name__ for model in admin.site._registry} == {"Onboarding", "OutgoingEmail", "User"}
    assert {model for model in admin.site._registry if not model.__module__.startswith("onboarding.")} == set()


@pytest.mark.asvs("6.2.2")
def test_a_password_is_changed_on_the_page_with_limits(administrator):
    """Django's own page has neither limits nor a confirmation nor an email (ASVS 6.3.1)."""
    response = administrator.post(reverse("admin:password_change"), {"old_password": PASSWORD})
    assert response["Location"] == reverse("account_change_password")


@pytest.mark.asvs("7.3.1")
def test_the_desk_closes_after_half_an_hour_without_use():
    """Staff have shorter limits than partners, also after a role was given (ASVS 7.3.1)."""
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = sign_in(staff("reviewer"), code=True)
        clock.shift(timedelta(minutes=29))
        assert entered(client)
        clock.shift(timedelta(minutes=31))
        assert not entered(client)


@pytest.mark.asvs("6.3.4")
def test_the_sign_in_at_the_desk_is_the_sites_own():
    """Django's own form would skip the limits and the second factor (ASVS 6.3.1)."""
    user = staff("reviewer")
    client = Client()
    client.post(reverse("admin:login"), {"username": user.email, "password": PASSWORD, "next": DESK})
    assert (entered(client), django_settings.SESSION_COOKIE_NAME in client.cookies) == (False, False)


def test_no_case_is_changed_without_the_second_factor():
    """Each action of the desk leads to the sign-in, and nothing happens (ASVS 6.3.3)."""
    onboarding = factories.sent(factories.partner())
    client = sign_in(staff("reviewer", factor=False))
    for verb in ("take_over", "receive", "reject", "withdraw", "note", "certificate"):
        response = client.post(
            reverse("admin:review_action", args=[onboarding.pk, verb]), {"confirmed": "1", "note": "x"}
        )
        assert response["Location"].startswith(reverse("admin:login"))
    assert Onboarding.objects.get().status == "sent"
