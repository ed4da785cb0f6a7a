"""`manage.py keyring exposed`: after a theft of database and keyring, each partner concerned is asked for a new key."""

import csv
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from onboarding.models import CertificateRequest, OutgoingEmail
from onboarding.workflow import onboardings, renewals, requests
from onboarding.workflow.transitions import TransitionNotAllowedError
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def staff(db):
    user = factories.partner("desk@site.example")
    user.is_staff = True
    user.save()
    return user


def exposed(moment, *arguments: str) -> dict[str, list[str]]:
    """Return the measure and the state of each onboarding in the printed table."""
    out = StringIO()
    call_command("keyring", "exposed", "--before", moment.isoformat(), *arguments, stdout=out, stderr=out)
    rows = csv.reader(out.getvalue().partition("\n\n")[0].splitlines())
    return {row[0]: row[5:] for row in rows if row and row[0] != "onboarding"}


@pytest.fixture
def cases(owner):
    """Onboardings in each status that concerns an exposed key."""
    made = {
        "return": [factories.with_key(owner), factories.sent(owner)],
        "renew": [factories.certified(owner)],
        "revoke": [factories.certified(owner)],
        "none": [factories.with_key(owner)],
    }
    onboardings.withdraw(made["revoke"][0], owner)
    requests.replace_request(made["none"][0], owner)
    factories.described(owner)  # has no key
    return {str(onboarding.pk): measure for measure, all_of_it in made.items() for onboarding in all_of_it}


def test_every_key_from_before_the_theft_is_listed_with_what_it_needs(cases, owner):
    """A key that was made later is not concerned; nothing changes without --ask."""
    moment = timezone.now()
    later = factories.with_key(owner)
    CertificateRequest.objects.filter(onboarding=later).update(created_at=moment + timedelta(seconds=1))
    before = OutgoingEmail.objects.count()
    assert exposed(moment) == {pk: [measure, "open"] for pk, measure in cases.items()}
    assert OutgoingEmail.objects.count() == before


def test_partners_are_asked_once(cases, owner, staff, mailoutbox):
    """Requests are returned, partners with a certificate get an email, and a second run sends nothing."""
    moment, before = timezone.now(), OutgoingEmail.objects.count()
    mailoutbox.clear()
    done = {pk: [measure, "done"] for pk, measure in cases.items()}
    assert exposed(moment, "--ask", staff.email) == done
    assert ["revoke the old one" in email.body for email in mailoutbox] == [True] * 3
    returned = [pk for pk, measure in cases.items() if measure == "return"]
    statuses = dict(owner.onboardings.values_list("pk", "status"))
    assert {statuses[pk] for pk in statuses if str(pk) in returned} == {"returned"}
    again = exposed(moment, "--ask", staff.email)
    assert {state for _, state in again.values()} == {"done"}
    assert OutgoingEmail.objects.count() == before + 3


def test_the_note_of_the_operator_replaces_ours(cases, owner, staff, tmp_path, mailoutbox):
    """Every partner reads it."""
    (tmp_path / "note").write_text("Call us on 0800.\n")
    mailoutbox.clear()
    exposed(timezone.now(), "--ask", staff.email, "--note", str(tmp_path / "note"))
    assert ["Call us on 0800." in email.body for email in mailoutbox] == [True] * 3


def test_what_can_not_be_asked_for_is_reported(owner, staff):
    """An onboarding of the account itself is left out, and the exit code is 1; so it is for wrong arguments."""
    factories.with_key(staff)
    with pytest.raises(CommandError, match="1 onboardings were left out"):
        exposed(timezone.now(), "--ask", staff.email)
    with pytest.raises(CommandError, match="no staff account"):
        exposed(timezone.now(), "--ask", owner.email)
    with pytest.raises(CommandError, match="time zone"):
        call_command("keyring", "exposed", "--before", "yesterday")


def test_the_same_key_in_a_renewal_after_the_theft_is_listed(owner):
    """Encrypting an exposed key again for a renewal makes no other key of it."""
    old = factories.certified(owner)
    moment = timezone.now()
    new = renewals.renew(old, owner)
    requests.reuse_key(new, owner, factories.PASSPHRASE)
    assert exposed(moment) == {str(old.pk): ["renew", "open"], str(new.pk): ["return", "open"]}


def test_a_key_that_the_partner_was_asked_to_replace_is_not_used_again(owner, staff):
    """Otherwise the renewal that the partner is asked for could keep the exposed key."""
    old = factories.certified(owner)
    new = renewals.renew(old, owner)
    assert requests.reusable_request(new, owner) is not None
    exposed(timezone.now(), "--ask", staff.email)
    with pytest.raises(TransitionNotAllowedError):
        requests.reuse_key(new, owner, factories.PASSPHRASE)
    assert factories.fresh(new).request is None
