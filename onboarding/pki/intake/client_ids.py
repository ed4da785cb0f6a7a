"""Client IDs: finding them in the text of an email, and checking the one that a partner typed.

The operator publishes no format for client IDs, so those found are only offered to the partner. A value is offered if
the nearest label before it in its line, list or table column names a client ID, in one of the product's languages. A
value after another label (a ticket, a request ID, a fingerprint), in an address or in base64 is never offered.
"""

import re
import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum, StrEnum, auto
from itertools import islice

from onboarding.messages.finding import Finding
from onboarding.pki.intake.client_id_words import (
    BEFORE_LABEL,
    BULLET,
    CLIENT_ID_LABEL,
    CLIENT_ID_UUID,
    HEXADECIMAL,
    ITEM_NAME,
    LABEL_LINE,
    LOGIN,
    NAME,
    NEXT_IN_LINE,
    PLACEHOLDER_WORDS,
    PLURAL_LABEL,
    SAME_LINE,
    SEQUENCES,
    SIGN,
)
from onboarding.pki.subject import clean_login, is_invisible

CLIENT_IDS_MAX = 10
TEXT_MAX = 64 * 1024  # characters searched
LABELS_MAX = 50
LABEL_DISTANCE_MAX = 160  # characters between a label and its value
LIST_DISTANCE_MAX = 60  # characters between the values of a list
LIST_WORDS_MAX = 30  # of them, without the name of an environment
FORMER_DISTANCE_MAX = 30  # between "old" and a label
ENVIRONMENT_DISTANCE_MAX = 120
COLUMNS_MAX = 12


class NamedEnvironment(StrEnum):
    """The environment of the operator that a text names beside a client ID."""

    PRODUCTION = "production"
    PREPRODUCTION = "preproduction"
    UNKNOWN = ""


@dataclass(frozen=True)
class FoundClientId:
    """A client ID in a text, and the environment that the text names for it."""

    value: str
    environment: NamedEnvironment = NamedEnvironment.UNKNOWN


class SignKind(Enum):
    """What a part of a text says about the values after it."""

    LABEL = auto()  # names a client ID
    OTHER = auto()  # names something else that has a UUID or a number
    EXAMPLE = auto()
    FORMER = auto()
    PRODUCTION = auto()
    PREPRODUCTION = auto()
    VALUE = auto()


ENVIRONMENTS = {
    SignKind.PRODUCTION: NamedEnvironment.PRODUCTION,
    SignKind.PREPRODUCTION: NamedEnvironment.PREPRODUCTION,
}


@dataclass(frozen=True)
class Sign:
    """One match of SIGN."""

    kind: SignKind
    start: int
    end: int
    text: str


# Characters of word processors and mail programs in the place of ASCII, and characters without a visible form.
ASCII_FORMS = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d", "-")
    | dict.fromkeys("\u00a0\u2007\u202f", " ")
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", "")
)
QUOTE_MARKS = re.compile(r"^[ \t]{0,20}(?:>[ \t]?){1,10}", re.MULTILINE)
DOT_LEADER = re.compile(r"\.{4,}")
BROKEN_UUID = re.compile(r"(?<=[0-9a-f]-)\s{0,2}\n\s{0,8}(?=[0-9a-f]{4,12}(?:-|\b))", re.IGNORECASE)
WEB_ADDRESS = re.compile(r"https?://[^\s<>\"']{1,2000}", re.IGNORECASE)
CLIENT_ID_PARAMETER = re.compile(r"[?&]client_?id=([^&#]{1,80})", re.IGNORECASE)
CELL_BREAK = re.compile(r"[;,]")
CUT_OUT = "\x00"  # stands for what has no client ID
NOT_SEARCHED = re.compile(
    r"-----BEGIN [A-Z0-9 ]{1,40}-----[^-]{0,20000}(?:-----END [A-Z0-9 ]{1,40}-----)?"  # PEM
    r"|[A-Za-z0-9+/_-]{41,}={0,2}"
    r"(?:[ \t]{0,9}\n[ \t]{0,9}[A-Za-z0-9+/]{1,76}={0,2}(?=[ \t]{0,9}(?:\n|\Z)))*"  # base64, with its shorter last line
    r"|(?<![^\s<>\"'])[^\s<>\"'@]{1,200}@[^\s<>\"']{1,200}"  # email address, Message-ID
    r"|(?:[0-9A-Fa-f]{2}[: ]){7,}[0-9A-Fa-f]{2}"  # fingerprint, serial number
    r"|\bcid:\S{1,200}"
)


