"""Files and certificates in the texts of emails: uuencoded files, calendars, address cards, and broken escapes."""

import base64
import binascii
import json
import random
import re
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from onboarding.messages.message import Severity
from onboarding.pki.errors import PkiError
from onboarding.pki.intake.calendars import is_calendar
from onboarding.pki.intake.client_ids import FoundClientId
from onboarding.pki.intake.containers import ENTRY_LIMIT, extract_files
from onboarding.pki.intake.reading import Upload, read_uploads
from onboarding.pki.intake.uuencoded import split_uuencoded
from onboarding.pki.validation.certificates import validate_certificates
from tests.pki.corpus_containers import zip_of
from tests.pki.workshop import NOW, der

ID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
HEADERS = b"From: a@operator.example\nTo: b@flottes.example\nSubject: certificate\n"


def assert_chain_is_read(workshop, data, name="sent"):
    """Assert that the three certificates are read as they are, and accepted, without an error."""
    reading = read_uploads([Upload(name, data)])
    read = [found.certificate for found in reading.certificates]
    assert [finding.text for finding in reading.findings if finding.severity == Severity.ERROR] == []
    result = validate_certificates(read, workshop.known(), NOW)
    assert (len(read), result.accepted) == (3, True), [finding.text for finding in result.findings]
    return reading


def uuencoded(data, name="a.cer", *, zero="`", end="\n", stripped=False, checksum=False):
    """Return a file as uuencode writes it; `zero` stands for six zero bits, which is a space in old versions."""
    lines = [f"begin 644 {name}"]
    for start in range(0, len(data), 45):
        line = binascii.b2a_uu(data[start : start + 45], backtick=zero == "`").decode().rstrip("\n")
        lines.append((line.rstrip() if stripped else line) + ("x" if checksum else ""))
    return end.join([*lines, zero, "end", ""]).encode()


def uuencoded_in_base64(data, name="a.cer", end="\n"):
    """Return a file as uuencode -m writes it."""
    lines = [base64.b64encode(data[start : start + 45]).decode() for start in range(0, len(data), 45)]
    return end.join([f"begin-base64 644 {name}", *lines, "====", ""]).encode()


