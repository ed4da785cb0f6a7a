"""Extracting the texts and attachments of emails in the formats of Outlook: winmail.dat (TNEF) and .msg.

The formats are [MS-OXTNEF], [MS-OXMSG] and [MS-OXRTFCP]. There is a library for TNEF, but it needs quadratic time.
"""

import struct
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from onboarding.messages.finding import Finding
from onboarding.pki.intake.documents import OLE_ERRORS, CompoundFile, rtf_text
from onboarding.pki.intake.file_types import FileType
from onboarding.pki.intake.files import ENTRY_LIMIT, FILE_LIMIT_KIB, ExtractedFile, not_a_certificate, too_many_entries

# The properties that are read ([MS-OXPROPS]).
BODY, BODY_RTF, BODY_HTML = 0x1000, 0x1009, 0x1013
ATTACHMENT_DATA, ATTACHMENT_NAME, ATTACHMENT_LONG_NAME = 0x3701, 0x3704, 0x3707
STRING_8, STRING_UNICODE, OBJECT, BINARY = 0x001E, 0x001F, 0x000D, 0x0102

ATTACHMENT_LEVEL = 2
TNEF_BODY, TNEF_MESSAGE_PROPERTIES = 0x0002800C, 0x00069003
TNEF_RENDERING, TNEF_TITLE, TNEF_DATA, TNEF_PROPERTIES = 0x00069002, 0x00018010, 0x0006800F, 0x00069005
ATTRIBUTES_MAX = 2000
PROPERTIES_MAX = 500  # in one list, and values of one property
FIXED_SIZES = {0x0002: 4, 0x0003: 4, 0x0004: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x000A: 4, 0x000B: 4, 0x0014: 8,
               0x0040: 8, 0x0048: 16}  # fmt: skip
VARIABLE_TYPES = {OBJECT, STRING_8, STRING_UNICODE, BINARY}
MULTIPLE_VALUES = 0x1000  # a flag in the type
NAMED_PROPERTY = 0x8000
INTERFACE_SIZE = 16  # bytes of the identifier before an embedded object


@dataclass
class Attachment:
    """An attachment as it is read: its names and its data; `is_message` if the data is a message in TNEF."""

    properties: dict[int, bytes] = field(default_factory=dict)
    title: bytes = b""
    data: bytes = b""
    is_message: bool = False

    def name(self) -> str:
        """Return the longest name that the attachment has."""
        long_name = self.properties.get(ATTACHMENT_LONG_NAME) or self.properties.get(ATTACHMENT_NAME) or b""
        return long_name.decode("utf-8", "replace") or self.title.rstrip(b"\x00").decode("cp1252", "replace")


def extract_winmail(file: ExtractedFile) -> Iterator[ExtractedFile | Finding]:
    """Yield the texts and attachments in a winmail.dat file. Never raises."""
    attachments: list[Attachment] = []
    texts: list[bytes] = []
    try:
        for level, identifier, data in _tnef_attributes(file.data):
            if level != ATTACHMENT_LEVEL:
                texts += _tnef_texts(identifier, data)
                continue
            if identifier == TNEF_RENDERING or not attachments:
                attachments.append(Attachment())
            _add_to_attachment(attachments[-1], identifier, data)
    except (struct.error, ValueError):
        yield not_a_certificate(file.name, FileType.WINMAIL)
        return
    if len(attachments) > ENTRY_LIMIT:
        yield too_many_entries(file)
        return
    yield from map(file.email_body, texts or [b""])
    yield from (file.extracted(each.name() or "attachment", each.data) for each in attachments)


