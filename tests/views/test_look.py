"""What the look promises: few bytes, colours that can be told apart, one scale, and no markup without a style."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

FIRST_VISIT_KB = 30
STYLES = Path(__file__).parents[2] / "static/onboarding"
COLORS = dict(
    re.findall(r"(--color-[\w-]+): light-dark\((#[0-9a-f]+, #[0-9a-f]+)\)", (STYLES / "tokens.css").read_text())
)


def luminance(color):
    """Return the relative luminance of #rgb or #rrggbb (WCAG 2.2)."""
    digits = color[1:] if len(color) == 7 else "".join(2 * digit for digit in color[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(theme, first, second):
    """Return the contrast of two colours in the theme 0 (light) or 1 (dark)."""
    values = sorted(luminance(COLORS[f"--color-{name}"].split(", ")[theme]) for name in (first, second))
    return (values[1] + 0.05) / (values[0] + 0.05)


TEXTS = [
    *((ink, ground) for ink in ("text", "text-quiet", "link") for ground in ("page", "surface", "accent-surface")),
    *(("text", ground) for ground in ("field", "warn-surface", "bad-surface")),
    *(("on-accent", ground) for ground in ("accent", "accent-strong")),
    *[("on-bad", "bad"), ("bad", "page"), ("bad", "bad-surface"), ("warn", "warn-surface"), ("accent", "page")],
    *[("accent-strong", "accent-surface"), ("text-quiet", "warn-surface"), ("text-quiet", "bad-surface")],
]
SHAPES = [
    *(("text", ground) for ground in ("page", "surface", "accent-surface", "warn-surface", "bad-surface", "field")),
    *(("input-line", ground) for ground in ("page", "field", "surface")),
    *[("accent", "page"), ("accent", "surface"), ("warn-line", "page"), ("bad", "page")],
]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(TEXTS, 4.5), (SHAPES, 3)], ids=["text", "shapes and focus"])
def test_colours_differ_enough_from_their_ground(theme, pairs, least):
    """WCAG 2.2: 4.5:1 for text, 3:1 for fields, icons and the focus ring, in both themes."""
    assert {pair: contrast(theme, *pair) for pair in pairs if contrast(theme, *pair) < least} == {}


def test_a_first_visit_is_small(client, db):
    """The start page and everything that it loads have at most 30 KB compressed."""
    page = client.get("/").content
    loaded = re.findall(r'(?:href|src)="/static/([^"]+)"', page.decode())
    assert {Path(name).suffix for name in loaded} == {".css", ".js", ".svg"}
    sizes = {name: len(gzip.compress(Path(finders.find(name)).read_bytes())) for name in loaded}
    sizes["page"] = len(gzip.compress(page))
    assert sum(sizes.values()) <= FIRST_VISIT_KB * 1024, sizes


def test_type_has_five_sizes():
    """14, 16, 18, 24 and 34 pixels."""
    sizes = re.findall(r"--text-\d: ([\d.]+)rem", (STYLES / "tokens.css").read_text())
    assert [float(size) * 16 for size in sizes] == [14, 16, 18, 24, 34]
