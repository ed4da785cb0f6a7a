"""What can go wrong with a private key."""

from onboarding.messages.message import Owner, Template, error, warning

KEY_FINDINGS: dict[str, Template] = {
    "passphrase_wrong": error(
        Owner.PARTNER,
        "That passphrase does not open this key.",
        "Check capitals and spaces, and that it is the one for this onboarding.",
    ),
    "sealed_key_damaged": error(
        Owner.BOTH,
        "The stored key is damaged, or does not belong to this onboarding.",
        "Your passphrase may well be right. Tell the people who run this site; a new key can be made meanwhile.",
    ),
    "server_key_unknown": error(
        Owner.BOTH,
        "This server no longer has its part of the lock on your key.",
        "Your passphrase may well be right. Tell the people who run this site that key {found} is missing from "
        "the keyring.",
    ),
    "keyring_missing": error(Owner.NOBODY, "The keyring file can’t be read."),
    "keyring_malformed": error(
        Owner.NOBODY, "Line {line} of the keyring is not “id:base64 of 32 bytes”, or the keyring is empty."
    ),
    "key_size_unknown": error(Owner.PARTNER, "Keys of {found} bits are not made here."),
    "key_missing": error(
        Owner.PARTNER,
        "The private key of this certificate is not here.",
        "Make the file on the computer where the key is.",
    ),
    "passphrase_not_ascii": warning(
        Owner.PARTNER,
        "Your passphrase has accents or other special letters, and Java and Windows can’t open a PKCS#12 file with it.",
        "Use the key as PEM instead, or make the PKCS#12 file with openssl under another passphrase.",
    ),
    "passphrase_missing": error(
        Owner.PARTNER, "The key is protected by a passphrase.", "Enter the one that you chose when you made the key."
    ),
    "key_file_unreadable": error(
        Owner.PARTNER,
        "There is no private key in this file that we can read.",
        "Choose the file that was made together with the request: often KeyName.pem, or one ending in .key or .p12.",
    ),
    "key_file_keystore": error(
        Owner.PARTNER,
        "This is an old Java keystore (JKS).",
        "Make a PKCS#12 file of it with keytool -importkeystore -srckeystore FILE -destkeystore client.p12 "
        "-deststoretype PKCS12, and choose that.",
    ),
    "key_file_other": error(
        Owner.PARTNER,
        "This key belongs to another certificate.",
        "Choose the key that was made together with this request.",
    ),
}
