"""Files that are no certificate, or not the right certificate, each with the findings that it must get."""

from onboarding.pki.intake.reading import Upload
from tests.pki.corpus import Case, alone, beside_authorities
from tests.pki.corpus_keys import OUTLOOK, partner_key, word_document
from tests.pki.workshop import der


def beside(make_data):
    """Return a good certificate with its authorities, and one more file."""
    return lambda shop: [Upload("all.pem", shop.everything), Upload("other", make_data(shop))]


def signed(name, issuer="issuing", *how, **options):
    """Return a certificate for the partner's key that differs from the good certificate, with the authorities."""

    def make(shop):
        assert shop.request
        assert shop.issuing
        return [
            Upload("c.pem", shop.sign(name, issuer, "request", *how, **options)),
            Upload("ca.pem", shop.authorities),
        ]

    return make


def without_lines(shop):
    lines = shop.leaf.split(b"\n")
    return b"\n".join(lines[:8] + lines[11:])


def flipped(pem, position):
    """Return the DER of the certificate with one bit flipped."""
    data = bytearray(der(pem))
    data[position] ^= 1
    return bytes(data)


NOT_CERTIFICATES = {
    "web_page": lambda shop: b"<!DOCTYPE html>\n<html><body>Download here</body></html>",
    "web_page_to_sign_in": lambda shop: b"<html><form>Sign in <input type='password'></form></html>",
    "web_page_in_utf16": lambda shop: "<!DOCTYPE html><html><body>Hi</body></html>".encode("utf-16"),
    "pdf": lambda shop: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
    "picture_png": lambda shop: b"\x89PNG\r\n\x1a\n" + bytes(500),
    "picture_jpeg": lambda shop: b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(500),
    "picture_over_the_limit": lambda shop: b"\x89PNG\r\n\x1a\n" + bytes(200_000),
    "outlook_email": lambda shop: OUTLOOK,
    "old_word_document": lambda shop: bytes.fromhex("d0cf11e0a1b11ae1") + bytes(900),
    "winmail_dat": lambda shop: bytes.fromhex("789f3e22") + bytes(300),
    "seven_zip": lambda shop: b"7z\xbc\xaf\x27\x1c" + bytes(100),
    "gzip": lambda shop: b"\x1f\x8b\x08\x00" + bytes(100),
    "link": lambda shop: b"https://operator.example/download?id=4711\n",
    "shortcut": lambda shop: b"[InternetShortcut]\r\nURL=https://operator.example/\r\n",
    "text": lambda shop: b"Your certificate will be sent soon.\n",
    "text_naming_marker_lines": lambda shop: b"Copy it from -----BEGIN CERTIFICATE to END CERTIFICATE-----, please.\n",
    "text_talking_of_keys": lambda shop: (
        b"Never send the file that begins with -----BEGIN PRIVATE KEY-----: it stays "
        b"with you and your Informationssicherheitsbeauftragten. Certificates begin with -----BEGIN CERTIFICATE-----.\n"
    ),
    "random_bytes": lambda shop: bytes(range(1, 256)) * 3,
    "public_key": lambda shop: shop.openssl("pkey", "-pubout", "-in", str(shop.key("partner"))),
    "public_key_der": lambda shop: shop.openssl("pkey", "-pubout", "-outform", "DER", "-in", str(shop.key("partner"))),
    "public_key_pkcs1": lambda shop: shop.openssl("rsa", "-RSAPublicKey_out", "-in", str(shop.key("partner"))),
    "crl": lambda shop: (
        shop.leaf
        and shop.openssl(
            "ca", "-gencrl", "-config", "ca.cnf", "-cert", "issuing.pem", "-keyfile", "issuing.key", "-crldays", "30"
        )
    ),
    "parameters": lambda shop: shop.openssl("ecparam", "-name", "prime256v1"),
    "java_truststore": lambda shop: shop.truststore(),
}

