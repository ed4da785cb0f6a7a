"""Which environment a certificate belongs to: recognized by the authorities whose certificates worked there before."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from cryptography import x509

from onboarding.messages.finding import Finding
from onboarding.pki.keys import spki_fingerprint
from onboarding.pki.validation.certificates import ValidationResult
from onboarding.pki.validation.chain import MALFORMED, certificate_name, extension_of, find_issuers

PRODUCTION, PREPRODUCTION, REHEARSAL = "production", "preproduction", "rehearsal"


@dataclass(frozen=True)
class KnownEnvironment:
    """An environment, and what belongs to it.

    `issuers` are the marks of authorities that sign partners' certificates, `anchors` those of the CA certificates that
    identify the gateway (see `ca_marks`), `hosts` the gateways' names, `client_ids` those of the same account.
    """

    name: str
    issuers: frozenset[str] = frozenset()
    anchors: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()
    client_ids: frozenset[str] = frozenset()


@dataclass(frozen=True)
class KnownEnvironments:
    """All environments that are known, and the name of the one in question; "" if that is not known."""

    current: str = ""
    all: tuple[KnownEnvironment, ...] = ()

    @property
    def current_hosts(self) -> tuple[str, ...]:
        """The host names of the current environment's gateway, in lower case; empty if they are not known."""
        return tuple(host for each in self.all if each.name == self.current for host in sorted(each.hosts))

    def other(self, kind: str, marks: Iterable[str]) -> str:
        """Return the name of the other environment that one of `marks` belongs to; "" if there is none.

        `kind` is the name of a field. A mark that the current environment has, too, shows nothing.
        """
        marks = frozenset(marks)
        if not self.current or any(
            environment.name == self.current and marks & getattr(environment, kind) for environment in self.all
        ):
            return ""
        others = [environment.name for environment in self.all if marks & getattr(environment, kind)]
        return next((name for name in others if name != self.current), "")


def ca_marks(certificates: Iterable[x509.Certificate]) -> Iterator[str]:
    """Yield what identifies each CA: its key, and its key identifier, which certificates that it signed repeat."""
    for certificate in certificates:
        try:
            yield f"spki:{spki_fingerprint(certificate.public_key())}"
        except MALFORMED:
            continue
        identifier = extension_of(certificate, x509.SubjectKeyIdentifier)
        if identifier:
            yield f"key:{identifier.digest.hex()}"


def issuer_marks(leaf: x509.Certificate, others: Sequence[x509.Certificate]) -> Iterator[str]:
    """Yield what identifies the authorities above `leaf`, as far as they are among `others` or named by `leaf`.

    If nothing but the issuer's name is known, this name is the mark.
    """
    path = find_issuers(leaf, others)
    identifier = extension_of(leaf, x509.AuthorityKeyIdentifier)
    yield from ca_marks(path)
    if identifier and identifier.key_identifier:
        yield f"key:{identifier.key_identifier.hex()}"
    elif not path:
        yield f"name:{hashlib.sha256(leaf.issuer.public_bytes()).hexdigest()}"


def name_marks(certificates: Iterable[x509.Certificate]) -> Iterator[str]:
    """Yield the marks by which a certificate is recognized that names nothing but its issuer."""
    return (f"name:{hashlib.sha256(each.subject.public_bytes()).hexdigest()}" for each in certificates)


def refuse_other_environment(result: ValidationResult, known: KnownEnvironments) -> ValidationResult:
    """Return `result` with an error for each certificate that belongs to another environment.

    Without this, a certificate and a CA certificate of a rehearsal could be carried into production.
    """
    findings: list[Finding] = []
    if result.leaf is not None:
        other = known.other("issuers", issuer_marks(result.leaf, [*result.chain, *result.anchors]))
        if other:
            findings.append(Finding("other_environment", found=certificate_name(result.leaf), variant=other))
    for anchor in result.anchors:
        other = known.other("anchors", ca_marks([anchor]))
        if other and not findings:
            findings.append(Finding("ca_of_other_environment", found=certificate_name(anchor), variant=other))
    return replace(result, findings=(*findings, *result.findings)) if findings else result
