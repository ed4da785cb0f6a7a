"""The products that answer requests: gateways, firewalls in front of them, web servers, and filters on the way.

`docs/gateways.md` lists the same rows for people; a test compares the two.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from onboarding.fleets.classifying.error_bodies import ErrorBody
from onboarding.fleets.connecting.request import Response

DOCS_IBM = "IBM documentation, “API gateway response codes”; error bodies in public client code"
DOCS_WAFW00F = "signatures of the open-source program wafw00f"


class Kind(StrEnum):
    """Where a product stands."""

    GATEWAY = "gateway"  # the product that publishes the API
    EDGE = "edge"  # a firewall or network in front of the gateway, run by the operator
    SERVER = "server"  # a web server or load balancer, on either side
    FILTER = "filter"  # a proxy, filter or portal in the network of the client


class Source(StrEnum):
    """How a row was established."""

    RUN = "run"  # the product itself was run
    DOCUMENTED = "documented"  # by its maker's documentation or source
    SEEN = "seen"  # in public code or reports that quote its responses
    GUESS = "guess"


@dataclass(frozen=True)
class Signature:
    """How a product is recognized: a header whose value matches, or a body whose case-folded markup or words match.

    `headers` are alternatives, "name: pattern". `body` is one pattern.
    """

    name: str
    kind: Kind
    source: Source
    reference: str
    headers: tuple[str, ...] = ()
    body: str = ""


def _filter(name: str, source: Source, reference: str, *headers: str, body: str = "") -> Signature:
    return Signature(name, Kind.FILTER, source, reference, headers, body)


SIGNATURES: tuple[Signature, ...] = (
    # Filters stand first: what they answer is about the client's network, whatever else the response has.
    _filter("Squid", Source.RUN, "Squid 5.7", "x-squid-error: .", body=r"generated .{0,80}\(squid|squid-cache\.org"),
    _filter("Zscaler", Source.SEEN, DOCS_WAFW00F, "server: zscaler", r"location: ://[^/?]*\.?(?:zscaler|zscloud)",
            body=r"internet security by zscaler|zscaler to protect you|zscloud\.net/|zscaler\.(?:net|com)/"),
    _filter("Symantec Blue Coat ProxySG", Source.SEEN, "public reports of its exception pages", "via: bluecoat",
            body=r"blue ?coat|because of its content categorization|network error \((?:dns|tcp|ssl)"
                 r"|content filter denied"),
    _filter("Fortinet FortiGate", Source.SEEN, DOCS_WAFW00F, "server: fortigate",
            body=r"fortiguard|fortigate|globalurl\.fortinet\.net|web filter violation"),
    _filter("Palo Alto Networks firewall", Source.SEEN, "screenshots in public documents",
            body=r"web ?page (?:is |was )?(?:blocked|you (?:are|were) trying to visit).{0,80}company policy"
                 r"|has been blocked in accordance with company policy"),
    _filter("McAfee or Skyhigh Web Gateway", Source.SEEN, "public reports of its block pages",
            r"via: mcafee web gateway|skyhigh", body=r"mcafee web gateway|skyhigh secure web gateway"),
    _filter("Cisco Umbrella", Source.SEEN, "public reports", r"server: (?:cisco )?umbrella",
            body=r"cisco umbrella|opendns\.com/|block\.opendns"),
    _filter("Cisco Secure Web Appliance", Source.GUESS, "", r"via: cisco-wsa|ironport",
            body=r"your organization.{1,3}s access policies|notification: (?:policy|wbrs|adult)"),
    _filter("Sophos", Source.GUESS, "", "server: sophos", body=r"sophos"),
    _filter("Netskope", Source.GUESS, "", "server: netskope", body=r"netskope"),
    _filter("Forcepoint (Websense)", Source.GUESS, "", "server: websense|forcepoint", body=r"websense|forcepoint"),
    _filter("Barracuda", Source.SEEN, DOCS_WAFW00F, "server: barracuda", body=r"barracuda web (?:filter|security)"),
    _filter("SonicWall", Source.SEEN, DOCS_WAFW00F, "server: sonicwall",
            body=r"sonicwall|web site blocked by .{0,40}content filter"),
    _filter("WatchGuard", Source.SEEN, DOCS_WAFW00F, "server: watchguard", body=r"request denied by watchguard"),
    _filter("Check Point", Source.GUESS, "", "server: check ?point", body=r"check ?point user ?check|usercheck/portal"),
    _filter("Microsoft Forefront TMG", Source.SEEN, "error messages quoted in public code", "via: .*tmg",
            body=r"forefront tmg|isa server"),
    _filter("mitmproxy", Source.DOCUMENTED, "source of mitmproxy", "server: mitmproxy",
            body=r"<title>.{0,30}mitmproxy"),
    _filter("a captive portal", Source.DOCUMENTED, "RFC 6585, 6, and RFC 8952",
            r"location: (?:captive|hotspot|guest-?wifi|wlan-?login)",
            body=r"captive.?portal|guest wi-?fi|hotspot login|accept the terms to use this network"),
    # Gateways
    Signature("IBM API Connect (DataPower)", Kind.GATEWAY, Source.DOCUMENTED, DOCS_IBM,
              ("x-backside-transport: .", "x-global-transaction-id: ."),
              r'"httpcode"\s*:|<faultstring>(?:internal error|rejected) \(from (?:client|server)\)|rejected by policy'),
    Signature("Apigee", Kind.GATEWAY, Source.DOCUMENTED, "Apigee documentation, “Fault codes”",
              ("x-apigee-fault-code: .", "x-apigee-message-id: ."),
              r'"errorcode"\s*:\s*"(?:steps\.|oauth\.|keymanagement|policies|messaging|protocol|accesscontrol|accessentity)'),
    Signature("Kong", Kind.GATEWAY, Source.DOCUMENTED, "source of Kong",
              ("server: kong", "via: kong", "x-kong-response-latency: .", "x-kong-request-id: ."),
              r"no route matched with those values"),
    Signature("WSO2 API Manager", Kind.GATEWAY, Source.DOCUMENTED, "WSO2 documentation, “Error handling”",
              ("www-authenticate: wso2", "server: wso2"), r"wso2|\"?code\"?\s*[:>]\s*\"?900[489]\d\d"),
    Signature("Azure API Management", Kind.GATEWAY, Source.DOCUMENTED, "Microsoft documentation, KB 4464930",
              ("www-authenticate: azureapimanagementkey",),
              r'"statuscode"\s*:\s*\d{3}\s*,\s*"message"\s*:\s*"(?:access denied due to|rate limit is exceeded'
              r"|out of call volume|resource not found)"),
    Signature("AWS API Gateway", Kind.GATEWAY, Source.DOCUMENTED, "AWS documentation, “Gateway response types”",
              ("x-amz-apigw-id: .", "x-amzn-errortype: ."), r'^\{"message":"missing authentication token"\}'),
    # In front of gateways
    Signature("Akamai", Kind.EDGE, Source.SEEN, "responses quoted in public code",
              ("server: akamai", "x-akamai-request-id: ."),
              r"errors(?:\.|&#46;)edgesuite(?:\.|&#46;)net|reference&#32;&#35;"),
    Signature("Cloudflare", Kind.EDGE, Source.DOCUMENTED, "Cloudflare documentation, “1xxx errors”",
              ("server: cloudflare", "cf-ray: ."), r"cloudflare|^error code: (?:1|5)\d\d"),
    Signature("AWS CloudFront", Kind.EDGE, Source.SEEN, "responses quoted in public code",
              ("server: cloudfront", "x-amz-cf-id: ."), r"generated by cloudfront"),
    Signature("F5 BIG-IP", Kind.EDGE, Source.SEEN, "responses quoted in documentation of F5’s users",
              ("server: big-?ip", "x-waf-status: .", "set-cookie: bigipserver"),
              r"the requested url was rejected\. please consult with your administrator"),
    Signature("Imperva Incapsula", Kind.EDGE, Source.SEEN, DOCS_WAFW00F, ("x-iinfo: .", "x-cdn: (?:imperva|incapsula)"),
              r"incapsula incident id"),
    Signature("ModSecurity", Kind.EDGE, Source.SEEN, DOCS_WAFW00F, ("server: .*mod_security",),
              r"generated by mod_security|not acceptable! an appropriate representation"),
    # Web servers and load balancers
    Signature("Envoy", Kind.SERVER, Source.SEEN, "responses quoted in Istio’s documentation",
              ("server: envoy|istio-envoy", "x-envoy-upstream-service-time: ."),
              r"^upstream connect error or disconnect/reset before headers|^rbac: access denied|^no healthy upstream"),
    Signature("HAProxy", Kind.SERVER, Source.RUN, "HAProxy 2.6.12", (),
              r"^<html><body><h1>\d{3} [a-z -]+</h1>\s"),
    Signature("nginx", Kind.SERVER, Source.RUN, "nginx 1.22.1", ("server: nginx|openresty",),
              r"<center>(?:nginx|openresty)"),
    Signature("Apache httpd", Kind.SERVER, Source.RUN, "Apache httpd 2.4.71", ("server: apache(?!-coyote)",),
              r"<address>apache|additionally, a \d{3} .{0,40}error was encountered while"),
    Signature("Apache Tomcat", Kind.SERVER, Source.SEEN, "responses quoted in public code", ("server: apache-coyote",),
              r"http status \d{3} [–-]"),
    Signature("Microsoft IIS", Kind.SERVER, Source.DOCUMENTED, "Microsoft documentation, “HTTP status code in IIS”",
              ("server: microsoft-(?:iis|httpapi)",), r"403\.(?:7|12|13|16|17) - "),
)  # fmt: skip


@dataclass(frozen=True)
class _Compiled:
    signature: Signature
    headers: tuple[tuple[str, re.Pattern[str]], ...]
    body: re.Pattern[str] | None


def _compile(signature: Signature) -> _Compiled:
    pairs = (header.partition(": ") for header in signature.headers)
    headers = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, _, pattern in pairs)
    return _Compiled(signature, headers, re.compile(signature.body) if signature.body else None)


COMPILED_SIGNATURES = tuple(map(_compile, SIGNATURES))
# Block pages forbid a request without the name of a product.
BLOCK_PAGE = re.compile(
    r"attention required|just a moment|access denied|request (?:rejected|blocked|unsuccessful)|you have been blocked"
    r"|error code: 10\d\d|acces (?:refuse|interdit)|zugriff verweigert|acceso denegado|accesso negato"
)
PORTAL_STATUSES = {407, 511}


def recognize(response: Response, body: ErrorBody) -> Signature | None:
    """Return the product that the response comes from; None if it is not known. Filters precede other products."""
    return next((compiled.signature for compiled in COMPILED_SIGNATURES if _matches(compiled, response, body)), None)


def _matches(compiled: _Compiled, response: Response, body: ErrorBody) -> bool:
    """Return whether a header or the body matches.

    A filter answers with a page for people, or says so in a header of its own. Data with its name in it comes from
    somebody else, and Via only says that the response passed through it.
    """
    is_filter = compiled.signature.kind == Kind.FILTER
    for name, pattern in compiled.headers:
        is_page = body.error.dialect == "html"
        if (is_page or not is_filter or name != "via") and pattern.search(response.headers.get(name, "")[:1000]):
            return True
    if compiled.body is None or (is_filter and body.is_data):
        return False
    return _occurs(compiled.body, body)


def _occurs(pattern: re.Pattern[str], body: ErrorBody) -> bool:
    return pattern.search(body.markup) is not None or pattern.search(body.words) is not None


def is_block_page(body: ErrorBody) -> bool:
    """Return whether the words are those of a firewall's page."""
    return BLOCK_PAGE.search(body.words) is not None
