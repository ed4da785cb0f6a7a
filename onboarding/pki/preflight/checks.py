"""Checking a certificate request, ours or anybody's, against what the operator accepts, before it is sent.

Does not check whether the key is in use elsewhere: who keeps the requests knows that.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import AttributeOID, ExtensionOID

from onboarding.messages.finding import Finding
from onboarding.messages.message import Severity
from onboarding.pki.csr import NameAttribute, read_name_attributes
from onboarding.pki.der import Shape, children, first_value
from onboarding.pki.intake.containers import ExtractedFile, Upload, extract_files
from onboarding.pki.intake.contents import Contents, read_contents
from onboarding.pki.intake.file_types import detect_file_type
from onboarding.pki.intake.text import Item
from onboarding.pki.keys import key_weakness
from onboarding.pki.subject import COUNTRY_CODES, Subject, check_login, check_subject, clean_login
from onboarding.pki.validation.chain import MALFORMED

ORDER = ("country", "state", "locality", "organization", "organizational_unit", "common_name", "email")
LABELS = dict(
    zip(
        ORDER,
        ("Country", "State or province", "City", "Company", "Organizational unit", "Common name", "E-mail address"),
        strict=True,
    )
)
PRESCRIBED_STRING_TYPES = {"country": {"PrintableString"}, "email": {"IA5String"}}
TEXT_TYPES = {"UTF8String", "PrintableString"}
# What stands in examples and in openssl's own defaults, and is sent in by mistake.
LEFTOVERS = re.compile(
    r"<.*|ex ?:.*|MZPX+|pa(?:tr|rt)ne?rname|it@partner\.com|some-state|internet widgits pty ltd|default city"
    r"|default company ltd|your .*|example.*company.*"
    r"|(?:country|state or province|city|company|common name|e-mail address) here",
    re.IGNORECASE,
)


def subject_from_attributes(rows: Sequence[NameAttribute]) -> Subject:
    """The subject as typed fields; empty where one is missing, the first where one is repeated."""
    first: dict[str, str] = {}
    for row in rows:
        first.setdefault(row.field, row.value)
    return Subject(
        country=first.get("country", ""),
        state=first.get("state", ""),
        locality=first.get("locality", ""),
        organization=first.get("organization", ""),
        email=first.get("email", ""),
        common_name=first.get("common_name", ""),
        organizational_unit=first.get("organizational_unit", ""),
    )


def check_name_attributes(rows: Sequence[NameAttribute], login: str | None) -> Iterator[Finding]:
    """Everything worth saying about a request's subject; `login` None where it isn't known."""
    subject = subject_from_attributes(rows)
    damaged = {row.field: mended for row in rows if (mended := repair_encoding(row.value))}
    for row in rows:
        yield from _check_row(row)
    for finding in check_subject(subject):
        if finding.code == "country_unknown":
            yield Finding("country_unknown", "country", subject.country, guess_country(subject.country))
        elif finding.code == "ou_wrong" and not subject.organizational_unit:
            yield Finding("ou_missing", "organizational_unit")
        elif finding.field not in damaged:
            yield finding
    yield from _check_common_name(subject.common_name, login)
    yield from _check_shape(rows)


def _check_row(row: NameAttribute) -> Iterator[Finding]:
    label = LABELS.get(row.field, row.field)
    mended = repair_encoding(row.value)
    if mended:
        yield Finding("double_encoded", row.field, row.value, mended)
    elif "\ufffd" in row.value or re.search(r"\w\?\w", row.value) or not row.readable:
        yield Finding("accents_lost", row.field, row.value, params={"label": label})
    if row.field in LABELS and LEFTOVERS.fullmatch(row.value.strip()):
        yield Finding("placeholder_left", row.field, row.value, params={"label": label})
    if row.value != row.value.strip():
        yield Finding("spaces_around", row.field, row.value, row.value.strip(), params={"label": label})
    if row.field not in LABELS:
        yield Finding("attribute_extra", row.field, row.value)
    elif row.string_type not in PRESCRIBED_STRING_TYPES.get(row.field, TEXT_TYPES):
        usual = " or ".join(sorted(PRESCRIBED_STRING_TYPES.get(row.field, TEXT_TYPES)))
        yield Finding("string_type_odd", row.field, row.string_type, usual, params={"label": label})


def repair_encoding(value: str) -> str:
    """What a value was before its UTF-8 was taken for Latin-1 or Windows-1252; empty where it wasn't."""
    if value.isascii():
        return ""
    for encoding in ("latin-1", "cp1252"):
        try:
            mended = value.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
        return repair_encoding(mended) or mended
    return ""


