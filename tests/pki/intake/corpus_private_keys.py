"""Private keys in every form that tools write, whole and damaged; and texts that only speak of a private key."""

import base64
import json
import re

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

BEGIN, END = "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"
RSA_BEGIN, RSA_END = "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----"
FIRST = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC"  # the same in every such key of 2048 bits

# Sentences, templates and instructions without a key. Each is tried alone, and with a certificate after it.
MENTIONS = {
    "sentence": f"A private key begins with {BEGIN} and ends with {END}. Never send it to anyone.",
    "sentence_begin_only": f"If a file begins with {BEGIN}, keep it to yourself.",
    "sentence_without_dashes": "The line BEGIN PRIVATE KEY shows that a file holds a private key.",
    "sentence_last_words": f"Do not send us the block that starts with {RSA_BEGIN}\nHere is your certificate:",
    "french": f"Une clé privée commence par {BEGIN} et ne doit jamais être envoyée.",
    "german": f"Ein privater Schlüssel beginnt mit {BEGIN} und endet mit {END}.",
    "list_of_files": f"key.pem ({BEGIN})\nclient.csr (-----BEGIN CERTIFICATE REQUEST-----)\nclient.pem:",
    "dots": f"{BEGIN}\n...\n{END}",
    "ellipsis": f"{BEGIN}\n…\n{END}",
    "dots_in_brackets": f"{BEGIN}\n[...]\n{END}",
    "empty_block": f"{BEGIN}\n{END}",
    "empty_line": f"{RSA_BEGIN}\n\n{RSA_END}",
    "angle_brackets": f"{BEGIN}\n<your private key>\n{END}",
    "words": f"{BEGIN}\nYOUR PRIVATE KEY GOES HERE\n{END}",
    "one_word": f"{BEGIN}\nYourPrivateKeyGoesHereReplaceThisLineWithTheKeyThatYouCreatedYourself\n{END}",
    "base64_in_words": f"{BEGIN}\n(Your private key: your_domain_name.key)\n{END}",
    "stars": f"{BEGIN}\n{'*' * 64}\n{'*' * 64}\n{END}",
    "xs": f"{BEGIN}\n{'x' * 64}\n{'x' * 64}\n{'x' * 20}==\n{END}",
    "capital_as": f"{RSA_BEGIN}\nMIIE{'A' * 60}\n{'A' * 64}\n{RSA_END}",
    "zeros": f"{RSA_BEGIN}\n{'0' * 64}\n{RSA_END}",
    "alphabet": f"{BEGIN}\nABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/\n{END}",
    "start_and_dots": f"{BEGIN}\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC...\n{END}",
    "start_and_dots_rsa": f"{RSA_BEGIN}\nMIIEpAIBAAKCAQEA...\n{RSA_END}",
    "start_and_dots_on_a_line": f"{BEGIN}\n{FIRST}\n...\n...\n{END}",
    "start_and_stars": f"{BEGIN}\nMIIEvQIBADAN{'*' * 52}\n{'*' * 64}\n{END}",
    "start_alone": f"{BEGIN}\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC",
    "encrypted_dots": "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIFHDBOBgkqhkiG9w0BBQ0wQTApBgkqhkiG9w0BBQwwHAQI...\n"
    "-----END ENCRYPTED PRIVATE KEY-----",
    "legacy_headers_dots": f"{RSA_BEGIN}\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,4C1D9E\n\n...\n{RSA_END}",
    "openssh_dots": "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAA...\n-----END OPENSSH PRIVATE KEY-----",
    "indented_in_yaml": f"tls:\n  key: |\n    {BEGIN}\n    ...\n    {END}\n  cert: |\n",
    "json_template": json.dumps({"private_key": f"{BEGIN}\n...\n{END}\n", "certificate": "see below"}),
    "environment_file": f'CLIENT_KEY="{BEGIN}\\nREPLACE_ME\\n{END}"',
    "shell_test": "grep -q 'BEGIN RSA PRIVATE KEY' key.pem && echo 'old format'",
    "python_code": f'if b"{BEGIN}" in data or b"{RSA_BEGIN}" in data:\n    raise ValueError("a key")',
    "html_page": f"<html><p>A key starts with <code>{BEGIN}</code>.</p><pre>{BEGIN}\n...\n{END}</pre></html>",
    "quoted_dots": f"> {BEGIN}\n> ...\n> {END}",
    "markdown": f"Your key file:\n\n```\n{BEGIN}\n(base64)\n{END}\n```\n",
    "with_a_link": f"A file with {BEGIN} is secret. "
    "More: https://portal.example/help?token=aZ81kQ0xYt7Lw3Pz5Rn9Vb2Mc4Xd6Fg8Hj1Kl3Qw5Er7Ty9Ui0Op2As4Df6Gh8Jk1Zx",
    "with_a_fingerprint": f"Files with {BEGIN} stay with you. SHA-256 of the certificate: "
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "jwk_template": '{"kty": "RSA", "n": "...", "e": "AQAB", "d": "..."}',
    "jwk_explained": 'In a JWK, "kty" is the type of the key and "d" is the private exponent. Never send "d".',
    "jwk_public_with_d_elsewhere": '{"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", '
    '"y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}\n{"d": "2026-11-25"}',
    "xml_template": "<RSAKeyValue><Modulus>...</Modulus><Exponent>AQAB</Exponent><D>...</D></RSAKeyValue>",
    "putty_mention": "PuTTYgen writes PuTTY-User-Key-File-3 into the first line of a private key.",
    "openssl_text_mention": "openssl rsa -text prints the lines\nmodulus:\npublicExponent:\nprivateExponent:\n",
    "pgp_mention": "-----BEGIN PGP PRIVATE KEY BLOCK----- opens a secret key of OpenPGP.",
}


