"""No repetitive file takes more than linear time to read. See `tests.cpu_limit`."""

import bz2
import gzip
import lzma
import random
import struct
import tarfile
import zlib
from contextlib import suppress

import pytest

from onboarding.pki.csr import NameAttribute, read_name_attributes
from onboarding.pki.der import Shape
from onboarding.pki.errors import PkiError
from onboarding.pki.intake.client_ids import check_client_id, find_client_ids
from onboarding.pki.intake.contents import read_contents
from onboarding.pki.intake.emails import BOUNDARIES_MAX, CONTENT_HEADER_MAX, EFFORT_MAX
from onboarding.pki.intake.file_types import SEVEN_ZIP, detect_file_type
from onboarding.pki.intake.files import safe_file_name
from onboarding.pki.intake.reading import Upload, read_uploads
from onboarding.pki.key_files import open_key_file
from onboarding.pki.preflight.checks import check_name_attributes, preflight
from onboarding.pki.preflight.corrections import corrected_subject
from onboarding.pki.subject import Subject
from tests.cpu_limit import FINISHED, last_input, repeated
from tests.pki.corpus_containers import zip_of
from tests.pki.corpus_documents import tar_of
from tests.pki.formats.compound_file import compound_file
from tests.pki.formats.outlook import attribute, message_tree, winmail

randbytes = random.Random(1).randbytes
SECONDS = 3  # of CPU time for one input; reading it needs less than one
SIZE = 128 * 1024  # twice the largest file that is read, so that a quadratic function needs a multiple of SECONDS
EMAIL_SIZE = 320 * 1024  # a third of the largest one that is read, for the same reason
CERTIFICATE_SHAPED = b"MIEGMASgAKAA"  # base64 of nine bytes that have the outline of a certificate
PUBLIC_KEY_SHAPED = b"MIEGAgEAAgEA"

# Runs of one character, delimiters, marker lines, tags, headers, escapes, and the beginnings of values.
UNITS = (
    *(bytes([character]) for character in b"=-<>&%\\|:;\"'@._ \t\n\rAa0/\x00\x30\xa0\xff"),
    *(b"MI", b"MIIA", b"=MIIA", b"\nMIIA", b"LS0t", b"TUlJ", CERTIFICATE_SHAPED, PUBLIC_KEY_SHAPED),
    *(b"=3D", b"=\n", b"=\r\n", b"%2B", b"&#65;", b"&#", b"&lt;", b"\\n", b"\\u0041", b"\\u", b"%", b"\r\n"),
    *(b"<a ", b"<a>", b"</a", b"<!", b"<script", b"> ", b">\n", b"| ", b"\xc2\xa0", b"\xe2\x80\x8b", b"\xe2\x80\x93"),
    *(b"BEGIN", b"BEGIN ", b"END ", b"BEGIN CERTIFICATE", b"BEGIN PRIVATE KEY ", b"BEGIN PKCS #7 SIGNED "),
    *(b"-----BEGIN CERTIFICATE-----\n", b"-----END CERTIFICATE-----\n", b"BEGIN A A A ", b"BEGIN AAAAAAAAAAAA "),
    b"-----BEGIN CERTIFICATE-----\n" + CERTIFICATE_SHAPED * 9 + b"\n-----END CERTIFICATE-----\n",
    *(CERTIFICATE_SHAPED * 120 + b"-", PUBLIC_KEY_SHAPED * 120 + b"-", b"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t"),
    *(b"A: b\n", b"a:\n", b" \n", b"Subject: x\n", b"30 82 ", b"3082", b"30:82:", b"30 8", b"0\x80", b"0\x00"),
    *(b"<RSAKeyValue>", b'"kty"', b"PuTTY-User-Key-File-", b" privateExponent", b"PK\x03\x04", b"PK\x01\x02"),
)
# What comes before the repetition: nothing, a value, the beginning of a block, or a sign that makes the reader decode
# the text.
STARTS = (b"", b"MIIB" * 20)
SIGNS = (
    b"=3D ",
    b"%20 ",
    b"&lt; ",
    b"<a> ",
    b"\\n ",
    b"\xe2\x80\x8b",
    b"\xff\xfe",
    b"-----BEGIN CERTIFICATE-----\n",
    b"-----BEGIN RSA PRIVATE KEY-----\n",
)
SIGNED_UNITS = (b"=", b"%", b"&", b"&#", b"&#9", b"<", b"\\", b"\\u", b" ", b"\n", b"M", b"-", b"=\n", b"MI", b"9")

