"""Decompress the body of a response, in every encoding that browsers read (RFC 9110, 8.4): gzip, deflate, br and zstd.

A few kilobytes can unpack to gigabytes, so every decoder stops at a limit.
"""

import sys
import zlib
from collections.abc import Callable

import brotli  # type: ignore[import-untyped]  # it has no type hints

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

CONTENT_ENCODINGS_MAX = 3  # that are applied to one body; servers apply one, and a proxy sometimes a second
GZIP_MAGIC, ZSTD_MAGIC = b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"

# Takes the compressed bytes and a limit in bytes; returns at most `limit` + 1 bytes.
Decoder = Callable[[bytes, int], bytes]


class UndecodableError(Exception):
    """A body can't be decompressed: the data is damaged, or nobody knows the encoding."""


def decode_body(raw: bytes, content_encoding: str, limit: int) -> tuple[bytes, bool]:
    """Return at most `limit` bytes of the decompressed body, and whether there was more.

    `content_encoding` is the header, "" if there is none. Raise UndecodableError.
    """
    names = [name.strip().lower() for name in content_encoding.split(",")]
    names = [name for name in names if name not in {"", "identity"}]
    if not names:  # some proxies compress, and lose the header
        names = ["gzip"] if raw.startswith(GZIP_MAGIC) else ["zstd"] if raw.startswith(ZSTD_MAGIC) else []
    if len(names) > CONTENT_ENCODINGS_MAX:
        raise UndecodableError
    body = raw
    for name in reversed(names):  # the header lists them in the order in which they were applied
        body = _decode(body, name, limit)
    return body[:limit], len(body) > limit


def _decode(data: bytes, name: str, limit: int) -> bytes:
    decoder = DECOMPRESSORS.get(name)
    if decoder is None:
        raise UndecodableError
    try:
        return decoder(data, limit + 1)
    except (zlib.error, brotli.error, zstd.ZstdError, EOFError, MemoryError) as error:
        raise UndecodableError from error


def _gunzip(data: bytes, limit: int) -> bytes:
    """Decompress all members of a gzip file (RFC 1952, 2.2)."""
    body = b""
    while data and len(body) < limit:
        decompressor = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        body += decompressor.decompress(data, limit - len(body))
        if not decompressor.eof and len(body) < limit:
            raise EOFError  # cut off
        data = decompressor.unused_data if decompressor.unused_data.startswith(GZIP_MAGIC) else b""
    return body


def _inflate(data: bytes, limit: int) -> bytes:
    """Decompress "deflate": the zlib format (RFC 1950), or without its header, as some servers send it."""
    try:
        return _inflate_with(zlib.MAX_WBITS, data, limit)
    except (zlib.error, EOFError):
        return _inflate_with(-zlib.MAX_WBITS, data, limit)


def _inflate_with(wbits: int, data: bytes, limit: int) -> bytes:
    decompressor = zlib.decompressobj(wbits=wbits)
    body = decompressor.decompress(data, limit)
    if not decompressor.eof and len(body) < limit:
        raise EOFError
    return body


def _unbrotli(data: bytes, limit: int) -> bytes:
    decompressor = brotli.Decompressor()
    body: bytes = decompressor.process(data, output_buffer_limit=limit)
    while len(body) < limit and not decompressor.is_finished():
        more = decompressor.process(b"", output_buffer_limit=limit - len(body))
        if not more:
            raise EOFError
        body += more
    return body[:limit]


def _unzstd(data: bytes, limit: int) -> bytes:
    """Decompress all frames (RFC 8878, 3.1)."""
    body = b""
    while data and len(body) < limit:
        decompressor = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: 23})  # RFC 9659
        body += decompressor.decompress(data, limit - len(body))
        if not decompressor.eof and len(body) < limit:
            raise EOFError
        data = decompressor.unused_data if decompressor.eof else b""
    return body


DECOMPRESSORS: dict[str, Decoder] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
