"""What the gateway answered."""

from onboarding.messages.message import Confidence, Owner, Template
from onboarding.messages.verdicts.phrases import (
    CHECK_ADDRESS,
    ELSE_QUOTE,
    LET_THROUGH,
    NOTHING_TO_DO,
    QUOTE,
    THEN_QUOTE,
)

_LATER = NOTHING_TO_DO + THEN_QUOTE

RESPONSE_VERDICTS: dict[str, Template] = {
    "connected": Template(
        Owner.NOBODY, "The fleet API answered with your fleets.", "Keep the files and set up your own server with them."
    ),
    "no_fleets": Template(
        Owner.OPERATOR,
        "Everything works; no fleet is linked to your login yet.",
        "Ask your contact at Stellantis to link your vehicles.",
    ),
    "password_rejected": Template(
        Owner.PARTNER,
        "Your certificate works; the login or its password does not.",
        "Check the password of {login}: capitals, spaces, and that it is not the passphrase of the key. If you are "
        "sure of it, check the client ID, and send the details below to your contact at Stellantis.",
    ),
    "passphrase_as_password": Template(
        Owner.PARTNER,
        "The call was not accepted, and the password is the same as the passphrase of your key. These are two "
        "different secrets.",
        "Enter the password that came from Stellantis with the login {login}.",
        confidence=Confidence.PROBABLE,
    ),
    "password_not_latin": Template(
        Owner.PARTNER,
        "The call was not accepted. The password has letters with accents or special signs, which each tool sends in "
        "its own way.",
        "Check it first. If it is right, ask your contact at Stellantis for one of plain letters, digits and signs.",
        confidence=Confidence.PROBABLE,
    ),
    "password_expired": Template(
        Owner.PARTNER,
        "Your certificate works; Stellantis says that the password of {login} has expired or must be changed.",
        "Ask your contact at Stellantis for a new password.",
        confidence=Confidence.PROBABLE,
    ),
    "account_locked": Template(
        Owner.OPERATOR,
        "The gateway’s answer speaks of something locked or disabled: probably the login {login}.",
        "Ask your contact at Stellantis to unlock it, and send the details below. Do not try other passwords "
        "meanwhile.",
        confidence=Confidence.PROBABLE,
    ),
    "unauthorized": Template(
        Owner.PARTNER,
        "The gateway did not accept the call (401). Usually the password is wrong; it can also be the client ID.",
        f"Check the password of {{login}} first, then the client ID. If both are right, {ELSE_QUOTE}",
        confidence=Confidence.PROBABLE,
    ),
    "client_id_unknown": Template(
        Owner.PARTNER,
        "The gateway says that this client ID is not valid.",
        "Compare the client ID with the one in Stellantis’ mail. If it is the same, send the details below to your "
        "contact there.",
    ),
    "client_id_not_subscribed": Template(
        Owner.OPERATOR,
        "The gateway knows your client ID, but does not let it use the fleet API yet.",
        "Only Stellantis can allow it. " + QUOTE,
    ),
    "forbidden": Template(
        Owner.OPERATOR,
        "The gateway understood the call, but does not let you read the fleets (403).",
        "Usually only Stellantis can allow it. " + QUOTE,
        confidence=Confidence.PROBABLE,
    ),
    "blocked_page": Template(
        Owner.OPERATOR,
        "A web page came back that forbids the call (403), not an answer of the fleet API.",
        "A firewall in front of the gateway probably does not know this server’s address. Send the details below to "
        "your contact at Stellantis, with this server’s public network address: the people who run this site or "
        "command know it.",
        confidence=Confidence.PROBABLE,
    ),
    "clock_skew": Template(
        Owner.PARTNER,
        "The gateway refused the call ({status}), and this server’s clock and {host}’s differ by {minutes} minutes.",
        "Ask the people who run this server to have its clock set by a time service, then test again. If the clock is "
        f"right, {ELSE_QUOTE}",
        confidence=Confidence.PROBABLE,
    ),
    "not_found": Template(
        Owner.OPERATOR,
        "The gateway knows no fleets at this address (404).",
        CHECK_ADDRESS + "If it is right, " + ELSE_QUOTE,
        confidence=Confidence.PROBABLE,
    ),
    "bad_request": Template(
        Owner.OPERATOR, "The gateway could not read the call (400).", QUOTE, confidence=Confidence.PROBABLE
    ),
    "not_acceptable": Template(
        Owner.OPERATOR, "The gateway says that it can’t answer in a format that we read (406).", QUOTE
    ),
    "rate_limited": Template(
        Owner.PARTNER,
        "The gateway refused the call because there were too many{wait}.",
        "Wait that long, or an hour if it does not say, then test again. Calls of your other programs with this login "
        "or client ID count, too.",
    ),
    "operator_error": Template(
        Owner.OPERATOR,
        "The gateway has a fault of its own ({status}).",
        NOTHING_TO_DO + "Try again in an hour; if it stays so, send the details below to your contact at Stellantis.",
    ),
    "redirected": Template(
        Owner.NETWORK,
        "Instead of an answer, {host} pointed to another address, {target}; it was not followed.",
        "A portal or proxy often does this. " + LET_THROUGH + "If it does already, the address of the gateway probably "
        "has changed: ask your contact at Stellantis.",
        confidence=Confidence.PROBABLE,
    ),
    "not_the_gateway": Template(
        Owner.NETWORK,
        "{host} answered with a web page for people, not with data; it is probably not the fleet API.",
        "Perhaps a proxy or portal stands in the way, the address is wrong, or the gateway is out of service. "
        + LET_THROUGH
        + CHECK_ADDRESS
        + "If both are right, "
        + ELSE_QUOTE,
        confidence=Confidence.PROBABLE,
    ),
    "answer_unreadable": Template(
        Owner.OPERATOR, "{host} answered, but not with a list of fleets that we can read.", QUOTE
    ),
    "not_http": Template(
        Owner.OPERATOR,
        "{host} answered over the encrypted connection, but not in correct HTTP, the language of web servers.",
        CHECK_ADDRESS + "If it is right, " + ELSE_QUOTE,
        confidence=Confidence.PROBABLE,
    ),
    "answer_too_large": Template(
        Owner.OPERATOR, "The answer was far longer than a list of fleets should be; it was not read to its end.", QUOTE
    ),
    "time_out": Template(
        Owner.OPERATOR,
        "{host} began its answer, but did not finish it in the {seconds} that a test may take.",
        _LATER,
        confidence=Confidence.PROBABLE,
    ),
    "call_unanswered": Template(
        Owner.OPERATOR,
        "The call was sent to {host}, and nothing came back before the test ended, {seconds} after it began.",
        "The gateway may be overloaded, or may be unable to check your certificate. " + _LATER,
        confidence=Confidence.PROBABLE,
    ),
    "answer_missing": Template(
        Owner.OPERATOR,
        "{host} accepted your certificate and took the call, then closed the connection without an answer.",
        _LATER,
        confidence=Confidence.PROBABLE,
    ),
    "connection_closed": Template(
        Owner.OPERATOR,
        "{host} closed the encrypted connection without an answer; it never asked for your certificate.",
        CHECK_ADDRESS + "If it is right, try again in a few minutes; if it stays so, " + ELSE_QUOTE,
        confidence=Confidence.PROBABLE,
    ),
    "test_broke_off": Template(
        Owner.NETWORK,
        "The test broke off by a fault of this site’s own software, not of yours or Stellantis’ ({reason}).",
        "Nothing is lost. Show this page to the people who run this site or command; you can test again at any time.",
        confidence=Confidence.UNKNOWN,
    ),
    "answer_cut_off": Template(
        Owner.OPERATOR, "{host} broke off in the middle of its answer.", _LATER, confidence=Confidence.PROBABLE
    ),
    "unexpected_status": Template(
        Owner.OPERATOR, "The gateway answered in an unusual way ({status}).", QUOTE, confidence=Confidence.UNKNOWN
    ),
}
