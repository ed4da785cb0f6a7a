"""Reading a certificate request as leniently as OpenSSL does, and taking one out of a CMC or PKCS#7 message.

The library refuses requests that OpenSSL reads: a string with a character that its type can't hold, missing or unsorted
attributes. Such a request is read from a copy in which these parts are replaced, and its signature is verified over the
original. So every problem in it is found, and not only the first.
"""

from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from onboarding.messages.finding import Finding
from onboarding.pki.csr import NameAttribute, read_name_attributes, with_readable_strings
from onboarding.pki.der import (
    CONTEXT_0,
    SEQUENCE,
    Shape,
    encode_der,
    length_of,
    shape_of,
    values_in,
)
from onboarding.pki.validation.chain import MALFORMED

RSASSA_PSS = bytes.fromhex("06092a864886f70d01010a")  # the OID with its DER header (RFC 4055, 1.2)
ID_DATA = bytes.fromhex("06092a864886f70d010701")  # id-data (RFC 5652, 4)
PKI_DATA = bytes.fromhex("06082b06010505070c02")  # id-cct-PKIData (RFC 5272, 3.2.1)


@dataclass(frozen=True)
class ReadRequest:
    """A request. Unless `is_original`, `csr` was read from a changed copy; `deviations` and `attributes` say why."""

    csr: x509.CertificateSigningRequest
    attributes: tuple[NameAttribute, ...]
    signed: bytes  # the CertificationRequestInfo of the original
    has_pss_key: bool
    is_original: bool
    deviations: tuple[Finding, ...]

    @property
    def is_signature_valid(self) -> bool:
        """Whether the request is signed with its own key. Accepts weak hashes."""
        key, algorithm = self.csr.public_key(), self.csr.signature_hash_algorithm
        if not isinstance(key, RSAPublicKey) or not isinstance(algorithm, hashes.HashAlgorithm):
            return self.csr.is_signature_valid
        # The library's own check refuses weak hashes, but a weak hash and a changed request are different findings.
        padding = self.csr.signature_algorithm_parameters
        try:
            key.verify(self.csr.signature, self.signed, padding if isinstance(padding, PSS) else PKCS1v15(), algorithm)
        except (InvalidSignature, *MALFORMED):
            return False
        return True


def read_request(der: bytes) -> ReadRequest:
    """Return the DER request; raise what the library raises if no changed copy is readable, either."""
    information, *rest = values_in(der)
    parts = values_in(information)
    version, subject, public_key, attributes = parts[0], parts[1], parts[2], parts[3:]
    read = read_name_attributes(subject)
    has_pss_key = RSASSA_PSS in values_in(public_key)[0]
    deviations: tuple[Finding, ...] = ()
    try:
        csr = x509.load_der_x509_csr(der)
        is_original = _is_subject_readable(csr)
    except ValueError:
        is_original = False
    if not is_original:
        ordered, deviations = _ordered_attributes(attributes)
        copy = encode_der(SEQUENCE, version + with_readable_strings(subject) + public_key + ordered)
        csr = x509.load_der_x509_csr(encode_der(SEQUENCE, copy + b"".join(rest)))
    csr.public_key()
    return ReadRequest(csr, read, information, has_pss_key, is_original, deviations)


def _is_subject_readable(csr: x509.CertificateSigningRequest) -> bool:
    try:
        csr.subject.rfc4514_string()
    except MALFORMED:
        return False
    return True


def _ordered_attributes(attributes: list[bytes]) -> tuple[bytes, tuple[Finding, ...]]:
    """Return the attributes of a request as DER prescribes them, and the finding about what was wrong with them."""
    if not attributes:
        return encode_der(CONTEXT_0, b""), (Finding("request_not_strict", variant="attributes_missing"),)
    values = values_in(attributes[0])
    if values == sorted(values):
        return attributes[0], ()
    finding = Finding("request_not_strict", variant="attributes_unsorted")
    return encode_der(CONTEXT_0, b"".join(sorted(values))), (finding,)


def unwrap_request(message: bytes) -> tuple[bytes, str]:
    """Return the DER request in a PKCS#7 or CMC message, and the name of the message; both empty if there is none.

    Microsoft's certreq writes a full CMC request (RFC 5272, 3.2) with RequestType = CMC, and a PKCS#7 around the
    request (RFC 5652, 5) when it renews a certificate. Does not verify the signature of the message: the request has
    its own.
    """
    try:
        signed_data = values_in(values_in(message)[1])[0]
        content_type, wrapper = values_in(values_in(signed_data)[2])[:2]
        start, end = length_of(values_in(wrapper)[0])
        content = values_in(wrapper)[0][start:end]
        if content_type == ID_DATA and shape_of(content) == Shape.REQUEST:
            return content, "PKCS#7"
        if content_type == PKI_DATA:
            return _request_in_cmc(content), "CMC"
    except (IndexError, ValueError):
        pass
    return b"", ""


def _request_in_cmc(content: bytes) -> bytes:
    """Return the first PKCS#10 request of a PKIData (RFC 5272, 3.2.1.2; IndexError: there is none)."""
    tagged = [value for value in values_in(values_in(content)[1]) if value[0] == CONTEXT_0]
    return values_in(tagged[0])[1]
