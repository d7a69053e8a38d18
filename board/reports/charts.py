"""Charts as SVG, by attributes alone: they stand in a page whose policy allows no style, print sharply, and are text.

Colours are ``currentColor`` of the page; each chart has a title for who hears it, and its numbers stand in it as text.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROW: Final = 22
_COLUMN: Final = 26
_PLOT: Final = 140
_LABELS: Final = 190  # width of the words beside bars
_BARS: Final = 280
_NUMBERS: Final = 50
_STEPS: Final = (1, 2, 5)


def bars(title: str, rows: Sequence[tuple[str, int]]) -> Markup:
    """Return horizontal bars, each with its word before it and its number behind it.

    Args:
        title: What they show.
        rows: Words and numbers, from top to bottom.
    """
    most = max((number for _, number in rows), default=0) or 1
    parts = []
    for place, (label, number) in enumerate(rows):
        y = place * _ROW
        width = round(number / most * _BARS, 1)
        middle = y + _ROW // 2 + 5
        parts.append(f'<text x="{_LABELS - 8}" y="{middle}" text-anchor="end">{escape(label)}</text>')
        parts.append(f'<rect x="{_LABELS}" y="{y + 4}" width="{width}" height="{_ROW - 8}" class="chart-bar"/>')
        parts.append(f'<text x="{_LABELS + width + 6}" y="{middle}">{number}</text>')
    return _svg(title, _LABELS + _BARS + _NUMBERS, max(1, len(rows)) * _ROW, parts)


def columns(title: str, rows: Sequence[tuple[str, int]]) -> Markup:
    """Return upright columns over a scale, each with its word below it.

    Args:
        title: What they show.
        rows: Words and numbers, from left to right.
    """
    top = scale_of(max((number for _, number in rows), default=0))
    parts = []
    left, floor = 44, _PLOT + 14
    width = left + len(rows) * _COLUMN + 8
    for part in range(5):
        value, y = top * part / 4, floor - _PLOT * part / 4
        parts.append(f'<line x1="{left}" x2="{width}" y1="{y:g}" y2="{y:g}" class="chart-line"/>')
        parts.append(f'<text x="{left - 6}" y="{y + 4:g}" text-anchor="end">{value:g}</text>')
    for place, (label, number) in enumerate(rows):
        x, height = left + place * _COLUMN, round(number / top * _PLOT, 1)
        middle = x + _COLUMN // 2
        parts.append(
            f'<rect x="{x + 4}" y="{floor - height:g}" width="{_COLUMN - 8}" height="{height:g}" class="chart-bar"/>'
        )
        parts.append(f'<text x="{middle}" y="{floor + 16}" text-anchor="middle">{escape(label)}</text>')
    return _svg(title, width, floor + 24, parts)


def scale_of(most: int) -> int:
    """Return the top of a scale that has four even steps, such as 4, 8, 20, 40, 80, 200."""
    unit = 1
    while True:
        for step in _STEPS:
            if 4 * step * unit >= most:
                return 4 * step * unit
        unit *= 10


def heat_class(number: int, most: int) -> int:
    """Return which of five shades a number has, 0 to 4, by its square root: a few large ones hide not all others."""
    if number <= 0 or most <= 0:
        return 0
    return max(1, math.ceil(math.sqrt(number / most) * 4))


def _svg(title: str, width: float, height: float, parts: Sequence[str]) -> Markup:
    label = quoteattr(title)
    return Markup(  # noqa: S704 - every text in it is escaped above
        f'<svg viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" role="img" '
        f'aria-label={label} class="chart">{"".join(parts)}</svg>'
    )
