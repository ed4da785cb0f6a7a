"""Bodies in every encoding that browsers read are read, within a limit, and damaged ones are refused."""

import gzip
import json
import sys
import zlib

import brotli
import pytest

from onboarding.fleets.connecting.encodings import UndecodableError, decode_body
from onboarding.fleets.diagnosis import Endpoint, diagnose
from onboarding.rehearsal.faults.gateway import Fault, FaultyGateway
from onboarding.rehearsal.faults.responses import HEALTHY, JSON, http_response
from tests.fleets.conftest import QUICK

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def raw_deflate(data):
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


COMPRESSED = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "GZIP": lambda data: gzip.compress(data[:9]) + gzip.compress(data[9:]),
    "deflate": zlib.compress,
    "Deflate": raw_deflate,
    "br": brotli.compress,
    "zstd": zstd.compress,
    "zstd, identity": lambda data: zstd.compress(data[:9]) + zstd.compress(data[9:]),
    "br, gzip": lambda data: gzip.compress(brotli.compress(data)),
    "": gzip.compress,
    "identity": zstd.compress,
}
LIMIT = 1000


@pytest.mark.parametrize("encoding", COMPRESSED)
def test_an_encoding_is_read(identities, credentials, encoding):
    """A list of fleets connects, however it is compressed, and even if the header is missing."""
    respond = http_response(200, COMPRESSED[encoding](HEALTHY), JSON, ("Content-Encoding", encoding))
    with FaultyGateway(Fault("any", "", respond=respond), identities) as gateway:
        assert diagnose(Endpoint(gateway.base_url), credentials, limits=QUICK).verdict.code == "connected"


@pytest.mark.parametrize("encoding", COMPRESSED)
@pytest.mark.parametrize("size", [0, 1, LIMIT - 1, LIMIT, LIMIT + 1, 100 * LIMIT])
def test_at_most_the_limit_is_unpacked(encoding, size):
    """The result says whether there was more."""
    data = json.dumps("x" * size).encode()
    body, is_longer = decode_body(COMPRESSED[encoding](data), encoding, LIMIT)
    assert (body, is_longer) == (data[:LIMIT], len(data) > LIMIT)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
@pytest.mark.parametrize("keep", [0.5, 0.9])
def test_a_body_that_breaks_off_is_refused(encoding, keep):
    """Half of a list is not a list."""
    data = COMPRESSED[encoding](json.dumps(list(range(200))).encode())
    with pytest.raises(UndecodableError):
        decode_body(data[: int(len(data) * keep)], encoding, 10 * LIMIT)


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "compress", "gzip, gzip, gzip, gzip", "x" * 5000])
def test_what_is_not_compressed_is_refused(encoding):
    """The verdict then says that the body can't be decompressed."""
    with pytest.raises(UndecodableError):
        decode_body(b"\x00 not compressed" * 9, encoding, LIMIT)
