"""The catalog of findings: every code and variant that is raised has sentences, and every sentence can be rendered."""

import ast
import re
import string
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import pytest

import onboarding
from onboarding.messages.finding import Finding
from onboarding.messages.findings import FINDINGS
from onboarding.messages.findings.uploads import UPLOAD_FINDINGS
from onboarding.messages.text import Plural
from onboarding.pki.errors import PkiError
from onboarding.pki.preflight.checks import FILE_TYPES, UPLOAD_CODES
from onboarding.pki.preflight.weak_keys import KeyWeakness
from onboarding.pki.validation.certificates import RequestKind
from onboarding.pki.validation.fitness import WeaknessKind

PACKAGE = Path(onboarding.__file__).parent
SOURCES = sorted(file for file in PACKAGE.rglob("*.py") if "migrations" not in file.parts)
CATALOGS = sorted((PACKAGE / "messages/findings").glob("*.py"))
# These calls compute the code or the variant. (file, code as it is written, variant as it is written): catalog keys.
COMPUTED = {
    ("pki/subject.py", "f'{field}_missing'", ""): [
        f"{field}_missing" for field in ("state", "locality", "organization")
    ],
    ("pki/preflight/checks.py", "finding.code", ""): ["login_unusual", "login_colon", "value_too_long"],
    ("pki/preflight/checks.py", "finding.code", "'request'"): [f"{code}.request" for code in UPLOAD_CODES],
    ("pki/preflight/checks.py", "'not_a_request'", "known"): ["not_a_request"]
    + [f"not_a_request.{file_type}" for file_type in FILE_TYPES],
    ("pki/preflight/checks.py", "'key_weak'", "weakness.value"): [f"key_weak.{kind}" for kind in KeyWeakness],
    ("pki/validation/fitness.py", "'chain_weak'", "weakness.kind.value"): [
        f"chain_weak.{kind}" for kind in WeaknessKind
    ],
    ("pki/validation/anchors.py", "'ca_left_out'", "variant"): [
        *(f"ca_left_out.{kind}" for kind in WeaknessKind),
        *(
            f"ca_left_out.{variant}"
            for variant in "unreadable expired not_yet_valid damaged signature_differs unverified purpose own "
            "signed_another ambiguous too_many".split()
        ),
    ],
    ("pki/validation/certificates.py", "'other_key'", "request.kind.value"): [
        f"other_key.{kind}" for kind in RequestKind
    ],
    ("pki/validation/path_search.py", "code", ""): ["issuer_key_differs", "issuer_unreadable", "issuer_damaged"],
    ("pki/validation/path_search.py", "code", "'intermediate'"): [
        "issuer_key_differs.intermediate",
        "issuer_unreadable.intermediate",
    ],
    ("pki/validation/path_search.py", "'root_weak'", "variant"): ["root_weak", "root_weak.other_key"],
    ("pki/validation/path_rules.py", "'key_usage_odd' if usage.key_agreement else 'key_usage_refused'", ""): [
        "key_usage_odd",
        "key_usage_refused",
    ],
    ("pki/validation/others.py", "'not_belonging'", "request.kind.value"): [
        f"not_belonging.{kind}" for kind in RequestKind
    ],
    ("pki/validation/fitness.py", "'login_differs'", "variant"): ["login_differs", "login_differs.removed"],
    ("pki/errors.py", "code", "**"): [],
    ("pki/intake/files.py", "code", "variant"): [
        key for key in UPLOAD_FINDINGS if key.split(".")[-1] not in ("key_file", "all") and "client_id" not in key
    ],
    ("pki/intake/reading.py", "finding.code", "finding.variant"): [
        f"{code}{variant}" for code in ("private_key_uploaded", "pfx_uploaded") for variant in ("", ".pasted")
    ],
}
POSITIONAL = ("code", "field", "found", "expected", "params", "variant")
ALWAYS = {"field", "label"}
# The names in parameters that are not written in the call.
PARAMS = {"request.facts": {"date", "login"}, "weakness.params": {"bits", "hash"}}


def error_classes(root: type[PkiError]) -> set[str]:
    """Return the names of `root` and of all its subclasses."""
    return {root.__name__}.union(*(error_classes(subclass) for subclass in root.__subclasses__()))


@dataclass(frozen=True)
class Call:
    """A call that makes a finding: where, the catalog keys that it may have, and the values that it gives."""

    place: str
    keys: tuple[str, ...]
    given: frozenset[str]
    is_complete: bool  # False if the names of the parameters are not written in the call


def calls_in(source: Path) -> list[Call]:
    """Return every call of Finding and of PkiError in a file."""
    makers = {"Finding"} | error_classes(PkiError)
    nodes = [node for node in ast.walk(ast.parse(source.read_text())) if isinstance(node, ast.Call)]
    return [read_call(source, node) for node in nodes if getattr(node.func, "id", "") in makers and node.args]


