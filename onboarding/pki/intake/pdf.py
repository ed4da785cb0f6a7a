"""A program that reads a PDF document from standard input, and writes its text and attached files as JSON.

It runs alone, with limits of CPU time and memory: `documents.extract_pdf`. It imports nothing of this project.
"""

import base64
import io
import json
import logging
import resource
import sys
from typing import Any

CPU_SECONDS = 3
MEMORY_BYTES = 400 * 1024 * 1024  # of addresses; the library alone needs about 100 MiB
PAGES_MAX = 10
FILES_MAX = 20
CHARACTERS_MAX = 256 * 1024  # characters
FILE_MAX = 1024 * 1024  # bytes of one attached file


def read_document(data: bytes) -> dict[str, Any]:
    """Return the text, the attached files as (name, base64), and whether a password is needed to read them."""
    from pypdf import PdfReader  # noqa: PLC0415  # after the limits are set

    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        return {"encrypted": True, "text": "", "files": []}
    files = [
        (name, base64.b64encode(contents).decode())
        for name, attached in list(reader.attachments.items())[:FILES_MAX]
        for contents in attached
        if len(contents) <= FILE_MAX
    ]
    text = ""
    for number in range(min(PAGES_MAX, len(reader.pages))):
        text += reader.pages[number].extract_text() + "\n"
        if len(text) > CHARACTERS_MAX:
            break
    return {"encrypted": False, "text": text[:CHARACTERS_MAX], "files": files}


def main() -> None:
    """Read and write within the limits. A document that can't be read has no text."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    logging.disable()
    json.dump(read_document(sys.stdin.buffer.read()), sys.stdout)


if __name__ == "__main__":
    main()
