"""The errors of this package: one base class, and the subclasses that callers handle differently."""

from typing import Any

from onboarding.messages.finding import Finding


class PkiError(Exception):
    """An operation failed. `finding` has the code and the sentences for a person; `str()` gives only the code."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.finding = Finding(code, **details)

    @property
    def code(self) -> str:
        """The stable code."""
        return self.finding.code


class PassphraseError(PkiError):
    """The passphrase is missing or wrong."""