def _pem(key, form=PrivateFormat.PKCS8, encryption=None):
    return key.private_bytes(Encoding.PEM, form, encryption or NoEncryption()).decode()


def _base64url(number):
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _xml(key):
    numbers = key.private_numbers()
    parts = {"Modulus": numbers.public_numbers.n, "Exponent": 65537, "P": numbers.p, "Q": numbers.q, "D": numbers.d}
    inner = "".join(
        f"<{name}>{base64.b64encode(value.to_bytes((value.bit_length() + 7) // 8, 'big')).decode()}</{name}>"
        for name, value in parts.items()
    )
    return f"<RSAKeyValue>{inner}</RSAKeyValue>"


def keys():
    """Return new keys by the form of the file."""
    key = rsa.generate_private_key(65537, 2048)
    curve, edwards = ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()
    secret = BestAvailableEncryption(b"a passphrase")
    numbers = key.private_numbers()
    jwk = {"kty": "RSA", "n": _base64url(numbers.public_numbers.n), "e": "AQAB", "d": _base64url(numbers.d)}
    return {
        "pkcs8": _pem(key),
        "pkcs1": _pem(key, PrivateFormat.TraditionalOpenSSL),
        "encrypted": _pem(key, encryption=secret),
        "legacy_encrypted": _pem(key, PrivateFormat.TraditionalOpenSSL, secret),
        "openssh": _pem(key, PrivateFormat.OpenSSH),
        "ec_pkcs8": _pem(curve),
        "ec_sec1": _pem(curve, PrivateFormat.TraditionalOpenSSL),
        "ed25519": _pem(edwards),
        "jwk": json.dumps(jwk),
        "jwk_pretty": json.dumps(jwk, indent=2),
        "xml": _xml(key),
    }


def body(pem):
    """Return the base64 of a PEM block, without headers."""
    inner = re.sub(r"(?m)^-----.*$|^[A-Za-z-]+: .*$", "", pem)
    return "".join(inner.split())


def wrapped(text, width):
    return "\n".join(text[at : at + width] for at in range(0, len(text), width))


def _label(pem):
    return re.search(r"BEGIN ([A-Z ]+)-----", pem)[1]


def _rebuilt(pem, text):
    return f"-----BEGIN {_label(pem)}-----\n{text}\n-----END {_label(pem)}-----\n"


def _html(pem):
    return "<html><body><pre>" + pem.replace("\n", "<br>\n") + "</pre></body></html>"


