"""The one error root of this package."""

from onboarding.messages.verdicts import ERRORS


class FleetsError(Exception):
    """Something can't be done: `code` is stable, `text` is for a person, `details` is what the other side said."""

    def __init__(self, code: str, details: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.details = details

    @property
    def text(self) -> str:
        """What happened and what to do, as a sentence."""
        return ERRORS[self.code].format(details=self.details)
