"""The findings about uploaded files and pasted text.

A variant named `pasted`, or beginning with it, is about pasted text. The other variants are about the file {found}.
"""

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


def _not_a_certificate(text: Text, remedy: Text = UPLOAD_CERTIFICATES) -> Template:
    return error(Owner.PARTNER, text, remedy)


def _note(text: Text) -> Template:
    return info(Owner.NOBODY, text)


NOT_A_CERTIFICATE: dict[str, Template] = {
    "not_a_certificate": _not_a_certificate(_("{found} is not a certificate.")),
    "not_a_certificate.unknown": _not_a_certificate(_("{found} is not a certificate. We don’t know this file type.")),
    "not_a_certificate.web_page": _not_a_certificate(
        _("{found} is a web page, not a certificate."),
        _("Open the link in Stellantis’ email, and save the file that it leads to."),
    ),
    "not_a_certificate.sign_in_page": _not_a_certificate(
        _("{found} is a web page that asks you to sign in, not a certificate."),
        _("Open the link in Stellantis’ email, sign in, and save the file that you then get."),
    ),
    "not_a_certificate.pdf": _not_a_certificate(
        _("{found} is a PDF document, not a certificate."), _("Upload the files from the email, not a printed copy.")
    ),
    "not_a_certificate.picture": _not_a_certificate(
        _("{found} is a picture, not a certificate."),
        _("We can’t read a screenshot. Save the certificate as a file, or copy its text."),
    ),
    "not_a_certificate.word_document": _not_a_certificate(
        _("{found} is a Word document, not a certificate."),
        _("Copy the text from -----BEGIN to END----- out of the document, and paste it below."),
    ),
    "not_a_certificate.outlook_email": _not_a_certificate(
        _("{found} is an email in Outlook’s own format (.msg), not a certificate."),
        _("Open it in Outlook. Save its attachments, or save the email as .eml. Then upload those files."),
    ),
    "not_a_certificate.winmail": _not_a_certificate(
        _("{found} is an attachment that only Outlook can open (winmail.dat), not a certificate."),
        _("Open the email in Outlook and save the attachments, or ask your contact to send the files in a zip file."),
    ),
    "not_a_certificate.archive": _not_a_certificate(
        _("{found} is an archive that we can’t open, not a certificate."), _("Unpack it, and upload the files in it.")
    ),
    "not_a_certificate.encrypted_zip": _not_a_certificate(
        _("{found} is a zip file with a password."),
        _("Unpack it with the password from the email, and upload the files in it."),
    ),
    "not_a_certificate.damaged_zip": _not_a_certificate(
        _("{found} is a damaged zip file."),
        _("Download it again, or unpack it yourself and upload the files in it."),
    ),
    "not_a_certificate.java_keystore": _not_a_certificate(
        _("{found} is a Java keystore, not a certificate."),
        _("Export each certificate with keytool -exportcert -rfc -alias NAME, and upload the result."),
    ),
    "not_a_certificate.public_key": _not_a_certificate(
        _("{found} is a public key, not a certificate."),
        _("Upload the certificate. It contains this key and Stellantis’ signature."),
    ),
    "not_a_certificate.crl": _not_a_certificate(
        _("{found} is a list of revoked certificates (CRL), not a certificate.")
    ),
    "not_a_certificate.shortcut": _not_a_certificate(
        _("{found} is a shortcut to a web page, not a certificate."),
        _("Open the shortcut, and save the file that it leads to."),
    ),
    "not_a_certificate.program": _not_a_certificate(_("{found} is a program, not a certificate.")),
    "not_a_certificate.text": _not_a_certificate(
        _("{found} is a text without a certificate."),
        _(
            "Upload the file that the email links to, or copy the text from -----BEGIN CERTIFICATE----- to "
            "-----END CERTIFICATE-----."
        ),
    ),
    "not_a_certificate.email": _not_a_certificate(
        _("{found} is an email without a certificate."),
        _("We can’t open links. Open the link in the email, save the files, and upload those files."),
    ),
    "not_a_certificate.empty_pkcs7": _not_a_certificate(
        _("{found} is a PKCS#7 file without a certificate."),
        _("Download the certificate itself from Stellantis’ email."),
    ),
    "not_a_certificate.link": _not_a_certificate(
        _("{found} contains only a link, not a certificate."),
        _("We can’t open links. Open the link, save the file, and upload that file."),
    ),
    "not_a_certificate.parameters": _not_a_certificate(
        _("{found} contains cryptographic parameters, not a certificate.")
    ),
    "not_a_certificate.pasted": _not_a_certificate(_("The pasted text contains no certificate."), PASTE_CERTIFICATES),
    "not_a_certificate.pasted_link": _not_a_certificate(
        _("The pasted text is only a link, not a certificate."),
        _("We can’t open links. Open the link, save the file, and upload that file."),
    ),
    "not_a_certificate.pasted_email": _not_a_certificate(
        _("The pasted text is an email without a certificate."),
        _("We can’t open links. Open the link in the email, save the files, and upload those files."),
    ),
    "not_a_certificate.pasted_public_key": _not_a_certificate(
        _("The pasted text is a public key, not a certificate."),
        _("Paste the certificate. It contains this key and Stellantis’ signature."),
    ),
}

