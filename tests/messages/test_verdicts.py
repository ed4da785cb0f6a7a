"""The catalogs of a connection test: every sentence can be rendered, and its flags agree with it."""

import re

import pytest

from onboarding.fleets.connecting.timing import STAGE_LABELS, StageName
from onboarding.fleets.errors import FleetsError
from onboarding.fleets.experiments import EXPERIMENTS_BY_VERDICT, VARIATIONS
from onboarding.messages.message import Confidence, Owner
from onboarding.messages.text import Plural
from onboarding.messages.verdict import NEXT_MOVES, PROBABLE_NEXT_MOVES, Observation, Verdict
from onboarding.messages.verdicts import ERRORS, OBSERVATIONS, REMARKS, STAGE_NOTES, VERDICT_TEMPLATES, VERDICTS

PARAMS = """host port address date now reason login proxy seconds alert issuer names status minutes found partners shown
total target count message verdict size details layer encoding code reference scheme bytes protocol
character place client_id schemes option path days there""".split()
CATALOGS = {
    f"{name}-{code}": template
    for name, catalog in {
        "verdict": VERDICT_TEMPLATES,
        "remark": REMARKS,
        "observation": OBSERVATIONS,
        "note": STAGE_NOTES,
        "error": ERRORS,
    }.items()
    for code, template in catalog.items()
}


def sentences(text):
    return (text.singular, text.plural) if isinstance(text, Plural) else (text,)


@pytest.mark.parametrize("template", CATALOGS.values(), ids=CATALOGS)
def test_every_sentence_can_be_rendered(template):
    """No sentence needs a parameter that no message has, and no text is empty."""
    values = {name: f"<{name}>" for name in PARAMS}
    for text in (*sentences(template.text), *sentences(template.remedy)):
        text.format(**values)
    assert all(sentences(template.text))


@pytest.mark.parametrize("code", VERDICT_TEMPLATES)
def test_the_flags_agree_with_the_sentences(code):
    """A flag is set exactly if the sentences mention the details, or the server that connects and its settings."""
    template = VERDICT_TEMPLATES[code]
    text = " ".join((*sentences(template.text), *sentences(template.remedy)))
    assert template.ask_for_details == ("details below" in text)
    mentions_server = bool(re.search(r"[Tt]his server|the settings|this site", text))
    assert template.about_our_server == (mentions_server or template.owner == Owner.NETWORK)


def test_every_variant_belongs_to_a_code_with_the_same_owner():
    """Every code also exists without a variant, so that the code alone always has a template."""
    for key, template in VERDICT_TEMPLATES.items():
        assert template.owner == VERDICTS[key.partition(".")[0]].owner


@pytest.mark.parametrize("moves", [NEXT_MOVES, PROBABLE_NEXT_MOVES], ids=["certain", "probable"])
def test_every_owner_has_a_sentence_for_the_next_move(moves):
    """The sentence is complete, and different for each owner."""
    assert set(moves) == set(Owner)
    assert len({*moves.values()}) == len(Owner)
    assert all(sentence.startswith("Next move: ") for sentence in moves.values())


@pytest.mark.parametrize(
    ("verdict", "sentence"),
    [
        (Verdict("client_id_missing", observations=(Observation("local_check"),)), "Next move: yours"),
        (Verdict("client_id_missing"), "Next move: probably yours"),
        (Verdict("client_id_missing", confidence_override=Confidence.UNKNOWN), "Next move: probably yours"),
        (Verdict("bad_request"), "Next move: probably Stellantis’"),
        (Verdict("dns_unanswered", {"host": "h"}), "Next move: probably the site team’s"),
    ],
)
def test_the_next_move_depends_on_owner_and_confidence(verdict, sentence):
    """Only a certain verdict says it without “probably”."""
    assert verdict.next_move == sentence


def test_plurals_follow_their_number():
    """The singular is used for one second."""
    texts = [Verdict("rate_limited", {"seconds": seconds}, "wait").text for seconds in (1, 30)]
    assert [text.rpartition(" to ")[2] for text in texts] == ["wait 1 second.", "wait 30 seconds."]


def test_every_experiment_has_a_sentence_for_each_outcome():
    """The outcomes are an HTTP status and the code of a verdict."""
    assert {name for names in EXPERIMENTS_BY_VERDICT.values() for name in names} == set(VARIATIONS)
    for name in VARIATIONS:
        assert "401" in Observation(name, {"status": 401}, "status").text
        assert "tls_hang" in Observation(name, {"verdict": "tls_hang"}, "verdict").text


def test_every_stage_has_a_label():
    """The labels are those of the values in English."""
    assert {name: name.value for name in StageName} == STAGE_LABELS


def test_an_error_renders_its_details():
    """The details, which the other side wrote, are sanitized."""
    error = FleetsError("signing_refused", "no\x00 state")
    assert (str(error), error.code) == ("signing_refused", "signing_refused")
    assert error.text == "The authority did not sign the request: no  state"
