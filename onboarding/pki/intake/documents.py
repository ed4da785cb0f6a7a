"""Extracting the text of documents, and the files in them: Office, OpenDocument, RTF and PDF.

Only as much of a format is read as a certificate in it needs: its texts in reading order, and attached files.
"""

import base64
import html
import io
import json
import re
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import olefile

from onboarding.messages.finding import Finding
from onboarding.pki.intake import pdf
from onboarding.pki.intake.file_types import FileType
from onboarding.pki.intake.files import ENTRY_LIMIT, ExtractedFile, not_a_certificate

# The parts of a zipped document that contain text, and the type of document that has such parts.
TEXT_PARTS: tuple[tuple[re.Pattern[str], FileType], ...] = (
    (re.compile(r"word/(?:document|header\d*|footer\d*|footnotes|comments)\.xml"), FileType.WORD_DOCUMENT),
    (re.compile(r"xl/(?:sharedStrings|worksheets/[^/]+|comments\d*)\.xml"), FileType.DOCUMENT),
    (re.compile(r"ppt/(?:slides|notesSlides)/[^/]+\.xml"), FileType.DOCUMENT),
    (re.compile(r"content\.xml"), FileType.DOCUMENT),
    (re.compile(r".+\.(?:fpage|iwa)"), FileType.DOCUMENT),
    (re.compile(r"(?:OEBPS|OPS|EPUB)/.+\.x?html?"), FileType.DOCUMENT),
)
DOCUMENT_SIGNS = {"[Content_Types].xml", "mimetype", "META-INF/manifest.xml", "Index/Document.iwa"}
EMBEDDED_PARTS = re.compile(r"(?:word|xl|ppt)/embeddings/.+|Object [^/]+")
END_OF_LINE_TAG = re.compile(
    r"</(?:\w+:)?(?:p|h|tr|tc|si|row|div|pre|li)>|<(?:\w+:)?(?:br|cr|tab|line-break)\b[^<>]{0,500}>"
)
GLYPHS = re.compile(r'UnicodeString="([^"<]{0,10000})"')
SPACES_TAG = re.compile(r"<text:s\b[^<>]{0,200}>")
XML_TAG = re.compile(r"<[^<>]{0,5000}>")


def document_type(names: Sequence[str]) -> FileType | None:
    """Return the type of the document that has files with these `names`; None if they are files of any kind."""
    if not DOCUMENT_SIGNS.intersection(names):
        return None
    return next((file_type for part, file_type in TEXT_PARTS if any(part.fullmatch(name) for name in names)), None)


def extract_zipped_document(
    file: ExtractedFile, document: FileType, names: Sequence[str], read: Callable[[str], bytes]
) -> Iterator[ExtractedFile | Finding]:
    """Yield the text of a document that is a zip file with `names`, and the files embedded in it."""
    parts = [name for name in names if any(part.fullmatch(name) for part, _ in TEXT_PARTS)]
    text = "\n".join(xml_text(read(name).decode("utf-8", "replace")) for name in parts[:ENTRY_LIMIT])
    yield file.document_text(text.encode("utf-8", "replace"), document)
    for name in [name for name in names if EMBEDDED_PARTS.fullmatch(name)][:ENTRY_LIMIT]:
        data = read(name)
        yield from (
            extract_ole_objects(file.extracted(name, data))
            if data.startswith(olefile.MAGIC)
            else [file.extracted(name, data)]
        )


def xml_text(xml: str) -> str:
    """Return the text of an XML document, with a line for each paragraph, line or cell."""
    glyphs = GLYPHS.findall(xml)
    if glyphs:
        return "\n".join(map(html.unescape, glyphs))
    text = SPACES_TAG.sub(" ", END_OF_LINE_TAG.sub("\n", xml))
    return html.unescape(XML_TAG.sub("", text))


