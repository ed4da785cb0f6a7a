"""The extensions of generated certificates, encoded as RFC 5280, 4.2 says, or as it forbids."""

from tests.pki.validation.certificate_builder import (
    COMMON_NAME,
    COUNTRY,
    EMAIL,
    IA5,
    ORGANIZATION,
    PRINTABLE,
    UNIT,
    UTF8,
    Attribute,
    Extension,
    Name,
    bits,
    boolean,
    encode_name,
    integer,
    key_identifier,
    oid,
    sequence,
    tlv,
)

SUBJECT_KEY_IDENTIFIER, KEY_USAGE, ALTERNATIVE_NAME, BASIC_CONSTRAINTS = (f"2.5.29.{n}" for n in (14, 15, 17, 19))
NAME_CONSTRAINTS, CRL_POINTS, POLICIES, POLICY_MAPPINGS = (f"2.5.29.{n}" for n in (30, 31, 32, 33))
AUTHORITY_KEY_IDENTIFIER, POLICY_CONSTRAINTS, EXTENDED_KEY_USAGE = (f"2.5.29.{n}" for n in (35, 36, 37))
ISSUER_ALTERNATIVE_NAME, FRESHEST_CRL, INHIBIT_ANY_POLICY = (f"2.5.29.{n}" for n in (18, 46, 54))
AUTHORITY_ACCESS, PROXY = "1.3.6.1.5.5.7.1.1", "1.3.6.1.5.5.7.1.14"
NETSCAPE_TYPE, NETSCAPE_COMMENT = "2.16.840.1.113730.1.1", "2.16.840.1.113730.1.13"
TEMPLATE, UNKNOWN = "1.3.6.1.4.1.311.21.7", "1.3.6.1.4.1.55555.1"
OCSP_NO_CHECK = "1.3.6.1.5.5.7.48.1.5"

SERVER, CLIENT, CODE, MAIL, TIME, OCSP = (f"1.3.6.1.5.5.7.3.{n}" for n in (1, 2, 3, 4, 8, 9))
ANY, SMART_CARD, GATED = "2.5.29.37.0", "1.3.6.1.4.1.311.20.2.2", "1.3.6.1.4.1.311.10.3.3"
DIGITAL_SIGNATURE, NON_REPUDIATION, KEY_ENCIPHERMENT, DATA_ENCIPHERMENT, KEY_AGREEMENT, CERT_SIGN, CRL_SIGN = range(7)

LEAF_SUBJECT: Name = (
    Attribute(COUNTRY, "FR", PRINTABLE),
    Attribute(ORGANIZATION, "Société Générale de Flottes"),
    Attribute(UNIT, "Programs Partners"),
    Attribute(COMMON_NAME, "MZP128745"),
    Attribute(EMAIL, "it@flottes.example", IA5),
)


def basic_constraints(*, ca: bool | None, path_length: int | None = None, critical: bool = True) -> Extension:
    length = b"" if path_length is None else integer(path_length)
    return Extension(BASIC_CONSTRAINTS, sequence(b"" if not ca else boolean(ca), length), critical)


def key_usage(*places: int, critical: bool = True) -> Extension:
    return Extension(KEY_USAGE, bits(*places), critical)


def extended_key_usage(*purposes: str, critical: bool = False) -> Extension:
    return Extension(EXTENDED_KEY_USAGE, sequence(*map(oid, purposes)), critical)


def subject_key_identifier(value: bytes, *, critical: bool = False) -> Extension:
    return Extension(SUBJECT_KEY_IDENTIFIER, tlv(0x04, value), critical)


def authority_key_identifier(
    identifier: bytes | None, issuer: Name | None = None, serial: int | None = None, *, critical: bool = False
) -> Extension:
    parts = [b"" if identifier is None else tlv(0x80, identifier)]
    if issuer is not None:
        parts.append(tlv(0xA1, tlv(0xA4, encode_name(issuer))))
    if serial is not None:
        parts.append(tlv(0x82, integer(serial)[2:]))
    return Extension(AUTHORITY_KEY_IDENTIFIER, sequence(*parts), critical)


def of_ca(key: str, signer: str) -> tuple[Extension, ...]:
    """Return the extensions of a CA as RFC 5280 asks for them."""
    return (
        basic_constraints(ca=True),
        key_usage(CERT_SIGN, CRL_SIGN),
        subject_key_identifier(key_identifier(key)),
        authority_key_identifier(key_identifier(signer)),
    )


def of_leaf(key: str, signer: str) -> tuple[Extension, ...]:
    return (
        basic_constraints(ca=False),
        key_usage(DIGITAL_SIGNATURE),
        extended_key_usage(CLIENT),
        subject_key_identifier(key_identifier(key)),
        authority_key_identifier(key_identifier(signer)),
    )


def dns(name: str) -> bytes:
    return tlv(0x82, name.encode())


def email(address: str) -> bytes:
    return tlv(0x81, address.encode())


def uri(address: str) -> bytes:
    return tlv(0x86, address.encode())


def ip(*octets: int) -> bytes:
    return tlv(0x87, bytes(octets))


def directory(*attributes: Attribute) -> bytes:
    return tlv(0xA4, encode_name(attributes))


def registered_id(dotted: str) -> bytes:
    return b"\x88" + oid(dotted)[1:]


def other_name(text: str) -> bytes:
    """Return a user principal name, as Active Directory writes it."""
    return tlv(0xA0, oid("1.3.6.1.4.1.311.20.2.3"), tlv(0xA0, tlv(UTF8, text.encode())))


def alternative_name(*names: bytes, critical: bool = False) -> Extension:
    return Extension(ALTERNATIVE_NAME, sequence(*names), critical)


def name_constraints(
    permitted: tuple[bytes, ...] = (), excluded: tuple[bytes, ...] = (), *, minimum: int = 0, critical: bool = True
) -> Extension:
    def subtrees(tag: int, names: tuple[bytes, ...]) -> bytes:
        least = tlv(0x80, bytes([minimum])) if minimum else b""
        return tlv(tag, *(sequence(name, least) for name in names)) if names else b""

    return Extension(NAME_CONSTRAINTS, sequence(subtrees(0xA0, permitted), subtrees(0xA1, excluded)), critical)
