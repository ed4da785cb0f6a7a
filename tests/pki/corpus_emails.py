"""Emails as mail programs, gateways and phones make and store them: structures, encodings, mailboxes, signatures."""

import base64
import binascii
import gzip
import quopri
from email.encoders import encode_base64
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

from tests.pki.corpus_containers import zip_of
from tests.pki.formats.outlook import (
    message_tree,
    msg,
    packed_rtf,
    stored_rtf,
    winmail,
    winmail_attachment,
)
from tests.pki.workshop import der

TEXT = "Hello,\n\nyour certificate is signed.\n\nOperator\n"
PAGE = '<html><body><p>Bonjour,<br>voici le certificat</p><img src="cid:logo"></body></html>'
PNG = b"\x89PNG\r\n\x1a\n" + bytes(90)
RESOURCES = b"\0\5\x16\7\0\2\0\0" + bytes(60)  # what only macOS understands
CALENDAR = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Go live\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
HEADERS = {
    "From": "CA <ca@operator.example>", "To": "it@flottes.example", "Subject": "Votre certificat",
    "Date": "Mon, 1 Jun 2026 10:00:00 +0200", "Message-ID": "<1@operator.example>", "MIME-Version": "1.0",
}  # fmt: skip


def text(contents=TEXT, subtype="plain"):
    return MIMEText(contents, subtype, "utf-8")


def uuencoded(data):
    lines = b"".join(binascii.b2a_uu(data[start : start + 45]) for start in range(0, len(data), 45))
    return b"begin 644 a.cer\n" + lines + b" \nend\n"


ENCODE = {
    "base64": base64.encodebytes,
    "quoted-printable": lambda data: binascii.b2a_qp(data, istext=False),
    "x-uuencode": uuencoded,
    "8bit": bytes,
    "7bit": bytes,
}


def part(data, kind="application/octet-stream", name="", disposition="attachment", encoding="base64"):
    message = MIMEBase(*kind.split("/"))
    if name:
        message.set_param("name", name)
    if disposition:
        message.add_header("Content-Disposition", disposition, **({"filename": name} if name else {}))
    if encoding == "base64":
        message.set_payload(data)
        encode_base64(message)
    else:
        message.set_payload(ENCODE[encoding](data).decode("ascii"))
        message["Content-Transfer-Encoding"] = encoding
    return message


def multipart(subtype, *parts, **parameters):
    message = MIMEMultipart(subtype, **parameters)
    for each in parts:
        message.attach(each)
    return message


def email(message):
    """Return the message with the headers of an email, as bytes."""
    for name, value in HEADERS.items():
        if name not in message:
            message[name] = value
    return message.as_bytes()


def files(shop, disposition="attachment", encoding="base64"):
    """Return two parts: the certificate in DER, and the authorities in PEM."""
    return (
        part(der(shop.leaf), "application/x-x509-user-cert", "cert.cer", disposition, encoding),
        part(shop.authorities, "application/x-pem-file", "ca.pem", disposition, encoding),
    )


def delivery_status():
    status, message = Message(), MIMEBase("message", "delivery-status")
    status["Reporting-MTA"] = "dns; mx"
    message.set_payload([status])
    return message


def alternative(*others):
    return multipart("alternative", text(), text(PAGE, "html"), *others)


