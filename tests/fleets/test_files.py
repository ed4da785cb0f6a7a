"""The command's files in every format, in each other's place, in any order: read, or named for what they are."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs7,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID

from onboarding.fleets.connecting.request import Credentials
from onboarding.fleets.diagnosis import Background, Endpoint, diagnose
from onboarding.fleets.errors import FleetsError
from onboarding.fleets.files import read_files
from onboarding.pki.csr import make_csr
from onboarding.pki.key_files import encrypted_pem
from onboarding.rehearsal.authority import pem
from tests.fleets.conftest import LOGIN, QUICK, SUBJECT

PASSPHRASE = "a passphrase for the key"
NOW = datetime.now(UTC)


@pytest.fixture
def parts(credentials, authority):
    """Return the partner's certificate, the issuing CA's, the root's, and the key."""
    leaf, issuing = credentials.identity.certificates
    return leaf, issuing, authority.root.certificate, credentials.identity.key


@pytest.fixture
def read(tmp_path, parts):
    """Return a function that reads these bytes as the three files; those that are not given are good ones."""
    leaf, issuing, root, key = parts

    def run(certificate=None, key_file=None, ca=None, passphrase=PASSPHRASE):
        contents = {
            "certificate.pem": pem(leaf, issuing).encode() if certificate is None else certificate,
            "key.pem": clear(key) if key_file is None else key_file,
            "ca.pem": pem(root).encode() if ca is None else ca,
        }
        for name, data in contents.items():
            (tmp_path / name).write_bytes(data)
        return read_files(*(tmp_path / name for name in contents), lambda _path: passphrase, None, NOW)

    return run


def clear(key, encoding=Encoding.PEM, form=PrivateFormat.PKCS8):
    return key.private_bytes(encoding, form, NoEncryption())


def base64_of(certificate):
    return base64.b64encode(certificate.public_bytes(Encoding.DER))


def codes(result):
    return [remark.code for remark in result.remarks]


def keystore(key, leaf, *others, passphrase=PASSPHRASE):
    encryption = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    return pkcs12.serialize_key_and_certificates(b"partner", key, leaf, others, encryption)


# How a file of certificates may be written: the remark's code, and the function that writes it.
CERTIFICATE_FORMATS = {
    "PEM": ([], lambda *all: pem(*all).encode()),
    "PEM with CR LF": ([], lambda *all: pem(*all).replace("\n", "\r\n").encode()),
    "PEM with a BOM": ([], lambda *all: b"\xef\xbb\xbf" + pem(*all).encode()),
    "PEM after text": ([], lambda *all: b"Bag Attributes\n  localKeyID: 01\n" + pem(*all).encode()),
    "UTF-16": (["file_converted"], lambda *all: pem(*all).encode("utf-16")),
    "UTF-16 without a BOM": (["file_converted"], lambda *all: pem(*all).encode("utf-16-le")),
    "PKCS#7": (["file_converted"], lambda *all: pkcs7.serialize_certificates(all, Encoding.DER)),
    "PKCS#7 in PEM": (["file_converted"], lambda *all: pkcs7.serialize_certificates(all, Encoding.PEM)),
    "DER": (["file_converted"], lambda *all: b"".join(each.public_bytes(Encoding.DER) for each in all)),
    "base64": (["file_converted"], lambda *all: b"\n".join(map(base64_of, all))),
}  # fmt: skip


@pytest.mark.parametrize("name", CERTIFICATE_FORMATS)
def test_certificates_are_read_in_every_format(read, parts, name):
    """The same certificates, in the certificate file and in the CA file."""
    leaf, issuing, root, _key = parts
    remarks, write = CERTIFICATE_FORMATS[name]
    result = read(certificate=write(leaf, issuing), ca=write(issuing, root))
    assert (result.identity.certificates, set(result.anchors)) == ((leaf, issuing), {issuing, root})
    assert codes(result) == remarks * 2


KEY_FORMATS = {
    "PKCS#8": ([], clear),
    "PKCS#1": ([], lambda key: clear(key, form=PrivateFormat.TraditionalOpenSSL)),
    "CR": ([], lambda key: clear(key).replace(b"\n", b"\r")),
    "UTF-16": (["file_converted"], lambda key: clear(key).decode().encode("utf-16")),
    "DER": (["file_converted"], lambda key: clear(key, Encoding.DER)),
    "encrypted": ([], lambda key: encrypted_pem(key, PASSPHRASE, rounds=10)),
    "encrypted DER": (
        ["file_converted"],
        lambda key: key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, BestAvailableEncryption(PASSPHRASE.encode())),
    ),
    "encrypted by OpenSSL 1": (
        [],
        lambda key: key.private_bytes(
            Encoding.PEM, PrivateFormat.TraditionalOpenSSL, BestAvailableEncryption(PASSPHRASE.encode())
        ),
    ),
    "OpenSSH": ([], lambda key: clear(key, form=PrivateFormat.OpenSSH)),
    "PKCS#12": (["file_converted"], lambda key: keystore(key, None)),
    "PKCS#12 without a password": (["file_converted"], lambda key: keystore(key, None, passphrase="")),
}


