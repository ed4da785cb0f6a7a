"""The company's form, the columns, the CSR, the preflight and the commands agree with the table of the subject."""

import re

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from onboarding.forms.details import CompanyForm
from onboarding.messages.finding import Finding
from onboarding.messages.text import translator
from onboarding.models import SUBJECT_COLUMNS, Onboarding
from onboarding.pki.csr import NameAttribute, make_csr, read_name_attributes
from onboarding.pki.keys import generate_key
from onboarding.pki.preflight.checks import check_name_attributes, preflight
from onboarding.pki.preflight.corrections import keytool_command, openssl_command
from onboarding.pki.preflight.leftovers import PLACEHOLDERS
from onboarding.pki.subject import COMPANY_FIELDS, COUNTRY_CODES, SUBJECT_FIELDS, Subject, name_rows

VALUES = {
    "country": "FR",
    "state": "Île-de-France",
    "locality": "Saint-Ouen",
    "organization": "Flottes",
    "email": "it@flottes.example",
}
SUBJECT = Subject(**VALUES, common_name="MZP128745")
OFFERED = [field for field in COMPANY_FIELDS if field.name != "country"]  # the country is chosen from a list


def company_form(**changed):
    onboarding = Onboarding(mzp_login=SUBJECT.common_name)
    return CompanyForm({**VALUES, **changed}, onboarding=onboarding, requested=False)


def value_of_length(field, length):
    """Return a value that is right for `field`, apart from its length."""
    return "a" * (length - 10) + "@b.example" if field.name == "email" else "a" * length


@pytest.fixture(scope="module")
def csr():
    return make_csr(generate_key(2048), SUBJECT)


def test_the_form_has_the_fields_and_labels_of_the_table(monkeypatch):
    """They are in the table's order, and in the active language."""
    assert [(name, field.label) for name, field in company_form().fields.items()] == [
        (field.name, field.label) for field in COMPANY_FIELDS
    ]
    monkeypatch.setattr(translator, "gettext", lambda text: {"City": "Ville"}.get(text, text))
    assert company_form().fields["locality"].label == "Ville"


def test_the_form_offers_the_countries_of_the_table():
    """All country codes are offered, and nothing else."""
    choices = company_form().fields["country"].widget.choices
    assert {code for code, _ in choices} == COUNTRY_CODES | {""}


@pytest.mark.parametrize("field", OFFERED, ids=lambda field: field.name)
def test_the_form_and_the_columns_have_the_limits_of_the_table(field):
    """A value of exactly the upper bound is accepted. A longer one is refused."""
    longest = company_form(**{field.name: value_of_length(field, field.upper_bound)})
    longer = company_form(**{field.name: value_of_length(field, field.upper_bound + 1)})
    assert (longest.is_valid(), longer.is_valid()) == (True, False)
    assert [error.code for error in longer.errors[field.name].as_data()] == ["value_too_long"]


@pytest.mark.parametrize("field", COMPANY_FIELDS, ids=lambda field: field.name)
def test_the_form_normalizes_as_the_table_says(field):
    """The form stores what `clean` of the table returns."""
    typed = f" {VALUES[field.name].lower()}\u00a0"
    form = company_form(**{field.name: typed})
    assert (form.is_valid(), form.subject_values[field.name]) == (True, field.clean(typed))


def test_the_columns_hold_what_the_table_allows():
    """There is a column for each field that is not prescribed. The login is stored in a column of its own."""
    columns = {"common_name": "mzp_login"}
    free = [field for field in SUBJECT_FIELDS if not field.prescribed]
    assert [columns.get(field.name, field.name) for field in free if field.name != "common_name"] == [*SUBJECT_COLUMNS]
    limits = {field.name: Onboarding._meta.get_field(columns.get(field.name, field.name)).max_length for field in free}
    assert limits == {field.name: field.upper_bound for field in free}


def test_the_csr_has_the_fields_of_the_table(csr):
    """They are in the table's order, and each has the first of its string types."""
    attributes = read_name_attributes(csr.subject.public_bytes())
    assert [(each.field, each.string_type, each.value) for each in attributes] == [
        (field.name, field.string_types[0], getattr(SUBJECT, field.name)) for field in SUBJECT_FIELDS
    ]
    assert name_rows(csr.subject) == SUBJECT.rows()


def test_an_attribute_that_the_table_lacks_is_shown_by_its_number():
    """Its short name is the one of RFC 4514, if it has one."""
    unknown = x509.NameAttribute(x509.ObjectIdentifier("0.9.2342.19200300.100.1.25"), "flottes")
    assert name_rows(x509.Name([unknown])) == (("0.9.2342.19200300.100.1.25", "DC", "flottes"),)


def test_the_preflight_accepts_a_csr_of_the_table(csr):
    """It reads the same subject, and has no findings."""
    checked = preflight(csr.public_bytes(Encoding.PEM), SUBJECT.common_name)
    assert (checked.subject, checked.findings) == (SUBJECT, ())


@pytest.mark.parametrize("field", SUBJECT_FIELDS, ids=lambda field: field.name)
def test_the_preflight_has_the_string_types_and_limits_of_the_table(field):
    """Another string type has a finding with the usual one. A value over the limit is too long for every free text."""
    attribute = NameAttribute(0, field.name, "TeletexString", value_of_length(field, field.upper_bound + 1), True)
    found = [finding for finding in check_name_attributes([attribute], None) if finding.field == field.name]
    assert Finding("string_type_odd", field.name, "TeletexString", field.string_types[0]) in found
    limits = [finding.params["limit"] for finding in found if finding.code == "value_too_long"]
    is_free_text = not field.prescribed and field.name != "country"
    assert limits == ([field.upper_bound] if is_free_text else [])
    for string_type in field.string_types:
        usual = NameAttribute(0, field.name, string_type, "a", True)
        assert all(finding.code != "string_type_odd" for finding in check_name_attributes([usual], None))


def test_the_commands_have_the_fields_of_the_table():
    """openssl takes them in the table's order, keytool in the reverse order. Each unknown value has a placeholder."""
    short_names = [field.short_name for field in SUBJECT_FIELDS]
    assert re.findall(r"/(\w+)=", openssl_command(SUBJECT)) == short_names
    subject = re.search(r"-dname '(.*)'", keytool_command(SUBJECT))[1]
    assert re.findall(r"(\w+)=", subject) == [name.upper() for name in reversed(short_names)]
    assert list(PLACEHOLDERS) == [field.name for field in SUBJECT_FIELDS]
