"""No verdict claims certainty without the observations that exclude every other cause."""

import itertools

import pytest

from onboarding.messages.message import Confidence
from onboarding.messages.verdict import Observation, Verdict
from onboarding.messages.verdicts import EVIDENCE, OBSERVATIONS, VERDICT_TEMPLATES, VERDICTS

CERTAIN = [key for key, template in VERDICT_TEMPLATES.items() if template.confidence == Confidence.CERTAIN]


def observations(codes):
    return tuple(Observation(code) for code in codes)


@pytest.mark.parametrize("key", CERTAIN)
def test_every_certain_verdict_has_a_row(key):
    """The row names at least one other cause, each with an observation of the catalog that excludes it."""
    exclusions = EVIDENCE[key.partition(".")[0]]
    assert exclusions
    assert all(exclusion.other_cause and exclusion.observation in OBSERVATIONS for exclusion in exclusions)
    assert len({exclusion.observation for exclusion in exclusions}) == len(exclusions)


def test_every_row_belongs_to_a_certain_verdict():
    """A row for a verdict that is never certain would say nothing."""
    assert {key.partition(".")[0] for key in CERTAIN} == set(EVIDENCE)


@pytest.mark.parametrize("key", CERTAIN)
def test_a_verdict_is_certain_with_all_of_its_observations_only(key):
    """Without any one of them, or with an override, it is probable."""
    code, _, variant = key.partition(".")
    needed = [exclusion.observation for exclusion in EVIDENCE[code]]
    assert Verdict(code, variant=variant, observations=observations(needed)).confidence == Confidence.CERTAIN
    for some in itertools.combinations(needed, len(needed) - 1):
        for override in (None, Confidence.CERTAIN):
            verdict = Verdict(code, variant=variant, observations=observations(some), confidence_override=override)
            assert verdict.confidence == Confidence.PROBABLE


@pytest.mark.parametrize("code", [code for code in VERDICTS if code not in EVIDENCE])
def test_a_verdict_without_a_row_can_t_be_made_certain(code):
    """Not even if somebody asks for it, and observes everything."""
    verdict = Verdict(code, observations=observations(OBSERVATIONS), confidence_override=Confidence.CERTAIN)
    assert verdict.confidence == Confidence.PROBABLE


def test_a_stored_verdict_keeps_the_confidence_that_it_had():
    """A result of an earlier version is history: it is not decided again."""
    stored = Verdict("client_id_missing", observations=observations(["local_check"])).to_dict()
    assert Verdict.from_dict(stored | {"observations": []}).confidence == Confidence.CERTAIN
    assert Verdict.from_dict(stored | {"confidence": "probable"}).confidence == Confidence.PROBABLE
