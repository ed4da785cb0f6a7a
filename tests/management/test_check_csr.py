"""`manage.py check_csr`: its output and its exit code."""

import json

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import translation

from onboarding.messages.text import translator
from onboarding.pki.csr import csr_pem, make_csr
from onboarding.pki.keys import generate_key
from onboarding.pki.subject import Subject


@pytest.fixture(scope="module")
def request_file(tmp_path_factory):
    """A file with a request that has two spaces around its city, and the organizational unit misspelt."""
    subject = Subject("FR", "Kansas", " Paris", "Flottes", "it@flottes.example", "MZP128745", "Programs Partner")
    file = tmp_path_factory.mktemp("csr") / "request.csr"
    file.write_text(csr_pem(make_csr(generate_key(2048), subject)))
    return file


EXPECTED = """\
warning: The value of “City” begins or ends with a space. We recommend “Paris”, without the space. [spaces_around]
error: The organizational unit is “Programs Partner”. It must be exactly “Programs Partners”. [ou_wrong]
Stellantis would refuse this request.
"""


def test_the_output_is_english_in_every_language(request_file, capsys, monkeypatch):
    """Each finding has its severity, its sentences and its code; the exit code is 1 if the request is refused."""
    monkeypatch.setattr(translator, "gettext", lambda text: text if translation.get_language() is None else "autre")
    with translation.override("fr"), pytest.raises(SystemExit) as error:
        call_command("check_csr", str(request_file))
    assert (error.value.code, capsys.readouterr().out) == (1, EXPECTED)


def test_the_findings_are_printed_as_json(request_file, capsys):
    """The JSON has the codes and whether the request passes."""
    with pytest.raises(SystemExit) as error:
        call_command("check_csr", str(request_file), "--login", "MZP128745", "--json")
    printed = json.loads(capsys.readouterr().out)
    assert (error.value.code, printed["passes"]) == (1, False)
    assert [finding["code"] for finding in printed["findings"]] == ["spaces_around", "ou_wrong"]


def test_a_request_that_passes_ends_with_exit_code_0(tmp_path, capsys):
    """The last line says that the request can be sent."""
    subject = Subject("FR", "Kansas", "Paris", "Flottes", "it@flottes.example", "MZP128745")
    file = tmp_path / "request.csr"
    file.write_text(csr_pem(make_csr(generate_key(2048), subject)))
    call_command("check_csr", str(file))
    assert capsys.readouterr().out == "You can send this request.\n"


def test_a_missing_file_is_an_error_of_the_command(tmp_path):
    """No traceback is shown."""
    with pytest.raises(CommandError, match=r"can't be read: No such file or directory\.$"):
        call_command("check_csr", str(tmp_path / "missing.csr"))