CASES = {name: Case("refused not_a_certificate", alone(make)) for name, make in NOT_CERTIFICATES.items()} | {
    "key_beside_a_good_certificate": Case("stopped private_key_uploaded", beside(partner_key())),
    "csr": Case("refused csr_uploaded", alone(lambda shop: shop.request)),
    "csr_new_label": Case(
        "refused csr_uploaded", alone(lambda shop: shop.request.replace(b"CERTIFICATE REQ", b"NEW CERTIFICATE REQ"))
    ),
    "csr_labelled_as_a_certificate": Case(
        "refused csr_uploaded", alone(lambda shop: shop.request.replace(b"CERTIFICATE REQUEST", b"CERTIFICATE"))
    ),
    "csr_der": Case(
        "refused csr_uploaded", alone(lambda shop: shop.openssl("req", "-outform", "DER", given=shop.request))
    ),
    "csr_beside_a_good_certificate": Case("accepted piece_ignored", beside(lambda shop: shop.request)),
    "web_page_beside_a_good_certificate": Case("accepted piece_ignored", beside(NOT_CERTIFICATES["web_page"])),
    "empty_beside_a_good_certificate": Case("accepted piece_ignored", beside(lambda shop: b"")),
    "crl_beside_a_good_certificate": Case("accepted piece_ignored", beside(NOT_CERTIFICATES["crl"])),
    "cut_short_beside_a_good_certificate": Case("accepted file_cut_short", beside(lambda shop: shop.root[:300])),
    "empty": Case("refused file_empty", alone(lambda shop: b"")),
    "white_space": Case("refused file_empty", alone(lambda shop: b"\xef\xbb\xbf \r\n\r\n")),
    "too_large": Case("refused file_too_large", alone(lambda shop: b"x" * 65_537)),
    "cut_short": Case("refused file_cut_short", alone(lambda shop: shop.leaf[:700])),
    "cut_short_in_the_first_line": Case("refused file_cut_short", alone(lambda shop: shop.leaf[:28])),
    "cut_short_der": Case("refused file_cut_short", alone(lambda shop: der(shop.leaf)[:500])),
    "cut_short_p7b": Case("refused file_cut_short", alone(lambda shop: shop.pkcs7(shop.leaf, shop.root)[:900])),
    "cut_short_in_the_middle": Case(
        "refused file_cut_short",
        alone(without_lines),
    ),
    "marker_lines_alone": Case(
        "refused file_cut_short", alone(lambda shop: b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n")
    ),
    "word_document_with_it": Case("accepted bundle_unpacked", alone(lambda shop: word_document(shop.everything))),
    "word_document": Case("refused not_a_certificate", alone(lambda shop: word_document(b"Hello"))),
    "twenty_one_certificates": Case(
        "refused too_many_certificates",
        alone(lambda shop: b"".join(shop.authority(f"many{number}") for number in range(21))),
    ),
    "other_key": Case("refused other_key", alone(lambda shop: shop.certificate_for("stranger"))),
    "replaced_request": Case("accepted older_request", alone(lambda shop: shop.certificate_for("old"))),
    "request_of_another_onboarding": Case("refused other_key", alone(lambda shop: shop.certificate_for("foreign"))),
    "authorities_alone": Case("refused leaf_missing", alone(lambda shop: shop.authorities)),
    "certificate_alone": Case("refused ca_missing", alone(lambda shop: shop.leaf)),
    "root_without_the_intermediate": Case("refused intermediate_missing", alone(lambda shop: shop.leaf + shop.root)),
    "foreign_authority": Case(
        "refused not_issued_by_ca", alone(lambda shop: shop.leaf + shop.authority("public", organization="Public"))
    ),
    "authority_of_the_same_name": Case(
        "refused issuer_key_differs",
        alone(lambda shop: shop.leaf + shop.authority("twin", common_name="issuing") + shop.root),
    ),
    "self_signed": Case(
        "refused self_signed",
        alone(
            lambda shop: (
                shop.request
                and shop.openssl(
                    "req",
                    "-x509",
                    "-in",
                    "request.csr",
                    "-key",
                    "partner.key",
                    "-days",
                    "3650",
                    "-config",
                    "recipe.cnf",
                )
            )
        ),
    ),
    "signature_damaged": Case("refused converted issuer_key_differs", beside_authorities(lambda pem: flipped(pem, -5))),
    "public_key_damaged": Case("refused converted other_key", beside_authorities(lambda pem: flipped(pem, -600))),
    "expired": Case("refused expired", signed("expired", begins="20240101", ends="20260501")),
    "not_yet_valid": Case("refused not_yet_valid", signed("future", begins="20260701")),
    "expires_soon": Case("accepted expires_soon", signed("soon", ends="20260610")),
    "for_servers": Case("refused no_client_auth", signed("server", "issuing", "server")),
    "without_any_extension": Case("accepted", signed("bare", "issuing", "bare")),
    "key_usage_agreement": Case("accepted key_usage_odd", signed("agreeing", "issuing", "agreeing")),
    "key_usage_encipherment": Case("refused key_usage_refused", signed("enciphering", "issuing", "enciphering")),
    "signed_with_sha1": Case(
        "refused chain_weak", signed("sha1", "issuing", "client", "20260101", "20280101", "-md", "sha1")
    ),
    "subject_changed": Case(
        "accepted subject_changed",
        signed("renamed", "issuing", "client", "20260101", "20280101", "-subj", "/O=Flottes/CN=MZP128745"),
    ),
}
