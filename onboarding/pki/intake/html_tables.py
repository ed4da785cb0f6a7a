"""Tables in HTML as text: a line for each row, with tabs between the cells."""

import re

ROW_START = re.compile(r"<tr\b[^<>]{0,500}>", re.IGNORECASE)
ROW_END = re.compile(r"</(?:tr|thead|tbody|tfoot|table)\s{0,5}>", re.IGNORECASE)
CELL_START = re.compile(r"<t[dh]\b(?P<attributes>[^<>]{0,500})>", re.IGNORECASE)
SPAN = re.compile(r"\b(?P<kind>row|col)span\s{0,5}=\s{0,5}[\"']?(?P<count>[0-9]{1,2})", re.IGNORECASE)
CELL_TAG = re.compile(r"</?[a-zA-Z!][^<>]{0,500}>")
CELL_MAX = 300  # characters; a longer one holds the layout of the page
COLUMNS_READ = 12
# PEM, base64 and hexadecimal stay as they are: a certificate may be spread over the rows of a table.
ENCODED_CELL = re.compile(r"[A-Za-z0-9+/=]{60}|-----|(?:[0-9A-Fa-f]{2}[: ]){16}")


def rows_as_lines(page: str) -> str:
    """Return `page` with each row of two or more short cells as one line. A cell that spans rows is in each of them."""
    before, *rows = ROW_START.split(page)
    parts = [before]
    spanning: dict[int, tuple[int, str]] = {}  # by column: for how many more rows, and the text
    for row in rows:
        end = ROW_END.search(row)
        contents, rest = (row[: end.start()], row[end.end() :]) if end else (row, "")
        cells = _cells_of(contents, spanning)
        is_row = len(cells) > 1 and not any(len(cell) > CELL_MAX or ENCODED_CELL.search(cell) for cell in cells)
        if end and "table" in end[0].lower():
            spanning.clear()
        # An empty line would end the table.
        after = "\n" + rest if CELL_TAG.sub("", rest).strip() else ""
        parts.append("\n" + ("\t".join(cells) if is_row else contents) + after)
    return "".join(parts) + ("\n" if rows else "")


def _cells_of(contents: str, spanning: dict[int, tuple[int, str]]) -> list[str]:
    """Return the texts of the cells in a row, with those that span it from above; `spanning` is updated."""
    cells: list[str] = []
    starts = list(CELL_START.finditer(contents))
    for index, start in enumerate(starts[:COLUMNS_READ]):
        _add_spanning(cells, spanning)
        end = starts[index + 1].start() if index + 1 < len(starts) else len(contents)
        text = " ".join(CELL_TAG.sub(" ", contents[start.end() : end]).split())
        spans = {span["kind"].lower(): int(span["count"]) for span in SPAN.finditer(start["attributes"])}
        if spans.get("row", 1) > 1:
            spanning[len(cells)] = spans["row"] - 1, text
        cells += [text, *[""] * (min(spans.get("col", 1), COLUMNS_READ) - 1)]
    _add_spanning(cells, spanning)
    return cells


def _add_spanning(cells: list[str], spanning: dict[int, tuple[int, str]]) -> None:
    while len(cells) in spanning:
        rows, text = spanning.pop(len(cells))
        if rows > 1:
            spanning[len(cells)] = rows - 1, text
        cells.append(text)
