"""A plot of the knee as SVG: the probe's sound and the cores over the number of callers."""

from __future__ import annotations

from typing import Any

_SVG = "http://www.w3.org/2000/svg"
_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 720, 420, 60, 60, 40, 50
_GAP, _JITTER, _CORES, _INK = "#b5341f", "#2a6f97", "#8d99ae", "#222"


def plot(rows: list[dict[str, Any]], knee: int) -> str:
    """Return the SVG.

    Args:
        rows: One for each step: callers, jitter_ms, gap_p99_ms, cores_busy.
        knee: The most callers nobody heard; 0: none.
    """
    most = max((row["callers"] for row in rows), default=1)
    high = max(40.0, *(1.1 * row["gap_p99_ms"] for row in rows)) if rows else 40.0
    parts = [
        f'<svg xmlns="{_SVG}" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" font-size="12" fill="{_INK}">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        _text(_WIDTH / 2, 22, "The probe call beside so many callers", "middle"),
        _text(_WIDTH / 2, _HEIGHT - 10, "callers at once", "middle"),
    ]
    for tick in range(5):
        y = _y(tick / 4)
        parts.append(f'<path d="M{_LEFT} {y}H{_WIDTH - _RIGHT}" stroke="#ddd"/>')
        parts.append(_text(_LEFT - 6, y + 4, f"{high * tick / 4:.0f} ms", "end"))
        parts.append(_text(_WIDTH - _RIGHT + 6, y + 4, f"{25 * tick} %", "start"))
    below = _HEIGHT - _BOTTOM + 18
    parts += [_text(_x(row["callers"], most), below, str(row["callers"]), "middle") for row in rows]
    if knee:
        x = _x(knee, most)
        parts.append(f'<path d="M{x} {_TOP}V{_HEIGHT - _BOTTOM}" stroke="{_INK}" stroke-dasharray="4 4"/>')
    for place, (name, colour, key, scale) in enumerate(
        (
            ("99th percentile of gaps", _GAP, "gap_p99_ms", high),
            ("mean jitter", _JITTER, "jitter_ms", high),
            ("cores busy (right)", _CORES, "cores_busy", 1.0),
        )
    ):
        points = [(_x(row["callers"], most), _y(min(1.0, row[key] / scale))) for row in rows]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
        parts.append(f'<rect x="{_LEFT + 10}" y="{_TOP + 18 * place}" width="12" height="4" fill="{colour}"/>')
        parts.append(_text(_LEFT + 28, _TOP + 6 + 18 * place, name, "start"))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _x(callers: float, most: float) -> float:
    return round(_LEFT + (_WIDTH - _LEFT - _RIGHT) * callers / most, 1)


def _y(share: float) -> float:
    return round(_HEIGHT - _BOTTOM - (_HEIGHT - _BOTTOM - _TOP) * share, 1)


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{words}</text>'
