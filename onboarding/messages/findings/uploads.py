"""What can be found in uploaded files."""

from onboarding.messages.message import Owner, Template, error, info

UPLOAD_FINDINGS: dict[str, Template] = {
    "private_key_uploaded": error(
        Owner.PARTNER,
        "There is a private key in {found}. It was not stored.",
        "Never send a private key to anyone. If this one is in use, replace it and its certificate. Then hand in "
        "the files without it.",
    ),
    "pfx_uploaded": error(
        Owner.PARTNER,
        "{found} is a PKCS#12 file (.pfx, .p12), which usually holds a private key. It was not stored.",
        "Hand in only the certificate files from Stellantis’ mail.",
    ),
    "csr_uploaded": error(
        Owner.PARTNER,
        "{found} is your request, not the answer to it.",
        "Hand in the certificate that Stellantis’ mail links to. The mail comes some days after the request was sent.",
    ),
    "not_a_certificate": error(
        Owner.PARTNER,
        "{found} is {what}, not a certificate.",
        "{mend}",
    ),
    "file_cut_short": error(
        Owner.PARTNER,
        "{found} breaks off in the middle of a certificate, or was damaged on its way.",
        "Download or copy it again, from the first line to the last.",
    ),
    "file_empty": error(Owner.PARTNER, "{found} is empty.", "Download it again."),
    "file_too_large": error(
        Owner.PARTNER,
        "{found} is larger than {limit} KiB; certificates are far smaller.",
        "Hand in only the certificate files from Stellantis’ mail.",
    ),
    "too_many_certificates": error(
        Owner.PARTNER,
        "There are more than {limit} certificates in these files.",
        "Hand in only the ones from Stellantis’ mail; this looks like a collection of public CA certificates.",
    ),
    "nothing_received": error(
        Owner.PARTNER,
        "There is no certificate in these files.",
        "Hand in the ones that Stellantis’ mail links to.",
    ),
    "text_repaired": info(Owner.NOBODY, "{found}: we tidied up {what}."),
    "converted": info(Owner.NOBODY, "{found}: we converted it from its binary form."),
    "piece_ignored": info(Owner.NOBODY, "{found} is {what}; we left it aside."),
    "too_many_entries": error(
        Owner.PARTNER,
        "{found} holds more than we read: at most {limit} files.",
        "Hand in only the certificate files from Stellantis’ mail.",
    ),
    "zip_empty": error(
        Owner.PARTNER, "There is nothing in {found}.", "Download it again, or hand in the files themselves."
    ),
    "mail_damaged": error(
        Owner.PARTNER,
        "{found} is a mail, but a damaged one: its attachments can’t be read.",
        "Save the attachments from your mail program, and hand those in.",
    ),
    "mail_signature": info(Owner.NOBODY, "{found} is signed by its sender; we left that certificate aside."),
    "certificate_key_odd": error(
        Owner.OPERATOR,
        "The certificate in {found} has a kind of key that hardly any software knows.",
        "Ask your contact at Stellantis for an RSA certificate for your request.",
    ),
    "certificate_malformed": error(
        Owner.OPERATOR,
        "Current software can’t read the certificate in {found}: {why}.",
        "Download it again. If it stays so, show this to your contact at Stellantis, and ask for another.",
    ),
    "bundle_unpacked": info(Owner.NOBODY, "{found}: we unpacked it."),
    "client_id_missing": error(
        Owner.PARTNER, "The client ID is missing.", "It stands in the mail that brought the certificate."
    ),
    "client_id_is_login": error(
        Owner.PARTNER,
        "This is your login.",
        "The client ID is another value; it stands in the mail that brought the certificate.",
    ),
    "client_id_strange": error(
        Owner.PARTNER,
        "A client ID has no spaces or accents; this one reads “{found}”.",
        "Copy it again from the mail, and nothing around it.",
    ),
    "client_id_trimmed": info(Owner.NOBODY, "We removed the spaces or quotes around the client ID."),
}
