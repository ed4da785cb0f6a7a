"""The client's side of mutual TLS: an identity, and the context that presents it.

OpenSSL reads a private key only from a file. This file exists only in memory, and its key is encrypted with a random
password. No key is written to a disk, in clear or encrypted.
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
    """A client certificate and its intermediates, leaf first, with the private key of the leaf."""

    certificates: tuple[x509.Certificate, ...]
    key: RSAPrivateKey = field(repr=False)


@contextmanager
def _temporary_file(contents: bytes) -> Iterator[str]:
    """Yield the path of a file with `contents`: in memory on Linux, else on disk, readable by its owner only."""
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


def load_identity(context: ssl.SSLContext, identity: ClientIdentity) -> None:
    """Configure `context` to present `identity` when a server requests a certificate.

    Raise ssl.SSLError if OpenSSL refuses it, for example because key and certificate do not match.
    """
    password = secrets.token_urlsafe(32)
    # Nobody can guess 32 random bytes, so more rounds of key derivation would only cost time.
    key = encrypted_pem(identity.key, password, rounds=1)
    chain = b"".join(certificate.public_bytes(Encoding.PEM) for certificate in identity.certificates)
    with _temporary_file(key + chain) as path:
        context.load_cert_chain(path, password=lambda: password)


def client_context(identity: ClientIdentity | None, anchors: Sequence[x509.Certificate] | None) -> ssl.SSLContext:
    """Return a context that presents `identity` and trusts servers by `anchors`; None means the system's trust store.

    The context speaks TLS 1.2 or newer. An intermediate may be an anchor, as for cURL. Raise ssl.SSLError if OpenSSL
    refuses the identity.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.set_alpn_protocols(["http/1.1"])
    context.post_handshake_auth = True  # some servers request the certificate only after they have read the request
    if anchors is None:
        context.load_default_certs()
    elif anchors:
        context.load_verify_locations(cadata=b"".join(anchor.public_bytes(Encoding.DER) for anchor in anchors))
    if identity is not None and identity.certificates:
        load_identity(context, identity)
    return context
