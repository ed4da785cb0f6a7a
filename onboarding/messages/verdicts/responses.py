"""Verdicts on the gateway's response, or on its absence after a complete handshake.

`fleets/classifying/responses.py` decides the former, `fleets/classifying/failures.py` the latter.
"""

from onboarding.messages.message import Confidence, Owner, Template
from onboarding.messages.text import gettext_noop as _
from onboarding.messages.text import ngettext_lazy

RESPONSE_VERDICTS: dict[str, Template] = {
    "connected": Template(
        Owner.NOBODY,
        _("The fleet API returned your fleets."),
        _("Keep the files, and set up your own server with them."),
    ),
    "no_fleets": Template(
        Owner.OPERATOR,
        _("Everything works. No fleet is linked to your login yet."),
        _("Ask your contact at Stellantis to link your vehicles."),
    ),
    "password_rejected": Template(
        Owner.PARTNER,
        _("Your certificate works; the login or its password does not."),
        _(
            "Check the password of {login}: capital letters, spaces, and that it is not the passphrase of the key. If "
            "you are sure that it is right, check the client ID, and send the details below to your contact at "
            "Stellantis."
        ),
        ask_for_details=True,
    ),
    "passphrase_as_password": Template(
        Owner.PARTNER,
        _(
            "The gateway refused the request, and the password is the same as the passphrase of your key. These are "
            "two different secrets."
        ),
        _("Enter the password that came from Stellantis with the login {login}."),
        confidence=Confidence.PROBABLE,
    ),
    "password_not_latin": Template(
        Owner.PARTNER,
        _(
            "The gateway refused the request. The password has letters with accents or special characters, which "
            "programs send in different ways."
        ),
        _(
            "Check the password first. If it is right, ask your contact at Stellantis for one of plain letters, digits "
            "and punctuation."
        ),
        confidence=Confidence.PROBABLE,
    ),
    "password_expired": Template(
        Owner.PARTNER,
        _("Your certificate works. Stellantis says that the password of {login} has expired or must be changed."),
        _("Ask your contact at Stellantis for a new password."),
        confidence=Confidence.PROBABLE,
    ),
    "account_locked": Template(
        Owner.OPERATOR,
        _("The gateway says that something is locked or disabled: probably the login {login}."),
        _(
            "Ask your contact at Stellantis to unlock it, and send the details below. Do not try other passwords "
            "meanwhile."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
    ),
    "unauthorized": Template(
        Owner.PARTNER,
        _("The gateway refused the request (401). Usually the password is wrong. The client ID can also be the cause."),
        _(
            "Check the password of {login} first, then the client ID. If both are right, send the details below to "
            "your contact at Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
    ),
    "client_id_unknown": Template(
        Owner.PARTNER,
        _("The gateway says that this client ID is not valid."),
        _(
            "Compare the client ID with the one in Stellantis’ email. If it is the same, send the details below to "
            "your contact at Stellantis."
        ),
        ask_for_details=True,
    ),
    "client_id_not_subscribed": Template(
        Owner.OPERATOR,
        _("The gateway knows your client ID, but does not let it use the fleet API yet."),
        _("Only Stellantis can allow it. Send the details below to your contact at Stellantis."),
        ask_for_details=True,
    ),
    "forbidden": Template(
        Owner.OPERATOR,
        _("The gateway understood the request, but does not let you read the fleets (403)."),
        _("Usually only Stellantis can allow it. Send the details below to your contact at Stellantis."),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
    ),
    "blocked_page": Template(
        Owner.OPERATOR,
        _("The response is a web page that forbids the request (403), not a response of the fleet API."),
        _(
            "A firewall in front of the gateway probably does not know this server’s address. Send the details below "
            "to your contact at Stellantis, with this server’s public network address. The people who run this site or "
            "command know that address."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
        about_our_server=True,
    ),
    "clock_skew": Template(
        Owner.PARTNER,
        ngettext_lazy(
            "The gateway refused the request ({status}), and this server’s clock and that of {host} differ by "
            "{minutes} minute.",
            "The gateway refused the request ({status}), and this server’s clock and that of {host} differ by "
            "{minutes} minutes.",
            "minutes",
        ),
        _(
            "Ask the people who run this server to set its clock with a time service, then test again. If the clock is "
            "right, send the details below to your contact at Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
        about_our_server=True,
    ),
    "not_found": Template(
        Owner.OPERATOR,
        _("The gateway has no fleets at this address (404)."),
        _(
            "Ask the people who run this site or command to check the gateway’s address in the settings. If it is "
            "right, send the details below to your contact at Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
        about_our_server=True,
    ),
    "bad_request": Template(
        Owner.OPERATOR,
        _("The gateway could not read the request (400)."),
        _("Send the details below to your contact at Stellantis."),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
    ),
    "not_acceptable": Template(
        Owner.OPERATOR,
        _("The gateway says that it can’t respond in a format that we read (406)."),
        _("Send the details below to your contact at Stellantis."),
        ask_for_details=True,
    ),
    "rate_limited": Template(
        Owner.PARTNER,
        _("The gateway refused the request because there were too many requests."),
        _("Wait an hour, then test again. Requests of your other programs with this login or client ID count, too."),
    ),
    "rate_limited.wait": Template(
        Owner.PARTNER,
        ngettext_lazy(
            "The gateway refused the request because there were too many requests. It asks you to wait {seconds} "
            "second.",
            "The gateway refused the request because there were too many requests. It asks you to wait {seconds} "
            "seconds.",
            "seconds",
        ),
        _("Wait that long, then test again. Requests of your other programs with this login or client ID count, too."),
    ),
    "operator_error": Template(
        Owner.OPERATOR,
        _("The gateway has a fault of its own ({status})."),
        _(
            "You don’t need to change anything. Try again in an hour. If the test still fails, send the details below "
            "to your contact at Stellantis."
        ),
        ask_for_details=True,
    ),
    "redirected": Template(
        Owner.NETWORK,
        _("{host} redirected the request to another address, {target}. The test did not follow it."),
        _(
            "A portal or proxy often does this. Ask the people who run this server’s network to let this server reach "
            "{host} directly. If it does already, the gateway’s address has probably changed: ask your contact at "
            "Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "redirected.no_target": Template(
        Owner.NETWORK,
        _("{host} redirected the request, but did not say to which address."),
        _(
            "A portal or proxy often does this. Ask the people who run this server’s network to let this server reach "
            "{host} directly. If it does already, the gateway’s address has probably changed: ask your contact at "
            "Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "not_the_gateway": Template(
        Owner.NETWORK,
        _("{host} returned a web page for people, not data. It is probably not the fleet API."),
        _(
            "Perhaps a proxy or portal answered instead, the address is wrong, or the gateway is out of service. Ask "
            "the people who run this server’s network to let this server reach {host} directly. Ask the people who run "
            "this site or command to check the gateway’s address in the settings. If both are right, send the details "
            "below to your contact at Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
        about_our_server=True,
    ),
    "answer_unreadable": Template(
        Owner.OPERATOR,
        _("{host} responded, but not with a list of fleets that we can read."),
        _("Send the details below to your contact at Stellantis."),
        ask_for_details=True,
    ),
    "not_http": Template(
        Owner.OPERATOR,
        _("{host} responded over the encrypted connection, but not in correct HTTP, the language of web servers."),
        _(
            "Ask the people who run this site or command to check the gateway’s address in the settings. If it is "
            "right, send the details below to your contact at Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
        about_our_server=True,
    ),
    "answer_too_large": Template(
        Owner.OPERATOR,
        _("The response was far longer than a list of fleets should be. The test did not read it to the end."),
        _("Send the details below to your contact at Stellantis."),
        ask_for_details=True,
    ),
    "time_out": Template(
        Owner.OPERATOR,
        ngettext_lazy(
            "{host} began its response, but did not finish it within the {seconds} second that a test may take.",
            "{host} began its response, but did not finish it within the {seconds} seconds that a test may take.",
            "seconds",
        ),
        _(
            "You don’t need to change anything. Try again in a few minutes. If the test still fails, send the details "
            "below to your contact at Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
    ),
    "call_unanswered": Template(
        Owner.OPERATOR,
        ngettext_lazy(
            "The request was sent to {host}, and no response came before the test ended after {seconds} second.",
            "The request was sent to {host}, and no response came before the test ended after {seconds} seconds.",
            "seconds",
        ),
        _(
            "The gateway may be overloaded, or may be unable to check your certificate. You don’t need to change "
            "anything. Try again in a few minutes. If the test still fails, send the details below to your contact at "
            "Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
    ),
    "answer_missing": Template(
        Owner.OPERATOR,
        _("{host} accepted your certificate and took the request, then closed the connection without a response."),
        _(
            "You don’t need to change anything. Try again in a few minutes. If the test still fails, send the details "
            "below to your contact at Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
    ),
    "connection_closed": Template(
        Owner.OPERATOR,
        _("{host} closed the encrypted connection without a response. It never asked for your certificate."),
        _(
            "Ask the people who run this site or command to check the gateway’s address in the settings. If it is "
            "right, try again in a few minutes. If the test still fails, send the details below to your contact at "
            "Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
        about_our_server=True,
    ),
    "test_broke_off": Template(
        Owner.NETWORK,
        _("The test stopped because of a fault in our software, not on your side or Stellantis’ ({reason})."),
        _(
            "Nothing is lost. Show this page to the people who run this site or command. You can test again at any "
            "time."
        ),
        confidence=Confidence.UNKNOWN,
        about_our_server=True,
    ),
    "answer_cut_off": Template(
        Owner.OPERATOR,
        _("{host} closed the connection in the middle of its response."),
        _(
            "You don’t need to change anything. Try again in a few minutes. If the test still fails, send the details "
            "below to your contact at Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
    ),
    "unexpected_status": Template(
        Owner.OPERATOR,
        _("The gateway responded in an unusual way ({status})."),
        _("Send the details below to your contact at Stellantis."),
        confidence=Confidence.UNKNOWN,
        ask_for_details=True,
    ),
}
