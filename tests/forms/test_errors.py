"""How errors are shown: the whole finding at its field, its headline in the summary; and the texts of single checks."""

import pytest
from django.template.loader import render_to_string

from onboarding.forms.base import as_paragraph
from onboarding.forms.details import LoginForm
from onboarding.forms.key import KeyForm
from onboarding.forms.request import RequestForm
from onboarding.messages.finding import Finding
from onboarding.models import Onboarding


def summary_of(form):
    return " ".join(render_to_string("onboarding/_errors.html", {"form": form}).split())


def test_the_summary_has_the_headline_and_the_field_the_whole_finding():
    """The error of the field also says how to correct it."""
    form = RequestForm({"passphrase": "x"}, proved=False)
    finding = Finding("passphrase_wrong")
    form.add_finding(finding, "passphrase")
    assert form.errors["passphrase"] == [as_paragraph(finding)]
    assert as_paragraph(finding) != finding.text
    assert f'<a href="#id_passphrase"> {finding.text}</a>'.replace("> ", ">") in summary_of(form).replace("> ", ">")
    assert finding.remedy not in summary_of(form)


def test_two_findings_with_the_same_text_keep_their_own_headlines():
    """The headline belongs to the error, not to its text."""
    form = RequestForm({"passphrase": "x"}, proved=False)
    form.add_finding(Finding("passphrase_wrong"), "passphrase")
    form.add_error("passphrase", as_paragraph(Finding("passphrase_wrong")))
    first, second = form.errors["passphrase"].as_data()
    assert first.headline == Finding("passphrase_wrong").text
    assert not hasattr(second, "headline")
    assert as_paragraph(Finding("passphrase_wrong")) in summary_of(form)


def test_an_error_without_a_finding_is_shown_whole():
    """An error of Django's own checks has no headline."""
    form = RequestForm({}, proved=False)
    assert "Enter the passphrase for the key." in summary_of(form)


@pytest.fixture
def offered(settings):
    """A site that offers both environments."""
    settings.REHEARSAL_API_URL = "https://127.0.0.1:1/connectedcar/v3"


@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        ({"mzp_login": "MZP128745"}, []),
        ({"mzp_login": "ABC12"}, ["login_confirmed", "mzp_login"]),
        ({"mzp_login": "ABC12", "login_confirmed": "on"}, []),
        ({"mzp_login": "a:b", "login_confirmed": "on"}, ["mzp_login"]),
    ],
)
def test_an_unusual_login_must_be_confirmed(offered, typed, fields):
    """The box appears with the error; ticking it does not help a login that is wrong."""
    form = LoginForm({"environment": "production", **typed})
    assert sorted(form.errors) == fields
    assert form.fields["login_confirmed"].widget.is_hidden is (typed["mzp_login"] == "MZP128745")


@pytest.mark.parametrize(
    ("passphrase", "code"),
    [
        ("short", "passphrase_short"),
        ("orchid lantern\tgravel", "passphrase_unprintable"),
        ("password1234", "passphrase_weak"),
        ("qwertyuiopasdf", "passphrase_weak"),
        ("aaaaaaaaaaaaaa", "passphrase_weak"),
        ("abcdefghijklmn", "passphrase_weak"),
        ("stellantis2026", "passphrase_weak"),
    ],
)
def test_a_bad_passphrase_has_a_code(passphrase, code):
    """Each reason has its own code."""
    onboarding = Onboarding(mzp_login="MZP128745", organization="Société", email="it@societe.example")
    form = KeyForm({"passphrase": passphrase, "key_size": "2048"}, onboarding=onboarding)
    assert [error.code for error in form.errors["passphrase"].as_data()] == [code]
    assert form.errors["passphrase"][0]
