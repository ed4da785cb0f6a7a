"""The table: a row for each ratio, with the floor measured in the same run and the expected maximum."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """`measured` and `floor` are in seconds; `expected` is the maximum of the ratio, if there is one."""

    what: str
    against: str
    measured: float
    floor: float
    expected: float | None = None

    @property
    def ratio(self) -> float:
        """The measured time in multiples of the floor."""
        return self.measured / self.floor

    @property
    def is_missed(self) -> bool:
        """Whether the ratio exceeds the expected maximum."""
        return self.expected is not None and self.ratio > self.expected

    def columns(self) -> tuple[str, ...]:
        """Return the cells of the row."""
        expected = "" if self.expected is None else f"≤ {self.expected:.1f}" + (" MISSED" if self.is_missed else "")
        numbers = (f"{self.measured * 1000:.1f}", f"{self.floor * 1000:.1f}", f"{self.ratio:.2f}")
        return self.what, self.against, *numbers, expected


HEAD = ("measured", "against", "ms", "floor ms", "ratio", "expected")


def table(rows: list[Row]) -> str:
    """Return all rows as text, with words aligned to the left and numbers to the right."""
    lines = [HEAD, *(row.columns() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if 2 <= column <= 4 else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
