"""What can be wrong with a subject, typed or in a request."""

from onboarding.messages.message import Owner, Template, error, warning

SUBJECT_FINDINGS: dict[str, Template] = {
    "login_missing": error(Owner.PARTNER, "Enter your MZP login."),
    "login_unusual": warning(
        Owner.PARTNER, "Logins usually look like MZP123456; yours reads {found}.", "Is this one right?"
    ),
    "login_colon": error(
        Owner.PARTNER, "A login can’t contain a colon.", "Enter only the login, without the password."
    ),
    "country_unknown": error(
        Owner.PARTNER, "{found} is not a country code.", "Use the two-letter code: FR, not France."
    ),
    "country_missing": error(
        Owner.PARTNER, "The country is missing.", "It is the one that your company is registered in."
    ),
    "state_missing": error(
        Owner.PARTNER, "The state, province or region is missing.", "Stellantis refuses a request without it."
    ),
    "locality_missing": error(Owner.PARTNER, "The city is missing.", "Stellantis refuses a request without it."),
    "organization_missing": error(
        Owner.PARTNER, "The company name is missing.", "Stellantis refuses a request without it."
    ),
    "email_missing": error(
        Owner.PARTNER, "The e-mail address is missing.", "Stellantis sends the link to your certificate there."
    ),
    "email_malformed": error(
        Owner.PARTNER, "{found} is not an e-mail address.", "It should look like fleet@example.com."
    ),
    "email_not_ascii": error(
        Owner.PARTNER,
        "The e-mail address contains “{found}”, which certificates can’t hold.",
        "Use an address with plain letters only.",
    ),
    "value_too_long": error(
        Owner.PARTNER, "“{found:.24}…” has {length} characters.", "Shorten it to {limit} or fewer."
    ),
    "value_control_character": error(
        Owner.PARTNER,
        "There is a hidden character ({name}) after “{before}”.",
        "Remove it, or type the text again instead of pasting it.",
    ),
    "ou_wrong": error(
        Owner.PARTNER,
        "The organizational unit is “{found}”.",
        "It must be exactly “Programs Partners”.",
    ),
    "cn_not_login": error(Owner.PARTNER, "The common name is “{found}”.", "It must be your MZP login, {expected}."),
}
