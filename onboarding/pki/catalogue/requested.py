"""What is wrong or odd about a certificate request."""

from onboarding.pki.entries import Entry, Owner, Severity

_STOPS, _WARNS, _TELLS = Severity.STOPS, Severity.WARNS, Severity.TELLS
_PARTNER, _BOTH, _NOBODY = Owner.PARTNER, Owner.BOTH, Owner.NOBODY

REQUESTED: dict[str, Entry] = {
    "not_a_request": Entry(
        _STOPS,
        _PARTNER,
        "This is {found}, not a certificate request.",
        "Choose the file that begins with -----BEGIN CERTIFICATE REQUEST-----. It often ends in .csr.",
    ),
    "certificate_not_request": Entry(
        _STOPS,
        _PARTNER,
        "This is a certificate, not a request for one.",
        "Choose the .csr file. Certificates are handed in later, once Stellantis has answered.",
    ),
    "several_requests": Entry(
        _STOPS, _PARTNER, "There are {found} requests in here.", "Choose the one that you want to send to Stellantis."
    ),
    "request_cut_short": Entry(
        _STOPS,
        _PARTNER,
        "The request breaks off, or lines in its middle are missing.",
        "Copy it again, from -----BEGIN to END-----, or choose the file itself.",
    ),
    "request_damaged": Entry(
        _STOPS,
        _PARTNER,
        "The request can’t be read: characters in it were changed on its way.",
        "Choose the file itself instead of copying its text, or make the request again.",
    ),
    "request_version": Entry(
        _STOPS,
        _PARTNER,
        "The request says that it is of another version than the only one that there is.",
        "Make it again, as below, with a newer version of the tool.",
    ),
    "subject_unreadable": Entry(
        _STOPS,
        _PARTNER,
        "The request’s subject, most often an accent in it, is written in a way that current software can’t read.",
        "Make it again, as below, with a newer version of the tool.",
    ),
    "csr_signature_bad": Entry(
        _STOPS,
        _PARTNER,
        "The request was altered after it was made: its signature no longer fits.",
        "Export it again from the tool that made it.",
    ),
    "key_weak": Entry(_STOPS, _PARTNER, "The key is too weak: {why}.", "Make a new key and request, as below."),
    "key_type": Entry(
        _STOPS,
        _PARTNER,
        "The key is of another kind ({found}); Stellantis asks for RSA.",
        "Make an RSA key of 2048 bits, and a request with it, as below.",
    ),
    "hash_weak": Entry(
        _STOPS,
        _PARTNER,
        "The request is signed with {found}, which is no longer trusted.",
        "Make it again with SHA-256, as below.",
    ),
    "key_reused": Entry(
        _WARNS,
        _BOTH,
        "The same key is already used in {found}.",
        "If one of them is lost or stolen, both must be replaced. A key of its own is better.",
    ),
    "request_replaced": Entry(
        _WARNS,
        _PARTNER,
        "A request is already on its way, since {found}.",
        "The certificate for it will belong to the old key. Wait for it, or tell your contact to sign the new one.",
    ),
    "no_answer": Entry(
        _TELLS,
        Owner.OPERATOR,
        "You sent the request {days} days ago.",
        "Remind your contact at Stellantis.",
    ),
    "ou_missing": Entry(
        _STOPS,
        _PARTNER,
        "The organizational unit is missing.",
        "It must be exactly “Programs Partners”.",
    ),
    "cn_missing": Entry(_STOPS, _PARTNER, "The common name is missing.", "It must be your MZP login, {expected}."),
    "double_encoded": Entry(
        _STOPS,
        _PARTNER,
        "The accents were damaged by the tool that made this request: it reads “{found}” instead of “{expected}”.",
        "Make it again, as below. OpenSSL needs the option -utf8.",
    ),
    "accents_lost": Entry(
        _WARNS,
        _PARTNER,
        "{label} reads “{found}”: accents seem to have been lost.",
        "If that is not how it is written, make the request again, as below.",
    ),
    "placeholder_left": Entry(
        _STOPS,
        _PARTNER,
        "{label} still holds the example: “{found}”.",
        "Put your own value there, and make the request again.",
    ),
    "spaces_around": Entry(
        _WARNS,
        _PARTNER,
        "{label} begins or ends with a space.",
        "Better without: “{expected}”.",
    ),
    "string_type_odd": Entry(
        _WARNS,
        _PARTNER,
        "{label} is written in an unusual way inside the request ({found} instead of {expected}).",
        "It may well be accepted. To be on the safe side, make it again, as below.",
    ),
    "attribute_repeated": Entry(
        _STOPS,
        _PARTNER,
        "{label} stands there {times} times: {found}.",
        "It must stand there once.",
    ),
    "attributes_joined": Entry(
        _WARNS,
        _PARTNER,
        "{found} are joined into one; a “+” in a value does that.",
        "Make the request again, as below, with the “+” protected.",
    ),
    "attribute_extra": Entry(
        _WARNS,
        _PARTNER,
        "The request also names something that Stellantis does not ask for: “{found}”.",
        "It may be accepted. To be on the safe side, leave it out.",
    ),
    "order_differs": Entry(
        _TELLS, _NOBODY, "The fields stand in another order than in Stellantis’ example. That does no harm."
    ),
    "challenge_password": Entry(
        _WARNS,
        _PARTNER,
        "The request holds a “challenge password”, which everybody who sees the request can read.",
        "Stellantis does not ask for one. If you use that password elsewhere, change it there.",
    ),
    "extensions_asked": Entry(
        _TELLS, _NOBODY, "The request asks for extensions; Stellantis decides which ones the certificate gets."
    ),
    "request_converted": Entry(
        _TELLS, _NOBODY, "We converted the request from its binary form. Send Stellantis the text form."
    ),
    "request_repaired": Entry(
        _TELLS, _NOBODY, "We tidied up {found}. Send the tidy request to Stellantis, not your own file."
    ),
}