def guess_country(country: str) -> str:
    """The code that a miswritten country most likely stands for; empty where that can't be told."""
    guess = country.strip().upper()
    return guess if guess in COUNTRY_CODES else {"UK": "GB", "EN": "GB", "FRANCE": "FR", "GERMANY": "DE"}.get(guess, "")


def _check_common_name(common_name: str, login: str | None) -> Iterator[Finding]:
    if not common_name:
        yield Finding("cn_missing", "common_name", expected=clean_login(login or "") or "like MZP123456")
    elif login and common_name != clean_login(login):
        yield Finding("cn_not_login", "common_name", common_name, clean_login(login))
    elif not login:
        for finding in check_login(common_name):
            yield Finding(finding.code, "common_name", common_name, params=finding.params)


def _check_shape(rows: Sequence[NameAttribute]) -> Iterator[Finding]:
    for field, label in LABELS.items():
        values = [row.value for row in rows if row.field == field]
        if len(values) > 1:
            yield Finding("attribute_repeated", field, ", ".join(values), params={"label": label, "times": len(values)})
    for _, group in groupby(rows, lambda row: row.place):
        joined = [LABELS.get(row.field, row.field) for row in group]
        if len(joined) > 1:
            yield Finding("attributes_joined", "", " and ".join(joined))
    known = [row.field for row in rows if row.field in LABELS]
    if len(set(known)) == len(known) and known != sorted(known, key=ORDER.index):
        yield Finding("order_differs", "", ", ".join(LABELS[field] for field in known))


GIVEN = "what you gave us"  # pasted or chosen: the subject of the sentences
REFUSED_HASHES = (hashes.MD5, hashes.SHA1)
MICROSOFT = "1.3.6.1.4.1.311."


class Tool(StrEnum):
    """The tool that most likely made a request."""

    OPENSSL = "openssl"
    KEYTOOL = "keytool"
    WINDOWS = "windows"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Preflight:
    """The request, its subject as it stands there, what is to say about it, and the tool that most likely made it."""

    csr: x509.CertificateSigningRequest | None
    subject: Subject | None
    findings: tuple[Finding, ...]
    tool: Tool = Tool.UNKNOWN

    @property
    def passes(self) -> bool:
        """Whether it may be sent: there is a request, and nothing stops."""
        return self.csr is not None and not any(one.severity == Severity.ERROR for one in self.findings)


def preflight(data: bytes | str, login: str | None = None) -> Preflight:
    """Check the request in `data` (PEM in any dialect, DER, in a zip or mail) for the owner of `login`. Never raises.

    A private key ends it at once with the finding private_key_uploaded: nothing of `data` is in the result then.
    """
    given = data.encode() if isinstance(data, str) else data
    leaves, findings = extract_files([Upload(GIVEN, given)])
    read = [(leaf, read_contents(leaf.data)) for leaf in leaves]
    if any(contents.private_key for _, contents in read):
        return Preflight(None, None, (Finding("private_key_uploaded", found=GIVEN),))
    found = [(item, contents) for _, contents in read for item in contents.items if item.shape == Shape.REQUEST]
    whole = list({item.der: (item, contents) for item, contents in found if item.complete}.values())
    if not whole:
        return Preflight(None, None, tuple(_no_request(read, findings, cut_short=bool(found))))
    if len(whole) > 1:
        return Preflight(None, None, (Finding("several_requests", found=str(len(whole))),))
    return _check_request(*whole[0], login)


def _no_request(
    read: Sequence[tuple[ExtractedFile, Contents]], findings: Sequence[Finding], *, cut_short: bool
) -> Iterator[Finding]:
    shapes = [item.shape for _, contents in read for item in contents.items]
    if cut_short:
        yield Finding("request_cut_short")
    elif Shape.PKCS12 in shapes:
        yield Finding("pfx_uploaded", found=GIVEN)
    elif Shape.CERTIFICATE in shapes or Shape.PKCS7 in shapes:
        yield Finding("certificate_not_request")
    elif Shape.PUBLIC_KEY in shapes:
        yield Finding("not_a_request", found="a public key")
    elif findings:
        yield from findings
    else:
        yield Finding("not_a_request", found=detect_file_type(read[0][0].data).what if read else "nothing")


