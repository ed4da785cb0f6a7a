"""What is got ready before connecting, and what is known then: why a request is certain to fail."""

import ssl
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from onboarding.fleets.connecting.request import UNCHANGED, Credentials, Endpoint
from onboarding.fleets.connecting.tls import ClientIdentity
from onboarding.messages.verdict import Verdict
from onboarding.pki.keys import spki_fingerprint
from onboarding.pki.validation.chain import display_name, extension_of, is_self_signed, issued_by

# OpenSSL's reason: whose verdict it is, and in words.
REFUSED_BY_OPENSSL = {
    "EE_KEY_TOO_SMALL": ("certificate_too_weak", "it is too short"),
    "CA_KEY_TOO_SMALL": ("certificate_chain_weak", "the key of an authority above it is too short"),
    "CA_MD_TOO_WEAK": ("certificate_chain_weak", "it is signed with an algorithm that is not safe any more"),
}
# There is no way to try these anyway.
NOT_TO_BE_TRIED = {
    "address_not_https", "address_malformed", "proxy_malformed", "key_not_of_certificate", "certificate_too_weak",
    "certificate_chain_weak", "identity_refused",
}  # fmt: skip
CLIENT_USES = {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
UNSENDABLE = {"Cc", "Cs"}  # RFC 7617, 2: no control character; surrogates are halves of characters


@dataclass(frozen=True)
class Preparation:
    """The context to connect with, None where OpenSSL refuses the identity; and `failures`, the most telling first."""

    context: ssl.SSLContext | None
    failures: tuple[Verdict, ...]

    def hindrance(self, *, try_anyway: bool) -> Verdict | None:
        """What the request is not made for; with `try_anyway`, only what leaves no way to make it."""
        return next((one for one in self.failures if not try_anyway or one.code in NOT_TO_BE_TRIED), None)


def prepare(endpoint: Endpoint, credentials: Credentials, now: datetime) -> Preparation:
    """Look at everything that can be known, and build the context once. `now` is in UTC."""
    context, refused = None, None
    try:
        context = UNCHANGED.context(credentials)
    except ssl.SSLError as error:  # what is too weak is for the TLS software of this machine to say
        refused = error
    return Preparation(context, tuple(_certain_failures(endpoint, credentials, now, refused)))


def _certain_failures(
    endpoint: Endpoint, credentials: Credentials, now: datetime, refused: ssl.SSLError | None
) -> Iterator[Verdict]:
    """Why the request can't succeed; `refused` is what OpenSSL had against the identity."""
    if not endpoint.base_url.lower().startswith("https://"):
        yield Verdict("address_not_https", {"address": endpoint.base_url})
    elif not endpoint.host:
        yield Verdict("address_malformed", {"address": endpoint.base_url})
    if endpoint.proxy and not (endpoint.proxy.lower().startswith("http://") and endpoint.proxy_host):
        yield Verdict("proxy_malformed")
    if credentials.identity is None or not credentials.identity.certificates:
        yield Verdict("certificate_absent")
    else:
        yield from _identity(credentials.identity, now, refused)
    if credentials.anchors == ():
        yield Verdict("ca_certificate_absent")
    yield from _secrets(credentials)


def _identity(identity: ClientIdentity, now: datetime, refused: ssl.SSLError | None) -> Iterator[Verdict]:
    leaf = identity.certificates[0]
    if refused and spki_fingerprint(leaf.public_key()) != spki_fingerprint(identity.key.public_key()):
        yield Verdict("key_not_of_certificate")
        return
    if now > leaf.not_valid_after_utc:
        yield Verdict("certificate_expired", {"date": f"{leaf.not_valid_after_utc:%Y-%m-%d}"})
    elif now < leaf.not_valid_before_utc:
        dates = {"date": f"{leaf.not_valid_before_utc:%Y-%m-%d %H:%M}", "now": f"{now:%Y-%m-%d %H:%M}"}
        yield Verdict("certificate_not_yet_valid", dates)
    if is_self_signed(leaf):
        yield Verdict("certificate_self_signed")
    elif not _for_clients(leaf):
        yield Verdict("certificate_for_servers")
    if refused:
        yield refused_identity(refused)


def refused_identity(error: Exception) -> Verdict:
    """What it means that OpenSSL does not take the certificate and its key."""
    reason = getattr(error, "reason", None) or type(error).__name__
    code, words = REFUSED_BY_OPENSSL.get(reason, ("identity_refused", reason.replace("_", " ").lower()))
    return Verdict(code, {"reason": words})


def _for_clients(leaf: x509.Certificate) -> bool:
    usage = extension_of(leaf, x509.ExtendedKeyUsage)
    return usage is None or not {*usage}.isdisjoint(CLIENT_USES)


def _secrets(credentials: Credentials) -> Iterator[Verdict]:
    client_id, login, password = credentials.client_id.strip(), credentials.login, credentials.password
    for field, value in (("client ID", client_id), ("login", login)):
        if _unsendable(value):
            yield Verdict("hidden_character", {"field": field})
    if not client_id:
        yield Verdict("client_id_missing")
    elif client_id.casefold() == login.strip().casefold():
        yield Verdict("client_id_is_login")
    if not login:
        yield Verdict("login_missing")
    elif ":" in login:  # RFC 7617, 2: a user-id has none
        yield Verdict("login_has_colon")
    if not password:
        yield Verdict("password_missing", {"login": login})
    elif _unsendable(password):
        yield Verdict("password_control_character")


def _unsendable(value: str) -> bool:
    return not value.isprintable() and any(unicodedata.category(one) in UNSENDABLE for one in value)


def missing_issuer(credentials: Credentials) -> str:
    """The issuer that a server may miss, by name: the chain that is sent ends below a root. "" where none is.

    A server that knows only the root needs every certificate below it; the root itself need not be sent (RFC 8446,
    4.4.2).
    """
    if not credentials.identity or not credentials.identity.certificates:
        return ""
    top = credentials.identity.certificates[0]
    for one in credentials.identity.certificates[1:]:
        if issued_by(top, one):
            top = one
    roots = [one for one in credentials.anchors or () if is_self_signed(one)]
    if is_self_signed(top) or any(issued_by(top, root) for root in roots):
        return ""
    return display_name(top.issuer)
