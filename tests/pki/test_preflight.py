"""Every request of the corpus gets its findings, and no key that is fine is called weak."""

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from onboarding.pki.keys import generate_key, key_weakness
from onboarding.pki.preflight.checks import Tool, preflight
from tests.pki import corpus_malformed, corpus_requests
from tests.pki.corpus_requests import LOGIN

CASES = corpus_requests.CASES | {f"malformed_{name}": one for name, one in corpus_malformed.REQUESTS.items()}


def verdict(checked):
    assert all(finding.text for finding in checked.findings)
    codes = [f"{finding.code}:{finding.field}" for finding in checked.findings]
    return " ".join(["passes" if checked.passes else "refused", *codes])


@pytest.mark.parametrize("name", CASES)
def test_each_request_gets_its_findings(name, workshop):
    """What the operator would refuse is named, field by field; what is fine passes."""
    assert verdict(preflight(CASES[name].make(workshop), LOGIN)) == CASES[name].verdict


def test_our_own_request_has_nothing_to_find(csr, subject):
    """The request that this package makes passes its own preflight, and its subject comes back as it was given."""
    checked = preflight(csr.public_bytes(Encoding.PEM), "MZP128745")
    assert (checked.findings, checked.subject, checked.passes) == ((), subject, True)


@pytest.mark.parametrize(("login", "codes"), [(None, ["login_unusual"]), ("MWPDRV01", []), ("mwpdrv 01", [])])
def test_without_a_login_an_unusual_common_name_is_asked_about(login, codes, workshop):
    """Only where the login isn't known is its shape remarked on; typed loosely, it is still the same login."""
    request = workshop.csr(
        "unusual", "partner", "/C=FR/ST=I/L=P/O=F/OU=Programs Partners/CN=MWPDRV01/emailAddress=a@b.fr"
    )
    assert [finding.code for finding in preflight(request, login).findings] == codes


@pytest.mark.parametrize(
    ("name", "tool"), [("good", Tool.OPENSSL), ("good_by_keytool", Tool.KEYTOOL), ("der", Tool.OPENSSL)]
)
def test_the_tool_is_told_by_what_it_writes(name, tool, workshop):
    """keytool's and openssl's requests are told apart."""
    assert preflight(CASES[name].make(workshop)).tool == tool


def test_a_private_key_leaves_no_trace_in_the_result(workshop):
    """Nothing of what was given stands in the result, in any form."""
    key = workshop.key("partner").read_text()
    assert not any(line in repr(preflight(key)) for line in key.splitlines() if len(line) > 8)


@pytest.mark.parametrize("size", [2048, 3072, 4096])
def test_good_keys_are_not_called_weak(size):
    """Fresh keys of each size pass."""
    assert key_weakness(generate_key(size).public_key()) == ""


def test_each_weakness_is_named(workshop):
    """The sentence says which weakness it is."""
    names = ("key_of_1024_bits", "key_with_close_primes", "key_of_the_faulty_chip", "key_with_a_small_exponent")
    found = [preflight(CASES[name].make(workshop), LOGIN).findings[0].params["why"] for name in names]
    assert found == [
        "it has 1024 bits, and 2048 is the least",
        "its two primes are too close to each other",
        "it was made by a faulty chip or library (ROCA, CVE-2017-15361)",
        "its public exponent is 3 instead of 65537",
    ]
