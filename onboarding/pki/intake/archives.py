"""Extracting files from zip and tar files, and from files packed with gzip, bzip2 or xz, within limits."""

import bz2
import io
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping

from onboarding.messages.finding import Finding
from onboarding.pki.intake.documents import document_type, extract_zipped_document
from onboarding.pki.intake.file_types import BZIP2, GZIP, FileType
from onboarding.pki.intake.files import (
    CONTAINER_LIMIT_KIB,
    ENTRY_LIMIT,
    RATIO_MAX,
    UNPACKED_MAX,
    ExtractedFile,
    not_a_certificate,
    too_large,
    too_many_entries,
    upload_finding,
)
from onboarding.pki.intake.unpacking import (
    UNPACKING_ERRORS,
    Decompressor,
    TooLargeError,
    new_gzip,
    new_xz,
    unpack_bzip2,
    unpack_deflate,
    unpack_lzma,
    unpack_streams,
)

ENTRY_LIMIT_BYTES = CONTAINER_LIMIT_KIB * 1024
ENTRY_RECORD_MAX = 46 + 1024  # bytes of one entry in the central directory
RECORDS_MAX = 2 * ENTRY_LIMIT  # folders and the files that operating systems add are entries too
ENTRY_RECORD = b"PK\x01\x02"
END_RECORD = b"PK\x05\x06"
END_RECORD_64 = b"PK\x06\x06"
END_LOCATOR_64 = b"PK\x06\x07"
SYSTEM_FOLDER = "__MACOSX/"
SYSTEM_FILES = (".DS_Store", "Thumbs.db", "desktop.ini")
APPLE_DOUBLE = "._"  # the beginning of the name of a file with what only macOS understands
ENCRYPTED_FLAG = 0x1
ZIP_ERRORS = (zipfile.BadZipFile, NotImplementedError, KeyError, *UNPACKING_ERRORS)

# How each way of packing is unpacked; the limit is in bytes. LZMA has a header of its own with the properties.
UNPACKERS: Mapping[int, Callable[[bytes, int], bytes]] = {
    zipfile.ZIP_STORED: lambda packed, limit: packed[:limit],
    zipfile.ZIP_DEFLATED: unpack_deflate,
    zipfile.ZIP_BZIP2: unpack_bzip2,
    zipfile.ZIP_LZMA: lambda packed, limit: unpack_lzma(packed[9:], limit, packed[4:9]),
}


def extract_zip(file: ExtractedFile) -> Iterator[ExtractedFile | Finding]:
    """Yield the files in the zip file `file`, or the text of a document that is one. Never raises."""
    try:
        if not _has_small_directory(file.data):
            yield too_many_entries(file)
            return
        with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
            yield from _extract_entries(file, archive)
    except ZIP_ERRORS:
        yield not_a_certificate(file.name, FileType.DAMAGED_ZIP)


def _has_small_directory(data: bytes) -> bool:
    """Return whether the central directory is small: a hostile one takes long to parse (BadZipFile: there is none)."""
    end = data.rfind(END_RECORD)
    if end < 0 or len(data) < end + 22:
        raise zipfile.BadZipFile("no directory")
    size = struct.unpack_from("<L", data, end + 12)[0]
    if data.startswith(END_LOCATOR_64, max(0, end - 20)):
        # Where the library looks for the other record: in front of its locator, which has 20 bytes.
        record = end - 20 - 56
        if record < 0 or not data.startswith(END_RECORD_64, record):
            raise zipfile.BadZipFile("no directory")
        size = struct.unpack_from("<Q", data, record + 40)[0]
    if size > ENTRY_LIMIT * ENTRY_RECORD_MAX:
        return False
    return data.count(ENTRY_RECORD, max(0, end - 20 - 56 - size), end) <= RECORDS_MAX


def _extract_entries(file: ExtractedFile, archive: zipfile.ZipFile) -> Iterator[ExtractedFile | Finding]:
    # ZipInfo.is_dir fails for an empty name.
    contents = [entry for entry in archive.infolist() if not entry.filename.endswith("/")]
    entries = [entry for entry in contents if not _is_system_file(entry.filename)]
    document = document_type([entry.filename for entry in entries])
    if not document and len(entries) > ENTRY_LIMIT:
        yield too_many_entries(file)
        return
    if sum(entry.file_size for entry in entries if entry.file_size <= ENTRY_LIMIT_BYTES) > UNPACKED_MAX:
        yield too_many_entries(file)
        return
    if not entries:
        yield upload_finding("zip_empty", file.name)
    if document:
        parts = {entry.filename: entry for entry in entries if _is_small(entry) and not _why_closed(entry)}
        yield from extract_zipped_document(file, document, list(parts), lambda name: _unpack(file.data, parts[name]))
        return
    for entry in entries:
        if not _why_closed(entry):
            is_small = _is_small(entry)
            yield (
                file.extracted(entry.filename, _unpack(file.data, entry)) if is_small else _entry_too_large(file, entry)
            )
    for reason in sorted({reason for entry in entries if (reason := _why_closed(entry))}):
        yield not_a_certificate(file.name, reason)


