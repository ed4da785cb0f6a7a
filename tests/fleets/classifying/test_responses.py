"""Responses of real products get the verdict that they deserve, over real sockets, and the page quotes them."""

import json
from dataclasses import replace
from html import escape

import pytest

from onboarding.fleets.classifying.error_bodies import read_body
from onboarding.fleets.classifying.fleet_pages import FleetPage, read_fleets
from onboarding.fleets.classifying.layers import SIGNATURES
from onboarding.fleets.classifying.phrases import named_cause
from onboarding.fleets.connecting.request import Response
from onboarding.fleets.diagnosis import Endpoint, diagnose
from onboarding.rehearsal.faults.gateway import ClientAuth, Fault, FaultyGateway
from onboarding.rehearsal.faults.responses import HEALTHY, http_response
from tests.fleets.classifying import other_cases
from tests.fleets.classifying.cases import JSON, Case, diagnose_case
from tests.fleets.classifying.gateway_cases import GATEWAYS
from tests.fleets.classifying.sentences import SENTENCES, sentences
from tests.fleets.conftest import QUICK
from tests.lint.problem import PROJECT

SUCCESSFUL = {"connected", "no_fleets"}


@pytest.fixture
def diagnosed(identities, credentials):
    return lambda case: diagnose_case(case, identities, credentials)


@pytest.mark.parametrize("case", other_cases.ALL, ids=lambda case: case.name)
def test_a_response_gets_its_verdict_and_is_quoted(diagnosed, case):
    """The verdict is the one that an engineer would give, and an observation has the words of the response."""
    diagnosis = diagnosed(case)
    verdict = diagnosis.verdict
    assert verdict.code in case.code.split()
    assert (verdict.code in SUCCESSFUL) == diagnosis.succeeded == (case in other_cases.SUCCESSES)
    shown = [verdict.text, *(observation.text for observation in verdict.observations)]
    assert any(case.quote in text for text in shown)


@pytest.mark.parametrize("case", other_cases.ON_THE_WAY, ids=lambda case: case.name)
def test_a_box_on_the_way_is_never_blamed_on_the_gateway(diagnosed, case):
    """Its verdict is probable, and the network's."""
    verdict = diagnosed(case).verdict
    assert (verdict.owner, verdict.confidence) == ("network", "probable")


@pytest.mark.parametrize("case", [*GATEWAYS, *other_cases.WORDS, *other_cases.FURTHER], ids=lambda case: case.name)
def test_only_data_that_names_one_cause_gives_a_certain_verdict(diagnosed, case):
    """A status, a page for people, or words with several meanings give a probable verdict at most."""
    verdict = diagnosed(case).verdict
    if verdict.confidence == "certain":
        assert not case.headers["content-type"].startswith("text/plain")
        assert verdict.has_observation("gateway_names_cause")


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("apic unknown client", "IBM API Connect"), ("apigee key unknown", "Apigee"), ("kong no key", "Kong"),
        ("wso2 missing", "WSO2"), ("wso2 unsubscribed", "WSO2"), ("azure missing", "Azure"),
        ("aws forbidden", "AWS API"),
        ("akamai denied", "Akamai"), ("cloudflare 1020", "Cloudflare"), ("f5 rejected, 200", "F5"),
        ("haproxy 503", "HAProxy"), ("envoy upstream", "Envoy"), ("nginx cert error", "nginx"),
        ("apache 401", "Apache httpd"), ("datapower soap", "DataPower"), ("squid denied", "Squid"),
    ],
)  # fmt: skip
def test_the_layer_that_spoke_is_named(diagnosed, name, layer):
    """An observation names the product whose format the response has."""
    case = next(case for case in other_cases.ALL if case.name == name)
    texts = [text.text for text in diagnosed(case).verdict.observations if text.code == "layer"]
    assert len(texts) == 1
    assert layer in texts[0]


WRAPPERS = {
    "operator": lambda text: ("application/json", json.dumps({"code": 40101, "uuid": "u", "message": text})),
    "problem": lambda text: ("application/problem+json", json.dumps({"title": "Error", "status": 403, "detail": text})),
    "nested": lambda text: ("application/json", json.dumps({"errors": [{"error": {"reason": {"text": text}}}]})),
    "API Connect": lambda text: (
        "application/json",
        json.dumps({"httpCode": "401", "httpMessage": "Unauthorized", "moreInformation": text}),
    ),
    "XML": lambda text: (
        "text/xml",
        f"<f:fault xmlns:f='x'><f:code>1</f:code><f:message>{escape(text)}</f:message></f:fault>",
    ),
    "text": lambda text: ("text/plain", text),
    "page": lambda text: (
        "text/html",
        f"<html><head><title>Error</title></head><body><p>{escape(text)}</p></body></html>",
    ),
}


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_a_sentence_means_the_same_in_every_format_and_language(wrapper):
    """The cause that a sentence names does not depend on the format around it, nor on capital letters."""
    differences = []
    for code, sentence in sentences():
        for text in (sentence, sentence.upper()):
            content_type, body = WRAPPERS[wrapper](text)
            response = Response(401, {"content-type": content_type}, body.encode())
            cause = named_cause(read_body(response).words)
            found = cause.code if cause else ""
            # Words that are joined, as in "InvalidApiKey", can't be separated in capital letters.
            if found != code and not (text.isupper() and " " not in sentence):
                differences.append((text, code, found))
    assert differences == []


