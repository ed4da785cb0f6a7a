"""Every file of the corpus gets the verdict that stands beside it, and the corpus is large."""

import pytest

from tests.pki import corpus_containers, corpus_defects, corpus_dialects, corpus_keys, corpus_malformed
from tests.pki.corpus import verdict_of

CASES = corpus_dialects.CASES | corpus_containers.CASES | corpus_defects.CASES | corpus_keys.CASES
CASES |= corpus_malformed.CASES


@pytest.mark.parametrize("name", CASES)
def test_each_file_of_the_corpus_gets_its_verdict(name, workshop):
    """What is sent is accepted, or refused for its own reason, as the table says."""
    case = CASES[name]
    assert verdict_of(case.make(workshop), workshop.known()) == case.verdict


def test_the_corpus_is_large_and_no_name_stands_for_two_files():
    """The parts of the corpus share no names, and there are at least 120 files."""
    parts = (corpus_dialects, corpus_containers, corpus_defects, corpus_keys, corpus_malformed)
    assert sum(len(part.CASES) for part in parts) == len(CASES)
    assert len(CASES) >= 120
