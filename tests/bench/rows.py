"""The table: one row a ratio, beside the floor that was measured in the same run and what is expected of it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """`measured` and `floor` in seconds; `expected` is the ratio that should not be exceeded, if there is one."""

    what: str
    against: str
    measured: float
    floor: float
    expected: float | None = None

    @property
    def ratio(self) -> float:
        """How many times the floor."""
        return self.measured / self.floor

    @property
    def misses(self) -> bool:
        """Whether the ratio is above what is expected."""
        return self.expected is not None and self.ratio > self.expected

    def columns(self) -> tuple[str, ...]:
        """As the table shows it."""
        expected = "" if self.expected is None else f"≤ {self.expected:.1f}" + (" MISSED" if self.misses else "")
        figures = (f"{self.measured * 1000:.1f}", f"{self.floor * 1000:.1f}", f"{self.ratio:.2f}")
        return self.what, self.against, *figures, expected


HEAD = ("measured", "against", "ms", "floor ms", "ratio", "expected")


def table(rows: list[Row]) -> str:
    """All rows, aligned: words to the left, figures to the right."""
    lines = [HEAD, *(row.columns() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if 2 <= column <= 4 else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
