"""The findings about files that are no certificates: an error, or a note if a certificate came in another file.

A variant is a type of file (`pki.intake.file_types.FileType`). `pasted`, or a variant that begins with it, is about
pasted text. The other variants are about the file {found}.
"""

from onboarding.messages.message import Owner, Template, error, info
from onboarding.messages.text import Text
from onboarding.messages.text import gettext_noop as _

ONLY_CERTIFICATES = _("Upload only the certificate files from Stellantis’ email.")
PASTE_OR_UPLOAD = _(
    "Paste the text from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----, or upload the file itself."
)
COPY_FROM_DOCUMENT = _(
    "Open the document. Copy the text from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----, and paste it "
    "below. If a file is attached to the document, save that file, and upload it."
)
UNPACK = _("Unpack it, and upload the files in it.")


def _not_a_certificate(text: Text, remedy: Text = ONLY_CERTIFICATES) -> Template:
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
    "not_a_certificate.pdf": _not_a_certificate(_("{found} is a PDF document, not a certificate."), COPY_FROM_DOCUMENT),
    "not_a_certificate.encrypted_pdf": _not_a_certificate(
        _("{found} is a PDF document with a password."),
        _("Open it with the password. Copy the certificate’s text or save the attached file, and send us that."),
    ),
    "not_a_certificate.picture": _not_a_certificate(
        _("{found} is a picture, not a certificate."),
        _("We can’t read a screenshot. Save the certificate as a file, or copy its text."),
    ),
    "not_a_certificate.word_document": _not_a_certificate(
        _("{found} is a Word document, not a certificate."), COPY_FROM_DOCUMENT
    ),
    "not_a_certificate.rtf_document": _not_a_certificate(
        _("{found} is an RTF document, not a certificate."), COPY_FROM_DOCUMENT
    ),
    "not_a_certificate.document": _not_a_certificate(
        _("{found} is an office document, not a certificate."), COPY_FROM_DOCUMENT
    ),
    "not_a_certificate.encrypted_document": _not_a_certificate(
        _("{found} is an office document with a password."),
        _("Open it with the password. Copy the certificate’s text or save the attached file, and send us that."),
    ),
    "not_a_certificate.outlook_email": _not_a_certificate(
        _("{found} is an email in Outlook’s own format (.msg). It is damaged, so we can’t read it."),
        _("Open it in Outlook, and save its attachments. Then upload those files."),
    ),
    "not_a_certificate.outlook_data": _not_a_certificate(
        _("{found} is a data file of Outlook with many emails (.pst)."),
        _("Open the email in Outlook, and save its attachments. Then upload those files."),
    ),
    "not_a_certificate.encrypted_email": _not_a_certificate(
        _("{found} is encrypted with S/MIME. Only the recipient can open it."),
        _("Open the email in your email program, and save its attachments. Then upload those files."),
    ),
    "not_a_certificate.protected_email": _not_a_certificate(
        _("{found} is an email that Microsoft Purview protects. Only the recipient can open it."),
        _("Open the email in Outlook, and save its attachments. Then upload those files."),
    ),
    "not_a_certificate.damaged_cms": _not_a_certificate(
        _("{found} is a signed file that is damaged."),
        _("Open the email in your email program, and save its attachments. Then upload those files."),
    ),
    "not_a_certificate.pgp_message": _not_a_certificate(
        _("{found} is a PGP message. Only PGP software can open it."),
        _("Open it with your PGP software, and save the files in it. Then upload those files."),
    ),
    "not_a_certificate.pgp_signature": _not_a_certificate(
        _("{found} is a PGP signature, not a certificate."), _("Upload the file that came with the signature.")
    ),
    "not_a_certificate.pgp_key": _not_a_certificate(_("{found} is a PGP key, not a certificate.")),
    "not_a_certificate.winmail": _not_a_certificate(
        _("{found} is an attachment in Outlook’s own format (winmail.dat). It is damaged, so we can’t read it."),
        _("Open the email in Outlook and save the attachments, or ask your contact to send the files in a zip file."),
    ),
    "not_a_certificate.archive": _not_a_certificate(
        _("{found} is an archive that we can’t open, not a certificate."), UNPACK
    ),
    "not_a_certificate.encrypted_archive": _not_a_certificate(
        _("{found} is an archive with a password."),
        _("Unpack it with the password from the email, and upload the files in it."),
    ),
    "not_a_certificate.damaged_archive": _not_a_certificate(
        _("{found} is a damaged archive."),
        _("Download it again, or unpack it yourself and upload the files in it."),
    ),
    "not_a_certificate.other_zip": _not_a_certificate(
        _("{found} is a zip file that is packed in an unusual way. We can’t open it."), UNPACK
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
    "not_a_certificate.pasted": _not_a_certificate(_("The pasted text contains no certificate."), PASTE_OR_UPLOAD),
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
    "not_a_certificate.pasted_encrypted_email": _not_a_certificate(
        _("The pasted text is encrypted with S/MIME. Only the recipient can open it."),
        _("Open the email in your email program, and save its attachments. Then upload those files."),
    ),
    "not_a_certificate.pasted_pgp_message": _not_a_certificate(
        _("The pasted text is a PGP message. Only PGP software can open it."),
        _("Open it with your PGP software, and paste the text that you then get."),
    ),
}

# The code means "file ignored": the file is not a certificate, but a certificate came in another file.
IGNORED: dict[str, Template] = {
    "piece_ignored": _note(_("{found} is not a certificate. We ignored it.")),
    "piece_ignored.unknown": _note(_("We don’t know the file type of {found}. We ignored it.")),
    "piece_ignored.web_page": _note(_("{found} is a web page. We ignored it.")),
    "piece_ignored.sign_in_page": _note(_("{found} is a web page that asks you to sign in. We ignored it.")),
    "piece_ignored.pdf": _note(_("{found} is a PDF document. We ignored it.")),
    "piece_ignored.encrypted_pdf": _note(_("{found} is a PDF document with a password. We ignored it.")),
    "piece_ignored.rtf_document": _note(_("{found} is an RTF document. We ignored it.")),
    "piece_ignored.document": _note(_("{found} is an office document. We ignored it.")),
    "piece_ignored.encrypted_document": _note(_("{found} is an office document with a password. We ignored it.")),
    "piece_ignored.outlook_data": _note(_("{found} is a data file of Outlook (.pst). We ignored it.")),
    "piece_ignored.encrypted_email": _note(_("{found} is encrypted with S/MIME. We ignored it.")),
    "piece_ignored.protected_email": _note(_("{found} is an email that Microsoft Purview protects. We ignored it.")),
    "piece_ignored.damaged_cms": _note(_("{found} is a signed file that is damaged. We ignored it.")),
    "piece_ignored.pgp_message": _note(_("{found} is a PGP message. We ignored it.")),
    "piece_ignored.pgp_signature": _note(_("{found} is a PGP signature. We ignored it.")),
    "piece_ignored.pgp_key": _note(_("{found} is a PGP key. We ignored it.")),
    "piece_ignored.encrypted_archive": _note(_("{found} is an archive with a password. We ignored it.")),
    "piece_ignored.damaged_archive": _note(_("{found} is a damaged archive. We ignored it.")),
    "piece_ignored.other_zip": _note(_("{found} is a zip file that we can’t open. We ignored it.")),
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
