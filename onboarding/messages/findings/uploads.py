"""The findings about uploaded files and pasted text.

A variant named `pasted`, or beginning with it, is about pasted text. The other variants are about the file {found}.
"""

from onboarding.messages.findings.file_types import IGNORED, NOT_A_CERTIFICATE
from onboarding.messages.message import Owner, Template, error, info
from onboarding.messages.text import Text
from onboarding.messages.text import gettext_noop as _

UPLOAD_CERTIFICATES = _("Upload only the certificate files from Stellantis’ email.")
PASTE_CERTIFICATES = _(
    "Paste the text from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----, or upload the file itself."
)
REPLACE_KEY = _(
    "Never send a private key to anyone. If you use this key, replace it and its certificate. Then upload the files "
    "without the key."
)
COPY_AGAIN = _("Download or copy it again, from the first line to the last.")
ASK_FOR_ANOTHER = _("Download it again. If that does not help, show this message to your contact at Stellantis.")
WAIT_FOR_CERTIFICATE = _(
    "Upload the certificate that Stellantis’ email links to. The email comes some days after you sent the request."
)


def _note(text: Text) -> Template:
    return info(Owner.NOBODY, text)


REPAIRED: dict[str, Template] = {
    "text_repaired": _note(_("{found} had an unusual text format. We corrected it.")),
    "text_repaired.byte_order_mark": _note(_("{found} began with a byte order mark. We removed it.")),
    "text_repaired.utf_16": _note(_("{found} was in UTF-16. We converted it.")),
    "text_repaired.email_encoding": _note(_("{found} was encoded as in an email. We decoded it.")),
    "text_repaired.html": _note(_("{found} contained the HTML code of a web page. We removed the code.")),
    "text_repaired.url_encoding": _note(_("{found} was encoded as in a web address. We decoded it.")),
    "text_repaired.json": _note(_("{found} had line breaks as in JSON. We corrected them.")),
    "text_repaired.invisible_characters": _note(_("{found} contained hidden characters. We removed them.")),
    "text_repaired.dashes": _note(_("{found} had long dashes instead of hyphens. We corrected them.")),
    "text_repaired.white_space": _note(_("{found} had unusual line breaks or spaces. We corrected them.")),
    "text_repaired.pasted": _note(_("The pasted text had an unusual format. We corrected it.")),
}

UNREADABLE_UPLOADS: dict[str, Template] = {
    "file_cut_short": error(
        Owner.PARTNER, _("{found} stops in the middle of a certificate, or it is damaged."), COPY_AGAIN
    ),
    "file_cut_short.pasted": error(
        Owner.PARTNER, _("The pasted text stops in the middle of a certificate, or it is damaged."), COPY_AGAIN
    ),
    "file_empty": error(Owner.PARTNER, _("{found} is empty."), _("Download it again.")),
    "file_empty.pasted": error(Owner.PARTNER, _("The pasted text is empty."), PASTE_CERTIFICATES),
    "file_empty.key_file": error(Owner.PARTNER, _("The key file is empty."), _("Choose another file.")),
    "file_too_large": error(
        Owner.PARTNER, _("{found} is too large for a certificate. The limit is {limit} KB."), UPLOAD_CERTIFICATES
    ),
    "file_too_large.pasted": error(
        Owner.PARTNER, _("The pasted text is too long. The limit is {limit} KB."), PASTE_CERTIFICATES
    ),
    "file_too_large.key_file": error(
        Owner.PARTNER,
        _("The key file is too large. The limit is {limit} KB."),
        _("Choose the file with the private key only."),
    ),
    "zip_empty": error(
        Owner.PARTNER, _("{found} contains no files."), _("Download it again, or upload the files themselves.")
    ),
    "zip_empty.pasted": error(Owner.PARTNER, _("The zip file contains no files."), _("Upload the files themselves.")),
    "mail_damaged": error(
        Owner.PARTNER,
        _("{found} is a damaged email. We can’t read its attachments."),
        _("Save the attachments in your email program, and upload them."),
    ),
    "mail_damaged.pasted": error(
        Owner.PARTNER,
        _("The pasted text is a damaged email. We can’t read its attachments."),
        _("Save the attachments in your email program, and upload them."),
    ),
    "too_many_entries": error(
        Owner.PARTNER, _("{found} contains too many files. The limit is {limit} files."), UPLOAD_CERTIFICATES
    ),
    "too_many_entries.pasted": error(
        Owner.PARTNER,
        _("The pasted email has too many parts. The limit is {limit} files."),
        UPLOAD_CERTIFICATES,
    ),
    "too_many_entries.all": error(
        Owner.PARTNER,
        _("This is more than we can read at once. The limit is {limit} files."),
        UPLOAD_CERTIFICATES,
    ),
    "too_many_certificates": error(
        Owner.PARTNER,
        _("There are more than {limit} certificates in these files. They look like a list of public CA certificates."),
        _("Upload only the certificates from Stellantis’ email."),
    ),
    "certificate_key_odd": error(
        Owner.OPERATOR,
        _("The certificate in {found} has a type of key that hardly any software supports."),
        _("Ask your contact at Stellantis for an RSA certificate for your request."),
    ),
    "certificate_key_odd.pasted": error(
        Owner.OPERATOR,
        _("The certificate in the pasted text has a type of key that hardly any software supports."),
        _("Ask your contact at Stellantis for an RSA certificate for your request."),
    ),
    "certificate_malformed": error(
        Owner.OPERATOR, _("Current software can’t read the certificate in {found}."), ASK_FOR_ANOTHER
    ),
    "certificate_malformed.version": error(
        Owner.OPERATOR,
        _("Current software can’t read the certificate in {found}: its version is neither 1 nor 3."),
        ASK_FOR_ANOTHER,
    ),
    "certificate_malformed.name": error(
        Owner.OPERATOR,
        _("Current software can’t read the certificate in {found}: a name in it is not text."),
        ASK_FOR_ANOTHER,
    ),
    "certificate_malformed.date": error(
        Owner.OPERATOR,
        _("Current software can’t read the certificate in {found}: a date in it does not exist."),
        ASK_FOR_ANOTHER,
    ),
    "certificate_malformed.pasted": error(
        Owner.OPERATOR, _("Current software can’t read the certificate in the pasted text."), ASK_FOR_ANOTHER
    ),
    "certificate_malformed.pasted_version": error(
        Owner.OPERATOR,
        _("Current software can’t read the certificate in the pasted text: its version is neither 1 nor 3."),
        ASK_FOR_ANOTHER,
    ),
    "certificate_malformed.pasted_name": error(
        Owner.OPERATOR,
        _("Current software can’t read the certificate in the pasted text: a name in it is not text."),
        ASK_FOR_ANOTHER,
    ),
    "certificate_malformed.pasted_date": error(
        Owner.OPERATOR,
        _("Current software can’t read the certificate in the pasted text: a date in it does not exist."),
        ASK_FOR_ANOTHER,
    ),
}

