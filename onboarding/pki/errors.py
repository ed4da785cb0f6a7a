"""The errors of this package: one root, and the kinds that callers tell apart."""

from typing import Any

from onboarding.messages.finding import Finding


class PkiError(Exception):
    """Something can't be done. `finding` has the code and the sentences for a person; `str()` gives the code alone."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.finding = Finding(code, **details)

    @property
    def code(self) -> str:
        """The stable code."""
        return self.finding.code


class PassphraseError(PkiError):
    """The passphrase is missing or wrong."""
