"""The verdict on a response, which contains the fleets or an error.

The words of a response decide before its status, and a code in its body before the status line. A status alone is
never certain, because a device on the way or a wrong host can send it, too.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from onboarding.fleets.classifying.client_chain import certificate_verdict
from onboarding.fleets.classifying.error_bodies import ErrorBody, GatewayError, fold, read_body
from onboarding.fleets.classifying.failures import (
    missing_certificate_code,
    named_interceptor,
    withheld,
)
from onboarding.fleets.classifying.fleet_pages import FleetPage, Mismatch, read_fleets
from onboarding.fleets.classifying.layers import (
    PORTAL_STATUSES,
    Kind,
    Signature,
    Source,
    is_block_page,
    recognize,
)
from onboarding.fleets.classifying.phrases import NamedCause, mentions_clock, named_cause
from onboarding.fleets.classifying.protocols import HTTP_AT_TLS_PORT
from onboarding.fleets.classifying.response_headers import challenges, clock_offset, wait_seconds
from onboarding.fleets.connecting.connection import Connection
from onboarding.fleets.connecting.request import Credentials, Endpoint, Response
from onboarding.messages.message import Confidence
from onboarding.messages.verdict import Observation, Verdict

# The codes of verdicts by which a test is a success.
SUCCESS_CODES = {"connected", "no_fleets"}
CLOCK_TOLERANCE = 5  # minutes
REDIRECTS = {301, 302, 303, 307, 308}
BY_STATUS = {
    400: "bad_request", 401: "unauthorized", 402: "client_id_not_subscribed", 403: "forbidden", 404: "not_found",
    406: "not_acceptable", 410: "not_found", 421: "not_found", 429: "rate_limited", 495: "client_certificate_refused",
    496: "client_certificate_missing", 497: "bad_request",
}  # fmt: skip
# These causes are about the certificate; `client_chain.certificate_verdict` compares them with the client's chain.
CERTIFICATE_CODES = {
    "client_certificate_revoked", "client_certificate_expired", "client_certificate_unknown_ca",
    "client_certificate_missing", "client_certificate_refused",
}  # fmt: skip
# What these verdicts say does not depend on login and password, and explains why no certificate was requested.
NOT_THE_GATEWAY = {"network_filter", "network_login", "proxy_intercepts", "redirected", "not_the_gateway"}
LIMITS_NAMED = {"rate_limited", "quota_exceeded", "out_of_service"}
WAITING = LIMITS_NAMED | {"account_locked"}
BASIC = "basic"
# Schemes by which gateways ask for a client ID: Kong, MuleSoft, Azure API Management.
KEY_SCHEMES = {"key", "client-id-enforcement", "azureapimanagementkey"}


@dataclass(frozen=True)
class ClassifiedResponse:
    """A classified response: its verdict, and the gateway's error or the fleets.

    `clock_offset` is how many minutes the gateway's clock is ahead.
    """

    verdict: Verdict
    gateway_error: GatewayError | None = None
    page: FleetPage | None = None
    clock_offset: int = 0


def classify_response(
    response: Response, endpoint: Endpoint, credentials: Credentials, connection: Connection, now: datetime
) -> ClassifiedResponse:
    """Read a response, and return its verdict with the gateway's error or the fleets. `now` is in UTC."""
    return _Classification(response, endpoint, credentials, connection, now).result()


