"""The check of documents reports a path that doesn't exist."""

from pathlib import Path

from tests.lint import documents


def test_a_path_that_does_not_exist_is_reported(tmp_path):
    (tmp_path / "onboarding").mkdir()
    (tmp_path / "onboarding/settings.py").touch()
    source = "`onboarding/settings.py` and `onboarding/`\n\n`onboarding/steps.py`, `make test`"
    (problem,) = documents.problems(Path("README.md"), source, tmp_path)
    assert (problem.line, problem.text) == (3, "there is no onboarding/steps.py")
