"""From a reply to what it means: the straight line of checks that ends in one verdict."""

import re
from dataclasses import dataclass
from datetime import datetime

from onboarding.fleets.answer import Collection, OperatorError, clock_off, rate_limits, read_error, read_fleets
from onboarding.fleets.catalogue import Confidence
from onboarding.fleets.failures import demanded
from onboarding.fleets.preparation import missing_issuer
from onboarding.fleets.request import Credentials, Endpoint, Reply
from onboarding.fleets.verdicts import Verdict
from onboarding.fleets.wire import Wire

CLOCK_TOLERANCE = 5  # minutes
BY_STATUS = {400: "bad_request", 403: "forbidden", 404: "not_found", 406: "not_acceptable", 429: "rate_limited"}
MISSES_CERTIFICATE = ("no required ssl certificate", "no client certificate", "client certificate required")
REFUSES_CERTIFICATE = ("ssl certificate error", "certificate verify failed", "invalid client certificate")
LOCKED = re.compile(r"\b(locked|suspended|disabled)\b")
SPEAKS_OF_TIME = ("timestamp", "clock", "expired", "not yet valid", "too old", "in the future")


@dataclass(frozen=True)
class Reading:
    """A reply, read: the verdict, what was said where it refused, the fleets where it did not, and its clock.

    `clock_off` is how many minutes the gateway's clock is ahead.
    """

    verdict: Verdict
    operator: OperatorError | None = None
    collection: Collection | None = None
    clock_off: int = 0


def of_reply(reply: Reply, endpoint: Endpoint, credentials: Credentials, wire: Wire, now: datetime) -> Reading:
    """What a reply means. `now` is in UTC."""
    off = clock_off(reply, now)
    about: dict[str, str | int] = {
        "host": endpoint.host,
        "port": endpoint.port,
        "login": credentials.login,
        "status": reply.status,
        "minutes": abs(off),
        "alert": wire.log.alert,
    }
    if reply.cut:
        return Reading(Verdict("answer_too_large", about), clock_off=off)
    collection = read_fleets(reply) if reply.status == 200 else None
    if collection is not None:
        code = "connected" if collection.fleets or collection.total else "no_fleets"
        return Reading(Verdict(code, about), collection=collection, clock_off=off)
    said = read_error(reply)
    return Reading(_of_refusal(reply, said, about, credentials, wire, now), said, clock_off=off)


def _of_refusal(
    reply: Reply, said: OperatorError, about: dict[str, str | int], credentials: Credentials, wire: Wire, now: datetime
) -> Verdict:
    if reply.status == 200:
        return Verdict("not_the_gateway" if said.dialect == "html" else "answer_unreadable", about)
    if reply.status in {301, 302, 303, 307, 308}:
        target = reply.headers.get("location", "") or "none that it names"
        return Verdict("redirected", about | {"target": target})
    if reply.status in {400, 401, 403}:
        return _refusal(reply, said, about, credentials, wire)
    if reply.status == 429:
        seconds = rate_limits(reply, now).get("retry-after", 0)
        about["wait"] = f", and asks to wait {seconds} seconds" if seconds else ""
    if 500 <= reply.status < 600:
        return Verdict("operator_error", about)
    return Verdict(BY_STATUS.get(reply.status, "unexpected_status"), about)


def _refusal(
    reply: Reply, said: OperatorError, about: dict[str, str | int], credentials: Credentials, wire: Wire
) -> Verdict:
    """400, 401 and 403: who is refused, the certificate, the application, the login, or the server's address."""
    words = said.message.casefold()
    if not wire.log.asked_for_certificate:
        return Verdict("client_certificate_not_requested", about)
    if any(one in words for one in (*MISSES_CERTIFICATE, *REFUSES_CERTIFICATE)):
        return _certificate(said, about, credentials, wire)
    if "client id" in words and any(one in words for one in ("invalid", "unknown", "not found")):
        # “Invalid client id or secret” is said of the client ID: this request has no secret of an application.
        return Verdict("client_id_unknown", about, evidence=(f"The gateway said: {said.message}",))
    if "not registered to plan" in words or "not subscribed" in words:
        return Verdict("client_id_not_subscribed", about)
    off = int(about["minutes"]) > CLOCK_TOLERANCE and "password" not in words
    if off and any(one in words for one in SPEAKS_OF_TIME):
        return Verdict("clock_skew", about)
    if reply.status == 401:
        return _unauthorized(about, words, said.dialect)
    if reply.status == 403 and said.dialect == "html":
        return Verdict("blocked_page", about)
    return Verdict(BY_STATUS[reply.status], about)


def _certificate(said: OperatorError, about: dict[str, str | int], credentials: Credentials, wire: Wire) -> Verdict:
    """A gateway that speaks of the certificate in HTTP, as nginx does, instead of in TLS."""
    about |= {"alert": said.message, "issuer": missing_issuer(credentials)}
    if not wire.log.sent_certificate:
        return Verdict(demanded(credentials), about)
    if any(one in said.message.casefold() for one in MISSES_CERTIFICATE):
        return Verdict("client_certificate_missing", about)
    return Verdict("client_chain_incomplete" if about["issuer"] else "client_certificate_refused", about)


def _unauthorized(about: dict[str, str | int], words: str, dialect: str) -> Verdict:
    if LOCKED.search(words):
        return Verdict("account_locked", about)
    if "password" in words and ("expired" in words or "changed" in words):
        return Verdict("password_expired", about)
    if "password" in words and "client" not in words:
        # Stock pages of web servers speak of bad passwords whatever the cause.
        return Verdict("password_rejected", about, sure=Confidence.PROBABLE if dialect in {"html", "text"} else None)
    if "credential" in words and "client" not in words:
        return Verdict("password_rejected", about, sure=Confidence.PROBABLE)
    return Verdict("unauthorized", about)
