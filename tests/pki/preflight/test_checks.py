"""The preflight: the findings for every request of the corpus, the tool that made a request, and weak keys."""

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from onboarding.messages.finding import Finding
from onboarding.pki.csr import csr_pem
from onboarding.pki.keys import generate_key
from onboarding.pki.preflight import checks
from onboarding.pki.preflight.checks import Tool, preflight
from onboarding.pki.preflight.leftovers import PLACEHOLDERS
from onboarding.pki.preflight.weak_keys import KeyWeakness, key_weakness
from tests.pki import corpus_malformed
from tests.pki.preflight import corpus_requests
from tests.pki.preflight.corpus_requests import LOGIN, by_openssl, subj
from tests.pki.preflight.corpus_tools import TOOL_CASES

CASES = corpus_requests.CASES | {f"malformed_{name}": case for name, case in corpus_malformed.REQUESTS.items()}


def verdict_of(checked):
    """Return the verdict as the corpus writes it."""
    for finding in checked.findings:
        assert "{" not in finding.text + finding.remedy
    codes = [f"{finding.code}:{finding.field}" for finding in checked.findings]
    return " ".join(["passes" if checked.passes else "refused", *codes])


@pytest.mark.parametrize("name", CASES)
def test_each_request_of_the_corpus_gets_its_findings(name, workshop):
    """Each problem is found, field by field; a correct request passes."""
    assert verdict_of(preflight(CASES[name].make(workshop), LOGIN)) == CASES[name].verdict


def codes_of(checked):
    """Return the result and the findings in any order, as the corpus of tools writes them."""
    variants = {"email_missing", "key_type", "value_control_character"}
    findings = (
        ":".join((found.code, found.field, *((found.variant,) if found.variant and found.code in variants else ())))
        for found in checked.findings
    )
    return sorted(["passes" if checked.passes else "refused", *findings])


@pytest.mark.parametrize("name", TOOL_CASES)
def test_each_request_of_each_tool_gets_its_findings_and_its_tool(name, workshop):
    """What each tool writes is read as OpenSSL reads it, and every deviation is named for what it is."""
    case = TOOL_CASES[name]
    checked = preflight(case.make(workshop), LOGIN)
    assert all(finding.text for finding in checked.findings)
    assert codes_of(checked) == sorted(case.verdict.split())
    assert case.tool in ("", checked.tool)
    assert (checked.csr is None) <= (not checked.passes)


def test_our_own_request_has_no_findings(csr, subject):
    """A request that this package made passes its own preflight, and its subject is read unchanged."""
    checked = preflight(csr.public_bytes(Encoding.PEM), "MZP128745")
    assert (checked.findings, checked.subject, checked.passes) == ((), subject, True)


@pytest.mark.parametrize(("login", "codes"), [(None, ["login_unusual"]), ("MWPDRV01", []), ("mwpdrv 01", [])])
def test_an_unusual_common_name_warns_only_if_the_login_is_unknown(login, codes, workshop):
    """A known login is compared, in any capitalization and spacing; its shape does not matter then."""
    request = workshop.csr(
        "unusual", "partner", "/C=FR/ST=I/L=P/O=F/OU=Programs Partners/CN=MWPDRV01/emailAddress=a@b.fr"
    )
    assert [finding.code for finding in preflight(request, login).findings] == codes


@pytest.mark.parametrize(
    ("login", "remedy"),
    [
        (None, "It must be your MZP login, for example MZP123456."),
        ("mzp128745", "It must be your MZP login, MZP128745."),
    ],
)
def test_a_missing_common_name_names_the_login_if_it_is_known(login, remedy, workshop):
    """Without a login, the remedy shows an example."""
    assert preflight(by_openssl(subj(CN=None))(workshop), login).findings[0].remedy == remedy


@pytest.mark.parametrize(
    ("name", "tool"), [("good", Tool.OPENSSL), ("good_by_keytool", Tool.KEYTOOL), ("der", Tool.OPENSSL)]
)
def test_the_tool_is_recognized(name, tool, workshop):
    """Requests of keytool and of openssl are distinguished."""
    assert preflight(CASES[name].make(workshop)).tool == tool


def test_a_private_key_is_not_in_the_result(workshop):
    """The result contains no line of an uploaded key."""
    key = workshop.key("partner").read_text()
    assert not any(line in repr(preflight(key)) for line in key.splitlines() if len(line) > 8)


