"""What settings refuse, cookies and headers over https, and the site behind a real nginx (ASVS 3.3.1, 3.4, 12.3.1)."""

import os
import re
import stat
import subprocess
import sys

import httpx2
import pytest
from django.test import Client

from tests.browser.processes import PROJECT, Running, free_port
from tests.browser.sites import install, server_command
from tests.deployment.front import proxy
from tests.programs import nginx
from tests.views.conftest import onboarding as onboarding  # noqa: PLC0414  # a fixture
from tests.views.conftest import secrets, url

PRODUCTION = {
    "SECRET_KEY": "only-for-tests",
    "SITE_URL": "https://onboarding.example",
    "BEHIND_PROXY": "1",
    "EMAIL_URL": "smtp+tls://user:password@mail.example:587",
    "DATABASE_URL": "postgresql://user:password@db.example/name?sslmode=verify-full",
}


def started(code="", **changed):
    """Import the settings with these variables; return the message of the refusal, or what `code` prints."""
    kept = {name: os.environ[name] for name in ("PATH", "KEYRING_FILE", "AUDIT_KEY_FILE")}
    env = kept | {name: value for name, value in (PRODUCTION | changed).items() if value is not None}
    command = [sys.executable, "-c", f"import onboarding.settings as s\n{code}"]
    done = subprocess.run(command, env=env, cwd=PROJECT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"EMAIL_URL": "smtp+ssl://mail.example:465"},
        *({"EMAIL_URL": f"smtp://{host}:25"} for host in ("127.0.0.1", "localhost", "127.8.0.1")),
        *({"DATABASE_URL": f"postgresql://u:p@{host}/n"} for host in ("127.0.0.1", "localhost", "[::1]")),
        {"DATABASE_URL": "postgresql://u:p@/n?host=/run/postgresql"},
        {"DATABASE_URL": "postgresql://u:p@db.example/n?sslmode=require"},
        {"DATABASE_URL": "sqlite:////tmp/none.sqlite3"},
        {"SITE_URL": "http://127.0.0.1:8000", "BEHIND_PROXY": None},
    ],
    ids=str,
)
def test_settings_that_are_safe_start(changed):
    """TLS, or a server on this machine."""
    assert started("print('started')", **changed) == "started"