@pytest.mark.parametrize("name", KEY_FORMATS)
def test_a_key_is_read_in_every_format(read, parts, name):
    """The passphrase is reported only if it was needed."""
    remarks, write = KEY_FORMATS[name]
    result = read(key_file=write(parts[3]))
    assert result.identity.key.private_numbers() == parts[3].private_numbers()
    assert codes(result) == remarks
    assert bool(result.passphrase) == (b"ENCRYPTED" in write(parts[3]) or name in {"encrypted DER", "PKCS#12"})


def test_one_pkcs12_file_can_be_all(read, parts):
    """Certificate, intermediates and key from the file that browsers and Windows export."""
    leaf, issuing, root, key = parts
    everything = keystore(key, leaf, root, issuing)
    result = read(certificate=everything, key_file=everything)
    assert (result.identity.certificates, result.passphrase) == ((leaf, issuing), PASSPHRASE)


def test_one_pem_file_can_be_all(read, parts):
    """Key and certificates in one file, as HAProxy wants them."""
    leaf, issuing, _root, key = parts
    everything = clear(key) + pem(leaf, issuing).encode()
    assert codes(read(certificate=everything, key_file=everything)) == []


ORDERS = {
    "issuer first": ("issuing leaf", "root", "certificates_reordered"),
    "root first": ("root issuing leaf", "root", "certificates_reordered"),
    "root between": ("leaf root issuing", "root", ""),
    "leaf in the CA file": ("root", "leaf", "certificates_swapped"),
    "leaf in the CA file, chain in the other": ("issuing root", "leaf", "certificates_swapped"),
    "everything in both": ("root leaf issuing", "leaf issuing root", "certificates_reordered"),
}


@pytest.mark.parametrize("name", ORDERS)
def test_certificates_in_the_wrong_order_or_file_are_put_right(gateway, read, parts, credentials, name):
    """The test reaches the fleets, and a remark says what other programs will stumble over."""
    given = dict(zip(("leaf", "issuing", "root"), parts[:3], strict=True))
    in_file, in_ca, remark = ORDERS[name]
    files = [pem(*(given[each] for each in names.split())).encode() for names in (in_file, in_ca)]
    result = read(certificate=files[0], ca=files[1])
    assert result.identity.certificates[0] == parts[0]
    assert codes(result) == ([remark] if remark else [])
    with gateway("healthy") as served:
        who = Credentials(
            result.identity, result.anchors, credentials.login, credentials.password, credentials.client_id
        )
        diagnosis = diagnose(Endpoint(served.base_url), who, limits=QUICK, background=Background(result.remarks))
    assert (diagnosis.verdict.code, [each.code for each in diagnosis.remarks]) == ("connected", codes(result))


def test_swapped_files_of_certificate_and_key_are_exchanged(read, parts):
    """The remark says so."""
    leaf, issuing, _root, key = parts
    result = read(certificate=clear(key), key_file=pem(leaf, issuing).encode())
    assert (result.identity.certificates, codes(result)) == ((leaf, issuing), ["files_swapped"])


def test_the_newest_of_several_certificates_for_the_key_is_used(read, parts, authority, partner_key):
    """An expired one before it is left out, with a remark; so is a certificate of somebody else."""
    leaf, issuing, _root, _key = parts
    signer = authority.issuing
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
    older = signer.sign(leaf.subject, partner_key.public_key(), timedelta(days=1), usage)
    other = signer.sign(leaf.subject, ec.generate_private_key(ec.SECP256R1()).public_key(), timedelta(days=1), usage)
    result = read(certificate=pem(older, other, issuing, leaf).encode())
    assert result.identity.certificates == (leaf, issuing) or result.identity.certificates[0] == older
    assert codes(result) == ["older_certificate_left_out", "certificate_left_out"]


