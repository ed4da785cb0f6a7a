"""The changes of generated chains. Each changes the certificate of one role, and what depends on it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.pki.conftest import NOW
from tests.pki.validation import extensions as ext
from tests.pki.validation.certificate_builder import (
    BMP,
    COMMON_NAME,
    COUNTRY,
    EMAIL,
    IA5,
    NULL,
    ORGANIZATION,
    PRINTABLE,
    T61,
    UNIVERSAL,
    UTF8,
    Attribute,
    Extension,
    Name,
    key_identifier,
    oid,
    sequence,
    tlv,
)

if TYPE_CHECKING:
    from tests.pki.validation.chain_generator import Draft

Change = Callable[["Draft", str], None]
DAY = timedelta(days=1)


def setting(extension: Extension) -> Change:
    """Return the change that sets an extension."""

    def change(draft: "Draft", role: str) -> None:
        draft.certificates[role] = draft.certificates[role].with_extension(extension)

    return change


def removing(type_: str) -> Change:
    def change(draft: "Draft", role: str) -> None:
        draft.certificates[role] = draft.certificates[role].without_extension(type_)

    return change


def making_critical(type_: str) -> Change:
    def change(draft: "Draft", role: str) -> None:
        if extension := draft.certificates[role].extension(type_):
            draft.certificates[role] = draft.certificates[role].with_extension(replace(extension, critical=True))

    return change


def replacing(**values: object) -> Change:
    """Return the change that sets fields of the specification."""

    def change(draft: "Draft", role: str) -> None:
        draft.certificates[role] = replace(draft.certificates[role], **values)

    return change


def signing_with(digest: str) -> Change:
    """Return the change of the hash of the signature, where the key of the issuer can be used with it."""

    def change(draft: "Draft", role: str) -> None:
        kind = draft.certificates[role].signer
        if kind.startswith("rsa") or (kind.startswith("p") and digest not in ("md5", "pss")):
            draft.certificates[role] = replace(draft.certificates[role], digest=digest)

    return change


def rekeying(kind: str) -> Change:
    """Return the change of the key to one of another kind; what the old key signed is signed with the new one."""

    def change(draft: "Draft", role: str) -> None:
        old = draft.certificates[role].key
        new = f"{kind}-{role}"
        identifiers = {key_identifier(old): key_identifier(new)}
        for other, each in draft.certificates.items():
            extensions = tuple(
                replace(extension, value=_replaced(extension.value, identifiers)) for extension in each.extensions
            )
            draft.certificates[other] = replace(
                each,
                key=new if each.key == old else each.key,
                signer=new if each.signer == old else each.signer,
                digest="sha256" if each.signer == old else each.digest,
                other_algorithm="" if each.signer == old else each.other_algorithm,
                extensions=extensions,
            )

    return change


def _replaced(value: bytes, replacements: dict[bytes, bytes]) -> bytes:
    for old, new in replacements.items():
        value = value.replace(old, new)
    return value


def naming(convert: Callable[[Attribute], Attribute]) -> Change:
    """Return the change of each attribute of the subject. The certificates below keep the name of their issuer."""

    def change(draft: "Draft", role: str) -> None:
        each = draft.certificates[role]
        subject = tuple(map(convert, each.subject))
        issuer = subject if each.issuer == each.subject else each.issuer
        draft.certificates[role] = replace(each, subject=subject, issuer=issuer)

    return change


def string_type(tag: int) -> Change:
    def convert(attribute: Attribute) -> Attribute:
        fits = attribute.value.isascii() and attribute.type not in (COUNTRY, EMAIL)
        return replace(attribute, string=tag) if fits else attribute

    return naming(convert)


def value_with(convert: Callable[[str], str]) -> Change:
    return naming(lambda attribute: replace(attribute, value=convert(attribute.value)))


def self_issued(draft: "Draft", role: str) -> None:
    """Name the certificate as its issuer is named, although it has another key."""
    each = draft.certificates[role]
    draft.certificates[role] = replace(each, subject=each.issuer)


def signed_by_another(draft: "Draft", role: str) -> None:
    draft.certificates[role] = replace(draft.certificates[role], signer="rsa2048-nobody")


def naming_the_serial_of_its_issuer(draft: "Draft", role: str) -> None:
    each = draft.certificates[role]
    above = next(
        other for other in draft.certificates.values() if other.subject == each.issuer or other.key == each.signer
    )
    extension = ext.authority_key_identifier(key_identifier(each.signer), above.issuer, above.serial)
    draft.certificates[role] = each.with_extension(extension)


def repeating(extension: Extension) -> Change:
    return replacing(repeated=(extension,))


def not_sent(draft: "Draft", role: str) -> None:
    if role in draft.sent:
        draft.sent.remove(role)


OTHER_NAME: Name = (Attribute(COMMON_NAME, "Somebody"),)
PARTNERS = ext.directory(*ext.LEAF_SUBJECT[:2])
PARTNERS_IN_OTHER_TYPE = ext.directory(
    replace(ext.LEAF_SUBJECT[0], string=UTF8), replace(ext.LEAF_SUBJECT[1], value="SOCIéTé  générale de Flottes")
)
OPERATOR = ext.directory(Attribute(ORGANIZATION, "Test Operator"))
STRANGER = ext.directory(Attribute(ORGANIZATION, "Somebody"))
AFTER_COUNTRY = ext.directory(Attribute(ORGANIZATION, ext.LEAF_SUBJECT[1].value))

NAMES = {
    "server name": ext.alternative_name(ext.dns("gateway.flottes.example")),
    "critical server name": ext.alternative_name(ext.dns("gateway.flottes.example"), critical=True),
    "other server name": ext.alternative_name(ext.dns("flottes.invalid")),
    "wildcard": ext.alternative_name(ext.dns("*.flottes.example")),
    "upper case server name": ext.alternative_name(ext.dns("Gateway.Flottes.EXAMPLE")),
    "email": ext.alternative_name(ext.email("it@flottes.example")),
    "email elsewhere": ext.alternative_name(ext.email("it@mail.flottes.invalid")),
    "upper case email": ext.alternative_name(ext.email("IT@Flottes.Example")),
    "address": ext.alternative_name(ext.ip(192, 0, 2, 7)),
    "address of version 6": ext.alternative_name(ext.ip(*[0x20, 1, 0xD, 0xB8], *[0] * 12)),
    "uri": ext.alternative_name(ext.uri("https://gateway.flottes.example:8443/path")),
    "uri without host": ext.alternative_name(ext.uri("urn:uuid:1234")),
    "directory name": ext.alternative_name(ext.directory(*ext.LEAF_SUBJECT)),
    "other directory name": ext.alternative_name(ext.directory(*OTHER_NAME)),
    "user principal name": ext.alternative_name(ext.other_name("it@flottes.example")),
    "registered id": ext.alternative_name(ext.registered_id("1.2.3.4")),
    "several names": ext.alternative_name(ext.dns("a.flottes.example"), ext.email("a@b.example"), ext.ip(10, 0, 0, 1)),
}
CONSTRAINED = {
    "directory name of the partner": PARTNERS,
    "directory name in another type": PARTNERS_IN_OTHER_TYPE,
    "directory name of the operator": OPERATOR,
    "directory name of a stranger": STRANGER,
    "directory name from the second attribute": AFTER_COUNTRY,
    "empty directory name": ext.directory(),
    "server names": ext.dns("flottes.example"),
    "server names below": ext.dns(".flottes.example"),
    "every server name": ext.dns(""),
    "other server names": ext.dns("stellantis.example"),
    "emails of a host": ext.email("flottes.example"),
    "emails below a host": ext.email(".flottes.example"),
    "one email": ext.email("it@flottes.example"),
    "another email": ext.email("it@stellantis.example"),
    "addresses": ext.ip(192, 0, 2, 0, 255, 255, 255, 0),
    "every address": ext.ip(*[0] * 8),
    "addresses of version 6": ext.ip(*[0x20, 1, 0xD, 0xB8], *[0] * 12, *[255] * 4, *[0] * 12),
    "uris of a host": ext.uri("gateway.flottes.example"),
    "uris below a host": ext.uri(".flottes.example"),
    "user principal names": ext.other_name("it@flottes.example"),
    "registered ids": ext.registered_id("1.2.3.4"),
}

PURPOSES = {
    "client": (ext.CLIENT,),
    "server": (ext.SERVER,),
    "client and server": (ext.SERVER, ext.CLIENT),
    "any": (ext.ANY,),
    "any and server": (ext.ANY, ext.SERVER),
    "any and client": (ext.ANY, ext.CLIENT),
    "email": (ext.MAIL,),
    "email and client": (ext.MAIL, ext.CLIENT),
    "code": (ext.CODE,),
    "smart card": (ext.SMART_CARD,),
    "server gated": (ext.GATED,),
    "unknown purpose": ("1.3.6.1.4.1.55555.2",),
    "no purpose": (),
}

USAGES = {
    "signature": (ext.DIGITAL_SIGNATURE,),
    "agreement": (ext.KEY_AGREEMENT,),
    "encipherment": (ext.KEY_ENCIPHERMENT,),
    "signature and encipherment": (ext.DIGITAL_SIGNATURE, ext.KEY_ENCIPHERMENT),
    "non-repudiation": (ext.NON_REPUDIATION,),
    "certificates": (ext.CERT_SIGN,),
    "revocation lists": (ext.CRL_SIGN,),
    "signature and certificates": (ext.DIGITAL_SIGNATURE, ext.CERT_SIGN, ext.CRL_SIGN),
    "nothing": (),
}

KEYS = (
    "rsa1024",
    "rsa1536",
    "rsa2040",
    "rsa3072",
    "explicit",
    "p192",
    "p224",
    "p256",
    "p384",
    "p521",
    "ed25519",
    "ed448",
)
DIGESTS = ("md5", "sha1", "sha224", "sha384", "sha512", "pss")
ODD_EXTENSIONS = {
    "unknown": Extension(ext.UNKNOWN, NULL),
    "policies": Extension(ext.POLICIES, sequence(sequence(oid("1.2.3.4")))),
    "any policy": Extension(ext.POLICIES, sequence(sequence(oid("2.5.29.32.0")))),
    "policy constraints": Extension(ext.POLICY_CONSTRAINTS, sequence(tlv(0x80, b"\x00"))),
    "policy mappings": Extension(ext.POLICY_MAPPINGS, sequence(sequence(oid("1.2.3.4"), oid("1.2.3.5")))),
    "inhibit any policy": Extension(ext.INHIBIT_ANY_POLICY, b"\x02\x01\x00"),
    "revocation list": Extension(
        ext.CRL_POINTS, sequence(sequence(tlv(0xA0, tlv(0xA0, ext.uri("http://crl.example/1.crl")))))
    ),
    "freshest list": Extension(
        ext.FRESHEST_CRL, sequence(sequence(tlv(0xA0, tlv(0xA0, ext.uri("http://crl.example/1.crl")))))
    ),
    "access": Extension(
        ext.AUTHORITY_ACCESS, sequence(sequence(oid("1.3.6.1.5.5.7.48.1"), ext.uri("http://ocsp.example")))
    ),
    "issuer name": Extension(ext.ISSUER_ALTERNATIVE_NAME, sequence(ext.email("ca@example.com"))),
    "no check": Extension(ext.OCSP_NO_CHECK, NULL),
    "template": Extension(ext.TEMPLATE, sequence(oid("1.3.6.1.4.1.311.21.8.1"), b"\x02\x01\x64")),
    "comment": Extension(ext.NETSCAPE_COMMENT, tlv(IA5, b"made by a script")),
    "netscape client": Extension(ext.NETSCAPE_TYPE, b"\x03\x02\x07\x80"),
    "netscape server": Extension(ext.NETSCAPE_TYPE, b"\x03\x02\x06\x40"),
    "netscape email": Extension(ext.NETSCAPE_TYPE, b"\x03\x02\x05\x20"),
    "netscape authority": Extension(ext.NETSCAPE_TYPE, b"\x03\x02\x02\x04"),
    "proxy": Extension(ext.PROXY, sequence(sequence(oid("1.3.6.1.5.5.7.21.1")))),
}

CHANGES: dict[str, Change] = {
    **{f"purpose {name}:": setting(ext.extended_key_usage(*oids)) for name, oids in PURPOSES.items()},
    "purpose client, critical:": setting(ext.extended_key_usage(ext.CLIENT, critical=True)),
    "purpose server, critical:": setting(ext.extended_key_usage(ext.SERVER, critical=True)),
    **{f"usage {name}:": setting(ext.key_usage(*places)) for name, places in USAGES.items()},
    "usage not critical:": setting(ext.key_usage(ext.DIGITAL_SIGNATURE, ext.CERT_SIGN, critical=False)),
    "without purpose:": removing(ext.EXTENDED_KEY_USAGE),
    "without usage:": removing(ext.KEY_USAGE),
    "without constraints:": removing(ext.BASIC_CONSTRAINTS),
    "without subject identifier:": removing(ext.SUBJECT_KEY_IDENTIFIER),
    "without authority identifier:": removing(ext.AUTHORITY_KEY_IDENTIFIER),
    "is a CA:": setting(ext.basic_constraints(ca=True)),
    "is no CA:": setting(ext.basic_constraints(ca=False)),
    "constraints not critical:": setting(ext.basic_constraints(ca=True, critical=False)),
    **{f"path length {n}:": setting(ext.basic_constraints(ca=True, path_length=n)) for n in (-1, 0, 1, 2, 5, 2**40)},
    "path length 0 of no CA:": setting(ext.basic_constraints(ca=False, path_length=0)),
    "path length 1 of no CA:": setting(ext.basic_constraints(ca=False, path_length=1)),
    **{f"{name}:": setting(extension) for name, extension in NAMES.items()},
    **{f"permits {name}:": setting(ext.name_constraints((base,))) for name, base in CONSTRAINED.items()},
    **{f"excludes {name}:": setting(ext.name_constraints((), (base,))) for name, base in CONSTRAINED.items()},
    "permits the partner and the operator:": setting(ext.name_constraints((PARTNERS, OPERATOR))),
    "permits the partner, excludes a stranger:": setting(ext.name_constraints((PARTNERS, OPERATOR), (STRANGER,))),
    "permits from the first level:": setting(ext.name_constraints((PARTNERS,), minimum=1)),
    "permits, not critical:": setting(ext.name_constraints((STRANGER,), critical=False)),
    "permits nothing:": setting(ext.name_constraints()),
    **{f"key {kind}:": rekeying(kind) for kind in KEYS},
    **{f"signature {digest}:": signing_with(digest) for digest in DIGESTS},
    "damaged:": replacing(damaged=True),
    "signed by another:": signed_by_another,
    "another algorithm inside:": replacing(other_algorithm="sha384"),
    "expired:": replacing(begins=NOW - 400 * DAY, ends=NOW - DAY),
    "expired a second ago:": replacing(ends=NOW - timedelta(seconds=1)),
    "expires this second:": replacing(ends=NOW),
    "begins this second:": replacing(begins=NOW),
    "not yet valid:": replacing(begins=NOW + DAY),
    "never valid:": replacing(begins=NOW + DAY, ends=NOW - DAY),
    "far future:": replacing(ends=NOW.replace(year=9999)),
    "generalized time:": replacing(generalized=True),
    "version 1:": replacing(version=1, extensions=()),
    "version 2:": replacing(version=2, extensions=()),
    "version 1 with extensions:": replacing(version=1),
    "version 2 with extensions:": replacing(version=2),
    "serial 0:": replacing(serial=0),
    "negative serial:": replacing(serial=-5),
    "long serial:": replacing(serial=1 << 158),
    **{
        f"name as {name}:": string_type(tag)
        for name, tag in (("printable", PRINTABLE), ("T61", T61), ("BMP", BMP), ("universal", UNIVERSAL), ("IA5", IA5))
    },
    "name in upper case:": value_with(str.upper),
    "name with spaces:": value_with(lambda value: f" {value.replace(' ', '  ')} "),
    "name with a tab:": value_with(lambda value: value.replace(" ", "\t")),
    "name with another accent:": value_with(lambda value: value.replace("e", "é")),
    "name with a wide space:": value_with(lambda value: value.replace(" ", " ")),
    "empty name:": lambda draft, role: naming_as(draft, role, ()),
    "another name:": lambda draft, role: naming_as(draft, role, OTHER_NAME),
    "self-issued:": self_issued,
    "other subject identifier:": setting(ext.subject_key_identifier(b"another key")),
    "other authority identifier:": setting(ext.authority_key_identifier(b"another key")),
    "authority by serial:": naming_the_serial_of_its_issuer,
    "authority by other serial:": setting(ext.authority_key_identifier(None, OTHER_NAME, 4711)),
    "empty authority identifier:": setting(ext.authority_key_identifier(None)),
    **{f"{name} extension:": setting(extension) for name, extension in ODD_EXTENSIONS.items()},
    **{f"critical {name}:": setting(replace(each, critical=True)) for name, each in ODD_EXTENSIONS.items()},
    "critical subject identifier:": making_critical(ext.SUBJECT_KEY_IDENTIFIER),
    "critical authority identifier:": making_critical(ext.AUTHORITY_KEY_IDENTIFIER),
    "constraints twice:": repeating(ext.basic_constraints(ca=True)),
    "unknown extension twice:": replacing(repeated=(ODD_EXTENSIONS["unknown"], ODD_EXTENSIONS["unknown"])),
    "unreadable constraints:": setting(Extension(ext.BASIC_CONSTRAINTS, b"\x30\x05\x01")),
    "unreadable usage:": setting(Extension(ext.KEY_USAGE, NULL)),
    "unreadable names:": setting(Extension(ext.ALTERNATIVE_NAME, NULL)),
    "unreadable policies:": setting(Extension(ext.POLICIES, NULL)),
    "not sent:": not_sent,
}


def naming_as(draft: "Draft", role: str, name: Name) -> None:
    each = draft.certificates[role]
    draft.certificates[role] = replace(each, subject=name, issuer=name if each.issuer == each.subject else each.issuer)


ONLY_OF_LEAVES = {f"{name}:" for name in NAMES}
ONLY_OF_CAS = {name for name in CHANGES if name.startswith(("permits", "excludes"))} | {"not sent:"}
LEAF_CHANGES = [name for name in CHANGES if name not in ONLY_OF_CAS]
CA_CHANGES = [name for name in CHANGES if name not in ONLY_OF_LEAVES]
