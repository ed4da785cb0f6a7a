"""Writers of Outlook's formats: .msg ([MS-OXMSG]) and winmail.dat ([MS-OXTNEF])."""

import struct

from tests.pki.formats.compound_file import compound_file

INTERFACE = bytes.fromhex("0703020000000000C000000000000046")  # IID_IMessage


def stream_name(number, kind):
    return f"__substg1.0_{number:04X}{kind:04X}"


def message_tree(attachments=(), body="Hello", html="", rtf=b"", messages=()):
    """Return the streams of a message; `attachments` are (name, data), `messages` are trees of attached messages."""
    tree = {"__properties_version1.0": bytes(32), stream_name(0x1000, 0x001F): body.encode("utf-16-le")}
    if html:
        tree[stream_name(0x1013, 0x0102)] = html.encode()
    if rtf:
        tree[stream_name(0x1009, 0x0102)] = rtf
    for number, (name, data) in enumerate(attachments):
        tree[f"__attach_version1.0_#{number:08X}"] = {
            stream_name(0x3704, 0x001F): f"{name[:6]}~1".encode("utf-16-le"),
            stream_name(0x3707, 0x001F): name.encode("utf-16-le"),
            stream_name(0x3701, 0x0102): data,
        }
    for number, message in enumerate(messages, len(attachments)):
        tree[f"__attach_version1.0_#{number:08X}"] = {stream_name(0x3701, 0x000D): message}
    return tree


def msg(*arguments, **parts):
    return compound_file(message_tree(*arguments, **parts))


def attribute(level, tag, data):
    return struct.pack("<BII", level, tag, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def property_value(number, kind, data):
    return struct.pack("<HHII", kind, number, 1, len(data)) + data + bytes(-len(data) % 4)


def property_list(*values):
    return struct.pack("<I", len(values)) + b"".join(values)


def winmail_attachment(name, data=None, message=None):
    """Return an attachment with a short and a long name; `message` is an attached message in winmail.dat's format."""
    written = attribute(2, 0x00069002, bytes(14)) + attribute(2, 0x00018010, b"SHORT~1.DAT\0")
    values = [property_value(0x3707, 0x001F, name.encode("utf-16-le") + b"\0\0")]
    values.append(struct.pack("<HHI", 0x0003, 0x3705, 1 if message is None else 5))
    if message is not None:
        values.append(property_value(0x3701, 0x000D, INTERFACE + message))
    if data is not None:
        written += attribute(2, 0x0006800F, data)
    return written + attribute(2, 0x00069005, property_list(*values))


def winmail(*attachments, text="", html="", rtf=b""):
    """Return a winmail.dat file; `attachments` are made by winmail_attachment."""
    written = struct.pack("<IH", 0x223E9F78, 1) + attribute(1, 0x00089006, bytes([0, 0, 1, 0]))
    written += attribute(1, 0x00078008, b"IPM.Microsoft Mail.Note\0") + attribute(1, 0x00018004, b"Certificate\0")
    if text:
        written += attribute(1, 0x0002800C, text.encode() + b"\0")
    named = struct.pack("<HH16sIIHH", 0x0003, 0x8001, bytes(16), 0, 0x8554, 7, 0)  # a named property of Outlook
    values = [named]
    values += [property_value(0x1013, 0x0102, html.encode())] if html else []
    values += [property_value(0x1009, 0x0102, rtf)] if rtf else []
    return written + attribute(1, 0x00069003, property_list(*values)) + b"".join(attachments)


def stored_rtf(rtf):
    """Return RTF as a property stores it without compression ([MS-OXRTFCP])."""
    return struct.pack("<II4sI", len(rtf) + 12, len(rtf), b"MELA", 0) + rtf


def packed_rtf(rtf):
    """Return RTF as a property stores it with compression: eight literals after each byte of flags, and an end."""
    end = struct.pack(">H", (207 + len(rtf)) % 4096 << 4)  # a reference to the place of writing
    tokens = [*(bytes([byte]) for byte in rtf), end]
    groups = [tokens[start : start + 8] for start in range(0, len(tokens), 8)]
    packed = b"".join(
        bytes([sum((len(token) == 2) << bit for bit, token in enumerate(group))]) + b"".join(group) for group in groups
    )
    return struct.pack("<II4sI", len(packed) + 12, len(rtf), b"LZFu", 0) + packed
