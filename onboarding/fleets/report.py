"""The report for the operator's support, and the request as a cURL command."""

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from onboarding.fleets.connecting.request import ACCEPT
from onboarding.fleets.diagnosis import current_result
from onboarding.messages.message import Confidence, Owner
from onboarding.messages.text import gettext as _


def curl_command(
    *, base_url: str, client_id: str, login: str, key_file: str, certificate_file: str, ca_file: str
) -> str:
    """Return a command over several lines. cURL asks for the password of `login` and for the key's passphrase."""
    parts = [
        "curl --get",
        f"  --url {shlex.quote(base_url.rstrip('/') + '/fleets')}",
        f"  --data-urlencode {shlex.quote('client_id=' + client_id)}",
        f"  --header {shlex.quote('Accept: ' + ACCEPT)}",
        f"  --user {shlex.quote(login)}",
        f"  --cert {shlex.quote('./' + certificate_file)}",
        f"  --key {shlex.quote('./' + key_file)}",
        f"  --cacert {shlex.quote('./' + ca_file)}",
    ]
    return " \\\n".join(parts)


LABEL_WIDTH = 22  # characters of the column of labels


def report_json(result: Mapping[str, Any]) -> str:
    """Return `Diagnosis.to_dict()`, new or stored, as JSON for people and programs."""
    return json.dumps(current_result(result), indent=2, ensure_ascii=False, sort_keys=False)


def report_text(result: Mapping[str, Any]) -> str:
    """Return `Diagnosis.to_dict()`, new or stored, as plain text for an email.

    Like the result it contains login and client ID, but no passphrase, password, Authorization header or key.
    """
    return "\n".join(_lines(current_result(result))) + "\n"


def _lines(result: Mapping[str, Any]) -> Iterator[str]:
    verdict = result["verdict"]
    yield _("Fleet API test of {moment}").format(moment=result["tested_at"])
    yield ""
    yield verdict["text"]
    yield from (verdict["remedy"],) if verdict["remedy"] else ()
    yield ""
    yield from _rows(
        (_("Verdict"), _summary(verdict)),
        (_("Address"), result["address"]),
        (_("Login"), result["login"]),
        (_("Client ID"), result["client_id"]),
        (_("Stage reached"), result["stage_reached_label"]),
        (_("HTTP status"), result["status"] or _("none")),
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
    return ", ".join(part for part in (outcome, f"{stage['milliseconds']:.1f} ms", stage["detail"]) if part)


def _details(details: Mapping[str, Any]) -> Iterator[str]:
    requested = {True: _("yes"), False: _("no"), None: _("not known")}[details["certificate_requested"]]
    offset = details["clock_offset_minutes"]
    yield from _block(
        _("Connection"),
        (_("Connected to"), details["peer"]),
        (_("TLS"), " ".join(part for part in (details["tls_version"], details["cipher"]) if part)),
        (_("Alert"), details["alert"]),
        (_("Error"), details["error"]),
        (_("Certificate requested"), requested),
        (_("Certificate sent"), _("yes") if details["certificate_sent"] else _("no")),
        (_("Clock offset"), f"{offset} min" if offset else ""),
    )
    yield from _block(_("Headers"), *details["headers"].items())
    yield from _list(_("Authorities that the server named"), details["authorities"])
    yield from _chain(_("Server certificate {number}"), details["server_chain"])
    yield from _chain(_("Client certificate {number}"), details["client_chain"])


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