LOGO = "image/png", "image001.png", "inline"
STRUCTURES = {
    "plain": lambda shop: multipart("mixed", text(), *files(shop)),
    "html_alone": lambda shop: multipart("mixed", text(PAGE, "html"), *files(shop)),
    "outlook": lambda shop: multipart("mixed", multipart("related", alternative(), part(PNG, *LOGO)), *files(shop)),
    "gmail": lambda shop: multipart(
        "mixed", multipart("alternative", text(), multipart("related", text(PAGE, "html"), part(PNG, *LOGO))),
        *files(shop),
    ),
    "apple": lambda shop: multipart(
        "alternative", text(), multipart("mixed", text(PAGE, "html"), *files(shop, "inline"), text("<br>", "html"))
    ),
    "phone": lambda shop: multipart(
        "mixed", text("Voici"), files(shop, "inline")[0], text("\nEnvoyé de mon téléphone\n"), files(shop, "inline")[1]
    ),
    "without_disposition": lambda shop: multipart("mixed", text(), *files(shop, "")),
    "without_names": lambda shop: multipart(
        "mixed", text(), part(der(shop.leaf), "application/pkix-cert"), part(shop.authorities, disposition="")
    ),
    "calendar": lambda shop: multipart("mixed", alternative(text(CALENDAR, "calendar")), *files(shop)),
    "digest": lambda shop: multipart("digest", attached(multipart("mixed", text(), *files(shop)))),
    "parallel": lambda shop: multipart("parallel", text(), *files(shop)),
    "bounced": lambda shop: multipart(
        "report", text("Undelivered"), delivery_status(), attached(multipart("mixed", text(), *files(shop)))
    ),
    "apple_double": lambda shop: multipart(
        "mixed", *(
            multipart("appledouble", part(RESOURCES, "application/applefile", each.get_filename()), each)
            for each in files(shop)
        ),
    ),
}  # fmt: skip


def attached(message):
    """Return a part with an attached message."""
    email(message)
    return MIMEMessage(message)


def encoded_message(data, encoding, kind="message/rfc822", name=""):
    """Return the lines of a part with an attached message in a transfer encoding, which the RFC forbids."""
    named = f'; name="{name}"\r\nContent-Disposition: attachment; filename="{name}"' if name else ""
    encode = ENCODE.get(encoding, bytes) if encoding != "quoted-printable" else quopri.encodestring
    return f"Content-Type: {kind}{named}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode() + encode(data)


def forwarded(*parts):
    lines = b"".join(b"--OUTER\r\n" + each + b"\r\n" for each in (b"Content-Type: text/plain\r\n\r\nFYI\r\n", *parts))
    return (
        b"From: a@b.example\r\nTo: c@d.example\r\nSubject: Fwd\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=OUTER\r\n\r\n" + lines + b"--OUTER--\r\n"
    )


def inner(shop):
    return email(multipart("mixed", text(), *files(shop)))


def nested(shop, encoding, times):
    data = inner(shop)
    for _ in range(times):
        data = forwarded(encoded_message(data, encoding))
    return data


ENVELOPES = {
    "rfc4155": b"From ca@operator.example Mon Jun  1 10:00:00 2026\n",
    "thunderbird": b"From - Mon Jun  1 10:00:00 2026\nX-Mozilla-Status: 0001\nX-Mozilla-Status2: 00000000\n",
    "gmail": b"From 1234567890@xxx Mon Jun 01 10:00:00 +0000 2026\nX-GM-THRID: 1\nX-Gmail-Labels: Inbox\n",
}


def mailbox(envelope, *messages):
    return b"".join(envelope + data.replace(b"\nFrom ", b"\n>From ") + b"\n\n" for data in messages)


def other_mail():
    return email(text("From the start:\nFrom here on\n"))


def halves(shop):
    return [email(multipart("mixed", text(), each)) for each in files(shop)]


def with_length(data):
    """Return an email as Apple Mail stores it: the length, the email, and properties."""
    return b"%-10d\n" % len(data) + data + b'<?xml version="1.0"?>\n<plist version="1.0"><dict></dict></plist>\n'


def web_archive(shop):
    page = quopri.encodestring(b"<html><body><pre>" + shop.everything + b"</pre></body></html>")
    return (
        b"From: <Saved by Blink>\r\nSubject: Mail\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n"
        b'\ttype="text/html";\r\n\tboundary="----x----"\r\n\r\n------x----\r\nContent-Type: text/html\r\n'
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + page + b"\r\n------x------\r\n"
    )


