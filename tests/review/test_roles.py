"""Every admin address and review action, for every role and status."""

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from onboarding.models import Onboarding, OutgoingEmail, Status, User
from onboarding.review.actions import REVIEW_ACTION_BY_SLUG, REVIEW_ACTIONS
from onboarding.workflow import review as review_workflow
from tests import factories
from tests.review.conftest import signed_in, staff

pytestmark = pytest.mark.django_db

ROLES = ("nobody", "partner", "staff without a role", "auditor", "reviewer", "administrator", "superuser")
READS, ACTS, MANAGES_ACCOUNTS = ("auditor", "reviewer", "administrator", "superuser"), ROLES[4:], ROLES[5:]
LIST = "admin:onboarding_onboarding_changelist"


@pytest.fixture
def clients():
    """Return a client for each role."""
    by_role = {"nobody": Client(), "partner": signed_in(factories.partner("a.partner@flottes.example"))}
    without_role = User.objects.create_user("without_role@operator.example", "velvet-anchor-92-river", is_staff=True)
    factories.with_second_factor(without_role)
    superuser = User.objects.create_superuser("superuser@operator.example", "velvet-anchor-92-river")
    factories.with_second_factor(superuser)
    by_role |= {"staff without a role": signed_in(without_role), "superuser": signed_in(superuser)}
    return by_role | {role: signed_in(staff(role)) for role in ("auditor", "reviewer", "administrator")}


def responses(clients, call):
    """Return the HTTP status for each role, or "login" where a page redirects to the login."""
    statuses = {}
    for role, client in clients.items():
        response = call(client)
        to_login = response.status_code == 302 and "/login/" in response["Location"]
        statuses[role] = "login" if to_login else response.status_code
    return statuses


def expected(allowed, status=200):
    outside = dict.fromkeys(("nobody", "partner", "staff without a role"), "login")
    return {role: status if role in allowed else outside.get(role, 403) for role in ROLES}


def set_status(onboarding, status):
    """Set the status without the workflow."""
    Onboarding.objects.filter(pk=onboarding.pk).update(status=status)


@pytest.mark.parametrize("status", list(Status))
def test_which_roles_read(clients, owner, status):
    """The roles that may read can open the queue, the export, the case and its history."""
    onboarding = factories.sent(owner)
    set_status(onboarding, status)
    for url in (
        reverse(LIST),
        reverse("admin:review_export"),
        reverse("admin:onboarding_onboarding_change", args=[onboarding.pk]),
        reverse("admin:onboarding_onboarding_history", args=[onboarding.pk]),
    ):
        assert responses(clients, lambda client, url=url: client.get(url)) == expected(READS), url


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("name", [*REVIEW_ACTION_BY_SLUG, "note", "send_again", "certificate"])
def test_which_roles_act_in_which_status(clients, owner, settings, name, status):
    """Only roles that may act open the page; in a status that doesn't allow the action, it redirects to the case."""
    onboarding = factories.sent(owner)
    settings.REVIEW_REQUIRED = True
    set_status(onboarding, status)
    url = reverse("admin:review_action", args=[onboarding.pk, name])
    uploadable = {"sent", "received", "certified", "connected"}
    sources = REVIEW_ACTION_BY_SLUG[name].sources if name in REVIEW_ACTION_BY_SLUG else uploadable
    opens = name not in {"note", "send_again"} and status in sources
    assert responses(clients, lambda client: client.get(url)) == expected(ACTS, 200 if opens else 302)
    refused = {role: client for role, client in clients.items() if role not in ACTS}
    statuses = responses(refused, lambda client: client.post(url, {"confirmed": "1", "text": "x", "note": "x"}))
    assert statuses == {role: code for role, code in expected(ACTS).items() if role in refused}
    assert (factories.fresh(onboarding).status, onboarding.staff_notes.count()) == (status, 0)


@pytest.mark.parametrize("name", [action.action.value for action in REVIEW_ACTIONS if action.is_bulk])
def test_an_auditor_has_no_bulk_actions(clients, owner, name):
    """An action that an auditor submits has no effect."""
    onboarding = factories.sent(owner)
    sent = {"action": f"bulk_{name}", ACTION_CHECKBOX_NAME: [onboarding.pk], "previewed": "1", "confirmed": "1"}
    before = list(onboarding.events.values())
    clients["auditor"].post(reverse(LIST) + "?move=anyone", sent)
    assert (list(onboarding.events.values()), factories.fresh(onboarding).reviewer) == (before, None)
    assert f"bulk_{name}" in clients["reviewer"].get(reverse(LIST) + "?move=anyone").content.decode()


