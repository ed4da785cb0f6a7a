"""Who may use the API: the token decides, and behind it the role of its account."""

import hashlib
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from openapi_spec_validator import validate

from onboarding.models import ApiToken, AuditKind, AuditRecord, Membership, User
from onboarding.workflow.api_tokens import find_token, make_token, revoke_token
from tests import factories
from tests.api.conftest import client_of
from tests.api.described import ApiClient
from tests.review.conftest import staff

pytestmark = pytest.mark.django_db


def test_the_description_is_valid_openapi():
    description = ApiClient().description
    validate(description)
    assert description["openapi"].startswith("3.1")
    for methods in description["paths"].values():
        assert all(operation["security"] for operation in methods.values())


def test_only_the_digest_of_a_token_is_stored(owner):
    token = make_token(owner, "test", ["read"], timedelta(days=30))
    stored = ApiToken.objects.get()
    assert stored.token_hash == hashlib.sha256(token.encode()).hexdigest()
    assert token.startswith(stored.prefix)
    assert len(token) > len(stored.prefix) + 32
    values = [str(value) for value in ApiToken.objects.values().get().values()]
    assert all(token not in value for value in values)


def test_without_a_token_every_operation_is_a_401(owner):
    onboarding = factories.started(owner)
    client = ApiClient()
    client.http.force_login(owner)  # a session opens nothing
    for name in client.operations:
        parameters = {
            each["name"]: "approve" if each["name"] == "action" else onboarding.pk
            for each in client.operations[name][2].get("parameters", ())
            if each["in"] == "path"
        }
        answer = client.call(name, body={}, **parameters)
        assert (answer.status, answer.content["code"]) == (401, "token_invalid")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


REFUSED = {
    "revoked": lambda user: revoke_token(user, user.api_tokens.get().pk),
    "expired": lambda user: user.api_tokens.update(expires_at=timezone.now() - timedelta(seconds=1)),
    "account closed": lambda user: User.objects.filter(pk=user.pk).update(is_active=False),
}


@pytest.mark.parametrize("how", REFUSED)
def test_a_token_ends(program, owner, how):
    assert program.call("listOnboardings").status == 200
    REFUSED[how](owner)
    assert program.call("listOnboardings").status == 401


@pytest.mark.parametrize("place", ["query", "cookie", "basic"])
def test_a_token_counts_only_in_the_authorization_header(owner, place):
    token, client = make_token(owner, "test", ["read"], timedelta(days=30)), Client()
    client.cookies["Authorization"] = f"Bearer {token}" if place == "cookie" else ""
    headers = {"Authorization": f"Basic {token}"} if place == "basic" else {}
    query = f"?token={token}&Authorization=Bearer%20{token}" if place == "query" else ""
    assert client.get(f"/api/v1/onboardings{query}", headers=headers).status_code == 401


def test_a_scope_opens_only_its_operations(owner):
    onboarding = factories.sent(owner)
    reads, writes = client_of(owner, "read"), client_of(owner, "write")
    assert reads.call("uploadCertificate", {}, pk=onboarding.pk).content["code"] == "scope_missing"
    assert writes.call("getOnboarding", pk=onboarding.pk).content["code"] == "scope_missing"
    assert reads.call("listQueue").status == 403


def test_the_scope_of_the_desk_needs_a_role_and_a_second_factor(owner):
    assert client_of(owner, "desk").call("listQueue").content["code"] == "role_missing"
    member = staff("reviewer")
    program = client_of(member, "desk")
    assert program.call("listQueue").status == 200
    member.authenticator_set.all().delete()
    assert program.call("listQueue").content["code"] == "role_missing"


