"""Verdicts on the words and the status of a response."""

from onboarding.messages.message import Confidence, Owner, Template
from onboarding.messages.text import Text, ngettext_lazy
from onboarding.messages.text import gettext_noop as _


def _blocked_page(text: Text) -> Template:
    return Template(
        Owner.OPERATOR,
        text,
        _(
            "A firewall in front of the gateway probably does not know this server’s address. Send the details below "
            "to your contact at Stellantis, with this server’s public network address. The people who run this site or "
            "command know that address."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
        about_our_server=True,
    )


RESPONSE_VERDICTS: dict[str, Template] = {
    "password_rejected": Template(
        Owner.PARTNER,
        _("The gateway says that the login or its password is wrong. It says nothing against your certificate."),
        _(
            "Check the password of {login}: capital letters, spaces, and that it is not the passphrase of the key. If "
            "you are sure that it is right, check the client ID, and send the details below to your contact at "
            "Stellantis."
        ),
        ask_for_details=True,
    ),
    "password_rejected.compared": Template(
        Owner.PARTNER,
        _(
            "The gateway refused the request ({status}), and responds in another way to a request without a login. So "
            "the login or its password is probably wrong."
        ),
        _(
            "Check the password of {login}: capital letters, spaces, and that it is not the passphrase of the key. If "
            "you are sure that it is right, check the client ID, and send the details below to your contact at "
            "Stellantis."
        ),
        confidence=Confidence.PROBABLE,
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
        _("The gateway says that the password of {login} has expired or must be changed."),
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
        _("The gateway says that it does not know this client ID."),
        _(
            "Compare the client ID with the one in Stellantis’ email. The client ID of another environment is unknown "
            "here, too. If it is the right one, send the details below to your contact at Stellantis."
        ),
        ask_for_details=True,
    ),
    "client_id_not_subscribed": Template(
        Owner.OPERATOR,
        _("The gateway knows your client ID, but does not let it use the fleet API yet."),
        _("Only Stellantis can allow it. Send the details below to your contact at Stellantis."),
        ask_for_details=True,
    ),
    "client_id_not_received": Template(
        Owner.OPERATOR,
        _("The gateway says that no client ID, or API key, came with the request, although the test sent one."),
        _(
            "The gateway may expect it in another place than the fleet API does, so the address may be that of another "
            "API. Ask the people who run this site or command to check the gateway’s address in the settings. If it is "
            "right, send the details below to your contact at Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
        about_our_server=True,
    ),
    "client_id_blocked": Template(
        Owner.OPERATOR,
        _("The gateway says that the application with your client ID is blocked or not active."),
        _("Only Stellantis can activate it. Send the details below to your contact at Stellantis."),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
    ),
    "credentials_not_received": Template(
        Owner.OPERATOR,
        _("The gateway says that no login and password came with the request, although the test sent them."),
        _(
            "A device on the way may have removed them, or the gateway expects another way to log in. Send the details "
            "below to your contact at Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
    ),
    "other_authentication": Template(
        Owner.OPERATOR,
        _("{host} expects another way to log in than a login with a password."),
        _(
            "The partners’ gateway expects a login with a password. So another server probably answered, or the "
            "address is that of another API. Ask the people who run this site or command to check the gateway’s "
            "address in the settings. If it is right, send the details below to your contact at Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
        about_our_server=True,
    ),
    "address_not_allowed": Template(
        Owner.OPERATOR,
        _("The gateway does not accept requests from this server’s network address."),
        _(
            "Ask your contact at Stellantis to allow it. Send the details below, with this server’s public network "
            "address. The people who run this site or command know that address."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
        about_our_server=True,
    ),
    "network_filter": Template(
        Owner.NETWORK,
        _("A filter in the network probably answered instead of {host}: {layer}."),
        _("Ask the people who run this server’s network to exempt {host} from this filter."),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "network_login": Template(
        Owner.NETWORK,
        _(
            "A device in the network probably answered instead of {host}. It requires a login to the network "
            "({status})."
        ),
        _(
            "Ask the people who run this server’s network to let this server reach {host} without such a login. If a "
            "proxy is required, ask the people who run this site or command to put its address and login into the "
            "settings."
        ),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "forbidden": Template(
        Owner.OPERATOR,
        _("The gateway understood the request, but does not let you read the fleets (403)."),
        _("Usually only Stellantis can allow it. Send the details below to your contact at Stellantis."),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
    ),
    "blocked_page": _blocked_page(
        _(
            "The response is a page of a firewall or web server that forbids the request ({status}). It is not in "
            "the format of the fleet API."
        )
    ),
    "blocked_page.by_product": _blocked_page(
        _("{layer}, which stands in front of the gateway, forbids the request ({status}).")
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
    "bad_request.unencrypted": Template(
        Owner.OPERATOR,
        _("The gateway says that the request reached it without encryption, although it was sent encrypted."),
        _(
            "A device in front of the gateway probably decrypted the request, and forwarded it without encryption. "
            "Send the details below to your contact at Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
    ),
    "not_acceptable": Template(
        Owner.OPERATOR,
        _("The gateway says that it can’t respond in a format that we read (406)."),
        _("Send the details below to your contact at Stellantis."),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
    ),
    "operator_error": Template(
        Owner.OPERATOR,
        _("{host} reports a fault of its own, or of a server behind it ({status})."),
        _(
            "You probably don’t need to change anything. Try again in an hour. If the test still fails, send the "
            "details below to your contact at Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
    ),
    "refused_by_policy": Template(
        Owner.OPERATOR,
        _("The gateway refused the request because of a rule of its own ({status}). It does not say which rule."),
        _(
            "The rule can concern your certificate, your login, your client ID or this server’s network address. Send "
            "the details below to your contact at Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
        about_our_server=True,
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
    "unexpected_status": Template(
        Owner.OPERATOR,
        _("The gateway responded in an unusual way ({status})."),
        _("Send the details below to your contact at Stellantis."),
        confidence=Confidence.UNKNOWN,
        ask_for_details=True,
    ),
}
