"""Our verdict on generated chains beside that of OpenSSL: `make differential` compares thousands and prints a table.

A gateway trusts the roots of a chain, and OpenSSL gets everything else of the upload as untrusted. Two questions are
asked: whether both take the same uploads, and whether OpenSSL takes what we store, which is a part of the upload.
"""

import os
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from onboarding.pki.keys import spki_fingerprint
from onboarding.pki.validation.certificates import CandidateRequest, ValidationResult, validate_certificates
from onboarding.pki.validation.chain import MALFORMED, is_self_signed
from tests.pki.conftest import NOW
from tests.pki.validation.certificate_builder import build, key
from tests.pki.validation.chain_generator import Chain, comparable, generate
from tests.pki.validation.reference_verifiers import openssl_error

BATCH = 50


@dataclass(frozen=True)
class Outcome:
    """The verdicts on one chain.

    `openssl` is OpenSSL's error for the upload, and `openssl_on_ours` that for the path that we store; both are empty
    if there is none. `unreadable` counts the uploaded certificates that cryptography can't load.
    """

    number: int
    chain: Chain
    result: ValidationResult
    openssl: str
    openssl_on_ours: str
    unreadable: int

    @property
    def codes(self) -> set[str]:
        findings = self.result.findings
        return {f"{each.code}.{each.variant}" if each.variant else each.code for each in findings}

    @property
    def agrees(self) -> bool:
        return self.result.accepted == (not self.openssl)

    @property
    def has_two_issuers_of_one_name(self) -> bool:
        names = [comparable(each.subject) for each in set(self.chain.sent)]
        return len(names) > len(set(names))


@dataclass(frozen=True)
class Difference:
    """A difference from OpenSSL that is meant: whether we accept more, why, and which outcomes show it."""

    name: str
    reason: str
    accepts_more: bool
    shows_in: Callable[[Outcome], bool]


UNREADABLE = {"chain_refused.unreadable", "issuer_unreadable", "issuer_unreadable.intermediate"}
DIFFERENCES = (
    Difference(
        "another issuer of the name",
        "OpenSSL follows the first issuer of a name. We find the one that leads to a root, and leave the others out.",
        True,
        lambda outcome: outcome.has_two_issuers_of_one_name,
    ),
    Difference(
        "weak root",
        "A root with a short key is left out, with a warning: the CA below it can be trusted by itself.",
        True,
        lambda outcome: bool({"root_weak", "root_weak.other_key"} & outcome.codes),
    ),
    Difference(
        "unreadable CA above",
        "cryptography can't load a certificate of the upload. It is not used, and the path ends below it.",
        True,
        lambda outcome: bool(outcome.unreadable) and "root_missing" in outcome.codes,
    ),
    Difference(
        "unreadable",
        "cryptography can't parse a certificate, or one of its extensions, so neither could our connection test.",
        False,
        lambda outcome: bool(outcome.unreadable) or bool(UNREADABLE & outcome.codes),
    ),
    Difference(
        "RSA below 2,048 bits",
        "OpenSSL rounds keys of at least 1,976 bits up to its limit. NIST and browsers ask for 2,048 bits.",
        False,
        lambda outcome: "chain_weak.key" in outcome.codes and "rsa2040" in " ".join(outcome.chain.labels),
    ),
    Difference(
        "damaged root",
        "OpenSSL does not verify the signature of a root. Nothing shows that such a root is the operator's.",
        False,
        lambda outcome: "issuer_damaged" in outcome.codes,
    ),
    Difference(
        "weak signature below a missing root",
        "OpenSSL does not check the signature of a CA that it trusts. A gateway that trusts the root above does.",
        False,
        lambda outcome: {"root_missing", "chain_weak.signature"} <= outcome.codes,
    ),
)


def validate(chain: Chain) -> tuple[ValidationResult, int]:
    """Return our verdict on a partner who uploads the chain, and how many of its certificates can't be loaded."""
    sent = [build(each) for each in dict.fromkeys(chain.sent)]
    certificates = [certificate for certificate in map(loaded, sent) if certificate]
    request = CandidateRequest(spki_fingerprint(key(chain.leaf.key).public_key()), None)
    return validate_certificates(certificates, [request], NOW), len(sent) - len(certificates)


