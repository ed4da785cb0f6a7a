"""The sentences about uploads: one for each file type and transformation, about a file or about pasted text."""

from pathlib import Path

import pytest

from onboarding.messages.finding import Finding
from onboarding.messages.findings.uploads import UPLOAD_FINDINGS
from onboarding.pki import intake
from onboarding.pki.errors import PkiError
from onboarding.pki.intake.containers import not_a_certificate, upload_finding
from onboarding.pki.intake.file_types import FileType
from onboarding.pki.intake.reading import IGNORED_VARIANTS, MalformedPart, Upload, read_uploads
from onboarding.pki.intake.text import Transformation

SOURCE = "".join(file.read_text() for file in Path(intake.__file__).parent.glob("*.py"))
VARIANTS = {
    "not_a_certificate": list(FileType),
    "piece_ignored": [*FileType, *filter(None, IGNORED_VARIANTS.values())],
    "text_repaired": list(Transformation),
    "certificate_malformed": list(MalformedPart),
}
WITHOUT_FILE = {
    "nothing_received", "too_many_certificates", "client_id_missing", "client_id_is_login", "client_id_strange",
    "client_id_trimmed",
}  # fmt: skip
CODES = sorted({key.split(".")[0] for key in UPLOAD_FINDINGS} - WITHOUT_FILE)
ALL_VARIANTS = [(code, str(variant)) for code in CODES for variant in ("", *VARIANTS.get(code, ()))]


@pytest.mark.parametrize(("code", "variant"), ALL_VARIANTS)
def test_every_variant_has_a_sentence_about_a_file(code, variant):
    """The sentence names the file; nothing in it is left to fill in."""
    finding = upload_finding(code, "certificate.pem", variant, {"limit": 64})
    assert (finding.code, finding.variant) == (code, variant)
    assert "certificate.pem" in finding.text
    assert "{" not in finding.text + finding.remedy


@pytest.mark.parametrize(("code", "variant"), ALL_VARIANTS)
def test_every_variant_has_a_sentence_about_pasted_text(code, variant):
    """The sentence is complete without a file name, and the code is the same."""
    finding = upload_finding(code, "", variant, {"limit": 64})
    assert (finding.code, finding.variant.split("_")[0]) == (code, "pasted")
    assert finding.text[0].isupper()
    assert "{found}" not in UPLOAD_FINDINGS[f"{code}.{finding.variant}"].text


def test_no_variant_in_the_catalog_is_unused():
    """Each variant of the four codes belongs to an enumeration member, or is about pasted text."""
    unknown = [
        key
        for key in UPLOAD_FINDINGS
        if (code := key.split(".")[0]) in VARIANTS
        and "." in key
        and key.split(".")[1].removeprefix("pasted").removeprefix("_") not in ("", *map(str, VARIANTS[code]))
    ]
    assert unknown == []


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_used_by_the_package(code):
    """No code of the catalog is left over."""
    assert f'"{code}"' in SOURCE


def test_the_sentence_is_chosen_by_file_type_and_source():
    """A PDF document, a pasted link, and pasted text of a type without a sentence of its own."""
    assert not_a_certificate("a.pdf", FileType.PDF).text == "a.pdf is a PDF document, not a certificate."
    assert not_a_certificate("", FileType.LINK).text == "The pasted text is only a link, not a certificate."
    assert not_a_certificate("", FileType.PDF).text == "The pasted text contains no certificate."


def test_a_file_in_a_container_has_the_path_as_its_name(workshop):
    """The findings name the container and the file, without words between them."""
    packed = workshop.zip({"folder/c.pem": workshop.everything, "logo.gif": b"GIF89a" + bytes(50)})
    result = read_uploads([Upload("all.zip", packed)])
    assert {found.file_name for found in result.certificates} == {"all.zip/c.pem"}
    assert [finding.text for finding in result.findings] == [
        "We unpacked all.zip.",
        "all.zip/logo.gif is a picture. We ignored it.",
    ]


def test_each_transformation_of_a_text_is_reported(workshop):
    """A file in UTF-16 with the HTML of a web page gets two findings."""
    text = "<pre>" + workshop.everything.decode() + "</pre><br>"
    data = b"\xff\xfe" + text.replace("\n", "<br>").encode("utf-16-le")
    result = read_uploads([Upload("page.html", data)])
    assert [finding.text for finding in result.findings] == [
        "page.html was in UTF-16. We converted it.",
        "page.html contained the HTML code of a web page. We removed the code.",
    ]


def test_a_private_key_in_pasted_text_is_reported_as_such(workshop):
    """The error has the sentence about pasted text, and nothing of the key."""
    with pytest.raises(PkiError) as error:
        read_uploads([Upload("", workshop.key("partner").read_bytes())])
    assert error.value.finding == Finding("private_key_uploaded", variant="pasted")


@pytest.mark.parametrize(("name", "expected"), [("\x01", "file is empty."), ("", "The pasted text is empty.")])
def test_a_file_with_an_unreadable_name_is_still_a_file(name, expected):
    """Only an upload without a name is pasted text."""
    assert [finding.text for finding in read_uploads([Upload(name, b"")]).findings] == [expected]


def test_findings_that_were_stored_without_a_variant_still_have_a_sentence():
    """Earlier versions stored these codes with parameters instead of variants."""
    stored = {"code": "piece_ignored", "found": "logo.png", "params": {"what": "a picture"}}
    assert Finding.from_dict(stored).text == "logo.png is not a certificate. We ignored it."
    assert all(code in UPLOAD_FINDINGS for code in VARIANTS)
