"""The report for the operator's support, and the request as a cURL command."""

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from onboarding.fleets.connecting.request import ACCEPT


def curl_command(
    *, base_url: str, client_id: str, login: str, key_file: str, certificate_file: str, ca_file: str
) -> str:
    """A command over several lines; cURL asks for the password of `login` and for the key's passphrase by itself."""
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


WIDTH = 22  # of the column of names


def report_json(result: Mapping[str, Any]) -> str:
    """`Examination.to_dict()`, or what was stored of it, as JSON for people and programs."""
    return json.dumps(result, indent=2, ensure_ascii=False, sort_keys=False)


def report_text(result: Mapping[str, Any]) -> str:
    """`Examination.to_dict()`, or what was stored of it, as plain text to mail.

    Like the result it holds no passphrase, password, Authorization header or key; login and client ID are in it.
    """
    return "\n".join(_lines(result)) + "\n"


def _lines(result: Mapping[str, Any]) -> Iterator[str]:
    verdict = result["verdict"]
    yield f"Fleet API test of {result['examined_at']}"
    yield ""
    yield verdict["text"]
    yield from (verdict["action"],) if verdict["action"] else ()
    yield ""
    yield from _rows(
        ("Verdict", f"{verdict['code']} ({verdict['confidence']}; next move: {verdict['owner']})"),
        ("Address", result["address"]),
        ("Login", result["login"]),
        ("Client ID", result["client_id"]),
        ("Stage reached", result["stage_reached"]),
        ("HTTP status", result["status"] or "none"),
        ("Duration", f"{result['duration_ms']} ms"),
    )
    if result["operator"]:
        said = result["operator"]
        yield from _block("What the gateway said", *((name, said[name]) for name in said if said[name]))
    yield from _block("Rate limits", *result["rate_limits"].items())
    stages = ((one["name"], _stage(one)) for one in result["stages"])
    yield from _block("Stages", *stages)
    yield from _list("Evidence", verdict["evidence"])
    yield from _list("Control experiments", [f"{one['text']} ({one['milliseconds']} ms)" for one in result["controls"]])
    yield from _list("Noticed besides", [one["text"] for one in result["remarks"]])
    yield from _evidence(result["evidence"])
    yield from _block("Made with", *result["versions"].items())


def _stage(stage: Mapping[str, Any]) -> str:
    parts = ["passed" if stage["ok"] else "failed", f"{stage['milliseconds']:.1f} ms"]
    return ", ".join([*parts, *([stage["detail"]] if stage["detail"] else [])])


def _evidence(evidence: Mapping[str, Any]) -> Iterator[str]:
    asked = {True: "yes", False: "no", None: "not known"}[evidence["asked_for_certificate"]]
    rows = (
        ("Connected to", evidence["peer"]),
        ("TLS", " ".join(part for part in (evidence["tls_version"], evidence["cipher"]) if part)),
        ("Alert", evidence["alert"]),
        ("Error", evidence["error"]),
        ("Certificate asked for", asked),
        ("Certificate sent", "yes" if evidence["certificate_sent"] else "no"),
        ("Clock off by", f"{evidence['clock_off_minutes']} min" if evidence["clock_off_minutes"] else ""),
    )
    yield from _block("Connection", *rows)
    yield from _block("Headers", *evidence["headers"].items())
    yield from _list("Authorities that the server named", evidence["authorities"])
    for title, chain in (("Server", evidence["server_chain"]), ("Client", evidence["client_chain"])):
        for number, link in enumerate(chain, 1):
            yield from _block(
                f"{title} certificate {number}",
                *((name.replace("_", " "), link[name]) for name in link),
            )


def _block(title: str, *rows: tuple[str, Any]) -> Iterator[str]:
    filled = [(name, value) for name, value in rows if value not in ("", None)]
    if filled:
        yield from ("", title)
        yield from _rows(*filled, indent="  ")


def _rows(*rows: tuple[str, Any], indent: str = "") -> Iterator[str]:
    for name, value in rows:
        yield f"{indent}{name:<{WIDTH}}{value}"


def _list(title: str, items: list[str]) -> Iterator[str]:
    if items:
        yield from ("", title)
        yield from (f"  - {one}" for one in items)
