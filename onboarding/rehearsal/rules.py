"""The operator's rules for a request, as its authority would apply them: written apart from the wizard's own checks."""

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import NameOID

PRESCRIBED_OU = "Programs Partners"
RSA_BITS_MIN = 2048
REQUIRED = {
    NameOID.COUNTRY_NAME: "country (C)",
    NameOID.STATE_OR_PROVINCE_NAME: "state or province (ST)",
    NameOID.LOCALITY_NAME: "locality (L)",
    NameOID.ORGANIZATION_NAME: "organization (O)",
    NameOID.ORGANIZATIONAL_UNIT_NAME: "organizational unit (OU)",
    NameOID.COMMON_NAME: "common name (CN)",
    NameOID.EMAIL_ADDRESS: "e-mail address",
}


def problems_of(csr: x509.CertificateSigningRequest) -> list[str]:
    """Why a request will not be signed, as sentences; empty where it will."""
    problems = []
    if not csr.is_signature_valid:
        problems.append("The request’s own signature is not valid.")
    if not isinstance(csr.signature_hash_algorithm, hashes.SHA256 | hashes.SHA384 | hashes.SHA512):
        problems.append("The request must be signed with SHA-256.")
    key = csr.public_key()
    if not isinstance(key, RSAPublicKey) or key.key_size < RSA_BITS_MIN:
        problems.append("The key must be RSA with 2048 bits or more.")
    values = {
        oid: [one for one in csr.subject.get_attributes_for_oid(oid) if str(one.value).strip()] for oid in REQUIRED
    }
    problems += [f"The subject needs exactly one {name}." for oid, name in REQUIRED.items() if len(values[oid]) != 1]
    if problems:
        return problems
    country = str(values[NameOID.COUNTRY_NAME][0].value)
    if not (len(country) == 2 and country.isascii() and country.isalpha() and country.isupper()):
        problems.append("The country must be a code of two capital letters.")
    if values[NameOID.ORGANIZATIONAL_UNIT_NAME][0].value != PRESCRIBED_OU:
        problems.append(f"The organizational unit must be exactly “{PRESCRIBED_OU}”.")
    login = str(values[NameOID.COMMON_NAME][0].value)
    if any(c.isspace() for c in login):
        problems.append("The common name must be the login, without spaces.")
    return problems
