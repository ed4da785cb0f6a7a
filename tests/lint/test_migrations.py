"""The check of migrations reports what an earlier version of the site does not survive, and nothing else."""

import pytest

from tests.lint.migrations import FOLDER, problems

UNSAFE = [
    'migrations.AddField("thing", "name", models.CharField(max_length=5))',
    'migrations.AddField(model_name="thing", name="name", field=models.CharField(max_length=5, default="x"))',
    'migrations.AddField("thing", "owner", models.ForeignKey("onboarding.user", models.CASCADE))',
    'migrations.AlterField("thing", "name", models.CharField(max_length=5))',
    'migrations.RemoveField("thing", "name")',
    'migrations.RenameField("thing", "name", "title")',
    'migrations.RenameModel("thing", "item")',
    'migrations.DeleteModel("thing")',
    'migrations.AddConstraint("thing", models.UniqueConstraint(fields=["name"], name="one"))',
    "migrations.RunPython(fill)",
    'migrations.RunSQL("UPDATE thing SET name = 1")',
]
SAFE = [
    'migrations.AddField("thing", "name", models.CharField(max_length=5, default="", db_default=""))',
    'migrations.AddField("thing", "at", models.DateTimeField(null=True))',
    'migrations.AddField("thing", "people", models.ManyToManyField("onboarding.user"))',
    'migrations.AlterField("thing", "name", models.CharField(max_length=5, choices=[]))',
    'migrations.CreateModel("other", [("id", models.BigAutoField(primary_key=True))])',
    'migrations.AddIndex("thing", models.Index(fields=["name"], name="by_name"))',
    "migrations.RunPython(fill, migrations.RunPython.noop)",
    'migrations.RunSQL("SELECT 1", reverse_sql="SELECT 1")',
]


def texts(*operations: str) -> list[str]:
    body = ",\n        ".join(operations)
    source = f"class Migration(migrations.Migration):\n    operations = [\n        {body},\n    ]\n"
    return [problem.text for problem in problems(FOLDER / "0099_example.py", source)]


@pytest.mark.parametrize("operation", UNSAFE)
def test_an_unsafe_operation_is_reported_unless_a_comment_says_why_it_is_safe(operation):
    """The report names the operation; the comment needs a reason."""
    (text,) = texts(operation)
    assert operation.startswith(f"migrations.{text.partition(':')[0]}(")
    assert texts(f"# safe: nothing reads it since the release before\n        {operation}") == []
    assert texts(f"# safe:\n        {operation}") == [text]
    assert texts(f"# safe: the first\n        {SAFE[0]}", operation) == [text]


@pytest.mark.parametrize("operation", SAFE)
def test_a_safe_operation_is_not_reported(operation):
    """It needs no comment."""
    assert texts(operation) == []


def test_a_table_of_the_same_migration_may_get_anything():
    """The earlier version does not know it."""
    assert texts('migrations.CreateModel("Thing", [])', UNSAFE[0], UNSAFE[8]) == []
