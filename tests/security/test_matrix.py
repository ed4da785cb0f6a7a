"""Every address, with every method, for every kind of visitor: the status; and what a refused request writes."""

import os

import pytest
from django.db import transaction
from django.test import Client

from onboarding.pki import custody
from tests.security.matrix import (
    METHODS,
    TABLE,
    VISITORS,
    addresses,
    connected_onboarding,
    patterns,
    visit,
)

pytestmark = pytest.mark.django_db
REFUSED = {400, 401, 403, 404, 405, 410, 413, 429}
PARTNERS = ("nobody", "stranger", "thief", "owner")
STAFF = ("roleless", "auditor", "reviewer", "admin")
NO_ENTRY = (*PARTNERS, "roleless", *(f"{name}-1" for name in STAFF))  # who never sees a page of the desk
PRIVATE_PREFIXES = (
    "/onboardings/",
    "/admin/",
    "/accounts/2fa/",
    "/accounts/password/change/",
    "/accounts/sessions/",
    "/api/v1/onboardings",
)


@pytest.fixture(scope="module")
def outcomes(django_db_setup, django_db_blocker):
    """The outcome of every request, by address, method and visitor. The visitors are made once, then rolled back."""
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch, transaction.atomic():
        patch.setattr(custody, "MEMORY_KIB", 64)  # a cheap derivation; tests/pki has the real one
        onboarding = connected_onboarding()
        client = Client(raise_request_exception=False)
        cookies = {name: make(onboarding) for name, make in VISITORS.items()}
        found = {
            (address, method, visitor): visit(client, cookie, method, address.path)
            for address in addresses(onboarding)
            for method in METHODS
            for visitor, cookie in cookies.items()
        }
        transaction.set_rollback(True)
    return found


def lines_of(outcomes):
    """Return the lines of the table: an address and a method, then the status for each visitor."""
    rows = {}
    for (address, method, visitor), outcome in outcomes.items():
        rows.setdefault((address.name, method), {})[visitor] = outcome.status
    wide = max(len(name) for name, _ in rows)
    head = f"{'address':{wide}} {'method':6} " + " ".join(f"{visitor:>10}" for visitor in VISITORS)
    return [head] + [
        f"{name:{wide}} {method:6} " + " ".join(f"{by[visitor]:>10}" for visitor in VISITORS)
        for (name, method), by in rows.items()
    ]


@pytest.mark.asvs("2.3.1", "3.7.2", "4.1.4", "7.6.2", "8.1.1", "8.1.2", "8.2.1", "8.2.2", "8.3.1", "13.4.4")
def test_every_request_has_the_status_of_the_table(outcomes):
    """A new row of the URL configuration, or a new visitor, is missing in the table and fails here."""
    lines = lines_of(outcomes)
    if os.environ.get("WRITE_MATRIX"):
        TABLE.write_text("\n".join(lines) + "\n")
    expected = [line.split() for line in TABLE.read_text().splitlines()]
    assert [line.split() for line in lines] == expected


def test_every_row_of_the_url_configuration_is_visited(outcomes):
    """Each route leads to at least one row of the table."""
    visited = {address.name for address, _, _ in outcomes}
    missing = [
        (name, route)
        for name, route in patterns()
        if not any(row == name or row.startswith((f"{name}:", f"{name}[")) for row in visited)
    ]
    assert missing == []


def wrong(outcomes, rule):
    """Return the requests for which `rule`, given address, method, visitor and outcome, is false."""
    return [
        (address.name, method, visitor, outcome.status, outcome.location, outcome.written)
        for (address, method, visitor), outcome in outcomes.items()
        if not rule(address, method, visitor, outcome)
    ]


@pytest.mark.asvs("16.5.1", "16.5.3")
def test_no_request_leads_to_an_error_page_of_the_server(outcomes):
    """Whatever the table says."""
    assert wrong(outcomes, lambda address, method, visitor, outcome: outcome.status < 500) == []


@pytest.mark.asvs("8.2.2", "8.3.3", "8.4.1")
def test_an_onboarding_is_open_to_its_owner_only(outcomes):
    """Nobody signed in: the sign-in page. Anybody else, staff as well: as if it did not exist."""

    def rule(address, method, visitor, outcome):
        if not address.onboarding or visitor in {"owner", "thief"}:
            return True
        if method == "DELETE":
            return outcome.status == 405
        if visitor == "nobody":
            return outcome.status == 302 and outcome.location.startswith("/accounts/login/")
        return outcome.status == 404

    assert wrong(outcomes, rule) == []


@pytest.mark.asvs("8.2.1", "8.2.4", "8.4.2")
def test_the_desk_is_open_to_staff_with_a_role_and_a_second_factor(outcomes):
    """Nobody else gets a page of it, whatever the method is."""

    def rule(address, method, visitor, outcome):
        return not address.desk or visitor not in NO_ENTRY or outcome.status in REFUSED | {302}

    assert wrong(outcomes, rule) == []


@pytest.mark.asvs("8.2.1")
def test_a_request_that_is_refused_writes_nothing(outcomes):
    """Only the record, the session and the counters of limits change, also if the response redirects to the sign-in."""

    def rule(address, method, visitor, outcome):
        refused = outcome.status in REFUSED or outcome.location.startswith(("/accounts/login/", "/admin/login/"))
        return not refused or not outcome.written

    assert wrong(outcomes, rule) == []


@pytest.mark.asvs("3.5.3")
def test_a_get_writes_nothing(outcomes):
    """Only the record, the session and the counters of limits."""
    assert wrong(outcomes, lambda address, method, visitor, outcome: method != "GET" or not outcome.written) == []


def test_an_auditor_writes_nothing_at_the_desk(outcomes):
    """Whatever the address and the method."""
    assert (
        wrong(
            outcomes,
            lambda address, method, visitor, outcome: not (address.desk and visitor == "auditor" and outcome.written),
        )
        == []
    )


@pytest.mark.asvs("7.5.1", "7.5.3", "8.2.4")
def test_a_stolen_cookie_opens_nothing_that_needs_a_confirmation(outcomes):
    """Where the owner gets a private file or changes the account, the thief is sent to the confirmation."""
    sensitive = {
        *("onboarding:discard", "onboarding:replace", "onboarding:withdraw"),
        *("onboarding:key_pem", "onboarding:client_p12", "onboarding:client-old_p12", "onboarding:everything_zip"),
        *("account_email", "account_change_password", "mfa_activate_totp", "mfa_generate_recovery_codes"),
    }

    def rule(address, method, visitor, outcome):
        if address.name not in sensitive or visitor != "thief" or method == "DELETE":
            return True
        confirming = outcome.location.startswith("/accounts/reauthenticate/")
        opens_hub = method == "GET" and address.onboarding and outcome.status == 302
        return not outcome.written and outcome.status == 302 and (confirming or opens_hub)

    assert wrong(outcomes, rule) == []


def test_no_cookie_opens_the_api(outcomes):
    """It takes a token, whoever is signed in. Only its description is public."""

    def rule(address, method, visitor, outcome):
        is_public = not address.path.startswith("/api/") or address.path == "/api/v1/openapi.json"
        return is_public or outcome.status in {401, 404, 405}

    assert wrong(outcomes, rule) == []


def test_the_prefixes_of_private_pages_are_closed_to_nobody(outcomes):
    """Without a session, no page below them opens."""

    def rule(address, method, visitor, outcome):
        private = address.path.startswith(PRIVATE_PREFIXES)
        return visitor != "nobody" or not private or outcome.status in REFUSED | {302}

    assert wrong(outcomes, rule) == []
