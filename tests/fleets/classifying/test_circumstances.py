"""What the client's own side adds: substitute addresses, proxies of the environment, and no CA certificate."""

import socket
from contextlib import contextmanager
from dataclasses import replace

import pytest

from onboarding.fleets.classifying.circumstances import (
    BEFORE_THE_GATEWAY,
    EXPLAINED,
    REFUSALS_OF_CERTIFICATE,
    WITHOUT_PROXY,
)
from onboarding.fleets.connecting.request import Endpoint, environment_proxy
from onboarding.fleets.diagnosis import Limits, diagnose
from onboarding.messages.verdicts import REMARKS, VERDICT_TEMPLATES
from tests.fleets.conftest import QUICK

NAME = "api-cert.gateway.example"


def test_the_tables_name_existing_codes():
    """A verdict that was renamed would never be explained."""
    named = set().union(BEFORE_THE_GATEWAY, WITHOUT_PROXY, REFUSALS_OF_CERTIFICATE, EXPLAINED, *EXPLAINED.values())
    assert named - {key.partition(".")[0] for key in VERDICT_TEMPLATES} == set()
    assert set(EXPLAINED) - {key.partition(".")[0] for key in REMARKS} == set()


@contextmanager
def resolving(monkeypatch, *addresses):
    """Have the resolver give these addresses for NAME."""

    def look_up(host, port, **_options):
        assert host == NAME
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0))
            if ":" in address
            else (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in addresses
        ]

    with monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", look_up)
        yield


@pytest.fixture
def refusing(monkeypatch):
    """Have every connection be refused at once, also to addresses outside this machine, which no test contacts."""

    def refuse(*_):
        raise ConnectionRefusedError

    monkeypatch.setattr("onboarding.fleets.connecting.connection._connect", refuse)


SUBSTITUTES = [
    ("127.0.0.1", ""), ("127.255.255.254", ""), ("::1", ""), ("::ffff:127.0.0.1", ""), ("0.0.0.0", "nowhere"),
    ("::", "nowhere"), ("192.0.2.7", "nowhere"), ("127.0.53.53", "collision"), ("198.18.0.1", "redirected"),
    ("198.19.255.255", "redirected"), ("146.112.61.104", "block_page"), ("146.112.61.110", "block_page"),
]  # fmt: skip


@pytest.mark.parametrize(("address", "variant"), SUBSTITUTES)
def test_an_address_that_stands_for_a_block_is_recognized(monkeypatch, refusing, credentials, address, variant):
    """The verdict says what the name lookup gave. It is probable, and belongs to the network."""
    with resolving(monkeypatch, address):
        verdict = diagnose(Endpoint(f"https://{NAME}/v3"), credentials, limits=QUICK).verdict
    assert (verdict.code, verdict.variant, verdict.confidence, verdict.owner) == (
        "name_redirected", variant, "probable", "network",
    )  # fmt: skip
    assert address in verdict.text


INTERNAL = ["10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.1.1", "100.64.0.1", "fd00::1", "fe80::1%eth0"]


@pytest.mark.parametrize("address", INTERNAL)
def test_an_internal_address_is_an_observation(monkeypatch, refusing, credentials, address):
    """Companies have good reasons for such addresses, so the verdict stays."""
    with resolving(monkeypatch, address):
        verdict = diagnose(Endpoint(f"https://{NAME}/v3"), credentials, limits=QUICK).verdict
    assert (verdict.code, verdict.has_observation("address_internal")) == ("connect_refused", True)


@pytest.mark.parametrize("addresses", [("93.184.216.34",), ("2606:2800:220:1::1",), ("127.0.0.1", "93.184.216.34")])
def test_public_addresses_say_nothing(monkeypatch, refusing, credentials, addresses):
    """Also beside a substitute: one of the addresses may be right."""
    with resolving(monkeypatch, *addresses):
        verdict = diagnose(Endpoint(f"https://{NAME}/v3"), credentials, limits=QUICK).verdict
    assert (verdict.code, verdict.observations) == ("connect_refused", ())


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "gateway.localhost", "rehearsal", "a.internal"])
def test_a_local_name_may_have_a_local_address(credentials, host):
    """A rehearsal runs on this machine or network."""
    assert Endpoint(f"https://{host}:1/v3").is_public_name is False


