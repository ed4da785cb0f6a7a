"""Partners of the rehearsal, as its authority certified them, and the way they speak to its gateway."""

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
WAY = "application/hal+json, application/json;q=0.9"


@dataclass(frozen=True)
class Answered:
    """What the gateway answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Member:
    """Somebody whom the authority certified; the password follows the rule that the rehearsal tells."""

    authority: Authority
    key: RSAPrivateKey
    certificate: x509.Certificate
    client_id: str
    login: str = LOGIN

    @classmethod
    def of(cls, authority: Authority, key: RSAPrivateKey | None = None, login: str = LOGIN) -> "Member":
        """A member with a new certificate."""
        key = key or generate_key(2048)
        issued = authority.sign(request_of(key, login))
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
    """A request to the gateway; what isn't said is as it should be. None leaves a thing out."""

    member: Member
    base_url: str

    def __call__(
        self,
        *,
        path: str = "/fleets",
        accept: str | None = WAY,
        authorization: str | None = "",
        query: Mapping[str, str] | None = None,
        method: str = "GET",
        body: bytes | None = None,
        context: ssl.SSLContext | None = None,
    ) -> Answered:
        parts = urlsplit(self.base_url)
        connection = http.client.HTTPSConnection(
            parts.hostname, parts.port, context=context or self.member.context(), timeout=10
        )
        headers = {"Accept": accept, "Authorization": authorization or basic(self.member.login, self.member.password)}
        if authorization is None:
            headers["Authorization"] = None
        asked = {"client_id": self.member.client_id} if query is None else dict(query)
        try:
            connection.request(
                method,
                f"{parts.path}{path}" + (f"?{urlencode(asked)}" if asked else ""),
                body=body,
                headers={name: value for name, value in headers.items() if value is not None},
            )
            response = connection.getresponse()
            return Answered(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()


def basic(login: str, password: str) -> str:
    """The header of RFC 7617."""
    return "Basic " + b64encode(f"{login}:{password}".encode()).decode()


def subject_of(login: str) -> Subject:
    return Subject("FR", "Île-de-France", "Saint-Ouen", "Société de Flottes", "it@flottes.example", login)


def request_of(key: RSAPrivateKey, login: str = LOGIN) -> bytes:
    return make_csr(key, subject_of(login)).public_bytes(Encoding.PEM)


def served(folder: Path) -> Rehearsal:
    """The rehearsal of a folder, on free ports; to be entered."""
    return Rehearsal(Authority.load_or_create(folder), "127.0.0.1", 0, 0)
