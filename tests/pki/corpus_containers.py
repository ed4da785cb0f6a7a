"""Certificates in PKCS#7 files, zip files and emails, also nested."""

import io
import zipfile
from email.message import EmailMessage

from onboarding.pki.intake.reading import Upload
from tests.pki.corpus import Case, alone
from tests.pki.workshop import der

TEXT = "Hello,\n\nyour certificate is signed.\nClient ID: 3f2504e0-4f89-41d3-9a0c-0305e82c3301\n\nOperator\n"


def email_message(*attachments, text=TEXT, html="", subject="Votre certificat – signé"):
    message = EmailMessage()
    message["From"] = "ca@operator.example"
    message["To"] = "it@flottes.example"
    message["Subject"] = subject
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    for name, data, kind in attachments:
        message.add_attachment(data, maintype=kind.split("/")[0], subtype=kind.split("/")[1], filename=name)
    return message


def forwarded(message):
    outer = email_message(text="FYI\n")
    outer.add_attachment(message)
    return outer.as_bytes()


def attached(shop):
    return (
        ("certificat signé.cer", der(shop.leaf), "application/pkix-cert"),
        ("ca.pem", shop.authorities, "application/x-pem-file"),
    )


def whole_email(shop):
    return email_message(*attached(shop)).as_bytes()


def email_with_zip(packed):
    return email_message(("c.zip", packed, "application/zip")).as_bytes()


