"""Verdicts and remarks on values as they were pasted."""

from onboarding.messages.message import Confidence, Owner, Template
from onboarding.messages.text import gettext_noop as _

CORRECT_THE_ADDRESS = _("Ask the people who run this site or command to correct the gateway’s address in the settings.")


def _address(text: str) -> Template:
    return Template(Owner.NETWORK, text, CORRECT_THE_ADDRESS, about_our_server=True)


PASTED_VERDICTS: dict[str, Template] = {
    "hidden_character": Template(
        Owner.PARTNER,
        _("There is an invisible character in the client ID: {character}, at place {place}."),
        _("Type the client ID instead of pasting it."),
    ),
    "hidden_character.login": Template(
        Owner.PARTNER,
        _("There is an invisible character in the login: {character}, at place {place}."),
        _("Type the login instead of pasting it."),
    ),
    "client_id_not_clean": Template(
        Owner.PARTNER,
        _("The client ID was copied together with quotes, brackets or its label. The client ID itself is {client_id}."),
        _("Use {client_id} only, also in your own programs."),
    ),
    "password_control_character.line_break": Template(
        Owner.PARTNER,
        _("The password ends with a line break, which can’t be sent."),
        _(
            "Remove the line break. It is usually the end of a file or of a variable that a program reads the password "
            "from."
        ),
    ),
    "address_malformed.hidden": _address(
        _("There is an invisible character in the gateway’s address {address}: {character}, at place {place}.")
    ),
    "address_malformed.surrounded": _address(
        _("The gateway’s address {address} has spaces, quotes or brackets around it.")
    ),
    "address_malformed.letter": _address(
        _(
            "The gateway’s address {address} has a character at place {place} that is not a plain letter, and may look "
            "like one: {character}."
        )
    ),
    "address_malformed.login": _address(
        _("The gateway’s address {address} contains a login. The login and the password are sent in another way.")
    ),
    "address_malformed.query": _address(
        _("The gateway’s address {address} contains a question mark or a number sign. It must end before it.")
    ),
    "address_malformed.fleets": _address(
        _("The gateway’s address {address} ends with /fleets, which is added to it once more. It must end before it.")
    ),
    "client_id_odd_letter": Template(
        Owner.PARTNER,
        _(
            "The gateway refused the request. The probable cause is the client ID: at place {place}, it has a "
            "character that looks like a plain one and is another: {character}."
        ),
        _("Type the client ID instead of pasting it, also in your own programs."),
        confidence=Confidence.PROBABLE,
    ),
    "login_odd_letter": Template(
        Owner.PARTNER,
        _(
            "The gateway refused the login. The probable cause is a character at place {place} that looks like a plain "
            "one and is another: {character}."
        ),
        _("Type the login instead of pasting it, also in your own programs."),
        confidence=Confidence.PROBABLE,
    ),
    "password_hidden_character": Template(
        Owner.PARTNER,
        _("The gateway refused the login. The probable cause is an invisible character in the password: {character}."),
        _("Type the password instead of pasting it, also in your own programs."),
        confidence=Confidence.PROBABLE,
    ),
    "password_in_quotes": Template(
        Owner.PARTNER,
        _("The gateway refused the login. The probable cause is that the password has quotes or brackets around it."),
        _("Try the password without them, also in your own programs."),
        confidence=Confidence.PROBABLE,
    ),
}

PASTED_REMARKS: dict[str, Template] = {
    "client_id_odd_letter": Template(
        Owner.PARTNER,
        _("At place {place}, the client ID has a character that may look like another one: {character}."),
        _("Type the client ID instead of pasting it."),
        confidence=Confidence.PROBABLE,
    ),
    "login_odd_letter": Template(
        Owner.PARTNER,
        _("At place {place}, the login has a character that may look like another one: {character}."),
        _("Type the login instead of pasting it."),
        confidence=Confidence.PROBABLE,
    ),
    "login_has_spaces": Template(
        Owner.PARTNER,
        _("The login begins or ends with a space."),
        _("If the login has no such space, type it again."),
        confidence=Confidence.PROBABLE,
    ),
    "password_hidden_character": Template(
        Owner.PARTNER,
        _("There is an invisible character in the password: {character}."),
        _("If the password is refused, type it instead of pasting it."),
        confidence=Confidence.PROBABLE,
    ),
    "password_in_quotes": Template(
        Owner.PARTNER,
        _("The password has quotes or brackets around it."),
        _("If the password is refused, try it without them."),
        confidence=Confidence.PROBABLE,
    ),
}
