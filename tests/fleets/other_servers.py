"""Servers of other projects as context managers: nginx, `openssl s_server`, and a Java HttpsServer."""

import contextlib
import shutil
import socket
import subprocess
import time
from pathlib import Path

from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from onboarding.rehearsal.authority import pem
from onboarding.rehearsal.faults.responses import HEALTHY
from onboarding.rehearsal.gateway import BASE_PATH
from tests.programs import nginx as find_nginx

NGINX = find_nginx()
OPENSSL = shutil.which("openssl")
JAVA = shutil.which("java")
START_SECONDS = 30  # that a server may take to start
PKCS12_PASSWORD = "changeit"

NGINX_CONF = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port}{ssl};
    ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.key;
    {lines}
    location {base} {{ {location} }}
  }}
}}
"""

JAVA_SERVER = """
import com.sun.net.httpserver.*;
import java.io.*;
import java.net.*;
import java.security.KeyStore;
import javax.net.ssl.*;

public class OtherServer {
    public static void main(String[] args) throws Exception {
        char[] password = args[2].toCharArray();
        KeyManagerFactory keys = KeyManagerFactory.getInstance("SunX509");
        keys.init(load(args[0], password), password);
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(load(args[1], password));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        HttpsServer server = HttpsServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context) {
            public void configure(HttpsParameters parameters) {
                SSLParameters wanted = context.getDefaultSSLParameters();
                wanted.setNeedClientAuth(args[3].equals("need"));
                if (args.length > 4) wanted.setProtocols(new String[] {args[4]});
                parameters.setSSLParameters(wanted);
            }
        });
        byte[] body = System.in.readAllBytes();
        server.createContext("/", exchange -> {
            exchange.getResponseHeaders().add("Content-Type", "application/hal+json");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        System.out.println(server.getAddress().getPort());
    }

    static KeyStore load(String file, char[] password) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = new FileInputStream(file)) { store.load(in, password); }
        return store;
    }
}
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def base_url(port: int) -> str:
    return f"https://127.0.0.1:{port}{BASE_PATH}"


def write_files(folder: Path, identity, anchors) -> None:
    """Write server.pem, server.key, clients.pem, and the same as PKCS#12."""
    (folder / "server.pem").write_text(pem(*identity.chain))
    key = identity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "server.key").write_bytes(key)
    (folder / "clients.pem").write_text(pem(*anchors))
    encryption = BestAvailableEncryption(PKCS12_PASSWORD.encode())
    named = [pkcs12.PKCS12Certificate(anchor, f"ca{number}".encode()) for number, anchor in enumerate(anchors)]
    (folder / "server.p12").write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"server", identity.key, identity.chain[0], identity.chain[1:], encryption
        )
    )
    (folder / "clients.p12").write_bytes(pkcs12.serialize_java_truststore(named, encryption))


@contextlib.contextmanager
def _running(process: subprocess.Popen):
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _wait_for(port: int, process: subprocess.Popen) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, "the server ended before it listened"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise TimeoutError("the server did not start")


@contextlib.contextmanager
def nginx(folder: Path, lines: str = "", location: str = "", *, ssl: str = " ssl"):
    """Run nginx with `lines` in its server block and `location` for the API; yield its base URL."""
    port = free_port()
    location = location or "default_type application/hal+json; return 200 '{fleets}';"
    values = {"folder": folder, "port": port, "base": BASE_PATH + "/", "ssl": ssl, "fleets": HEALTHY.decode()}
    lines, location = lines.format(**values), location.format(**values)
    (folder / "nginx.conf").write_text(NGINX_CONF.format(**values, lines=lines, location=location))
    command = [NGINX, "-e", str(folder / "error.log"), "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with _running(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)) as process:
        _wait_for(port, process)
        yield base_url(port)


@contextlib.contextmanager
def s_server(folder: Path, *arguments: str):
    """Run `openssl s_server` with the folder's certificate; yield its base URL."""
    port = free_port()
    command = [OPENSSL, "s_server", "-accept", f"127.0.0.1:{port}", "-quiet"]
    command += ["-cert", "server.pem", "-cert_chain", "server.pem", "-key", "server.key", *arguments]
    # Its standard input stays open, because it ends at the end of its input.
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with _running(subprocess.Popen(command, cwd=folder, **streams)) as process:
        _wait_for(port, process)
        yield base_url(port)


@contextlib.contextmanager
def java(folder: Path, *arguments: str):
    """Run a Java HttpsServer that answers every request with a list of fleets; yield its base URL."""
    source = folder / "OtherServer.java"
    source.write_text(JAVA_SERVER)
    command = [JAVA, "-Xshare:auto", "-XX:TieredStopAtLevel=1", str(source), "server.p12", "clients.p12"]
    command += [PKCS12_PASSWORD, *arguments]
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with _running(subprocess.Popen(command, cwd=folder, **streams)) as process:
        process.stdin.write(HEALTHY)
        process.stdin.close()
        yield base_url(int(process.stdout.readline()))
