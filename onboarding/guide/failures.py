"""A page for each code of a finding or verdict, made from the catalogs of `onboarding.messages`."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from django.urls import reverse

from onboarding.messages.durations import with_durations
from onboarding.messages.findings import FINDINGS
from onboarding.messages.findings.subject import FIELD_LABELS
from onboarding.messages.message import Confidence, Owner, Severity, Template
from onboarding.messages.text import Params, gettext, render
from onboarding.messages.verdict import NEXT_MOVES
from onboarding.messages.verdicts import EVIDENCE, VERDICT_TEMPLATES

# Example values of the placeholders; not translated, as the values of a real message.
EXAMPLES: dict[str, str | int] = {
    "address": "192.0.2.10",
    "alert": "unknown_ca",
    "before": "Flottes",
    "bits": 1024,
    "character": "U+200B",
    "client_id": "b7d1c0de-22aa-4b1e-9f00-1d5b1a2c3d4e",
    "code": "U+200B",
    "count": 3,
    "date": "2026-05-03",
    "days": 12,
    "days_until": 12,
    "encoding": "br",
    "expected": "MZP123456",
    "exponent": 3,
    "field": "locality",
    "found": "ABC",
    "hash": "SHA-1",
    "host": "api-cert.groupe-psa.com",
    "issuer": "Example Root CA",
    "layer": "nginx",
    "length": 80,
    "limit": 64,
    "line": 1,
    "login": "MZP123456",
    "looks_like": "A",
    "minutes": 7,
    "name": "ZERO WIDTH SPACE",
    "names": "www.company.example",
    "now": "2026-05-03 10:00 UTC",
    "oid": "1.2.3.4",
    "place": "3",
    "port": 443,
    "position": 3,
    "proxy": "proxy.company.example:8080",
    "reason": "unsupported protocol",
    "schemes": "NTLM",
    "seconds": 30,
    "seconds_until": 12 * 86_400,
    "signed": "Example Issuing CA",
    "status": 503,
    "target": "https://login.company.example/",
    "there": "2026-05-01 10:00 UTC",
    "times": 2,
}
FOUND = {
    "login_unusual": "FLEET1",
    "country_unknown": "France",
    "email_malformed": "fleet.company.example",
    "email_not_ascii": "flötte@company.example",
    "ou_wrong": "Programs Partner",
    "cn_not_login": "www.company.example",
    "double_encoded": "SociÃ©tÃ©",
    "file_too_large": "archive.zip",
}


@dataclass(frozen=True)
class Explanation:
    """One message of a code, in the active language."""

    text: str
    remedy: str


@dataclass(frozen=True)
class Failure:
    """A code with its templates, by the name of their variant; "" is the main one. Verdicts have no severity."""

    code: str
    is_verdict: bool
    templates: Mapping[str, Template]

    @property
    def main(self) -> Template:
        """The template without a variant, or the first one."""
        return self.templates.get("") or next(iter(self.templates.values()))

    @property
    def explanations(self) -> list[Explanation]:
        """The messages with example values, the main one first, without repetitions."""
        templates = [self.main, *self.templates.values()]
        found = (
            Explanation(self._rendered(template.text), self._rendered(template.remedy) if template.remedy else "")
            for template in templates
        )
        return [*dict.fromkeys(found)]

    @property
    def next_move(self) -> str:
        """Who must act, as a sentence."""
        return gettext(NEXT_MOVES[self.main.owner])

    @property
    def is_our_server(self) -> bool:
        """Whether the message is about the server of this site."""
        return self.main.about_our_server

    @property
    def confidence(self) -> Confidence:
        """How sure the main message is. A verdict that no observation can prove is at most probable."""
        if self.is_verdict and self.main.confidence == Confidence.CERTAIN and self.code not in EVIDENCE:
            return Confidence.PROBABLE
        return self.main.confidence

    @property
    def severity(self) -> Severity | None:
        """Whether a finding stops the step; None for a verdict."""
        return None if self.is_verdict else self.main.severity

    @property
    def is_good(self) -> bool:
        """Whether nobody must act."""
        return self.main.owner == Owner.NOBODY

    def _rendered(self, text: object) -> str:
        return render(text, self._values())  # type: ignore[arg-type]  # a Text

    def _values(self) -> Params:
        examples = EXAMPLES | {"label": render(FIELD_LABELS["locality"], {})}
        return with_durations(examples | {"found": FOUND.get(self.code, EXAMPLES["found"])})


@cache
def failures() -> dict[str, tuple[Failure, ...]]:
    """Return what a code means, by code: a finding, a verdict, or both."""
    found = defaultdict(list)
    for failure in (*_grouped(VERDICT_TEMPLATES, is_verdict=True), *_grouped(FINDINGS, is_verdict=False)):
        found[failure.code].append(failure)
    return {code: tuple(found[code]) for code in sorted(found)}


def help_address(code: str) -> str:
    """Return the path of the page about a code; "" for a code of an earlier version."""
    return reverse("help:failure", args=[code]) if code in failures() else ""


def _grouped(catalog: Mapping[str, Template], *, is_verdict: bool) -> Iterator[Failure]:
    groups: dict[str, dict[str, Template]] = defaultdict(dict)
    for key, template in catalog.items():
        code, _, variant = key.partition(".")
        groups[code][variant] = template
    for code, templates in groups.items():
        yield Failure(code, is_verdict, templates)