def find_client_ids(text: str) -> tuple[FoundClientId, ...]:
    """Return the client IDs in plain `text`, each once, at most CLIENT_IDS_MAX; those for production come first.

    Does not find a client ID of an unusual form unless it stands directly after its label.
    """
    plain = _searchable(text[:TEXT_MAX])
    in_tables, plain = _read_tables(plain)
    values = (*in_tables, *_read_prose(plain), *_read_names(plain))
    return unique_client_ids(FoundClientId(value, environment) for value, environment in values)


def unique_client_ids(found: Iterable[FoundClientId]) -> tuple[FoundClientId, ...]:
    """Return each value once, with the environment that is named for it anywhere; those for production come first."""
    environments: dict[str, NamedEnvironment] = {}
    for each in found:
        if not _is_placeholder(each.value):
            environments[each.value] = environments.get(each.value) or each.environment
    ordered = sorted(environments, key=lambda value: environments[value] == NamedEnvironment.PREPRODUCTION)
    return tuple(FoundClientId(value, environments[value]) for value in ordered[:CLIENT_IDS_MAX])


def _searchable(text: str) -> str:
    """Return `text` without what can't be a client ID but looks like one, and with each value in one piece."""
    plain = QUOTE_MARKS.sub("", text.replace("\r\n", "\n").replace("\r", "\n").translate(ASCII_FORMS))
    plain = DOT_LEADER.sub(":", plain)
    plain = WEB_ADDRESS.sub(_parameter_of, NOT_SEARCHED.sub(CUT_OUT, plain))
    return BROKEN_UUID.sub("", plain)


def _parameter_of(address: re.Match[str]) -> str:
    """Return what remains of a web address: its parameter client_id, and the next cells of a row with commas."""
    cells = CELL_BREAK.split(address[0])
    meant = [sign for cell in cells[1:] if (sign := SIGN.fullmatch(cell))]
    if any(SignKind[sign.lastgroup or ""] in {SignKind.VALUE, *ENVIRONMENTS} for sign in meant):
        return CUT_OUT + address[0][len(cells[0]) :]
    parameter = CLIENT_ID_PARAMETER.search(address[0])
    return f" client_id={parameter[1]} {CUT_OUT}" if parameter else CUT_OUT


def _read_tables(text: str) -> tuple[list[tuple[str, NamedEnvironment]], str]:
    """Return the values in table columns with a client ID's label, and the text without the rows of these tables."""
    found: list[tuple[str, NamedEnvironment]] = []
    rest: list[str] = []
    table: TableHeader | None = None
    for line in text.split("\n"):
        cells = _cells(table.separator, line) if table else []
        if table and (RULE.fullmatch(line) or (len(cells) == table.width and any(cells))):
            for column, environment in table.columns.items() if any(cells) else ():
                value = CLIENT_ID_UUID.search(cells[column]) if column < len(cells) else None
                if value:
                    found.append((_bare(value[0]), environment or _environment_of_row(cells, line)))
            continue
        rest.append(line)
        table = _header_of(line) if CLIENT_ID_LABEL.search(line) and not CLIENT_ID_UUID.search(line) else None
    return found, "\n".join(rest)


RULE = re.compile(r"[ \t|+:=\x00-]+")
TABLE_SEPARATORS = tuple(map(re.compile, (r"\t", r"\|", r";", r",", r" {2,}")))


@dataclass(frozen=True)
class TableHeader:
    """The first line of a table: how its lines split, and the columns with client IDs, each with its environment."""

    separator: re.Pattern[str]
    width: int
    columns: Mapping[int, NamedEnvironment]


def _cells(separator: re.Pattern[str], line: str) -> list[str]:
    return [cell.strip('*_`" ') for cell in separator.split(line.strip(" |"), maxsplit=COLUMNS_MAX)]


def _header_of(line: str) -> TableHeader | None:
    for separator in TABLE_SEPARATORS:
        cells = _cells(separator, line)
        columns = {number: _environment_in(cell) for number, cell in enumerate(cells) if _is_label(cell)}
        if len(cells) > 1 and columns:
            return TableHeader(separator, len(cells), columns)
    return None


def _is_label(cell: str) -> bool:
    """Return whether a cell of a table has a client ID's label and at most an environment beside it."""
    label = CLIENT_ID_LABEL.search(cell)
    if not label:
        return False
    rest = _without_environments(cell[: label.start()] + cell[label.end() :], list(_signs(cell)))
    return BULLET.fullmatch(rest) is not None


