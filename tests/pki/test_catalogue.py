"""Every code that the package can say has its words, and every word can be said."""

import ast
import re
import string
from pathlib import Path

import pytest

import onboarding.pki
from onboarding.messages.finding import Finding
from onboarding.messages.findings import FINDINGS as CATALOGUE

SOURCES = sorted(Path(onboarding.pki.__file__).parent.rglob("*.py"))
SAID_BY_OTHERS = {"key_reused", "request_replaced", "no_answer"}  # who keeps the requests finds these
BUILT = {f"{field}_missing" for field in ("state", "locality", "organization")}
KNOWN = {"field", "found", "expected"}


def codes_in(source):
    """The first argument of every Finding and PkiError that is written out in a file."""
    calls = [node for node in ast.walk(ast.parse(source.read_text())) if isinstance(node, ast.Call)]
    named = [call for call in calls if getattr(call.func, "id", "") in {"Finding", "PkiError"} and call.args]
    return {call.args[0].value for call in named if isinstance(call.args[0], ast.Constant)}


def test_every_code_has_words_and_all_words_are_used():
    """The catalogue and the code name the same codes."""
    raised = set().union(*(codes_in(source) for source in SOURCES)) | BUILT | SAID_BY_OTHERS
    assert raised == set(CATALOGUE)


@pytest.mark.parametrize("code", CATALOGUE)
def test_the_words_are_sentences_with_values_that_are_known_by_name(code):
    """Each text ends as a sentence does, names no code, and can be filled in."""
    entry = CATALOGUE[code]
    texts = (entry.text, entry.remedy)
    names = {name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name}
    finding = Finding(code, "x", "x", "x", dict.fromkeys(names - KNOWN, "x."))
    assert "{" not in finding.text + finding.remedy
    for text in filter(None, (finding.text, finding.remedy)):
        assert re.search(r"invalid|error|failed|ASN|OID", text) is None
        assert text[-1] in ".?:"
    assert entry.text
