"""The words for every code of this package, beside whether it stops and whose move it is.

What happened comes first, then what to do. Nothing here assumes that the reader knows what a CSR is.
"""

from onboarding.pki.findings import Entry, Owner, Severity

_STOPS, _WARNS, _TELLS = Severity.STOPS, Severity.WARNS, Severity.TELLS
_PARTNER, _OPERATOR, _BOTH, _NOBODY = Owner.PARTNER, Owner.OPERATOR, Owner.BOTH, Owner.NOBODY

SUBJECT: dict[str, Entry] = {
    "login_missing": Entry(_STOPS, _PARTNER, "Enter your MZP login."),
    "login_unusual": Entry(
        _WARNS, _PARTNER, "Logins usually look like MZP123456; yours reads {found}.", "Is this one right?"
    ),
    "login_colon": Entry(
        _STOPS, _PARTNER, "A login can’t contain a colon.", "Enter only the login, without the password."
    ),
    "country_unknown": Entry(
        _STOPS, _PARTNER, "{found} is not a country code.", "Use the two-letter code: FR, not France."
    ),
    "country_missing": Entry(_STOPS, _PARTNER, "Choose the country your company is registered in."),
    "state_missing": Entry(
        _STOPS, _PARTNER, "Enter the state, province or region.", "Stellantis refuses a request without it."
    ),
    "locality_missing": Entry(_STOPS, _PARTNER, "Enter the city."),
    "organization_missing": Entry(_STOPS, _PARTNER, "Enter your company’s name."),
    "email_missing": Entry(
        _STOPS, _PARTNER, "Enter an e-mail address.", "Stellantis sends the link to your certificate there."
    ),
    "email_malformed": Entry(
        _STOPS, _PARTNER, "{found} is not an e-mail address.", "It should look like fleet@example.com."
    ),
    "email_not_ascii": Entry(
        _STOPS,
        _PARTNER,
        "The e-mail address contains “{found}”, which certificates can’t hold.",
        "Use an address with plain letters only.",
    ),
    "value_too_long": Entry(_STOPS, _PARTNER, "This has {length} characters.", "Shorten it to {limit} or fewer."),
    "value_control_character": Entry(
        _STOPS,
        _PARTNER,
        "There is a hidden character ({name}) after “{before}”.",
        "Remove it, or type the text again instead of pasting it.",
    ),
    "ou_wrong": Entry(
        _STOPS,
        _PARTNER,
        "The organizational unit is “{found}”.",
        "It must be exactly “Programs Partners”.",
    ),
    "cn_not_login": Entry(_STOPS, _PARTNER, "The common name is “{found}”.", "It must be your MZP login, {expected}."),
}

CUSTODY: dict[str, Entry] = {
    "passphrase_wrong": Entry(
        _STOPS,
        _PARTNER,
        "That passphrase does not open this key.",
        "Check capitals and spaces, and that it is the one for this onboarding.",
    ),
    "sealed_key_damaged": Entry(
        _STOPS,
        _BOTH,
        "The stored key is damaged, or does not belong to this onboarding.",
        "Your passphrase may well be right. Tell the people who run this site; a new key can be made meanwhile.",
    ),
    "server_key_unknown": Entry(
        _STOPS,
        _BOTH,
        "This server no longer has its part of the lock on your key.",
        "Your passphrase may well be right. Tell the people who run this site that key {found} is missing from "
        "the keyring.",
    ),
    "keyring_missing": Entry(_STOPS, _NOBODY, "The keyring file can’t be read."),
    "keyring_malformed": Entry(
        _STOPS, _NOBODY, "Line {line} of the keyring is not “id:base64 of 32 bytes”, or the keyring is empty."
    ),
    "key_size_unknown": Entry(_STOPS, _PARTNER, "Keys of {found} bits are not made here."),
}