HEADERS = b"From: a\nTo: b\nSubject: c\n"
PART = HEADERS + b"Content-Type: multipart/mixed; boundary=x\n\n--x\n"
EMAIL_STARTS = {
    "body": HEADERS + b"\n",
    "header": HEADERS,
    "part": PART + b"\n",
    "header of a part": PART,
    "quoted-printable": HEADERS + b"Content-Transfer-Encoding: quoted-printable\n\n",
    "base64": HEADERS + b"Content-Transfer-Encoding: base64\n\n",
    "uuencode": HEADERS + b"Content-Transfer-Encoding: x-uuencode\n\nbegin 644 x\n",
    "content type": PART + b"Content-Type: text/plain",
    "quoted parameter": PART + b'Content-Type: text/plain; a="',
    "file name": PART + b'Content-Disposition: attachment; filename="',
    "delivery status": HEADERS + b"Content-Type: message/delivery-status\n\n",
    "boundary": HEADERS + b"Content-Type: multipart/mixed; boundary=",
}
EMAIL_UNITS = (
    *(b";", b"; ", b"; a=b", b"; filename*0=b", b'"', b'\\"', b"=", b"=\n", b"=3D", b"=?a?q?", b"=?", b" ", b"\n "),
    *(b"\n", b"\r", b"a", b"\n--x\n", b"\r--x\r", b"--x", b"a: b\n", b"a: b\n\n", b"Content-Type: message/rfc822\n\n"),
    *(b"boundary=", b"boundary*=", b"Content-Type: text/plain\n", b"Content-Type: message/delivery-status\n\n"),
)


def nested_multiparts(parameter):
    """Return an email in which each multipart has another one, followed by lines."""
    parts = (b"Content-Type: multipart/mixed; " + parameter % number + b"\n\n--%d\n" % number for number in range(3000))
    return repeated(b"\n", 500_000, HEADERS + b"".join(parts))


def texts():
    for unit in UNITS:
        for start in STARTS:
            yield f"{unit!r} after {start!r}", repeated(unit, SIZE, start, b"\n")
    for start in SIGNS:
        for unit in SIGNED_UNITS:
            yield f"{unit!r} after {start!r}", repeated(unit, SIZE, start, b"\n")


def emails():
    for name, start in EMAIL_STARTS.items():
        for unit in EMAIL_UNITS:
            yield f"{unit!r} in the {name}", repeated(unit, EMAIL_SIZE, start, b"\n\nend")
    for parameter in (b"boundary=%d", b"boundary*=''%d", b"boundary*0*=%d", b"boundary" + b" " * 20 + b"=%d"):
        yield f"multiparts with {parameter!r}", nested_multiparts(parameter)
    deep = [b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (number, number) for number in range(25)]
    yield "25 multiparts of old line breaks", repeated(b"\r", EMAIL_SIZE, HEADERS + b"".join(deep))


def der_of(*parts, tag=0x30):
    contents = b"".join(parts)
    return bytes([tag, 0x84]) + len(contents).to_bytes(4, "big") + contents


def oid(digits):
    return der_of(bytes.fromhex(digits), tag=6)


def cms(kind, content, before=b""):
    """Return a CMS value with the content; `before` are the values in front of it."""
    return der_of(oid(f"2a864886f70d0107{kind}"), der_of(der_of(before, content), tag=0xA0))


OCTETS_UNITS = (
    b"\x04\x00",
    b"\x24\x80",
    b"\x24\x02\x04\x00",
    b"\x30\x80",
    b"\x00\x00",
    b"\x04\x80",
    b"\x24\x84" + bytes(4),
)
RTF_UNITS = rb"{ } \ \' \'41 \u1. \par \objdata. \objdata.30. 30 \* -".replace(b".", b" ").split()
XML_UNITS = b"< </ </a <w: <text:s UnicodeString=\" <a|b=' > &# <w:br <x:yyyyyyyyyyyyyyyyyyyyyy".replace(
    b"|", b" "
).split()
MAILBOX_UNITS = (b"From a\n", b"From a\nA: b\n\n", b"\n\nFrom ", b"From " + b"x" * 290)
ZIP_UNITS = (b"PK\x01\x02" + bytes(42), b"PK\x05\x06", b"PK\x06\x07" + bytes(16), b"PK\x03\x04")
WINMAIL_UNITS = tuple(
    attribute(*each) for each in ((1, 0x00018004, b""), (2, 0x00069002, b""), (2, 0x00069005, b"\xff" * 9))
)
PROPERTY_UNITS = (bytes(8), b"\x02\x11" + bytes(6), b"\x1e\x00\x00\x00\x01" + bytes(7))
SEVEN_ZIP_UNITS = (b"\x01", b"\x06\x00", b"\xff", b"\x0e", bytes(3))


