"""What is known before connecting, and what is worth saying beside a verdict."""

from onboarding.messages.message import Confidence, Owner, Template

# Each of these is certain to fail, so that nothing is sent.
PREPARATION_VERDICTS: dict[str, Template] = {
    "address_not_https": Template(
        Owner.NETWORK,
        "The address {address} is not an https:// address, so a certificate can’t be used there.",
        "Ask whoever runs this site or command to correct the address of the gateway in its settings.",
    ),
    "address_malformed": Template(
        Owner.NETWORK,
        "The address {address} is not written as an address has to be.",
        "Ask whoever runs this site or command to correct the address of the gateway in its settings.",
    ),
    "proxy_malformed": Template(
        Owner.NETWORK,
        "The proxy’s address can’t be used; it must be like http://proxy.example:3128.",
        "Ask whoever runs this site or command to correct the address of the proxy in its settings.",
    ),
    "certificate_absent": Template(
        Owner.PARTNER,
        "There is no certificate to connect with.",
        "Hand in the certificate from Stellantis’ mail first.",
    ),
    "key_not_of_certificate": Template(
        Owner.PARTNER,
        "The key and the certificate do not belong together.",
        "Use the key that was made with the certificate’s request. If it is lost, make a new key and request.",
    ),
    "certificate_expired": Template(
        Owner.OPERATOR,
        "Your certificate expired on {date}.",
        "Ask your contact at Stellantis for a new one; your key and request are still good.",
    ),
    "certificate_not_yet_valid": Template(
        Owner.PARTNER,
        "Your certificate is valid only from {date} UTC; this server’s clock says {now} UTC.",
        "If the clock is right, wait until then. If it is not, have it set.",
    ),
    "certificate_for_servers": Template(
        Owner.OPERATOR,
        "Your certificate does not allow the use that is needed here, as a client; it was probably issued for servers.",
        "Ask your contact at Stellantis for a client certificate; your key and request are still good.",
    ),
    "certificate_self_signed": Template(
        Owner.PARTNER,
        "This certificate was signed with your own key, not by Stellantis.",
        "Hand in the one that came back in Stellantis’ mail.",
    ),
    "certificate_too_weak": Template(
        Owner.PARTNER,
        "The software of this server refuses to use your key: {reason}.",
        "Make a new RSA key of 2048 bits or more, and send Stellantis the new request.",
    ),
    "certificate_chain_weak": Template(
        Owner.OPERATOR,
        "The software of this server refuses to use your certificate: {reason}.",
        "Ask your contact at Stellantis for a certificate that is signed with RSA of 2048 bits or more, and SHA-256. "
        "Your key and request are still good.",
    ),
    "identity_refused": Template(
        Owner.PARTNER,
        "The software of this server can’t use your certificate together with your key ({reason}).",
        "Download both again, and hand them in once more. If it stays so, show this to the people who run this site or "
        "command.",
        confidence=Confidence.UNKNOWN,
    ),
    "ca_certificate_absent": Template(
        Owner.PARTNER,
        "There is no CA certificate to recognise the gateway by.",
        "Hand in the CA certificate from Stellantis’ mail.",
    ),
    "client_id_missing": Template(
        Owner.PARTNER, "The client ID is missing.", "It stands in the mail that brought the certificate."
    ),
    "client_id_is_login": Template(
        Owner.PARTNER,
        "What you gave as the client ID is your login.",
        "The client ID is another value; it stands in the mail that brought the certificate.",
    ),
    "hidden_character": Template(
        Owner.PARTNER,
        "There is a hidden character in the {field}.",
        "Type the {field} instead of pasting it.",
    ),
    "login_missing": Template(Owner.PARTNER, "The login is missing.", "Enter your MZP login."),
    "login_has_colon": Template(
        Owner.PARTNER,
        "A login can’t contain a colon.",
        "Enter the login alone, and the password in its own field.",
    ),
    "password_missing": Template(
        Owner.PARTNER, "The password is missing.", "Enter the password that belongs to {login}."
    ),
    "password_control_character": Template(
        Owner.PARTNER,
        "There is a hidden character in the password, which can’t be sent.",
        "Type the password instead of pasting it.",
    ),
}

# These are said beside a verdict; none of them stops a test.
REMARKS: dict[str, Template] = {
    "client_id_has_spaces": Template(
        Owner.PARTNER,
        "There is a space in the client ID.",
        "Copy it again, without what stands around it.",
        confidence=Confidence.PROBABLE,
    ),
    "login_not_in_certificate": Template(
        Owner.PARTNER,
        "Your certificate is for “{found}”, but the login is {login}.",
        "Use the login that the certificate was requested for.",
        confidence=Confidence.PROBABLE,
    ),
    "password_not_latin": Template(
        Owner.PARTNER,
        "The password has letters with accents or signs that each tool sends in its own way; here they were sent as "
        "UTF-8.",
        "If it is refused, ask your contact at Stellantis for a password of plain letters, digits and signs.",
        confidence=Confidence.PROBABLE,
    ),
    "password_has_spaces": Template(
        Owner.PARTNER,
        "The password begins or ends with a space.",
        "If that is not meant, type it again.",
        confidence=Confidence.PROBABLE,
    ),
    "passphrase_as_password": Template(
        Owner.PARTNER,
        "The password is the same as the passphrase of the key. These are two different secrets.",
        "The password came from Stellantis with the login; the passphrase is the one you chose here.",
        confidence=Confidence.PROBABLE,
    ),
    "certificate_expires_soon": Template(
        Owner.PARTNER,
        "Your certificate expires on {date}.",
        "Ask your contact at Stellantis for a new one now: signing can take weeks.",
    ),
    "chain_not_complete": Template(
        Owner.PARTNER,
        "The certificate of “{issuer}”, which stands above yours, is not sent along.",
        "If the gateway does not know your authority, add that certificate.",
        confidence=Confidence.PROBABLE,
    ),
    "end_users_address": Template(
        Owner.PARTNER,
        "{host} is the API for drivers; partners’ certificates are for {partners}.",
        "Ask whoever runs this site or command to correct the address of the gateway in its settings.",
        confidence=Confidence.PROBABLE,
    ),
    "clock_skew": Template(
        Owner.PARTNER,
        "This server’s clock and {host}’s differ by {minutes} minutes.",
        "Have this server’s clock set by a time service; certificates are judged by it.",
        confidence=Confidence.PROBABLE,
    ),
    "certificate_not_asked_for": Template(
        Owner.OPERATOR,
        "{host} never asked for your certificate.",
        "The call worked without it. If this is meant to be the partners’ gateway, tell your contact at Stellantis.",
        confidence=Confidence.PROBABLE,
    ),
    "total_differs": Template(
        Owner.NOBODY, "These are the first {shown} fleets of {total}.", "The others are on the next pages of the list."
    ),
    "through_proxy": Template(
        Owner.NETWORK, "The call went through the proxy {proxy}.", "", confidence=Confidence.UNKNOWN
    ),
}
