"""Mutations of files: PEM and other text, emails, archives, and plain bytes; each keeps most of the structure."""

import base64
import gzip
import io
import lzma
import quopri
import re
import tarfile
import zipfile
import zlib
from urllib.parse import quote

from onboarding.pki.der import SEQUENCE, encode_der
from tests.pki.fuzz_der import mutate_der

BLOCK = re.compile(rb"(-----BEGIN ([A-Z0-9 ]+)-----\s)([A-Za-z0-9+/=\s]+)(-----END )")
LABEL = re.compile(rb"CERTIFICATE REQUEST|CERTIFICATE|PKCS7")
LABELS = (b"CERTIFICATE", b"TRUSTED CERTIFICATE", b"PKCS7", b"CERTIFICATE REQUEST", b"X509 CRL", b"CMS", b"", b"A B")
BREAKS = (b"\r\n", b"\r", b"\n\n", b" \n", b"", b"\\n", b"\n> ", "\u2028".encode(), b"<br>", b"=\n", b"\0\n", b"\t")
UNREADABLE_ZIP = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError, ValueError, OSError,
)  # fmt: skip
ENCODINGS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "cp037", "utf-7", "cp500")
PIECES = (
    b"-----BEGIN CERTIFICATE-----\n", b"-----END CERTIFICATE-----\n", b"----- BEGIN", b"=\r\n", b"&#43;", b"%0A", b"\0",
    b"0\x80", b"0\x82\xff\xff", b"\0\0", b"PK\3\4", b"PK\1\2", b"PK\5\6", b"\n--x\n", b"MII", b"boundary=x\n",
    b"\x1f\x8b", b"begin 644 a\n", b"%PDF-1.7\n", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"7z\xbc\xaf\x27\x1c",
    b"{\\rtf1",
    b"====", b"From x\n",
)  # fmt: skip
HEADERS = (
    b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: quoted-printable", b"Content-Type: text/plain",
    b"Content-Transfer-Encoding: x-uuencode", b"Content-Type: multipart/mixed; boundary=x", b"MIME-Version: 2.0",
    b"Content-Type: multipart/mixed", b"Content-Type: message/rfc822", b"Content-Type: application/ms-tnef",
    b"Content-Type: text/html; charset=utf-16", b"Content-Type: text/plain; charset=none", b"Content-Type: /;;=;",
    b"Content-Disposition: attachment; filename*=utf-8''%FF%00", b"Content-Type: multipart/signed; boundary=\"",
    b"Content-Type: application/pkcs7-mime; smime-type=signed-data", b"Subject: =?utf-8?b?////?=", b": ", b"\xff: \xff",
)  # fmt: skip
NAMES = ("a.pem", "../a.pem", "/etc/a", "a\\b.cer", "a/", "", "a.zip", "\u202egpj.pem", "__MACOSX/._a", "CON", "é.p7b")
SIZE_MAX = 300_000  # bytes; repeating what was repeated would make any size
NUMBERS = (b"\0\0", b"\1\0", b"\xff\xff", b"\x08\0", b"\0\1", b"\x63\0")
SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
DATA = bytes.fromhex("300b06092a864886f70d010701")


def mutate_bytes(random, data, other):
    """Return `data` with a byte changed, a part removed, moved or repeated, or something inserted."""
    at, to = sorted((random.randrange(len(data) + 1), random.randrange(len(data) + 1)))
    near = min(to, at + random.randrange(1, 60))
    return random.choice(
        (
            lambda: data[:at] + bytes([random.randrange(256)]) + data[at + 1 :],
            lambda: data[:at] + data[near:],
            lambda: data[:at],
            lambda: data[:at] + random.choice(PIECES) + data[at:],
            lambda: data[:near] + data[at:near] * random.choice((1, 1, 20)) + data[near:],
            lambda: data[:at] + other[at:],
            lambda: data[near:to] + data[:near] + data[to:],
            lambda: data[:at] + random.choice(NUMBERS) + data[at + 2 :],
        )
    )()


def mutate_lines(random, data, other):
    """Return the text with lines removed, repeated, swapped or taken from `other`, or another header."""
    lines = data.split(b"\n")
    at, to = random.randrange(len(lines)), random.randrange(len(lines))
    boundary = re.search(rb'boundary="?([^\s";]+)', data)
    change = random.randrange(8)
    if change == 0:
        del lines[at]
    elif change == 1:
        lines.insert(at, lines[to])
    elif change == 2:
        lines[at], lines[to] = lines[to], lines[at]
    elif change == 3:
        lines.insert(at, random.choice(other[:4000].split(b"\n")))
    elif change == 4:
        lines.insert(min(at, 8), random.choice(HEADERS))
    elif change == 5 and boundary:
        return data.replace(boundary[1], random.choice((b"x", b"", boundary[1] + b"--")), random.choice((1, 2, -1)))
    elif change == 6:
        lines[at:at] = [b"--" + (boundary[1] if boundary else b"x"), random.choice(HEADERS), b""]
    else:
        lines[at] = mutate_bytes(random, lines[at], b"")
    return b"\n".join(lines)


