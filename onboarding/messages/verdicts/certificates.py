"""Verdicts on the server's certificate, and on what the server says about the partner's certificate."""

from onboarding.messages.message import Confidence, Owner, Template
from onboarding.messages.text import Text, ngettext_lazy
from onboarding.messages.text import gettext_noop as _

SERVER_CERTIFICATE_VERDICTS: dict[str, Template] = {
    "server_ca_mismatch": Template(
        Owner.PARTNER,
        _("The CA certificate that you use does not match {host}. The certificate of {host} was issued by “{issuer}”."),
        _(
            "Look in Stellantis’ email for a CA certificate named “{issuer}”, and upload it, too. If there is no such "
            "certificate, ask your contact for it. A proxy may also be the cause: ask the people who run this server’s "
            "network."
        ),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "server_ca_mismatch.system_trusted": Template(
        Owner.PARTNER,
        _(
            "The CA certificate that you use does not match {host}. The certificate of {host} was issued by "
            "“{issuer}”. The CA certificates of this system verify it."
        ),
        _(
            "Look in Stellantis’ email for a CA certificate named “{issuer}”, and upload it, too. If there is no such "
            "certificate, ask your contact for it. If “{issuer}” is a public authority, you can also download its CA "
            "certificate from its website. A proxy may also be the cause: ask the people who run this server’s network."
        ),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "server_ca_mismatch.none_given": Template(
        Owner.PARTNER,
        _(
            "No CA certificate is given, so this server used those of its system, and none of them verifies {host}. "
            "The certificate of {host} was issued by “{issuer}”."
        ),
        _(
            "Stellantis’ authority is a private one, which systems do not know. Use the CA certificate from "
            "Stellantis’ email (--ca in the command). A proxy may also be the cause: ask the people who run this "
            "server’s network."
        ),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "server_chain_incomplete": Template(
        Owner.OPERATOR,
        _("{host} leaves out the certificate “{issuer}”, which connects its own certificate with the CA certificate."),
        _(
            "Ask your contact at Stellantis for that certificate. You can also upload it together with the CA "
            "certificate: then the test works on your side."
        ),
        confidence=Confidence.PROBABLE,
    ),
    "proxy_intercepts": Template(
        Owner.NETWORK,
        _(
            "A proxy probably intercepts the connection. The certificate that came for {host} was issued by "
            "“{issuer}”, not by the CA whose certificate you use."
        ),
        _(
            "This is usually a company’s own proxy. Ask the people who run this server’s network to exempt {host}. If "
            "there is no proxy, the CA certificate that you use is the wrong one. Look for “{issuer}” in "
            "Stellantis’ email."
        ),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "proxy_intercepts.trusted": Template(
        Owner.NETWORK,
        _(
            "A proxy probably intercepts the connection and answered instead of {host}. The certificate that came for "
            "{host} was issued by “{issuer}”, a product that intercepts connections."
        ),
        _(
            "A proxy that intercepts connections can’t use your certificate. Ask the people who run this server’s "
            "network to exempt {host}."
        ),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "proxy_intercepts.none_given": Template(
        Owner.NETWORK,
        _("A proxy probably intercepts the connection. The certificate that came for {host} was issued by “{issuer}”."),
        _(
            "This is usually a company’s own proxy. Ask the people who run this server’s network to exempt {host}. "
            "Then use the CA certificate from Stellantis’ email, too: none is given (--ca in the command)."
        ),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "server_self_signed": Template(
        Owner.NETWORK,
        _("The server that answered for {host} signed its certificate itself. No authority signed it."),
        _(
            "Another device probably answered instead of {host}. Ask the people who run this server’s network to let "
            "this server reach {host} directly. If it does already, send the details below to your contact at "
            "Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
        about_our_server=True,
    ),
    "server_name_mismatch": Template(
        Owner.NETWORK,
        _("The server that answered could not prove that it is {host}: its certificate is for {names}."),
        _(
            "Perhaps another device answered instead of {host}, or the address is wrong. Ask the people who run this "
            "server’s network to let this server reach {host} directly. Ask the people who run this site or command to "
            "check the gateway’s address in the settings. If both are right, send the details below to your contact at "
            "Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
        about_our_server=True,
    ),
    "server_name_mismatch.more": Template(
        Owner.NETWORK,
        ngettext_lazy(
            "The server that answered could not prove that it is {host}: its certificate is for {names} and {count} "
            "more name.",
            "The server that answered could not prove that it is {host}: its certificate is for {names} and {count} "
            "more names.",
            "count",
        ),
        _(
            "Perhaps another device answered instead of {host}, or the address is wrong. Ask the people who run this "
            "server’s network to let this server reach {host} directly. Ask the people who run this site or command to "
            "check the gateway’s address in the settings. If both are right, send the details below to your contact at "
            "Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
        about_our_server=True,
    ),
    "server_name_mismatch.no_host": Template(
        Owner.NETWORK,
        _(
            "The server that answered could not prove that it is {host}: its certificate is for “{names}” and contains "
            "no host name."
        ),
        _(
            "Perhaps another device answered instead of {host}, or the address is wrong. Ask the people who run this "
            "server’s network to let this server reach {host} directly. Ask the people who run this site or command to "
            "check the gateway’s address in the settings. If both are right, send the details below to your contact at "
            "Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
        about_our_server=True,
    ),
    "server_name_mismatch.unreadable": Template(
        Owner.NETWORK,
        _("The server that answered could not prove that it is {host}: its certificate is for another name."),
        _(
            "Perhaps another device answered instead of {host}, or the address is wrong. Ask the people who run this "
            "server’s network to let this server reach {host} directly. Ask the people who run this site or command to "
            "check the gateway’s address in the settings. If both are right, send the details below to your contact at "
            "Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
        about_our_server=True,
    ),
    "server_certificate_expired": Template(
        Owner.OPERATOR,
        _("The certificate of {host} or of its CA expired on {date}, according to this server’s clock ({now} UTC)."),
        _(
            "If the clock is right, send the details below to your contact at Stellantis. Ask whether there is a newer "
            "CA certificate."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
        about_our_server=True,
    ),
    "server_certificate_expired.undated": Template(
        Owner.OPERATOR,
        _("The certificate of {host} or of its CA has expired, according to this server’s clock ({now} UTC)."),
        _(
            "If the clock is right, send the details below to your contact at Stellantis. Ask whether there is a newer "
            "CA certificate."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
        about_our_server=True,
    ),
    "server_certificate_not_yet_valid": Template(
        Owner.PARTNER,
        _("The certificate of {host} or of its CA is valid from {date} UTC. This server’s clock says {now} UTC."),
        _(
            "First ask the people who run this server to check its clock. If the clock is right, send the details "
            "below to your contact at Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
        about_our_server=True,
    ),
    "server_certificate_not_yet_valid.undated": Template(
        Owner.PARTNER,
        _("The certificate of {host} or of its CA is not valid yet. This server’s clock says {now} UTC."),
        _(
            "First ask the people who run this server to check its clock. If the clock is right, send the details "
            "below to your contact at Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
        about_our_server=True,
    ),
    "server_certificate_refused": Template(
        Owner.OPERATOR,
        _("This server can’t accept the certificate of {host}. The technical reason is “{reason}”."),
        _("Send the details below to your contact at Stellantis."),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
        about_our_server=True,
    ),
    "server_certificate_refused.unreadable": Template(
        Owner.OPERATOR,
        _("This server can’t read the certificate of {host}."),
        _("Send the details below to your contact at Stellantis."),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
        about_our_server=True,
    ),
}


def _faulty_chain(text: Text) -> Template:
    return Template(
        Owner.BOTH,
        text,
        _(
            "Upload the certificates from Stellantis’ email again. If the test still fails, send the details below to "
            "your contact at Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
    )


CLIENT_CERTIFICATE_VERDICTS: dict[str, Template] = {
    "client_certificate_missing": Template(
        Owner.OPERATOR,
        _("{host} says that no client certificate came with the request, although yours was sent."),
        _(
            "A device in front of the gateway may have removed it. Send the details below to your contact at "
            "Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
    ),
    "client_certificate_demanded": Template(
        Owner.PARTNER,
        _("{host} requires a client certificate, but none was sent ({alert})."),
        _("Upload your certificate first."),
    ),
    "client_certificate_demanded.closed": Template(
        Owner.PARTNER,
        _("{host} asked for a client certificate, got none, and closed the connection."),
        _("Upload your certificate first."),
    ),
    "client_certificate_not_sent": Template(
        Owner.OPERATOR,
        _("{host} asked for another kind of certificate than yours, so none was sent ({alert})."),
        _("Send the details below to your contact at Stellantis."),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
    ),
    "client_certificate_not_sent.closed": Template(
        Owner.OPERATOR,
        _("{host} asked for another kind of certificate than yours. None was sent, and {host} closed the connection."),
        _("Send the details below to your contact at Stellantis."),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
    ),
    "client_certificate_needs_tls_1_2": Template(
        Owner.OPERATOR,
        _(
            "{host} closed the connection when your certificate was sent with TLS 1.3, the newest version of "
            "encryption. With TLS 1.2 it responds."
        ),
        _(
            "Some gateways can’t ask for certificates in the newest version. Send the details below to your contact at "
            "Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
    ),
    "client_certificate_not_requested": Template(
        Owner.OPERATOR,
        _("{host} never asked for your certificate, and answered with an error ({status})."),
        _(
            "This is probably not the partners’ gateway, or a device on the way decrypts the connection. Ask the "
            "people who run this site or command to check the gateway’s address in the settings. If it is right, ask "
            "the people who run this server’s network. If no device decrypts the connection, send the details below "
            "to your contact at Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
        about_our_server=True,
    ),
    "credentials_withheld": Template(
        Owner.OPERATOR,
        _("{host} did not ask for your certificate, so the test did not send your login and password."),
        _(
            "The partners’ gateway asks for the certificate first. So another server probably answered. Ask the people "
            "who run this site or command to check the gateway’s address in the settings. If it is right, send the "
            "details below to your contact at Stellantis. Send your password only if your contact says that this "
            "gateway asks for no certificate."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
        about_our_server=True,
    ),
    "client_certificate_unknown_ca": Template(
        Owner.OPERATOR,
        _("{host} says that it does not know the authority that signed your certificate."),
        _("We found no fault in your files. Send the details below to your contact at Stellantis."),
        ask_for_details=True,
    ),
    "client_chain_faulty": _faulty_chain(
        _("{host} refused your certificate. The certificate of “{issuer}”, which is sent with it, has a fault.")
    ),
    "client_chain_faulty.expired": _faulty_chain(
        _(
            "{host} refused your certificate. The certificate of “{issuer}”, which stands above yours, expired on "
            "{date}."
        )
    ),
    "client_chain_faulty.not_yet_valid": _faulty_chain(
        _(
            "{host} refused your certificate. The certificate of “{issuer}”, which stands above yours, is valid only "
            "from {date}."
        )
    ),
    "client_chain_faulty.unrelated": _faulty_chain(
        _(
            "{host} refused your certificate. The certificate of “{issuer}” is sent with it, but did not sign any "
            "certificate in your chain."
        )
    ),
    "client_chain_faulty.not_ca": _faulty_chain(
        _(
            "{host} refused your certificate. The certificate of “{issuer}”, which signed yours, is not allowed to "
            "sign certificates."
        )
    ),
    "client_chain_faulty.weak": _faulty_chain(
        _(
            "{host} refused your certificate. The certificate of “{issuer}”, which stands above yours, uses a key or a "
            "signature that is no longer safe."
        )
    ),
    "client_chain_incomplete": Template(
        Owner.PARTNER,
        _(
            "{host} refused your certificate. The probable cause is that the certificate of “{issuer}”, which signed "
            "yours, was not sent with it. {host} may also not know that authority yet."
        ),
        _(
            "Upload the certificate of “{issuer}” from Stellantis’ email, too, and test again. If the email has no "
            "such certificate, send the details below to your contact at Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
    ),
    "client_certificate_expired": Template(
        Owner.OPERATOR,
        _("{host} says that your certificate has expired. The certificate itself is valid until {date}."),
        _(
            "The certificate of an authority above yours may have expired, or a clock may be wrong. Send the details "
            "below to your contact at Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
    ),
    "client_certificate_revoked": Template(
        Owner.OPERATOR,
        _("{host} says that your certificate was revoked."),
        _("Ask your contact at Stellantis for the reason and for a new certificate."),
    ),
    "client_certificate_unsupported": Template(
        Owner.OPERATOR,
        _("{host} does not accept this kind of certificate ({alert})."),
        _("Send the details below to your contact at Stellantis."),
        ask_for_details=True,
    ),
    "client_certificate_refused": Template(
        Owner.OPERATOR,
        _("{host} refused your certificate ({alert})."),
        _("It does not say what is wrong with it. Send the details below to your contact at Stellantis."),
        ask_for_details=True,
    ),
    "client_certificate_probably_refused": Template(
        Owner.OPERATOR,
        _("{host} closed the connection without a message, just after your certificate was sent."),
        _(
            "Servers that do not accept a certificate often do this, but a fault on their side looks the same. Try "
            "again in a few minutes. If the test still fails, send the details below to your contact at Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
    ),
    "client_certificate_hang": Template(
        Owner.OPERATOR,
        _("{host} stopped responding just after your certificate was sent."),
        _(
            "The gateway may be unable to check your certificate, or may be overloaded. You don’t need to change "
            "anything. Try again in a few minutes. If the test still fails, send the details below to your contact at "
            "Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
    ),
    "client_proof_refused": Template(
        Owner.OPERATOR,
        _(
            "{host} closed the connection after your certificate was sent. Its message ({alert}) does not say whether "
            "the certificate is the cause."
        ),
        _("Try again in a few minutes. If the test still fails, send the details below to your contact at Stellantis."),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
    ),
    "connection_dropped": Template(
        Owner.OPERATOR,
        _(
            "{host} closed the connection without a message after your certificate was sent. Without the certificate, "
            "it did not respond either."
        ),
        _(
            "Either the gateway does not accept your certificate, or it has a fault of its own. We can’t tell which. "
            "Servers written in Java close the connection in this way if they refuse a certificate, or if it is "
            "missing. Try again in a few minutes. If the test still fails, send the details below to your contact at "
            "Stellantis."
        ),
        confidence=Confidence.UNKNOWN,
        ask_for_details=True,
    ),
}
