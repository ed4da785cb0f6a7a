"""What it means that the server's certificate does not verify."""

import ssl
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import NameOID

from onboarding.fleets.request import Credentials
from onboarding.fleets.verdicts import Verdict
from onboarding.fleets.wire import Wire
from onboarding.pki.chain import extension_of, is_self_signed, path_above, readable

NOT_YET_VALID, EXPIRED = 9, 10  # OpenSSL's X509_V_ERR_…
OTHER_NAME = {62, 64}  # of the host, of the address
NO_ISSUER = {2, 18, 19, 20, 21}  # the chain leads to no anchor that was given
NAMES_SHOWN = 3

NAMES_A_PRODUCT = "That is the name of a product that opens connections."

# Products that open their users' connections, by what stands in the certificates that they make up.
INTERCEPTORS = (
    "zscaler", "fortinet", "fortigate", "palo alto", "blue coat", "bluecoat", "netskope", "sophos", "kaspersky", "eset",
    "avast", "umbrella", "mcafee", "skyhigh", "forcepoint", "websense", "barracuda", "watchguard", "sonicwall",
    "check point", "squid", "mitmproxy", "charles proxy", "fiddler", "burp", "web filter", "ssl inspection",
)  # fmt: skip


def of_server_certificate(
    error: ssl.SSLCertVerificationError,
    about: dict[str, str | int],
    credentials: Credentials,
    wire: Wire,
    now: datetime,
) -> Verdict:
    """The verdict on a handshake that OpenSSL ended because of the server's certificate. `now` is in UTC."""
    chain = wire.log.chain
    if error.verify_code in {EXPIRED, NOT_YET_VALID}:
        return _dates(error.verify_code, about, [*chain, *(credentials.anchors or ())], now)
    if error.verify_code in OTHER_NAME:
        return Verdict("server_name_mismatch", about | {"names": _names(chain[0]) if chain else "another name"})
    if error.verify_code in NO_ISSUER:
        return _no_issuer(about, credentials, wire)
    return Verdict("server_certificate_refused", about | {"reason": error.verify_message})


def _dates(code: int, about: dict[str, str | int], chain: list[x509.Certificate], now: datetime) -> Verdict:
    if code == EXPIRED:
        past = [one.not_valid_after_utc for one in chain if one.not_valid_after_utc < now]
        return Verdict("server_certificate_expired", about | {"date": f"{min(past):%Y-%m-%d}" if past else "?"})
    future = [one.not_valid_before_utc for one in chain if one.not_valid_before_utc > now]
    date = f"{max(future):%Y-%m-%d %H:%M} UTC" if future else "?"
    return Verdict("server_certificate_not_yet_valid", about | {"date": date})


def _names(leaf: x509.Certificate) -> str:
    named = extension_of(leaf, x509.SubjectAlternativeName)
    names = [str(one.value) for one in named or ()] or [f"“{readable(leaf.subject)}”, which names no host"]
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return ", ".join(names[:NAMES_SHOWN]) + more


def _no_issuer(about: dict[str, str | int], credentials: Credentials, wire: Wire) -> Verdict:
    """An interceptor, another CA and a missing intermediate look the same to OpenSSL; some evidence tells them apart.

    An interceptor can't pass the partner's certificate on, so it seldom asks for one. TLS 1.2 sends that question after
    the certificate: there it is not known.
    """
    chain = wire.log.chain
    if not chain:
        return Verdict("server_certificate_refused", about | {"reason": "it can’t be read here"})
    path = path_above(chain[0], chain[1:])
    top = path[-1] if path else chain[0]
    about |= {"issuer": readable(top.issuer), "known": "", "public": ""}
    evidence = (f"The server’s certificate was issued by “{readable(chain[0].issuer)}”.",)
    if is_self_signed(chain[0]):
        return Verdict("server_self_signed", about, evidence=evidence)
    words = " ".join(one.issuer.rfc4514_string() for one in chain).casefold()
    if any(name in words for name in INTERCEPTORS):
        found = (*evidence, NAMES_A_PRODUCT)
        return Verdict("proxy_intercepts", about, evidence=found)
    if not is_self_signed(top) and _of_one_house(top.issuer, credentials.anchors or ()):
        return Verdict("server_chain_incomplete", about, evidence=evidence)
    if wire.log.asked_for_certificate:
        found = (*evidence, "The server asked for a client certificate, which an intercepting proxy seldom does.")
        return Verdict("server_ca_mismatch", about, evidence=found)
    return Verdict("proxy_intercepts", about, evidence=evidence)


def _of_one_house(name: x509.Name, anchors: tuple[x509.Certificate, ...]) -> bool:
    """Whether an issuer that is missing bears the organization of a CA that was given, and another name."""
    organization = name.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return bool(organization) and any(
        one.subject != name and one.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME) == organization
        for one in anchors
    )