@pytest.mark.parametrize(
    ("variable", "changed"),
    [
        *(("EMAIL_URL", {"EMAIL_URL": f"smtp://{host}:25"}) for host in ("mail.example", "10.0.0.1", "localhost.test")),
        *(
            ("DATABASE_URL", {"DATABASE_URL": f"postgresql://u:p@{rest}"})
            for rest in (
                *("db.example/n", "10.0.0.1/n", "[2001:db8::1]/n", "/n?host=db.example", "/n?hostaddr=10.0.0.1"),
                *(f"db.example/n?sslmode={mode}" for mode in ("disable", "allow", "prefer")),
                *("127.0.0.1/n?host=127.0.0.1,db.example", "/n?service=remote"),
            )
        ),
        ("DATABASE_URL", {"DATABASE_URL": "postgresql://u:p@/n", "PGHOST": "db.example"}),
        ("BEHIND_PROXY", {"BEHIND_PROXY": None}),
        *(
            ("CACHE_URL", {"CACHE_URL": f"{kind}cache://here"})
            for kind in ("locmem", "redis", "db", "dummy", "file", "pymem")
        ),
        ("HSTS_PRELOAD", {"HSTS_PRELOAD": "1"}),
        ("TESTS_AN_HOUR", {"TESTS_AN_HOUR": "0"}),
        ("CHECKS_IN_10_MINUTES", {"CHECKS_IN_10_MINUTES": "-1"}),
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.asvs("12.2.1", "12.3.1", "12.3.3", "13.2.1", "13.2.3", "13.4.2")
def test_settings_that_are_not_safe_refuse_to_start(variable, changed):
    """The sentence names the variable and says what to do, and has no password in it."""
    message = started(**changed)
    assert re.match(
        rf"django.core.exceptions.ImproperlyConfigured: .*{variable}.*\b(Add|Use|Set|Put|Remove|Turn)\b", message
    )
    assert "password" not in message


@pytest.mark.asvs("3.3.1", "3.3.2", "3.3.3", "3.3.4", "3.4.1")
def test_cookies_and_hsts_over_https():
    """The prefix of cookies is only accepted over https, so it is absent without; subdomains are a setting."""
    code = (
        "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.COOKIE_PREFIX, s.SESSION_COOKIE_SECURE, "
        "s.SECURE_HSTS_SECONDS > 31_000_000, s.SECURE_HSTS_INCLUDE_SUBDOMAINS, s.SECURE_HSTS_PRELOAD)"
    )
    plain = {"SITE_URL": "http://127.0.0.1:8000"}
    assert [started(code), started(code, HSTS_SUBDOMAINS="1", HSTS_PRELOAD="1"), started(code, **plain)] == [
        "__Host-sessionid __Host-csrftoken __Host- True True False False",
        "__Host-sessionid __Host-csrftoken __Host- True True True True",
        "sessionid csrftoken  False False False False",
    ]


@pytest.mark.parametrize(
    "path", ["/", "/accounts/login/", "/static/onboarding/onboarding.css", "/static/onboarding/icon.svg"]
)
@pytest.mark.asvs("3.4.3", "3.4.4", "3.4.5", "3.4.6")
def test_pages_and_static_files_have_the_policy(path, db):
    """A plug-in may load nothing, and a file that is opened by itself may not do more than a page."""
    response = Client().get(path)
    policy = response.headers["Content-Security-Policy"].split("; ")
    assert response.status_code == 200
    assert {"object-src 'none'", "default-src 'none'", "frame-ancestors 'none'"} <= set(policy)


@pytest.mark.parametrize("method", ["get", "head", "post"])
@pytest.mark.asvs("4.1.2", "13.4.5")
def test_a_probe_needs_neither_https_nor_a_host_that_is_allowed(method, settings):
    """Only GET and HEAD are answered. No database is used: this test may not access it."""
    settings.SECURE_SSL_REDIRECT, settings.ALLOWED_HOSTS = True, ["onboarding.example"]
    response = getattr(Client(), method)("/health/live", headers={"host": "10.0.0.7:8000"})
    assert response.status_code == (405 if method == "post" else 200)
    assert Client().get("/", headers={"host": "onboarding.example"}).status_code == 301


@pytest.mark.django_db(transaction=True)
def test_the_stages_of_a_test_are_not_buffered(browser_of, onboarding):
    """nginx sends each line at once if the response says so."""
    response = browser_of.post(url(onboarding), secrets(), headers={"accept": "application/x-ndjson"})
    assert (response.headers["X-Accel-Buffering"], response.headers["Content-Type"]) == ("no", "application/x-ndjson")
    assert b'"go"' in b"".join(response.streaming_content).splitlines()[-1]


@pytest.mark.asvs("13.3.2")
def test_the_key_file_of_the_readme_is_only_readable_by_its_owner(tmp_path):
    """The commands are those that the README prints."""
    deployment = (PROJECT / "README.md").read_text().partition("## Deployment")[2]
    printed = re.findall(r"^ {7}(.+)$", deployment, re.MULTILINE)
    command = "; ".join(line.replace("python", sys.executable, 1) for line in printed)
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT)}
    subprocess.run(["bash", "-c", f"umask 022; {command}"], cwd=tmp_path, env=env, check=True)
    for name in ("keyring", "audit_key"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
        assert (tmp_path / name).read_text()


@pytest.mark.slow
@pytest.mark.skipif(not nginx(), reason="there is no nginx")
def test_the_example_of_nginx_serves_the_site(tmp_path):
    """Uploads of 3 MiB pass, larger ones get the site's own page, cookies have the prefix, and a probe an answer."""
    https, http, port = free_port(), free_port(), free_port()
    env = install(tmp_path, collect=False) | {
        "SITE_URL": f"https://localhost:{https}",
        "BEHIND_PROXY": "1",
        "EMAIL_URL": "smtp://127.0.0.1:1",
    }
    site = Running(server_command(port), tmp_path / "site.log", ports=(port,), env=env, cwd=PROJECT)
    front = proxy(tmp_path, https, http, port)
    with site, front, httpx2.Client(base_url=f"https://localhost:{https}", verify=False, timeout=60) as client:
        page = client.get("/accounts/login/")
        assert set(client.cookies) == {"__Host-csrftoken"}
        assert "max-age=31536000" in page.headers["Strict-Transport-Security"]
        form = {"csrfmiddlewaretoken": re.search(r'csrfmiddlewaretoken" value="(\w+)"', page.text)[1]}
        sent = {
            size: client.post(
                "/accounts/login/",
                data=form,
                files={"file": b"x" * size},
                headers={"Referer": f"https://localhost:{https}/"},
            )
            for size in (3 * 2**20, 5 * 2**20)
        }
        assert [response.status_code for response in sent.values()] == [200, 413]
        assert "The limit is 4 MB" in sent[5 * 2**20].text
        assert httpx2.get(f"http://127.0.0.1:{port}/health/live").text == "alive\n"
        assert httpx2.get(f"http://127.0.0.1:{http}/").headers["Location"] == "https://127.0.0.1/"
    assert "/accounts/" not in (tmp_path / "onboarding.log").read_text()
