"""The check of docs/dependencies.md notices a package without a reason, a row without a package, and a missing hash."""

import shutil

import pytest

from tests.lint.dependencies import PAGE, SECTIONS, differences, unhashed
from tests.lint.problem import PROJECT

FILES = (PAGE, "pyproject.toml", *filter(None, SECTIONS.values()))


@pytest.fixture
def project(tmp_path):
    (tmp_path / "docs").mkdir()
    for name in FILES:
        shutil.copy(PROJECT / name, tmp_path / name)
    return tmp_path


def change(project, name, old, new):
    text = (project / name).read_text()
    assert old in text
    (project / name).write_text(text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("name", "old", "new", "text"),
    [
        (PAGE, "| `asgiref` |", "| `absent` |", "asgiref has no reason"),
        (PAGE, "| `asgiref` |", "| `absent` |", "absent is not locked"),
        (PAGE, "| `honcho` | us | starts", "| honcho | us | starts", "honcho has no reason"),
        (PAGE, "| `pip` | us | installs the packages |", "", "pip has no reason"),
        (
            "requirements.txt",
            "whitenoise==",
            "newcomer==1.0 \\\n    --hash=sha256:0\nwhitenoise==",
            "newcomer has no reason",
        ),
        (
            "requirements-run.txt",
            "honcho==",
            "newcomer==1.0 \\\n    --hash=sha256:0\nhoncho==",
            "newcomer has no reason",
        ),
        (
            "pyproject.toml",
            '    "hypothesis",\n',
            '    "hypothesis",\n    "New.Comer>=2",\n',
            "new-comer has no reason",
        ),
    ],
)
def test_a_difference_is_reported(project, name, old, new, text):
    """In each of the four lists."""
    assert list(differences(project)) == []
    change(project, name, old, new)
    assert any(text in problem.text for problem in differences(project))


@pytest.mark.parametrize(
    "line", ["--index-url https://index.example/simple", "-i https://index.example", "a @ https://x/a.whl"]
)
def test_an_address_in_a_lock_is_reported(project, line):
    """Nor may a version lack its hash."""
    assert list(unhashed(project)) == []
    change(project, "requirements.txt", "asgiref==", f"{line}\nasgiref==")
    assert [problem.text for problem in unhashed(project)] == ["a lock has packages only, and no address"]
    change(project, "requirements.txt", f"{line}\n", "unhashed==1.0\n")
    assert [problem.text for problem in unhashed(project)] == ["this version has no hash"]
