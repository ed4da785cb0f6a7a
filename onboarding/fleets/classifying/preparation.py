"""Prepare a connection: create the TLS context, and find the reasons why the request is certain to fail."""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from onboarding.fleets.classifying.pasted import address_failures, password_failure, pasted_failures
from onboarding.fleets.connecting.request import UNCHANGED, Credentials, Endpoint
from onboarding.fleets.connecting.tls import ClientIdentity
from onboarding.messages.verdict import Observation, Verdict
from onboarding.pki.keys import spki_fingerprint
from onboarding.pki.validation.chain import display_name, extension_of, is_ca, is_self_signed, issued_by

# By OpenSSL's reason for refusing an identity: the verdict's code and variant.
REFUSED_BY_OPENSSL = {
    "EE_KEY_TOO_SMALL": ("certificate_too_weak", ""),
    "CA_KEY_TOO_SMALL": ("certificate_chain_weak", ""),
    "CA_MD_TOO_WEAK": ("certificate_chain_weak", "signature"),
}
# With these defects no request can be sent, even if the partner wants to try anyway.
UNTRIABLE = {
    "address_not_https", "address_malformed", "proxy_malformed", "key_not_of_certificate", "certificate_too_weak",
    "certificate_chain_weak", "certificate_is_ca", "identity_refused",
}  # fmt: skip


@dataclass(frozen=True)
class Preparation:
    """The context to connect with, None if OpenSSL refuses the identity, and all `failures`, the most telling first."""

    context: ssl.SSLContext | None
    failures: tuple[Verdict, ...]

    def blocking_failure(self, *, try_anyway: bool) -> Verdict | None:
        """Return the first failure that prevents the request; with `try_anyway`, that makes the request impossible."""
        return next((failure for failure in self.failures if not try_anyway or failure.code in UNTRIABLE), None)


def prepare(endpoint: Endpoint, credentials: Credentials, now: datetime) -> Preparation:
    """Check everything that is known before connecting, and create the context. `now` is in UTC."""
    context, refusal = None, None
    try:
        context = UNCHANGED.context(credentials)
    except ssl.SSLError as error:  # the TLS software of this machine decides what is too weak
        refusal = error
    checked = (Observation("local_check"),)
    failures = _certain_failures(endpoint, credentials, now, refusal)
    return Preparation(context, tuple(replace(failure, observations=checked) for failure in failures))


def _certain_failures(
    endpoint: Endpoint, credentials: Credentials, now: datetime, refusal: ssl.SSLError | None
) -> Iterator[Verdict]:
    """Yield the reasons why the request can't succeed; `refusal` is OpenSSL's error about the identity."""
    yield from address_failures(endpoint)
    if endpoint.proxy and not (endpoint.proxy.lower().startswith("http://") and endpoint.proxy_host_and_port[0]):
        yield Verdict("proxy_malformed", variant=_proxy_defect(endpoint.proxy.lower()))
    if credentials.identity is None or not credentials.identity.certificates:
        yield Verdict("certificate_absent")
    else:
        yield from _identity_failures(credentials.identity, now, refusal)
    if credentials.anchors == ():
        yield Verdict("ca_certificate_absent")
    elif _has_only_own_certificate(credentials):
        yield Verdict("own_certificate_as_ca")
    yield from _login_failures(credentials)


def _has_only_own_certificate(credentials: Credentials) -> bool:
    """Return whether the partner's own certificate is the only one that could identify the gateway."""
    identity, anchors = credentials.identity, credentials.anchors
    if not identity or not identity.certificates or not anchors or is_self_signed(identity.certificates[0]):
        return False
    return set(anchors) == {identity.certificates[0]}


def _proxy_defect(address: str) -> str:
    """Return the variant of the verdict on a proxy's address that can't be used."""
    if address.startswith("socks"):
        return "socks"
    if address.startswith("https://"):
        return "https"
    return "" if address.startswith("http://") else "scheme"


def _identity_failures(identity: ClientIdentity, now: datetime, refusal: ssl.SSLError | None) -> Iterator[Verdict]:
    leaf = identity.certificates[0]
    if refusal and spki_fingerprint(leaf.public_key()) != spki_fingerprint(identity.key.public_key()):
        if is_ca(leaf):
            yield Verdict("certificate_is_ca", {"found": display_name(leaf.subject)})
        else:
            yield Verdict("key_not_of_certificate")
        return
    if now > leaf.not_valid_after_utc:
        yield Verdict("certificate_expired", {"date": f"{leaf.not_valid_after_utc:%Y-%m-%d}"})
    elif now < leaf.not_valid_before_utc:
        dates = {"date": f"{leaf.not_valid_before_utc:%Y-%m-%d %H:%M}", "now": f"{now:%Y-%m-%d %H:%M}"}
        yield Verdict("certificate_not_yet_valid", dates)
    if is_self_signed(leaf):
        yield Verdict("certificate_self_signed")
    elif (variant := _defect_of_use(leaf)) is not None:
        yield Verdict("certificate_for_servers", variant=variant)
    if refusal:
        yield classify_refused_identity(refusal)


def classify_refused_identity(error: Exception) -> Verdict:
    """Return the verdict on OpenSSL's refusal to use the certificate and its key."""
    reason = getattr(error, "reason", None) or type(error).__name__
    code, variant = REFUSED_BY_OPENSSL.get(reason, ("identity_refused", ""))
    return Verdict(code, {"reason": reason.replace("_", " ").lower()}, variant)


def _defect_of_use(leaf: x509.Certificate) -> str | None:
    """Return the variant of the verdict on a certificate that clients can't use; None if they can.

    OpenSSL refuses a client certificate for any purpose, while some other software accepts it.
    """
    usage = extension_of(leaf, x509.ExtendedKeyUsage)
    if usage is None or ExtendedKeyUsageOID.CLIENT_AUTH in usage:
        return None
    return "any_purpose" if ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in usage else ""


def _login_failures(credentials: Credentials) -> Iterator[Verdict]:
    client_id, login, password = credentials.client_id.strip(), credentials.login, credentials.password
    yield from pasted_failures(credentials)
    if not client_id:
        yield Verdict("client_id_missing")
    elif client_id.casefold() == login.strip().casefold():
        yield Verdict("client_id_is_login")
    if not login:
        yield Verdict("login_missing")
    elif ":" in login:  # a user-id has no colon (RFC 7617, 2)
        yield Verdict("login_has_colon")
    if not password:
        yield Verdict("password_missing", {"login": login})
    elif failure := password_failure(password):
        yield failure


def missing_issuer(credentials: Credentials) -> str:
    """Return the name of the issuer that a server may miss because the client's chain ends below a root; else "".

    A server that knows only the root needs every certificate below it. The root itself need not be sent (RFC 8446,
    4.4.2).
    """
    if not credentials.identity or not credentials.identity.certificates:
        return ""
    top = credentials.identity.certificates[0]
    for certificate in credentials.identity.certificates[1:]:
        if issued_by(top, certificate):
            top = certificate
    roots = [anchor for anchor in credentials.anchors or () if is_self_signed(anchor)]
    if is_self_signed(top) or any(issued_by(top, root) for root in roots):
        return ""
    return display_name(top.issuer)
