"""A private key is found in every form and damage; a text that only speaks of a key refuses nothing."""

import pytest

from onboarding.pki.intake.contents import read_contents
from onboarding.pki.intake.reading import Upload, read_uploads
from onboarding.pki.preflight.checks import preflight
from tests.pki.corpus_containers import email_message
from tests.pki.intake.corpus_private_keys import MENTIONS, body, real_keys

KEYS = dict(real_keys())


@pytest.mark.parametrize("name", KEYS)
def test_a_key_is_found_in_every_form_and_damage(name):
    """Truncated, wrapped again, quoted, encrypted or encoded again, it is still a key."""
    assert read_contents(KEYS[name]).private_key


@pytest.mark.parametrize("name", MENTIONS)
def test_a_mention_of_a_key_is_none(name, workshop):
    """An explanation or a template is no key, alone or beside a certificate, which is still found."""
    certificate = workshop.leaf.decode()
    assert not read_contents(MENTIONS[name].encode()).private_key
    for text in (f"{MENTIONS[name]}\n\n{certificate}", f"{MENTIONS[name]} {certificate}", certificate + MENTIONS[name]):
        contents = read_contents(text.encode())
        assert (contents.private_key, [item.shape.value for item in contents.items][:1]) == (False, ["certificate"])


@pytest.mark.parametrize("name", sorted(MENTIONS.keys() - {"start_alone"}))
def test_base64_after_a_mention_is_not_its_key(name, workshop):
    """A certificate without marker lines is not taken for the key that the text speaks of."""
    assert not read_contents(f"{MENTIONS[name]}\n\n{body(workshop.leaf.decode())}".encode()).private_key


def test_an_email_that_explains_keys_brings_its_certificate(workshop):
    """The certificate in the attachment is read."""
    data = email_message(("client.pem", workshop.leaf, "application/x-pem-file"), text="\n\n".join(MENTIONS.values()))
    assert len(read_uploads([Upload("email.eml", data.as_bytes())]).certificates) == 1


def test_a_request_beside_a_mention_is_checked(workshop):
    """A request in a text that explains what a private key looks like passes."""
    text = f"{MENTIONS['sentence']}\n{workshop.request.decode()}"
    assert preflight(text, "MZP128745").passes
