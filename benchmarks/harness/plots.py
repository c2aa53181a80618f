"""Plots of the engine's cost as SVG text: against points, and against rules. Log axes, so that a line of slope one is linear cost."""

from __future__ import annotations

import math
from collections.abc import Sequence

from benchmarks.harness.results import Run, Table

WIDTH, HEIGHT, LEFT, BOTTOM, MARGIN = 560, 320, 70, 45, 20
COLOURS = ("#1f4e79", "#b85c00", "#5a7d2a")
Line = tuple[str, list[tuple[float, float]]]


def pictures(run: Run) -> dict[str, str]:
    """File name -> SVG of what can be plotted of `run`."""
    found: dict[str, str] = {}
    for axis, other in (("points", "rules"), ("rules", "points")):
        tables = _walk(run.tables, axis, other)
        if len({t.axes[axis] for t in tables}) >= 2:
            lines = _lines(tables, axis)
            found[f"{run.scenario}-{axis}.svg"] = drawn(lines, axis, "seconds of one core a second of log time")
    return found


def _walk(tables: Sequence[Table], axis: str, other: str) -> list[Table]:
    """The tables in which only `axis` changes: those that share the commonest place on the other axes."""
    placed = [t for t in tables if axis in t.axes]
    places = [(t.axes[other], t.axes["share"]) for t in placed]
    if not places:
        return []
    by_count = {place: len({t.axes[axis] for t, p in zip(placed, places, strict=True) if p == place}) for place in places}
    best = max(places, key=lambda place: by_count[place])
    return sorted((t for t, place in zip(placed, places, strict=True) if place == best), key=lambda t: t.axes[axis])


def _lines(tables: Sequence[Table], axis: str) -> list[Line]:
    """Load of each contender: how much of a core it needs for one second of its log."""
    names = dict.fromkeys(row.name for t in tables for row in t.rows if not row.floor)
    lines: list[Line] = []
    for name in names:
        pairs = [
            (t.axes[axis], t.axes["points"] / row.rate.median) for t in tables for row in t.rows if row.name == name and row.rate
        ]
        lines.append((name, pairs))
    return lines


def drawn(lines: Sequence[Line], x_name: str, y_name: str) -> str:
    """
    >>> drawn([("a", [(1.0, 0.1), (10.0, 1.0)])], "points", "s").count("<polyline")
    1
    """
    xs = [x for _, pairs in lines for x, _ in pairs] or [1.0]
    ys = [y for _, pairs in lines for _, y in pairs] or [1.0]
    x_low, x_high = math.floor(math.log10(min(xs))), math.ceil(math.log10(max(xs)))
    y_low, y_high = math.floor(math.log10(min(ys))), math.ceil(math.log10(max(ys)))

    def place(x: float, y: float) -> tuple[float, float]:
        across = (math.log10(x) - x_low) / max(1, x_high - x_low)
        up = (math.log10(y) - y_low) / max(1, y_high - y_low)
        return LEFT + across * (WIDTH - LEFT - MARGIN), HEIGHT - BOTTOM - up * (HEIGHT - BOTTOM - MARGIN)

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="11">',
             f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>']  # fmt: skip
    for power in range(x_low, x_high + 1):
        x, y = place(10.0**power, 10.0**y_low)
        parts.append(f'<line x1="{x:.0f}" y1="{MARGIN}" x2="{x:.0f}" y2="{y:.0f}" stroke="#ddd"/>')
        parts.append(f'<text x="{x:.0f}" y="{y + 15:.0f}" text-anchor="middle">{10**power:,g}</text>')
    for power in range(y_low, y_high + 1):
        x, y = place(10.0**x_low, 10.0**power)
        parts.append(f'<line x1="{x:.0f}" y1="{y:.0f}" x2="{WIDTH - MARGIN}" y2="{y:.0f}" stroke="#ddd"/>')
        parts.append(f'<text x="{x - 6:.0f}" y="{y + 4:.0f}" text-anchor="end">{10.0**power:g}</text>')
    for n, (name, pairs) in enumerate(lines):
        colour = COLOURS[n % len(COLOURS)]
        dots = [place(x, y) for x, y in pairs]
        parts.append(
            f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in dots)}"/>'
        )
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in dots]
        parts.append(f'<text x="{LEFT + 10}" y="{MARGIN + 14 * (n + 1)}" fill="{colour}">{name}</text>')
    parts.append(f'<text x="{WIDTH // 2}" y="{HEIGHT - 8}" text-anchor="middle">{x_name}</text>')
    parts.append(
        f'<text x="14" y="{HEIGHT // 2}" text-anchor="middle" transform="rotate(-90 14 {HEIGHT // 2})">{y_name}</text></svg>'
    )
    return "\n".join(parts) + "\n"
