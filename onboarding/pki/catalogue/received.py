"""What was found in the files that came."""

from onboarding.pki.findings import Entry, Owner, Severity

_STOPS, _TELLS = Severity.STOPS, Severity.TELLS
_PARTNER, _NOBODY = Owner.PARTNER, Owner.NOBODY

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
    "text_repaired": Entry(_TELLS, _NOBODY, "{found}: we tidied up {what}."),
    "converted": Entry(_TELLS, _NOBODY, "{found}: we converted it from its binary form."),
    "piece_ignored": Entry(_TELLS, _NOBODY, "{found} is {what}; we left it aside."),
    "too_many_entries": Entry(
        _STOPS,
        _PARTNER,
        "{found} holds more than we read: at most {limit} files.",
        "Send only the certificate files from Stellantis’ mail.",
    ),
    "zip_empty": Entry(_STOPS, _PARTNER, "There is nothing in {found}.", "Download it again, or send the files."),
    "mail_damaged": Entry(
        _STOPS,
        _PARTNER,
        "{found} is a mail, but a damaged one: its attachments can’t be read.",
        "Save the attachments from your mail program, and send those.",
    ),
    "mail_signature": Entry(_TELLS, _NOBODY, "{found} is signed by its sender; we left that certificate aside."),
    "bundle_unpacked": Entry(_TELLS, _NOBODY, "{found}: we unpacked it."),
    "client_id_missing": Entry(_STOPS, _PARTNER, "Enter the client ID.", "It came in the mail with the certificate."),
    "client_id_is_login": Entry(
        _STOPS,
        _PARTNER,
        "This is your login.",
        "The client ID is another value: it came in the mail with the certificate.",
    ),
    "client_id_strange": Entry(
        _STOPS,
        _PARTNER,
        "A client ID has no spaces or accents; this one reads “{found}”.",
        "Copy it again from the mail, and nothing around it.",
    ),
    "client_id_trimmed": Entry(_TELLS, _NOBODY, "We removed the spaces or quotes around the client ID."),
}