def _environment_in(text: str) -> NamedEnvironment:
    """Return the first environment that `text` names."""
    return next(
        (ENVIRONMENTS[sign.kind] for sign in _signs(text) if sign.kind in ENVIRONMENTS), NamedEnvironment.UNKNOWN
    )


def _environment_of_row(cells: Sequence[str], line: str) -> NamedEnvironment:
    """Return the environment of a table row: the cell that names nothing else counts before words in an address."""
    for cell in cells:
        signs = list(_signs(cell))
        if signs and BULLET.fullmatch(_without_environments(cell, signs)):
            return _environment_in(cell)
    return _environment_in(line)


def _signs(text: str) -> Iterator[Sign]:
    for match in SIGN.finditer(text):
        yield Sign(SignKind[match.lastgroup or ""], match.start(), match.end(), match[0])


def _read_prose(text: str) -> Iterator[tuple[str, NamedEnvironment]]:
    """Yield the values that a label of a client ID introduces, and those that follow them in a list, in order."""
    signs = list(_signs(text))
    taken = -1  # index of the last value, or of the environment after it, that belongs to an earlier value
    introduction = Introduction.NONE  # of the last value
    for index, sign in enumerate(signs):
        if sign.kind != SignKind.VALUE:
            continue
        before = signs[taken + 1 : index]
        previous, introduction = introduction, _introduction(text, before, sign)
        if not introduction and previous and _continues_list(text, signs[taken].end, before, sign, previous):
            introduction = previous
        if not introduction and _has_label_after(text, before, sign, signs[index + 1 :][:1]):
            introduction = Introduction.SENTENCE
        environment, taken = _environment_of(text, signs, index, before)
        if introduction:
            yield _bare(sign.text), environment


class Introduction(IntEnum):
    """How a label introduces a value."""

    NONE = 0
    SENTENCE = 1  # in the same line
    LIST = 2  # in a line above, so that the values below may have names


def _introduction(text: str, before: Sequence[Sign], value: Sign) -> Introduction:
    """Return how the nearest label before `value` introduces it; NONE if that label is not of a client ID in use."""
    kinds = {SignKind.LABEL, SignKind.OTHER, SignKind.EXAMPLE}
    nearest = next((number for number in range(len(before) - 1, -1, -1) if before[number].kind in kinds), None)
    if nearest is None or before[nearest].kind != SignKind.LABEL:
        return Introduction.NONE
    label = before[nearest]
    former = before[nearest - 1] if nearest else label
    if former.kind == SignKind.FORMER and label.start - former.end <= FORMER_DISTANCE_MAX:
        return Introduction.NONE
    gap = text[label.end : value.start]
    if len(gap) > LABEL_DISTANCE_MAX:
        return Introduction.NONE
    first, *between = gap.split("\n")
    if not between:
        return Introduction.SENTENCE if SAME_LINE.fullmatch(gap) else Introduction.NONE
    is_list = PLURAL_LABEL.search(label.text) is not None
    if LABEL_LINE.fullmatch(first) and _are_lines_of_list(between, before, allow_names=is_list):
        return Introduction.LIST if is_list else Introduction.SENTENCE
    return Introduction.NONE


def _are_lines_of_list(lines: Sequence[str], before: Sequence[Sign], *, allow_names: bool) -> bool:
    """Return whether `lines`, the last of which ends where a value begins, have only bullets and environments.

    With `allow_names`, the last line may also begin with the name of an application.
    """
    plain = [_without_environments(line, before) for line in lines]
    is_item = BULLET.fullmatch(plain[-1]) or (allow_names and ITEM_NAME.fullmatch(plain[-1]))
    return bool(is_item) and all(BULLET.fullmatch(line) for line in plain[:-1])


def _without_environments(text: str, signs: Sequence[Sign]) -> str:
    for sign in signs:
        if sign.kind in ENVIRONMENTS:
            text = text.replace(sign.text, "")
    return text


def _continues_list(text: str, end: int, before: Sequence[Sign], value: Sign, previous: Introduction) -> bool:
    """Return whether `value` belongs to the list of the value that ends at `end`."""
    gap = text[end : value.start]
    if len(gap) > LIST_DISTANCE_MAX or CUT_OUT in gap or any(sign.kind not in ENVIRONMENTS for sign in before):
        return False
    first, *between = _without_environments(gap, before).split("\n")
    if between:
        return BULLET.fullmatch(first) is not None and _are_lines_of_list(
            between, before, allow_names=previous == Introduction.LIST
        )
    return NEXT_IN_LINE.fullmatch(gap) is not None or (bool(before) and len(first) <= LIST_WORDS_MAX)


