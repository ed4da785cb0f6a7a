"""The one error root of this package."""

from collections.abc import Sequence


class RehearsalError(Exception):
    """The authority will not sign; `problems` are sentences, as an operator would write them."""

    def __init__(self, code: str, problems: Sequence[str] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.problems = list(problems)
