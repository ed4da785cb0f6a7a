"""How a partner's own programs and proxies use the downloaded files: the files, the commands, and a working text.

The programs are those of the zip download; the proxies and PowerShell have a text of their own.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from onboarding.pki.bundles import (
    CA_FILE,
    FULLCHAIN_FILE,
    KEY_FILE,
    PKCS12_FILE,
    ConnectionSettings,
    fill_template,
    render_programs,
)

PEM_FILES = (KEY_FILE, FULLCHAIN_FILE, CA_FILE)


@dataclass(frozen=True)
class Recipe:
    """A program or proxy: `name` is its product name, `files` go into one folder, `command` starts `text`.

    `file_name` is the name to save `text` under.
    """

    slug: str
    name: str
    file_name: str
    files: tuple[str, ...]
    command: str
    text: str


# By slug: the product's name, the file, the files beside it, and the command.
PROGRAM_RECIPES = {  # not translated: names and commands
    "python": ("Python", "fleets_httpx.py", PEM_FILES, "pip install httpx\npython3 fleets_httpx.py"),
    "java": ("Java", "Fleets.java", (PKCS12_FILE, CA_FILE), "java Fleets.java"),
    "node": ("Node.js", "fleets.mjs", PEM_FILES, "node fleets.mjs"),
    "go": ("Go", "fleets.go", PEM_FILES, "go run fleets.go"),
    "dotnet": (".NET", "Fleets.cs", PEM_FILES, "dotnet run"),
    "postman": ("Postman", "fleets.postman_collection.json", PEM_FILES, ""),
}
CONFIGURATION_RECIPES = {  # not translated: names and commands
    "windows": ("Windows PowerShell", "windows.ps1", (PKCS12_FILE, CA_FILE), "pwsh windows.ps1"),
    "nginx": ("nginx", "nginx.conf", PEM_FILES, "nginx -t && nginx -s reload"),
    "haproxy": (
        "HAProxy",
        "haproxy.cfg",
        PEM_FILES,
        "cat fullchain.pem key.pem > client.pem\nhaproxy -c -f haproxy.cfg",
    ),
    "stunnel": ("stunnel", "stunnel.conf", PEM_FILES, "stunnel stunnel.conf"),
}


def recipes(connection: ConnectionSettings, curl_command: str) -> list[Recipe]:
    """Return all recipes with the partner's own values; `curl_command` is the request as a cURL command."""
    found = [Recipe("curl", "cURL", "fleets.sh", PEM_FILES, "", curl_command)]  # not translated: names
    programs = render_programs(connection)
    for slug, (name, file_name, files, command) in PROGRAM_RECIPES.items():
        found.append(Recipe(slug, name, file_name, files, command, programs[file_name]))
    values = _values(connection)
    for slug, (name, file_name, files, command) in CONFIGURATION_RECIPES.items():
        found.append(Recipe(slug, name, file_name, files, command, fill_template(file_name, values)))
    return found


def _values(connection: ConnectionSettings) -> dict[str, str]:
    """Return the values of configuration files; PowerShell doubles a single quote inside its strings."""
    parts = urlsplit(connection.base_url)
    name, port = parts.hostname or "", parts.port or 443
    return {
        "origin": f"{parts.scheme}://{parts.netloc}",
        "host": parts.netloc,
        "name": name,
        "address": f"{name}:{port}",
        **{key: f"'{value.replace(chr(39), chr(39) * 2)}'" for key, value in _strings(connection).items()},
    }


def _strings(connection: ConnectionSettings) -> dict[str, str]:
    return {"url": connection.url, "login": connection.login, "accept": connection.accept}
