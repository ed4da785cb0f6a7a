"""Sealed keys in the database: moved, swapped, altered or rolled back, and rotated (ASVS 11.3.3, 13.3.1)."""

from dataclasses import asdict, fields
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from onboarding.models import CertificateRequest, SealedPrivateKey
from onboarding.pki.custody import SealedKey
from onboarding.pki.errors import PkiError
from onboarding.pki.keyring import Keyring
from onboarding.review.case import case_context
from onboarding.workflow import requests
from tests import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]
COLUMNS = [field.name for field in fields(SealedKey)]


@pytest.fixture
def pair(owner):
    """The two requests of one onboarding: the first was replaced by the second."""
    onboarding = factories.with_key(owner)
    first = onboarding.request
    requests.replace_request(onboarding, owner)
    requests.make_key(factories.fresh(onboarding), owner, factories.PASSPHRASE, 2048)
    return first, factories.fresh(onboarding).request


def stored(request):
    """Return the columns of the sealed key of `request`."""
    return asdict(requests.sealed_key(SealedPrivateKey.objects.get(request=request)))


def store(request, **columns):
    """Write columns of the sealed key past the application."""
    assert SealedPrivateKey.objects.filter(request=request).update(**columns) == 1


def codes(request, passphrase=factories.PASSPHRASE):
    """Return the codes of the errors when the key is opened and when the CSR is served; "" without an error."""
    found = []
    for use in (lambda row: requests.open_private_key(row, row.onboarding.owner, passphrase), requests.checked_csr):
        try:
            use(CertificateRequest.objects.get(pk=request.pk))
            found.append("")
        except PkiError as error:
            found.append(error.finding.code)
    return tuple(found)


@pytest.mark.asvs("11.2.5", "11.3.3")
def test_untouched_records_open(pair):
    """Both keys of the onboarding open, and both CSRs are served."""
    assert [codes(request) for request in pair] == [("", "")] * 2
    assert codes(pair[1], "wrong")[0] == "passphrase_wrong"


@pytest.mark.asvs("11.3.3")
def test_sealed_keys_of_two_requests_of_one_onboarding_cannot_be_swapped(pair):
    """Neither key opens in the row of the other, whole or column by column."""
    first, second = pair
    own, other = stored(first), stored(second)
    store(first, **other)
    store(second, **own)
    assert [codes(request) for request in pair] == [("sealed_key_damaged",) * 2] * 2
    for name in COLUMNS:
        if own[name] != other[name]:
            store(first, **{**own, name: other[name]})
            assert codes(first) == ("sealed_key_damaged",) * 2, name
    store(first, **own)
    assert codes(first) == ("", "")


@pytest.mark.parametrize(
    "columns",
    [
        ("csr_pem",),
        ("csr_pem", "fingerprint"),
        ("csr_pem", "fingerprint", "spki"),
        ("fingerprint",),
        ("spki",),
        ("uid",),
    ],
    ids="+".join,
)
def test_a_swapped_request_is_noticed_before_it_leaves_the_site(pair, browser_of, owner, reviewer, columns, rehearsing):
    """The partner's page, the download, the signing and the desk refuse a CSR that another key signed."""
    first, second = pair
    values = {name: getattr(first, name) for name in columns}
    if "uid" in columns:  # unique
        CertificateRequest.objects.filter(pk=first.pk).update(uid=second.onboarding_id)
    CertificateRequest.objects.filter(pk=second.pk).update(**values)
    changed = CertificateRequest.objects.get(pk=second.pk)
    assert codes(changed)[1] in {"request_altered", "sealed_key_damaged"}
    assert codes(changed)[0] in {"request_altered", "sealed_key_damaged"}
    page = browser_of.get(reverse("onboarding:request", args=[changed.onboarding_id]))
    text = page.content.decode()
    assert first.csr_pem not in text
    assert 'request.csr" download' not in text.replace("\n", " ")
    assert "stored" in text
    download = browser_of.get(reverse("onboarding:request_csr", args=[changed.onboarding_id]))
    assert (download.status_code, download.content) == (302, b"")
    severities = {finding.code for finding in case_context(changed.onboarding)["findings"]}
    assert severities & {"request_altered", "sealed_key_damaged"}


@pytest.mark.asvs("11.2.2", "11.3.4")
def test_a_key_of_the_first_version_is_upgraded_when_it_is_opened(owner, monkeypatch):
    """The passphrase check stores it again, bound to its request; then it can't be moved within the onboarding."""
    monkeypatch.setattr("onboarding.pki.custody.VERSION", 1)
    request = factories.with_key(owner).request
    monkeypatch.undo()
    assert stored(request)["version"] == 1
    requests.prove_passphrase(request, owner, factories.PASSPHRASE)
    upgraded = stored(request)
    assert upgraded["version"] == 2
    assert codes(request) == ("", "")
    store(request, version=1)
    assert codes(request) == ("sealed_key_damaged",) * 2


@pytest.fixture
def two_keys(settings, tmp_path):
    """The keyring of the site, with a new key in front of its present one."""
    old = Keyring.read(settings.KEYRING_FILE)
    lines = settings.KEYRING_FILE.read_text()
    rotated = tmp_path / "keyring"
    rotated.write_text(Keyring.new_text() + lines)
    return old, rotated


def test_keys_made_during_a_rotation_are_rewrapped_too(owner, settings, two_keys, monkeypatch):
    """A server with the old keyring adds a key while the command runs; the command ends with no key left behind."""
    old, rotated = two_keys
    first, late = factories.with_key(owner).request, factories.with_key(owner).request
    before = stored(late)
    SealedPrivateKey.objects.filter(request=late).delete()
    real = requests.sealed_key

    def while_another_server_adds_a_key(row):
        SealedPrivateKey.objects.get_or_create(request=late, defaults=before)
        return real(row)

    monkeypatch.setattr("onboarding.workflow.server_keys.sealed_key", while_another_server_adds_a_key)
    settings.KEYRING_FILE = rotated
    call_command("rewrap_keys", stdout=StringIO())
    new = Keyring.read(rotated)
    assert {stored(request)["server_key_id"] for request in (first, late)} == {new.first_id} != {old.first_id}
    assert [codes(request) for request in (first, late)] == [("", "")] * 2


def test_a_rotation_with_a_damaged_key_fails_and_keeps_the_old_line(owner, settings, two_keys):
    """The command names the request, rewraps the others, and exits with an error."""
    good, bad = factories.with_key(owner).request, factories.with_key(owner).request
    store(bad, ciphertext=b"\x00" * 64)
    settings.KEYRING_FILE = two_keys[1]
    out, err = StringIO(), StringIO()
    with pytest.raises(CommandError, match="Keep the other server keys"):
        call_command("rewrap_keys", stdout=out, stderr=err)
    assert f"Request {bad.pk}:" in err.getvalue()
    assert "1 keys rewrapped" in out.getvalue()
    assert codes(good) == ("", "")