# What happens to a key on the way; each is still a key.
DAMAGES = {
    "whole": lambda pem: pem,
    "crlf": lambda pem: pem.replace("\n", "\r\n"),
    "truncated": lambda pem: pem[: len(pem) * 2 // 3],
    "without_end": lambda pem: pem[: pem.index("-----END")],
    "without_begin": lambda pem: pem.split("\n", 1)[1],
    "without_first_lines": lambda pem: "\n".join(pem.splitlines()[2:]),
    "without_last_line": lambda pem: "\n".join(pem.splitlines()[:-2]),
    "line_lost": lambda pem: "\n".join(line for n, line in enumerate(pem.splitlines()) if n != 5),
    "first_body_line_lost": lambda pem: "\n".join(line for n, line in enumerate(pem.splitlines()) if n != 1),
    "characters_replaced": lambda pem: _rebuilt(pem, wrapped(body(pem)[:200] + "????" + body(pem)[204:], 64)),
    "stars_in_the_middle": lambda pem: _rebuilt(pem, f"{wrapped(body(pem)[:320], 64)}\n****\n{body(pem)[-128:]}"),
    "one_line": lambda pem: _rebuilt(pem, body(pem)),
    "no_line_breaks": lambda pem: pem.replace("\n", ""),
    "spaces_for_line_breaks": lambda pem: pem.replace("\n", " "),
    "wrapped_at_76": lambda pem: _rebuilt(pem, wrapped(body(pem), 76)),
    "wrapped_at_20": lambda pem: _rebuilt(pem, wrapped(body(pem), 20)),
    "wrapped_at_16": lambda pem: _rebuilt(pem, wrapped(body(pem), 16)),
    "blank_lines": lambda pem: pem.replace("\n", "\n\n"),
    "quoted": lambda pem: "".join(f"> {line}\n" for line in pem.splitlines()),
    "quoted_twice": lambda pem: "".join(f">> {line}\n" for line in pem.splitlines()),
    "indented": lambda pem: "".join(f"        {line}\n" for line in pem.splitlines()),
    "numbered": lambda pem: "".join(f"{number:>3}  {line}\n" for number, line in enumerate(pem.splitlines(), 1)),
    "line_breaks_as_letters": lambda pem: pem.replace("\n", "\\n"),
    "json": lambda pem: json.dumps({"key": pem}),
    "html": _html,
    "non_breaking_spaces": lambda pem: pem.replace("\n", "\u00a0\n"),
    "long_dashes": lambda pem: pem.replace("-----", "\u2014\u2014-"),
    "four_dashes": lambda pem: pem.replace("-----", "----"),
    "utf16": lambda pem: pem.encode("utf-16"),
    "base64_of_the_file": lambda pem: base64.encodebytes(pem.encode()),
    "base64_of_the_file_in_one_line": lambda pem: base64.b64encode(pem.encode()),
    "body_alone": body,
    "after_a_mention": lambda pem: f"{MENTIONS['sentence']}\nHere it is:\n{pem}",
    "after_a_template": lambda pem: f"{MENTIONS['dots']}\n{pem}",
    "after_a_template_of_its_start": lambda pem: f"{MENTIONS['start_and_dots']}\n{pem}",
    "in_prose": lambda pem: f"Hello,\nthis is my key: {pem}\nBest regards",
}
# Without marker lines, random bytes can't be told from other base64; and what has no base64 has no such damages.
UNDETECTABLE = {
    "legacy_encrypted": {"body_alone"},
    "ec_pkcs8": {"truncated", "first_body_line_lost"},
    "ec_sec1": {"truncated", "first_body_line_lost"},
}


def real_keys():
    """Yield the name and the bytes of every key in every damage."""
    for form, text in keys().items():
        if not text.startswith("-----"):
            yield f"{form}-whole", text.encode()
            yield f"{form}-in_prose", f"Hello, here is the key: {text} Regards".encode()
            continue
        lines = len(text.splitlines())
        for damage, change in DAMAGES.items():
            if lines < 12 and (lines < 6 and damage not in {"whole", "crlf", "quoted", "html", "in_prose", "utf16"}):
                continue  # a short key has nothing left after such a damage
            if damage in UNDETECTABLE.get(form, ()):
                continue
            changed = change(text)
            yield f"{form}-{damage}", changed.encode() if isinstance(changed, str) else changed
