"""The text of an email, and what it can be made from again."""

from dataclasses import dataclass, field
from typing import Any

from onboarding.models import NoticeGroup


@dataclass(frozen=True)
class EmailRecipe:
    """What the outbox stores of an email instead of its text. The fields are columns of `OutgoingEmail`."""

    kind: str
    group: NoticeGroup
    params: dict[str, Any] = field(default_factory=dict)
    private: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class EmailText:
    """An email, in the language that was active when it was made. `to` is only for previews."""

    to: str
    subject: str
    body: str
    recipe: EmailRecipe | None = None


def joined(*paragraphs: str) -> str:
    """Return the paragraphs as one text."""
    return "\n\n".join(paragraphs) + "\n"
