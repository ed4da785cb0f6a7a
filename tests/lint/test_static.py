"""The checks of stylesheets and scripts report mistakes, and nothing in a file that is right."""

from pathlib import Path

import pytest

from tests.lint import scripts, styles

PATH = Path("file")


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("a { color: var(--missing); }", "--missing is not defined anywhere"),
        ("@media print { a { margin: calc(var(--missing) * 2); } }", "--missing is not defined anywhere"),
        ("a { color: red; color: red; }", "color is declared twice"),
        ("a { color }", "does not parse: EOF reached before {} block for a qualified rule."),
    ],
)
def test_a_mistake_in_a_stylesheet_is_reported(source, problem):
    assert [each.text for each in styles.problems(PATH, source, set())] == [problem]


@pytest.mark.parametrize(
    "source",
    [
        "a { color: var(--ink); }",
        "a { color: var(--missing, red); }",
        "a { color: var(--bs-body-color); }",
        "a { height: 100vh; height: 100dvh; }",
        "@media print { a { color: red; } b { color: red; } }",
    ],
)
def test_a_stylesheet_that_is_right_passes(source):
    assert list(styles.problems(PATH, source, {"--ink"})) == []


@pytest.mark.parametrize(
    "source",
    [
        'button.textContent = "Copied";',
        "say(`${stage} has failed`);",
        'item.title = on ? "Hide" : label;',
        f"call({'a' * 120});",
    ],
)
def test_a_text_or_a_long_line_in_a_script_is_reported(source):
    assert len(list(scripts.text_problems(PATH, source))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "button.textContent = button.dataset.copied;",
        'document.querySelector("form[data-once] button");',
        'item.className = "btn btn-sm";',
        "// A comment with words.",
        'list.append(line, " ");',
        'const accept = "a b";  // not shown: a header',
    ],
)
def test_what_nobody_reads_in_a_script_is_not_reported(source):
    assert list(scripts.text_problems(PATH, source)) == []


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        ("if (a == b) { c(); }\nexport {};", "eqeqeq"),
        ("const unused = 1;\n", "no-unused-vars"),
        ("var a = 1; export { a };\n", "no-var"),
        ("function (", "Expected function name"),
    ],
)
def test_oxlint_reports_mistakes(tmp_path, source, rule):
    path = tmp_path / "script.js"
    path.write_text(source)
    assert rule in " ".join(problem.text for problem in scripts.oxlint([path]))


def test_oxlint_passes_a_script_that_is_right(tmp_path):
    path = tmp_path / "script.js"
    path.write_text('"use strict";\nfor (const a of document.forms) a.submit();\n')
    assert scripts.oxlint([path]) == []
