"""The check of names reports a class or a constant that two modules define."""

import pytest

from tests.lint import names


@pytest.mark.parametrize(
    "source", ["class Leaf: ...", "LIMIT = 1", "LIMIT: int = 1", "LIMIT, _REST = 1, 2", "_FIRST = LIMIT = 1"]
)
def test_a_name_in_two_modules_is_reported_at_both(tmp_path, source):
    files = [tmp_path / "a.py", tmp_path / "b.py"]
    for file in files:
        file.write_text(source)
    assert [problem.path for problem in names.problems(iter(files))] == files


@pytest.mark.parametrize(
    "source", ["class Command: ...", "class _A:\n    LIMIT = 1", "_LIMIT = 1", "def limit(): ...", "limit = 1"]
)
def test_prescribed_private_and_inner_names_are_not_reported(tmp_path, source):
    files = [tmp_path / "a.py", tmp_path / "b.py"]
    for file in files:
        file.write_text(source)
    assert names.problems(iter(files)) == []
