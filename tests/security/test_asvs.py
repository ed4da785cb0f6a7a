"""docs/asvs.md and the markers of the tests agree, and SECURITY.md has what the table says of it."""

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"\| (\d+\.\d+\.\d+) \| ([123]) \| ([^|]+) \| (covered|not applicable|open): ([^|]+) \|")
# The last number in each section of the standard, and the numbers of level 3 that are left out here.
LEVELS_1_AND_2 = """
1.1:2 1.2:9 1.3:11 1.4:3 1.5:2 2.1:3 2.2:3 2.3:4 2.4:1 3.2:2 3.3:4 3.4:6 3.5:5 3.7:2 4.1:3 4.2:1 4.3:2 4.4:4 5.1:1 5.2:3
5.3:2 5.4:3 6.1:3 6.2:12 6.3:4 6.4:4 6.5:5 6.6:3 6.8:4 7.1:3 7.2:4 7.3:2 7.4:5 7.5:2 7.6:2 8.1:2 8.2:3 8.3:1 8.4:1 9.1:3
9.2:4 10.1:2 10.2:2 10.3:4 10.4:11 10.5:5 10.6:2 10.7:3 11.1:2 11.2:3 11.3:3 11.4:4 11.5:1 11.6:1 12.1:3 12.2:2 12.3:4
13.1:1 13.2:5 13.3:2 13.4:5 14.1:2 14.2:4 14.3:3 15.1:3 15.2:3 15.3:7 16.1:1 16.2:5 16.3:4 16.4:3 16.5:3 17.1:1 17.2:4
17.3:2
"""
LEVEL_3 = """
4.1.4 6.3.5 6.3.6 6.3.7 6.3.8 6.4.5 6.4.6 6.5.6 6.5.7 6.5.8 6.6.4 6.7.1 6.7.2 7.5.3 8.1.3 8.1.4 8.2.4 8.3.2 8.3.3 8.4.2
11.1.3 11.1.4 11.2.4 11.2.5 11.3.4 11.3.5 11.5.2 11.6.2 11.7.1 11.7.2 13.3.3 13.3.4 16.5.4
"""
# The part of SECURITY.md that the documents of a requirement are in.
PARTS = {
    "Assets and classes of data": ("14.1.1", "14.1.2"),
    "Who can do what": ("8.1.3", "8.1.4", "13.1.1"),
    "Accounts and sessions": ("6.1.1", "6.1.2", "6.1.3", "7.1.1", "7.1.2", "7.1.3"),
    "Input": ("2.1.1", "5.1.1"),
    "Cryptography": ("11.1.1", "11.1.2", "11.1.4"),
    "Memory": (),
    "Logs": ("16.1.1",),
    "Report a hole": (),
    "Updates": ("15.1.1",),
    "What is open": (),
}


def rows():
    """Return the rows of the table: number, level, words, state, and the reason or the tests."""
    return [
        match.groups() for match in map(ROW.fullmatch, (PROJECT / "docs/asvs.md").read_text().splitlines()) if match
    ]


@cache
def markers():
    """Return the numbers in the markers of all tests, by file and name of the test, from the sources."""
    found = defaultdict(set)
    for path in (PROJECT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.FunctionDef):
                continue
            for decorator in node.decorator_list:
                if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.asvs":
                    found[f"{path.name}::{node.name}"] |= {ast.literal_eval(argument) for argument in decorator.args}
    return dict(found)


def test_every_requirement_is_in_the_table_once():
    """Levels 1 and 2 are complete, and of level 3 what the table takes."""
    expected = LEVEL_3.split()
    for part in LEVELS_1_AND_2.split():
        section, _, last = part.partition(":")
        expected += [f"{section}.{number}" for number in range(1, int(last) + 1)]
    assert sorted(number for number, *_ in rows()) == sorted(expected)


def test_the_table_and_the_markers_agree():
    """A covered requirement names the tests that carry its number, and no test carries another one."""
    table = defaultdict(set)
    for number, _, _, state, text in rows():
        if state == "covered":
            for test in re.findall(r"`([^`]+)`", text):
                table[test].add(number)
    assert markers() == dict(table)


def test_each_other_requirement_has_a_reason():
    """Not applicable or open, and why."""
    assert [number for number, _, _, state, text in rows() if state != "covered" and len(text) < 5] == []


def test_security_md_counts_the_table():
    """The summary in SECURITY.md has the numbers of the table."""
    states = [state for _, _, _, state, _ in rows()]
    summary = f"{states.count('covered')} are covered by tests, {states.count('not applicable')} are not applicable"
    text = " ".join((PROJECT / "SECURITY.md").read_text().split())
    assert summary in text
    assert f"{states.count('open')} are open" in text


@pytest.mark.asvs(
    "2.1.1",
    "5.1.1",
    "6.1.1",
    "6.1.2",
    "6.1.3",
    "7.1.1",
    "7.1.2",
    "7.1.3",
    "8.1.3",
    "8.1.4",
    "11.1.1",
    "11.1.2",
    "11.1.4",
    "13.1.1",
    "14.1.1",
    "14.1.2",
    "15.1.1",
    "16.1.1",
)
def test_security_md_has_every_part():
    """Each part of PARTS exists and is not empty."""
    parts = dict(part.split("\n", 1) for part in (PROJECT / "SECURITY.md").read_text().split("\n## ")[1:])
    assert [name for name in PARTS if len(parts.get(name, "")) < 200] == []


def test_the_tests_that_security_md_names_exist():
    """Each name in SECURITY.md that looks like a test is one."""
    text = (PROJECT / "SECURITY.md").read_text()
    sources = "".join(path.read_text() for path in (PROJECT / "tests").rglob("test_*.py"))
    named = re.findall(r"`(?:\w+\.py::)?(test_\w+)`", text)
    assert len(named) > 15
    assert [name for name in named if f"def {name}(" not in sources] == []


@pytest.mark.parametrize("number", [number for numbers in PARTS.values() for number in numbers])
def test_each_documented_requirement_belongs_to_a_part(number):
    """The table says that it is covered by SECURITY.md."""
    assert number in markers()["test_asvs.py::test_security_md_has_every_part"]