ENCODERS = {
    "gnu": uuencoded,
    "spaces": lambda data, name: uuencoded(data, name, zero=" "),
    "spaces_removed": lambda data, name: uuencoded(data, name, zero=" ", stripped=True),
    "checksums": lambda data, name: uuencoded(data, name, checksum=True),
    "windows": lambda data, name: uuencoded(data, name, end="\r\n"),
    "base64": uuencoded_in_base64,
    "base64_windows": lambda data, name: uuencoded_in_base64(data, name, end="\r\n"),
}
PLACES = {
    "email": lambda text: HEADERS + b"\n" + text,
    "email_of_8_bits": lambda text: (
        HEADERS + b"Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit\n\nCl\xe9 :\n" + text
    ),
    "email_in_base64": lambda text: (
        HEADERS
        + b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
        + base64.encodebytes(text)
    ),
    "quoted": lambda text: HEADERS + b"\n" + b"".join(b"> " + line for line in text.splitlines(keepends=True)),
    "pasted": lambda text: text,
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("encoder", ENCODERS)
def test_several_uuencoded_files_are_opened(encoder, place, workshop):
    """With text around them, in each form that encoders and mail programs give them."""
    encode = ENCODERS[encoder]
    files = (der(workshop.leaf), "leaf.cer"), (workshop.authorities, "my ca.pem")
    text = b"Hello,\n\nbegin with these files:\n" + b"\nand\n\n".join(encode(*file) for file in files)
    reading = assert_chain_is_read(workshop, PLACES[place](text + f"\nClient ID: {ID}\n".encode()))
    assert {found.file_name for found in reading.certificates} == {"sent/leaf.cer", "sent/my ca.pem"}
    assert [found.value for found in reading.client_ids] == [ID]


@pytest.mark.parametrize("seed", range(30))
def test_what_is_not_a_whole_file_stays_text(seed):
    """Every byte of a text is in one of the files or in the rest, whatever is cut out of it; whole files are exact."""
    draw = random.Random(seed)
    contents = [draw.randbytes(draw.randint(0, 300)) for _ in range(3)]
    encoders = [ENCODERS[name] for name in ("gnu", "spaces", "base64")]
    pieces = [draw.choice(encoders)(each, f"f{number}") for number, each in enumerate(contents)]
    assert split_uuencoded(b"begin 644\nx\n".join(pieces)) == (
        b"begin 644\nx\n" * 2,
        [(f"f{number}", each) for number, each in enumerate(contents)],
    )
    cut = draw.randrange(len(pieces))
    lines = pieces[cut].splitlines(keepends=True)
    pieces[cut] = b"".join(lines[:-1])  # without its end
    rest, files = split_uuencoded(b"\n".join(pieces) + b"\nRegards!\n")
    assert [name for name, _ in files] == [f"f{number}" for number in range(3) if number != cut]
    assert rest.startswith(lines[0] if cut == 0 else b"\n")
    assert b"".join(lines[:-1]).rstrip(b"\n") in rest


def test_uuencoded_files_have_the_limits_of_every_container(workshop):
    """A key is found, archives inside are opened, and there is a limit to the files."""
    assert_chain_is_read(workshop, HEADERS + b"\n" + uuencoded(zip_of({"a.pem": workshop.everything}), "a.zip"))
    with pytest.raises(PkiError, match="private_key_uploaded"):
        read_uploads([Upload("m", HEADERS + b"\n" + uuencoded(workshop.key("partner").read_bytes(), "k"))])
    many = b"".join(uuencoded(b"x", f"{number}.txt") for number in range(ENTRY_LIMIT + 2))
    for place in ("email", "pasted"):
        _, findings = extract_files([Upload("m", PLACES[place](many))])
        assert "too_many_entries" in [finding.code for finding in findings]


def folded(line, width=75, space=" ", end="\r\n"):
    """Return a line folded after `width` bytes, also inside a character (RFC 5545, 3.1)."""
    data = line.encode()
    pieces = [data[:width], *(data[start : start + width - 1] for start in range(width, len(data), width - 1))]
    return (end + space).encode().join(pieces) + end.encode()


def escaped(text):
    escapes = {"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"}
    return "".join(escapes.get(character, character) for character in text)


def calendar(*lines, end="\r\n", **how):
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR"]
    return b"".join(folded(line, end=end, **how) for line in lines)


def calendar_part(data, encoding="base64"):
    body = base64.encodebytes(data) if encoding == "base64" else data
    return (
        HEADERS
        + f"Content-Type: text/calendar; charset=utf-8\nContent-Transfer-Encoding: {encoding}\n\n".encode()
        + body
    )


FOLDINGS = {
    "standard": {},
    "tabs": {"space": "\t"},
    "unix": {"end": "\n"},
    "narrow": {"width": 20},
    "not folded": {"width": 100_000},
}


@pytest.mark.parametrize("shift", range(0, 75, 3))
def test_a_chain_in_a_description_is_not_corrupted_by_folding(shift, workshop):
    """Wherever the lines break: every escape is split once. The whole chain, and the client ID, are read."""
    text = "é" * shift + f"\nClient ID: {ID}\n" + workshop.everything.decode()
    for how in FOLDINGS.values():
        data = calendar(f"DESCRIPTION:{escaped(text)}", **how)
        for sent in (data, calendar_part(data), calendar_part(data, "8bit")):
            reading = assert_chain_is_read(workshop, sent)
            assert [found.value for found in reading.client_ids] == [ID]


NAMES = {
    "plain": ("ATTACH;FMTTYPE=application/pkix-cert;ENCODING=BASE64;VALUE=BINARY", "attachment"),
    "named": ("ATTACH;ENCODING=BASE64;VALUE=BINARY;X-FILENAME=leaf.cer", "leaf.cer"),
    "quoted": ('ATTACH;VALUE=BINARY;FILENAME="my: leaf.cer";encoding=base64', "my: leaf.cer"),
    "list": ('ATTACH;X-A="a;b","c";ENCODING=BASE64;FILENAME=leaf.cer', "leaf.cer"),
    "card": ("item1.KEY;TYPE=X509;ENCODING=b", "attachment"),
    "address": ("ATTACH:data:application/pkix-cert;base64,", "attachment"),
}


@pytest.mark.parametrize("how", FOLDINGS)
@pytest.mark.parametrize("form", NAMES)
def test_files_in_calendars_and_cards_are_opened(form, how, workshop):
    """Certificates attached in base64, in each form, beside the chain in the description."""
    start, name = NAMES[form]
    attached = base64.b64encode(der(workshop.leaf)).decode()
    line = f"{start}{attached}" if start.endswith(",") else f"{start}:{attached}"
    data = calendar(line, f"DESCRIPTION:{escaped(workshop.authorities.decode())}", **FOLDINGS[how])
    if form == "card":
        data = data.replace(b"VCALENDAR", b"VCARD")
    for sent, expected in ((data, f"sent/{name}"), (calendar_part(data), f"sent/{name}")):
        reading = assert_chain_is_read(workshop, sent)
        assert expected in {found.file_name for found in reading.certificates}


def test_calendars_have_the_limits_of_every_container(workshop):
    """A key in one is found, and there is a limit to the files; an address of a file is text."""
    key = workshop.key("partner").read_bytes()
    for line in (
        f"DESCRIPTION:{escaped(key.decode())}",
        f"ATTACH;ENCODING=BASE64:{base64.b64encode(key).decode()}",
        f"ATTACH;ENCODING=BASE64;VALUE=BINARY:{base64.b64encode(zip_of({'k': key})).decode()}",
    ):
        for sent in (calendar(line), calendar_part(calendar(line))):
            with pytest.raises(PkiError, match="private_key_uploaded"):
                read_uploads([Upload("a.ics", sent)])
    many = ["ATTACH;ENCODING=BASE64:eA=="] * (ENTRY_LIMIT + 2)
    _, findings = extract_files([Upload("a.ics", calendar(*many))])
    assert "too_many_entries" in [finding.code for finding in findings]
    link = calendar("ATTACH:https://operator.example/a.cer", f"COMMENT:Client ID: {ID}")
    assert read_uploads([Upload("a.ics", link)]).client_ids == (FoundClientId(ID),)
    assert is_calendar(b"\xef\xbb\xbf\r\nBEGIN:VCALENDAR\r\n")
    assert not is_calendar(b"BEGIN:VCALENDARS")


ESCAPED = {
    "json": lambda text: json.dumps({"text": text}),
    "json_in_unicode": lambda text: json.dumps({"text": text}).replace("\\n", "\\u000a"),
    "address": lambda text: f"text={quote(text)}",
    "html": lambda text: text.replace("\n", "&#10;").replace("+", "&#x2B;"),
    "calendar": lambda text: f"DESCRIPTION:{escaped(text)}",
    "calendar_of_capitals": lambda text: f"DESCRIPTION:{escaped(text)}".replace("\\n", "\\N"),
}
BREAKS = {"folded": "\n ", "folded_with_tabs": "\r\n\t", "broken": "\n", "broken_on_windows": "\r\n"}


@pytest.mark.parametrize("width", [20, 61, 72, 75, 76, 77, 78, 998])
@pytest.mark.parametrize("line_break", BREAKS)
@pytest.mark.parametrize("kind", ESCAPED)
def test_an_escape_that_is_broken_in_two_corrupts_no_certificate(kind, line_break, width, workshop):
    """In a text of any escapes whose lines are folded or broken at any width, without a sign of what it is."""
    escaped_text = ESCAPED[kind]("Hello\n" + workshop.everything.decode())
    pieces = [escaped_text[start : start + width] for start in range(0, len(escaped_text), width)]
    assert_chain_is_read(workshop, BREAKS[line_break].join(pieces).encode())


@pytest.mark.parametrize("line_break", BREAKS)
@pytest.mark.parametrize("end", ["END%20", "END\n%20"])
@pytest.mark.parametrize("digits", [1, 2, 3])
def test_digits_alone_on_a_line_are_no_line_number(digits, end, line_break, workshop):
    """A text that is broken at a fixed width may leave a few characters of the base64 on a line of their own.

    Where the end of the certificate isn't found either, the text after it takes the place of characters left out.
    """
    text = quote(workshop.everything.decode())
    for found in list(re.finditer(rf"(?<=[A-Za-z+])[0-9]{{{digits}}}(?=[A-Za-z+])", text))[:5]:
        broken = f"{text[: found.start()]}\n{found[0]}%0A{text[found.end() :]}".replace("END%20", end)
        assert_chain_is_read(workshop, broken.replace("\n", BREAKS[line_break]).encode())


@pytest.mark.parametrize("wrapped_at", [80, 40, 36])
@pytest.mark.parametrize("number", ["{:>3}  ", "{}: ", "{:02}) ", "{}\n"])
def test_numbers_of_lines_are_left_out(number, wrapped_at, workshop):
    """Also where each numbered line is wrapped, so that most lines have no number."""
    lines = [f"{number.format(at)}{line}" for at, line in enumerate(workshop.everything.decode().splitlines(), 7)]
    wrapped = [line[start : start + wrapped_at] for line in lines for start in range(0, len(line), wrapped_at)]
    assert_chain_is_read(workshop, "\n".join(wrapped).encode())


def test_a_backslash_at_the_end_of_a_line_is_no_broken_escape(workshop):
    """It continues the line in scripts; the letter after it belongs to the certificate."""
    for pem in (workshop.leaf, workshop.issuing, workshop.root):
        lines = pem.decode().splitlines()
        body = "".join(lines[1:-1])
        for letter in "nrtu":
            for position in [at for at, character in enumerate(body) if character == letter and at > 20][:4]:
                text = f"{lines[0]}\n{body[:position]}\\\n{body[position:]}\n{lines[-1]}\n"
                (found,) = read_uploads([Upload("a.sh", text.encode())]).certificates
                assert found.certificate.public_bytes(Encoding.DER) == der(pem)