def compare(number: int, folder: Path) -> Outcome:
    """Return the verdicts on the chain of that number. OpenSSL's files are written to `folder`."""
    chain = generate(number)
    leaf, sent = build(chain.leaf), [build(each) for each in dict.fromkeys(chain.sent)]
    trusted = [build(each) for each in chain.trusted]
    untrusted = [each for each in sent if each != leaf and each not in trusted]
    partial = any(each.key != each.signer or each.subject != each.issuer for each in chain.trusted)
    openssl = openssl_error(folder, leaf, untrusted, trusted, partial=partial) if trusted else "no root"
    result, unreadable = validate(chain)
    on_ours = openssl_on_result(folder, result) if result.accepted else ""
    return Outcome(number, chain, result, openssl, on_ours, unreadable)


def loaded(der: bytes) -> x509.Certificate | None:
    try:
        return x509.load_der_x509_certificate(der)
    except MALFORMED:
        return None


def openssl_on_result(folder: Path, result: ValidationResult) -> str:
    """Return OpenSSL's error for the accepted path of `result`; "" if there is none."""
    assert result.leaf
    (leaf, *chain), anchor = (
        [each.public_bytes(Encoding.DER) for each in certificates]
        for certificates in ((result.leaf, *result.chain), result.anchors[:1])
    )
    return openssl_error(folder, leaf, chain, anchor, partial=not is_self_signed(result.anchors[0]))


def explanation(outcome: Outcome) -> Difference | None:
    """Return the first of DIFFERENCES that explains why we and OpenSSL disagree; None if there is none."""
    if outcome.openssl_on_ours:
        return None
    fitting = (each for each in DIFFERENCES if each.accepts_more == outcome.result.accepted)
    return next((each for each in fitting if each.shows_in(outcome)), None)


def compare_batch(first: int) -> list[tuple[int, tuple[str, ...], bool, str, str]]:
    """Return number, labels, our verdict, OpenSSL's error on ours, and the name of the difference, of BATCH chains.

    The name is "" if both agree, and "unexplained" if no difference explains the outcome.
    """
    found = []
    warnings.simplefilter("ignore")  # of lengths and serial numbers that RFC 5280 does not allow
    with tempfile.TemporaryDirectory() as folder:
        for number in range(first, first + BATCH):
            outcome = compare(number, Path(folder))
            difference = None if outcome.agrees else explanation(outcome)
            name = "" if outcome.agrees else difference.name if difference else "unexplained"
            found.append((number, outcome.chain.labels, outcome.result.accepted, outcome.openssl_on_ours, name))
    return found


def compare_all(count: int) -> Iterator[tuple[int, tuple[str, ...], bool, str, str]]:
    """Yield what `compare_batch` returns, for at least `count` chains, on all processors."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for batch in pool.map(compare_batch, range(0, count, BATCH)):
            yield from batch


def main(count: int) -> int:
    """Print how many of `count` chains have which outcome. Return how many are not explained."""
    outcomes = list(compare_all(count))
    names = Counter(name for *_, name in outcomes)
    accepted = sum(accepted for _, _, accepted, *_ in outcomes)
    print(f"{len(outcomes)} chains: {accepted} accepted, {len(outcomes) - accepted} refused")
    print(f"{names[''] / len(outcomes):7.2%} as OpenSSL")
    for difference in DIFFERENCES:
        print(f"{names[difference.name]:7} {difference.name}: {difference.reason}")
    wrong = [outcome for outcome in outcomes if outcome[3] or outcome[4] == "unexplained"]
    for number, labels, is_accepted, error, _ in wrong:
        print(f"chain {number}: {'accepted' if is_accepted else 'refused'}", *labels, error, sep=", ")
    print(f"{len(wrong)} unexplained")
    return len(wrong)


if __name__ == "__main__":
    sys.exit(bool(main(int(sys.argv[1]))))
