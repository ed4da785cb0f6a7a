"""Generated chains: OpenSSL and Java agree with our verdicts, except where a table says why.

CHAINS sets the number of chains; `make differential` compares 6,000 without pytest.
"""

import os
import shutil

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tests.pki.validation.chain_generator import CHANGES, SYSTEMATIC, TOPOLOGIES, generate
from tests.pki.validation.differential import BATCH, DIFFERENCES, compare_batch, validate
from tests.pki.validation.reference_verifiers import java_errors

CHAINS = int(os.environ.get("CHAINS", "450"))
JAVA_CHAINS = 150

ABOUT_STRICT_SERVERS = {"key_usage_odd", "ca_undeclared", "strict_servers"}
# Why Java refuses what we accept without a warning: a part of Java's error, and the reason.
ONLY_JAVA_REFUSES = {
    "no more data allowed for version 1": "Java refuses extensions in X.509 v1. No authority writes them.",
    "Integer exceeds maximum valid value": "Java reads path lengths up to 2^31 - 1. No authority writes longer ones.",
    "String index out of range": "Java fails at an empty name of a server in a name constraint.",
    "signature check failed": "Java 16 dropped the curve P-224, which few servers use.",
}


@pytest.mark.filterwarnings("ignore")  # of lengths and serial numbers that RFC 5280 does not allow
@pytest.mark.parametrize("first", range(0, CHAINS, BATCH))
def test_openssl_takes_what_we_take(first):
    """Both take the same uploads, except for the differences in the table; OpenSSL verifies every path that we take."""
    outcomes = compare_batch(first)
    assert [each for each in outcomes if each[3] or each[4] == "unexplained"] == []
    assert {accepted for _, _, accepted, *_ in outcomes} == {True, False}


def test_the_generated_chains_are_varied():
    """6,000 chains have every topology and every change, and the same number is always the same chain."""
    labels = {label for number in range(6000) for label in generate(number).labels}
    assert {topology.__name__ for topology in TOPOLOGIES} <= labels
    assert {label.rpartition(" ")[0] for label in labels if ":" in label} == set(CHANGES)
    assert generate(4711) == generate(4711)


def test_every_difference_has_a_reason():
    """The table is complete: names differ, and reasons are sentences."""
    assert len({difference.name for difference in DIFFERENCES}) == len(DIFFERENCES)
    assert all(difference.reason.endswith(".") for difference in DIFFERENCES)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(not shutil.which("java"), reason="Java is not installed")
def test_a_server_in_java_refuses_only_what_has_a_warning(tmp_path):
    """Each path that we accept is accepted by Java's trust manager, too, or has a warning, or a reason in the table."""
    accepted = [
        result
        for number in range(len(SYSTEMATIC), len(SYSTEMATIC) + JAVA_CHAINS)
        if (result := validate(generate(number))[0]).accepted
    ]
    paths = [
        (
            [each.public_bytes(Encoding.DER) for each in (result.leaf, *result.chain)],
            result.anchors[0].public_bytes(Encoding.DER),
        )
        for result in accepted
    ]
    errors = java_errors(tmp_path, paths)
    assert len(errors) == len(accepted)
    silent = [
        error
        for result, error in zip(accepted, errors, strict=True)
        if error
        and not any(finding.code in ABOUT_STRICT_SERVERS for finding in result.findings)
        and not any(part in error for part in ONLY_JAVA_REFUSES)
    ]
    assert (silent, errors.count("") > len(errors) / 2) == ([], True)
