"""The checks of Python texts report what a person would read, and nothing else."""

from pathlib import Path

import pytest

from tests.lint import catalog, strings

PATH = Path("module.py")


def found(source: str) -> list[str]:
    return [problem.text for problem in strings.problems(PATH, source)]


@pytest.mark.parametrize(
    "source",
    [
        'messages.info(request, "Your request is on its way.")',
        'label = "Company"',
        'forms.CharField(label="login")',
        'field.error_messages["required"] = "Say why."',
        'name = f"test of {day} UTC"',
        'raise ValidationError("Enter a login.")',
        'SENT = "sent", "Sent"',
        'format_html("<a href={}>Go there</a>", url)',
        'if "details below" in action: pass',
        'if "Sign-In: now or never" in action: pass',
        'help_text = "Optional. " + _("The request holds it.")',
        'x = "one thing" if many else _("Others")',
        'class Status(models.TextChoices):\n    SENT = "sent"',
        'class Status(models.TextChoices):\n    SENT = "sent", "on its way"',
        'x = _(f"Step {number}")',
        'x = _("Step " + name)',
        "x = _(sentence)",
        'x = ngettext("{n} day", plural, n)',
        'def wait(message="Please wait"): pass',
        'x = texts.get("Your request")',
        'message = stored.get("code", "Sent")',
        'view(  # not translated: a call, not a list\n    "Your request",\n)',
        '# not translated: the line below\n\nx = "Your request"',
        'x = "Fleet API"  # not translated: a name\ny = "Your request"',
    ],
)
def test_text_outside_a_marker_is_reported(source):
    assert len(found(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring of a module."""',
        'def view():\n    """A docstring of a function."""',
        'x = _("Your request is on its way.")',
        'x = gettext_lazy("Company")',
        'x = ngettext("%(n)s day", "%(n)s days", n) % {"n": n}',
        'logger.warning("The email to %s failed", address)',
        'raise WorkflowError("the status does not allow it")',
        'raise PkiError(f"no key {name}") from error',
        'assert done, "nothing was done"',
        'PATTERN = re.compile(r"[a-z]+ [0-9]+")',
        'cursor.execute("ALTER TABLE t DISABLE TRIGGER USER")',
        'SQL = "SELECT id FROM t WHERE a = 1"',
        'response["Cache-Control"] = "no-store, private"',
        'HttpResponse(text, content_type="text/plain; charset=utf-8")',
        'attrs = {"class": "form-control code"}',
        'day = f"{at:%d %B %Y}"',
        'day = date_format(at, "j F Y")',
        'if status == "key_made": pass',
        'if "BEGIN CERTIFICATE" in text: pass',
        'if "Proc-Type: 4,ENCRYPTED" in text: pass',
        'class Status(models.TextChoices):\n    SENT = "sent", _("Sent")',
        'x = "-//Fleet API//EN and more"  # not shown: an identifier of the calendar format',
        'x = "Fleet API"  # not translated: a name',
        '# not translated: a name\nx = "Fleet API"',
        "x = gettext(self.reason)  # marked where the reasons are written",
        'FILES = {  # not translated: a file in English\n    "key.pem": "your private key",\n}',
        'raise BadZipFile("no directory here")',
        'message = stored.get("code", "")',
        'path("<uuid:pk>/verb/<slug:slug>/", view)',
        'from __future__ import annotations\ndef f(x: "dict[str, int]"): pass',
        "text = translator.gettext(text)",
    ],
)
def test_what_nobody_reads_is_not_reported(source):
    assert found(source) == []


def test_an_exemption_needs_a_reason():
    assert found('x = "Your request"  # not shown:') != []


def test_a_problem_names_file_line_and_text():
    (problem,) = strings.problems(PATH, 'import x\n\nlabel = "Company"\n')
    assert str(problem) == "module.py:3: label outside gettext: 'Company'"


@pytest.mark.parametrize(
    "source",
    [
        'error(Owner.US, "The key is damaged.")',
        'Template(Owner.US, _("The key is damaged."), f"{ASK} for it.")',
        'warning(Owner.US, _("The key is damaged."), ASK + "for it.")',
        "Template(Owner.US, text=PHRASE)",
        'info(Owner.US, _(f"The key is {state}."))',
        'info(Owner.US, ngettext_lazy("{days} day", DAYS, "days"))',
        'ASK = "Ask for another one."\nerror(Owner.US, _("The key is damaged."), ASK)',
        'ASK = _("Ask.")\nASK = "Ask for another one."\nerror(Owner.US, _("The key is damaged."), ASK)',
        'ASK = _("Ask ")\nASK += "for another one."\nerror(Owner.US, _("The key is damaged."), ASK)',
        'ASK = _(f"Ask {whom}.")\nerror(Owner.US, _("The key is damaged."), ASK)',
        'error(Owner.US, _("The key is damaged."), ELSEWHERE)',
        "def error(owner, text):\n    return Template(owner, other)",
        'Template(Owner.US, *("The key is damaged.", ""))',
        'Template(Owner.US, **{"text": "The key is damaged."})',
        'Template(Owner.US, _("The key is damaged."), True)',
    ],
)
def test_a_template_needs_marked_literals(source):
    assert len(list(catalog.problems(PATH, source))) == 1


@pytest.mark.parametrize(
    "source",
    [
        'error(Owner.US, _("The key is damaged."))',
        'error(Owner.US, _("The key is damaged."), "")',
        'Template(Owner.US, _("It waits."), ngettext_lazy("{n} day", "{n} days", "n"), confidence=Confidence.PROBABLE)',
        'Template(Owner.US, _("It waits."), "", Severity.INFO, Confidence.PROBABLE, True)',
        'Template(Owner.US, _("It waits."), ask_for_details=True)',
        'ASK = _("Ask for another one.")\nerror(Owner.US, _("The key is damaged."), ASK)',
        'ASK: Text = ngettext_lazy("{n} day", "{n} days", "n")\nerror(Owner.US, text=ASK)',
        'def error(owner, text, remedy=""):\n    return Template(owner, text, remedy, Severity.ERROR)',
    ],
)
def test_a_template_of_marked_literals_passes(source):
    assert list(catalog.problems(PATH, source)) == []