MAILBOXES = {
    **{
        f"mailbox_{name}_{place}": lambda shop, envelope=envelope, place=place: mailbox(
            envelope, *[other_mail()] * place, inner(shop), *[other_mail()] * (2 - place)
        )
        for name, envelope in ENVELOPES.items()
        for place in range(3)
    },
    "mailbox_with_each_file_in_its_own_email": lambda shop: mailbox(ENVELOPES["rfc4155"], *halves(shop)),
    "mailbox_crlf": lambda shop: mailbox(ENVELOPES["rfc4155"], other_mail(), inner(shop)).replace(b"\n", b"\r\n"),
    "apple_mail": lambda shop: with_length(inner(shop)),
    "utf_16": lambda shop: b"\xff\xfe" + inner(shop).decode("ascii").encode("utf-16-le"),
    "many_gateway_headers": lambda shop: (
        b"".join(b"ARC-Seal: i=%d; b=%s\r\n" % (i, b"Q" * 900) for i in range(90)) + inner(shop)
    ),
}


def signed(shop, data, *options):
    """Return `data` signed by a person at the operator, as openssl makes it."""
    shop.csr("sender", "sender", "/CN=Sender")
    assert shop.issuing
    shop.sign("sender", "issuing", "sender")
    shop.path("signed-chain.pem").write_bytes(shop.authorities)
    return shop.openssl(
        "cms", "-sign", "-signer", "sender.pem", "-inkey", "sender.key", "-certfile", "signed-chain.pem", *options,
        given=data,
    )  # fmt: skip


def encrypted(shop, data, *options):
    shop.csr("sender", "sender", "/CN=Sender")
    assert shop.issuing
    shop.sign("sender", "issuing", "sender")
    return shop.openssl("cms", "-encrypt", *options, "sender.pem", given=data)


def entity(shop):
    return multipart("mixed", text(), *files(shop)).as_bytes()


def with_headers(data):
    """Return what openssl writes as an email."""
    return b"From: ca@operator.example\r\nTo: it@flottes.example\r\nSubject: Re\r\n" + data


OPAQUE = ("-nodetach",)
SIGNED = {
    "signed_opaque": lambda shop: with_headers(signed(shop, entity(shop), *OPAQUE)),
    "signed_opaque_streamed": lambda shop: with_headers(signed(shop, entity(shop), *OPAQUE, "-stream")),
    "signed_opaque_without_certificates": lambda shop: with_headers(signed(shop, entity(shop), *OPAQUE, "-nocerts")),
    "signed_opaque_twice": lambda shop: with_headers(signed(shop, signed(shop, entity(shop), *OPAQUE), *OPAQUE)),
    "signed_opaque_in_detached": lambda shop: with_headers(signed(shop, signed(shop, entity(shop), *OPAQUE))),
    "signed_file": lambda shop: signed(shop, entity(shop), *OPAQUE, "-outform", "DER"),
    "signed_file_pem": lambda shop: signed(shop, entity(shop), *OPAQUE, "-outform", "PEM"),
    "signed_file_base64": lambda shop: base64.encodebytes(signed(shop, entity(shop), *OPAQUE, "-outform", "DER")),
    "signed_zip": lambda shop: signed(shop, zip_of({"a.pem": shop.everything}), "-binary", *OPAQUE, "-outform", "DER"),
    "signed_forwarded": lambda shop: forwarded(
        encoded_message(with_headers(signed(shop, entity(shop), *OPAQUE)), "base64")
    ),
}
ENCRYPTED = {
    "encrypted_email": lambda shop: with_headers(encrypted(shop, entity(shop), "-aes256")),
    "encrypted_email_streamed": lambda shop: with_headers(encrypted(shop, entity(shop), "-aes256", "-stream")),
    "encrypted_email_authenticated": lambda shop: with_headers(encrypted(shop, entity(shop), "-aes-256-gcm")),
    "encrypted_file": lambda shop: encrypted(shop, entity(shop), "-aes256", "-outform", "DER"),
    "encrypted_file_authenticated": lambda shop: encrypted(shop, entity(shop), "-aes-256-gcm", "-outform", "DER"),
    "encrypted_file_pem": lambda shop: encrypted(shop, entity(shop), "-aes256", "-outform", "PEM"),
    "encrypted_then_signed": lambda shop: with_headers(signed(shop, encrypted(shop, entity(shop), "-aes256"), *OPAQUE)),
    "encrypted_msg": lambda shop: msg([("smime.p7m", encrypted(shop, entity(shop), "-aes256", "-outform", "DER"))]),
}

