"""Certificates and requests that no tool writes: changed inside and signed again, so that nothing else is wrong."""

import base64

from onboarding.pki.der import length_of
from onboarding.pki.intake.containers import Upload
from tests.pki.corpus import Case
from tests.pki.corpus_encodings import body
from tests.pki.preflight.corpus_requests import RequestCase, by_openssl, challenged
from tests.pki.workshop import SUBJECT, der

VERSION_3 = bytes.fromhex("a003020102")
EXTENDED_KEY_USAGE, KEY_USAGE = bytes.fromhex("0603551d25"), bytes.fromhex("0603551d0f")
BASIC_CONSTRAINTS, ALTERNATIVE_NAME = bytes.fromhex("0603551d13"), bytes.fromhex("0603551d11")
CN = b"\x06\x03\x55\x04\x03"
LOGIN, ISSUER = CN + b"\x0c\x09MZP128745", CN + b"\x0c\x07issuing"
ASKED = "subjectAltName=DNS:flottes.example"
OTHER_NAMES = "subjectAltName=otherName:1.2.3;UTF8:x"


def resigned(shop, data, old, new, issuer):
    """Return the DER value with `old` in its signed part replaced by `new`, signed with the key of `issuer`.

    `old` and `new` have the same length.
    """
    assert old in data
    assert len(old) == len(new)
    begins = length_of(data)[0]
    ends = length_of(data, begins)[1]
    signed = data[begins:ends].replace(old, new)
    signature = shop.openssl("dgst", "-sha256", "-sign", f"{issuer}.key", given=signed)
    return data[:begins] + signed + data[ends : -len(signature)] + signature


def leaf(old, new):
    """Return the partner's certificate, changed, and the authorities."""

    def make(shop):
        return [
            Upload("c.cer", resigned(shop, der(shop.leaf), old, new, "issuing")),
            Upload("ca.pem", shop.authorities),
        ]

    return make


def authority(old, new):
    """Return a good certificate of an issuing CA that was changed."""

    def make(shop):
        changed = resigned(shop, der(shop.issuing), old, new, "root")
        return [Upload("c.pem", shop.leaf), Upload("issuing.cer", changed), Upload("root.pem", shop.root)]

    return make


def bundle(old, new):
    """Return a PKCS#7 file whose first certificate was changed."""
    return lambda shop: [Upload("all.p7b", shop.pkcs7(shop.leaf, shop.authorities).replace(old, new, 1))]


def x400_address(shop):
    """Return a certificate with an alternative name of a type that the library does not know (RFC 5280, 4.2.1.6)."""
    with (shop.folder / "ca.cnf").open("a") as config:
        config.write(f"\n[ named ]\nbasicConstraints = CA:FALSE\n{OTHER_NAMES}\n")
    assert shop.issuing
    assert shop.request
    named = der(shop.sign("named", "issuing", "request", "named"))
    begins = named.index(b"\xa0", named.index(ALTERNATIVE_NAME))
    name = named[begins : begins + 8]
    changed = resigned(shop, named, name, b"\xa3" + name[1:], "issuing")
    return [Upload("c.cer", changed), Upload("ca.pem", shop.authorities)]


def bits(value):
    """Return the value of a common name as a BIT STRING of the same length."""
    return CN + b"\x03" + bytes([len(value)]) + b"\x00" + value[1:]


CASES = {
    f"version_{number + 1}": Case(
        "refused certificate_malformed leaf_missing", leaf(VERSION_3, VERSION_3[:-1] + bytes([number]))
    )
    for number in (1, 3, 6)
} | {
    "version_7_in_a_bundle": Case("refused certificate_malformed", bundle(VERSION_3, VERSION_3[:-1] + b"\x06")),
    "bits_as_a_name": Case("refused certificate_malformed leaf_missing", leaf(LOGIN, bits(b"MZP128745"))),
    "bits_as_a_name_in_a_bundle": Case(
        "refused bundle_unpacked certificate_malformed leaf_missing", bundle(LOGIN, bits(b"MZP128745"))
    ),
    "bits_as_an_authoritys_name": Case(
        "refused certificate_malformed intermediate_missing", authority(ISSUER, bits(b"issuing"))
    ),
    "teletex_name_in_latin_letters": Case(
        "refused certificate_malformed leaf_missing", leaf(LOGIN, CN + b"\x14\x09M\xe9P128745")
    ),
    "nul_in_a_name": Case("refused converted login_differs", leaf(LOGIN, CN + b"\x0c\x09M\x00P128745")),
    "extension_twice": Case("refused chain_refused converted", leaf(EXTENDED_KEY_USAGE, BASIC_CONSTRAINTS)),
    "extension_twice_in_an_authority": Case(
        "refused converted issuer_unreadable", authority(bytes.fromhex("0603551d0e"), BASIC_CONSTRAINTS)
    ),
    "alternative_name_that_is_none": Case(
        "refused chain_refused converted", leaf(EXTENDED_KEY_USAGE, ALTERNATIVE_NAME)
    ),
    "alternative_name_of_x400": Case("refused chain_refused converted", x400_address),
    "key_usage_that_is_none": Case("refused chain_refused converted", leaf(EXTENDED_KEY_USAGE, KEY_USAGE)),
    "date_that_is_none": Case(
        "refused file_cut_short leaf_missing", leaf(b"\x17\x0d260101000000Z", b"\x17\x0d260141000000Z")
    ),
}


def request(old, new, made=lambda shop: shop.request):
    """Return a request, changed and signed again with its own key."""

    def make(shop):
        return resigned(shop, base64.b64decode(body(made(shop))), old, new, "partner")

    return make


REQUESTS = {
    "version_6": RequestCase("refused request_version:", request(bytes.fromhex("020100"), bytes.fromhex("020105"))),
    "bits_as_a_name": RequestCase(
        "refused subject_unreadable: string_type_odd:common_name cn_not_login:common_name request_converted:",
        request(LOGIN, bits(b"MZP128745")),
    ),
    "nul_in_a_name": RequestCase(
        "refused value_control_character:common_name cn_not_login:common_name request_converted:",
        request(LOGIN, CN + b"\x0c\x09M\x00P128745"),
    ),
    "key_of_no_kind": RequestCase(
        "refused key_type:", request(bytes.fromhex("2a864886f70d010101"), bytes.fromhex("2a864886f70d010105"))
    ),
    "password_of_no_kind": RequestCase(
        "passes challenge_password: request_converted:", request(b"\x0asecret1234", b"\x0a\xffecret1234", challenged)
    ),
    "alternative_name_that_is_none": RequestCase(
        "passes request_converted:",
        request(ALTERNATIVE_NAME, KEY_USAGE, by_openssl(SUBJECT, "-utf8", "-addext", ASKED)),
    ),
}
