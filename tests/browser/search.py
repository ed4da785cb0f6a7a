"""Search for secrets in stored data, in every usual encoding of bytes and numbers."""

import base64
import json
import os
import re
import sqlite3
import stat
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

SAMPLE = 48  # bytes of a key that are searched for: too many to occur by chance
BLANKS = re.compile(rb"(?:\s|\\r|\\n|\\t)+")  # also as JSON, repr() and SQL dumps write them
LARGEST = 4 * 1024 * 1024


def _in_base64(data: bytes) -> Iterator[bytes]:
    """Yield `data` as it appears inside a longer base64 text, in three alignments, without the shared characters."""
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + data)
        inner = text[4 if shift else 0 : -4]
        yield inner
        yield inner.translate(bytes.maketrans(b"+/", b"-_"))


def forms_of(secret: bytes) -> dict[str, bytes]:
    """Return each usual encoding of these bytes, by name."""
    found = {"raw": secret, "hex": secret.hex().encode(), "HEX": secret.hex().upper().encode()}
    found["colons"] = secret.hex(":").encode()
    for number, text in enumerate(_in_base64(secret)):
        found[f"base64 {number}"] = text
    return {name: form for name, form in found.items() if len(form) > 8}


def forms_of_text(secret: str) -> dict[str, bytes]:
    """Return each usual encoding of this text, by name."""
    found = forms_of(secret.encode())
    found["utf-16"] = secret.encode("utf-16-le")
    found["latin-1"] = secret.encode("latin-1", "replace")
    found["json"] = json.dumps(secret)[1:-1].encode()
    found["url"] = quote(secret).encode()
    found["form"] = quote_plus(secret).encode()
    found["html"] = secret.replace("&", "&amp;").replace("'", "&#x27;").replace('"', "&quot;").encode()
    found["sql"] = secret.replace("'", "''").encode()
    found["repr"] = repr(secret)[1:-1].encode()
    return found


def forms_of_key(key: RSAPrivateKey) -> dict[str, bytes]:
    """Return a private key as DER and PEM in both formats, and each of its secret numbers, by name."""
    found: dict[str, bytes] = {}
    for name, layout in {"PKCS#8": PrivateFormat.PKCS8, "PKCS#1": PrivateFormat.TraditionalOpenSSL}.items():
        pem = key.private_bytes(Encoding.PEM, layout, NoEncryption()).splitlines()
        found |= {f"{name} PEM line {number}": pem[number] for number in (10, len(pem) // 2, len(pem) - 4)}
        body = b"".join(pem[1:-1])
        found[f"{name} PEM without breaks"] = body[-400:-300]
        found[f"{name} PEM header"] = pem[0]
    numbers = key.private_numbers()
    for name, number in {"p": numbers.p, "q": numbers.q, "d": numbers.d, "iqmp": numbers.iqmp}.items():
        raw = number.to_bytes((number.bit_length() + 7) // 8)
        found |= {f"{name} {form}": text for form, text in forms_of(raw[:SAMPLE]).items()}
        found |= {f"{name} {form}, little end first": text for form, text in forms_of(raw[::-1][:SAMPLE]).items()}
        found[f"{name} decimal"] = str(number)[:60].encode()
    return found


def session_texts(data: str) -> Iterator[bytes]:
    """Yield the content of a signed Django value: session data can be compressed."""
    payload = data.partition(":")[0]
    packed = payload.startswith(".")
    try:
        raw = base64.urlsafe_b64decode(payload.lstrip(".") + "===")
        yield zlib.decompress(raw) if packed else raw
    except (ValueError, zlib.error):
        return


def dump(database: Path) -> Iterator[tuple[str, bytes]]:
    """Yield each value of a database: raw, as a dump writes it, and unpacked if it is a session."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        yield f"{database.name}, dumped", "\n".join(connection.iterdump()).encode()
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in connection.execute(f'SELECT * FROM "{table}"'):
                for value in row:
                    if isinstance(value, bytes):
                        yield f"{database.name}, a blob in {table}", value
                    elif isinstance(value, str) and ":" in value:
                        for text in session_texts(value):
                            yield f"{database.name}, unpacked from {table}", text
    finally:
        connection.close()


def files_below(folders: Iterable[Path], *, changed_since: float = 0) -> Iterator[tuple[str, bytes]]:
    """Yield the name and content of every file; files that can't be read or disappear are skipped."""
    for folder in folders:
        for path in folder.rglob("*"):
            try:
                facts = path.lstat()
                if stat.S_ISREG(facts.st_mode) and facts.st_uid == os.getuid() and facts.st_mtime >= changed_since:
                    yield str(path), str(path).encode() + b"\n" + read_ends(path, facts.st_size)
            except OSError:
                continue


def read_ends(path: Path, size: int) -> bytes:
    """Return a file's content; of a very large file in a shared folder, only its beginning and end."""
    with path.open("rb") as file:
        head = file.read(LARGEST)
        if size <= 2 * LARGEST:
            return head + file.read()
        file.seek(-LARGEST, os.SEEK_END)
        return head + file.read()


def search(places: Iterable[tuple[str, bytes]], needles: dict[str, bytes]) -> list[str]:
    """Return each find as "place: needle"; white space inside the content is ignored."""
    found = []
    for place, content in places:
        joined = BLANKS.sub(b"", content)
        for name, needle in needles.items():
            if needle in content or BLANKS.sub(b"", needle) in joined:
                found.append(f"{place}: {name}")
    return found
