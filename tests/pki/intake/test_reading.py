"""Every file of the corpus gets its verdict, and the corpus is large."""

import io
import zipfile

import pytest

from onboarding.pki.intake.reading import Upload, read_uploads
from tests.pki import corpus_containers, corpus_defects, corpus_encodings, corpus_keys, corpus_malformed
from tests.pki.corpus import verdict_of

CASES = corpus_encodings.CASES | corpus_containers.CASES | corpus_defects.CASES | corpus_keys.CASES
CASES |= corpus_malformed.CASES


@pytest.mark.parametrize("name", CASES)
def test_each_file_of_the_corpus_gets_its_verdict(name, workshop):
    """The upload is accepted, or refused with the codes in the table."""
    case = CASES[name]
    assert verdict_of(case.make(workshop), workshop.known()) == case.verdict


def test_the_corpus_is_large_and_its_names_are_unique():
    """No two parts of the corpus have the same name, and there are at least 120 files."""
    parts = (corpus_encodings, corpus_containers, corpus_defects, corpus_keys, corpus_malformed)
    assert sum(len(part.CASES) for part in parts) == len(CASES)
    assert len(CASES) >= 120


def test_a_zip_that_unpacks_to_more_than_four_mebibytes_is_not_unpacked():
    """The declared sizes are added up before a file is unpacked. Emails in a zip may have a mebibyte each."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(5):
            archive.writestr(f"{number}.eml", bytes(1024 * 1024))
    findings = read_uploads([Upload("all.zip", packed.getvalue())]).findings
    assert [(finding.code, finding.found) for finding in findings] == [("too_many_entries", "all.zip")]
