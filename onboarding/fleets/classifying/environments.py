"""Remarks on certificates, client IDs and addresses that belong to another environment than the one that is tested."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from cryptography import x509

from onboarding.fleets.connecting.request import Credentials, Endpoint
from onboarding.messages.verdict import Remark
from onboarding.pki.validation.chain import is_self_signed
from onboarding.pki.validation.environments import (
    PREPRODUCTION,
    PRODUCTION,
    REHEARSAL,
    KnownEnvironments,
    ca_marks,
    issuer_marks,
)

# Stellantis' gateways. The second name is not in the documentation; public code uses it.
HOSTS = {"api-cert.groupe-psa.com": PRODUCTION, "api-cert-preprod.groupe-psa.com": PREPRODUCTION}
# Words in the names of authorities, by environment, the more telling first.
ENVIRONMENT_WORDS = (
    (REHEARSAL, re.compile(r"\brehearsal\b", re.IGNORECASE)),
    (PREPRODUCTION, re.compile(r"\b(?:pre[- ]?prod\w*|staging|uat|sandbox|recette|homologation)\b", re.IGNORECASE)),
    (PRODUCTION, re.compile(r"\bprod(?:uction)?\b", re.IGNORECASE)),
)


def environment_remarks(endpoint: Endpoint, credentials: Credentials, known: KnownEnvironments) -> Iterator[Remark]:
    """Yield a remark on everything that belongs to another environment, as far as it is known or its name says so.

    The variant is that environment. Without a current environment in `known`, the gateway's name decides.
    """
    known = replace(known, current=known.current or HOSTS.get(endpoint.host, ""))
    anchors = credentials.anchors or ()
    other = _other_certificate(credentials, known)
    if other:
        yield Remark("certificate_of_other_environment", variant=other)
    elsewhere = {_other("anchors", frozenset(ca_marks([anchor])), anchor.subject, known) for anchor in anchors}
    if elsewhere and "" not in elsewhere:  # another anchor may be the right one
        yield Remark("ca_of_other_environment", variant=min(elsewhere))
    other = known.other("client_ids", [credentials.client_id])
    if other:
        yield Remark("client_id_of_other_environment", variant=other)
    other = known.other("hosts", [endpoint.host]) or HOSTS.get(endpoint.host, "")
    if other and other != known.current and endpoint.host not in _own_hosts(known):
        yield Remark("address_of_other_environment", {"host": endpoint.host}, other)


def _own_hosts(known: KnownEnvironments) -> Sequence[str]:
    """Return the hosts of the current environment: the settings may name another one than Stellantis' documentation."""
    return [host for environment in known.all if environment.name == known.current for host in environment.hosts]


def _other_certificate(credentials: Credentials, known: KnownEnvironments) -> str:
    if not credentials.identity or not credentials.identity.certificates:
        return ""
    leaf, *chain = credentials.identity.certificates
    if is_self_signed(leaf):
        return ""
    marks = frozenset(issuer_marks(leaf, [*chain, *(credentials.anchors or ())]))
    return _other("issuers", marks, leaf.issuer, known)


def _other(kind: str, marks: frozenset[str], name: x509.Name, known: KnownEnvironments) -> str:
    """Return the other environment of a CA with these `marks`. Its name counts only if no environment knows it."""
    is_known = any(marks & getattr(environment, kind) for environment in known.all)
    return known.other(kind, marks) if is_known else _named(name, known)


def _named(name: x509.Name, known: KnownEnvironments) -> str:
    """Return the other environment that an authority's name names; "" if it names none, or the current one."""
    text = name.rfc4514_string()
    named = next((environment for environment, words in ENVIRONMENT_WORDS if words.search(text)), "")
    return named if known.current and named != known.current else ""
