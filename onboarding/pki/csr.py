"""Certificate requests (PKCS#10, RFC 2986)."""

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from onboarding.pki.subject import Subject


def make_csr(key: RSAPrivateKey, subject: Subject) -> x509.CertificateSigningRequest:
    """A request for `subject`, signed with SHA-256, without extensions. Does not check the subject."""
    return x509.CertificateSigningRequestBuilder().subject_name(subject.to_name()).sign(key, hashes.SHA256())


def csr_pem(csr: x509.CertificateSigningRequest) -> str:
    """The request as PEM."""
    return csr.public_bytes(Encoding.PEM).decode("ascii")


def csr_fingerprint(csr: x509.CertificateSigningRequest) -> str:
    """SHA-256 of the DER request, as 64 hex digits in lower case."""
    digest = hashes.Hash(hashes.SHA256())
    digest.update(csr.public_bytes(Encoding.DER))
    return digest.finalize().hex()