@pytest.mark.parametrize(
    ("message", "is_clear"),
    [
        ("Invalid login or password", True), ("Invalid credentials", False), ("Unknown user", False),
        ("Invalid client id or secret.", True), ("Identifiant client inconnu", True), ("Invalid API key", False),
        ("invalid_client", False), ("Not registered to plan", True), ("Rate limit exceeded", True),
    ],
)  # fmt: skip
def test_general_words_are_not_certain(diagnosed, message, is_clear):
    """Credentials may be the password or the client ID; an API key may be another value than the client ID."""
    case = Case("words", 401, JSON, json.dumps({"message": message}), "")
    assert (diagnosed(case).verdict.confidence == "certain") == is_clear


def test_two_causes_in_one_response_are_not_certain():
    """Each pair of sentences about different causes names a cause, and never claims that it is the only one."""
    codes = [code for code in SENTENCES if code]
    first = {code: next(sentence for one, sentence in sentences() if one == code) for code in codes}
    for one in codes:
        for other in codes:
            if one != other:
                body = json.dumps({"message": first[one], "detail": first[other]}).encode()
                cause = named_cause(read_body(Response(401, JSON, body)).words)
                assert cause is not None
                assert not cause.is_clear, (first[one], first[other])


def test_a_list_over_a_connection_without_the_certificate_is_no_success(identities, credentials):
    """A gateway that never asks for a certificate proves nothing, even if it returns perfect fleets."""
    with FaultyGateway(Fault("off", "", client_auth=ClientAuth.OFF), identities) as gateway:
        diagnosis = diagnose(Endpoint(gateway.base_url), replace(credentials, send_password_anyway=True), limits=QUICK)
    verdict = diagnosis.verdict
    assert (verdict.code, verdict.variant, verdict.confidence) == ("fleets_without_certificate", "", "probable")
    assert (diagnosis.succeeded, diagnosis.fleets) == (False, ())


def test_a_list_without_the_partners_certificate_is_no_success(identities, credentials):
    """A gateway that asks for a certificate, gets none, and returns fleets has not seen the certificate."""
    without = replace(credentials, identity=None)
    with FaultyGateway(Fault("optional", "", client_auth=ClientAuth.OPTIONAL), identities) as gateway:
        diagnosis = diagnose(Endpoint(gateway.base_url), without, limits=QUICK, try_anyway=True)
    assert (diagnosis.verdict.code, diagnosis.verdict.variant) == ("fleets_without_certificate", "not_sent")
    assert not diagnosis.succeeded


def test_kinds_of_authentication_in_two_headers_are_both_read(identities, credentials):
    """IIS sends one header for each."""
    for second, code in (("NTLM", "other_authentication"), ('Basic realm="x"', "unauthorized")):
        respond = http_response(401, "", "text/html", ("WWW-Authenticate", second), ("WWW-Authenticate", "Negotiate"))
        with FaultyGateway(Fault("two", "", respond=respond), identities) as gateway:
            verdict = diagnose(Endpoint(gateway.base_url), credentials, limits=QUICK).verdict
        assert verdict.code == code
        text = next(text.text for text in verdict.observations if text.code == "challenge")
        assert f"{second.split()[0]}, Negotiate" in text


TYPES = (None, True, 0, -1, 1.5, "text", [], ["text"], {}, {"a": 1}, [[]], [{}])


@pytest.mark.parametrize("field", ["total", "totalPage", "currentPage", "_embedded", "fleets", "entry", "id", "name"])
def test_a_known_field_of_another_type_is_no_list_of_fleets(field):
    """Whatever value a known field has, only one of the published type makes a list. Null counts as missing."""
    fitting = {
        "total": [None], "totalPage": [None, 0], "currentPage": [None, 0], "_embedded": [], "fleets": [[{}]],
        "entry": [{}, {"a": 1}], "id": [None, "text"], "name": [None, "text"],
    }  # fmt: skip
    accepted = []
    for value in TYPES:
        page = json.loads(HEALTHY)
        if field == "fleets":
            page["_embedded"]["fleets"] = value
        elif field == "entry":
            page["_embedded"]["fleets"][0] = value
        elif field in {"id", "name"}:
            page["_embedded"]["fleets"][0][field] = value
        else:
            page[field] = value
        if isinstance(read_fleets(Response(200, JSON, json.dumps(page).encode())), FleetPage):
            accepted.append(value)
    assert [repr(value) for value in accepted] == [
        repr(value) for value in TYPES if repr(value) in map(repr, fitting[field])
    ]


def test_the_page_about_known_products_has_their_rows():
    """Each product is on the page with the certainty of its row, and the page has no other product."""
    page = (PROJECT / "docs" / "gateways.md").read_text().partition("## Where the error bodies")[0]
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| ")]
    listed = [tuple(row[:2]) for row in rows if row[0] != "product"]
    assert sorted(listed) == sorted((signature.name, signature.source.value) for signature in SIGNATURES)
    assert [signature.name for signature in SIGNATURES if not signature.reference and signature.source != "guess"] == []


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (400, "The plain HTTP request was sent to HTTPS port"),
        (400, "Reason: You're speaking plain HTTP to an SSL-enabled server port."),
        (400, "Client sent an HTTP request to an HTTPS server."),
        (497, "HTTP Request Sent to HTTPS Port"),
    ],
)
def test_a_request_that_was_decrypted_on_the_way_is_named(diagnosed, status, text):
    """A device in front of the gateway forwards it without encryption."""
    verdict = diagnosed(other_cases.Case("decrypted", status, other_cases.HTML, other_cases.page(text), "")).verdict
    assert (verdict.code, verdict.variant, verdict.confidence) == ("bad_request", "unencrypted", "probable")