@pytest.mark.parametrize("size", [2048, 3072, 4096])
def test_good_keys_are_not_weak(size):
    """New keys of each size have no weakness."""
    assert key_weakness(generate_key(size).public_key()) is None


@pytest.mark.parametrize(
    ("name", "weakness", "text"),
    [
        ("key_of_1024_bits", KeyWeakness.TOO_SHORT, "The key has only 1024 bits. It needs at least 2048 bits."),
        (
            "key_with_close_primes",
            KeyWeakness.CLOSE_PRIMES,
            "The key is easy to break: its two primes are too close to each other.",
        ),
        (
            "key_of_the_faulty_chip",
            KeyWeakness.ROCA,
            "The key is easy to break: a faulty chip or library created it (ROCA, CVE-2017-15361).",
        ),
        (
            "key_with_a_small_exponent",
            KeyWeakness.SMALL_EXPONENT,
            "The key’s public exponent is 3 instead of 65537.",
        ),
    ],
)
def test_each_weakness_has_its_own_sentence(name, weakness, text, workshop):
    """The variant of the finding says which weakness it is."""
    finding = preflight(CASES[name].make(workshop), LOGIN).findings[0]
    assert (finding.code, finding.variant, finding.text) == ("key_weak", weakness.value, text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("empty", "The file is empty."),
        ("public_key", "This is a public key, not a certificate request."),
        ("text", "We found no certificate request."),
        ("two_requests", "We found 2 requests."),
        ("private_key", "You sent us a private key. We did not store it."),
        (
            "keystore",
            (
                "This is a PKCS#12 file (.pfx or .p12), not a certificate request. Such a file usually contains a "
                "private key. We did not store it."
            ),
        ),
        (
            "joined_by_a_plus",
            "The fields O+OU are joined into one. The usual cause is a plus sign (“+”) in a value.",
        ),
        (
            "unit_twice",
            "The request contains “Organizational unit” 2 times: Programs Partners, Fleet.",
        ),
        ("wide_strings", "The request encodes “State or province” as BMPString. The usual type is UTF8String."),
        ("hidden_character", "Character 8 of “Company”, after “Flottes”, is hidden: zero width space (U+200B)."),
    ],
)
def test_the_sentences_are_about_requests(name, text, workshop):
    """Each sentence is whole, names the field by its label, and has no fragment of another language."""
    assert preflight(CASES[name].make(workshop), LOGIN).findings[0].text == text


def test_a_request_in_a_file_that_is_too_large_says_the_limit():
    """The finding about the size has a sentence for requests."""
    assert preflight(b"x" * 65_537).findings[0].text == (
        "This is too large for a certificate request. The limit is 64 KB."
    )


@pytest.mark.parametrize(
    ("file_type", "finding"),
    [
        ("web_page", Finding("not_a_request", variant="web_page")),
        ("program", Finding("not_a_request")),
    ],
)
def test_a_known_file_type_has_its_own_sentence(file_type, finding, monkeypatch):
    """A file type without a variant has the general sentence."""
    monkeypatch.setattr(checks, "detect_file_type", lambda data: file_type)
    assert preflight(b"no request", LOGIN).findings == (finding,)


def test_a_damaged_container_is_one_error_about_requests(workshop):
    """No sentence about certificate files is shown for a zip file that can't be read."""
    found = preflight(workshop.zip({"r.csr": workshop.request})[:100], LOGIN).findings
    assert [finding.code for finding in found] == ["not_a_request"]


# The country's placeholder is no country code, and the organizational unit is prescribed: neither is looked for.
SEARCHED = [value for name, value in PLACEHOLDERS.items() if name not in {"country", "organizational_unit"}]


@pytest.mark.parametrize("value", [*SEARCHED, "E-mail address here"])
def test_every_placeholder_of_a_corrected_command_is_recognized(value, workshop):
    """A placeholder of this or an earlier version of the commands is refused where it was left in a request."""
    findings = preflight(by_openssl(subj(L=value))(workshop), LOGIN).findings
    assert [(finding.code, finding.field) for finding in findings] == [("placeholder_left", "locality")]


def test_the_request_is_the_one_that_was_sent(csr):
    """A string is checked like the bytes of a file."""
    assert preflight(csr_pem(csr), "MZP128745").csr == csr