def signed_values():
    before, data = b"\x02\x01\x01\x31\x00", oid("2a864886f70d010701")
    for unit in OCTETS_UNITS:
        octets = repeated(unit, EMAIL_SIZE, b"\x24\x80", b"\x00\x00")
        yield f"octets of {unit!r}", cms("02", der_of(data, der_of(octets, tag=0xA0)), before)
        yield f"algorithms of {unit!r}", cms("02", b"", b"\x02\x01\x01" + repeated(unit, EMAIL_SIZE, b"\x31\x80"))
    value = b"Content-Type: text/plain\n\nhello"
    for _ in range(3000):
        value = cms("02", der_of(data, der_of(der_of(value, tag=4), tag=0xA0)), before)
    yield "signed values in each other", value


def word_document(contents):
    """Return a Word document; the random bytes keep it from being refused as a bomb."""
    return zip_of({"[Content_Types].xml": b"", "word/document.xml": contents + randbytes(9999)})


def compound_files():
    yield "streams", compound_file({f"{number}": b"x" for number in range(2000)})
    folder = {"a": b"x"}
    for _ in range(300):
        folder = {"a": folder}
    yield "storages", compound_file(folder)
    message = compound_file(message_tree([("a", bytes(5000))]))
    for at in range(0, 512, 8):
        yield f"a loop at {at}", message[: at - 512] + bytes(8) + message[at - 504 :]


def seven_zips():
    for unit in SEVEN_ZIP_UNITS:
        header = repeated(unit, EMAIL_SIZE, b"\x01\x04")
        found = struct.pack("<QQL", 0, len(header), zlib.crc32(header))
        yield f"7z of {unit!r}", SEVEN_ZIP + bytes(2) + struct.pack("<L", zlib.crc32(found)) + found + header


def containers():
    """Yield files of every format: repeated beginnings of structures, entries, and streams."""
    tar, start, rest = tar_of({"a": b""})[:1536], winmail(), b"PK\x05\x06" + b"\xff" * 8 + bytes(10)
    long_names = tar_of({"x" * 300: b""}, tarfile.GNU_FORMAT)[1024:2048]
    yield from signed_values()
    yield from ((f"RTF of {unit!r}", repeated(unit, 2 * EMAIL_SIZE, b"{\\rtf1 ")) for unit in RTF_UNITS)
    yield from ((f"XML of {unit!r}", word_document(repeated(unit, 2 * EMAIL_SIZE))) for unit in XML_UNITS)
    yield from (
        (f"mailbox of {unit!r}", repeated(unit, EMAIL_SIZE, b"From a\nTo: b\nA: c\n\n")) for unit in MAILBOX_UNITS
    )
    yield from ((f"zip of {unit!r}", repeated(unit, EMAIL_SIZE, b"PK\x03\x04", rest)) for unit in ZIP_UNITS)
    yield from ((f"tar of {unit[:9]!r}", repeated(unit, EMAIL_SIZE, tar)) for unit in (tar[1024:], long_names))
    for packed in (gzip.compress(b"a"), bz2.compress(b"a"), bz2.compress(b""), lzma.compress(b"")):
        yield f"streams of {packed[:3]!r}", repeated(packed, EMAIL_SIZE)
    yield from ((f"winmail of {unit!r}", repeated(unit, 2 * EMAIL_SIZE, start)) for unit in WINMAIL_UNITS)
    for unit in PROPERTY_UNITS:
        properties = attribute(1, 0x00069003, repeated(unit, EMAIL_SIZE, b"\xff" * 4))
        yield f"winmail properties of {unit!r}", start + properties
    yield from compound_files()
    yield from seven_zips()


def client_ids():
    units = (b"client id ", b"client id: 0123456789abcdef", b"app_", b"client", b"0-", b"a-", b"_", b"a", b"a0", b" ")
    for unit in units:
        for start in (b"", b"client id: "):
            yield f"{unit!r} after {start!r}", repeated(unit, SIZE, start)


