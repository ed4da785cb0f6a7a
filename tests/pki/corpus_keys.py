"""Private keys in every format and place: each of these stops the reading."""

import base64
import io
import re
import zipfile

from tests.pki.corpus import Case, alone
from tests.pki.corpus_containers import email_message
from tests.pki.workshop import PASSWORD


def partner_key(*conversion):
    """Return a function that returns the partner's private key, converted by openssl."""

    def make(shop):
        key = shop.key("partner").read_bytes()
        return shop.openssl(*conversion, given=key) if conversion else key

    return make


def word_document(text):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        lines = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in text.decode().splitlines())
        archive.writestr("word/document.xml", f"<w:document>{lines}</w:document>")
        archive.writestr("word/styles.xml", "<w:styles/>" * 50)
    return packed.getvalue()


def openssh_key(shop):
    file = shop.path("id_ed25519")
    if not file.exists():
        shop.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file.name)
    return file.read_bytes()


OUTLOOK = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600) + "__substg1.0_0037001F".encode("utf-16-le") + bytes(400)
SECRET = base64.b64encode(bytes(range(7, 247, 5)))  # as long as the private number of an elliptic curve
PUTTY = (
    b"PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nComment: x\nPublic-Lines: 6\nAAAA\nPrivate-Lines: 14\n" + SECRET
)
PKCS8 = ("pkcs8", "-topk8", "-nocrypt")
LOCKED = ("pkcs8", "-topk8", "-passout", f"pass:{PASSWORD}")
PEM_PKCS1 = ("rsa", "-traditional")

PRIVATE_KEYS = {
    "key_pkcs8": partner_key(),
    "key_pkcs1": partner_key(*PEM_PKCS1),
    "key_pkcs8_encrypted": partner_key(*LOCKED),
    "key_pkcs1_encrypted": partner_key(*PEM_PKCS1, "-aes128", "-passout", f"pass:{PASSWORD}"),
    "key_pkcs8_der": partner_key(*PKCS8, "-outform", "DER"),
    "key_pkcs1_der": partner_key(*PEM_PKCS1, "-outform", "DER"),
    "key_pkcs8_encrypted_der": partner_key(*LOCKED, "-outform", "DER"),
    "key_ec": lambda shop: shop.ec_key,
    "key_ec_sec1_der": lambda shop: shop.openssl("ec", "-outform", "DER", given=shop.ec_key),
    "key_openssh": openssh_key,
    "key_putty": lambda shop: PUTTY,
    "key_jks": lambda shop: shop.keystore("JKS"),
    "key_jceks": lambda shop: shop.keystore("JCEKS"),
    "key_openssl_text": partner_key("rsa", "-text", "-noout"),
    "key_after_a_certificate": lambda shop: shop.leaf + shop.key("partner").read_bytes(),
    "key_base64_alone": lambda shop: base64.b64encode(partner_key(*PKCS8, "-outform", "DER")(shop)),
    "key_pkcs1_base64_alone": lambda shop: base64.b64encode(partner_key(*PEM_PKCS1, "-outform", "DER")(shop)),
    "key_base64_of_the_pem": lambda shop: base64.b64encode(shop.key("partner").read_bytes()),
    "key_utf16": lambda shop: shop.key("partner").read_text().encode("utf-16"),
    "key_html": lambda shop: b"<p>" + shop.key("partner").read_bytes().replace(b"\n", b"</p><p>") + b"</p>",
    "key_json": lambda shop: b'{"key": "' + shop.key("partner").read_bytes().replace(b"\n", b"\\n") + b'"}',
    "key_percent_encoded": lambda shop: shop.key("partner").read_bytes().replace(b"\n", b"%0A").replace(b" ", b"%20"),
    "key_with_long_dashes": lambda shop: shop.key("partner").read_bytes().replace(b"-----", "—".encode()),
    "key_without_marker_lines": lambda shop: b"".join(shop.key("partner").read_bytes().split(b"\n")[1:-2]),
    "key_labelled_as_a_certificate": lambda shop: (
        shop.key("partner").read_bytes().replace(b"PRIVATE KEY", b"CERTIFICATE")
    ),
    "key_cut_short": lambda shop: shop.key("partner").read_bytes()[:400],
    "key_der_cut_short": lambda shop: partner_key(*PKCS8, "-outform", "DER")(shop)[:300],
    "key_wrapped_narrowly": lambda shop: (
        b"-----BEGIN PRIVATE KEY-----\n"
        + b"\n".join(re.findall(rb".{1,12}", b"".join(shop.key("partner").read_bytes().split(b"\n")[1:-2])))
    ),
    "key_pkcs1_encrypted_and_wrapped_narrowly": lambda shop: re.sub(
        rb"([A-Za-z0-9+/]{24})", rb"\1\n", PRIVATE_KEYS["key_pkcs1_encrypted"](shop)
    ),
    "key_hexadecimal": lambda shop: partner_key(*PEM_PKCS1, "-outform", "DER")(shop).hex().encode(),
    "key_in_a_zip": lambda shop: shop.zip({"c.pem": shop.leaf, "k.key": shop.key("partner").read_bytes()}),
    "key_in_a_zip_in_a_zip": lambda shop: shop.zip({"i.zip": shop.zip({"k.key": shop.key("partner").read_bytes()})}),
    "key_in_an_email": lambda shop: email_message(
        ("k.key", shop.key("partner").read_bytes(), "application/octet-stream")
    ).as_bytes(),
    "key_in_the_text_of_an_email": lambda shop: email_message(text=shop.key("partner").read_text()).as_bytes(),
    "key_in_a_word_document": lambda shop: word_document(shop.key("partner").read_bytes()),
    "key_in_a_picture": lambda shop: b"\x89PNG\r\n\x1a\n" + shop.key("partner").read_bytes(),
    "key_in_an_outlook_email": lambda shop: OUTLOOK + shop.key("partner").read_text().encode("utf-16-le"),
    "key_jwk": lambda shop: b'{"kty": "RSA", "n": "AQAB", "e": "AQAB", "d": "' + SECRET + b'"}',
    "key_xml": lambda shop: b"<RSAKeyValue><Modulus>AQAB</Modulus><D>" + SECRET + b"</D></RSAKeyValue>",
}

CASES = {name: Case("stopped private_key_uploaded", alone(make)) for name, make in PRIVATE_KEYS.items()} | {
    "pfx": Case("stopped pfx_uploaded", alone(lambda shop: shop.pfx())),
    "pfx_base64": Case("stopped pfx_uploaded", alone(lambda shop: base64.b64encode(shop.pfx()))),
    "pfx_in_a_zip": Case("stopped pfx_uploaded", alone(lambda shop: shop.zip({"k.p12": shop.pfx()}))),
    "pfx_by_keytool": Case("stopped pfx_uploaded", alone(lambda shop: shop.keystore("PKCS12"))),
}