def zip_of(files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()


def zipped(times, files):
    """Return a zip file in a zip file, and so on."""
    for _ in range(times):
        files = {"inner.zip": zip_of(files)}
    return files["inner.zip"]


def both(shop):
    return {"certificate.pem": shop.leaf, "ca/ca.pem": shop.authorities}


def signed_email(shop):
    """Return an email with an S/MIME signature by a person at the operator."""
    shop.csr("sender", "sender", "/CN=Sender")
    assert shop.issuing
    shop.sign("sender", "issuing", "sender")
    shop.path("plain.txt").write_bytes(email_message(*attached(shop)).as_bytes())
    return shop.openssl(
        "cms", "-sign", "-in", "plain.txt", "-signer", "sender.pem", "-inkey", "sender.key", "-from",
        "ca@operator.example", "-to", "it@flottes.example", "-subject", "signed",
    )  # fmt: skip


MAC = {"__MACOSX/._certificate.pem": b"\0\5\x16\7", ".DS_Store": b"\0\0\0\1Bud1"}
HEADERS = b"From: ca@operator.example\nTo: it@flottes.example\nSubject: signed\n\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)
HTML = "<html><body><p>Client ID: <b>3f2504e0-4f89-41d3-9a0c-0305e82c3301</b></p></body></html>"

CASES = {
    "p7b_der": Case("accepted bundle_unpacked", alone(lambda shop: shop.pkcs7(shop.leaf, shop.authorities))),
    "p7b_pem": Case(
        "accepted bundle_unpacked", alone(lambda shop: shop.pkcs7(shop.leaf, shop.authorities, form="PEM"))
    ),
    "p7b_pem_crlf": Case(
        "accepted bundle_unpacked",
        alone(lambda shop: shop.pkcs7(shop.leaf, shop.authorities, form="PEM").replace(b"\n", b"\r\n")),
    ),
    "p7b_label_of_a_certificate": Case(
        "accepted bundle_unpacked",
        alone(lambda shop: shop.pkcs7(shop.leaf, shop.authorities, form="PEM").replace(b"PKCS7", b"CERTIFICATE")),
    ),
    "p7b_root_first": Case(
        "accepted bundle_unpacked swapped", alone(lambda shop: shop.pkcs7(shop.authorities, shop.leaf))
    ),
    "p7b_base64_alone": Case(
        "accepted bundle_unpacked",
        alone(lambda shop: b"".join(shop.pkcs7(shop.leaf, shop.authorities, form="PEM").split(b"\n")[1:-2])),
    ),
    "p7s_streamed": Case(
        "accepted bundle_unpacked swapped",
        alone(
            lambda shop: (
                shop.openssl(
                    "cms",
                    "-sign",
                    "-signer",
                    "leaf.pem",
                    "-inkey",
                    "partner.key",
                    "-certfile",
                    "chain.pem",
                    "-outform",
                    "DER",
                    "-stream",
                    "-nodetach",
                    given=TEXT.encode(),
                )
                if shop.leaf and shop.path("chain.pem").write_bytes(shop.authorities)
                else b""
            )
        ),
    ),
    "p7b_empty": Case("refused not_a_certificate", alone(lambda shop: shop.pkcs7(b""))),
    "zip": Case("accepted bundle_unpacked", alone(lambda shop: shop.zip(both(shop)))),
    "zip_stored": Case("accepted bundle_unpacked", alone(lambda shop: shop.zip(both(shop), "-0"))),
    "zip_with_folders": Case("accepted bundle_unpacked", alone(lambda shop: shop.zip({"a/b/c.pem": shop.everything}))),
    "zip_of_der": Case(
        "accepted bundle_unpacked converted",
        alone(lambda shop: shop.zip({"c.cer": der(shop.leaf), "i.cer": der(shop.issuing), "r.cer": der(shop.root)})),
    ),
    "zip_with_p7b": Case(
        "accepted bundle_unpacked", alone(lambda shop: shop.zip({"c.p7b": shop.pkcs7(shop.leaf, shop.authorities)}))
    ),
    "zip_from_a_mac": Case(
        "accepted bundle_unpacked",
        alone(lambda shop: zip_of(both(shop) | MAC)),
    ),
    "zip_with_a_readme": Case(
        "accepted bundle_unpacked piece_ignored",
        alone(lambda shop: shop.zip(both(shop) | {"README.txt": b"These are your files.\n"})),
    ),
    "zip_in_a_zip": Case("accepted bundle_unpacked", alone(lambda shop: shop.zip({"inner.zip": shop.zip(both(shop))}))),
    "zip_in_five_others": Case("accepted bundle_unpacked", alone(lambda shop: zipped(6, both(shop)))),
    "zip_in_six_others": Case("refused bundle_unpacked not_a_certificate", alone(lambda shop: zipped(7, both(shop)))),
    "zip_climbing_out": Case(
        "accepted bundle_unpacked",
        alone(lambda shop: zip_of({"../../etc/certificate.pem": shop.leaf, "C:\\Windows\\ca.pem": shop.authorities})),
    ),
    "zip_empty": Case("refused zip_empty", alone(lambda shop: zip_of({}))),
    "zip_with_a_folder_alone": Case("refused zip_empty", alone(lambda shop: zip_of({"folder/": b""}))),
    "zip_cut_short": Case("refused not_a_certificate", alone(lambda shop: shop.zip(both(shop))[:-40])),
    "zip_with_a_password": Case("refused not_a_certificate", alone(lambda shop: shop.zip(both(shop), "-P", "secret"))),
    "zip_bomb": Case("refused file_too_large", alone(lambda shop: zip_of({"big.pem": bytes(30_000_000)}))),
    "zip_of_51": Case(
        "refused too_many_entries",
        alone(lambda shop: zip_of({f"{number}.pem": shop.leaf for number in range(51)})),
    ),
    "zip_of_50": Case(
        "accepted bundle_unpacked",
        alone(lambda shop: zip_of({f"{number}.pem": shop.everything for number in range(50)})),
    ),
    "zip_of_thousands": Case(
        "refused too_many_entries", alone(lambda shop: zip_of({f"{number}": b"" for number in range(9000)}))
    ),
    "zip_over_1_mib": Case(
        "refused file_too_large", alone(lambda shop: shop.zip({"x.pem": shop.leaf}) + bytes(1024 * 1024))
    ),
    "email_with_attachments": Case("accepted converted", alone(whole_email, "email.eml")),
    "email_crlf": Case(
        "accepted converted", alone(lambda shop: whole_email(shop).replace(b"\n", b"\r\n"), "email.eml")
    ),
    "email_with_html_and_logo": Case(
        "accepted converted piece_ignored",
        alone(
            lambda shop: email_message(*attached(shop), ("logo.png", PNG, "image/png"), html=HTML).as_bytes(),
            "email.eml",
        ),
    ),
    "email_with_zip": Case(
        "accepted bundle_unpacked",
        alone(lambda shop: email_with_zip(shop.zip(both(shop))), "email.eml"),
    ),
    "email_with_zip_in_a_zip": Case(
        "accepted bundle_unpacked",
        alone(
            lambda shop: email_with_zip(shop.zip({"i.zip": shop.zip(both(shop))})),
            "email.eml",
        ),
    ),
    "email_with_p7b": Case(
        "accepted bundle_unpacked",
        alone(
            lambda shop: email_message(
                ("c.p7b", shop.pkcs7(shop.leaf, shop.authorities), "application/x-pkcs7-certificates")
            ).as_bytes(),
            "email.eml",
        ),
    ),
    "email_forwarded": Case(
        "accepted converted", alone(lambda shop: forwarded(email_message(*attached(shop))), "email.eml")
    ),
    "email_in_a_zip": Case(
        "accepted bundle_unpacked converted",
        alone(lambda shop: shop.zip({"m.eml": email_message(*attached(shop)).as_bytes()})),
    ),
    "email_signed": Case("accepted converted mail_signature", alone(signed_email, "email.eml")),
    "email_text_contains_all": Case(
        "accepted", alone(lambda shop: email_message(text=TEXT + (shop.everything).decode()).as_bytes(), "email.eml")
    ),
    "email_text_quoted_printable": Case(
        "accepted",
        alone(
            lambda shop: email_message(text="é" * 90 + "\n" + shop.everything.decode()).as_bytes(),
            "email.eml",
        ),
    ),
    "email_pasted_with_its_headers": Case(
        "accepted",
        alone(
            lambda shop: HEADERS + shop.everything,
            "",
        ),
    ),
    "email_pasted_as_shown": Case(
        "accepted text_repaired",
        alone(
            lambda shop: (
                b"Von: CA\r\nAn: IT\r\nBetreff: Zertifikat\r\n\r\n" + (shop.everything).replace(b"\n", b"\r\n")
            ),
            "",
        ),
    ),
    "email_with_links_alone": Case(
        "refused not_a_certificate", alone(lambda shop: email_message().as_bytes(), "email.eml")
    ),
    "email_of_html_alone": Case(
        "refused not_a_certificate", alone(lambda shop: email_message(text="", html=HTML).as_bytes(), "email.eml")
    ),
    "email_with_too_many_parts": Case(
        "refused ca_missing too_many_entries",
        alone(
            lambda shop: email_message(*((f"{n}.pem", shop.leaf, "text/plain") for n in range(60))).as_bytes(),
            "email.eml",
        ),
    ),
    "many_files_at_once": Case(
        "accepted converted text_repaired",
        lambda shop: [
            Upload("leaf.cer", der(shop.leaf)),
            Upload("issuing.crt", shop.issuing.replace(b"\n", b"\r\n")),
            Upload("C:\\fakepath\\root.pem", shop.root),
        ],
    ),
}