RTF = b"{\\rtf1\\ansi\\fromtext{\\fonttbl{\\f0\\fmodern Courier New;}}\\pard "


def rtf(shop):
    return RTF + shop.everything.replace(b"\n", b"\\par\r\n") + b"}"


def named(shop):
    return [("certificat signé.cer", der(shop.leaf)), ("ca.pem", shop.authorities)]


def in_winmail(shop):
    return winmail(*(winmail_attachment(name, data) for name, data in named(shop)), text="Hello")


OUTLOOK_FILES = {
    "winmail": in_winmail,
    "winmail_attached": lambda shop: email(multipart("mixed", text(), part(in_winmail(shop), "application/ms-tnef"))),
    "winmail_message": lambda shop: winmail(winmail_attachment("Fwd", message=in_winmail(shop))),
    "winmail_zip": lambda shop: winmail(winmail_attachment("c.zip", zip_of({"a.pem": shop.everything}))),
    "winmail_text": lambda shop: winmail(text=shop.everything.decode()),
    "winmail_html": lambda shop: winmail(html=f"<pre>{shop.everything.decode()}</pre>"),
    "winmail_rtf": lambda shop: winmail(rtf=stored_rtf(rtf(shop))),
    "winmail_packed_rtf": lambda shop: winmail(rtf=packed_rtf(rtf(shop))),
    "msg": lambda shop: msg(named(shop)),
    "msg_message": lambda shop: msg(messages=[message_tree(named(shop))]),
    "msg_message_in_a_message": lambda shop: msg(messages=[message_tree(messages=[message_tree(named(shop))])]),
    "msg_text": lambda shop: msg(body=shop.everything.decode()),
    "msg_html": lambda shop: msg(html=f"<pre>{shop.everything.decode()}</pre>"),
    "msg_rtf": lambda shop: msg(body="", rtf=packed_rtf(rtf(shop))),
    "msg_email": lambda shop: msg([("fwd.eml", inner(shop))]),
    "msg_signed": lambda shop: msg([("smime.p7m", signed(shop, entity(shop), *OPAQUE, "-outform", "DER"))]),
    "msg_attached": lambda shop: email(
        multipart("mixed", part(msg(named(shop)), "application/vnd.ms-outlook", "m.msg"))
    ),
}

ARMOR = "-----BEGIN PGP {0}-----\n\nwcBMA4ZqDxU3pkv4AQf/eJ1a5Xx3\n=aB12\n-----END PGP {0}-----\n"
PGP_FILES = {
    "message": b"\x85\x01\x0c\x03" + bytes(range(200)),
    "message_aead": b"\xc1\x4d\x06" + bytes(range(200)),
    "password": b"\x8c\x0d\x04\x09" + bytes(range(200)),
    "compressed": b"\xa3\x01\x5b" + bytes(range(200)),
    "armored": ARMOR.format("MESSAGE").encode(),
    "quoted": ("> " + ARMOR.format("MESSAGE").replace("\n", "\n> ")).encode(),
}


def pgp_mime(shop):
    return email(
        multipart(
            "encrypted", part(b"Version: 1\n", "application/pgp-encrypted", disposition=""),
            part(PGP_FILES["armored"], name="encrypted.asc", disposition="inline"),
        )
    )  # fmt: skip


def charset_email(shop, charset):
    contents = ("Numéro : é\n" + shop.everything.decode()).encode(charset)
    headers = f"From: a\nTo: b\nContent-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: base64\n\n"
    return headers.encode() + base64.encodebytes(contents)


def lines_of(shop, change):
    return email(
        text(
            "".join(change(number, line) + "\n" for number, line in enumerate(shop.everything.decode().split("\n"), 1))
        )
    )


LINES = {
    "quoted": lambda number, line: f"> > {line}",
    "quoted_with_initials": lambda number, line: f"JD> {line}",
    "quoted_and_wrapped": lambda number, line: f"> {line[:50]}\n> {line[50:]}",
    "quoted_and_badly_wrapped": lambda number, line: f"> {line[:60]}\n{line[60:]}",
    "numbered": lambda number, line: f"{number:3}: {line}",
    "numbered_in_a_column": lambda number, line: f"{number}\n{line}",
    "in_a_table": lambda number, line: f"| {number} | {line} |",
}

