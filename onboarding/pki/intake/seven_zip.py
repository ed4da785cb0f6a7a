"""Extracting files from 7z archives, as 7-Zip and others write them for a few files.

The header is read as 7zFormat.txt of 7-Zip describes it, and the standard library unpacks. The library for 7z would
bring nine packages for the rare ways of packing, which are not opened here.
"""

import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from onboarding.messages.finding import Finding
from onboarding.pki.intake.file_types import FileType
from onboarding.pki.intake.files import (
    ENTRY_LIMIT,
    ExtractedFile,
    not_a_certificate,
    too_large,
    too_many_entries,
    upload_finding,
)
from onboarding.pki.intake.unpacking import (
    UNPACKING_ERRORS,
    TooLargeError,
    unpack_bzip2,
    unpack_deflate,
    unpack_lzma,
    unpack_lzma2,
)

SOLID_MAX = 2 * 1024 * 1024  # bytes of all files; they are packed together
SIGNATURE_HEADER = struct.Struct("<6x2xLQQL")
END, HEADER, MAIN_STREAMS, FILES, PACKING, FOLDERS, STREAMS = 0, 1, 4, 5, 6, 7, 8
SIZES, DIGESTS, FOLDER, FOLDER_SIZES, STREAM_COUNTS, EMPTY, NAMES, ENCODED_HEADER = 9, 10, 11, 12, 13, 14, 17, 23
COUNT_MAX = 4 * ENTRY_LIMIT  # of anything that is counted in a header
AES = bytes.fromhex("06f10701")

# How each way of packing is unpacked: the packed data, the size, and the properties of the way.
METHODS: Mapping[bytes, Callable[[bytes, int, bytes], bytes]] = {
    b"\x00": lambda packed, size, _: packed[:size],
    b"\x21": lambda packed, size, _: unpack_lzma2(packed, size),
    b"\x03\x01\x01": unpack_lzma,
    b"\x04\x02\x02": lambda packed, size, _: unpack_bzip2(packed, size),
    b"\x04\x01\x08": lambda packed, size, _: unpack_deflate(packed, size),
}


class ClosedError(ValueError):
    """The archive can't be opened; `file_type` says why."""

    def __init__(self, file_type: FileType):
        super().__init__(file_type)
        self.file_type = file_type


@dataclass
class Folder:
    """Files that were packed together: how, with which properties, and the sizes in bytes."""

    method: bytes
    properties: bytes
    size: int = 0
    stream_sizes: list[int] = field(default_factory=list)


@dataclass
class Streams:
    """Where the packed data is, and its folders."""

    position: int = 0
    packed_sizes: list[int] = field(default_factory=list)
    folders: list[Folder] = field(default_factory=list)


