"""What can be wrong with a certificate request."""

from onboarding.messages.message import Owner, Template, error, info, warning

REQUEST_FINDINGS: dict[str, Template] = {
    "not_a_request": error(
        Owner.PARTNER,
        "This is {found}, not a certificate request.",
        "Choose the file that begins with -----BEGIN CERTIFICATE REQUEST-----. It often ends in .csr.",
    ),
    "certificate_not_request": error(
        Owner.PARTNER,
        "This is a certificate, not a request for one.",
        "Choose the .csr file. Certificates are handed in later, once Stellantis has answered.",
    ),
    "several_requests": error(
        Owner.PARTNER, "There are {found} requests in here.", "Choose the one that you want to send to Stellantis."
    ),
    "request_cut_short": error(
        Owner.PARTNER,
        "The request breaks off, or lines in its middle are missing.",
        "Copy it again, from -----BEGIN to END-----, or choose the file itself.",
    ),
    "request_damaged": error(
        Owner.PARTNER,
        "The request can’t be read: characters in it were changed on its way.",
        "Choose the file itself instead of copying its text, or make the request again.",
    ),
    "request_version": error(
        Owner.PARTNER,
        "The request says that it is of another version than the only one that there is.",
        "Make it again, as below, with a newer version of the tool.",
    ),
    "subject_unreadable": error(
        Owner.PARTNER,
        "The request’s subject, most often an accent in it, is written in a way that current software can’t read.",
        "Make it again, as below, with a newer version of the tool.",
    ),
    "csr_signature_bad": error(
        Owner.PARTNER,
        "The request was altered after it was made: its signature no longer fits.",
        "Export it again from the tool that made it.",
    ),
    "key_weak": error(Owner.PARTNER, "The key is too weak: {why}.", "Make a new key and request, as below."),
    "key_type": error(
        Owner.PARTNER,
        "The key is of another kind ({found}); Stellantis asks for RSA.",
        "Make an RSA key of 2048 bits, and a request with it, as below.",
    ),
    "hash_weak": error(
        Owner.PARTNER,
        "The request is signed with {found}, which is no longer trusted.",
        "Make it again with SHA-256, as below.",
    ),
    "key_reused": warning(
        Owner.BOTH,
        "The same key is already used in {found}.",
        "If one of them is lost or stolen, both must be replaced. A key of its own is better.",
    ),
    "request_replaced": warning(
        Owner.PARTNER,
        "A request is already on its way, since {found}.",
        "The certificate for it will belong to the old key. Wait for it, or tell your contact to sign the new one.",
    ),
    "no_answer": info(
        Owner.OPERATOR,
        "You sent the request {days} days ago.",
        "Remind your contact at Stellantis.",
    ),
    "ou_missing": error(
        Owner.PARTNER,
        "The organizational unit is missing.",
        "It must be exactly “Programs Partners”.",
    ),
    "cn_missing": error(Owner.PARTNER, "The common name is missing.", "It must be your MZP login, {expected}."),
    "double_encoded": error(
        Owner.PARTNER,
        "The accents were damaged by the tool that made this request: it reads “{found}” instead of “{expected}”.",
        "Make it again, as below. OpenSSL needs the option -utf8.",
    ),
    "accents_lost": warning(
        Owner.PARTNER,
        "{label} reads “{found}”: accents seem to have been lost.",
        "If that is not how it is written, make the request again, as below.",
    ),
    "placeholder_left": error(
        Owner.PARTNER,
        "{label} still holds the example: “{found}”.",
        "Put your own value there, and make the request again.",
    ),
    "spaces_around": warning(
        Owner.PARTNER,
        "{label} begins or ends with a space.",
        "Better without: “{expected}”.",
    ),
    "string_type_odd": warning(
        Owner.PARTNER,
        "{label} is written in an unusual way inside the request ({found} instead of {expected}).",
        "It may well be accepted. To be on the safe side, make it again, as below.",
    ),
    "attribute_repeated": error(
        Owner.PARTNER,
        "{label} stands there {times} times: {found}.",
        "It must stand there once.",
    ),
    "attributes_joined": warning(
        Owner.PARTNER,
        "{found} are joined into one; a “+” in a value does that.",
        "Make the request again, as below, with the “+” protected.",
    ),
    "attribute_extra": warning(
        Owner.PARTNER,
        "The request also names something that Stellantis does not ask for: “{found}”.",
        "It may be accepted. To be on the safe side, leave it out.",
    ),
    "order_differs": info(
        Owner.NOBODY, "The fields stand in another order than in Stellantis’ example. That does no harm."
    ),
    "challenge_password": warning(
        Owner.PARTNER,
        "The request holds a “challenge password”, which everybody who sees the request can read.",
        "Stellantis does not ask for one. If you use that password elsewhere, change it there.",
    ),
    "extensions_asked": info(
        Owner.NOBODY, "The request asks for extensions; Stellantis decides which ones the certificate gets."
    ),
    "request_converted": info(
        Owner.NOBODY, "We converted the request from its binary form. Send Stellantis the text form."
    ),
    "request_repaired": info(
        Owner.NOBODY, "We tidied up {found}. Send the tidy request to Stellantis, not your own file."
    ),
}
