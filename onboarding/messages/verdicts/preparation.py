"""Verdicts that are known before connecting, and remarks that accompany any verdict."""

from onboarding.messages.message import Confidence, Owner, Template
from onboarding.messages.text import gettext_noop as _
from onboarding.messages.text import ngettext_lazy

# A request with one of these defects is certain to fail, so nothing is sent.
PREPARATION_VERDICTS: dict[str, Template] = {
    "address_not_https": Template(
        Owner.NETWORK,
        _("The address {address} is not an https:// address, so a certificate can’t be used there."),
        _("Ask the people who run this site or command to correct the gateway’s address in the settings."),
        about_our_server=True,
    ),
    "address_malformed": Template(
        Owner.NETWORK,
        _("{address} is not a valid address."),
        _("Ask the people who run this site or command to correct the gateway’s address in the settings."),
        about_our_server=True,
    ),
    "proxy_malformed": Template(
        Owner.NETWORK,
        _("The proxy’s address can’t be used. It must look like http://proxy.example:3128."),
        _("Ask the people who run this site or command to correct the proxy’s address in the settings."),
        about_our_server=True,
    ),
    "certificate_absent": Template(
        Owner.PARTNER,
        _("There is no certificate to connect with."),
        _("Upload the certificate from Stellantis’ email first."),
    ),
    "key_not_of_certificate": Template(
        Owner.PARTNER,
        _("The key and the certificate do not belong together."),
        _(
            "Use the key that was created with the certificate’s request. If the key is lost, create a new RSA key and "
            "request."
        ),
    ),
    "certificate_is_ca": Template(
        Owner.PARTNER,
        _("The certificate “{found}” is a CA certificate, not yours: it signs certificates of others."),
        _(
            "Use your own certificate from Stellantis’ email in its place. The CA certificate identifies the gateway, "
            "and has a field or option of its own."
        ),
    ),
    "certificate_expired": Template(
        Owner.OPERATOR,
        _("Your certificate expired on {date}."),
        _("Ask your contact at Stellantis for a new one. You don’t need a new key or a new request."),
    ),
    "certificate_expired.unconfirmed": Template(
        Owner.OPERATOR,
        _("Your certificate expired on {date}, according to this server’s clock ({now} UTC)."),
        _(
            "If the clock is right, ask your contact at Stellantis for a new one. You don’t need a new key or a new "
            "request. If the clock is wrong, ask the people who run this server to correct it."
        ),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "clock_wrong": Template(
        Owner.NETWORK,
        _(
            "This server’s clock is wrong: it says {now} UTC, and {host} says {there} UTC. Your certificate is valid "
            "at the time that {host} gives."
        ),
        _("Ask the people who run this server to set its clock with a time service."),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "clock_wrong.past": Template(
        Owner.NETWORK,
        _("This server’s clock is wrong: it says {now} UTC, and this software did not exist then."),
        _("Ask the people who run this server to set its clock with a time service."),
        about_our_server=True,
    ),
    "clock_wrong.certificates": Template(
        Owner.NETWORK,
        _(
            "This server’s clock is probably wrong: it says {now} UTC. Neither your certificate nor that of “{found}” "
            "is valid then."
        ),
        _(
            "Ask the people who run this server to check its clock. If the clock is right, ask your contact at "
            "Stellantis for new certificates."
        ),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "clock_wrong.server": Template(
        Owner.NETWORK,
        _(
            "This server’s clock is probably wrong: it says {now} UTC, and {host} says {there} UTC. The certificate of "
            "{host} is valid at the time that {host} gives."
        ),
        _("Ask the people who run this server to set its clock with a time service."),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "certificate_not_yet_valid.unconfirmed": Template(
        Owner.PARTNER,
        _("Your certificate is valid from {date} UTC. This server’s clock says {now} UTC."),
        _("If the clock is right, wait until then. If it is wrong, ask the people who run this server to correct it."),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "certificate_not_yet_valid": Template(
        Owner.PARTNER,
        _("Your certificate is valid from {date} UTC. This server’s clock says {now} UTC."),
        _("If the clock is right, wait until then. If it is wrong, ask the people who run this server to correct it."),
        about_our_server=True,
    ),
    "certificate_for_servers": Template(
        Owner.OPERATOR,
        _("Your certificate does not allow use as a client; it was probably issued for servers."),
        _("Ask your contact at Stellantis for a client certificate. You don’t need a new key or a new request."),
    ),
    "certificate_for_servers.any_purpose": Template(
        Owner.OPERATOR,
        _(
            "Your certificate is for any purpose, and does not name the use as a client. Many servers, those with "
            "OpenSSL among them, refuse such a certificate."
        ),
        _("Ask your contact at Stellantis for a client certificate. You don’t need a new key or a new request."),
        confidence=Confidence.PROBABLE,
    ),
    "certificate_self_signed": Template(
        Owner.PARTNER,
        _("This certificate was signed with your own key, not by Stellantis."),
        _("Upload the certificate from Stellantis’ email."),
    ),
    "certificate_too_weak": Template(
        Owner.PARTNER,
        _("The software of this server refuses to use your key: it is too short."),
        _("Create a new RSA key of 2048 bits or more, and send Stellantis the new request."),
        about_our_server=True,
    ),
    "certificate_chain_weak": Template(
        Owner.OPERATOR,
        _(
            "The software of this server refuses to use your certificate: the key of an authority above it is too "
            "short."
        ),
        _(
            "Ask your contact at Stellantis for a certificate that is signed with RSA of 2048 bits or more, and "
            "SHA-256. You don’t need a new key or a new request."
        ),
        about_our_server=True,
    ),
    "certificate_chain_weak.signature": Template(
        Owner.OPERATOR,
        _(
            "The software of this server refuses to use your certificate: it is signed with an algorithm that is no "
            "longer safe."
        ),
        _(
            "Ask your contact at Stellantis for a certificate that is signed with RSA of 2048 bits or more, and "
            "SHA-256. You don’t need a new key or a new request."
        ),
        about_our_server=True,
    ),
    "identity_refused": Template(
        Owner.PARTNER,
        _("The software of this server can’t use your certificate together with your key ({reason})."),
        _(
            "Download both again, then upload them again. If the test still fails, show this to the people who run "
            "this site or command."
        ),
        confidence=Confidence.UNKNOWN,
        about_our_server=True,
    ),
    "ca_certificate_absent": Template(
        Owner.PARTNER,
        _("There is no CA certificate to identify the gateway with."),
        _("Upload the CA certificate from Stellantis’ email."),
    ),
    "own_certificate_as_ca": Template(
        Owner.PARTNER,
        _("The only CA certificate given is your own certificate, which can’t identify the gateway."),
        _("Use the CA certificate from Stellantis’ email in its place, also in your own programs."),
    ),
    "client_id_missing": Template(
        Owner.PARTNER,
        _("The client ID is missing."),
        _("It is in the same email as the certificate."),
    ),
    "client_id_is_login": Template(
        Owner.PARTNER,
        _("You entered your login as the client ID."),
        _("The client ID is another value. It is in the same email as the certificate."),
    ),
    "login_missing": Template(Owner.PARTNER, _("The login is missing."), _("Enter your MZP login.")),
    "login_has_colon": Template(
        Owner.PARTNER,
        _("A login can’t contain a colon."),
        _("Enter only the login, and the password in its own field."),
    ),
    "password_missing": Template(
        Owner.PARTNER, _("The password is missing."), _("Enter the password that belongs to {login}.")
    ),
    "password_control_character": Template(
        Owner.PARTNER,
        _("There is a hidden character in the password, which can’t be sent."),
        _("Type the password instead of pasting it."),
    ),
}

# Remarks accompany a verdict; none of them stops a test.
PREPARATION_REMARKS: dict[str, Template] = {
    "client_id_has_spaces": Template(
        Owner.PARTNER,
        _("There is a space in the client ID."),
        _("Copy it again, without the characters before and after it."),
        confidence=Confidence.PROBABLE,
    ),
    "login_not_in_certificate": Template(
        Owner.PARTNER,
        _("Your certificate is for “{found}”, but the login is {login}."),
        _("Use the login for which the certificate was requested."),
        confidence=Confidence.PROBABLE,
    ),
    "password_not_latin": Template(
        Owner.PARTNER,
        _(
            "The password has letters with accents or special characters, which programs send in different ways. This "
            "test sent them as UTF-8."
        ),
        _(
            "If the password is refused, ask your contact at Stellantis for one of plain letters, digits and "
            "punctuation."
        ),
        confidence=Confidence.PROBABLE,
    ),
    "password_has_spaces": Template(
        Owner.PARTNER,
        _("The password begins or ends with a space."),
        _("If the password has no such space, type it again."),
        confidence=Confidence.PROBABLE,
    ),
    "passphrase_as_password": Template(
        Owner.PARTNER,
        _("The password is the same as the passphrase of the key. These are two different secrets."),
        _("The password came from Stellantis with the login. You chose the passphrase here."),
        confidence=Confidence.PROBABLE,
    ),
    "certificate_expires_soon": Template(
        Owner.PARTNER,
        _("Your certificate expires on {date}."),
        _("Ask your contact at Stellantis for a new one now: the signature can take weeks."),
    ),
    "chain_not_complete": Template(
        Owner.PARTNER,
        _("The certificate of “{issuer}”, which signed yours, is not sent with it."),
        _("If the gateway does not know your authority, add that certificate."),
        confidence=Confidence.PROBABLE,
    ),
    "chain_has_unrelated": Template(
        Owner.PARTNER,
        _("The certificate of “{issuer}” is sent with yours, but did not sign any certificate in your chain."),
        _(
            "This gateway accepts it, another program may not: replace it with the certificate that signed yours, from "
            "Stellantis’ email."
        ),
        confidence=Confidence.PROBABLE,
    ),
    "end_users_address": Template(
        Owner.PARTNER,
        _("{host} is the API for drivers. Partners’ certificates are for {partners}."),
        _("Ask the people who run this site or command to correct the gateway’s address in the settings."),
        confidence=Confidence.PROBABLE,
    ),
    "clock_skew": Template(
        Owner.PARTNER,
        ngettext_lazy(
            "This server’s clock and that of {host} differ by {minutes} minute.",
            "This server’s clock and that of {host} differ by {minutes} minutes.",
            "minutes",
        ),
        _(
            "Ask the people who run this server to set its clock with a time service. Certificates are checked against "
            "this clock."
        ),
        confidence=Confidence.PROBABLE,
    ),
    "clock_skew.days": Template(
        Owner.PARTNER,
        ngettext_lazy(
            "This server’s clock and that of {host} differ by {days} day.",
            "This server’s clock and that of {host} differ by {days} days.",
            "days",
        ),
        _(
            "Ask the people who run this server to set its clock with a time service. Certificates are checked against "
            "this clock."
        ),
        confidence=Confidence.PROBABLE,
    ),
    "clock_skew.gateway": Template(
        Owner.OPERATOR,
        _("The clock of {host} is probably wrong: it says {there} UTC, when the certificate of {host} is not valid."),
        _("Tell your contact at Stellantis."),
        confidence=Confidence.PROBABLE,
    ),
    "total_differs": Template(
        Owner.NOBODY,
        ngettext_lazy("This is the first fleet of {total}.", "These are the first {shown} fleets of {total}.", "shown"),
        _("The others are on the next pages of the list."),
    ),
    "proxy_not_used": Template(
        Owner.NETWORK,
        _("This machine’s environment names the proxy {proxy} for connections to {host}. This test did not use it."),
        _(
            "If connections from here need that proxy, ask the people who run this site or command to put its address "
            "into the settings, or into the option --proxy of the command."
        ),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "through_proxy": Template(
        Owner.NETWORK, _("The request went through the proxy {proxy}."), "", confidence=Confidence.UNKNOWN
    ),
}