def values():
    for unit in (b"@", b"a@", b".", b".@", b"@.", b"a.", b"?", b"a?b", b"company", b" ", b"\n", b"<", b"\xc3\x83"):
        for start in (b"", b"example", b"." * (SIZE // 2)):
            yield f"{unit!r} after {start[:8]!r}", repeated(unit, SIZE, start, b"\nx")


def der(tag, *parts):
    contents = b"".join(parts)
    return bytes([tag, 0x83]) + len(contents).to_bytes(3, "big") + contents


def names():
    yield "number", der(0x30, der(0x31, der(0x30, der(6, b"\xff" * 4 * SIZE + b"\x01"), der(12, b"x"))))
    yield "empty names", der(0x30, b"\x31\x00" * SIZE)
    yield "values", der(0x30, der(0x31, der(0x30, b"\x06\x01\x01", b"\x0c\x00" * SIZE)))


def paths():
    for unit in (b"/", b"\\", b"a/", b"../", b" ", b"\n", b"a", b"\xe2\x80\x8b"):
        yield repr(unit), repeated(unit, SIZE, after=b"x")


def read_email(data):
    read_uploads([Upload("saved.eml", data)])


def read_container(data):
    with suppress(PkiError):
        read_uploads([Upload("sent", data)])


def search_text(data):
    """Search the whole text, which is longer than the part that is searched in an upload."""
    text = data.decode()
    for start in range(0, len(text), 60 * 1024):
        find_client_ids(text[start:])
    check_client_id(text, "MZP128745")


def check_value(data):
    """Check each field of a subject, and repair it."""
    value = data.decode("utf-8", "replace")
    for field in ("country", "organization", "common_name", "email"):
        list(check_name_attributes([NameAttribute(0, field, "UTF8String", value, is_readable=True)], None))
    corrected_subject(Subject(*[value] * 6))


def read_name(data):
    with suppress(ValueError):
        read_name_attributes(data)


def read_key(data):
    """Read the beginning as a key file, and the whole as a file of unknown type."""
    with suppress(PkiError):
        open_key_file(data[: 64 * 1024], "passphrase", "")
    detect_file_type(data)
    preflight(data[: 64 * 1024])


READERS = {
    "contents": lambda: (read_contents, texts()),
    "emails": lambda: (read_email, emails()),
    "containers": lambda: (read_container, containers()),
    "client IDs": lambda: (search_text, client_ids()),
    "subjects": lambda: (check_value, values()),
    "names": lambda: (read_name, names()),
    "paths": lambda: (lambda data: safe_file_name(data.decode()), paths()),
    "key files": lambda: (read_key, texts()),
}


@pytest.mark.parametrize("reader", READERS)
def test_the_time_for_a_repetitive_file_is_linear(reader):
    """Each input is read within the limit of CPU time."""
    assert last_input("tests.pki.intake.test_linear_time", reader, SECONDS) == FINISHED


@pytest.mark.parametrize("digits", [7, 1000, 5000])
def test_an_endless_number_of_a_character_is_no_error(digits):
    """html.unescape raises ValueError for numbers of more than 4,300 digits."""
    assert read_contents(b"&#65; &#" + b"9" * digits + b";").text == "A \ufffd"


@pytest.mark.parametrize("line_break", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize(
    "parameter", [b"boundary=b", b"BOUNDARY*=''b", b"boundary*0*=b", b"boundary" + b" " * 20 + b"=b"]
)
def test_lines_and_multiparts_are_counted_however_they_are_written(parameter, line_break):
    """The parser compares each line with each boundary, so an email with many of both is refused."""
    many_parts = HEADERS + (b"Content-Type: multipart/mixed; " + parameter + b"\n\n") * (BOUNDARIES_MAX + 1)
    parts = (b"Content-Type: multipart/mixed; " + parameter + b"\n\n") * (BOUNDARIES_MAX - 1)
    many_lines = HEADERS + parts + line_break * (EFFORT_MAX // BOUNDARIES_MAX)
    many_delimiters = PART + (line_break + b"--x") * 501
    for data in (many_parts, many_lines, many_delimiters):
        findings = read_uploads([Upload("saved.eml", data)]).findings
        assert [finding.code for finding in findings] == ["too_many_entries"]


def test_an_email_with_an_endless_content_header_is_damaged():
    """The parser needs quadratic time for the parameters of a header, so their length is limited."""
    for name in (b"Content-Type: text/plain", b"CONTENT-DISPOSITION: attachment"):
        codes = []
        for length in (CONTENT_HEADER_MAX - 100, CONTENT_HEADER_MAX):
            upload = Upload("saved.eml", repeated(b";", length, PART + name, b"\n\nhello\n"))
            codes.append([finding.code for finding in read_uploads([upload]).findings])
        assert codes == [["not_a_certificate"], ["mail_damaged"]]


@pytest.mark.parametrize("encoded", [PUBLIC_KEY_SHAPED * 50, b"MIEHAgEAAgIAAQ==" * 50], ids=["together", "each"])
def test_consecutive_values_are_found_once(encoded):
    """Each value is one item, whether the values were encoded together or each by itself."""
    assert [item.shape for item in read_contents(encoded).items] == [Shape.PUBLIC_KEY] * 50
