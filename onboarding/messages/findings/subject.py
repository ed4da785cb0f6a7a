"""The names of fields, and the findings about a subject, typed or in a request."""

from onboarding.messages.message import Owner, Template, error, warning
from onboarding.messages.text import gettext_noop as _
from onboarding.messages.text import ngettext_lazy

# By the name of the form's field or of the subject's attribute. Sentences use them as {label}.
FIELD_LABELS: dict[str, str] = {
    "mzp_login": _("MZP login"),
    "country": _("Country"),
    "state": _("State or province"),
    "locality": _("City"),
    "organization": _("Company"),
    "organizational_unit": _("Organizational unit"),
    "common_name": _("Common name"),
    "email": _("Email address"),
}

SUBJECT_FINDINGS: dict[str, Template] = {
    "login_missing": error(Owner.PARTNER, _("Enter your MZP login.")),
    "login_unusual": warning(
        Owner.PARTNER,
        _("MZP logins usually look like MZP123456. Yours is {found}."),
        _("Check that you typed your login correctly."),
    ),
    "login_colon": error(
        Owner.PARTNER, _("A login can’t contain a colon."), _("Enter only the login, without the password.")
    ),
    "country_unknown": error(
        Owner.PARTNER,
        _("“{found}” is not a country code."),
        _("Use the two capital letters of the country: FR, not France."),
    ),
    "country_missing": error(
        Owner.PARTNER, _("The country is missing."), _("Choose the country in which your company is registered.")
    ),
    "state_missing": error(
        Owner.PARTNER,
        _("The state, province or region is missing."),
        _("Stellantis refuses a request without it."),
    ),
    "locality_missing": error(
        Owner.PARTNER, _("The city is missing."), _("Stellantis refuses a request without a city.")
    ),
    "organization_missing": error(
        Owner.PARTNER, _("The company name is missing."), _("Stellantis refuses a request without a company name.")
    ),
    "email_missing": error(
        Owner.PARTNER,
        _("The email address is missing."),
        _("Stellantis sends the link to your certificate to this address."),
    ),
    "email_missing.in_san": error(
        Owner.PARTNER,
        _("The email address is only in the subject alternative name, not in the subject."),
        _("Add it to the subject, as emailAddress. Stellantis sends the link to your certificate to this address."),
    ),
    "email_malformed": error(
        Owner.PARTNER, _("“{found}” is not an email address."), _("An email address looks like fleet@example.com.")
    ),
    "email_not_ascii": error(
        Owner.PARTNER,
        _("Character {position} of the email address is “{found}” ({name}, {code}). A certificate can’t hold it."),
        _("Use an address with plain letters only."),
    ),
    "value_too_long": error(
        Owner.PARTNER,
        ngettext_lazy("“{label}” has {length} character.", "“{label}” has {length} characters.", "length"),
        ngettext_lazy("Shorten it to {limit} character.", "Shorten it to {limit} characters or fewer.", "limit"),
    ),
    "value_control_character": error(
        Owner.PARTNER,
        _("Character {position} of “{label}”, after “{before}”, is hidden: {name} ({code})."),
        _("Remove the character, or type the text again instead of pasting it."),
    ),
    "value_control_character.at_start": error(
        Owner.PARTNER,
        _("“{label}” begins with a hidden character: {name} ({code})."),
        _("Remove the character, or type the text again instead of pasting it."),
    ),
    "ou_wrong": error(
        Owner.PARTNER,
        _("The organizational unit is “{found}”."),
        _("It must be exactly “Programs Partners”."),
    ),
    "cn_not_login": error(
        Owner.PARTNER, _("The common name is “{found}”."), _("It must be your MZP login, {expected}.")
    ),
}
