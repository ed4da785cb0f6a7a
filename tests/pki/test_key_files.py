"""A partner's own key file, as the real openssl, keytool and ssh-keygen write it, opened for one request."""

import pytest
from cryptography import x509

from onboarding.pki.errors import PkiError
from onboarding.pki.key_files import open_key_file
from onboarding.pki.keys import spki_fingerprint
from tests.pki.corpus_keys import LOCKED, PEM_PKCS1, PKCS8, PRIVATE_KEYS, partner_key
from tests.pki.workshop import PASSWORD

ENCRYPTED_PKCS1 = (*PEM_PKCS1, "-aes128", "-passout", f"pass:{PASSWORD}")
FILES = {
    "pkcs8": (partner_key(), ""),
    "pkcs8_with_a_needless_passphrase": (partner_key(), PASSWORD),
    "pkcs1": (partner_key(*PEM_PKCS1), ""),
    "pkcs8_der": (partner_key(*PKCS8, "-outform", "DER"), ""),
    "pkcs1_der": (partner_key(*PEM_PKCS1, "-outform", "DER"), ""),
    "pkcs8_encrypted": (partner_key(*LOCKED), PASSWORD),
    "pkcs8_encrypted_der": (partner_key(*LOCKED, "-outform", "DER"), PASSWORD),
    "pkcs1_encrypted": (partner_key(*ENCRYPTED_PKCS1), PASSWORD),
    "pkcs12": (lambda shop: shop.pfx(), PASSWORD),
    "crlf_and_mark": (lambda shop: b"\xef\xbb\xbf" + partner_key()(shop).replace(b"\n", b"\r\n"), ""),
    "behind_a_certificate": (lambda shop: shop.leaf + partner_key()(shop), ""),
    "utf16": (lambda shop: partner_key()(shop).decode().encode("utf-16"), ""),
}


@pytest.fixture(scope="module")
def spki(workshop):
    return spki_fingerprint(x509.load_pem_x509_csr(workshop.request).public_key())


@pytest.mark.parametrize("name", FILES)
def test_every_form_of_the_key_opens(name, workshop, spki):
    """What comes out is the key of the request."""
    make, passphrase = FILES[name]
    assert spki_fingerprint(open_key_file(make(workshop), passphrase, spki).public_key()) == spki


@pytest.mark.parametrize(
    ("make", "passphrase", "code"),
    [
        (partner_key(*LOCKED), "wrong", "passphrase_wrong"),
        (partner_key(*LOCKED), "", "passphrase_missing"),
        (partner_key(*LOCKED, "-outform", "DER"), "wrong", "passphrase_wrong"),
        (partner_key(*ENCRYPTED_PKCS1), "wrong", "passphrase_wrong"),
        (lambda shop: shop.pfx(), "wrong", "passphrase_wrong"),
        (lambda shop: shop.pfx(), "", "passphrase_missing"),
        (lambda shop: shop.key("stranger").read_bytes(), "", "key_file_other"),
        (lambda shop: shop.ec_key, "", "key_type"),
        (PRIVATE_KEYS["key_openssh"], "", "key_type"),
        (PRIVATE_KEYS["key_jks"], "", "key_file_keystore"),
        (PRIVATE_KEYS["key_putty"], "", "key_file_unreadable"),
        (PRIVATE_KEYS["key_cut_short"], "", "key_file_unreadable"),
        (lambda shop: shop.leaf, "", "key_file_unreadable"),
        (lambda shop: shop.request, "", "key_file_unreadable"),
        (lambda shop: b"hello", "", "key_file_unreadable"),
        (lambda shop: b"", "", "file_empty"),
        (lambda shop: bytes(70_000), "", "file_too_large"),
    ],
)
def test_each_refusal_has_its_own_reason(make, passphrase, code, workshop, spki):
    """A wrong passphrase is never confused with a wrong file, and neither file nor passphrase stands in the error."""
    with pytest.raises(PkiError) as refusal:
        open_key_file(make(workshop), passphrase, spki)
    assert (refusal.value.code, refusal.value.__cause__, refusal.value.__suppress_context__) in {
        (code, None, True),
        (code, None, False),
    }
    assert "wrong" not in repr(refusal.value.finding).replace("passphrase_wrong", "")
