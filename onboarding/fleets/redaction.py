"""Removal of secrets from what the other side wrote, in whichever encoding it wrote them.

A gateway, a proxy or a filter can quote the request that it refuses: as it came, decoded, encoded again, cut, or
folded over lines. So a text is decoded step by step, and each step is searched. Encodings may be nested. Does not find
a secret that was hashed, compressed or encrypted.
"""

import base64
import re
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from html.entities import html5

from onboarding.fleets.classifying.error_bodies import GatewayError
from onboarding.fleets.classifying.fleet_pages import Fleet
from onboarding.fleets.connecting.request import Credentials
from onboarding.fleets.experiments import Experiment
from onboarding.messages.text import sanitize
from onboarding.messages.verdict import Observation, Verdict

REMOVED = "[removed]"
TEXT_LIMIT = 500  # characters
SEARCHED_LIMIT = 16 * 1024  # characters; a secret of 256 characters has at most a few thousand in any encoding
PARAM_LIMIT = 200  # characters of a parameter of a sentence
# The parameters of a verdict that the other side wrote.
FOREIGN_PARAMS = {"target", "alert", "reason", "issuer", "names", "encoding", "schemes"}

MISREAD_MAX = 3  # times that UTF-8 is read as Latin-1
NESTED_MAX = 3  # encodings inside each other
DECODED_MAX = 50  # characters decoded for each of the text; a text that is made to need more is removed as a whole
UNSPACED_MIN = 6  # characters; a shorter secret is searched with its spaces, or it would be found in ordinary words
CUT_MIN = 4  # characters of a secret that are removed where the text is cut; at least a third of it
ENCODED_MIN = 8  # characters of base64 that are searched in lower case
ESCAPES = re.compile(
    r"%u(?P<percent_u>[0-9a-f]{4})|%(?P<byte>[0-9a-f]{2})|&#x0*(?P<hex>[0-9a-f]{1,6});?"
    r"|&#0*(?P<decimal>[0-9]{1,7});?|&(?P<name>[a-z][a-z0-9]{1,30};)|\\u(?P<unicode>[0-9a-f]{4})|\\u\{(?P<braced>[0-9a-f]{1,6})\}"
    r"|\\U(?P<long>[0-9a-f]{8})|\\x(?P<short>[0-9a-f]{2})|\\(?P<octal>[0-7]{3})|\\(?P<letter>[\"\\/'bfnrt])",
    re.IGNORECASE,
)
SOFT_ESCAPES = re.compile(r"=(?P<byte>[0-9A-F]{2})|=\r?\n")  # not with the others: many parameters begin with "="
FORM = re.compile(r"%(?P<byte>[0-9a-f]{2})|(?P<space>\+)", re.IGNORECASE)
NUMBER_BASES = {
    "percent_u": 16, "byte": 16, "hex": 16, "decimal": 10, "unicode": 16, "braced": 16, "long": 16, "short": 16,
    "octal": 8,
}  # fmt: skip
LETTERS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
HIDDEN = re.compile(r"[\s\x00\u00ad\u200b-\u200f\u2060\ufeff]+")
BASE64_RUN = re.compile(r"[A-Za-z0-9+/_-]{6,}")
HEX_RUN = re.compile(r"(?:[0-9a-f]{2}[:.,+-]?){4,}", re.IGNORECASE)
HEX_SEPARATOR = re.compile(r"[:.,+-]")
READABLE = re.compile(r"[ -~\r\n\t\x00]{8,}")  # what a decoded text has if there is another encoding inside
URL_SAFE = str.maketrans("-_", "+/")
CUT_MARK = re.compile(r"(?:\.{2,}|\u2026)[\s\"')\]}>]*$")

Span = tuple[int, int]


@dataclass(frozen=True)
class _View:
    """A decoded text. `span` returns the part of the original that its characters from `start` to `end` stand for."""

    text: str
    span: Callable[[int, int], Span]

    def part(self, start: int, end: int) -> "_View":
        """Return the characters from `start` to `end`."""
        return _View(self.text[start:end], lambda first, last: self.span(start + first, start + last))

    def replaced(self, pattern: re.Pattern[str], replacement: Callable[[re.Match[str]], str]) -> "_View":
        """Return the view with each match of `pattern` replaced."""
        text = pattern.sub(replacement, self.text)

        def span(first: int, last: int) -> Span:
            places: list[tuple[int, int]] = []
            position = 0
            for match in pattern.finditer(self.text):
                places += ((place, place + 1) for place in range(position, match.start()))
                places += [match.span()] * len(replacement(match))
                position = match.end()
            places += ((place, place + 1) for place in range(position, len(self.text)))
            return self.span(places[first][0], places[last - 1][1])

        return _View(text, span)


