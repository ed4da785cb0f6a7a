"""Whatever is done to what was sent, it ends in a verdict: never a crash, never a wrong acceptance.

FUZZ_EXAMPLES sets how many examples are tried (`make fuzz`: 100,000).
"""

import os
import subprocess

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onboarding.pki.errors import PkiError
from onboarding.pki.intake.reading import CERTIFICATE_LIMIT, Upload, read_uploads
from onboarding.pki.keys import spki_fingerprint
from onboarding.pki.validation.certificates import validate_certificates
from tests.pki import corpus_containers, corpus_defects, corpus_dialects, corpus_keys, corpus_malformed
from tests.pki.workshop import NOW

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "300"))
BASES = (
    "pem everything_in_one_pem der der_files_joined p7b_der p7b_pem p7s_streamed zip zip_in_a_zip "
    "mail_with_attachments mail_with_zip mail_signed utf16_le_with_mark html_page_with_it quoted_printable json_string "
    "base64_on_one_line trusted_label csr expired signature_damaged self_signed crl key_pkcs8 key_pkcs1_der key_jks "
    "pfx mail_text_quoted_printable word_document_with_it s_client_output hexadecimal "
    "version_7 bits_as_a_name bits_as_a_name_in_a_bundle extension_twice_in_an_authority alternative_name_of_x400"
).split()
CASES = corpus_dialects.CASES | corpus_containers.CASES | corpus_defects.CASES | corpus_keys.CASES
CASES |= corpus_malformed.CASES
INSERTED = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([b"-----BEGIN CERTIFICATE-----\n", b"-----END CERTIFICATE-----\n", b"=\r\n", b"&#43;", b"%0A"]),
    st.sampled_from([b"0\x80", b"0\x82\xff\xff", b"\0\0", b"PK\3\4", b"\n--x\n", b"MII", b"boundary=x\n"]),
)
PLACE = st.integers(0, 2**20)
CHANGE = st.one_of(
    st.tuples(st.just("flip"), PLACE, st.integers(1, 255)),
    st.tuples(st.just("cut"), PLACE, st.integers(1, 400)),
    st.tuples(st.just("end"), PLACE, st.just(0)),
    st.tuples(st.just("insert"), PLACE, INSERTED),
    st.tuples(st.just("append"), st.just(0), st.sampled_from(BASES)),
    st.tuples(st.just("copy"), PLACE, PLACE),
)


class Bases(dict):
    """What the changes begin with; its representation is short, as it is printed with every failure."""

    def __repr__(self):
        return f"<{len(self)} bases>"


@pytest.fixture(scope="module")
def bases(workshop):
    return Bases({name: [piece.data for piece in CASES[name].make(workshop)] for name in BASES})


def changed(data, change, bases):
    how, place, what = change
    at = place % (len(data) + 1)
    if how == "flip" and data:
        at %= len(data)
        return data[:at] + bytes([data[at] ^ what]) + data[at + 1 :]
    if how == "cut":
        return data[:at] + data[at + what :]
    if how == "end":
        return data[:at]
    if how == "insert":
        return data[:at] + what + data[at:]
    if how == "append":
        return data + bases[what][0]
    return data[:at] + data[what % (len(data) + 1) :] if how == "copy" else data


def openssl_agrees(folder, answer):
    """Whether the real openssl verifies what was accepted, at the same time."""
    for name, certificates in (("leaf", [answer.leaf]), ("chain", answer.chain), ("anchors", answer.anchors)):
        (folder / f"fuzz-{name}.pem").write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in certificates))
    at = str(int(NOW.timestamp()))
    chain = ("-untrusted", "fuzz-chain.pem") if answer.chain else ()
    done = subprocess.run(
        ["openssl", "verify", "-partial_chain", "-attime", at, "-CAfile", "fuzz-anchors.pem", *chain, "fuzz-leaf.pem"],
        cwd=folder, capture_output=True, check=False,
    )  # fmt: skip
    return done.returncode == 0


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    base=st.sampled_from(BASES),
    changes=st.lists(CHANGE, max_size=4),
    others=st.lists(st.sampled_from(BASES), max_size=2),
)
def test_any_change_ends_in_a_verdict_and_what_is_accepted_verifies_with_openssl(
    workshop, bases, base, changes, others
):
    """No exception but the two refusals; accepted means: the key is a known one, and openssl verifies the chain."""
    data, *rest = bases[base]
    for change in changes:
        data = changed(data, change, bases)
    pieces = [Upload("sent", data), *(Upload("more", one) for one in rest)]
    pieces += [Upload("other", one) for name in others for one in bases[name]]
    try:
        reading = read_uploads(pieces)
    except PkiError as refusal:
        assert refusal.code in {"private_key_uploaded", "pfx_uploaded"}  # noqa: PT017  # either, depending on the change
        return
    assert len(reading.certificates) <= CERTIFICATE_LIMIT
    requests = workshop.known()
    answer = validate_certificates([found.certificate for found in reading.certificates], requests, NOW)
    assert reading.findings or answer.findings or answer.accepted
    assert all(finding.text for finding in (*reading.findings, *answer.findings))
    if answer.accepted:
        assert spki_fingerprint(answer.leaf.public_key()) in {one.spki for one in requests if one.usable}
        assert openssl_agrees(workshop.folder, answer)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.binary(max_size=3000))
def test_any_bytes_end_in_a_verdict(data):
    """Bytes of no meaning are refused in words."""
    try:
        reading = read_uploads([Upload("sent", data)])
    except PkiError as refusal:
        assert refusal.code in {"private_key_uploaded", "pfx_uploaded"}  # noqa: PT017  # examples are made from our words
        return
    assert reading.certificates == ()
    assert all(finding.text for finding in reading.findings)
    assert reading.findings
