"""The time of a healthy diagnosis, against cURL, and against a bare handshake and request in this process."""

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
from onboarding.rehearsal.faults.registry import fault_called
from tests.bench.floors import Stopwatch, run
from tests.bench.rows import Row
from tests.browser.sites import Site
from tests.fleets import other_servers

ROUNDS, CURL_EVERY = 160, 4
LOGIN = "MZP128745"


def rows(_running: Site | None = None) -> list[Row]:
    """Return the medians of alternating runs against a gateway in its own process."""
    with tempfile.TemporaryDirectory() as name, _gateway(Path(name)) as (base_url, credentials):
        folder = Path(name)
        endpoint = Endpoint(base_url)
        assert diagnose(endpoint, credentials).succeeded
        curl = [
            "curl", "--silent", "--fail", "--get", "--url", f"{base_url}/fleets", "--user",
            f"{LOGIN}:{credentials.password}", "--data-urlencode", f"client_id={credentials.client_id}", "--header",
            f"Accept: {ACCEPT}", "--cert", "partner.pem", "--key", "partner.key", "--cacert", "ca.pem",
        ]  # fmt: skip
        diagnoses, bare, curls = [], [], []
        turns = [
            lambda: diagnoses.append(_timed(lambda: diagnose(endpoint, credentials))),
            lambda: bare.append(_timed(lambda: bare_request(endpoint, credentials, folder))),
        ]
        for number in range(ROUNDS):
            if number % CURL_EVERY == 0:
                curls.append(run(curl, folder).wall)
                bare_request(endpoint, credentials, folder)  # starting a program leaves cold caches for the next run
            for turn in turns if number % 2 else reversed(turns):
                turn()
    median = statistics.median(diagnoses)
    return [
        Row("healthy diagnosis", "cURL, the same request", median, statistics.median(curls), 1.0),
        Row("healthy diagnosis", "bare handshake and request", median, statistics.median(bare), 1.3),
    ]


def _timed(work: Callable[[], object]) -> float:
    with Stopwatch() as watch:
        work()
    return watch.cost.wall


def bare_request(endpoint: Endpoint, credentials: Credentials, folder: Path) -> bytes:
    """Return the response to a minimal request: a context from files with a clear key, one handshake, one request."""
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
        response = b""
        while chunk := stream.recv(65536):
            response += chunk
    assert response.startswith(b"HTTP/1.1 200 ")
    return response


@contextlib.contextmanager
def _gateway(folder: Path) -> Iterator[tuple[str, Credentials]]:
    """Run nginx, or the rehearsal's gateway if it is not installed; yield its address and a partner's credentials.

    The credentials are also written to `folder`.
    """
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
        other_servers.write_files(
            folder, identities.get("good"), (authority.issuing.certificate, authority.root.certificate)
        )
        client_auth = "ssl_client_certificate {folder}/clients.pem; ssl_verify_depth 3; ssl_verify_client on;"
        with other_servers.nginx(folder, client_auth) as base_url:
            yield base_url, credentials
    else:
        with FaultyGateway(fault_called("healthy"), identities) as served:
            yield served.base_url, credentials
