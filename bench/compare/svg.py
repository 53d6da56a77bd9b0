"""Draws lines and bars as SVG, legible on white and on black. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Final, TypeAlias

Points: TypeAlias = Sequence[tuple[float, float]]
_WIDTH: Final = 720
_HEIGHT: Final = 360
_LEFT: Final = 64
_RIGHT: Final = 16
_TOP: Final = 40
_BOTTOM: Final = 48
_COLOURS: Final = ("#7f7f7f", "#1f9e5a", "#2f7fd8", "#e07b39", "#b65fcf")
_INK: Final = "#787878"
"""As far from white as from the black of dark pages: a contrast of 4.4 with both."""
_NARROW: Final = 18
"""Of a bar: its figure is written smaller, so that it touches no other."""
_STEPS: Final = 5
_ROUND: Final = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)


def bars(title: str, groups: Sequence[str], series: Mapping[str, Sequence[float]]) -> str:
    """Return bars in groups, one of each series in every group."""
    highest = max((v for each in series.values() for v in each if not math.isnan(v)), default=1.0)
    top = _rounded_up(highest)
    room = (_WIDTH - _LEFT - _RIGHT) / max(1, len(groups))
    width = room * 0.8 / max(1, len(series))
    parts = [_text(_LEFT + room * (at + 0.5), _HEIGHT - 28, g) for at, g in enumerate(groups)]
    for number, values in enumerate(series.values()):
        for at, value in enumerate(values):
            if math.isnan(value):
                continue
            x = _LEFT + room * (at + 0.1) + width * number
            y = _at(value, top)
            size = f'width="{width * 0.9:.1f}" height="{_HEIGHT - _BOTTOM - y:.1f}"'
            parts += [
                f'<rect x="{x:.1f}" y="{y:.1f}" {size} fill="{_colour(number)}"/>',
                _text(x + width * 0.45, y - 4, f"{value:.0f}", size=10 if width > _NARROW else 8),
            ]
    return _page(title, [*_scale(top), *parts, *_legend(list(series))])


def curves(title: str, across: str, series: Mapping[str, Points], *, limit: float) -> str:
    """Return a curve for each series, on a logarithmic scale upwards, and a line at `limit`."""
    points = [point for each in series.values() for point in each]
    right = _rounded_up(max((x for x, _ in points), default=1.0))
    top = 10.0 ** math.ceil(math.log10(max((y for _, y in points), default=10.0)))
    decades = max(1, math.ceil(math.log10(top)) + 1)

    def place(x: float, y: float) -> tuple[float, float]:
        share = (math.log10(max(y, 0.1)) + 1) / decades
        return _LEFT + x / right * (_WIDTH - _LEFT - _RIGHT), _upwards(share)

    parts = []
    for decade in range(-1, decades):
        y = _upwards((decade + 1) / decades)
        parts += [_rule(y), _text(_LEFT - 8, y + 4, f"{10.0**decade:g}", anchor="end")]
    for step in range(_STEPS + 1):
        x = right * step / _STEPS
        parts.append(_text(place(x, 1)[0], _HEIGHT - 28, f"{x:.0f}"))
    at_limit = place(0, limit)[1]
    parts.append(_rule(at_limit, dashed=True))
    parts.append(_text(_LEFT + 4, at_limit - 4, f"{limit:g}", anchor="start", size=11))
    for number, each in enumerate(series.values()):
        placed = [place(*point) for point in sorted(each)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
        colour = _colour(number)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in placed]
    parts.append(_text(_WIDTH / 2, _HEIGHT - 8, across))
    return _page(title, [*parts, *_legend(list(series))])


def _page(title: str, parts: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
    head += f'font-family="sans-serif" fill="{_INK}"><title>{escape(title)}</title>'
    return "\n".join([head, _text(_LEFT, 16, title, anchor="start", size=14), *parts, "</svg>", ""])


def _legend(names: Sequence[str]) -> list[str]:
    parts, x = [], float(_LEFT)
    for number, name in enumerate(names):
        parts += [
            f'<rect x="{x:.0f}" y="23" width="9" height="9" fill="{_colour(number)}"/>',
            _text(x + 13, 32, name, anchor="start", size=11),
        ]
        x += 24 + 5.6 * len(name)
    return parts


def _scale(top: float) -> list[str]:
    parts = []
    for step in range(_STEPS + 1):
        value = top * step / _STEPS
        y = _at(value, top)
        parts += [_rule(y), _text(_LEFT - 8, y + 4, f"{value:g}", anchor="end")]
    return parts


def _at(value: float, top: float) -> float:
    return _upwards(value / top)


def _upwards(share: float) -> float:
    return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)


def _rule(y: float, *, dashed: bool = False) -> str:
    dashes = ' stroke-dasharray="6 4"' if dashed else ' opacity="0.3"'
    return (
        f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" '
        f'stroke="{_INK}"{dashes}/>'
    )


def _text(x: float, y: float, text: str, *, anchor: str = "middle", size: int = 12) -> str:
    where = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}"'
    return f"<text {where}>{escape(text)}</text>"


def _colour(number: int) -> str:
    return _COLOURS[number % len(_COLOURS)]


def _rounded_up(value: float) -> float:
    magnitude = 10.0 ** math.floor(math.log10(max(value, 1e-9)))
    return next(m * magnitude for m in _ROUND if m * magnitude >= value)
