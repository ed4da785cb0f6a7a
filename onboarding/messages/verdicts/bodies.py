"""Verdicts on a list of fleets, on what came instead of one, and on responses that are missing or not complete."""

from onboarding.messages.message import Confidence, Owner, Template
from onboarding.messages.text import Text, ngettext_lazy
from onboarding.messages.text import gettext_noop as _


def _unreadable(text: Text) -> Template:
    return Template(
        Owner.OPERATOR,
        text,
        _(
            "Ask the people who run this site or command to check the gateway’s address in the settings. If it is "
            "right, send the details below to your contact at Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
        about_our_server=True,
    )


BODY_VERDICTS: dict[str, Template] = {
    "connected": Template(
        Owner.NOBODY,
        _("The fleet API returned your fleets."),
        _("Keep the files, and set up your own server with them."),
    ),
    "no_fleets": Template(
        Owner.OPERATOR,
        _("The fleet API returned an empty list: no fleet is linked to your login yet."),
        _("Ask your contact at Stellantis to link your vehicles."),
    ),
    "fleets_without_certificate": Template(
        Owner.OPERATOR,
        _(
            "{host} returned a list of fleets, but never asked for your certificate. This does not show that you are "
            "connected."
        ),
        _(
            "This is probably not the partners’ gateway, or a device on the way decrypts the connection. Ask the "
            "people who run this site or command to check the gateway’s address in the settings. If it is right, send "
            "the details below to your contact at Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
        about_our_server=True,
    ),
    "fleets_without_certificate.not_sent": Template(
        Owner.OPERATOR,
        _(
            "{host} returned a list of fleets, but your certificate was not sent. This does not show that you are "
            "connected."
        ),
        _(
            "The gateway asked for another kind of certificate than yours, or there was none to send. Ask the people "
            "who run this site or command to check the gateway’s address in the settings. If it is right, send the "
            "details below to your contact at Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
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
    "answer_unreadable": _unreadable(_("{host} responded, but not with a list of fleets that we can read.")),
    "answer_unreadable.error": _unreadable(
        _("{host} responded with status {status}, as for a success, but the response is an error.")
    ),
    "answer_unreadable.other_list": _unreadable(
        _("{host} responded with a list of something other than fleets: {names}.")
    ),
    "answer_unreadable.no_list": _unreadable(
        _("{host} responded as the fleet API does, but the list of fleets is missing in the response.")
    ),
    "answer_unreadable.entries": _unreadable(
        _("{host} responded with a list of fleets whose entries are not fleets in the published format.")
    ),
    "answer_unreadable.count": _unreadable(
        _("{host} responded with a list of fleets and a total that contradict each other.")
    ),
    "answer_unreadable.other_format": _unreadable(
        _("{host} responded with a list “{names}” in another format than that of the fleet API. It may be another API.")
    ),
    "answer_unreadable.other_json": _unreadable(
        _("{host} responded with JSON that is no list of fleets. It contains: {names}.")
    ),
    "answer_unreadable.broken_json": _unreadable(_("{host} responded with JSON that is damaged or not complete.")),
    "answer_unreadable.xml": _unreadable(_("{host} responded with XML. The fleet API responds with JSON.")),
    "answer_unreadable.text": _unreadable(_("{host} responded with plain text. The fleet API responds with JSON.")),
    "answer_unreadable.empty": _unreadable(
        _("{host} responded with status {status}, as for a success, but the response is empty.")
    ),
    "answer_unreadable.compressed": _unreadable(
        _("{host} responded with compressed data that we can’t decompress ({encoding}).")
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
        confidence=Confidence.PROBABLE,
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
            "You probably don’t need to change anything. Try again in a few minutes. If the test still fails, send the "
            "details below to your contact at Stellantis."
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
        _(
            "{host} ended the TLS handshake normally, with your certificate. It then closed the connection without a "
            "response."
        ),
        _(
            "You probably don’t need to change anything. Try again in a few minutes. If the test still fails, send the "
            "details below to your contact at Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
    ),
    "answer_missing.alert": Template(
        Owner.OPERATOR,
        _(
            "{host} ended the TLS handshake normally, with your certificate. It then ended the connection with an "
            "alert ({alert}) instead of a response."
        ),
        _(
            "You probably don’t need to change anything. Try again in a few minutes. If the test still fails, send the "
            "details below to your contact at Stellantis."
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
            "You probably don’t need to change anything. Try again in a few minutes. If the test still fails, send the "
            "details below to your contact at Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
    ),
}