def _tnef_attributes(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield (level, identifier, data) of each attribute (struct.error, ValueError: damaged)."""
    offset = 6
    for _ in range(ATTRIBUTES_MAX):
        if offset >= len(data):
            return
        level, identifier, size = struct.unpack_from("<BLL", data, offset)
        start = offset + 9
        offset = start + size + 2  # a checksum is last
        if start + size > len(data):
            raise ValueError("the file is truncated")
        yield level, identifier, data[start : start + size]
    raise ValueError("there are too many attributes")


def _tnef_texts(identifier: int, data: bytes) -> list[bytes]:
    if identifier == TNEF_BODY:
        return [data.rstrip(b"\x00")]
    return _texts(_tnef_properties(data)) if identifier == TNEF_MESSAGE_PROPERTIES else []


def _add_to_attachment(attachment: Attachment, identifier: int, data: bytes) -> None:
    if identifier == TNEF_TITLE:
        attachment.title = data
    elif identifier == TNEF_DATA:
        attachment.data = data
    elif identifier == TNEF_PROPERTIES:
        attachment.properties = _tnef_properties(data)
        attachment.data = attachment.data or attachment.properties.get(ATTACHMENT_DATA, b"")


def _tnef_properties(data: bytes) -> dict[int, bytes]:
    """Return the values of the properties in a list, texts in UTF-8; of a damaged list those before the damage."""
    found: dict[int, bytes] = {}
    with suppress(struct.error, ValueError):
        count = struct.unpack_from("<L", data)[0]
        offset = 4
        for _ in range(min(count, PROPERTIES_MAX)):
            kind, identifier = struct.unpack_from("<HH", data, offset)
            offset += 4
            if identifier >= NAMED_PROPERTY:
                offset = _skip_property_name(data, offset)
            values, offset = _property_values(data, offset, kind)
            if values:
                found[identifier] = _value_bytes(values[0], kind)
    return found


def _skip_property_name(data: bytes, offset: int) -> int:
    """Return the offset after the name of a property, which is a number or a text."""
    is_text, size = struct.unpack_from("<LL", data, offset + 16)
    return int(offset + 24 + (_padded(size) if is_text else 0))


def _property_values(data: bytes, offset: int, kind: int) -> tuple[list[bytes], int]:
    """Return the values at `offset`, and the offset after them (struct.error, ValueError: damaged)."""
    count, base = 1, kind & ~MULTIPLE_VALUES
    if kind & MULTIPLE_VALUES or base in VARIABLE_TYPES:
        count = struct.unpack_from("<L", data, offset)[0]
        offset += 4
    if count > PROPERTIES_MAX:
        raise ValueError("a property has too many values")
    values = []
    for _ in range(count):
        if base in VARIABLE_TYPES:
            size = struct.unpack_from("<L", data, offset)[0]
            offset += 4
        elif base in FIXED_SIZES:
            size = FIXED_SIZES[base]
        else:
            raise ValueError("the type of a property is unknown")
        values.append(data[offset : offset + size])
        offset += _padded(size)
        if offset > len(data) + 3:
            raise ValueError("a property is truncated")
    return values, offset


def _padded(size: int) -> int:
    return size + -size % 4


def _value_bytes(value: bytes, kind: int) -> bytes:
    """Return a text in UTF-8 and an embedded object without its interface; any other value unchanged."""
    if kind == STRING_UNICODE:
        return value.decode("utf-16-le", "replace").rstrip("\x00").encode("utf-8", "replace")
    if kind == STRING_8:
        return value.rstrip(b"\x00").decode("cp1252", "replace").encode()
    return value[INTERFACE_SIZE:] if kind == OBJECT else value


def _texts(properties: Mapping[int, bytes]) -> list[bytes]:
    """Return the texts of a message: plain, HTML, and RTF if there is no HTML."""
    texts = [properties.get(BODY, b""), properties.get(BODY_HTML, b"")]
    if BODY_RTF in properties and not texts[1]:
        texts.append(rtf_text(unpack_rtf(properties[BODY_RTF])))
    return [text for text in texts if text.strip()]


RTF_PACKED = b"LZFu"
RTF_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans Serif"
    rb"SymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
RTF_WINDOW = 4096
RTF_MAX = 4 * FILE_LIMIT_KIB * 1024  # bytes of unpacked RTF that are read


def unpack_rtf(data: bytes) -> bytes:
    """Return the RTF in the value of a compressed property ([MS-OXRTFCP]); its first RTF_MAX bytes. Never raises."""
    packed = data[16 : 16 + RTF_MAX]
    if data[8:12] != RTF_PACKED:
        return packed
    window = bytearray(RTF_DICTIONARY.ljust(RTF_WINDOW, b" "))
    position, offset = len(RTF_DICTIONARY), 0
    unpacked = bytearray()
    while offset < len(packed) and len(unpacked) < RTF_MAX:
        flags, offset = packed[offset], offset + 1
        for bit in range(8):
            if flags >> bit & 1:
                reference = int.from_bytes(packed[offset : offset + 2].ljust(2, b"\x00"), "big")
                start, length, offset = reference >> 4, (reference & 15) + 2, offset + 2
                if start == position or offset > len(packed):
                    return bytes(unpacked)
            else:
                start, length = -1, len(packed[offset : offset + 1])
            for step in range(length):
                byte = packed[offset] if start < 0 else window[(start + step) % RTF_WINDOW]
                unpacked.append(byte)
                window[position] = byte
                position = (position + 1) % RTF_WINDOW
            offset += start < 0
    return bytes(unpacked)


MSG_ATTACHMENT = "__attach_version1.0_"
MSG_PROPERTY = "__substg1.0_{:04X}{:04X}"
MSG_MESSAGE = MSG_PROPERTY.format(ATTACHMENT_DATA, OBJECT)
MSG_DEPTH_MAX = 4  # messages attached to messages


def is_outlook_message(data: bytes) -> bool:
    """Return whether a compound file has the streams of a message."""
    return MSG_PROPERTY[:12].encode("utf-16-le") in data


def extract_msg(file: ExtractedFile) -> Iterator[ExtractedFile | Finding]:
    """Yield the texts and attachments of an Outlook message (.msg), and of the messages in it. Never raises."""
    try:
        compound = CompoundFile(file.data)
        yield from _msg_parts(file, compound, ())
    except OLE_ERRORS:
        yield not_a_certificate(file.name, FileType.OUTLOOK_EMAIL)


def _msg_parts(file: ExtractedFile, compound: CompoundFile, folder: tuple[str, ...]) -> Iterator[ExtractedFile]:
    """Yield the parts of the message in `folder`, the root or an attachment (one of OLE_ERRORS)."""
    properties = {number: _msg_property(compound, folder, number) for number in (BODY, BODY_HTML, BODY_RTF)}
    yield from map(file.email_body, _texts({number: value for number, value in properties.items() if value}) or [b""])
    attachments = dict.fromkeys(
        path[len(folder)] for path in compound.paths
        if path[: len(folder)] == folder and len(path) > len(folder) and path[len(folder)].startswith(MSG_ATTACHMENT)
    )  # fmt: skip
    for name in list(attachments)[:ENTRY_LIMIT]:
        inside = (*folder, name)
        title = _msg_property(compound, inside, ATTACHMENT_LONG_NAME) or _msg_property(
            compound, inside, ATTACHMENT_NAME
        )
        message = (*inside, MSG_MESSAGE)
        if any(path[: len(message)] == message and len(path) > len(message) for path in compound.paths):
            if len(message) <= 2 * MSG_DEPTH_MAX:
                yield from _msg_parts(file, compound, message)
        else:
            data = _msg_property(compound, inside, ATTACHMENT_DATA)
            yield file.extracted(title.decode("utf-8", "replace") or "attachment", data)


def _msg_property(compound: CompoundFile, folder: tuple[str, ...], number: int) -> bytes:
    """Return a property of a message or attachment, texts in UTF-8; empty if it has none."""
    for kind in (STRING_UNICODE, STRING_8, BINARY):
        value = compound.read((*folder, MSG_PROPERTY.format(number, kind)))
        if value:
            return _value_bytes(value, kind)
    return b""
