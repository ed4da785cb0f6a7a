"""Any change of an upload ends in a verdict: no crash, and no wrong acceptance.

FUZZ_EXAMPLES sets the number of examples (`make fuzz`: 100,000).
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
from tests.pki import corpus_containers, corpus_defects, corpus_encodings, corpus_keys, corpus_malformed
from tests.pki.workshop import NOW

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "300"))
BASES = (
    "pem everything_in_one_pem der der_files_joined p7b_der p7b_pem p7s_streamed zip zip_in_a_zip "
    "email_with_attachments email_with_zip email_signed utf16_le_with_mark html_page_with_it quoted_printable "
    "json_string base64_on_one_line trusted_label csr expired signature_damaged self_signed crl key_pkcs8 "
    "key_pkcs1_der key_jks pfx email_text_quoted_printable word_document_with_it s_client_output hexadecimal "
    "version_7 bits_as_a_name bits_as_a_name_in_a_bundle extension_twice_in_an_authority alternative_name_of_x400"
).split()
CASES = corpus_encodings.CASES | corpus_containers.CASES | corpus_defects.CASES | corpus_keys.CASES
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
    """The files that are changed. The representation is short, because it is printed with every failure."""

    def __repr__(self):
        return f"<{len(self)} bases>"


@pytest.fixture(scope="module")
def bases(workshop):
    return Bases({name: [upload.data for upload in CASES[name].make(workshop)] for name in BASES})


def changed(data, change, bases):
    kind, place, value = change
    at = place % (len(data) + 1)
    if kind == "flip" and data:
        at %= len(data)
        return data[:at] + bytes([data[at] ^ value]) + data[at + 1 :]
    if kind == "cut":
        return data[:at] + data[at + value :]
    if kind == "end":
        return data[:at]
    if kind == "insert":
        return data[:at] + value + data[at:]
    if kind == "append":
        return data + bases[value][0]
    return data[:at] + data[value % (len(data) + 1) :] if kind == "copy" else data


def openssl_agrees(folder, validation):
    """Return whether openssl verifies the accepted certificates, at the same time."""
    for name, certificates in (
        ("leaf", [validation.leaf]),
        ("chain", validation.chain),
        ("anchors", validation.anchors),
    ):
        (folder / f"fuzz-{name}.pem").write_bytes(
            b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates)
        )
    at = str(int(NOW.timestamp()))
    chain = ("-untrusted", "fuzz-chain.pem") if validation.chain else ()
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
    """The two refusals are the only exceptions. If accepted, the key is known and openssl verifies the chain."""
    data, *rest = bases[base]
    for change in changes:
        data = changed(data, change, bases)
    uploads = [Upload("sent", data), *(Upload("more", more) for more in rest)]
    uploads += [Upload("other", other) for name in others for other in bases[name]]
    try:
        reading = read_uploads(uploads)
    except PkiError as refusal:
        assert refusal.code in {"private_key_uploaded", "pfx_uploaded"}  # noqa: PT017  # either, depending on the change
        return
    assert len(reading.certificates) <= CERTIFICATE_LIMIT
    requests = workshop.known()
    validation = validate_certificates([found.certificate for found in reading.certificates], requests, NOW)
    assert reading.findings or validation.findings or validation.accepted
    assert all(finding.text for finding in (*reading.findings, *validation.findings))
    if validation.accepted:
        assert spki_fingerprint(validation.leaf.public_key()) in {
            request.spki for request in requests if request.usable
        }
        assert openssl_agrees(workshop.folder, validation)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.binary(max_size=3000))
def test_any_bytes_end_in_a_verdict(data):
    """Random bytes are refused with a finding."""
    try:
        reading = read_uploads([Upload("sent", data)])
    except PkiError as refusal:
        assert refusal.code in {"private_key_uploaded", "pfx_uploaded"}  # noqa: PT017  # hypothesis also takes examples from strings in the code
        return
    assert reading.certificates == ()
    assert all(finding.text for finding in reading.findings)
    assert reading.findings
