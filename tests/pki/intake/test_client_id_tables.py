"""Client IDs in tables: each row's value is found with its environment, in HTML and in text."""

from itertools import permutations

import pytest

from onboarding.pki.intake.reading import Upload, read_uploads

IDS = (
    "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    "0c5d7e3fa9b84c1d8e2f6a7b9c0d1e2f",
    "7c9e6679-7425-40de-944b-e07fc1f90ae7",
)
COLUMNS = ("Environment", "Address", "Client ID")
ROWS = (
    ("Production", "https://api-cert.operator.example/v3", IDS[0]),
    ("Pre-production", "https://api-cert-preprod.operator.example/v3", IDS[1]),
    ("Sandbox", "api-prod.sandbox.operator.example", IDS[2]),
)
EXPECTED = {(IDS[0], "production"), (IDS[1], "preproduction"), (IDS[2], "preproduction")}


def aligned(rows):
    widths = [max(map(len, column)) + 3 for column in zip(*rows, strict=True)]
    return "\n".join("".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def boxed(rows):
    rule = "+----+----+----+"
    return "\n".join([rule, *(f"| {' | '.join(row)} |\n{rule}" for row in rows)])


def page(rows, cell="<td>{}</td>", row="<tr>{}</tr>", table="<table>{}</table>"):
    body = "".join(row.format("".join(map(cell.format, each))) for each in rows)
    return f"<html><body><p>Hello,</p>{table.format(body)}<p>Regards</p></body></html>"


LAYOUTS = {
    **{f"text with {sep!r}": lambda rows, sep=sep: "\n".join(map(sep.join, rows)) for sep in ("\t", " | ", ";", ",")},
    "text in columns": aligned,
    "text in a box": boxed,
    "html": page,
    "html with paragraphs": lambda rows: page(
        rows, '<td style="x">\n<p class="y"><b>{}</b></p>\n</td>\n', "<tr>\n{}\n</tr>\n"
    ),
    "html with a body": lambda rows: page(rows, table="<table><thead></thead>\n<tbody>\n{}\n</tbody></table>"),
    "html without end tags": lambda rows: page(rows, "<td>{}", "<TR>{}"),
    "html in a layout": lambda rows: page(rows, table="<table><tr><td><table>{}</table></td></tr></table>"),
}  # fmt: skip


@pytest.mark.parametrize("order", permutations(range(3)), ids=str)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_row_is_found_with_its_environment(layout, order):
    """In any order of the columns; words in an address are not its environment."""
    rows = [[row[column] for column in order] for row in (COLUMNS, *ROWS)]
    found = read_uploads([Upload("", LAYOUTS[layout](rows).encode())]).client_ids
    assert {(each.value, each.environment.value) for each in found} == EXPECTED


def test_a_cell_that_spans_rows_is_in_each_of_them():
    """Several client IDs of one environment often share one cell."""
    data = (
        "<table><tr><th>Environment</th><th>Application</th><th>Client ID</th></tr>"
        f"<tr><td rowspan='2'>Production</td><td>A</td><td>{IDS[0]}</td></tr><tr><td>B</td><td>{IDS[1]}</td></tr>"
        f"<tr><td>Sandbox</td><td>C</td><td>{IDS[2]}</td></tr></table>"
    )
    found = read_uploads([Upload("", data.encode())]).client_ids
    assert {(each.value, each.environment.value) for each in found} == {
        (IDS[0], "production"),
        (IDS[1], "production"),
        (IDS[2], "preproduction"),
    }
