"""The client's side of mutual TLS: an identity, and the context that presents it.

A private key goes to OpenSSL through a file that exists in memory only, encrypted under a password made for that
moment: nothing is written to a disk, in clear or otherwise.
"""

import os
import secrets
import ssl
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from onboarding.pki.key_files import encrypted_pem


@dataclass(frozen=True)
class ClientIdentity:
    """A certificate with its intermediates, leaf first, and the key that belongs to it."""

    certificates: tuple[x509.Certificate, ...]
    key: RSAPrivateKey = field(repr=False)


@contextmanager
def _passing_file(contents: bytes) -> Iterator[str]:
    """A path that reads as `contents` for the time of the block: in memory on Linux, else an owner-only file."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("identity", os.MFD_CLOEXEC)
        try:
            os.write(descriptor, contents)
            yield f"/proc/self/fd/{descriptor}"
        finally:
            os.close(descriptor)
    else:
        with tempfile.NamedTemporaryFile() as file:
            file.write(contents)
            file.flush()
            yield file.name


def present(context: ssl.SSLContext, identity: ClientIdentity) -> None:
    """Have `context` answer a request for a client certificate with `identity` (ssl.SSLError: they do not match)."""
    password = secrets.token_urlsafe(32)
    # 32 random bytes can't be guessed: rounds would only cost time.
    key = encrypted_pem(identity.key, password, rounds=1)
    chain = b"".join(one.public_bytes(Encoding.PEM) for one in identity.certificates)
    with _passing_file(key + chain) as path:
        context.load_cert_chain(path, password=lambda: password)


def client_context(identity: ClientIdentity | None, anchors: Sequence[x509.Certificate] | None) -> ssl.SSLContext:
    """A context that presents `identity`, and trusts servers by `anchors`; None means the system's trust store.

    TLS 1.2 or newer; an intermediate may be an anchor, as it may for cURL. ssl.SSLError: OpenSSL refuses the identity.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.set_alpn_protocols(["http/1.1"])
    context.post_handshake_auth = True  # some servers ask for the certificate once they know what is wanted
    if anchors is None:
        context.load_default_certs()
    elif anchors:
        context.load_verify_locations(cadata=b"".join(one.public_bytes(Encoding.DER) for one in anchors))
    if identity is not None and identity.certificates:
        present(context, identity)
    return context
