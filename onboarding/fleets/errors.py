"""The base class of this package's errors."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from onboarding.messages.message import Message, Template
from onboarding.messages.text import Params
from onboarding.messages.verdicts import ERRORS


@dataclass(frozen=True)
class ErrorMessage(Message):
    """The message of a FleetsError."""

    catalog: ClassVar[Mapping[str, Template]] = ERRORS

    code: str
    params: Params = field(default_factory=dict)
    variant: str = ""


class FleetsError(Exception):
    """Something can't be done. `code` is stable; `details` is the explanation of the other side or of the system.

    A `variant` selects one of several sentences for the same code.
    """

    def __init__(self, code: str, details: str = "", variant: str = "") -> None:
        super().__init__(code)
        self.message = ErrorMessage(code, {"details": details}, variant)

    @property
    def code(self) -> str:
        """The stable code."""
        return self.message.code

    @property
    def text(self) -> str:
        """What happened and what to do, as sentences in the current language."""
        return self.message.text
