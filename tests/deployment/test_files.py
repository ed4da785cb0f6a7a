"""The files for operators work as printed: units, container, compose, nginx, dashboard and alerts."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands

from onboarding.views.metrics import HELP
from tests.browser.processes import PROJECT, run

UNITS = sorted((PROJECT / "docs/systemd").glob("*.service"))

EXPOSURE = 2.0  # of systemd-analyze: 10 is a service without any protection
OWN_METRICS = {f"onboarding_{name}" for name in HELP} | {
    "onboarding_http_request_seconds",
    "onboarding_requests_in_line",
}


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze")
@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_the_units_are_valid_and_closed(unit, tmp_path):
    """systemd knows every line, and its own score of what a service could reach is low."""
    copy = tmp_path / unit.name
    copy.write_text(re.sub(r"(?<=ExecStart=)\S+", shutil.which("true"), unit.read_text()))
    verified = subprocess.run(["systemd-analyze", "verify", copy], capture_output=True, text=True, check=False)
    own = [line for line in verified.stderr.splitlines() if unit.name in line]
    assert (own, verified.returncode) == ([], 0)
    scored = run(["systemd-analyze", "security", "--offline=true", copy]).stdout
    assert float(re.search(r"Overall exposure level for \S+: ([\d.]+)", scored)[1]) <= EXPOSURE


def commands_in_files():
    """Return every command of manage.py that the files for operators name."""
    files = [*UNITS, PROJECT / "compose.yaml", PROJECT / "Containerfile", PROJECT / "docs/operating.md"]
    return {name for file in files for name in re.findall(r'manage\.py(?:", "| )([a-z_]+)(?![\w.])', file.read_text())}


def test_every_command_in_the_files_exists():
    """A command that was renamed would only be noticed at the next deployment."""
    assert commands_in_files() - set(get_commands()) == set()


def image(folder):
    """Copy into `folder` what the Containerfile copies; return its lines after the last FROM."""
    lines = (PROJECT / "Containerfile").read_text().rpartition("\nFROM ")[2].splitlines()
    for line in lines:
        if line.startswith("COPY ") and "--from" not in line:
            *sources, target = shlex.split(line)[1:]
            for source in sources:
                to = folder / target / source if target == "./" else folder / target
                copy = shutil.copytree if (PROJECT / source).is_dir() else shutil.copy
                copy(PROJECT / source, to)
    return lines


def test_the_image_has_all_that_the_site_needs(tmp_path):
    """The commands of the Containerfile succeed over the files that it copies, with the packages that are installed."""
    lines = image(tmp_path)
    commands = [line.removeprefix("RUN ") for line in lines if line.startswith("RUN ")]
    env = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(tmp_path)}
    for command in commands:
        run(["sh", "-c", command], cwd=tmp_path, env=env)
    assert len(list((tmp_path / "onboarding/locale").glob("*/LC_MESSAGES/django.mo"))) == 6
    assert (tmp_path / "var/static/staticfiles.json").is_file()
    (start,) = [json.loads(line.removeprefix("CMD ")) for line in lines if line.startswith("CMD ")]
    env |= {"SECRET_KEY": "x", "KEYRING_FILE": "none", "AUDIT_KEY_FILE": "none"}
    run([sys.executable, "-m", *start, "--check-config"], cwd=tmp_path, env=env)
    names = {"SITE_URL", "SECRET_KEY"} & set((PROJECT / "Containerfile").read_text().split())
    assert names == set()  # a secret in ENV or ARG would be in every layer


def test_nothing_else_gets_into_the_image():
    """The list of what stays out is the same for both tools, and names exactly what the Containerfile copies."""
    ignored = (PROJECT / ".containerignore").read_text()
    assert ignored == (PROJECT / ".dockerignore").read_text()
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", (PROJECT / "Containerfile").read_text(), re.MULTILINE)
    wanted = {name for line in copied for name in line.split()}
    assert {line[1:] for line in ignored.splitlines() if line.startswith("!")} == wanted


def test_the_services_of_compose_fit_together():
    """What a service names exists: its secrets, volumes, files and the services before it. Nothing runs as root."""
    compose = yaml.safe_load((PROJECT / "compose.yaml").read_text())
    services = compose["services"]
    assert set(services) == {"database", "migrate", "web", "worker", "nginx"}
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)
        assert set(service.get("secrets", [])) <= set(compose["secrets"])
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            prepared = source.startswith("./deployment/")  # the operator makes these
            assert prepared or source in compose["volumes"] or (PROJECT / source).is_file(), volume
        assert "build" not in service or (PROJECT / service["build"]["dockerfile"]).is_file()
    for name in ("migrate", "web", "worker"):
        assert (services[name]["read_only"], services[name]["cap_drop"]) == (True, ["ALL"])
    assert [name for name, service in services.items() if "ports" in service] == ["web"]


@pytest.mark.parametrize("name", ["alerts.yaml", "dashboard.json"])
def test_every_metric_that_is_watched_exists(name):
    """A metric or a status that was renamed would leave an alert silent."""
    text = (PROJECT / "docs/monitoring" / name).read_text()
    assert yaml.safe_load(text)  # JSON is YAML as well
    used = {re.sub(r"_(bucket|count|sum)$", "", found) for found in re.findall(r"\bonboarding_[a-z_]+", text)}
    assert used - OWN_METRICS == set()
    assert used


def test_every_alert_is_explained():
    """docs/operating.md says what each alert means."""
    groups = yaml.safe_load((PROJECT / "docs/monitoring/alerts.yaml").read_text())["groups"]
    alerts = {rule["alert"] for group in groups for rule in group["rules"]}
    text = (PROJECT / "docs/operating.md").read_text()
    assert {alert for alert in alerts if f"`{alert}`" not in text} == set()
