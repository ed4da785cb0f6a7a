"""What the doctor adds to a healthy request: against cURL, and against a bare handshake and request in this process."""

import base64
import contextlib
import socket
import ssl
import statistics
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from onboarding.fleets.connecting.request import ACCEPT
from onboarding.fleets.connecting.tls import ClientIdentity
from onboarding.fleets.diagnosis import Credentials, Endpoint, diagnose
from onboarding.pki.csr import make_csr
from onboarding.pki.keys import generate_key
from onboarding.pki.subject import Subject
from onboarding.rehearsal.authority import Authority, password_of, pem
from onboarding.rehearsal.faults.certificates import FaultyIdentities
from onboarding.rehearsal.faults.gateway import FaultyGateway
from onboarding.rehearsal.faults.registry import fault
from tests.bench.floors import Stopwatch, run
from tests.bench.rows import Row
from tests.browser.sites import Site
from tests.fleets import other_servers

ROUNDS, CURL_EVERY = 160, 4
LOGIN = "MZP128745"


def rows(_running: Site | None = None) -> list[Row]:
    """Medians of runs that take turns, before a gateway in a process of its own."""
    with tempfile.TemporaryDirectory() as name, _gateway(Path(name)) as (base_url, credentials):
        folder = Path(name)
        endpoint = Endpoint(base_url)
        assert diagnose(endpoint, credentials).succeeded
        curl = [
            "curl", "--silent", "--fail", "--get", "--url", f"{base_url}/fleets", "--user",
            f"{LOGIN}:{credentials.password}", "--data-urlencode", f"client_id={credentials.client_id}", "--header",
            f"Accept: {ACCEPT}", "--cert", "partner.pem", "--key", "partner.key", "--cacert", "ca.pem",
        ]  # fmt: skip
        ours, bare, curls = [], [], []
        turns = [
            lambda: ours.append(_timed(lambda: diagnose(endpoint, credentials))),
            lambda: bare.append(_timed(lambda: bare_request(endpoint, credentials, folder))),
        ]
        for number in range(ROUNDS):
            if number % CURL_EVERY == 0:
                curls.append(run(curl, folder).wall)
                bare_request(endpoint, credentials, folder)  # starting a program leaves the caches cold for who is next
            for turn in turns if number % 2 else reversed(turns):
                turn()
    doctor = statistics.median(ours)
    return [
        Row("healthy diagnosis", "cURL, the same request", doctor, statistics.median(curls), 1.0),
        Row("healthy diagnosis", "bare handshake and request", doctor, statistics.median(bare), 1.3),
    ]


def _timed(work: Callable[[], object]) -> float:
    with Stopwatch() as watch:
        work()
    return watch.cost.wall


def bare_request(endpoint: Endpoint, credentials: Credentials, folder: Path) -> bytes:
    """The least that gets the fleets: a context from files with a clear key, one handshake, one request, its answer."""
    context = ssl.create_default_context(cafile=folder / "ca.pem")
    context.load_cert_chain(folder / "partner.pem", folder / "partner.key")
    basic = base64.b64encode(f"{credentials.login}:{credentials.password}".encode()).decode()
    path = urlsplit(endpoint.fleets_url(credentials.client_id))
    head = [f"GET {path.path}?{path.query} HTTP/1.1", f"Host: {path.netloc}", f"Accept: {ACCEPT}"]
    head += [f"Authorization: Basic {basic}", "Connection: close", "", ""]
    with (
        socket.create_connection((endpoint.host, endpoint.port)) as sock,
        context.wrap_socket(sock, server_hostname=endpoint.host) as stream,
    ):
        stream.sendall("\r\n".join(head).encode())
        reply = b""
        while chunk := stream.recv(65536):
            reply += chunk
    assert reply.startswith(b"HTTP/1.1 200 ")
    return reply


@contextlib.contextmanager
def _gateway(folder: Path) -> Iterator[tuple[str, Credentials]]:
    """nginx where there is one, else the rehearsal's: its address, and a partner's credentials, also as files."""
    authority = Authority.load_or_create(folder / "authority")
    identities = FaultyIdentities(authority)
    key = generate_key(2048)
    subject = Subject("FR", "Île-de-France", "Saint-Ouen", "Société", "it@flottes.example", LOGIN)
    issued = authority.sign(make_csr(key, subject).public_bytes(Encoding.PEM))
    chain = (issued.certificate, authority.issuing.certificate)
    identity = ClientIdentity(chain, key)
    credentials = Credentials(identity, (authority.root.certificate,), LOGIN, password_of(LOGIN), issued.client_id)
    (folder / "partner.pem").write_text(pem(*chain))
    (folder / "partner.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "ca.pem").write_text(pem(authority.root.certificate))
    if other_servers.NGINX:
        other_servers.lay_out(folder, identities.get("good"), (authority.issuing.certificate, authority.root.certificate))
        asking = "ssl_client_certificate {folder}/clients.pem; ssl_verify_depth 3; ssl_verify_client on;"
        with other_servers.nginx(folder, asking) as base_url:
            yield base_url, credentials
    else:
        with FaultyGateway(fault("healthy"), identities) as served:
            yield served.base_url, credentials