def _why_closed(entry: zipfile.ZipInfo) -> FileType | None:
    """Return the type of a zip file with an entry that can't be unpacked; None if it can."""
    if entry.flag_bits & ENCRYPTED_FLAG:
        return FileType.ENCRYPTED_ZIP
    return None if entry.compress_type in UNPACKERS else FileType.OTHER_ZIP


def _is_small(entry: zipfile.ZipInfo) -> bool:
    return entry.file_size <= min(ENTRY_LIMIT_BYTES, RATIO_MAX * max(1, entry.compress_size))


def _entry_too_large(file: ExtractedFile, entry: zipfile.ZipInfo) -> Finding:
    return too_large(file.extracted(entry.filename, b"").name)


def _unpack(data: bytes, entry: zipfile.ZipInfo) -> bytes:
    """Return the contents of an entry, at most as many bytes as the directory says (one of ZIP_ERRORS)."""
    # zipfile itself unpacks LZMA and bzip2 without a limit. A local header has 30 bytes, a name and extra fields.
    name_length, extra_length = struct.unpack_from("<HH", data, entry.header_offset + 26)
    start = entry.header_offset + 30 + name_length + extra_length
    unpacked = UNPACKERS[entry.compress_type](data[start : start + entry.compress_size], entry.file_size)
    if len(unpacked) != entry.file_size or zlib.crc32(unpacked) != entry.CRC:
        raise zipfile.BadZipFile("an entry is damaged")
    return unpacked


def _is_system_file(path: str) -> bool:
    last = path.rsplit("/", 1)[-1]
    return path.startswith(SYSTEM_FOLDER) or last in SYSTEM_FILES or last.startswith(APPLE_DOUBLE)


PACKED_NAMES = (("tgz", "tar"), ("tbz2", "tar"), ("tbz", "tar"), ("txz", "tar"), ("tlz", "tar"))
PACKED_NAME = re.compile(r"\.(?:gz|bz2|xz|lzma)$", re.IGNORECASE)


def extract_packed(file: ExtractedFile) -> Iterator[ExtractedFile | Finding]:
    """Yield the file that is packed in `file` with gzip, bzip2 or xz; of a packed tar file, its files. Never raises."""
    new_decompressor: Callable[[], Decompressor] = new_xz
    if file.data.startswith(GZIP):
        new_decompressor = new_gzip
    elif file.data.startswith(BZIP2):
        new_decompressor = bz2.BZ2Decompressor
    try:
        unpacked = unpack_streams(file.data, ENTRY_LIMIT_BYTES, new_decompressor)
    except TooLargeError:
        yield too_large(file.name)
        return
    except UNPACKING_ERRORS:
        yield not_a_certificate(file.name, FileType.DAMAGED_ARCHIVE)
        return
    if is_tar(unpacked):
        yield from extract_tar(ExtractedFile(file.name, unpacked, file.depth))
    else:
        yield file.extracted(PACKED_NAME.sub("", file.name), unpacked)


TAR_BLOCK = 512
TAR_BLOCKS_MAX = 4 * ENTRY_LIMIT  # headers read in one tar file: long names and folders have headers too
TAR_FILES = {b"0", b"\x00", b"7"}
TAR_LONG_NAMES = {b"L": re.compile(rb"\A([^\x00]+)"), b"x": re.compile(rb"^\d{1,9} path=([^\n]+)$", re.MULTILINE)}
TAR_NAME_MAX = 4096  # bytes of a long name that are read


def is_tar(data: bytes) -> bool:
    """Return whether `data` begins with a header of a tar file, or is an empty one."""
    if len(data) >= 2 * TAR_BLOCK and not any(data[: 2 * TAR_BLOCK]):
        return len(data) % TAR_BLOCK == 0 and not data.strip(b"\x00")
    return _tar_header(data, 0) is not None


def _tar_header(data: bytes, offset: int) -> tarfile.TarInfo | None:
    """Return the header at `offset`; None if there is none, which its checksum shows."""
    try:
        return tarfile.TarInfo.frombuf(data[offset : offset + TAR_BLOCK], "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError):
        return None


def extract_tar(file: ExtractedFile) -> Iterator[ExtractedFile | Finding]:
    """Yield the files in a tar file: POSIX, GNU, or older (POSIX.1-2017, pax). Links are ignored. Never raises."""
    data, offset, long_name, count = file.data, 0, "", 0
    for _ in range(TAR_BLOCKS_MAX):
        header = _tar_header(data, offset)
        if header is None:
            break
        size = header.size
        start = offset + TAR_BLOCK
        if size < 0 or start + size > len(data):
            yield not_a_certificate(file.name, FileType.DAMAGED_ARCHIVE)
            return
        offset = start + -(-size // TAR_BLOCK) * TAR_BLOCK
        if header.type in TAR_LONG_NAMES:
            found = TAR_LONG_NAMES[header.type].search(data[start : start + min(size, TAR_NAME_MAX)])
            long_name = found[1].decode("utf-8", "replace") if found else ""
            continue
        name, long_name = long_name or header.name, ""
        if header.type in TAR_FILES and not name.endswith("/") and not _is_system_file(name):
            count += 1
            if count > ENTRY_LIMIT:
                yield too_many_entries(file)
                return
            yield file.extracted(name, data[start : start + size])
    else:
        yield too_many_entries(file)
        return
    if not count:
        yield upload_finding("zip_empty", file.name)
