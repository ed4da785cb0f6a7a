"""Zip files, opened within bounds: entries, sizes, ratio, and without ever using an entry's path."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

from onboarding.pki.findings import Finding
from onboarding.pki.kinds import BROKEN_ZIP, LOCKED_ZIP, not_a_certificate
from onboarding.pki.pieces import ENTRY_LIMIT, FILE_LIMIT_KIB, Leaf, plain_name

LARGEST = 16 * FILE_LIMIT_KIB * 1024  # bytes of a container in one; what is larger is not read, and said to be
UNPACKED_MAX = 4 * LARGEST  # bytes of all that is read
RATIO_MAX = 100  # of sizes unpacked and packed; text packs to a fifth
ENTRY_RECORD_MAX = 46 + 1024  # bytes of the directory an entry may take: its names are no novels
RECORDS_MAX = 2 * ENTRY_LIMIT  # folders, and what systems add, are entries too
RECORD = b"PK\x01\x02"
END_RECORD = b"PK\x05\x06"
END_RECORD_64 = b"PK\x06\x07"
WORD_TEXT = "word/document.xml"
JUNK = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
ENCRYPTED = 0x1


def unzipped(leaf: Leaf) -> Iterator[Leaf | Finding]:
    """The files in the zip `leaf`; of a Word document, its text alone. Never raises."""
    try:
        if not _modest_directory(leaf.data):
            yield _too_many(leaf)
            return
        with zipfile.ZipFile(io.BytesIO(leaf.data)) as archive:
            yield from _entries(leaf, archive)
    except (zipfile.BadZipFile, zlib.error, struct.error, ValueError, EOFError, OSError, NotImplementedError, KeyError):
        yield not_a_certificate(leaf.name, BROKEN_ZIP)


def _modest_directory(data: bytes) -> bool:
    """Whether the directory is small enough to be read at all: a hostile one takes long to parse."""
    end = data.rfind(END_RECORD)
    if end < 0 or len(data) < end + 22:
        raise zipfile.BadZipFile("no directory")
    size = struct.unpack_from("<L", data, end + 12)[0]
    if size > ENTRY_LIMIT * ENTRY_RECORD_MAX or END_RECORD_64 in data[max(0, end - 20) : end]:
        return False
    return data.count(RECORD, max(0, end - size), end) <= RECORDS_MAX


def _entries(leaf: Leaf, archive: zipfile.ZipFile) -> Iterator[Leaf | Finding]:
    files = [one for one in archive.infolist() if not one.is_dir() and not _is_junk(one.filename)]
    if WORD_TEXT in archive.namelist():
        files = [archive.getinfo(WORD_TEXT)]
    sizes = (one.file_size for one in files)
    if len(files) > ENTRY_LIMIT or sum(size for size in sizes if size <= LARGEST) > UNPACKED_MAX:
        yield _too_many(leaf)
        return
    if not files:
        yield Finding("zip_empty", found=leaf.name)
    for one in files:
        yield _entry(leaf, archive, one)


def _entry(leaf: Leaf, archive: zipfile.ZipFile, one: zipfile.ZipInfo) -> Leaf | Finding:
    name = f"{plain_name(one.filename)} in {leaf.name}"
    if one.flag_bits & ENCRYPTED:
        return not_a_certificate(leaf.name, LOCKED_ZIP)
    if one.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return not_a_certificate(leaf.name, BROKEN_ZIP)
    nested = one.filename.lower().endswith((".zip", ".eml"))
    limit = LARGEST if nested else FILE_LIMIT_KIB * 1024
    if one.file_size > limit or one.file_size > RATIO_MAX * max(1, one.compress_size):
        return Finding("file_too_large", found=name, context={"limit": limit // 1024})
    with archive.open(one) as opened:
        return leaf.inner(name, opened.read(limit))


def _is_junk(path: str) -> bool:
    return path.startswith(JUNK[0]) or path.endswith(JUNK[1:])


def _too_many(leaf: Leaf) -> Finding:
    return Finding("too_many_entries", found=leaf.name, context={"limit": ENTRY_LIMIT})