def test_the_onboardings_of_others_do_not_exist_and_readers_only_read(owner, program):
    onboarding = factories.sent(owner)
    stranger = factories.partner("stranger@flottes.example")
    other = client_of(stranger, "read", "write")
    assert other.call("getOnboarding", pk=onboarding.pk).status == 404
    assert other.call("uploadCertificate", {"text": "x"}, pk=onboarding.pk).status == 404
    assert other.call("listOnboardings").content["items"] == []
    assert AuditRecord.objects.filter(kind=AuditKind.REFUSED, actor=stranger.pk).count() == 2
    Membership.objects.create(onboarding=onboarding, user=stranger, role="reader")
    assert other.call("getOnboarding", pk=onboarding.pk).content["login"] == onboarding.mzp_login
    assert other.call("uploadCertificate", {"text": "x"}, pk=onboarding.pk).content["code"] == "role"


def test_each_token_has_a_limit_of_its_own(owner, settings):
    settings.API_REQUESTS_IN_10_MINUTES = 2
    first, second = client_of(owner, "read"), client_of(owner, "read")
    assert [first.call("listOnboardings").status for _ in range(3)] == [200, 200, 429]
    refused = first.call("listOnboardings")
    assert int(refused.headers["Retry-After"]) > 0
    assert second.call("listOnboardings").status == 200


def test_wrong_tokens_are_limited_by_address(settings):
    settings.API_REQUESTS_IN_10_MINUTES = 1  # five times as many for an address
    client = ApiClient("onb_wrong")
    assert [client.call("listOnboardings").status for _ in range(6)] == [401] * 5 + [429]


def test_creating_and_revoking_are_recorded(owner):
    token = make_token(owner, "test", ["read"], timedelta(days=30))
    pk = find_token(token).pk
    assert revoke_token(owner, pk)
    assert not revoke_token(owner, pk)
    kinds = AuditRecord.objects.filter(subject=f"account:{owner.pk}").order_by("number").values_list("kind", flat=True)
    assert [*kinds] == [AuditKind.TOKEN_MADE, AuditKind.TOKEN_REVOKED]


def test_nobody_revokes_the_token_of_somebody_else(owner):
    pk = find_token(make_token(owner, "test", ["read"], timedelta(days=30))).pk
    assert not revoke_token(factories.partner("stranger@flottes.example"), pk)


def test_a_body_that_is_not_as_described_is_a_problem(program, owner):
    onboarding = factories.sent(owner)
    answer = program.call("uploadCertificate", {"files": [{"name": "a"}]}, pk=onboarding.pk)
    assert (answer.status, answer.content["code"]) == (422, "invalid")
    assert answer.content["errors"][0]["field"].endswith("content")


def test_every_error_of_an_address_of_the_api_is_a_problem(program, owner, settings, monkeypatch):
    """Also those that no operation sees."""
    onboarding = factories.sent(owner)
    unknown = program.http.get("/api/v1/nothing")
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    large = program.call("uploadCertificate", {"text": "x" * 200}, pk=onboarding.pk)
    assert (large.status, large.content["code"]) == (413, "too_large")
    monkeypatch.setattr("onboarding.api.partners.onboardings_of", lambda _user: 1 / 0)
    program.http.raise_request_exception = False
    broken = program.call("listOnboardings")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
    assert (broken.status, broken.content["code"]) == (500, "error")


def test_no_other_site_reads_the_api(program):
    """No response has a header of CORS, and no other method is accepted."""
    response = program.http.get("/api/v1/onboardings", headers={"Origin": "https://other.example"})
    assert not [name for name in response.headers if name.startswith("Access-Control")]
    assert program.http.delete("/api/v1/onboardings").status_code == 405


def test_the_page_shows_a_token_once_and_revokes_it(browser_of, owner):
    form = {"name": "nightly", "scopes": ["read"], "days": "90"}
    page = browser_of.post("/accounts/tokens/", form)
    token = page.context["token"]
    assert find_token(token).name == "nightly"
    assert token not in browser_of.get("/accounts/tokens/").content.decode()
    browser_of.post("/accounts/tokens/", {"revoke": str(find_token(token).pk)})
    assert find_token(token) is None


def test_the_page_offers_the_desk_only_to_staff(browser_of):
    page = browser_of.post("/accounts/tokens/", {"name": "x", "scopes": ["desk"], "days": "30"})
    assert "scopes" in page.context["form"].errors
    assert not ApiToken.objects.exists()
