"""Checks of a certificate request, made here or elsewhere, against the operator's rules, before it is sent.

Does not check whether another request has the same key: `workflow` does that, because it knows all requests.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import AttributeOID, ExtensionOID

from onboarding.messages.finding import Finding
from onboarding.messages.message import Severity
from onboarding.messages.text import Params
from onboarding.pki.csr import NameAttribute, unfit_character
from onboarding.pki.der import Shape, is_complete
from onboarding.pki.intake.containers import Upload, extract_files
from onboarding.pki.intake.contents import Contents, read_contents
from onboarding.pki.intake.file_types import FileType, detect_file_type
from onboarding.pki.intake.text import Item
from onboarding.pki.preflight.characters import check_characters
from onboarding.pki.preflight.leftovers import is_leftover
from onboarding.pki.preflight.request_reading import ReadRequest, read_request, unwrap_request
from onboarding.pki.preflight.weak_keys import key_weakness
from onboarding.pki.subject import (
    COUNTRY_CODES,
    FIELDS_BY_NAME,
    Subject,
    check_login,
    check_subject,
    clean_login,
    hidden_character,
)
from onboarding.pki.validation.chain import MALFORMED

ORDER = list(FIELDS_BY_NAME)
REFUSED_HASHES = (hashes.MD5, hashes.SHA1)
MICROSOFT = "1.3.6.1.4.1.311."  # the first numbers of Microsoft's OIDs
UPLOAD_NAME = "request"
WINDOWS_LABEL = "NEW CERTIFICATE REQUEST"  # also written by keytool, GnuTLS and NSS
UNCHECKED_FIELDS = ("organizational_unit", "common_name", "country")  # check_subject compares them with what is allowed
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
    requests = [request for each in contents for item in each.items for request in _requests_in(item, each)]
    complete = list({request.der: request for request in requests if request.is_complete}.values())
    if requests and not complete:
        return _without_request(Finding("request_cut_short"))
    if not complete:
        file_types = [detect_file_type(file.data) for file in files]
        return _without_request(_why_no_request(contents, upload_findings, map(str, file_types)))
    if len(complete) > 1:
        return _without_request(Finding("several_requests", params={"count": len(complete)}))
    return _check_request(complete[0], login)


@dataclass(frozen=True)
class FoundRequest:
    """A DER request in a file; `wrapper` names the message that it was in, if any."""

    der: bytes
    is_complete: bool
    contents: Contents
    wrapper: str = ""


def _requests_in(item: Item, contents: Contents) -> Iterator[FoundRequest]:
    """Yield the request that `item` is, or that the message in it contains."""
    if item.shape == Shape.REQUEST:
        yield FoundRequest(item.der, item.complete, contents)
    elif item.shape == Shape.PKCS7 and item.complete:
        der, wrapper = unwrap_request(item.der)
        if der:
            yield FoundRequest(der, is_complete(der), contents, wrapper)
    elif item.shape == Shape.PKCS7 and WINDOWS_LABEL in contents.text:
        yield FoundRequest(item.der, is_complete=False, contents=contents)


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


def _check_request(found: FoundRequest, login: str | None) -> Preflight:
    try:
        request = read_request(found.der)
    except UnsupportedAlgorithm:
        return _without_request(Finding("key_type", variant="unknown"))
    except x509.InvalidVersion:
        return _without_request(Finding("request_version"))
    except (IndexError, *MALFORMED):
        return _without_request(Finding("request_damaged"))
    csr, attributes = request.csr, request.attributes
    is_explained = request.deviations or not all(attribute.is_readable for attribute in attributes)
    findings = (
        *_check_key(request),
        *_check_signature(request),
        *request.deviations,
        *(() if request.is_original or is_explained else (Finding("subject_unreadable"),)),
        *_with_alternative_email(check_name_attributes(attributes, login), csr),
        *_check_extras(csr),
        *_check_encoding(found),
    )
    subject = subject_from_attributes(attributes)
    return Preflight(csr if request.is_original else None, subject, findings, _tool(csr, found.contents))


def _check_key(request: ReadRequest) -> Iterator[Finding]:
    key = request.csr.public_key()
    if not isinstance(key, RSAPublicKey):
        yield Finding("key_type", found=type(key).__name__.removesuffix("PublicKey").strip("_"))
    elif request.has_pss_key:
        yield Finding("key_type", variant="pss")
    elif weakness := key_weakness(key):
        params: Params = {"bits": key.key_size, "exponent": str(key.public_numbers().e)}
        yield Finding("key_weak", found=str(key.key_size), params=params, variant=weakness.value)


def _check_signature(request: ReadRequest) -> Iterator[Finding]:
    try:
        algorithm = request.csr.signature_hash_algorithm
    except MALFORMED:
        yield Finding("hash_weak", variant="unknown")
        return
    if isinstance(algorithm, REFUSED_HASHES):
        yield Finding("hash_weak", found=algorithm.name.upper())
    try:
        is_valid = request.is_signature_valid
    except MALFORMED:
        is_valid = False
    if not is_valid:
        yield Finding("csr_signature_bad")


def _with_alternative_email(findings: Iterable[Finding], csr: x509.CertificateSigningRequest) -> Iterator[Finding]:
    """Yield the findings; that of a missing email address says if the address is only among the alternative names."""
    for finding in findings:
        if finding.code == "email_missing" and alternative_email(csr):
            yield Finding("email_missing", "email", variant="in_san")
        else:
            yield finding


def alternative_email(csr: x509.CertificateSigningRequest) -> str:
    """Return the first email address among the alternative names that the request asks for; "" if there is none."""
    try:
        names = csr.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return next(iter(names.get_values_for_type(x509.RFC822Name)), "")
    except (x509.ExtensionNotFound, *MALFORMED):
        return ""


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


def _check_encoding(found: FoundRequest) -> Iterator[Finding]:
    if found.wrapper:
        yield Finding("request_unwrapped", found=found.wrapper)
    elif found.contents.binary:
        yield Finding("request_converted")
    elif found.contents.undone:
        yield Finding("request_repaired")


def _tool(csr: x509.CertificateSigningRequest, contents: Contents) -> Tool:
    """Return the tool: Windows adds attributes of its own, and keytool asks for a key identifier.

    GnuTLS and NSS write the same first line as keytool, but ask for no key identifier.
    """
    try:
        attributes = [attribute.oid.dotted_string for attribute in csr.attributes]
    except MALFORMED:
        attributes = []
    if any(oid.startswith(MICROSOFT) for oid in attributes):
        return Tool.WINDOWS
    extensions = _extensions(csr)
    if ExtensionOID.KEY_USAGE in extensions or ExtensionOID.SUBJECT_KEY_IDENTIFIER not in extensions:
        return Tool.OPENSSL
    is_binary_of_keytool = contents.binary and extensions == [ExtensionOID.SUBJECT_KEY_IDENTIFIER]
    return Tool.KEYTOOL if is_binary_of_keytool or WINDOWS_LABEL in contents.text else Tool.OPENSSL


def subject_from_attributes(attributes: Sequence[NameAttribute]) -> Subject:
    """Return the subject: a missing field is empty, and of a repeated field the first value counts."""
    values: dict[str, str] = {}
    for attribute in attributes:
        values.setdefault(attribute.field, attribute.value)
    return Subject(**{name: values.get(name, "") for name in FIELDS_BY_NAME})


def check_name_attributes(attributes: Sequence[NameAttribute], login: str | None) -> Iterator[Finding]:
    """Check the subject of a request, attribute by attribute, then as a whole; `login` None if it is not known."""
    subject = subject_from_attributes(attributes)
    explained = {attribute.field for attribute in attributes if _explains_value(attribute)}
    for attribute in attributes:
        yield from _check_attribute(attribute)
    for finding in check_subject(subject):
        if finding.field in explained:
            continue
        if finding.code == "country_unknown":
            yield Finding("country_unknown", "country", subject.country, guess_country(subject.country))
        elif finding.code == "ou_wrong" and not subject.organizational_unit:
            yield Finding("ou_missing", "organizational_unit")
        else:
            yield finding
    yield from _check_common_name(subject.common_name, login)
    yield from _check_structure(attributes)


def _explains_value(attribute: NameAttribute) -> bool:
    """Return whether a finding about the attribute says all that is wrong with its value."""
    is_leftover_value = attribute.field in FIELDS_BY_NAME and is_leftover(attribute.field, attribute.value)
    return not attribute.is_readable or bool(repair_encoding(attribute.value)) or is_leftover_value


def _check_attribute(attribute: NameAttribute) -> Iterator[Finding]:
    name, value = attribute.field, attribute.value
    repaired = repair_encoding(value)
    if repaired:
        yield Finding("double_encoded", name, value, repaired)
    elif "\ufffd" in value or re.search(r"\w\?\w", value):
        yield Finding("accents_lost", name, value)
    if name in FIELDS_BY_NAME and is_leftover(name, value):
        yield Finding("placeholder_left", name, value)
    if value != value.strip():
        yield Finding("spaces_around", name, value, value.strip())
    if name not in FIELDS_BY_NAME:
        yield Finding("attribute_extra", name, value)
        return
    if name in UNCHECKED_FIELDS and attribute.string_type:
        yield from hidden_character(name, value)
    if name not in ("country", "email"):
        yield from check_characters(name, value)
    yield from _check_string_type(attribute)


def _check_string_type(attribute: NameAttribute) -> Iterator[Finding]:
    name, found, usual = attribute.field, attribute.string_type, FIELDS_BY_NAME[attribute.field].string_types
    if not attribute.is_readable:
        unfit = unfit_character(found, attribute.value)
        params = {"character": unfit, "code": f"U+{ord(unfit):04X}"} if unfit else {}
        yield Finding("string_type_wrong", name, found, usual[0], params, "" if unfit else "bytes")
    elif found not in usual and (attribute.value.isascii() or name != "email"):
        variant = "" if found else "unknown"
        yield Finding("string_type_odd", name, found, usual[0], variant=variant)


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


# Codes of three letters (ISO 3166-1 alpha-3), and names in the languages of the product, of some countries.
COUNTRY_NAMES = {
    name: code
    for code, names in {
        "AT": "AUT AUSTRIA AUTRICHE ÖSTERREICH OESTERREICH OOSTENRIJK ÁUSTRIA",
        "BE": "BEL BELGIUM BELGIQUE BELGIEN BELGIO BÉLGICA BELGICA BELGIË BELGIE",
        "CH": "CHE SWITZERLAND SUISSE SCHWEIZ SVIZZERA SUIZA ZWITSERLAND SUÍÇA",
        "DE": "DEU GER GERMANY ALLEMAGNE DEUTSCHLAND GERMANIA ALEMANIA DUITSLAND ALEMANHA",
        "ES": "ESP SPAIN ESPAGNE SPANIEN SPAGNA ESPAÑA ESPANA SPANJE ESPANHA",
        "FR": "FRA FRANCE FRANKREICH FRANCIA FRANKRIJK FRANÇA",
        "GB": "GBR UK EN ENGLAND",
        "IT": "ITA ITALY ITALIE ITALIEN ITALIA ITALIË ITÁLIA",
        "LU": "LUX LUXEMBOURG LUXEMBURG",
        "NL": "NLD NETHERLANDS NIEDERLANDE NEDERLAND HOLLAND",
        "PL": "POL POLAND POLOGNE POLEN POLSKA POLONIA POLÓNIA",
        "PT": "PRT PORTUGAL PORTOGALLO PORTUGÁL",
        "US": "USA",
    }.items()
    for name in names.split()
}


def guess_country(country: str) -> str:
    """Return the country code that `country` most likely means; "" if there is no certain guess."""
    guess = country.strip().upper()
    return guess if guess in COUNTRY_CODES else COUNTRY_NAMES.get(guess, "")


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