def test_a_ca_certificate_that_did_not_sign_the_partners_own_is_named(read, parts, identities):
    """Beside a whole chain it may be the CA certificate of the gateway, and nothing is said."""
    leaf, issuing, *_ = parts
    stranger = identities.untrusted_ca.certificate
    assert codes(read(certificate=pem(leaf, stranger).encode())) == ["certificate_left_out"]
    assert codes(read(certificate=pem(leaf, issuing, stranger).encode())) == []


@pytest.mark.parametrize("which", ["issuing", "root"])
def test_a_ca_certificate_in_the_place_of_the_partners_own_is_named(read, parts, credentials, which):
    """The verdict is certain, and it does not send the partner to make a new key."""
    ca = parts[1] if which == "issuing" else parts[2]
    result = read(certificate=pem(ca).encode())
    who = Credentials(result.identity, result.anchors, LOGIN, credentials.password, credentials.client_id)
    diagnosis = diagnose(Endpoint("https://127.0.0.1:1"), who, try_anyway=True)
    assert (diagnosis.verdict.code, diagnosis.verdict.confidence) == ("certificate_is_ca", "certain")
    assert "new RSA key" not in diagnosis.verdict.remedy


def test_the_partners_own_certificate_as_ca_is_named(read, parts):
    """The verdict names it. Nothing is sent."""
    result = read(ca=pem(parts[0]).encode())
    assert (result.anchors, codes(result)) == ((parts[0],), ["own_certificate_as_ca"])
    who = Credentials(result.identity, result.anchors, LOGIN, "secret-password", "client-id")
    diagnosis = diagnose(Endpoint("https://127.0.0.1:1"), who)
    verdict = diagnosis.verdict
    assert (verdict.code, verdict.confidence, diagnosis.connected) == ("own_certificate_as_ca", "certain", False)


OTHER_FILES = {
    "empty": b" \n",
    "web_page": b"<!DOCTYPE html><html><body>Sign in</body></html>",
    "document": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3",
    "archive": b"7z\xbc\xaf\x27\x1c" + bytes(30),
    "java_keystore": bytes.fromhex("feedfeed00000002") + bytes(40),
    "": b"nothing of the kind",
}


@pytest.mark.parametrize("kind", OTHER_FILES)
@pytest.mark.parametrize("place", ["certificate", "key_file", "ca"])
def test_another_file_is_named_for_what_it_is(read, kind, place):
    """For each of the three options."""
    with pytest.raises(FleetsError) as error:
        read(**{place: OTHER_FILES[kind]})
    code = "not_a_key" if place == "key_file" else "not_certificates"
    assert (error.value.code, error.value.message.variant) == (code, kind)
    assert ".pem" in error.value.text


def test_a_request_a_public_key_and_a_cut_file_are_named(read, parts):
    """In the place of the certificate and of the key."""
    leaf, _issuing, _root, key = parts
    request = make_csr(key, SUBJECT).public_bytes(Encoding.PEM)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    elliptic = clear(ec.generate_private_key(ec.SECP256R1()))
    expected = [
        ({"certificate": request}, "request"),
        ({"certificate": public}, "public_key"),
        ({"certificate": pem(leaf).encode()[:700]}, "cut_short"),
        ({"certificate": clear(key)}, "private_key"),
        ({"ca": clear(key)}, "private_key"),
        ({"key_file": request}, "request"),
        ({"key_file": public}, "public_key"),
        ({"key_file": pem(leaf).encode()}, "certificate"),
        ({"key_file": clear(key)[:900]}, "damaged"),
        ({"key_file": elliptic}, "type"),
    ]
    for files, variant in expected:
        with pytest.raises(FleetsError) as error:
            read(**files)
        assert error.value.message.variant == variant, files


@pytest.mark.parametrize("place", ["certificate", "key_file"])
def test_a_wrong_passphrase_is_not_a_wrong_file(read, parts, place):
    """For PKCS#12 and for an encrypted key."""
    leaf, _issuing, _root, key = parts
    for data in (keystore(key, leaf), encrypted_pem(key, PASSPHRASE, rounds=10)):
        if place == "certificate" and data.startswith(b"-"):
            continue
        with pytest.raises(FleetsError) as error:
            read(**{place: data}, passphrase="another")
        assert (error.value.code, PASSPHRASE in error.value.text) == ("passphrase_wrong", False)


def test_a_folder_and_a_missing_file_are_named(tmp_path):
    """They are no files to read."""
    for path, variant in ((tmp_path, "folder"), (tmp_path / "nothing.pem", "")):
        with pytest.raises(FleetsError) as error:
            read_files(path, path, None, str, "", NOW)
        assert (error.value.code, error.value.message.variant) == ("file_unreadable", variant)