OLE_STREAMS_MAX = 400  # streams whose names are read
OLE_ERRORS = (OSError, ValueError, struct.error, IndexError, KeyError, TypeError, AttributeError, RecursionError)
NATIVE_OBJECTS = ("\x01Ole10Native", "CONTENTS", "Package")  # not shown: names of streams
TEXT_STREAMS = {
    "WordDocument": FileType.WORD_DOCUMENT,
    "Workbook": FileType.DOCUMENT,
    "Book": FileType.DOCUMENT,
    "PowerPoint Document": FileType.DOCUMENT,  # not shown: the name of a stream
}
STRINGS = re.compile(rb"[\t\r\n\x0b -~]{6,}")


class CompoundFile:
    """The streams of a compound file ([MS-CFB]): an Outlook message, an old Office document, an embedded object."""

    def __init__(self, data: bytes):
        """Open the file (one of OLE_ERRORS)."""
        self._file = olefile.OleFileIO(io.BytesIO(data), raise_defects=olefile.DEFECT_FATAL)
        self.paths: list[tuple[str, ...]] = [tuple(path) for path in self._file.listdir()[:OLE_STREAMS_MAX]]
        self._left = 2 * len(data)  # no honest file has streams that overlap

    def read(self, path: tuple[str, ...]) -> bytes:
        """Return the stream at `path`, empty if there is none (one of OLE_ERRORS)."""
        if path not in self.paths:
            return b""
        self._left -= self._file.get_size("/".join(path))
        if self._left < 0:
            raise OSError("the streams overlap")
        return bytes(self._file.openstream("/".join(path)).read())


def extract_ole_document(file: ExtractedFile) -> Iterator[ExtractedFile | Finding]:
    """Yield the text of an old Office document, and the files embedded in it. Never raises."""
    try:
        compound = CompoundFile(file.data)
        names = {path[-1] for path in compound.paths}
        if "EncryptedPackage" in names:
            yield not_a_certificate(file.name, FileType.ENCRYPTED_DOCUMENT)
            return
        document = next((TEXT_STREAMS[name] for name in TEXT_STREAMS if name in names), FileType.DOCUMENT)
        text = b"\n".join(_strings(compound.read((name,))) for name in TEXT_STREAMS if name in names)
        yield file.document_text(text, document)
        yield from _native_objects(file, compound)
    except OLE_ERRORS:
        is_message = file.name.lower().endswith((".msg", ".oft"))
        yield not_a_certificate(file.name, FileType.OUTLOOK_EMAIL if is_message else FileType.DOCUMENT)


def extract_ole_objects(file: ExtractedFile) -> list[ExtractedFile | Finding]:
    """Return the files in an embedded object; the object itself if it is something else. Never raises."""
    try:
        return list(_native_objects(file, CompoundFile(file.data))) or [file]
    except OLE_ERRORS:
        return [file]


def _native_objects(file: ExtractedFile, compound: CompoundFile) -> Iterator[ExtractedFile]:
    for path in [path for path in compound.paths if path[-1] in NATIVE_OBJECTS][:ENTRY_LIMIT]:
        data = compound.read(path)
        name, contents = _unwrap_package(data[4:]) if path[-1] == NATIVE_OBJECTS[0] else ("", data)
        yield ExtractedFile(file.path_of(name) if name else file.name, contents, file.depth + 1)


def _unwrap_package(data: bytes) -> tuple[str, bytes]:
    """Return the name and the contents of a file that the Windows object packager embedded ([MS-OLEDS] 2.3.6)."""
    found = re.match(rb"\x02\x00([^\x00]{0,260})\x00[^\x00]{0,260}\x00.{4}(.{4})", data, re.DOTALL)
    if not found:
        return "", data
    start = found.end() + int.from_bytes(found[2], "little")
    size = int.from_bytes(data[start : start + 4], "little")
    return found[1].decode("cp1252", "replace"), data[start + 4 : start + 4 + size]