RECEIVED: dict[str, Entry] = {
    "private_key_uploaded": Entry(
        _STOPS,
        _PARTNER,
        "Stop: there is a private key in {found}. It was not stored.",
        "Never send a private key to anyone. If it is the key of a certificate in use, replace both. Send only "
        "the certificates.",
    ),
    "pfx_uploaded": Entry(
        _STOPS,
        _PARTNER,
        "{found} is a PKCS#12 file (.pfx, .p12), which usually holds a private key. It was not stored.",
        "Send only the certificate files from Stellantis’ mail.",
    ),
    "csr_uploaded": Entry(
        _STOPS,
        _PARTNER,
        "{found} is your request, not the answer to it.",
        "Send the certificate that Stellantis’ mail links to; it arrives some days after the request.",
    ),
    "not_a_certificate": Entry(
        _STOPS,
        _PARTNER,
        "{found} is {what}, not a certificate.",
        "{mend}",
    ),
    "file_cut_short": Entry(
        _STOPS,
        _PARTNER,
        "{found} breaks off in the middle of a certificate, or was damaged on its way.",
        "Download or copy it again, from the first line to the last.",
    ),
    "file_empty": Entry(_STOPS, _PARTNER, "{found} is empty.", "Download it again."),
    "file_too_large": Entry(
        _STOPS,
        _PARTNER,
        "{found} is larger than {limit} KiB; certificates are far smaller.",
        "Send only the certificate files from the mail.",
    ),
    "too_many_certificates": Entry(
        _STOPS,
        _PARTNER,
        "There are more than {limit} certificates in what you sent.",
        "Send only the ones from Stellantis’ mail; this looks like a collection of public CAs.",
    ),
    "nothing_received": Entry(_STOPS, _PARTNER, "There is no certificate in what you sent."),
    "text_repaired": Entry(_TELLS, _NOBODY, "{found}: we tidied up its line breaks and spaces."),
    "converted": Entry(_TELLS, _NOBODY, "{found}: we converted it from its binary form."),
    "bundle_unpacked": Entry(_TELLS, _NOBODY, "{found}: we unpacked it."),
}

ANSWERED: dict[str, Entry] = {
    "other_key": Entry(
        _STOPS,
        _BOTH,
        "This certificate belongs to another key: it was not made from {expected}.",
        "Look in Stellantis’ mail for the certificate of this request. If you made a new key after sending, the "
        "certificate is for the old one: send the new request, too.",
    ),
    "leaf_missing": Entry(
        _STOPS,
        _PARTNER,
        "Only CA certificates are in here; your own certificate is missing.",
        "It names {expected} as its subject. Look for the second link in Stellantis’ mail.",
    ),
    "ca_missing": Entry(
        _STOPS,
        _PARTNER,
        "Your certificate is right, but the CA certificate is missing.",
        "The mail from Stellantis links to it as well: “{found}”. Add it and send both together.",
    ),
    "not_issued_by_ca": Entry(
        _STOPS,
        _OPERATOR,
        "The CA certificate that you gave did not issue your certificate: “{found}” did.",
        "Look for a certificate of that name in Stellantis’ mail, or ask your contact for it.",
    ),
    "intermediate_missing": Entry(
        _STOPS,
        _OPERATOR,
        "One certificate between yours and the CA is missing: “{found}”.",
        "Ask your contact at Stellantis for it, and send all of them together.",
    ),
    "root_missing": Entry(
        _WARNS,
        _OPERATOR,
        "The CA certificate “{expected}” is itself issued by “{found}”, which was not sent.",
        "It works here and with cURL; some software wants the root too. Ask your contact for it if yours does.",
    ),
    "chain_refused": Entry(
        _STOPS,
        _OPERATOR,
        "The CA certificate does not vouch for your certificate in the way that software requires.",
        "Tell your contact at Stellantis: the certificate “{found}” can’t be verified with the CA certificate.",
    ),
    "self_signed": Entry(
        _STOPS,
        _PARTNER,
        "This certificate was signed with your own key, not by Stellantis.",
        "Upload the one that came back in the mail.",
    ),
    "not_yet_valid": Entry(
        _STOPS,
        _OPERATOR,
        "“{found}” is not valid yet: it works from {date} UTC, in {days} days.",
        "Come back then, or ask your contact at Stellantis for one that is valid now.",
    ),
    "expired": Entry(
        _STOPS,
        _OPERATOR,
        "“{found}” expired on {date} UTC, {days} days ago.",
        "Ask your contact at Stellantis for a new one; your key and request are still good.",
    ),
    "expires_soon": Entry(
        _WARNS,
        _OPERATOR,
        "“{found}” expires on {date} UTC, in {days} days.",
        "Ask for its renewal now: signing can take weeks.",
    ),
    "no_client_auth": Entry(
        _STOPS,
        _OPERATOR,
        "This certificate was issued for servers, not for clients.",
        "Ask your contact at Stellantis for a client certificate for the same request.",
    ),
    "chain_weak": Entry(
        _STOPS,
        _OPERATOR,
        "“{found}” is too weak for current software: {why}.",
        "Ask your contact at Stellantis for a certificate with RSA of 2048 bits or more and SHA-256.",
    ),
    "subject_changed": Entry(
        _WARNS,
        _BOTH,
        "The authority changed {field} from “{expected}” to “{found}”.",
        "If that is not what you want, ask your contact at Stellantis.",
    ),
}

CATALOGUE: dict[str, Entry] = SUBJECT | CUSTODY | RECEIVED | ANSWERED
