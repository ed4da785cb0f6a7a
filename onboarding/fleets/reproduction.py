"""Commands that repeat the request of a test with the partner's own files: cURL for HTTP, OpenSSL for TLS.

Neither contains a secret. cURL asks for the password, and both ask for the passphrase of an encrypted key.
"""

import ipaddress
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from onboarding.fleets.connecting.request import ACCEPT, Endpoint


@dataclass(frozen=True)
class ReproductionFiles:
    """The paths of the partner's files, as the downloads name them. If `ca` is "", the system's trust store is used."""

    certificate: str = "fullchain.pem"
    key: str = "key.pem"
    ca: str = "ca.pem"


def curl_command(
    *, base_url: str, client_id: str, login: str = "", files: ReproductionFiles, options: tuple[str, ...] = ()
) -> str:
    """Return a command over several lines. cURL asks for the key's passphrase, and for the password of any `login`."""
    parts = [
        " ".join(("curl --get", *options)),
        f"  --url {shlex.quote(base_url.rstrip('/') + '/fleets')}",
        f"  --data-urlencode {shlex.quote('client_id=' + client_id)}",
        f"  --header {shlex.quote('Accept: ' + ACCEPT)}",
        *([f"  --user {shlex.quote(login)}"] if login else []),
        f"  --cert {_path(files.certificate)}",
        f"  --key {_path(files.key)}",
        *([f"  --cacert {_path(files.ca)}"] if files.ca else []),
    ]
    return " \\\n".join(parts)


def openssl_command(*, base_url: str, client_id: str, files: ReproductionFiles, options: tuple[str, ...] = ()) -> str:
    """Return a command over several lines that sends the request without login and password, and prints the answer.

    `openssl s_client` shows each alert and the verification of the server. It sends the certificates of the certificate
    file, leaf first, as this software does. Needs OpenSSL 1.1.1 or later.
    """
    endpoint = Endpoint(base_url)
    host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
    address = f"{host}:{endpoint.port}"
    request = "GET %s HTTP/1.1\\r\\nHost: %s\\r\\nAccept: %s\\r\\nConnection: close\\r\\n\\r\\n"
    values = (endpoint.fleets_target(client_id), address.removesuffix(":443"), ACCEPT)
    parts = [
        f"printf {shlex.quote(request)}",
        *(f"  {shlex.quote(value)}" for value in values),
        f"  | openssl s_client -connect {shlex.quote(address)} {_name_options(endpoint.host)}",
        " ".join(("  -verify_return_error -partial_chain -alpn http/1.1 -ign_eof", *options)),
        f"  -cert {_path(files.certificate)} -chainCAfile {_path(files.certificate)}",
        f"  -key {_path(files.key)}",
        *([f"  -CAfile {_path(files.ca)}"] if files.ca else []),
    ]
    return " \\\n".join(parts)


def reproduce(result: Mapping[str, Any], files: ReproductionFiles | None = None) -> dict[str, str]:
    """Return both commands for a result as `current_result` returns it; empty if its address can't be used.

    Proxies that the environment names are not used, as in the test.
    """
    files = files or ReproductionFiles()
    base_url, client_id = result["address"].removesuffix("/fleets"), result["client_id"]
    if not Endpoint(base_url).host:
        return {}
    proxy = result["details"].get("proxy", "")
    login = "" if result.get("password_withheld") else result["login"]
    curl_options = ("--verbose", "--include", f"--proxy {shlex.quote(f'http://{proxy}')}" if proxy else "--noproxy '*'")
    openssl_options = (f"-proxy {shlex.quote(proxy)}",) if proxy else ()
    return {
        "openssl": openssl_command(base_url=base_url, client_id=client_id, files=files, options=openssl_options),
        "curl": curl_command(base_url=base_url, client_id=client_id, login=login, files=files, options=curl_options),
    }


def _path(name: str) -> str:
    """Return a file's path for the shell; a relative one begins with "./", so that it is no option."""
    return shlex.quote(name if name.startswith("/") else f"./{name}")


def _name_options(host: str) -> str:
    """Return the options that verify the server's name, and send it (SNI, RFC 6066, 3), unless it is an address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return f"-servername {shlex.quote(host)} -verify_hostname {shlex.quote(host)}"
    return f"-noservername -verify_ip {shlex.quote(host)}"
