"""Partners with a certificate from the rehearsal's authority, and their requests to its gateway."""

import http.client
import ssl
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from onboarding.fleets.connecting.tls import ClientIdentity, client_context
from onboarding.pki.csr import make_csr
from onboarding.pki.keys import generate_key
from onboarding.pki.subject import Subject
from onboarding.rehearsal.authority import Authority
from onboarding.rehearsal.server import Rehearsal

LOGIN = "MZP128745"
ACCEPT_HEADER = "application/hal+json, application/json;q=0.9"


@dataclass(frozen=True)
class ReceivedResponse:
    """A response of the gateway; the names in `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class CertifiedPartner:
    """A partner whose request the authority signed."""

    authority: Authority
    key: RSAPrivateKey
    certificate: x509.Certificate
    client_id: str
    login: str = LOGIN

    @classmethod
    def of(cls, authority: Authority, key: RSAPrivateKey | None = None, login: str = LOGIN) -> "CertifiedPartner":
        """Return a partner with a new certificate; `key` None generates a key."""
        key = key or generate_key(2048)
        issued = authority.sign(csr_pem_of(key, login))
        return cls(authority, key, issued.certificate, issued.client_id, login)

    @property
    def password(self) -> str:
        return "rehearsal-" + self.login.lower()

    @property
    def identity(self) -> ClientIdentity:
        return ClientIdentity((self.certificate,), self.key)

    @property
    def anchors(self) -> tuple[x509.Certificate, ...]:
        return (self.authority.issuing.certificate, self.authority.root.certificate)

    def context(self, version: ssl.TLSVersion | None = None) -> ssl.SSLContext:
        context = client_context(self.identity, self.anchors)
        if version:
            context.minimum_version = context.maximum_version = version
        return context


@dataclass
class Call:
    """Sends requests to the gateway; by default a correct one. None leaves a header or the query out."""

    partner: CertifiedPartner
    base_url: str

    def __call__(
        self,
        *,
        path: str = "/fleets",
        accept: str | None = ACCEPT_HEADER,
        authorization: str | None = "",
        query: Mapping[str, str] | None = None,
        method: str = "GET",
        body: bytes | None = None,
        context: ssl.SSLContext | None = None,
    ) -> ReceivedResponse:
        parts = urlsplit(self.base_url)
        connection = http.client.HTTPSConnection(
            parts.hostname, parts.port, context=context or self.partner.context(), timeout=10
        )
        headers = {
            "Accept": accept,
            "Authorization": authorization or basic_auth(self.partner.login, self.partner.password),
        }
        if authorization is None:
            headers["Authorization"] = None
        parameters = {"client_id": self.partner.client_id} if query is None else dict(query)
        try:
            connection.request(
                method,
                f"{parts.path}{path}" + (f"?{urlencode(parameters)}" if parameters else ""),
                body=body,
                headers={name: value for name, value in headers.items() if value is not None},
            )
            response = connection.getresponse()
            return ReceivedResponse(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()


def basic_auth(login: str, password: str) -> str:
    """Return the value of an Authorization header (RFC 7617)."""
    return "Basic " + b64encode(f"{login}:{password}".encode()).decode()


def subject_of(login: str) -> Subject:
    return Subject("FR", "Île-de-France", "Saint-Ouen", "Société de Flottes", "it@flottes.example", login)


def csr_pem_of(key: RSAPrivateKey, login: str = LOGIN) -> bytes:
    return make_csr(key, subject_of(login)).public_bytes(Encoding.PEM)


def start_rehearsal(folder: Path) -> Rehearsal:
    """Return a rehearsal with its files in `folder`, on free ports; a context manager."""
    return Rehearsal(Authority.load_or_create(folder), "127.0.0.1", 0, 0)
