"""The words for what the gateway answered."""

from onboarding.fleets.entry import (
    ASK_NETWORK,
    CHECK_ADDRESS,
    NETWORK,
    NOBODY,
    NOTHING_TO_DO,
    OPERATOR,
    PARTNER,
    PROBABLE,
    QUOTE,
    UNKNOWN,
    Entry,
)

_LATER = NOTHING_TO_DO + "Try again in a few minutes."

ANSWERED: dict[str, Entry] = {
    "connected": Entry(
        NOBODY, "The fleet API answered with your fleets.", "Keep the files and set up your own server with them."
    ),
    "no_fleets": Entry(
        OPERATOR,
        "Everything works; no fleet is linked to your login yet.",
        "Ask your contact at Stellantis to link your vehicles.",
    ),
    "password_rejected": Entry(
        PARTNER,
        "Your certificate works; the login or its password does not.",
        "Check the password of {login}: capitals, spaces, and that it is not the passphrase of the key.",
    ),
    "passphrase_as_password": Entry(
        PARTNER,
        "The password was not accepted, and it is the same as the passphrase of your key. These are two different "
        "secrets.",
        "Enter the password that came from Stellantis with the login {login}.",
        PROBABLE,
    ),
    "password_not_latin": Entry(
        PARTNER,
        "The password was not accepted. It has letters with accents, which each tool sends in its own way.",
        "Check it first. If it is right, ask your contact at Stellantis for one of plain letters, digits and signs.",
        PROBABLE,
    ),
    "password_expired": Entry(
        PARTNER,
        "Your certificate works; Stellantis says that the password of {login} has expired or must be changed.",
        "Ask your contact at Stellantis for a new password.",
        PROBABLE,
    ),
    "account_locked": Entry(
        OPERATOR,
        "Your certificate works; Stellantis says that the login {login} is locked.",
        "Ask your contact at Stellantis to unlock it, and do not try other passwords meanwhile.",
        PROBABLE,
    ),
    "unauthorized": Entry(
        PARTNER,
        "The gateway did not accept the call (401). Usually the password is wrong; it can also be the client ID.",
        "Check the password of {login} first, then the client ID.",
        PROBABLE,
    ),
    "client_id_unknown": Entry(
        PARTNER,
        "The gateway does not know this client ID.",
        "Compare the client ID with the one in Stellantis’ mail. If it is the same, send the details below to your "
        "contact there.",
    ),
    "client_id_not_subscribed": Entry(
        OPERATOR,
        "The gateway knows your client ID, but does not let it use the fleet API yet.",
        "Only Stellantis can allow it. " + QUOTE,
    ),
    "forbidden": Entry(
        OPERATOR,
        "The gateway understood the call, but does not let you read the fleets (403).",
        "Only Stellantis can allow it. " + QUOTE,
        PROBABLE,
    ),
    "blocked_page": Entry(
        OPERATOR,
        "A page for people came back that forbids the call (403), not an answer of the fleet API.",
        "A firewall in front of the gateway probably does not know this server’s address. " + QUOTE,
        PROBABLE,
    ),
    "clock_skew": Entry(
        PARTNER,
        "The gateway refused the call ({status}), and this server’s clock and {host}’s differ by {minutes} minutes.",
        "Have this server’s clock set by a time service, then test again.",
        PROBABLE,
    ),
    "not_found": Entry(
        OPERATOR,
        "The gateway knows no fleets at this address (404).",
        CHECK_ADDRESS + "If it is right, " + QUOTE[0].lower() + QUOTE[1:],
        PROBABLE,
    ),
    "bad_request": Entry(OPERATOR, "The gateway could not read the call (400).", QUOTE, PROBABLE),
    "not_acceptable": Entry(OPERATOR, "The gateway offers no format that was asked for (406).", QUOTE),
    "rate_limited": Entry(
        PARTNER,
        "Too many calls were made for this login; the gateway asks to wait{wait}.",
        "Wait, then test again.",
    ),
    "operator_error": Entry(
        OPERATOR,
        "The gateway has a fault of its own ({status}).",
        NOTHING_TO_DO + "Try again in an hour; if it stays so, send the details below to your contact at Stellantis.",
    ),
    "redirected": Entry(
        NETWORK,
        "Instead of an answer, {host} pointed to another address, {target}; it was not followed.",
        f"A portal or proxy often does this. {ASK_NETWORK} to let it reach {{host}} directly. If it does, the address "
        "of the gateway has changed: ask your contact at Stellantis.",
        PROBABLE,
    ),
    "not_the_gateway": Entry(
        NETWORK,
        "Something answered in the place of the fleet API: a page for people, no data.",
        f"A proxy or portal stands in the way, or the address is wrong. {ASK_NETWORK} to let it reach {{host}} "
        "directly. " + CHECK_ADDRESS.strip(),
        PROBABLE,
    ),
    "answer_unreadable": Entry(
        OPERATOR, "The gateway answered, but not with a list of fleets that we can read.", QUOTE
    ),
    "not_http": Entry(
        OPERATOR, "{host} answered over the encrypted connection, but not in HTTP.", CHECK_ADDRESS + QUOTE
    ),
    "answer_too_large": Entry(
        OPERATOR, "The answer was longer than any list of fleets; it was not read to its end.", QUOTE
    ),
    "time_out": Entry(
        OPERATOR, "{host} began its answer, but did not finish it within {seconds} seconds.", _LATER, PROBABLE
    ),
    "no_answer": Entry(
        OPERATOR,
        "{host} took the call, then was silent for {seconds} seconds.",
        "The gateway may be overloaded, or may be unable to check your certificate. " + _LATER,
        PROBABLE,
    ),
    "answer_missing": Entry(
        OPERATOR,
        "{host} accepted your certificate and took the call, then closed the connection without an answer.",
        _LATER + " If it stays so, send the details below to your contact at Stellantis.",
        PROBABLE,
    ),
    "connection_closed": Entry(
        OPERATOR,
        "{host} closed the encrypted connection without an answer; it never asked for your certificate.",
        CHECK_ADDRESS + _LATER,
        PROBABLE,
    ),
    "answer_cut_off": Entry(OPERATOR, "{host} broke off in the middle of its answer.", _LATER, PROBABLE),
    "unexpected_status": Entry(OPERATOR, "The gateway answered in an unusual way ({status}).", QUOTE, UNKNOWN),
}
