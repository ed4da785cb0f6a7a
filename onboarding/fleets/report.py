"""The report for the operator's support, with the commands that repeat the request."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from onboarding.fleets.diagnosis import current_result
from onboarding.fleets.reproduction import ReproductionFiles, reproduce
from onboarding.messages.message import Confidence, Owner
from onboarding.messages.text import gettext as _

LABEL_WIDTH = 22  # characters of the column of labels


def report_json(result: Mapping[str, Any], files: ReproductionFiles | None = None) -> str:
    """Return `Diagnosis.to_dict()`, new or stored, as JSON for people and programs. The commands name `files`."""
    current = current_result(result)
    return json.dumps(current | {"commands": reproduce(current, files)}, indent=2, ensure_ascii=False, sort_keys=False)


def report_text(result: Mapping[str, Any], files: ReproductionFiles | None = None, *, help_url: str = "") -> str:
    """Return `Diagnosis.to_dict()`, new or stored, as plain text for an email. The commands name `files`.

    `help_url` is the address of the page about the verdict, or "". Like the result, the report contains login and
    client ID, but no passphrase, password, Authorization header or key.
    """
    current = current_result(result)
    return "\n".join((*_lines(current, help_url), *_commands(reproduce(current, files)))) + "\n"


def _lines(result: Mapping[str, Any], help_url: str) -> Iterator[str]:
    verdict = result["verdict"]
    yield _("Fleet API test of {moment}").format(moment=result["tested_at"])
    yield ""
    yield verdict["text"]
    yield from (verdict["remedy"],) if verdict["remedy"] else ()
    yield ""
    yield from _rows(
        (_("Verdict"), _summary(verdict)),
        *([(_("Explanation"), help_url)] if help_url else []),
        (_("Address"), result["address"]),
        (_("Login"), result["login"]),
        (_("Client ID"), result["client_id"]),
        (_("Stage reached"), result["stage_reached_label"]),
        (_("HTTP status"), result["status"] or _("none")),
        (_("Began"), result.get("began_at", "")),
        (_("Ended"), result.get("ended_at", "")),
        (_("Duration"), f"{result['duration_ms']} ms"),
    )
    if result["gateway_error"]:
        yield from _block(_("The gateway’s error"), *result["gateway_error"].items())
    yield from _block(_("Rate limits"), *result["rate_limits"].items())
    yield from _block(_("Stages"), *((stage["label"], _describe_stage(stage)) for stage in result["stages"]))
    yield from _list(_("Observations"), [observation["text"] for observation in verdict["observations"]])
    experiments = [f"{experiment['text']} ({experiment['milliseconds']} ms)" for experiment in result["experiments"]]
    yield from _list(_("Control experiments"), experiments)
    yield from _list(_("Remarks"), [remark["text"] for remark in result["remarks"]])
    yield from _details(result["details"])
    yield from _block(_("Made with"), *result["versions"].items())


def _summary(verdict: Mapping[str, Any]) -> str:
    """Return the codes of a verdict, which are the same in every language. The operator's support searches for them."""
    return f"{verdict['code']} ({Confidence(verdict['confidence'])}; next move: {Owner(verdict['owner'])})"


def _describe_stage(stage: Mapping[str, Any]) -> str:
    outcome = _("passed") if stage["ok"] else _("failed")
    began = f"+{stage['offset_ms']:.1f} ms" if "offset_ms" in stage else ""
    return ", ".join(part for part in (began, outcome, f"{stage['milliseconds']:.1f} ms", stage["detail"]) if part)


def _details(details: Mapping[str, Any]) -> Iterator[str]:
    requested = {True: _("yes"), False: _("no"), None: _("not known")}[details["certificate_requested"]]
    offset = details["clock_offset_minutes"]
    yield from _block(
        _("Connection"),
        (_("Connected from"), details.get("local_address", "")),
        (_("Connected to"), details["peer"]),
        (_("Addresses of the name"), ", ".join(details.get("addresses", ()))),
        (_("Proxy"), details.get("proxy", "")),
        (_("Server name (SNI)"), details.get("server_name", "")),
        (_("TLS versions offered"), ", ".join(details.get("offered_versions", ()))),
        (_("TLS"), " ".join(part for part in (details["tls_version"], details["cipher"]) if part)),
        (_("Protocol (ALPN)"), details.get("alpn", "")),
        (_("Alert received"), details["alert"]),
        (_("Alert sent"), details.get("sent_alert", "")),
        (_("Error"), details["error"]),
        (_("Certificate requested"), requested),
        (_("Certificate sent"), _("yes") if details["certificate_sent"] else _("no")),
        (_("Clock offset"), f"{offset} min" if offset else ""),
    )
    yield from _block(_("Headers"), *details["headers"].items())
    yield from _list(_("Authorities that the server named"), details["authorities"])
    yield from _chain(_("Server certificate {number}"), details["server_chain"])
    yield from _chain(_("Client certificate {number}"), details["client_chain"])


def _commands(commands: Mapping[str, str]) -> Iterator[str]:
    """Yield the commands, each as it can be copied."""
    titles = {
        "openssl": _("The connection with OpenSSL, without login and password"),
        "curl": _("The request with cURL, which asks for the password"),
    }
    for name, command in commands.items():
        yield from ("", titles[name], *command.splitlines())


def _chain(title: str, chain: list[dict[str, str]]) -> Iterator[str]:
    for number, certificate in enumerate(chain, 1):
        rows = ((name.replace("_", " "), value) for name, value in certificate.items())
        yield from _block(title.format(number=number), *rows)


def _block(title: str, *rows: tuple[str, Any]) -> Iterator[str]:
    filled = [(label, value) for label, value in rows if value not in ("", None)]
    if filled:
        yield from ("", title)
        yield from _rows(*filled, indent="  ")


def _rows(*rows: tuple[str, Any], indent: str = "") -> Iterator[str]:
    for label, value in rows:
        yield f"{indent}{label:<{LABEL_WIDTH}}{value}"


def _list(title: str, items: list[str]) -> Iterator[str]:
    if items:
        yield from ("", title)
        yield from (f"  - {item}" for item in items)