# The code means "file ignored": the file is not a certificate, but a certificate came in another file.
IGNORED: dict[str, Template] = {
    "piece_ignored": _note(_("{found} is not a certificate. We ignored it.")),
    "piece_ignored.unknown": _note(_("We don’t know the file type of {found}. We ignored it.")),
    "piece_ignored.web_page": _note(_("{found} is a web page. We ignored it.")),
    "piece_ignored.sign_in_page": _note(_("{found} is a web page that asks you to sign in. We ignored it.")),
    "piece_ignored.pdf": _note(_("{found} is a PDF document. We ignored it.")),
    "piece_ignored.picture": _note(_("{found} is a picture. We ignored it.")),
    "piece_ignored.word_document": _note(_("{found} is a Word document. We ignored it.")),
    "piece_ignored.outlook_email": _note(_("{found} is an email in Outlook’s own format (.msg). We ignored it.")),
    "piece_ignored.winmail": _note(_("{found} is an attachment that only Outlook can open. We ignored it.")),
    "piece_ignored.archive": _note(_("{found} is an archive that we can’t open. We ignored it.")),
    "piece_ignored.encrypted_zip": _note(_("{found} is a zip file with a password. We ignored it.")),
    "piece_ignored.damaged_zip": _note(_("{found} is a damaged zip file. We ignored it.")),
    "piece_ignored.java_keystore": _note(_("{found} is a Java keystore. We ignored it.")),
    "piece_ignored.public_key": _note(_("{found} is a public key. We ignored it.")),
    "piece_ignored.crl": _note(_("{found} is a list of revoked certificates (CRL). We ignored it.")),
    "piece_ignored.shortcut": _note(_("{found} is a shortcut to a web page. We ignored it.")),
    "piece_ignored.program": _note(_("{found} is a program. We ignored it.")),
    "piece_ignored.text": _note(_("{found} is a text without a certificate. We ignored it.")),
    "piece_ignored.email": _note(_("{found} is an email without a certificate. We ignored it.")),
    "piece_ignored.empty_pkcs7": _note(_("{found} is a PKCS#7 file without a certificate. We ignored it.")),
    "piece_ignored.link": _note(_("{found} contains only a link. We ignored it.")),
    "piece_ignored.parameters": _note(_("{found} contains cryptographic parameters. We ignored it.")),
    "piece_ignored.csr": _note(_("{found} is your request. We ignored it.")),
    "piece_ignored.too_large": _note(_("{found} is too large for a certificate. We ignored it.")),
    "piece_ignored.empty": _note(_("{found} is empty. We ignored it.")),
    "piece_ignored.pasted": _note(_("The pasted text contains no certificate. We ignored it.")),
    "piece_ignored.pasted_csr": _note(_("The pasted text is your request. We ignored it.")),
}

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
    "bundle_unpacked.pasted": _note(_("We unpacked the certificates from the pasted text.")),
    "mail_signature": _note(_("The sender signed the email {found}. We ignored the certificate of that signature.")),
    "mail_signature.pasted": _note(
        _("The sender signed the pasted email. We ignored the certificate of that signature.")
    ),
    **NOT_A_CERTIFICATE,
    **IGNORED,
    **REPAIRED,
    **UNREADABLE_UPLOADS,
    **CLIENT_IDS,
}