class HeaderReader:
    """Reads the fields of a header one after the other (ValueError, IndexError: damaged)."""

    def __init__(self, data: bytes):
        self.data = data
        self.offset = 0

    def byte(self) -> int:
        """Return the next byte."""
        self.offset += 1
        return self.data[self.offset - 1]

    def take(self, size: int) -> bytes:
        """Return the next `size` bytes."""
        if size > len(self.data) - self.offset:
            raise ValueError("the header is truncated")
        self.offset += size
        return self.data[self.offset - size : self.offset]

    def number(self) -> int:
        """Return a number of up to eight bytes; the ones at the beginning of the first byte count those that follow."""
        first = self.byte()
        extra = 8 - (first ^ 0xFF).bit_length() if first != 0xFF else 8
        low = int.from_bytes(self.take(extra), "little")
        return low + ((first & (0x7F >> extra)) << 8 * extra if extra < 8 else 0)

    def count(self) -> int:
        """Return a number of things, of which there are not too many."""
        count = self.number()
        if count > COUNT_MAX:
            raise ValueError("the header counts too much")
        return count

    def bits(self, count: int) -> list[bool]:
        """Return `count` bits."""
        data = self.take(-(-count // 8))
        return [bool(data[index // 8] & 0x80 >> index % 8) for index in range(count)]

    def digests(self, count: int) -> int:
        """Skip the checksums of `count` streams; return how many have one."""
        defined = count if self.byte() else sum(self.bits(count))
        self.take(4 * defined)
        return defined


def extract_seven_zip(file: ExtractedFile) -> Iterator[ExtractedFile | Finding]:
    """Yield the files in a 7z archive. Never raises."""
    try:
        contents = list(_read_archive(file.data))
    except TooLargeError:
        yield too_large(file.name)
    except ClosedError as error:
        yield not_a_certificate(file.name, error.file_type)
    except (IndexError, *UNPACKING_ERRORS):
        yield not_a_certificate(file.name, FileType.DAMAGED_ARCHIVE)
    else:
        if len(contents) > ENTRY_LIMIT:
            yield too_many_entries(file)
            return
        if not contents:
            yield upload_finding("zip_empty", file.name)
        yield from (file.extracted(name, data) for name, data in contents)


def _read_archive(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield (name, data) of each file (TooLargeError, ClosedError, or another error if the archive is damaged)."""
    start_checksum, position, size, checksum = SIGNATURE_HEADER.unpack_from(data)
    if zlib.crc32(data[12 : SIGNATURE_HEADER.size]) != start_checksum:
        raise ValueError("the header is damaged")
    start = SIGNATURE_HEADER.size + position
    header = data[start : start + size]
    if not size:
        return
    if len(header) < size or zlib.crc32(header) != checksum:
        raise ValueError("the header is damaged")
    if header[0] == ENCODED_HEADER:
        reader = HeaderReader(header[1:])
        header = b"".join(_unpack_folders(data, _read_streams(reader)))
    reader = HeaderReader(header)
    if reader.byte() != HEADER:
        raise ValueError("there is no header")
    streams = Streams()
    names: list[str] = []
    empty: list[bool] = []
    while (part := reader.byte()) != END:
        if part == MAIN_STREAMS:
            streams = _read_streams(reader)
        elif part == FILES:
            names, empty = _read_files(reader)
        else:
            raise ValueError("the header has an unknown part")
    contents = _unpack_folders(data, streams)
    filled = [name for name, is_empty in zip(names, empty, strict=True) if not is_empty]
    yield from zip(filled, contents, strict=False)


def _read_streams(reader: HeaderReader) -> Streams:
    streams = Streams()
    while (part := reader.byte()) != END:
        if part == PACKING:
            streams.position = reader.number()
            count = reader.count()
            while (field_ := reader.byte()) != END:
                if field_ == SIZES:
                    streams.packed_sizes = [reader.number() for _ in range(count)]
                elif field_ == DIGESTS:
                    reader.digests(count)
                else:
                    raise ValueError("the header has an unknown field")
        elif part == FOLDERS:
            streams.folders = _read_folders(reader)
        elif part == STREAMS:
            _read_stream_sizes(reader, streams.folders)
        else:
            raise ValueError("the header has an unknown part")
    return streams


def _read_folders(reader: HeaderReader) -> list[Folder]:
    if reader.byte() != FOLDER:
        raise ValueError("there are no folders")
    count = reader.count()
    reader.byte()  # whether the folders are elsewhere, which no archive uses
    folders = [_read_folder(reader) for _ in range(count)]
    while (part := reader.byte()) != END:
        if part == FOLDER_SIZES:
            for folder in folders:
                folder.size = reader.number()
        elif part == DIGESTS:
            reader.digests(count)
        else:
            raise ValueError("the header has an unknown part")
    for folder in folders:
        folder.stream_sizes = [folder.size]
    return folders


def _read_folder(reader: HeaderReader) -> Folder:
    """Return a folder (ClosedError: it is encrypted, or packed in several steps or in a rare way)."""
    methods = []
    for _ in range(reader.count()):
        flags = reader.byte()
        method = reader.take(flags & 0x0F)
        is_complex = bool(flags & 0x10)
        if is_complex:
            reader.count(), reader.count()
        properties = reader.take(reader.count()) if flags & 0x20 else b""
        methods.append((method, properties, is_complex))
    if any(method == AES for method, _, _ in methods):
        raise ClosedError(FileType.ENCRYPTED_ARCHIVE)
    if len(methods) != 1 or methods[0][2] or methods[0][0] not in METHODS:
        raise ClosedError(FileType.ARCHIVE)
    return Folder(methods[0][0], methods[0][1])


def _read_stream_sizes(reader: HeaderReader, folders: list[Folder]) -> None:
    counts = [1] * len(folders)
    part = reader.byte()
    if part == STREAM_COUNTS:
        counts = [reader.count() for _ in folders]
        part = reader.byte()
    for folder, count in zip(folders, counts, strict=True):
        sizes = [reader.number() for _ in range(count - 1)] if part == SIZES else []
        folder.stream_sizes = [*sizes, folder.size - sum(sizes)] if count else []
    while part != END:
        if part == DIGESTS:
            reader.digests(sum(counts))
        part = reader.byte()


def _unpack_folders(data: bytes, streams: Streams) -> list[bytes]:
    """Return the data of each file (TooLargeError, ValueError, or an error of the unpacker)."""
    if sum(folder.size for folder in streams.folders) > SOLID_MAX:
        raise TooLargeError("the files are too large")
    if len(streams.packed_sizes) != len(streams.folders):
        raise ClosedError(FileType.ARCHIVE)
    contents = []
    start = SIGNATURE_HEADER.size + streams.position
    for folder, packed_size in zip(streams.folders, streams.packed_sizes, strict=True):
        packed = data[start : start + packed_size]
        unpacked = METHODS[folder.method](packed, folder.size, folder.properties)
        if len(unpacked) != folder.size or any(size < 0 for size in folder.stream_sizes):
            raise ValueError("the sizes are wrong")
        start += packed_size
        position = 0
        for size in folder.stream_sizes:
            contents.append(unpacked[position : position + size])
            position += size
    return contents


def _read_files(reader: HeaderReader) -> tuple[list[str], list[bool]]:
    """Return the names of the files and folders, and which of them have no data."""
    count = reader.count()
    names, empty = [""] * count, [False] * count
    while (kind := reader.byte()) != END:
        value = HeaderReader(reader.take(reader.number()))
        if kind == EMPTY:
            empty = value.bits(count)
        elif kind == NAMES:
            names = value.data[1:].decode("utf-16-le", "replace").split("\x00")[:count]
    return names, empty
