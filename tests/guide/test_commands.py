"""The command lines of the help run as they are on the pages: OpenSSL, keytool and cURL take them."""

import json
import shutil
from dataclasses import replace

import pytest
from cryptography import x509

from onboarding.guide.commands import (
    CA_FILE,
    CERTIFICATE_FILE,
    KEYSTORE_REQUEST_FILE,
    REQUEST_FILE,
    CommandValues,
    commands_of,
)
from onboarding.pki.preflight.checks import preflight
from onboarding.rehearsal.authority import password_of, pem
from onboarding.workflow.next_step import Step
from tests.browser.terminal import type_at

SECRET = "velvet-anchor-92"
ODD = {
    "C": "DE",
    "ST": "Baden-Württemberg",
    "L": "St. Georgen / Schwarzwald",
    "O": "Müller + Söhne, \"Flotte\" & Co. = <GmbH>; a\\b $HOME 'x'",
    "emailAddress": "fleet+api@mueller.example",
}
PROMPTS = {"(?i)enter (PEM )?pass ?phrase": SECRET}
KEYSTORE = {"(?i)enter keystore password": SECRET}


@pytest.fixture(params=[CommandValues().attributes, ODD], ids=["example", "odd characters"])
def values(request, operator):
    """The values of a partner, and the address of the practice gateway."""
    rehearsal, _ = operator
    return CommandValues(attributes=request.param, client_id="unknown", base_url=rehearsal.base_url)


def lines(step, values, program):
    return [command.text for command in commands_of(step, values) if command.program == program]


def run(line, folder, answers):
    session = type_at(line, folder, answers)
    assert session.code == 0, session.screen + session.output
    return session.output + session.screen


def subject_of(path):
    """Return the values of a request's subject, in order."""
    return [attribute.value for attribute in x509.load_pem_x509_csr(path.read_bytes()).subject]


def test_openssl_and_curl_do_the_whole_journey(values, operator, tmp_path):
    """From the key to the fleets, with only the lines of the help."""
    _, authority = operator
    [make] = lines(Step.KEY, values, "OpenSSL")
    run(make, tmp_path, PROMPTS | {"(?i)verifying - enter PEM": SECRET})
    assert subject_of(tmp_path / REQUEST_FILE) == [*values.subject.values()]
    assert preflight((tmp_path / REQUEST_FILE).read_bytes(), values.login).passes
    [check] = lines(Step.REQUEST, values, "OpenSSL")
    assert "verify OK" in run(check, tmp_path, {})

    issued = authority.sign((tmp_path / REQUEST_FILE).read_bytes())
    (tmp_path / CERTIFICATE_FILE).write_text(pem(issued.certificate))
    (tmp_path / CA_FILE).write_text(authority.ca_pem)
    verify, *hashes = lines(Step.CERTIFICATE, values, "OpenSSL")
    assert f"{CERTIFICATE_FILE}: OK" in run(verify, tmp_path, {})
    of_certificate, of_request = (run(line, tmp_path, {}) for line in hashes)
    assert of_certificate == of_request

    known = replace(values, client_id=issued.client_id)
    [curl] = lines(Step.TEST, known, "cURL")
    answer = run(curl, tmp_path, PROMPTS | {"[Pp]assword for user": password_of(values.login)})
    assert json.loads(answer[: answer.rindex("}") + 1])["_embedded"]["fleets"]
    [connect] = lines(Step.TEST, known, "OpenSSL")
    assert "HTTP/1.1 401" in type_at(connect, tmp_path, PROMPTS).output  # it sends no password

    expiry, export = lines(Step.DONE, values, "OpenSSL")
    assert "Certificate will not expire" in run(expiry, tmp_path, {})
    run(export, tmp_path, PROMPTS | {"(?i)enter export password": SECRET, "(?i)verifying - enter export": SECRET})
    [show] = lines(Step.DONE, values, "keytool")
    if shutil.which("keytool"):
        assert "PrivateKeyEntry" in run(show, tmp_path, KEYSTORE)


@pytest.mark.parametrize("values", [ODD], indirect=True, ids=["odd characters"])
@pytest.mark.skipif(not shutil.which("keytool"), reason="there is no keytool")
def test_keytool_and_curl_do_the_whole_journey(values, operator, tmp_path):
    """From the key store to the fleets, with only the lines of the help."""
    _, authority = operator
    make, export = lines(Step.KEY, values, "keytool")
    run(make, tmp_path, KEYSTORE | {"(?i)re-enter new password": SECRET})
    run(export, tmp_path, KEYSTORE)
    request = tmp_path / KEYSTORE_REQUEST_FILE
    assert subject_of(request) == [*values.subject.values()]
    assert preflight(request.read_bytes(), values.login).passes
    [show] = lines(Step.REQUEST, values, "keytool")
    assert values.login in run(show, tmp_path, {})

    issued = authority.sign(request.read_bytes())
    (tmp_path / CERTIFICATE_FILE).write_text(pem(issued.certificate))
    (tmp_path / CA_FILE).write_text(authority.ca_pem)
    [reply] = lines(Step.CERTIFICATE, values, "keytool")
    run(reply, tmp_path, KEYSTORE)
    known = replace(values, client_id=issued.client_id)
    [convert], [curl] = lines(Step.TEST, known, "keytool"), lines(Step.TEST, known, "cURL")
    run(convert, tmp_path, PROMPTS | {"(?i)enter import password": SECRET, "(?i)verifying - enter PEM": SECRET})
    answer = run(curl, tmp_path, PROMPTS | {"[Pp]assword for user": password_of(values.login)})
    assert json.loads(answer[: answer.rindex("}") + 1])["_embedded"]["fleets"]