def codes_written_in(source: Path) -> list[str]:
    """Return every string in a file that is a code. They include the codes that a call computes."""
    codes = {key.partition(".")[0] for key in FINDINGS}
    nodes = ast.walk(ast.parse(source.read_text()))
    return [node.value for node in nodes if isinstance(node, ast.Constant) and node.value in codes]


def read_call(source: Path, node: ast.Call) -> Call:
    file = str(source.relative_to(PACKAGE))
    arguments: dict[str, ast.expr] = dict(zip(POSITIONAL, node.args, strict=False))
    arguments |= {keyword.arg or "**": keyword.value for keyword in node.keywords}
    code, variant = arguments["code"], arguments.get("variant")
    written = "**" if "**" in arguments else ast.unparse(variant) if variant else ""
    is_complete = True
    if isinstance(code, ast.Constant) and (variant is None or isinstance(variant, ast.Constant)):
        keys = [f"{code.value}.{variant.value}" if isinstance(variant, ast.Constant) else str(code.value)]
    elif (file, ast.unparse(code), written) in COMPUTED:
        keys = COMPUTED[file, ast.unparse(code), written]
    else:
        codes = [code.value] if isinstance(code, ast.Constant) else codes_written_in(source)
        keys, is_complete = [key for key in FINDINGS if key.partition(".")[0] in codes], False
    names: set[str] = set()
    params = arguments.get("params")
    if isinstance(params, ast.Dict):
        names = {str(key.value) for key in params.keys if isinstance(key, ast.Constant)}
    elif params is not None:
        is_complete = is_complete and ast.unparse(params) in PARAMS
        names = PARAMS.get(ast.unparse(params), names)
    given = frozenset({"found", "expected"}.intersection(arguments) | names | ALWAYS)
    return Call(f"{file}:{node.lineno}", tuple(keys), given, is_complete)


CALLS = [call for source in SOURCES for call in calls_in(source)]


def forms_of(text):
    return (text.singular, text.plural) if isinstance(text, Plural) else (text,)


def placeholders_of(template):
    """Return the names of all values that the sentences of a template use."""
    texts = (*forms_of(template.text), *forms_of(template.remedy))
    return {name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_finding_has_sentences_and_every_sentence_is_used():
    """The code and the catalog have the same codes and variants."""
    assert {key for call in CALLS for key in call.keys} == set(FINDINGS)


def test_every_call_gives_the_values_that_its_sentences_use():
    """No sentence has a placeholder that the call leaves out; checked where the call writes its parameters out."""
    missing = defaultdict(set)
    for call in CALLS:
        for key in call.keys:
            if call.is_complete and (names := placeholders_of(FINDINGS[key]) - call.given):
                missing[call.place, key] |= names
    assert missing == {}


@pytest.mark.parametrize("key", FINDINGS)
def test_the_texts_are_whole_sentences(key):
    """Each text can be rendered, begins and ends as a sentence does, and has no jargon."""
    template = FINDINGS[key]
    code, _, variant = key.partition(".")
    for number in (1, 2):
        numbers = {text.number: number for text in (template.text, template.remedy) if isinstance(text, Plural)}
        values = dict.fromkeys(placeholders_of(template) - {"field", "label", "found", "expected"}, "X.") | numbers
        finding = Finding(code, "state", "X", "X", values, variant)
        assert finding.text
        for text in filter(None, (finding.text, finding.remedy)):
            assert re.search(r"invalid|error|failed|ASN|OID|[{}]|^[a-z]", text) is None
            assert text[-1] in ".?:"


MARKERS = {"_", "gettext_noop", "ngettext_lazy"}


@pytest.mark.parametrize("file", CATALOGS, ids=lambda file: file.stem)
def test_every_text_is_marked_for_translation(file):
    """Each string of more than one word is an argument of a marker, or a docstring."""
    tree = ast.parse(file.read_text())
    marked = {
        constant
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in MARKERS
        for constant in ast.walk(node)
    }
    docstrings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = {
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value
    }
    assert [node.value for node in texts - marked - docstrings] == []
    assert not any(re.search(r"e-mail|\bmails?\b", node.value) for node in texts)


def test_no_sentence_is_composed():
    """A catalog has no f-string, no concatenation and no call of `format` or `join`."""
    for file in CATALOGS:
        nodes = list(ast.walk(ast.parse(file.read_text())))
        assert not any(isinstance(node, ast.JoinedStr) for node in nodes), file.name
        assert not any(isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) for node in nodes), file.name
        assert not any(isinstance(node, ast.Attribute) and node.attr in {"format", "join"} for node in nodes), file.name
