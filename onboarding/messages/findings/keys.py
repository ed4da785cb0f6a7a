"""The findings about private keys, passphrases and the keyring."""

from onboarding.messages.message import Owner, Template, error
from onboarding.messages.text import gettext_noop as _

KEY_FINDINGS: dict[str, Template] = {
    "passphrase_wrong": error(
        Owner.PARTNER,
        _("This passphrase does not open the key."),
        _("Check capital letters and spaces. Check that it is the passphrase for this onboarding."),
    ),
    "sealed_key_damaged": error(
        Owner.BOTH,
        _("The stored key is damaged, or it belongs to another request."),
        _("Your passphrase may be right. Tell the people who run this site. Meanwhile, you can create a new key."),
    ),
    "request_altered": error(
        Owner.US,
        _("The stored request is not the request that was created with your key."),
        _("Don’t send it. Tell the people who run this site."),
    ),
    "server_key_unknown": error(
        Owner.BOTH,
        _("This server can’t decrypt your key: one of the server’s own keys is missing."),
        _(
            "Your passphrase may be right. Tell the people who run this site that the key {found} is missing from "
            "the keyring."
        ),
    ),
    "server_key_other": error(Owner.NOBODY, _("The server key {found} is not the key that the database knows.")),
    "server_key_retired": error(
        Owner.BOTH,
        _("This server still uses a key that was retired."),
        _("Nothing was stored. Tell the people who run this site to compare the keyrings of their servers."),
    ),
    "key_service_unreachable": error(
        Owner.NETWORK,
        _("The server that holds our encryption keys does not respond."),
        _("Try again in a few minutes. If it happens again, tell the people who run this site."),
    ),
    "key_service_unavailable": error(
        Owner.NETWORK,
        _("The server that holds our encryption keys is not ready."),
        _("Try again in a few minutes. If it happens again, tell the people who run this site."),
    ),
    "key_service_refused": error(
        Owner.NETWORK,
        _("The server that holds our encryption keys refused our access."),
        _("Tell the people who run this site to check the token and its policy."),
    ),
    "key_service_key_missing": error(
        Owner.NETWORK,
        _("The server that holds our encryption keys does not have our key."),
        _("Tell the people who run this site to check KEYRING_URL."),
    ),
    "key_service_token_missing": error(Owner.NETWORK, _("The file with the token for the key service can’t be read.")),
    "key_service_ca_missing": error(
        Owner.NETWORK, _("The file with the CA certificate of the key service can’t be read.")
    ),
    "key_service_failed": error(
        Owner.NETWORK,
        _("The server that holds our encryption keys sent a response that we can’t use."),
        _("Tell the people who run this site."),
    ),
    "keyring_missing": error(Owner.NOBODY, _("The keyring file can’t be read.")),
    "keyring_malformed": error(
        Owner.NOBODY, _("Line {line} of the keyring is not “id:base64 of 32 bytes”, or the keyring is empty.")
    ),
    "key_size_unknown": error(Owner.PARTNER, _("We can’t create keys of {found} bits.")),
    "key_missing": error(
        Owner.PARTNER,
        _("We don’t have the private key of this certificate."),
        _("Create the file on the computer that has the key."),
    ),
    "pkcs12_passphrase": error(
        Owner.PARTNER,
        _(
            "Your passphrase has accents or letters other than A to Z. Many programs, such as older Java, can’t open "
            "this file with it."
        ),
        _("Choose another passphrase for this file. The passphrase of your key stays the same."),
    ),
    "pkcs12_passphrase.again": error(
        Owner.PARTNER,
        _("This passphrase has accents or other letters, too."),
        _("Use only letters from A to Z, digits, spaces and signs such as - and !."),
    ),
    "passphrase_missing": error(
        Owner.PARTNER,
        _("The key is protected by a passphrase."),
        _("Enter the passphrase that you chose when you created the key."),
    ),
    "key_file_unreadable": error(
        Owner.PARTNER,
        _("We can’t find a readable private key in this file."),
        _(
            "Choose the file that you created together with the request. Its name is often KeyName.pem, or ends in "
            ".key or .p12."
        ),
    ),
    "key_file_keystore": error(
        Owner.PARTNER,
        _("This is an old Java keystore (JKS)."),
        _(
            "Convert it with keytool -importkeystore -srckeystore FILE -destkeystore client.p12 "
            "-deststoretype PKCS12, and choose the new file."
        ),
    ),
    "key_file_other": error(
        Owner.PARTNER,
        _("This key belongs to another certificate."),
        _("Choose the key that you created together with this request."),
    ),
}
