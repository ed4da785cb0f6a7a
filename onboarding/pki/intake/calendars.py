"""Texts and attached files in calendars (iCalendar, RFC 5545) and address cards (vCard, RFC 6350)."""

import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from onboarding.messages.finding import Finding
from onboarding.pki.intake.files import ENTRY_LIMIT, ExtractedFile, too_many_entries
from onboarding.pki.intake.text import NOT_BASE64, decode_base64, decode_utf_16

CALENDAR = re.compile(rb"\s*BEGIN:(?:VCALENDAR|VCARD)\s", re.IGNORECASE)
# Lines are folded after 75 bytes, also inside a character (RFC 5545, 3.1).
FOLD = re.compile(rb"(?:\r\n?|\n)[ \t]")
CONTENT_LINE = re.compile(
    r"(?:[A-Za-z0-9-]{1,60}\.)?(?P<name>[A-Za-z0-9-]{1,60})"
    r"(?P<parameters>(?:;[^=:;\"]{1,60}(?:=(?:\"[^\"]{0,500}\"|[^:;\",]{0,500})(?:,(?:\"[^\"]{0,500}\"|[^:;\",]{0,500}))*)?)*)"
    r":(?P<value>.*)",
    re.DOTALL,
)
PARAMETER = re.compile(r";(?P<name>[^=:;\"]{1,60})(?:=(?:\"(?P<quoted>[^\"]{0,500})\"|(?P<value>[^:;\",]{0,500})))?")
FILE_PROPERTIES = {"ATTACH", "KEY"}
FILE_NAME_PARAMETERS = ("FILENAME", "X-FILENAME", "X-APPLE-FILENAME", "X-ORACLE-FILENAME")
BASE64_ENCODINGS = {"BASE64", "B"}
DATA_ADDRESS = re.compile(r"data:[^,]{0,200}?(?P<base64>;base64)?,(?P<data>.*)", re.IGNORECASE | re.DOTALL)
ESCAPE = re.compile(r"\\(.)", re.DOTALL)
UNNAMED_ATTACHMENT_OF_CALENDAR = "attachment"


def is_calendar(data: bytes) -> bool:
    """Return whether `data` is a calendar or an address card."""
    return CALENDAR.match(decode_utf_16(data[:400]).removeprefix(b"\xef\xbb\xbf")) is not None


def extract_calendar(file: ExtractedFile) -> Iterator[ExtractedFile | Finding]:
    """Yield the texts in a calendar as one text, and the files attached to its entries. Never raises."""
    data = decode_utf_16(file.data).removeprefix(b"\xef\xbb\xbf")
    texts: list[str] = []
    attached = 0
    for line in re.split(r"[\r\n]+", FOLD.sub(b"", data).decode("utf-8", "replace")):
        found = CONTENT_LINE.fullmatch(line)
        if not found:
            texts.append(line)  # of a program that does not fold
            continue
        parameters = {
            each["name"].upper(): each["quoted"] or each["value"] or ""
            for each in PARAMETER.finditer(found["parameters"])
        }
        contents = _attached_data(found["name"].upper(), parameters, found["value"])
        if contents is None:
            texts.append(ESCAPE.sub(_unescaped, found["value"]))
            continue
        attached += 1
        if attached > ENTRY_LIMIT:
            yield too_many_entries(file)
            return
        name = next((parameters[each] for each in FILE_NAME_PARAMETERS if parameters.get(each)), "")
        yield file.extracted(name or UNNAMED_ATTACHMENT_OF_CALENDAR, contents)
    yield file.email_body("\n".join(texts).encode("utf-8", "replace"))


def _attached_data(name: str, parameters: dict[str, str], value: str) -> bytes | None:
    """Return the file that a property contains; None if it contains none, or only its address."""
    if name not in FILE_PROPERTIES:
        return None
    if parameters.get("ENCODING", "").upper() in BASE64_ENCODINGS or "BASE64" in parameters:
        return _decode(value)
    address = DATA_ADDRESS.fullmatch(value.strip())
    if address is None:
        return None
    return _decode(address["data"]) if address["base64"] else unquote_to_bytes(address["data"])


def _decode(value: str) -> bytes:
    return decode_base64(NOT_BASE64.sub("", value).replace("=", ""))


def _unescaped(escape: re.Match[str]) -> str:
    return "\n" if escape[1] in "nN" else escape[1]
