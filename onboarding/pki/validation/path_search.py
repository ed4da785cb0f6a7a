"""The best path from a partner's certificate to a root: one that can be used, if there is one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import NameOID

from onboarding.messages.finding import Finding
from onboarding.messages.message import Severity
from onboarding.pki.validation.chain import (
    canonical_name,
    certificate_name,
    display_name,
    has_readable_extensions,
    is_ca,
    is_damaged_root,
    is_self_issued,
    is_self_signed,
    is_signed_with,
    issuer_paths,
)
from onboarding.pki.validation.fitness import WeaknessKind, weak_key_of
from onboarding.pki.validation.path_rules import check_path


@dataclass(frozen=True)
class Path:
    """The issuers of a certificate, from the direct issuer up to the one to trust, and the findings about all.

    `weak_root` has the root above them if its key is too weak; the path ends below it then.
    """

    issuers: tuple[x509.Certificate, ...]
    findings: tuple[Finding, ...]
    weak_root: tuple[x509.Certificate, ...] = ()

    @property
    def errors(self) -> int:
        """How many of the findings are errors."""
        return sum(finding.severity == Severity.ERROR for finding in self.findings)

    @property
    def rank(self) -> tuple[int, int, int]:
        """The better path has the lower rank: fewer errors, a root, fewer warnings."""
        ends_in_root = bool(self.weak_root or (self.issuers and is_self_signed(self.issuers[-1])))
        return self.errors, not ends_in_root, len(self.findings)


def find_best_path(leaf: x509.Certificate, others: Sequence[x509.Certificate], now: datetime) -> Path:
    """Return the best path of issuers of `leaf` among `others` at `now`: a valid one if there is any.

    OpenSSL follows one issuer of a name only, so it may refuse what is accepted here; but it accepts what this returns.
    """
    candidates = (path for issuers in issuer_paths(leaf, others) for path in _ways_to_end(leaf, issuers, others, now))
    return min(candidates, key=lambda path: path.rank)


def _ways_to_end(
    leaf: x509.Certificate, issuers: Sequence[x509.Certificate], others: Sequence[x509.Certificate], now: datetime
) -> Iterator[Path]:
    """Yield the path, and the path without its root if the root's key is weak.

    The CA below a weak root can be trusted by itself. Software that is given the root refuses the whole chain.
    """
    findings = (*_check_end(leaf, issuers, others), *check_path(leaf, issuers, now))
    yield Path(tuple(issuers), findings)
    weakness = weak_key_of(issuers[-1]) if len(issuers) > 1 and is_self_signed(issuers[-1]) else None
    if weakness:
        variant = "" if weakness.kind == WeaknessKind.KEY else weakness.kind.value
        root_weak = Finding("root_weak", found=certificate_name(issuers[-1]), params=weakness.params, variant=variant)
        yield Path(tuple(issuers[:-1]), (root_weak, *check_path(leaf, issuers[:-1], now)), tuple(issuers[-1:]))


def _check_end(
    leaf: x509.Certificate, path: Sequence[x509.Certificate], others: Sequence[x509.Certificate]
) -> Iterator[Finding]:
    """Yield what is missing above the last certificate of `path`, or above `leaf` where `path` is empty."""
    top = path[-1] if path else leaf
    if is_self_signed(top):
        return
    wanted = canonical_name(top.issuer)
    same_name = [other for other in others if canonical_name(other.subject) == wanted and other not in path]
    issuer = display_name(top.issuer)
    if same_name:
        yield _wrong_issuer(same_name, top, leaf)
    elif is_self_issued(top) and is_signed_with(top, top.public_key()):
        yield Finding("chain_refused", found=certificate_name(leaf))  # its own key identifiers deny it
    elif any(canonical_name(ca.subject) == wanted for ca in path[:-1]):
        yield Finding("chain_refused", found=certificate_name(leaf), variant="loop")
    elif path:
        yield Finding("root_missing", found=issuer, expected=certificate_name(top))
    elif not any(map(is_ca, others)):
        yield Finding("ca_missing", found=issuer)
    elif _is_indirect_issuer_among(others, leaf):
        yield Finding("intermediate_missing", found=issuer)
    else:
        yield Finding("not_issued_by_ca", found=issuer)


def _wrong_issuer(same_name: Sequence[x509.Certificate], signed: x509.Certificate, leaf: x509.Certificate) -> Finding:
    """Return the finding on certificates that have the name of the issuer of `signed`, and did not sign it."""
    if not all(map(has_readable_extensions, same_name)):
        code = "issuer_unreadable"
    elif any(map(is_damaged_root, same_name)):
        code = "issuer_damaged"
    else:
        code = "issuer_key_differs"
    found = display_name(signed.issuer)
    if signed is leaf or code == "issuer_damaged":
        return Finding(code, found=found)
    return Finding(code, found=found, params={"signed": certificate_name(signed)}, variant="intermediate")


def _is_indirect_issuer_among(certificates: Sequence[x509.Certificate], leaf: x509.Certificate) -> bool:
    """Return whether one of `certificates` is probably the CA above the missing issuer.

    Such a CA has the same organization as the issuer, and another name.
    """
    organization = leaf.issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return bool(organization) and any(
        is_ca(certificate)
        and certificate.subject != leaf.issuer
        and certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME) == organization
        for certificate in certificates
    )