def _has_label_after(text: str, before: Sequence[Sign], value: Sign, after: Sequence[Sign]) -> bool:
    """Return whether a sentence says after `value` that it is a client ID."""
    if not after or after[0].kind != SignKind.LABEL:
        return False
    on_line = text.rfind("\n", 0, value.start)
    if any(sign.start > on_line and sign.kind in {SignKind.OTHER, SignKind.EXAMPLE} for sign in before):
        return False
    return BEFORE_LABEL.fullmatch(text[value.end : after[0].start]) is not None


def _environment_of(
    text: str, signs: Sequence[Sign], index: int, before: Sequence[Sign]
) -> tuple[NamedEnvironment, int]:
    """Return the environment of the value number `index`, and the number of the last sign that was used for it.

    An environment in the same line counts first, then one after the value in that line, then one in the lines before.
    """
    value = signs[index]
    line_start, line_end = text.rfind("\n", 0, value.start), text.find("\n", value.end)
    named = [sign for sign in before if sign.kind in ENVIRONMENTS]
    if named and named[-1].start > line_start:
        return ENVIRONMENTS[named[-1].kind], index
    for number in range(index + 1, len(signs)):
        sign = signs[number]
        if sign.kind in {SignKind.VALUE, SignKind.LABEL} or (0 <= line_end < sign.start):
            break
        if sign.kind in ENVIRONMENTS and sign.start - value.end <= LIST_WORDS_MAX:
            return ENVIRONMENTS[sign.kind], number
    heading = _column_heading(text, signs[max(0, index - COLUMNS_MAX) : index], line_start)
    if heading:
        return heading, index
    if named and value.start - named[-1].end <= ENVIRONMENT_DISTANCE_MAX:
        return ENVIRONMENTS[named[-1].kind], index
    return NamedEnvironment.UNKNOWN, index


def _column_heading(text: str, before: Sequence[Sign], line_start: int) -> NamedEnvironment:
    """Return the environment above a value, if the line above names several and the values below are in that order."""
    above = [sign for sign in before if sign.kind in ENVIRONMENTS and sign.end <= line_start]
    headings = [sign for sign in above if "\n" not in text[sign.end : above[-1].start]]
    column = sum(sign.kind == SignKind.VALUE and sign.start > line_start for sign in before)
    if len(headings) < 2 or column >= len(headings) or text.count("\n", above[-1].end, line_start) > 1:
        return NamedEnvironment.UNKNOWN
    return ENVIRONMENTS[headings[column].kind]


def _read_names(text: str) -> Iterator[tuple[str, NamedEnvironment]]:
    """Yield the values of other forms directly after a label, in the same line."""
    for label in islice(CLIENT_ID_LABEL.finditer(text), LABELS_MAX):
        named = NAME.match(text, label.end())
        is_name = named and not LOGIN.fullmatch(named["value"]) and named["value"].strip("0123456789abcdefABCDEF-")
        if named and is_name and not PLACEHOLDER_WORDS.search(named["value"]):
            yield named["value"].rstrip("-_"), NamedEnvironment.UNKNOWN


def _bare(value: str) -> str:
    return re.sub(r"^urn:uuid:", "", value, flags=re.IGNORECASE)


def _is_placeholder(value: str) -> bool:
    """Return whether a UUID is one of those that examples show: a repeated digit, or digits in order."""
    groups = value.lower().split("-")
    if any(not HEXADECIMAL.fullmatch(group) for group in groups):
        return False
    return len(set("".join(groups))) <= 3 or all(any(group in digits for digits in SEQUENCES) for group in groups)


def clean_client_id(text: str) -> str:
    """Return a client ID without the white space, quotes and invisible characters that copying adds."""
    visible = "".join(c for c in text if not is_invisible(c))
    return visible.strip(f"{string.whitespace}\u00a0\u202f\"'`«»“”„‘’<>,;")


def check_client_id(typed: str, login: str) -> tuple[Finding, ...]:
    """Return the findings about a client ID as it was `typed` by the owner of `login`."""
    value = clean_client_id(typed)
    if not value:
        return (Finding("client_id_missing", "client_id"),)
    if clean_login(value) == clean_login(login):
        return (Finding("client_id_is_login", "client_id", value),)
    if not value.isascii() or any(c.isspace() for c in value):
        return (Finding("client_id_strange", "client_id", value),)
    return (Finding("client_id_trimmed", "client_id", value),) if value != typed else ()
