"""The fuzzer runs, and finds each kind of failure that it looks for."""

import pytest

from onboarding.pki.preflight.checks import preflight
from onboarding.pki.validation.certificates import ValidationResult, validate_certificates
from tests.pki import fuzz
from tests.pki.fuzz_seeds import make_seeds
from tests.pki.workshop import known

MUTATIONS = range(300)


@pytest.fixture(scope="module")
def seeds(workshop):
    return make_seeds(workshop, whole=False)


def failures(report):
    return {text.strip().splitlines()[-1].partition(": ")[2] for _, text in report.failures}


@pytest.mark.asvs("2.2.3", "5.2.2")
def test_nothing_crashes_and_nothing_wrong_is_accepted(seeds):
    report = fuzz.run_batch(seeds, 1, MUTATIONS)
    assert report.failures == []
    assert {"accepted", "refused", "nothing found", "request passes", "request refused"} <= set(report.verdicts)
    assert report.verdicts.total() == len(MUTATIONS)


def test_a_number_always_gives_the_same_upload(seeds):
    assert [fuzz.mutation(seeds, 1, number) for number in range(40)] == [
        fuzz.mutation(seeds, 1, number) for number in range(40)
    ]


def test_an_accepted_foreign_key_is_found(seeds, workshop, monkeypatch):
    """The validator takes a stranger for the owner of a request."""
    stranger = known(workshop.path("stranger.csr").read_bytes())
    monkeypatch.setattr(
        fuzz, "validate_certificates", lambda sent, requests, now: validate_certificates(sent, [stranger], now)
    )
    assert failures(fuzz.run_batch(seeds, 1, MUTATIONS)) == {"the key is not that of a request"}


def test_an_accepted_false_signature_is_found(seeds, monkeypatch):
    """The validator takes the first two certificates for a chain."""

    def accept(sent, requests, now):
        if len(sent) < 2:
            return validate_certificates(sent, requests, now)
        return ValidationResult(sent[0], (), (sent[1],), (), requests[0], ())

    monkeypatch.setattr(fuzz, "validate_certificates", accept)
    assert any("did not sign" in text for text in failures(fuzz.run_batch(seeds, 1, MUTATIONS)))


def test_a_passing_request_without_valid_signature_is_found(seeds, monkeypatch):
    """The preflight finds no problem in any request."""

    class Passing:
        def __init__(self, data, login):
            self.csr = preflight(data, login).csr
            self.passes = self.csr is not None

    monkeypatch.setattr(fuzz, "preflight", Passing)
    assert "the request is not signed with its own key" in failures(fuzz.run_batch(seeds, 1, MUTATIONS))


def test_a_crash_is_found(seeds, monkeypatch):
    monkeypatch.setattr(fuzz, "read_uploads", lambda uploads: 1 // 0)
    report = fuzz.run_batch(seeds, 1, MUTATIONS)
    assert report.verdicts["crash"] == len(report.failures) > 100
