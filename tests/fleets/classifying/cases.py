"""A case: a response with the verdict that it deserves; and the error formats of some products."""

from dataclasses import dataclass

from onboarding.fleets.diagnosis import Diagnosis, Endpoint, diagnose
from onboarding.rehearsal.faults.gateway import Fault, FaultyGateway
from onboarding.rehearsal.faults.responses import head
from tests.fleets.conftest import QUICK

JSON = {"content-type": "application/json"}
PROBLEM = {"content-type": "application/problem+json"}
XML = {"content-type": "text/xml; charset=utf-8"}
HTML = {"content-type": "text/html; charset=utf-8"}
TEXT = {"content-type": "text/plain"}


@dataclass(frozen=True)
class Case:
    """A response, the code of the verdict that it deserves, and the line that the page must quote ("": none).

    `vague` are codes that would be true and less helpful.
    """

    name: str
    status: int
    headers: dict[str, str]
    body: str | bytes
    code: str
    quote: str = ""
    vague: str = ""

    @property
    def data(self) -> bytes:
        return self.body.encode() if isinstance(self.body, str) else self.body


def nginx_page(title: str, detail: str = "") -> str:
    detail = f"<center>{detail}</center>\r\n" if detail else ""
    return (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n{detail}"
        "<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n"
    )


def apache_page(title: str, text: str) -> str:
    return (
        f'<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n<title>{title}</title>\n</head><body>\n'
        f"<h1>{title.partition(' ')[2]}</h1>\n<p>{text}</p>\n<hr>\n<address>Apache/2.4.62 (Debian) Server</address>\n"
        "</body></html>\n"
    )


def haproxy_page(title: str, text: str) -> str:
    return f"<html><body><h1>{title}</h1>\n{text}\n</body></html>\n"


def apic(status: int, message: str, more: str) -> str:
    return f'{{"httpCode":"{status}","httpMessage":"{message}","moreInformation":"{more}"}}'


def apigee(text: str, code: str) -> str:
    return f'{{"fault":{{"faultstring":"{text}","detail":{{"errorcode":"{code}"}}}}}}'


def soap(text: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/">'
        f"<env:Body><env:Fault><faultcode>env:Client</faultcode><faultstring>{text}</faultstring></env:Fault></env:Body>"
        "</env:Envelope>"
    )


def page(title: str, *paragraphs: str) -> str:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return f"<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1>{text}</body></html>"


def error(code: int, message: str) -> str:
    return (
        f'{{"code":{code},"uuid":"494f61d1-472a-4696-ac3c-2961496c3aaf","message":"{message}",'
        '"timestamp":"2026-11-25T08:00:00.000Z"}'
    )


def diagnose_case(case: Case, identities, credentials) -> Diagnosis:
    """Return the diagnosis of a gateway that gives this response."""

    def respond(_request):
        yield head(case.status, *case.headers.items(), ("Content-Length", str(len(case.data)))) + case.data

    with FaultyGateway(Fault("any", "", respond=respond), identities) as gateway:
        return diagnose(Endpoint(gateway.base_url), credentials, limits=QUICK)