def _strings(data: bytes) -> bytes:
    """Return the runs of ASCII characters, in one byte or in two."""
    return b"\n".join(STRINGS.findall(data.replace(b"\x00", b"")))


RTF_TOKEN = re.compile(
    rb"\\(?P<word>[a-z]{1,32})(?P<number>-?[0-9]{1,10})? ?|\\'(?P<hex>[0-9a-fA-F]{2})|\\(?P<symbol>[^a-z])|[{}\r\n]"
)
RTF_BREAKS = {b"par", b"line", b"tab", b"cell", b"row", b"page", b"sect"}
RTF_OBJECT = re.compile(rb"\\objdata\b([0-9a-fA-F\s]{40,})")
RTF_BINARY = re.compile(rb"[0-9a-fA-F\s]{6000,}")  # pictures and objects
RTF_READ_MAX = 256 * 1024  # bytes without them
RTF_OBJECT_HEADER = re.compile(rb"\x01\x05\x00\x00\x02\x00\x00\x00")  # version, and the format "embedded"


def rtf_text(data: bytes) -> bytes:
    """Return the text of an RTF document, without its formatting."""

    def replacement(token: re.Match[bytes]) -> bytes:
        if token["word"] == b"u":
            return chr(int(token["number"] or 0) % 0x10000).encode("utf-8", "replace")
        if token["hex"]:
            return bytes([int(token["hex"], 16)]).decode("cp1252", "replace").encode()
        if token["symbol"]:
            return {b"~": b" ", b"_": b"-", b"\n": b"\n", b"\r": b"\n"}.get(
                token["symbol"], token["symbol"].strip(b"*")
            )
        return b"\n" if token["word"] in RTF_BREAKS else b""

    return RTF_TOKEN.sub(replacement, data)


def extract_rtf(file: ExtractedFile) -> Iterator[ExtractedFile | Finding]:
    """Yield the text of an RTF document, and the files embedded in it. Never raises."""
    yield file.document_text(rtf_text(RTF_BINARY.sub(b"", file.data)[:RTF_READ_MAX]), FileType.RTF_DOCUMENT)
    for found in list(RTF_OBJECT.finditer(file.data))[:ENTRY_LIMIT]:
        digits = re.sub(rb"\s", b"", found[1])
        data = bytes.fromhex(digits[: len(digits) & ~1].decode())
        name, contents = _unwrap_rtf_object(data)
        yield file.extracted(name or "object", contents)


def _unwrap_rtf_object(data: bytes) -> tuple[str, bytes]:
    """Return the name and the contents of an embedded object ([MS-OLEDS] 2.2.5); without a header all of `data`."""
    if not RTF_OBJECT_HEADER.match(data):
        return "", data
    offset = 8
    for _ in range(3):  # the names of the class, the topic and the item
        offset += 4 + int.from_bytes(data[offset : offset + 4], "little")
    return _unwrap_package(data[offset + 4 :])


PDF_SECONDS = 10  # of waiting; the process itself has a limit of CPU time


def extract_pdf(file: ExtractedFile) -> Iterator[ExtractedFile | Finding]:
    """Yield the text of a PDF document, and the files attached to it. Never raises.

    A process of its own reads the document: a hostile one can take long and need much memory, whatever the library.
    """
    command = [sys.executable, "-I", str(Path(pdf.__file__))]
    try:
        done = subprocess.run(  # noqa: S603  # the command has nothing of the document
            command, input=file.data, capture_output=True, timeout=PDF_SECONDS, check=False
        )
        found = json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError):
        yield not_a_certificate(file.name, FileType.PDF)
        return
    if found["encrypted"]:
        yield not_a_certificate(file.name, FileType.ENCRYPTED_PDF)
        return
    yield file.document_text(found["text"].encode("utf-8", "replace"), FileType.PDF)
    for name, data in found["files"][:ENTRY_LIMIT]:
        yield file.extracted(name, base64.b64decode(data))