def _check_request(item: Item, contents: Contents, login: str | None) -> Preflight:
    try:
        csr = x509.load_der_x509_csr(item.der)
        rows = read_name_attributes(first_value(item.der[_name_offset(item.der) :]))
        csr.public_key()
    except UnsupportedAlgorithm:
        return Preflight(None, None, (Finding("key_type", found="a kind that we don’t know"),))
    except x509.InvalidVersion:
        return Preflight(None, None, (Finding("request_version"),))
    except (IndexError, *MALFORMED):
        return Preflight(None, None, (Finding("request_damaged"),))
    findings = [*_check_key(csr), *_check_readable(csr), *check_name_attributes(rows, login)]
    findings += [*_check_extras(csr), *_told(contents)]
    readable = all(finding.code != "subject_unreadable" for finding in findings)
    return Preflight(csr if readable else None, subject_from_attributes(rows), tuple(findings), _tool(csr, contents))


def _check_readable(csr: x509.CertificateSigningRequest) -> Iterator[Finding]:
    try:
        csr.subject.rfc4514_string()
    except MALFORMED:
        yield Finding("subject_unreadable")


def _name_offset(der: bytes) -> int:
    """Where the subject begins: behind the version, inside the first part (RFC 2986, 4.1)."""
    information = children(der)[0][1]
    return children(der, information)[1][1]


def _check_key(csr: x509.CertificateSigningRequest) -> Iterator[Finding]:
    key = csr.public_key()
    if not isinstance(key, RSAPublicKey):
        yield Finding("key_type", found=type(key).__name__.removesuffix("PublicKey").strip("_"))
    elif why := key_weakness(key):
        yield Finding("key_weak", found=str(key.key_size), params={"why": why})
    try:
        algorithm = csr.signature_hash_algorithm
    except MALFORMED:
        yield Finding("hash_weak", found="an unusual hash")
        return
    if isinstance(algorithm, REFUSED_HASHES):
        yield Finding("hash_weak", found=algorithm.name.upper())
    if not _signature_holds(csr):
        yield Finding("csr_signature_bad")


def _signature_holds(csr: x509.CertificateSigningRequest) -> bool:
    """Whether the request is signed with its own key, with however weak a hash."""
    key, algorithm = csr.public_key(), csr.signature_hash_algorithm
    if not (isinstance(key, RSAPublicKey) and isinstance(algorithm, REFUSED_HASHES)):
        try:
            return csr.is_signature_valid
        except MALFORMED:
            return False
    try:
        # The library's own check refuses these hashes, but a weak hash and an altered request are two things.
        key.verify(csr.signature, csr.tbs_certrequest_bytes, PKCS1v15(), algorithm)
    except (InvalidSignature, *MALFORMED):
        return False
    return True


def _check_extras(csr: x509.CertificateSigningRequest) -> Iterator[Finding]:
    try:
        csr.attributes.get_attribute_for_oid(AttributeOID.CHALLENGE_PASSWORD)
        yield Finding("challenge_password")
    except (x509.AttributeNotFound, *MALFORMED):
        pass
    asked = [oid for oid in _extensions(csr) if oid != ExtensionOID.SUBJECT_KEY_IDENTIFIER]
    if asked:
        yield Finding("extensions_asked", found=str(len(asked)))


def _extensions(csr: x509.CertificateSigningRequest) -> list[x509.ObjectIdentifier]:
    try:
        return [extension.oid for extension in csr.extensions]
    except MALFORMED:
        return []


def _told(contents: Contents) -> Iterator[Finding]:
    if contents.binary:
        yield Finding("request_converted")
    elif contents.undone:
        yield Finding("request_repaired", found=" and ".join(contents.undone))


def _tool(csr: x509.CertificateSigningRequest, contents: Contents) -> Tool:
    """keytool writes “NEW” on the first line, and asks for a key identifier and nothing else."""
    try:
        attributes = [attribute.oid.dotted_string for attribute in csr.attributes]
    except MALFORMED:
        attributes = []
    if any(oid.startswith(MICROSOFT) for oid in attributes):
        return Tool.WINDOWS
    binary_by_keytool = contents.binary and _extensions(csr) == [ExtensionOID.SUBJECT_KEY_IDENTIFIER]
    return Tool.KEYTOOL if binary_by_keytool or "NEW CERTIFICATE REQUEST" in contents.text else Tool.OPENSSL
