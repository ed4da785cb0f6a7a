"""Checks of a certificate request, made here or elsewhere, against the operator's rules, before it is sent.

Does not check whether another request has the same key: `workflow` does that, because it knows all requests.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
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
from onboarding.messages.findings.subject import FIELD_LABELS
from onboarding.messages.message import Severity
from onboarding.messages.text import Params
from onboarding.pki.csr import NameAttribute, read_name_attributes
from onboarding.pki.der import Shape, children, first_value
from onboarding.pki.intake.containers import Upload, extract_files
from onboarding.pki.intake.contents import Contents, read_contents
from onboarding.pki.intake.file_types import FileType, detect_file_type
from onboarding.pki.intake.text import Item
from onboarding.pki.preflight.weak_keys import key_weakness
from onboarding.pki.subject import COUNTRY_CODES, FIELDS_BY_NAME, Subject, check_login, check_subject, clean_login
from onboarding.pki.validation.chain import MALFORMED

ORDER = list(FIELDS_BY_NAME)
COUNTRY_PLACEHOLDER = "XX"
# What a corrected command holds in place of an unknown value. Not translated: the preflight must recognize it.
PLACEHOLDERS = {name: f"{FIELD_LABELS[name]} here" for name in FIELDS_BY_NAME} | {"country": COUNTRY_PLACEHOLDER}
# Values of examples and defaults of openssl, which are sent by mistake; earlier commands said "E-mail address here".
# Each dot matches line breaks too: else the search for "company" is repeated for every "company" before a line break.
LEFTOVERS = re.compile(
    r"<.*|ex ?:.*|MZPX+|pa(?:tr|rt)ne?rname|it@partner\.com|some-state|internet widgits pty ltd|default city"
    r"|default company ltd|your .*|example.*company.*|e-mail address here|"
    + "|".join(f"{re.escape(label)} here" for label in FIELD_LABELS.values()),
    re.IGNORECASE | re.DOTALL,
)
REFUSED_HASHES = (hashes.MD5, hashes.SHA1)
MICROSOFT = "1.3.6.1.4.1.311."  # the first numbers of Microsoft's OIDs
UPLOAD_NAME = "request"
# Findings about the upload that have a sentence for requests, and the file types that not_a_request has variants for.
UPLOAD_CODES = {"file_empty", "file_too_large"}
# The file types that have a sentence of their own when a request was expected.
FILE_TYPES = frozenset(
    {
        FileType.ARCHIVE,
        FileType.DAMAGED_ZIP,
        FileType.EMAIL,
        FileType.ENCRYPTED_ZIP,
        FileType.JAVA_KEYSTORE,
        FileType.LINK,
        FileType.OUTLOOK_EMAIL,
        FileType.PDF,
        FileType.PICTURE,
        FileType.PUBLIC_KEY,
        FileType.SHORTCUT,
        FileType.SIGN_IN_PAGE,
        FileType.WEB_PAGE,
        FileType.WORD_DOCUMENT,
    }
)


class Tool(StrEnum):
    """The tool that most likely made a request."""

    OPENSSL = "openssl"
    KEYTOOL = "keytool"
    WINDOWS = "windows"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Preflight:
    """The request, the subject in it, the findings, and the tool that most likely made it."""

    csr: x509.CertificateSigningRequest | None
    subject: Subject | None
    findings: tuple[Finding, ...]
    tool: Tool = Tool.UNKNOWN

    @property
    def passes(self) -> bool:
        """Whether the request can be sent: it was found, and no finding is an error."""
        return self.csr is not None and not any(finding.severity == Severity.ERROR for finding in self.findings)


def preflight(data: bytes | str, login: str | None = None) -> Preflight:
    """Check the request in `data` for the owner of `login`; None if the login is not known. Never raises.

    `data` is PEM, also in the damaged forms that `intake` repairs, or DER, alone or in a zip file or an email. A
    private key in it ends the check with the finding private_key_uploaded. The result then contains nothing of `data`.
    """
    content = data.encode() if isinstance(data, str) else data
    files, upload_findings = extract_files([Upload(UPLOAD_NAME, content)])
    contents = [read_contents(file.data) for file in files]
    if any(each.private_key for each in contents):
        return _without_request(Finding("private_key_uploaded", variant="request"))
    requests = [(item, each) for each in contents for item in each.items if item.shape == Shape.REQUEST]
    complete = list({item.der: (item, each) for item, each in requests if item.complete}.values())
    if requests and not complete:
        return _without_request(Finding("request_cut_short"))
    if not complete:
        file_types = [detect_file_type(file.data) for file in files]
        return _without_request(_why_no_request(contents, upload_findings, map(str, file_types)))
    if len(complete) > 1:
        return _without_request(Finding("several_requests", params={"count": len(complete)}))
    return _check_request(*complete[0], login)


def _without_request(finding: Finding) -> Preflight:
    return Preflight(None, None, (finding,))


def _why_no_request(
    contents: Sequence[Contents], upload_findings: Sequence[Finding], file_types: Iterable[str]
) -> Finding:
    shapes = {item.shape for each in contents for item in each.items}
    if Shape.PKCS12 in shapes:
        return Finding("pfx_uploaded", variant="request")
    if Shape.CERTIFICATE in shapes or Shape.PKCS7 in shapes:
        return Finding("certificate_not_request")
    if Shape.PUBLIC_KEY in shapes:
        return Finding("not_a_request", variant="public_key")
    for finding in upload_findings:
        if finding.code in UPLOAD_CODES:
            return Finding(finding.code, params=finding.params, variant="request")
    refused = (finding.variant for finding in upload_findings if finding.code == "not_a_certificate")
    known = next((file_type for file_type in (*refused, *file_types) if file_type in FILE_TYPES), "")
    return Finding("not_a_request", variant=known)


def _check_request(item: Item, contents: Contents, login: str | None) -> Preflight:
    try:
        csr = x509.load_der_x509_csr(item.der)
        attributes = read_name_attributes(first_value(item.der[_subject_offset(item.der) :]))
        csr.public_key()
    except UnsupportedAlgorithm:
        return _without_request(Finding("key_type", variant="unknown"))
    except x509.InvalidVersion:
        return _without_request(Finding("request_version"))
    except (IndexError, *MALFORMED):
        return _without_request(Finding("request_damaged"))
    is_readable = _is_subject_readable(csr)
    findings = (
        *_check_key(csr),
        *_check_signature(csr),
        *(() if is_readable else (Finding("subject_unreadable"),)),
        *check_name_attributes(attributes, login),
        *_check_extras(csr),
        *_check_encoding(contents),
    )
    return Preflight(csr if is_readable else None, subject_from_attributes(attributes), findings, _tool(csr, contents))


def _subject_offset(der: bytes) -> int:
    """Return where the subject begins: after the version, in the CertificationRequestInfo (RFC 2986, section 4.1)."""
    information = children(der)[0][1]
    return children(der, information)[1][1]


def _is_subject_readable(csr: x509.CertificateSigningRequest) -> bool:
    try:
        csr.subject.rfc4514_string()
    except MALFORMED:
        return False
    return True


def _check_key(csr: x509.CertificateSigningRequest) -> Iterator[Finding]:
    key = csr.public_key()
    if not isinstance(key, RSAPublicKey):
        yield Finding("key_type", found=type(key).__name__.removesuffix("PublicKey").strip("_"))
    elif weakness := key_weakness(key):
        params: Params = {"bits": key.key_size, "exponent": str(key.public_numbers().e)}
        yield Finding("key_weak", found=str(key.key_size), params=params, variant=weakness.value)


def _check_signature(csr: x509.CertificateSigningRequest) -> Iterator[Finding]:
    try:
        algorithm = csr.signature_hash_algorithm
    except MALFORMED:
        yield Finding("hash_weak", variant="unknown")
        return
    if isinstance(algorithm, REFUSED_HASHES):
        yield Finding("hash_weak", found=algorithm.name.upper())
    if not _is_signature_valid(csr):
        yield Finding("csr_signature_bad")


def _is_signature_valid(csr: x509.CertificateSigningRequest) -> bool:
    """Return whether the request is signed with its own key. Accepts weak hashes."""
    key, algorithm = csr.public_key(), csr.signature_hash_algorithm
    if not (isinstance(key, RSAPublicKey) and isinstance(algorithm, REFUSED_HASHES)):
        try:
            return csr.is_signature_valid
        except MALFORMED:
            return False
    try:
        # `is_signature_valid` refuses these hashes, but a weak hash and a changed request are different findings.
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
    requested = [oid for oid in _extensions(csr) if oid != ExtensionOID.SUBJECT_KEY_IDENTIFIER]
    if requested:
        yield Finding("extensions_asked", params={"count": len(requested)})


def _extensions(csr: x509.CertificateSigningRequest) -> list[x509.ObjectIdentifier]:
    try:
        return [extension.oid for extension in csr.extensions]
    except MALFORMED:
        return []


def _check_encoding(contents: Contents) -> Iterator[Finding]:
    if contents.binary:
        yield Finding("request_converted")
    elif contents.undone:
        yield Finding("request_repaired")


def _tool(csr: x509.CertificateSigningRequest, contents: Contents) -> Tool:
    """Return the tool: keytool writes "NEW" into the first line, and asks for a key identifier and nothing else."""
    try:
        attributes = [attribute.oid.dotted_string for attribute in csr.attributes]
    except MALFORMED:
        attributes = []
    if any(oid.startswith(MICROSOFT) for oid in attributes):
        return Tool.WINDOWS
    is_binary_of_keytool = contents.binary and _extensions(csr) == [ExtensionOID.SUBJECT_KEY_IDENTIFIER]
    return Tool.KEYTOOL if is_binary_of_keytool or "NEW CERTIFICATE REQUEST" in contents.text else Tool.OPENSSL


def subject_from_attributes(attributes: Sequence[NameAttribute]) -> Subject:
    """Return the subject: a missing field is empty, and of a repeated field the first value counts."""
    values: dict[str, str] = {}
    for attribute in attributes:
        values.setdefault(attribute.field, attribute.value)
    return Subject(**{name: values.get(name, "") for name in FIELDS_BY_NAME})


def check_name_attributes(attributes: Sequence[NameAttribute], login: str | None) -> Iterator[Finding]:
    """Check the subject of a request, attribute by attribute, then as a whole; `login` None if it is not known."""
    subject = subject_from_attributes(attributes)
    damaged = {attribute.field for attribute in attributes if repair_encoding(attribute.value)}
    for attribute in attributes:
        yield from _check_attribute(attribute)
    for finding in check_subject(subject):
        if finding.code == "country_unknown":
            yield Finding("country_unknown", "country", subject.country, guess_country(subject.country))
        elif finding.code == "ou_wrong" and not subject.organizational_unit:
            yield Finding("ou_missing", "organizational_unit")
        elif finding.field not in damaged:
            yield finding
    yield from _check_common_name(subject.common_name, login)
    yield from _check_structure(attributes)


def _check_attribute(attribute: NameAttribute) -> Iterator[Finding]:
    name, value = attribute.field, attribute.value
    repaired = repair_encoding(value)
    if repaired:
        yield Finding("double_encoded", name, value, repaired)
    elif "\ufffd" in value or re.search(r"\w\?\w", value) or not attribute.is_readable:
        yield Finding("accents_lost", name, value)
    if name in FIELDS_BY_NAME and LEFTOVERS.fullmatch(value.strip()):
        yield Finding("placeholder_left", name, value)
    if value != value.strip():
        yield Finding("spaces_around", name, value, value.strip())
    if name not in FIELDS_BY_NAME:
        yield Finding("attribute_extra", name, value)
    elif attribute.string_type not in FIELDS_BY_NAME[name].string_types:
        yield _string_type_odd(attribute)


def _string_type_odd(attribute: NameAttribute) -> Finding:
    usual = FIELDS_BY_NAME[attribute.field].string_types[0]
    if attribute.string_type:
        return Finding("string_type_odd", attribute.field, attribute.string_type, usual)
    return Finding("string_type_odd", attribute.field, expected=usual, variant="unknown")


def repair_encoding(value: str) -> str:
    """Return the value before its UTF-8 was read as Latin-1 or Windows-1252; "" if that did not happen."""
    if value.isascii():
        return ""
    for encoding in ("latin-1", "cp1252"):
        try:
            repaired = value.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
        return repair_encoding(repaired) or repaired
    return ""


def guess_country(country: str) -> str:
    """Return the country code that `country` most likely means; "" if there is no certain guess."""
    guess = country.strip().upper()
    return guess if guess in COUNTRY_CODES else {"UK": "GB", "EN": "GB", "FRANCE": "FR", "GERMANY": "DE"}.get(guess, "")


def _check_common_name(common_name: str, login: str | None) -> Iterator[Finding]:
    expected = clean_login(login or "")
    if not common_name and expected:
        yield Finding("cn_missing", "common_name", expected=expected, variant="login_known")
    elif not common_name:
        yield Finding("cn_missing", "common_name")
    elif login and common_name != expected:
        yield Finding("cn_not_login", "common_name", common_name, expected)
    elif not login:
        for finding in check_login(common_name):
            yield Finding(finding.code, "common_name", common_name, params=finding.params)


def _check_structure(attributes: Sequence[NameAttribute]) -> Iterator[Finding]:
    """Check that the request has each field once, in its own relative distinguished name, and in the usual order."""
    for name in FIELDS_BY_NAME:
        values = [attribute.value for attribute in attributes if attribute.field == name]
        if len(values) > 1:
            yield Finding("attribute_repeated", name, ", ".join(values), params={"times": len(values)})
    for _, group in groupby(attributes, lambda attribute: attribute.rdn_index):
        joined = [_short_name(attribute.field) for attribute in group]
        if len(joined) > 1:
            yield Finding("attributes_joined", found="+".join(joined))
    order = [attribute.field for attribute in attributes if attribute.field in FIELDS_BY_NAME]
    if len(set(order)) == len(order) and order != sorted(order, key=ORDER.index):
        yield Finding("order_differs", found=", ".join(map(_short_name, order)))


def _short_name(field: str) -> str:
    return FIELDS_BY_NAME[field].short_name if field in FIELDS_BY_NAME else field