IS_CONVERTED = {"without_names", "msg_message"}
ACCEPTED = {
    **{f"email_{name}": lambda shop, make=make: email(make(shop)) for name, make in STRUCTURES.items()},
    **{
        f"email_in_{encoding}": lambda shop, encoding=encoding: email(
            multipart("mixed", text(), part(shop.everything, "text/plain", "a.pem", encoding=encoding))
        )
        for encoding in ENCODE
    },
    **{
        f"email_forwarded_{times}_times_in_{encoding}": lambda shop, encoding=encoding, times=times: nested(
            shop, encoding, times
        )
        for encoding in ("7bit", "8bit", "binary", "base64", "quoted-printable", "x-uuencode")
        for times in (1, 2, 3)
    },
    **{
        f"email_forwarded_as_{name}": lambda shop, kind=kind, file=file: forwarded(
            encoded_message(inner(shop), "base64", kind, file)
        )
        for name, kind, file in (
            ("a_file", "message/rfc822", "fwd.eml"),
            ("octets", "application/octet-stream", "fwd.eml"),
            ("octets_without_a_name", "application/octet-stream", ""),
            ("international", "message/global", "fwd.u8msg"),
        )
    },
    **{f"email_{name}": make for name, make in (MAILBOXES | SIGNED | OUTLOOK_FILES).items()},
    "email_mailbox_packed": lambda shop: gzip.compress(MAILBOXES["mailbox_rfc4155_1"](shop)),
    "email_web_archive": web_archive,
    **{
        f"email_charset_{charset}": lambda shop, charset=charset: charset_email(shop, charset)
        for charset in ("utf-16", "utf-16-be", "utf-32", "cp037", "cp500", "iso-8859-15")
    },
    **{f"email_lines_{name}": lambda shop, change=change: lines_of(shop, change) for name, change in LINES.items()},
    "email_with_a_damaged_text": lambda shop: email(
        multipart("alternative", text(shop.leaf.decode()[:700]), text(f"<pre>{shop.everything.decode()}</pre>", "html"))
    ),
}
NAMED = {
    **{f"email_{name}": ("encrypted_email", make) for name, make in ENCRYPTED.items()},
    **{f"pgp_{name}": ("pgp_message", lambda shop, data=data: data) for name, data in PGP_FILES.items()},
    "pgp_email": ("pgp_message", pgp_mime),
    "pgp_email_text": ("pgp_message", lambda shop: email(text(PGP_FILES["armored"].decode()))),
    "pgp_signature": ("pgp_signature", lambda shop: ARMOR.format("SIGNATURE").encode()),
    "pgp_signature_binary": ("pgp_signature", lambda shop: b"\x89\x01\x33\x04\x00" + bytes(range(200))),
    "pgp_key": ("pgp_key", lambda shop: ARMOR.format("PUBLIC KEY BLOCK").encode()),
    "email_of_outlook_protected": (
        "protected_email",
        lambda shop: email(
            multipart("mixed", part(bytes.fromhex("76e80460c411e386") + bytes(99), name="message.rpmsg"))
        ),
    ),
    "email_with_a_calendar_alone": ("email", lambda shop: email(text(CALENDAR, "calendar"))),
    "email_of_outlook_without_certificate": ("email", lambda shop: msg()),
    "email_in_winmail_without_certificate": ("email", lambda shop: winmail(text="Hello")),
    "email_with_a_file_elsewhere": (
        "email",
        lambda shop: forwarded(
            b'Content-Type: message/external-body; access-type=URL; URL="https://x"\r\n\r\nA: b\r\n\r\n'
        ),
    ),
    "mailbox_without_certificate": ("email", lambda shop: mailbox(ENVELOPES["gmail"], other_mail(), other_mail())),
    "winmail_truncated": ("winmail", lambda shop: in_winmail(shop)[:500]),
    "msg_truncated": ("outlook_email", lambda shop: msg(named(shop))[:3000]),
    "pst": ("outlook_data", lambda shop: b"!BDN" + bytes(900)),
}