def test_nobody_adds_edits_or_deletes_an_onboarding(clients, owner):
    """Superusers can't either: only the review actions change a case."""
    onboarding = factories.sent(owner)
    add, delete = (
        reverse("admin:onboarding_onboarding_add"),
        reverse("admin:onboarding_onboarding_delete", args=[onboarding.pk]),
    )
    for url in (add, delete):
        for call in (
            lambda client, url=url: client.get(url),
            lambda client, url=url: client.post(url, {"post": "yes"}),
        ):
            assert responses(clients, call) == expected(()), url
    change = reverse("admin:onboarding_onboarding_change", args=[onboarding.pk])
    for client in clients.values():
        client.post(change, {"mzp_login": "MZP999999", "_save": "Save"})
    assert factories.fresh(onboarding).mzp_login == "MZP128745"


def test_which_roles_manage_accounts(clients):
    """Administrators assign roles, but not to themselves or to superusers."""
    account = factories.partner("account@flottes.example")
    superuser = User.objects.get(email="superuser@operator.example")
    assert responses(clients, lambda client: client.get(reverse("admin:onboarding_user_changelist"))) == expected(
        MANAGES_ACCOUNTS
    )
    url = reverse("admin:onboarding_user_change", args=[account.pk])
    assert responses(clients, lambda client: client.get(url)) == expected(MANAGES_ACCOUNTS)
    administrator = User.objects.get(email="administrator@operator.example")
    for user in (administrator, superuser):
        url = reverse("admin:onboarding_user_change", args=[user.pk])
        assert clients["administrator"].post(url, {"is_active": ""}).status_code == 403
    page = clients["administrator"].get(reverse("admin:onboarding_user_change", args=[account.pk])).content.decode()
    assert "is_superuser" not in page


def test_which_roles_see_the_emails(clients, owner):
    """Who reads cases sees which emails are not sent, but neither what is private in them nor who has an account."""
    onboarding = factories.sent(owner)
    review_workflow.remind(onboarding, User.objects.get(email="reviewer@operator.example"), "a private note")
    Client().post(reverse("account_reset_password"), {"email": "administrator@operator.example"})
    queue = reverse("admin:onboarding_outgoingemail_changelist")
    assert responses(clients, lambda client: client.get(queue)) == expected(READS)
    listed = clients["auditor"].get(queue).content.decode()
    assert (owner.email in listed, "administrator@operator.example" in listed) == (True, False)
    email = onboarding.emails.get()
    for page in ("change", "history"):
        url = reverse(f"admin:onboarding_outgoingemail_{page}", args=[email.pk])
        assert responses(clients, lambda client, url=url: client.get(url)) == expected(READS)
        assert "a private note" not in clients["superuser"].get(url).content.decode()
    add = reverse("admin:onboarding_outgoingemail_add")
    delete = reverse("admin:onboarding_outgoingemail_delete", args=[email.pk])
    for url in (add, delete):
        assert responses(clients, lambda client, url=url: client.post(url, {"post": "yes"})) == expected(())
    again = {"action": "send_again", ACTION_CHECKBOX_NAME: [each.pk for each in OutgoingEmail.objects.all()]}
    OutgoingEmail.objects.update(state="failed")
    clients["auditor"].post(queue, again)
    assert set(OutgoingEmail.objects.values_list("state", flat=True)) == {"failed"}
    clients["reviewer"].post(queue, again)
    assert set(OutgoingEmail.objects.values_list("state", flat=True)) == {"waiting"}


def test_every_address_of_the_desk_is_covered():
    """A new address fails here until the tests above cover it."""
    patterns = get_resolver().url_patterns
    resolver = next(pattern for pattern in patterns if getattr(pattern, "app_name", "") == "admin")
    names = set()

    def walk(patterns):
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                walk(pattern.url_patterns)
            elif pattern.name and ("onboarding" in pattern.name or "review" in pattern.name):
                names.add(pattern.name)

    walk(resolver.url_patterns)
    per_model = ("add", "change", "changelist", "delete", "history")
    models = ("onboarding", "outgoingemail", "user")
    known = {f"onboarding_{model}_{page}" for model in models for page in per_model}
    assert names == known | {"review_export", "review_action", "review_certificates"}


def test_the_dashboard_is_only_for_staff(clients):
    """Partners can't open the dashboard, and neither can staff without a role."""
    statuses = responses(clients, lambda client: client.get(reverse("admin:index")))
    assert statuses == expected(READS)
    for role in ("partner", "staff without a role"):
        refused = clients[role].get(reverse("admin:index"), follow=True)
        assert (refused.status_code, refused.redirect_chain[0][0]) == (403, "/admin/login/?next=/admin/")
    assert "Whose move" in clients["auditor"].get(reverse("admin:index")).content.decode()