CLIENT_IDS: dict[str, Template] = {
    "client_id_missing": error(
        Owner.PARTNER, _("The client ID is missing."), _("It is in the same email as the certificate.")
    ),
    "client_id_is_login": error(
        Owner.PARTNER,
        _("This is your login, not the client ID."),
        _("The client ID is in the same email as the certificate."),
    ),
    "client_id_strange": error(
        Owner.PARTNER,
        _("A client ID has no spaces or accents. You entered “{found}”."),
        _("Copy only the client ID from the email."),
    ),
    "client_id_trimmed": info(Owner.NOBODY, _("We removed the spaces or quotes around the client ID.")),
}

UPLOAD_FINDINGS: dict[str, Template] = {
    "private_key_uploaded": error(
        Owner.PARTNER, _("There is a private key in {found}. We did not store it."), REPLACE_KEY
    ),
    "private_key_uploaded.pasted": error(
        Owner.PARTNER, _("There is a private key in the pasted text. We did not store it."), REPLACE_KEY
    ),
    "pfx_uploaded": error(
        Owner.PARTNER,
        _("{found} is a PKCS#12 file (.pfx, .p12), which usually contains a private key. We did not store it."),
        UPLOAD_CERTIFICATES,
    ),
    "pfx_uploaded.pasted": error(
        Owner.PARTNER,
        _("The pasted text is a PKCS#12 file, which usually contains a private key. We did not store it."),
        PASTE_CERTIFICATES,
    ),
    "csr_uploaded": error(Owner.PARTNER, _("{found} is your request, not the certificate."), WAIT_FOR_CERTIFICATE),
    "csr_uploaded.pasted": error(
        Owner.PARTNER, _("The pasted text is your request, not the certificate."), WAIT_FOR_CERTIFICATE
    ),
    "nothing_received": error(
        Owner.PARTNER,
        _("There is no certificate in these files."),
        _("Upload the certificates that Stellantis’ email links to."),
    ),
    "converted": _note(_("{found} was in binary format (DER). We converted it.")),
    "converted.pasted": _note(_("The certificate was in binary format (DER). We converted it.")),
    "bundle_unpacked": _note(_("We unpacked {found}.")),
    "bundle_unpacked.document": _note(_("We read the certificate in the document {found}.")),
    "bundle_unpacked.pasted": _note(_("We unpacked the certificates from the pasted text.")),
    "mail_signature": _note(_("The sender signed the email {found}. We ignored the certificate of that signature.")),
    "mail_signature.file": _note(_("{found} is signed. We ignored the certificate of that signature.")),
    "mail_signature.pasted": _note(
        _("The sender signed the pasted email. We ignored the certificate of that signature.")
    ),
    **NOT_A_CERTIFICATE,
    **IGNORED,
    **REPAIRED,
    **UNREADABLE_UPLOADS,
    **CLIENT_IDS,
}
