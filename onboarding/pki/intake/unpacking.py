"""Unpacking bytes with a limit: a few bytes that unpack to gigabytes are never unpacked further than the limit."""

import bz2
import lzma
import struct
import zlib
from collections.abc import Callable
from typing import Protocol

DICTIONARY_MAX = 2 * 1024 * 1024  # bytes; more than any unpacked size that is read
XZ_MEMORY_MAX = 80 * 1024 * 1024  # bytes, for xz -9, which reserves 65 MiB for any file but only uses what it unpacks
STREAMS_MAX = 20  # packed streams in one file: gzip a; gzip b; cat a.gz b.gz
UNPACKING_ERRORS = (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, struct.error, MemoryError)


class TooLargeError(ValueError):
    """The data unpacks to more than the limit."""


class Decompressor(Protocol):
    """What the decompressors of bz2 and lzma have in common, and that of zlib nearly."""

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """Return at most `max_length` unpacked bytes."""

    @property
    def eof(self) -> bool:
        """Return whether the end of the stream was reached."""

    @property
    def unused_data(self) -> bytes:
        """Return the bytes after the end of the stream."""


def _unpack_once(decompressor: Decompressor, data: bytes, limit: int) -> bytes:
    """Return the unpacked first stream in `data` (TooLargeError, or one of UNPACKING_ERRORS)."""
    unpacked = decompressor.decompress(data, limit + 1)
    if len(unpacked) > limit:
        raise TooLargeError("the data unpacks to more than the limit")
    return unpacked


def unpack_deflate(packed: bytes, limit: int) -> bytes:
    """Return the data packed with raw deflate (RFC 1951), of at most `limit` bytes."""
    return _unpack_once(zlib.decompressobj(-zlib.MAX_WBITS), packed, limit)


def unpack_zlib(packed: bytes, limit: int) -> bytes:
    """Return the data packed as zlib does (RFC 1950), of at most `limit` bytes."""
    return _unpack_once(zlib.decompressobj(), packed, limit)


def unpack_bzip2(packed: bytes, limit: int) -> bytes:
    """Return the data packed with bzip2, of at most `limit` bytes."""
    return _unpack_once(bz2.BZ2Decompressor(), packed, limit)


def unpack_lzma(packed: bytes, size: int, properties: bytes) -> bytes:
    """Return the first `size` bytes packed with LZMA; `properties` are five bytes, as in 7z and zip files.

    The packed data need not tell where it ends.
    """
    parameters, dictionary = struct.unpack_from("<BL", properties)
    parameters, lc = divmod(parameters, 9)
    pb, lp = divmod(parameters, 5)
    # The dictionary need not be larger than what it is used for.
    dictionary = max(4096, min(dictionary, DICTIONARY_MAX))
    filters = [{"id": lzma.FILTER_LZMA1, "dict_size": dictionary, "lc": lc, "lp": lp, "pb": pb}]
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters).decompress(packed, size)


def unpack_lzma2(packed: bytes, limit: int) -> bytes:
    """Return the data packed with LZMA2, of at most `limit` bytes."""
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": DICTIONARY_MAX}]
    return _unpack_once(lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters), packed, limit)


def unpack_streams(packed: bytes, limit: int, new_decompressor: Callable[[], Decompressor]) -> bytes:
    """Return the data of consecutive streams, each of which `new_decompressor` reads, of at most `limit` bytes.

    Bytes after the last stream are ignored, as gzip does.
    """
    unpacked = b""
    for _ in range(STREAMS_MAX):
        decompressor = new_decompressor()
        try:
            unpacked += _unpack_once(decompressor, packed, limit - len(unpacked))
        except UNPACKING_ERRORS as error:
            if unpacked and not isinstance(error, TooLargeError):
                break
            raise
        if not decompressor.eof:
            raise EOFError("the data ends in the middle of a stream")
        packed = decompressor.unused_data
        if not packed:
            break
    return unpacked


def new_gzip() -> Decompressor:
    """Return a decompressor for gzip (RFC 1952)."""
    return zlib.decompressobj(16 + zlib.MAX_WBITS)


def new_xz() -> Decompressor:
    """Return a decompressor for xz and for the older .lzma."""
    return lzma.LZMADecompressor(lzma.FORMAT_AUTO, memlimit=XZ_MEMORY_MAX)
