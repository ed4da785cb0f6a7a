"""What is wrong with a file that was given to the command, and remarks on how it had to be read."""

from onboarding.messages.message import Confidence, Owner, Template
from onboarding.messages.text import gettext_noop as _


def _error(text: str) -> Template:
    return Template(Owner.PARTNER, text)


def _remark(text: str, remedy: str) -> Template:
    return Template(Owner.PARTNER, text, remedy, confidence=Confidence.PROBABLE)


FILE_ERRORS: dict[str, Template] = {
    "file_unreadable": _error(_("We can’t read a file: {details}.")),
    "file_unreadable.folder": _error(_("{details} is a folder, not a file.")),
    "not_certificates": _error(_("There is no certificate in {details}.")),
    "not_certificates.empty": _error(_("{details} is empty.")),
    "not_certificates.cut_short": _error(_("{details} has a certificate that breaks off. The file is incomplete.")),
    "not_certificates.request": _error(
        _("{details} is a certificate request, not a certificate. The certificate is what came back for it.")
    ),
    "not_certificates.private_key": _error(
        _("{details} is a private key, not a certificate. Never send it to anyone.")
    ),
    "not_certificates.public_key": _error(_("{details} is a public key, not a certificate.")),
    "not_certificates.crl": _error(_("{details} is a list of revoked certificates (CRL), not a certificate.")),
    "not_certificates.java_keystore": _error(
        _("{details} is a Java keystore. Export the certificate in PEM: keytool -exportcert -rfc.")
    ),
    "not_certificates.web_page": _error(_("{details} is a web page, not a certificate. Download the file itself.")),
    "not_certificates.document": _error(_("{details} is a document or a picture, not a certificate.")),
    "not_certificates.archive": _error(_("{details} is an archive. Unpack it, and use the certificate file in it.")),
    "not_certificates.email": _error(_("{details} is an email. Save its attachment, and use that file.")),
    "not_a_key": _error(_("There is no private key in {details}.")),
    "not_a_key.empty": _error(_("{details} is empty.")),
    "not_a_key.request": _error(_("{details} is a certificate request, not a private key.")),
    "not_a_key.certificate": _error(_("{details} is a certificate, not a private key.")),
    "not_a_key.public_key": _error(_("{details} is a public key, not a private key.")),
    "not_a_key.damaged": _error(
        _("{details} has a private key that can’t be read. It is probably incomplete or damaged.")
    ),
    "not_a_key.java_keystore": _error(
        _(
            "{details} is a Java keystore. Export the key to PKCS#12, which this command can read: keytool "
            "-importkeystore -deststoretype PKCS12."
        )
    ),
    "not_a_key.type": _error(_("The private key in {details} is not an RSA key, but Stellantis signs only RSA keys.")),
    "not_a_key.web_page": _error(_("{details} is a web page, not a private key.")),
    "not_a_key.document": _error(_("{details} is a document or a picture, not a private key.")),
    "not_a_key.archive": _error(_("{details} is an archive. Unpack it, and use the key file in it.")),
    "not_a_key.email": _error(_("{details} is an email, not a private key.")),
    "passphrase_wrong": _error(_("This passphrase does not open {details}, or the file is damaged.")),
}

FILE_REMARKS: dict[str, Template] = {
    "file_converted": _remark(
        _("{path} is not a plain PEM file, which cURL and most programs need. This test read it anyway."),
        _("Convert it to PEM before you use it in your own programs."),
    ),
    "files_swapped": _remark(
        _("The option --cert names the file of the key, and --key that of the certificate. This test exchanged them."),
        _("Exchange them in your own programs, too."),
    ),
    "certificates_swapped": _remark(
        _("Your own certificate is in the CA file {path}, and not in the certificate file. This test found it there."),
        _("Exchange the two files in your own programs, too."),
    ),
    "certificates_reordered": _remark(
        _("Your own certificate is not the first one in {path}. This test put it first."),
        _("Most programs take the first certificate for yours. Put it first, then the one that signed it."),
    ),
    "older_certificate_left_out": _remark(
        _("{path} has several certificates for your key. This test uses the newest one, which is valid until {date}."),
        _("Remove the others from the file, so that your own programs use the same one."),
    ),
    "certificate_left_out": _remark(
        _("The certificate of “{found}” in {path} has nothing to do with yours. This test did not send it."),
        _("Remove it from the file."),
    ),
    "own_certificate_as_ca": _remark(
        _("The CA file {path} contains your own certificate, which can’t identify the gateway."),
        _("Use the CA certificate from Stellantis’ email instead."),
    ),
}