class Redaction:
    """Removes secrets from everything that the other side wrote, in any encoding, and in upper or lower case."""

    def __init__(self, secrets: Sequence[str], login: str = "") -> None:
        """`secrets` are as the partner typed them. With `login`, the first secret is its password."""
        given = [secret for secret in dict.fromkeys(secrets) if secret]
        pairs = [f"{login}:{secrets[0]}"] if login and secrets and secrets[0] else []
        self._exact = _needles(given, short=True)
        whole = _needles([*pairs, *given], short=False)
        # Of login and password together, a part is secret only if it has more than the login.
        user = HIDDEN.sub("", f"{login}:").lower() if pairs else ""
        self._cut_min = {
            needle: len(user) + 1 if user and needle.startswith(user) else max(CUT_MIN, -(-len(needle) // 3))
            for needle in whole
        }
        for secret in given:
            self._cut_min |= dict.fromkeys(_lowered_base64(secret), ENCODED_MIN)
        for secret in pairs:
            self._cut_min |= dict.fromkeys(_lowered_base64(secret), len(user) * 8 // 6 + 2)
        self._unspaced = tuple(self._cut_min)
        # Most texts have neither end of a secret, which is quick to see.
        ends = (end for needle in self._cut_min for end in (needle[:CUT_MIN], needle[-CUT_MIN:]))
        self._ends = tuple(dict.fromkeys(ends))

    @classmethod
    def of(cls, credentials: Credentials) -> "Redaction":
        """Return the redaction of the secrets in `credentials`."""
        return cls((credentials.password, credentials.passphrase), credentials.login)

    def __repr__(self) -> str:
        return f"Redaction(of {len(self._exact) + len(self._unspaced)})"

    def text(self, text: str) -> str:
        """Return `text` without secrets and hidden characters. Cut the text last: half a secret would not be found."""
        text = text[:SEARCHED_LIMIT]
        identity = _View(text, lambda start, end: (start, end))
        spans: list[Span] = []
        effort = 0
        for view in _decodings(identity, NESTED_MAX):
            spans += self._search(view)
            effort += len(view.text)
            if effort > DECODED_MAX * len(text):
                return REMOVED
        for start, end in _merged(spans):
            text = text[:start] + REMOVED + text[end:]
        return sanitize(text[:TEXT_LIMIT], TEXT_LIMIT)

    def _search(self, view: _View) -> Iterator[Span]:
        """Yield the parts of the original for which a secret stands in `view`."""
        yield from _occurrences(view, self._exact)
        unspaced = _unspaced(view)
        if any(map(_lowered(unspaced.text).__contains__, self._ends)):
            yield from _occurrences(unspaced, self._unspaced)
            yield from self._find_cut(unspaced)

    def _find_cut(self, view: _View) -> Iterator[Span]:
        """Yield the beginning of a secret at the end of a text, and its end at the beginning: the text may be cut."""
        text = _lowered(view.text)
        mark = CUT_MARK.search(text)
        end = mark.start() if mark else len(text)
        for needle, shortest in self._cut_min.items():
            place = text.find(needle[:shortest], max(0, end - len(needle)), end)
            while place >= 0:
                if needle.startswith(text[place:end]):
                    yield view.span(place, end)
                    break
                place = text.find(needle[:shortest], place + 1, end)
            place = text.rfind(needle[-shortest:], 0, len(needle))
            if place >= 0 and needle.endswith(text[: place + shortest]):
                yield view.span(0, place + shortest)

    def verdict(self, verdict: Verdict) -> Verdict:
        """Return a verdict whose parameters and observations quote no secret."""
        params = {
            name: self.text(value)[:PARAM_LIMIT] if name in FOREIGN_PARAMS and isinstance(value, str) else value
            for name, value in verdict.params.items()
        }
        observations = tuple(self._observation(observation) for observation in verdict.observations)
        if (params, observations) == (verdict.params, verdict.observations):
            return verdict
        return replace(verdict, params=params, observations=observations)

    def _observation(self, observation: Observation) -> Observation:
        params = {
            name: self.text(value) if isinstance(value, str) else value for name, value in observation.params.items()
        }
        return replace(observation, params=params)

    def gateway_error(self, error: GatewayError | None) -> GatewayError | None:
        """Return the gateway's error without secrets."""
        if error is None:
            return None
        code, uuid, message, timestamp = map(self.text, (error.code, error.uuid, error.message, error.timestamp))
        return replace(error, code=code, uuid=uuid, message=message, timestamp=timestamp)

    def fleet(self, fleet: Fleet) -> Fleet:
        """Return a fleet without secrets."""
        return Fleet(*map(self.text, (fleet.id, fleet.name, fleet.description, fleet.created_at, fleet.updated_at)))

    def experiment(self, experiment: Experiment) -> Experiment:
        """Return a control experiment without secrets, and without the message that was compared."""
        outcome = replace(experiment.outcome, message="", verdict=self.verdict(experiment.outcome.verdict))
        return replace(experiment, outcome=outcome)


def _needles(secrets: Sequence[str], *, short: bool) -> tuple[str, ...]:
    """Return what to search for: the secrets in the forms that decoding does not undo, in lower case.

    The short ones are returned as they are, the others without spaces.
    """
    forms: dict[str, None] = {}
    for secret in secrets:
        for form in _forms(secret):
            bare = HIDDEN.sub("", form).lower()
            if (len(bare) < UNSPACED_MIN) == short:
                forms[form.lower() if short else bare] = None
    return tuple(sorted((form for form in forms if form), key=len, reverse=True))


def _forms(secret: str) -> Iterator[str]:
    """Yield a secret in each normal form of Unicode, as UTF-8 read as Latin-1, form-encoded, and in UTF-16."""
    for normal in (secret, unicodedata.normalize("NFC", secret), unicodedata.normalize("NFD", secret)):
        form = normal
        for _ in range(MISREAD_MAX):
            yield form
            yield form.replace(" ", "+")
            yield unicodedata.normalize("NFD", form)
            form = form.encode(errors="replace").decode("latin-1")
        yield from (normal.encode(name, "replace").decode("latin-1") for name in ("utf-16-le", "utf-16-be"))
        # JSON escapes a character above U+FFFF as two halves.
        yield "".join(
            chr(int.from_bytes(half, "big"))
            for character in normal
            for half in re.findall(b"..", character.encode("utf-16-be", "surrogatepass"), re.DOTALL)
        )


def _lowered_base64(secret: str) -> Iterator[str]:
    """Yield the base64 of a secret at every place in a longer text, in lower case, which can't be decoded any more."""
    data = secret.encode(errors="replace")
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + data)
        # The characters at both ends also depend on the neighbours of the secret.
        text = encoded.rstrip(b"=")[-(-before * 8 // 6) :].decode()
        text = text if (before + len(data)) % 3 == 0 else text[:-1]
        if len(text) >= ENCODED_MIN:
            yield text.lower()
            yield text.replace("+", "-").replace("/", "_").lower()


def _decodings(view: _View, nesting: int) -> Iterator[_View]:
    """Yield the view, and what can be decoded from it, up to `nesting` encodings inside each other."""
    yield view
    if not nesting:
        return
    unspaced = _unspaced(view)
    for each in (view,) if unspaced is view else (view, unspaced):
        for escapes in (ESCAPES, SOFT_ESCAPES, FORM):
            if escapes.search(each.text):
                yield from _decodings(each.replaced(escapes, _escaped), nesting - 1)
    for run, decode in ((BASE64_RUN, _base64_views), (HEX_RUN, _hex_views)):
        for match in run.finditer(unspaced.text):
            for decoded in decode(unspaced.part(*match.span())):
                yield from _decodings(decoded, nesting - 1 if READABLE.search(decoded.text) else 0)


def _merged(spans: Sequence[Span]) -> list[Span]:
    """Return the spans, overlapping and touching ones as one, the last first."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged[::-1]


def _lowered(text: str) -> str:
    """Return `text` in lower case, with the same number of characters."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := character.lower()) == 1 else character for character in text)


def _occurrences(view: _View, needles: Sequence[str]) -> Iterator[Span]:
    text = _lowered(view.text)
    for needle in needles:
        place = text.find(needle)
        while place >= 0:
            yield view.span(place, place + len(needle))
            place = text.find(needle, place + len(needle))


def _unspaced(view: _View) -> _View:
    """Return the view without white space and invisible characters."""
    return view.replaced(HIDDEN, lambda _match: "") if HIDDEN.search(view.text) else view


def _escaped(match: re.Match[str]) -> str:
    """Return what an escape of URLs, HTML, JSON, programs or quoted-printable stands for; a byte as Latin-1."""
    kind = match.lastgroup or ""
    value = match[kind] if kind else ""
    if kind in NUMBER_BASES:
        number = int(value, NUMBER_BASES[kind])
        return chr(number) if number <= sys.maxunicode else match[0]
    if kind == "name":
        return html5.get(value, match[0])
    return " " if kind == "space" else LETTERS.get(value, value)


def _base64_views(run: _View) -> Iterator[_View]:
    """Yield the bytes of base64, for each place where its first group can begin, as Latin-1."""
    for first in range(4):
        text = run.text[first:].translate(URL_SAFE)
        text = text[: len(text) - (len(text) % 4 == 1)]
        data = base64.b64decode(text + "=" * (-len(text) % 4))
        yield _View(data.decode("latin-1"), _base64_span(run, first))


def _base64_span(run: _View, first: int) -> Callable[[int, int], Span]:
    return lambda start, end: run.span(first + start * 8 // 6, first + (end * 8 - 1) // 6 + 1)


def _hex_views(run: _View) -> Iterator[_View]:
    """Yield the bytes of hexadecimal digits, beginning with the first or the second digit, as Latin-1."""
    digits = run.replaced(HEX_SEPARATOR, lambda _match: "")
    for first in range(2):
        size = (len(digits.text) - first) // 2
        data = bytes.fromhex(digits.text[first : first + 2 * size])
        yield _View(data.decode("latin-1"), _hex_span(digits, first))


def _hex_span(digits: _View, first: int) -> Callable[[int, int], Span]:
    return lambda start, end: digits.span(first + 2 * start, first + 2 * end)
