"""A certificate is found in every format in which it arrives; what can't be opened is named for what it is."""

import random

import pytest

from onboarding.messages.message import Severity
from onboarding.pki.errors import PkiError
from onboarding.pki.intake.containers import extract_files
from onboarding.pki.intake.outlook import unpack_rtf
from onboarding.pki.intake.reading import Upload, read_uploads
from onboarding.pki.validation.certificates import validate_certificates
from tests.pki import corpus_documents, corpus_emails
from tests.pki.workshop import NOW

ACCEPTED = corpus_emails.ACCEPTED | corpus_documents.ACCEPTED
NAMED = corpus_emails.NAMED | corpus_documents.NAMED


def errors(findings):
    return [finding for finding in findings if finding.severity == Severity.ERROR]


@pytest.mark.parametrize("name", ACCEPTED)
def test_the_certificate_is_found(name, workshop):
    """The certificates are accepted, no finding is an error, and nothing is said twice."""
    reading = read_uploads([Upload("sent", ACCEPTED[name](workshop))])
    assert errors(reading.findings) == []
    assert validate_certificates(
        [found.certificate for found in reading.certificates], workshop.known(), NOW
    ).accepted, [finding.text for finding in reading.findings]
    texts = [finding.text for finding in reading.findings]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("name", NAMED)
def test_what_can_not_be_opened_is_named(name, workshop):
    """There is one error, which names the type of the file; beside a certificate it becomes a note."""
    file_type, make = NAMED[name]
    file_name = "sent.msg" if name.startswith("msg") else "sent"
    upload = Upload(file_name, make(workshop))
    found = errors(read_uploads([upload]).findings)
    assert [(finding.code, finding.variant) for finding in found] == [("not_a_certificate", file_type)]
    assert found[0].remedy
    beside = read_uploads([upload, Upload("all.pem", workshop.everything)])
    assert len(beside.certificates) == 3
    assert errors(beside.findings) == []


@pytest.mark.parametrize("name", corpus_documents.EMPTY)
def test_an_archive_without_files_is_empty(name, workshop):
    """It is no damaged file, and no file without a certificate."""
    findings = read_uploads([Upload("sent", corpus_documents.EMPTY[name](workshop))]).findings
    assert [finding.code for finding in findings] == ["zip_empty"]


@pytest.mark.parametrize("name", corpus_documents.TOO_LARGE)
def test_what_unpacks_to_more_than_the_limit_is_too_large(name):
    """Nothing of it is read."""
    findings = read_uploads([Upload("sent", corpus_documents.TOO_LARGE[name]())]).findings
    assert [finding.code for finding in findings] == ["file_too_large"]


def test_signers_of_an_email_are_never_authorities(workshop):
    """The certificates in the signature of an email are left out, although they are good ones."""
    text = corpus_emails.text().as_bytes()
    upload = corpus_emails.with_headers(corpus_emails.signed(workshop, text, "-nodetach"))
    reading = read_uploads([Upload("signed.eml", upload)])
    assert reading.certificates == ()
    assert [(finding.code, finding.variant) for finding in reading.findings] == [
        ("mail_signature", ""),
        ("not_a_certificate", "email"),
    ]


def test_each_damaged_text_of_an_email_is_reported_once():
    """An email whose plain text and HTML both break off has one error."""
    broken = "-----BEGIN CERTIFICATE-----\nMIIDvTCCAqWgAwIBAgIUQhXyqTmvXVBYQVM9NiM9TXF2LwgwDQYJKoZIhvcNAQEL\n"
    message = corpus_emails.multipart(
        "alternative", corpus_emails.text(broken), corpus_emails.text(f"<pre>{broken}</pre>", "html")
    )
    findings = read_uploads([Upload("sent.eml", corpus_emails.email(message))]).findings
    assert [finding.code for finding in findings] == ["file_cut_short"]


@pytest.mark.parametrize("name", ["document_word", "document_rtf", "document_pdf", "email_msg_text", "archive_tar_pax"])
def test_a_private_key_is_found_in_every_container(name, workshop):
    """It stops the reading, as in a file of its own."""

    class WithKey:
        def __init__(self):
            self.everything = self.leaf = self.authorities = workshop.key("partner").read_bytes()

    with pytest.raises(PkiError) as error:
        read_uploads([Upload("sent", ACCEPTED[name](WithKey()))])
    assert error.value.code == "private_key_uploaded"


def test_a_private_key_in_a_damaged_container_is_found(workshop):
    """A compound file that can't be opened is searched as it is."""
    data = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600) + workshop.key("partner").read_bytes()
    with pytest.raises(PkiError) as error:
        read_uploads([Upload("sent.doc", data)])
    assert error.value.code == "private_key_uploaded"


def test_compressed_rtf_of_the_specification_is_unpacked():
    """The example of [MS-OXRTFCP] 3.1.1, which has references to earlier text."""
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    assert unpack_rtf(packed) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


def test_the_files_in_an_archive_of_seven_zip_are_extracted():
    """The names and the contents are those that were packed."""
    files, _ = extract_files([Upload("p.7z", corpus_documents.SEVEN_ZIP_SAMPLES["three_files"])])
    assert {file.name: file.data for file in files} == {
        "p.7z/a.txt": b"hello hello hello",
        "p.7z/b.txt": b"world",
        "p.7z/c.txt": b"hello hello hello",
    }


@pytest.mark.parametrize("seed", range(40))
def test_any_damage_to_any_format_ends_in_findings(seed, workshop):
    """Bytes that are changed, removed or repeated raise nothing but the two refusals."""
    rnd = random.Random(seed)  # no secret
    formats = [name for name in ACCEPTED if "pdf" not in name]
    for name in rnd.sample(formats, 6):
        data = bytearray(ACCEPTED[name](workshop))
        for _ in range(rnd.randint(1, 6)):
            at, size = rnd.randrange(len(data)), rnd.randint(1, 40)
            data[at : at + size] = rnd.choice([b"", rnd.randbytes(size), bytes(data[at : at + size]) * 2, bytes(size)])
        try:
            reading = read_uploads([Upload("sent", bytes(data))])
        except PkiError as refusal:
            assert refusal.code in {"private_key_uploaded", "pfx_uploaded"}  # noqa: PT017  # either, or none
            continue
        assert reading.findings or reading.certificates, name
        assert all(finding.text for finding in reading.findings)


def test_limits_hold_for_all_containers_together(workshop):
    """Archives of many small files end with one finding."""
    archive = corpus_documents.tar_of({f"{number}.pem": workshop.leaf for number in range(40)})
    _, findings = extract_files([Upload(f"{number}.tar", archive) for number in range(3)])
    assert [finding.code for finding in findings].count("too_many_entries") == 1
