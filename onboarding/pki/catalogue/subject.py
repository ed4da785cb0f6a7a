"""What is wrong in a subject, typed in or in a request."""

from onboarding.pki.entries import Entry, Owner, Severity

_STOPS, _WARNS = Severity.STOPS, Severity.WARNS
_PARTNER = Owner.PARTNER

SUBJECT: dict[str, Entry] = {
    "login_missing": Entry(_STOPS, _PARTNER, "Enter your MZP login."),
    "login_unusual": Entry(
        _WARNS, _PARTNER, "Logins usually look like MZP123456; yours reads {found}.", "Is this one right?"
    ),
    "login_colon": Entry(
        _STOPS, _PARTNER, "A login can’t contain a colon.", "Enter only the login, without the password."
    ),
    "country_unknown": Entry(
        _STOPS, _PARTNER, "{found} is not a country code.", "Use the two-letter code: FR, not France."
    ),
    "country_missing": Entry(
        _STOPS, _PARTNER, "The country is missing.", "It is the one that your company is registered in."
    ),
    "state_missing": Entry(
        _STOPS, _PARTNER, "The state, province or region is missing.", "Stellantis refuses a request without it."
    ),
    "locality_missing": Entry(_STOPS, _PARTNER, "The city is missing.", "Stellantis refuses a request without it."),
    "organization_missing": Entry(
        _STOPS, _PARTNER, "The company name is missing.", "Stellantis refuses a request without it."
    ),
    "email_missing": Entry(
        _STOPS, _PARTNER, "The e-mail address is missing.", "Stellantis sends the link to your certificate there."
    ),
    "email_malformed": Entry(
        _STOPS, _PARTNER, "{found} is not an e-mail address.", "It should look like fleet@example.com."
    ),
    "email_not_ascii": Entry(
        _STOPS,
        _PARTNER,
        "The e-mail address contains “{found}”, which certificates can’t hold.",
        "Use an address with plain letters only.",
    ),
    "value_too_long": Entry(
        _STOPS, _PARTNER, "“{found:.24}…” has {length} characters.", "Shorten it to {limit} or fewer."
    ),
    "value_control_character": Entry(
        _STOPS,
        _PARTNER,
        "There is a hidden character ({name}) after “{before}”.",
        "Remove it, or type the text again instead of pasting it.",
    ),
    "ou_wrong": Entry(
        _STOPS,
        _PARTNER,
        "The organizational unit is “{found}”.",
        "It must be exactly “Programs Partners”.",
    ),
    "cn_not_login": Entry(_STOPS, _PARTNER, "The common name is “{found}”.", "It must be your MZP login, {expected}."),
}
