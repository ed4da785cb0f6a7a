"""A small run of the fuzzer of forms, and that it finds what it looks for. `make fuzz` runs a large one."""

import pytest
from django.db import transaction

from onboarding.forms.details import CompanyForm
from tests.security import form_fuzz

pytestmark = pytest.mark.django_db
INPUTS = range(60)


@pytest.fixture(scope="module")
def prepared(django_db_setup, django_db_blocker):
    """The onboardings and forms, which are rolled back at the end."""
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch, transaction.atomic():
        patch.setattr("onboarding.pki.custody.MEMORY_KIB", 64)
        yield form_fuzz.Prepared()
        transaction.set_rollback(True)


def reasons(report):
    return {text.strip().splitlines()[-1] for _, text in report.failures}


@pytest.mark.asvs(
    "1.1.1",
    "1.1.2",
    "1.2.1",
    "1.2.2",
    "1.2.4",
    "1.3.3",
    "1.3.7",
    "1.3.10",
    "1.3.11",
    "1.4.2",
    "2.2.1",
    "2.2.2",
    "2.3.3",
    "5.2.1",
    "5.4.1",
    "8.2.3",
    "15.3.3",
    "15.3.5",
    "15.3.7",
)
def test_no_input_breaks_a_rule(prepared):
    """No error of the server, no change by a refused input, and nothing wrong accepted."""
    report = form_fuzz.run_batch(prepared, 1, INPUTS)
    assert reasons(report) == set()
    kinds = {kind.split()[1] for kind in report.outcomes}
    assert kinds == {"accepted", "refused"}


def test_the_forms_of_every_step_and_of_the_desk_are_found(prepared):
    """The forms come from the pages; these must be among them."""
    names = {name for target in prepared.targets for name in target.names}
    assert names >= {"mzp_login", "organization", "key_size", "files", "client_id", "password", "passphrase", "note"}
    assert {target.visitor for target in prepared.targets} == {"nobody", "owner", "reviewer", "admin"}


def target_with(prepared, name):
    return next(target for target in prepared.targets if name in target.names and target.visitor == "owner")


def test_an_error_of_the_server_is_found(prepared, monkeypatch):
    """A form that fails."""

    def fail(self):
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(CompanyForm, "is_valid", fail)
    monkeypatch.setattr(prepared, "targets", [target_with(prepared, "organization")])
    assert any("500 at" in reason for reason in reasons(form_fuzz.run_batch(prepared, 1, range(2))))


def test_a_refused_input_that_writes_is_found(prepared, monkeypatch):
    """A form that is taken for refused although it was stored."""
    new = next(target for target in prepared.targets if target.path == "/onboardings/new/")
    monkeypatch.setattr(form_fuzz, "is_refused", lambda response: True)
    monkeypatch.setattr(prepared, "targets", [new])
    found = reasons(form_fuzz.run_batch(prepared, 1, range(30)))
    assert any("wrote to" in reason for reason in found)
