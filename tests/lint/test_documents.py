"""Paths that documents and the test configuration name exist."""

from pathlib import Path

from tests.conftest import SLOW
from tests.lint import documents
from tests.lint.problem import PROJECT, python_files


def test_a_path_that_does_not_exist_is_reported(tmp_path):
    (tmp_path / "onboarding").mkdir()
    (tmp_path / "onboarding/settings.py").touch()
    source = "`onboarding/settings.py` and `onboarding/`\n\n`onboarding/steps.py`, `make test`"
    (problem,) = documents.problems(Path("README.md"), source, tmp_path)
    assert (problem.line, problem.text) == (3, "there is no onboarding/steps.py")


def test_a_name_that_its_module_lacks_is_reported(tmp_path):
    (tmp_path / "onboarding").mkdir()
    (tmp_path / "onboarding/steps.py").write_text("class Step:\n    def next_step(self): ...\n")
    source = "| `onboarding/steps.py`, `Step.next_step` and `STEPS` | `make test` |"
    (problem,) = documents.problems(Path("README.md"), source, tmp_path)
    assert problem.text == "there is no STEPS in onboarding/steps.py"


def test_the_modules_that_change_the_confidence_of_a_verdict_are_in_contributing():
    """The row about it names every module, so a reader opens no other."""
    row = next(row for row in (PROJECT / "CONTRIBUTING.md").read_text().splitlines() if "confidence_override" in row)
    modules = [path for path in python_files("onboarding/fleets") if "confidence_override=" in path.read_text()]
    assert len(modules) > 1
    assert [path for path in modules if f"`{path.relative_to(PROJECT)}`" not in row] == []


def test_the_slow_tests_exist():
    assert [name for name in SLOW if not (PROJECT / "tests" / name).exists()] == []
