"""The table of limits as the README shows it."""

from onboarding.limits import LIMITS
from onboarding.workflow.limits import duration_text


def rows() -> list[str]:
    """Return the rows of the README's table."""
    return [
        f"| {limit.what} | {limit.number}{_period(limit)} | {' and '.join(str(scope.label) for scope in limit.scopes)} "
        f"| `{limit.setting}` |"
        for limit in LIMITS
    ]


def _period(limit) -> str:
    return f" in {duration_text(limit.period)}" if limit.period else ", at the same time"