class _Classification:
    """The classification of one response, and everything that it depends on."""

    def __init__(
        self, response: Response, endpoint: Endpoint, credentials: Credentials, connection: Connection, now: datetime
    ) -> None:
        self.response, self.credentials, self.now = response, credentials, now
        self.connection, self.handshake = connection, connection.handshake
        self.offset = clock_offset(response, now)
        self.params: dict[str, str | int] = {
            "host": endpoint.host,
            "port": endpoint.port,
            "login": credentials.login,
            "status": response.status,
            "minutes": abs(self.offset),
            "alert": self.handshake.alert,
        }

    @cached_property
    def body(self) -> ErrorBody:
        """The error in the body. It is read only if the body is no list of fleets."""
        return read_body(self.response)

    @cached_property
    def layer(self) -> Signature | None:
        """The product that the response comes from, if it is known."""
        return recognize(self.response, self.body)

    @cached_property
    def cause(self) -> NamedCause | None:
        """The cause that the words of the response name, if they name one."""
        return named_cause(self.body.words)

    def result(self) -> ClassifiedResponse:
        """Return the verdict with what was read."""
        if self.response.is_cut:
            return ClassifiedResponse(Verdict("answer_too_large", self.params), clock_offset=self.offset)
        page = read_fleets(self.response) if self.response.status == 200 else None
        if isinstance(page, FleetPage):
            verdict = self._success(page)
            proven = page if verdict.code in SUCCESS_CODES else None
            return ClassifiedResponse(verdict, page=proven, clock_offset=self.offset)
        verdict = self._on_the_way() or (self._mismatch(page) if page else self._error())
        if self.connection.basic_withheld and verdict.code not in NOT_THE_GATEWAY:
            verdict = withheld(self.connection, self.params)
        observations = (*verdict.observations, *self._observations(verdict))
        return ClassifiedResponse(
            replace(verdict, observations=observations), self.body.error, clock_offset=self.offset
        )

    def _success(self, page: FleetPage) -> Verdict:
        """Return the verdict on a list of fleets. It is a success only over a connection that used the certificate."""
        schema = Observation("fleets_schema")
        if self.connection.basic_withheld:
            verdict = withheld(self.connection, self.params)
            return replace(verdict, observations=(schema, *verdict.observations, *self._interceptor()))
        if not self.handshake.requested_certificate:
            observations = (schema, Observation("certificate_not_requested"), *self._interceptor())
            return Verdict("fleets_without_certificate", self.params, observations=observations)
        if not self.handshake.sent_certificate:
            return Verdict("fleets_without_certificate", self.params, "not_sent", observations=(schema,))
        observations = (schema, Observation("server_requested_certificate"), Observation("certificate_sent"))
        return Verdict("connected" if page.total else "no_fleets", self.params, observations=observations)

    def _interceptor(self) -> tuple[Observation, ...]:
        interceptor = named_interceptor(self.handshake.chain)
        return (Observation("interceptor_trusted", {"issuer": interceptor}),) if interceptor else ()

    def _on_the_way(self) -> Verdict | None:
        """Return the verdict on a response that does not come from the gateway, but from a device on the way."""
        if self.layer and self.layer.kind == Kind.FILTER:
            is_portal = self.response.status in PORTAL_STATUSES or "captive portal" in self.layer.name
            params = self.params | {"layer": self.layer.name}
            return Verdict("network_login" if is_portal else "network_filter", params)
        if self._status in PORTAL_STATUSES:
            return Verdict("network_login", self.params)
        observations = self._interceptor()
        if observations:
            params = {**self.params, **observations[0].params}
            return Verdict("proxy_intercepts", params, "trusted", observations=observations)
        return None

    def _mismatch(self, mismatch: Mismatch) -> Verdict:
        """Return the verdict on a 200 that is not a list of fleets."""
        params = self.params | {
            "names": mismatch.names,
            "encoding": self.response.headers.get("content-encoding", ""),
        }
        if self.cause and self._decides_in_200(self.cause, mismatch):
            return self._named(self.cause)
        if mismatch.variant == "error":
            code = self._code_verdict()
            return code or Verdict("answer_unreadable", params, "error")
        if self.body.error.dialect == "html":
            is_firewall = is_block_page(self.body) or (self.layer is not None and self.layer.kind == Kind.EDGE)
            return self._blocked_page() if is_firewall else Verdict("not_the_gateway", params)
        return Verdict("answer_unreadable", params, mismatch.variant)

    def _decides_in_200(self, cause: NamedCause, mismatch: Mismatch) -> bool:
        """Return whether the words of a 200 decide: those of an error do, but a page for people has many words."""
        if self.body.error.dialect == "html":
            return cause.code == "out_of_service"
        return mismatch.variant in {"error", "xml", "text"}

    @property
    def _status(self) -> int:
        """The status: that of a code in the body, if there is one, because devices replace the status line."""
        code = self.body.error.code
        if (
            self.response.status in REDIRECTS
            or not self.body.is_data
            or not code.isdecimal()
            or len(code) not in {3, 5}
        ):
            return self.response.status
        status = int(code[:3])
        return status if 400 <= status < 600 else self.response.status

    def _code_verdict(self) -> Verdict | None:
        """Return the verdict on a code in the body of a 200; None if there is no such code."""
        if self._status == self.response.status:
            return None
        verdict = self._by_status()
        return None if verdict.code in {"operator_error", "unexpected_status"} else verdict

    def _error(self) -> Verdict:
        if self.response.status in REDIRECTS:
            target = self.response.headers.get("location", "")
            return Verdict("redirected", self.params | {"target": target}, "" if target else "no_target")
        if self.response.status >= 400 and not self.handshake.requested_certificate:
            observation = Observation("certificate_not_requested")
            return Verdict("client_certificate_not_requested", self.params, observations=(observation,))
        if self._status in {495, 496}:
            return self._certificate(BY_STATUS[self._status])
        clock = self._clock_verdict()
        if clock:
            return clock
        if self.cause and self._is_plausible(self.cause):
            return self._named(self.cause)
        return self._by_status()

    def _clock_verdict(self) -> Verdict | None:
        is_off = abs(self.offset) > CLOCK_TOLERANCE and self._status in {400, 401, 403}
        names_other = self.cause is not None and self.cause.code != "other_authentication"
        return (
            Verdict("clock_skew", self.params)
            if is_off and not names_other and mentions_clock(self.body.words)
            else None
        )

    def _is_plausible(self, cause: NamedCause) -> bool:
        """Return whether the gateway, and not a server behind it, names the cause.

        In a 502 or 504, words about certificates are about the connection between two servers of the operator.
        """
        if self._status in {502, 503, 504} or self._status >= 520:
            return cause.code in {*LIMITS_NAMED, "refused_by_policy"}
        return self._status >= 400

    def _named(self, cause: NamedCause) -> Verdict:
        """Return the verdict on the cause that the response names."""
        if cause.code in CERTIFICATE_CODES:
            return self._certificate(cause.code)
        if cause.code in {"client_id_unknown", "password_rejected"} and self._other_schemes:
            return self._other_authentication()
        if cause.code == "client_id_not_received" and not self.credentials.client_id.strip():
            return Verdict("client_id_missing", observations=(Observation("local_check"),))
        is_clear = cause.is_clear and self.body.is_data and self._status < 500
        observation = Observation("gateway_names_cause", {"message": self._quote}) if is_clear and self._quote else None
        return self._with_wait(Verdict(cause.code, self.params, observations=(observation,) if observation else ()))

    def _certificate(self, code: str) -> Verdict:
        """Return the verdict on an error about the certificate in HTTP, as nginx sends it, instead of in TLS."""
        params = self.params | {"alert": self._quote or str(self.response.status)}
        if not self.handshake.sent_certificate:
            return Verdict(missing_certificate_code(self.credentials), params, confidence_override=Confidence.PROBABLE)
        verdict = certificate_verdict(code, params, self.credentials, self.now)
        return replace(verdict, confidence_override=Confidence.PROBABLE)

    def _by_status(self) -> Verdict:
        status = self._status
        if status == 401 and self._other_schemes:
            return self._other_authentication()
        if status in {403, 503} and not self.body.is_data and self._is_firewall(status):
            return self._blocked_page()
        if status == 503 and wait_seconds(self.response, self.body.words, self.now):
            return self._with_wait(Verdict("out_of_service", self.params))
        if status == 429:
            return self._with_wait(Verdict("rate_limited", self.params))
        if status in {495, 496}:
            return self._certificate(BY_STATUS[status])
        if status == 497 or (status == 400 and HTTP_AT_TLS_PORT.search(self.body.words)):
            return Verdict("bad_request", self.params, "unencrypted")
        if 500 <= status < 600:
            return Verdict("operator_error", self.params)
        is_missing_route = "missingauthenticationtoken" in fold(self.response.headers.get("x-amzn-errortype", ""))
        return Verdict("not_found" if is_missing_route else BY_STATUS.get(status, "unexpected_status"), self.params)

    def _is_firewall(self, status: int) -> bool:
        is_edge = self.layer is not None and self.layer.kind == Kind.EDGE
        return (status == 403 and (self.body.error.dialect == "html" or is_edge)) or (
            is_edge and is_block_page(self.body)
        )

    def _blocked_page(self) -> Verdict:
        """Return the verdict on a page that forbids the request; it names the product in front of the gateway."""
        if self.layer and self.layer.kind == Kind.EDGE and self.layer.source != Source.GUESS:
            return Verdict("blocked_page", self.params | {"layer": self.layer.name}, "by_product")
        return Verdict("blocked_page", self.params)

    @property
    def _other_schemes(self) -> tuple[str, ...]:
        """The kinds of authentication that the response asks for, if Basic is not among them."""
        schemes = tuple(scheme for scheme in challenges(self.response) if scheme.lower() not in KEY_SCHEMES)
        return () if BASIC in {scheme.lower() for scheme in schemes} else schemes

    def _other_authentication(self) -> Verdict:
        return Verdict("other_authentication", self.params)

    def _with_wait(self, verdict: Verdict) -> Verdict:
        """Return the verdict with the time to wait, if the response has one, in a unit that people can read."""
        seconds = wait_seconds(self.response, self.body.words, self.now) if verdict.code in WAITING else 0
        if not seconds:
            return verdict
        variant, unit = next((variant, unit) for variant, unit, limit in WAIT_UNITS if seconds <= limit)
        params = self.params | {"seconds": seconds, "count": -(-seconds // unit)}
        return replace(verdict, params=params, variant=variant)

    @property
    def _quote(self) -> str:
        """The message in the response. It is cut only after secrets are removed: half a secret would not be found."""
        return self.body.error.message

    def _observations(self, verdict: Verdict) -> Iterator[Observation]:
        """Yield what was seen in every response that is not a list of fleets."""
        if self._quote and not verdict.has_observation("gateway_names_cause"):
            yield Observation("gateway_message", {"message": self._quote})
        if self.layer:
            variant = "guess" if self.layer.source == Source.GUESS else ""
            yield Observation("layer", {"layer": self.layer.name}, variant)
        if self._status != self.response.status:
            params: dict[str, str | int] = {"status": self.response.status, "code": self.body.error.code}
            yield Observation("code_in_body", params)
        if challenges(self.response):
            yield Observation("challenge", {"scheme": ", ".join(challenges(self.response))})
        if verdict.has_observation("certificate_requested_late"):
            pass
        elif self.handshake.requested_certificate:
            yield Observation("server_requested_certificate")
        elif not verdict.has_observation("certificate_not_requested"):
            yield Observation("certificate_not_requested")
        if self.body.error.uuid:
            yield Observation("reference", {"reference": self.body.error.uuid})


# The variant, its unit in seconds, and the longest wait that is said in this unit.
WAIT_UNITS = (("wait", 1, 120), ("wait_minutes", 60, 7200), ("wait_hours", 3600, 10**9))