def mutate_text(random, data, other):
    """Return the text in another encoding, with other line breaks or marker lines, or with changed characters."""
    text = data.decode("utf-8", "replace")
    return random.choice(
        (
            lambda: data.replace(b"\n", random.choice(BREAKS), random.choice((1, 4, -1))),
            lambda: LABEL.sub(random.choice(LABELS), data, count=random.choice((1, 0))),
            lambda: data.replace(b"-----", random.choice((b"", b"----", b"------", "—".encode(), b"- - -")), 4),
            lambda: text.encode(random.choice(ENCODINGS), "replace"),
            lambda: quopri.encodestring(data),
            lambda: quote(text, safe=random.choice(("", "/+=\n"))).encode(),
            lambda: base64.b64encode(data),
            lambda: random.choice((bytes.hex(data), repr(data), f"<p>{text}</p>")).encode(),
            data.swapcase,
            lambda: data.replace(*random.choice(((b"=", b""), (b"+", b"-"), (b"/", b"_"), (b"A", b"A ")))),
            lambda: mutate_lines(random, data, other),
        )
    )()


def mutate_block(random, data, other, signers):
    """Return a text with the DER in one of its PEM blocks mutated; None if it has none that can be decoded."""
    blocks = list(BLOCK.finditer(data))
    if not blocks:
        return None
    block = random.choice(blocks)
    donor = BLOCK.search(other)
    try:
        der = base64.b64decode(block[3])
        changed = mutate_der(random, der, base64.b64decode(donor[3]) if donor else other, signers)
    except ValueError:
        return None
    if changed is None:
        return None
    body = base64.encodebytes(changed) if random.random() < 0.5 else base64.b64encode(changed) + b"\n"
    return data[: block.start(3)] + body + data[block.end(3) :]


def mutate_archive(random, data, other):
    """Return a zip file with other names, contents, order or header fields; None if `data` is no such file."""
    if data[:4] != b"PK\3\4":
        return None
    if random.random() < 0.5:
        starts = [found.start() for found in re.finditer(rb"PK(\x01\x02|\x03\x04|\x05\x06)", data)]
        at = random.choice(starts) + random.randrange(2, 46)
        return data[:at] + random.choice(NUMBERS) + data[at + 2 :]
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [(entry.filename, archive.read(entry)) for entry in archive.infolist() if entry.file_size < 9999]
    except UNREADABLE_ZIP:
        return None
    random.shuffle(entries)
    entries.insert(0, (random.choice(NAMES), other))
    entries = [(random.choice((name, *NAMES[:2])), contents) for name, contents in entries[:20]]
    return zip_of(random, entries)


def zip_of(random, entries):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", random.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
        for name, contents in entries:
            archive.writestr(zipfile.ZipInfo(name), contents)
    return packed.getvalue()


def _tar_of(random, entries):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, contents in entries:
            entry = tarfile.TarInfo(name or "a")
            entry.size = len(contents)
            archive.addfile(entry, io.BytesIO(contents))
    return packed.getvalue()


def _email_of(random, entries):
    parts = [
        b'Content-Disposition: attachment; filename="' + name.encode() + b'"\n' + random.choice(HEADERS)
        + b"\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(contents)
        for name, contents in entries
    ]  # fmt: skip
    body = b"".join(b"--x\n" + part for part in parts)
    return (
        b"From: ca@operator.example\nSubject: signed\nContent-Type: multipart/mixed; boundary=x\n\n" + body + b"--x--"
    )


def _pkcs7_of(random, entries):
    """Return a PKCS#7 message without signatures, with the contents as its certificates (RFC 5652, 5.1)."""
    certificates = encode_der(0xA0, b"".join(contents for _, contents in entries))
    signed = encode_der(SEQUENCE, b"\2\1\1\x31\0" + DATA + certificates + b"\x31\0")
    return encode_der(SEQUENCE, SIGNED_DATA + encode_der(0xA0, signed))


def wrap(random, entries):
    """Return one file that contains the entries (name and contents): an archive, an email, or PKCS#7."""
    packer = random.choice((zip_of, zip_of, _tar_of, _email_of, _email_of, _pkcs7_of))
    return packer(random, [(random.choice((name, *NAMES)), contents) for name, contents in entries])


def mutate_file(random, data, other, signers):
    """Return `data`, changed in a way that fits what it is. `other` is a file of another seed."""
    if not data:
        return random.choice(PIECES)
    change = random.random()
    result = None
    if data[:1] == b"0" and change < 0.9:
        result = mutate_der(random, data, other, signers)
    elif data[:2] == b"PK":
        result = mutate_archive(random, data, other)
    elif b"-----BEGIN" in data and change < 0.5:
        result = mutate_block(random, data, other, signers)
    if result is None and b"\0" not in data[:512] and change < 0.95:
        result = random.choice((mutate_text, mutate_lines))(random, data, other)
    if result is None:
        result = mutate_bytes(random, data, other)
    result = result[:SIZE_MAX]
    return gzip.compress(result, 1, mtime=0) if random.random() < 0.01 else result
