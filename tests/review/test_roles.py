"""Every address of the admin, every verb and action, against every role and every status."""

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from onboarding.models import Onboarding, Status, User
from onboarding.review.actions import ALL_ACTIONS, REVIEW_ACTIONS
from tests import factories
from tests.review.conftest import signed_in, staff

pytestmark = pytest.mark.django_db

ROLES = ("nobody", "partner", "staff without a role", "auditor", "reviewer", "administrator", "superuser")
READS, ACTS, KEEPS_ACCOUNTS = ("auditor", "reviewer", "administrator", "superuser"), ROLES[4:], ROLES[5:]
LIST = "admin:onboarding_onboarding_changelist"


@pytest.fixture
def clients():
    """A client for each role."""
    made = {"nobody": Client(), "partner": signed_in(factories.partner("a.partner@flottes.example"))}
    bare = User.objects.create_user("bare@operator.example", "velvet-anchor-92-river", is_staff=True)
    boss = User.objects.create_superuser("boss@operator.example", "velvet-anchor-92-river")
    made |= {"staff without a role": signed_in(bare), "superuser": signed_in(boss)}
    return made | {role: signed_in(staff(role)) for role in ("auditor", "reviewer", "administrator")}


def answers(clients, call):
    """By role: the status, or "in" where a page leads to signing in."""
    given = {}
    for role, client in clients.items():
        response = call(client)
        into = response.status_code == 302 and "/login/" in response["Location"]
        given[role] = "in" if into else response.status_code
    return given


def expected(allowed, status=200):
    outside = {"nobody": "in", "partner": "in"}
    return {role: status if role in allowed else outside.get(role, 403) for role in ROLES}


def at(one, status):
    """Put an onboarding into a status, past the journey."""
    Onboarding.objects.filter(pk=one.pk).update(status=status)


@pytest.mark.parametrize("status", list(Status))
def test_who_reads_what(clients, owner, status):
    """The queue, its export, the case and its history, in every status."""
    one = factories.sent(owner)
    at(one, status)
    for url in (
        reverse(LIST),
        reverse("admin:desk_export"),
        reverse("admin:onboarding_onboarding_change", args=[one.pk]),
        reverse("admin:onboarding_onboarding_history", args=[one.pk]),
    ):
        assert answers(clients, lambda client, url=url: client.get(url)) == expected(READS), url


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("name", [*REVIEW_ACTIONS, "note", "send_again", "certificate"])
def test_who_acts_when(clients, owner, settings, name, status):
    """A verb's page is for those who act; where the status does not allow the verb, it leads back to the case."""
    one = factories.sent(owner)
    settings.REVIEW_REQUIRED = True
    at(one, status)
    url = reverse("admin:desk_verb", args=[one.pk, name])
    sources = REVIEW_ACTIONS[name].sources if name in REVIEW_ACTIONS else {"sent", "received", "certified", "connected"}
    opens = name not in {"note", "send_again"} and status in sources
    assert answers(clients, lambda client: client.get(url)) == expected(ACTS, 200 if opens else 302)
    refused = {role: client for role, client in clients.items() if role not in ACTS}
    given = answers(refused, lambda client: client.post(url, {"confirmed": "1", "text": "x", "note": "x"}))
    assert given == {role: answer for role, answer in expected(ACTS).items() if role in refused}
    assert (factories.fresh(one).status, one.staff_notes.count()) == (status, 0)


@pytest.mark.parametrize("verb", [verb for verb in ALL_ACTIONS if verb.bulk], ids=lambda verb: verb.name)
def test_an_auditor_finds_no_action_on_the_list(clients, owner, verb):
    """Sent all the same, it does nothing."""
    one = factories.sent(owner)
    sent = {"action": f"bulk_{verb.name}", ACTION_CHECKBOX_NAME: [one.pk], "previewed": "1", "confirmed": "1"}
    before = list(one.events.values())
    clients["auditor"].post(reverse(LIST) + "?move=anyone", sent)
    assert (list(one.events.values()), factories.fresh(one).reviewer) == (before, None)
    assert f"bulk_{verb.name}" in clients["reviewer"].get(reverse(LIST) + "?move=anyone").content.decode()


def test_nobody_adds_edits_or_deletes_a_row(clients, owner):
    """Not even a superuser: what changes, changes through a verb."""
    one = factories.sent(owner)
    add, delete = (
        reverse("admin:onboarding_onboarding_add"),
        reverse("admin:onboarding_onboarding_delete", args=[one.pk]),
    )
    for url in (add, delete):
        for call in (
            lambda client, url=url: client.get(url),
            lambda client, url=url: client.post(url, {"post": "yes"}),
        ):
            assert answers(clients, call) == expected(()), url
    change = reverse("admin:onboarding_onboarding_change", args=[one.pk])
    for client in clients.values():
        client.post(change, {"mzp_login": "MZP999999", "_save": "Save"})
    assert factories.fresh(one).mzp_login == "MZP128745"


def test_who_keeps_the_accounts(clients):
    """Roles are given by administrators; nobody gives one to themselves, or touches a superuser."""
    somebody, boss = factories.partner("somebody@flottes.example"), User.objects.get(email="boss@operator.example")
    assert answers(clients, lambda client: client.get(reverse("admin:onboarding_user_changelist"))) == expected(
        KEEPS_ACCOUNTS
    )
    url = reverse("admin:onboarding_user_change", args=[somebody.pk])
    assert answers(clients, lambda client: client.get(url)) == expected(KEEPS_ACCOUNTS)
    administrator = User.objects.get(email="administrator@operator.example")
    for user in (administrator, boss):
        url = reverse("admin:onboarding_user_change", args=[user.pk])
        assert clients["administrator"].post(url, {"is_active": ""}).status_code == 403
    page = clients["administrator"].get(reverse("admin:onboarding_user_change", args=[somebody.pk])).content.decode()
    assert "is_superuser" not in page


def test_every_address_of_the_desk_is_in_this_matrix():
    """A new address fails here until somebody has said who may open it."""
    resolver = next(one for one in get_resolver().url_patterns if getattr(one, "app_name", "") == "admin")
    names = set()

    def walk(patterns):
        for one in patterns:
            if isinstance(one, URLResolver):
                walk(one.url_patterns)
            elif one.name and ("onboarding" in one.name or "desk" in one.name):
                names.add(one.name)

    walk(resolver.url_patterns)
    per_model = ("add", "change", "changelist", "delete", "history")
    known = {f"onboarding_{model}_{page}" for model in ("onboarding", "user") for page in per_model}
    assert names == known | {"desk_export", "desk_verb"}


def test_the_first_page_is_for_staff_alone(clients):
    """A partner can't enter; who has no role sees no figures."""
    given = answers(clients, lambda client: client.get(reverse("admin:index")))
    assert given == expected(READS) | {"staff without a role": 200}
    refused = clients["partner"].get(reverse("admin:index"), follow=True)
    assert (refused.status_code, refused.redirect_chain[0][0]) == (403, "/admin/login/?next=/admin/")
    assert "Whose move" in clients["auditor"].get(reverse("admin:index")).content.decode()
    assert "Whose move" not in clients["staff without a role"].get(reverse("admin:index")).content.decode()
