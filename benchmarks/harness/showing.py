"""Results as Markdown, and tables put into the README between their marks, so that no figure there is typed by hand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.harness.results import Row, Run, Spread, Table


def figure(value: float) -> str:
    """Three digits are what such a measurement carries.

    >>> [figure(v) for v in (5_123_456, 48_210, 612, 3.14159, 0.01234, 0)]
    ['5.12 M', '48.2 k', '612', '3.14', '0.0123', '0']
    """
    for size, letter in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"


def spread(found: Spread) -> str:
    """
    >>> spread(Spread(2.0, 1.0, 3.0)), spread(Spread(2.0, 2.0, 2.0))
    ('2 (1 to 3)', '2')
    """
    if found.least == found.most:
        return figure(found.median)
    return f"{figure(found.median)} ({figure(found.least)} to {figure(found.most)})"


def markdown(run: Run) -> str:
    """The whole run as Markdown."""
    head = f"{run.scenario}, seed {run.seed}{', --quick' if run.quick else ''}, {run.began}, {run.took_s:.0f} s, revision {run.revision or '-'}"
    machine = ", ".join(f"{name} {value}" for name, value in run.machine.items())
    parts = [head, f"Machine: {machine}", *run.notes, *(table_text(table) for table in run.tables)]
    return "\n\n".join(parts) + "\n"


def table_text(table: Table) -> str:
    """One table; figures besides the rate have a column each."""
    facts = "".join(f", {figure(value)} {name}" for name, value in table.facts.items())
    agreed = {None: "", True: "; same outputs, checked", False: "; **outputs differ: no figure**"}[table.agreed]
    ratio = f"times as fast: {table.times_of}" if table.times_of else "ratio"
    more = list(dict.fromkeys(name for row in table.rows for name in row.more))
    what = f"s a {table.unit.removesuffix('s')}" if table.timed else f"{table.unit}/s"
    head = ["", f"{what}, median (least to most)", ratio, *(name.replace("_", " ") for name in more), "repeats"]
    lines = [f"**{table.name}**{facts}{agreed}", "", _line(head), _line(["---"] * len(head))]
    lines += [_line(_cells(row, more, table.timed)) for row in table.rows]
    return "\n".join(lines)


def _cells(row: Row, more: Sequence[str], timed: bool) -> list[str]:
    if row.refused:
        return [row.name, row.refused.replace("|", "/"), "", *([""] * len(more)), str(row.repeats)]
    shown = Spread(*(v / max(1, row.work) for v in row.seconds)) if timed and row.seconds else row.rate
    rate = spread(shown) if shown else ""
    ratio = "floor" if row.floor else "" if row.ratio is None else f"{row.ratio:.3g}"
    return [row.name, rate, ratio, *(spread(row.more[n]) if n in row.more else "" for n in more), str(row.repeats)]


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def put_into(readme: Path, scenario: str, text: str) -> bool:
    """Put `text` between the marks of `scenario` in `readme`; False when it has none."""
    whole = readme.read_text(encoding="utf-8")
    begin, end = f"<!-- {scenario}: begin -->", f"<!-- {scenario}: end -->"
    pattern = re.compile(re.escape(begin) + r".*?" + re.escape(end), re.DOTALL)
    if not pattern.search(whole):
        return False
    readme.write_text(pattern.sub(lambda _: f"{begin}\n{text.strip()}\n{end}", whole), encoding="utf-8")
    return True