def test_another_server_behind_a_redirected_name_is_explained(monkeypatch, gateway, credentials):
    """A web server on this machine answers in the gateway's place; its certificate is for other names."""
    with gateway("healthy") as served, resolving(monkeypatch, "127.0.0.1"):
        diagnosis = diagnose(Endpoint(f"https://{NAME}:{served.port}/v3"), credentials, limits=QUICK)
    assert (diagnosis.verdict.code, diagnosis.verdict.has_observation("failed_with")) == ("name_redirected", True)


def test_an_observed_address_outweighs_a_hint_from_a_name(monkeypatch, gateway, credentials):
    """The CA certificate is a rehearsal's by its name, and another machine answered in the gateway's place."""
    host = "api-cert.groupe-psa.com"
    monkeypatch.setattr("tests.fleets.classifying.test_circumstances.NAME", host)
    with gateway("server_foreign_ca") as served, resolving(monkeypatch, "127.0.0.1"):
        diagnosis = diagnose(Endpoint(f"https://{host}:{served.port}/v3"), credentials, limits=QUICK)
    assert diagnosis.verdict.code == "name_redirected"
    assert "ca_of_other_environment" in [remark.code for remark in diagnosis.remarks]


ENVIRONMENTS = [
    ({"HTTPS_PROXY": "http://p:3128"}, "http://p:3128"),
    ({"https_proxy": "http://p:3128"}, "http://p:3128"),
    ({"ALL_PROXY": "p:3128"}, "p:3128"),
    ({"all_proxy": "socks5://p:1080"}, "socks5://p:1080"),
    ({"HTTP_PROXY": "http://p:3128"}, ""),
    ({"HTTPS_PROXY": " "}, ""),
    ({"HTTPS_PROXY": "http://p:3128", "NO_PROXY": "*"}, ""),
    ({"HTTPS_PROXY": "http://p:3128", "NO_PROXY": "localhost, .gateway.example"}, ""),
    ({"HTTPS_PROXY": "http://p:3128", "no_proxy": "gateway.example"}, ""),
    ({"HTTPS_PROXY": "http://p:3128", "NO_PROXY": "way.example"}, "http://p:3128"),
    ({}, ""),
]


@pytest.mark.parametrize(("environment", "proxy"), ENVIRONMENTS)
def test_the_proxy_of_the_environment_is_found_as_curl_finds_it(environment, proxy):
    """Upper and lower case, all_proxy, and the exemptions of no_proxy."""
    assert environment_proxy(environment, NAME) == proxy


def test_a_proxy_of_the_environment_that_is_not_used_gets_a_remark(credentials):
    """Only if the network failed, and without its login."""
    endpoint = Endpoint("https://127.0.0.1:1/v3", unused_proxy="http://me:pr1vate@proxy.example:3128")
    diagnosis = diagnose(endpoint, credentials, limits=QUICK)
    (remark,) = diagnosis.remarks
    assert (remark.code, "proxy.example:3128" in remark.text) == ("proxy_not_used", True)
    assert "pr1vate" not in repr(endpoint) + repr(diagnosis) + str(diagnosis.to_dict())


def test_a_success_says_nothing_about_an_unused_proxy(gateway, credentials):
    """The proxy is not needed."""
    with gateway("healthy") as served:
        diagnosis = diagnose(Endpoint(served.base_url, unused_proxy="http://proxy.example"), credentials)
    assert (diagnosis.verdict.code, diagnosis.remarks) == ("connected", ())


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("healthy", "server_ca_mismatch"),
        ("server_foreign_ca", "server_ca_mismatch"),
        ("server_intercepted", "proxy_intercepts"),
    ],
)  # fmt: skip
def test_without_a_ca_certificate_none_is_blamed(gateway, credentials, fault, code, tls):
    """The verdict says that none was given and that the system's do not verify the gateway."""
    with gateway(fault, tls=tls) as served:
        who = replace(credentials, anchors=None)
        diagnosis = diagnose(Endpoint(served.base_url), who, limits=Limits(total=3))
    assert (diagnosis.verdict.code, diagnosis.verdict.variant, diagnosis.experiments) == (code, "none_given", ())
    assert "that you use" not in diagnosis.verdict.text
