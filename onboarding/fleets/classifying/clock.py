"""Whether this machine's clock is wrong, before a certificate is called expired.

The witnesses are the gateway's Date header, the dates of the gateway's certificate and of the CA certificates, and the
age of this software.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cryptography import x509

from onboarding.fleets.connecting.request import Credentials
from onboarding.messages.message import Confidence
from onboarding.messages.verdict import Observation, Remark, Verdict
from onboarding.pki.validation.chain import display_name

SOFTWARE_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)  # this software did not exist before
TOLERANCE = timedelta(minutes=5)
DAYS_FROM = 2 * 24 * 60  # minutes; a longer difference is told in days
DATED = {"certificate_expired", "certificate_not_yet_valid"}  # verdicts that depend on this machine's clock


def is_valid_at(certificate: x509.Certificate, moment: datetime) -> bool:
    """Return whether `moment` is within the certificate's period of validity."""
    return certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc


def judge_dates(
    failure: Verdict,
    credentials: Credentials,
    host: str,
    now: datetime,
    date: datetime | None,
    server: x509.Certificate | None,
    *,
    is_refused_as_expired: bool,
) -> Verdict:
    """Return the verdict on a partner's certificate that is not valid at `now`, or on this machine's clock.

    `date` is the gateway's time and `server` its certificate; None if they are not known. `is_refused_as_expired`:
    the gateway itself called the partner's certificate expired.
    """
    params: dict[str, str | int] = {"host": host, **failure.params, "now": _minute(now)}
    seen = failure.observations
    if now < SOFTWARE_EPOCH:
        return Verdict("clock_wrong", params, "past", observations=(*seen, Observation("clock_impossible")))
    leaf = credentials.identity.certificates[0] if credentials.identity else None
    if is_refused_as_expired and failure.code == "certificate_expired":
        return replace(failure, observations=(*seen, Observation("clock_agrees", {"host": host}, "expired")))
    if date is None or leaf is None:
        return _judge_without_date(failure, params, credentials, now, server)
    observed = {"host": host, "date": _minute(date)}
    if abs(date - now) <= TOLERANCE:
        contradicts = server is not None and not is_valid_at(server, date)  # then something else may have answered
        return replace(
            failure,
            observations=(*seen, Observation("clock_agrees", observed)),
            confidence_override=Confidence.PROBABLE if contradicts else None,
        )
    if not is_valid_at(leaf, date):
        return replace(failure, observations=(*seen, _compare(failure, leaf, date, observed)))
    params["there"] = _minute(date)
    if server and not is_valid_at(server, date):
        return replace(failure, params=params, variant="unconfirmed", confidence_override=Confidence.PROBABLE)
    return Verdict("clock_wrong", params, observations=seen)


def _compare(failure: Verdict, leaf: x509.Certificate, date: datetime, observed: Mapping[str, str]) -> Observation:
    """Return whether the other clock, which differs, has the certificate on the same side of its validity."""
    is_expired = date > leaf.not_valid_after_utc
    agrees = is_expired == (failure.code == "certificate_expired")
    return Observation("clock_agrees", observed, "both") if agrees else Observation("clock_differs", observed)


def _judge_without_date(
    failure: Verdict,
    params: dict[str, str | int],
    credentials: Credentials,
    now: datetime,
    server: x509.Certificate | None,
) -> Verdict:
    """Return the verdict by the other certificates: it is unlikely that several are out of date at the same time."""
    others = [*([server] if server else []), *(credentials.anchors or ())]
    for other in others:
        if not is_valid_at(other, now):
            return Verdict("clock_wrong", params | {"found": display_name(other.subject)}, "certificates")
    return replace(failure, params=params, variant="unconfirmed", confidence_override=Confidence.PROBABLE)


def judge_server_dates(
    verdict: Verdict, now: datetime, date: datetime | None, server: x509.Certificate | None
) -> Verdict | None:
    """Return the verdict on this machine's clock, if the gateway's time and its certificate contradict it.

    `verdict` says that the gateway's certificate is not valid at `now`.
    """
    if now < SOFTWARE_EPOCH:
        impossible = (Observation("clock_impossible"),)
        return Verdict("clock_wrong", {**verdict.params, "now": _minute(now)}, "past", observations=impossible)
    if date is None:
        return None
    observed = {"host": verdict.params["host"], "date": _minute(date)}
    if abs(date - now) <= TOLERANCE:
        return replace(verdict, observations=(Observation("clock_agrees", observed),))
    if server is None or not is_valid_at(server, date):
        return replace(verdict, observations=(Observation("clock_differs", observed),))
    return Verdict("clock_wrong", {**verdict.params, "now": _minute(now), "there": _minute(date)}, "server")


def clock_remarks(host: str, minutes: int, chain: Sequence[x509.Certificate], now: datetime) -> Iterator[Remark]:
    """Yield the remark on a gateway's clock that is `minutes` ahead of this machine's; negative if behind."""
    if timedelta(minutes=abs(minutes)) <= TOLERANCE:
        return
    params: dict[str, str | int] = {"host": host, "minutes": abs(minutes), "days": abs(minutes) // (24 * 60)}
    there = now + timedelta(minutes=minutes)
    if chain and is_valid_at(chain[0], now) and not is_valid_at(chain[0], there):
        yield Remark("clock_skew", params | {"there": _minute(there)}, "gateway")
    else:
        yield Remark("clock_skew", params, "days" if abs(minutes) >= DAYS_FROM else "")


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
