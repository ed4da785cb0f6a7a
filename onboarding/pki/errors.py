"""The one error root of this package."""

from typing import Any

from onboarding.messages.finding import Finding


class PkiError(Exception):
    """Something can't be done; `finding` has the code and the words for a person, `str()` only the code."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.finding = Finding(code, **details)

    @property
    def code(self) -> str:
        """The stable code."""
        return self.finding.code
