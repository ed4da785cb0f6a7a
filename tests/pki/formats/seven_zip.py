"""A writer of 7z archives with one solid folder, as 7-Zip writes them for a few files (7zFormat.txt)."""

import bz2
import lzma
import struct
import zlib

LZMA1 = [{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16, "lc": 3, "lp": 0, "pb": 2}]
LZMA2 = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 16}]


def deflated(data):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


# The number of each method, its properties, and what packs.
METHODS = {
    "copy": (b"\x00", b"", bytes),
    "lzma": (
        b"\x03\x01\x01",
        b"\x5d\x00\x00\x01\x00",
        lambda data: lzma.compress(data, lzma.FORMAT_RAW, filters=LZMA1),
    ),
    "lzma2": (b"\x21", b"\x10", lambda data: lzma.compress(data, lzma.FORMAT_RAW, filters=LZMA2)),
    "deflate": (b"\x04\x01\x08", b"", deflated),
    "bzip2": (b"\x04\x02\x02", b"", bz2.compress),
    "aes": (b"\x06\xf1\x07\x01", b"\x13\x00", bytes),
    "ppmd": (b"\x03\x04\x01", b"\x06\x00\x00\x00\x01", bytes),
}


def number(value):
    """Return a number as a header has it: the ones at the beginning of the first byte count the bytes after it."""
    for extra in range(8):
        if value < 1 << (7 * (extra + 1)):
            first = 0xFF00 >> extra & 0xFF | value >> 8 * extra
            return bytes([first]) + (value & (1 << 8 * extra) - 1).to_bytes(extra, "little")
    return b"\xff" + value.to_bytes(8, "little")


def streams(position, packed, method, properties, size, sizes=()):
    """Return the description of one folder; `sizes` are those of the files in it."""
    coder = bytes([len(method) | (0x20 if properties else 0)]) + method
    coder += number(len(properties)) + properties if properties else b""
    written = b"\x06" + number(position) + number(1) + b"\x09" + number(len(packed)) + b"\x00"
    written += b"\x07\x0b" + number(1) + b"\x00" + number(1) + coder + b"\x0c" + number(size) + b"\x00"
    if sizes:
        written += b"\x08\x0d" + number(len(sizes)) + b"\x09" + b"".join(map(number, sizes[:-1])) + b"\x00"
    return written + b"\x00"


def seven_zip(files, method="lzma2", *, packs_header=False):
    """Return an archive with `files` (data by name) and an empty folder."""
    code, properties, pack = METHODS[method]
    contents = b"".join(files.values())
    packed = pack(contents)
    names = b"\x00" + b"".join(name.encode("utf-16-le") + b"\0\0" for name in [*files, "folder"])
    empty = "".join("0" * len(files) + "1").ljust(-(-(len(files) + 1) // 8) * 8, "0")
    empty = int(empty, 2).to_bytes(len(empty) // 8, "big")
    header = b"\x01\x04" + streams(0, packed, code, properties, len(contents), [len(data) for data in files.values()])
    header += b"\x05" + number(len(files) + 1) + b"\x0e" + number(len(empty)) + empty
    header += b"\x11" + number(len(names)) + names + b"\x00\x00"
    position = len(packed)
    if packs_header:
        packed_header = METHODS["lzma"][2](header)
        described = b"\x17" + streams(len(packed), packed_header, *METHODS["lzma"][:2], len(header))
        packed, position, header = packed + packed_header, len(packed) + len(packed_header), described
    start = struct.pack("<QQL", position, len(header), zlib.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\x00\x04" + struct.pack("<L", zlib.crc32(start)) + start + packed + header
