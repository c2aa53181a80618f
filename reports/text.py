"""The daily report as text for a terminal or a message: columns stay aligned with Chinese characters, two cells wide, in them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from reports.daily import DailyReport, Measures, Online, Rate, Row
from streams.domain.catalogue import Lang, text

NO_RATE = "-"


class Column(NamedTuple):
    title: str
    right: bool = False


def width_of(line: str) -> int:
    """Cells that `line` takes on a terminal.

    >>> width_of("县区 A"), width_of("e\\u0301")
    (6, 1)
    """
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def _padded(cell: str, width: int, right: bool) -> str:
    blanks = " " * (width - width_of(cell))
    return blanks + cell if right else cell + blanks


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table: titles, a rule, rows; each column as wide as its widest cell."""
    widths = [max([width_of(c.title), *(width_of(row[i]) for row in rows)]) for i, c in enumerate(columns)]

    def line(cells: Sequence[str]) -> str:
        return "  ".join(_padded(cell, w, c.right) for cell, w, c in zip(cells, widths, columns, strict=True)).rstrip()

    return [line([c.title for c in columns]), "  ".join("-" * w for w in widths), *(line(row) for row in rows)]


def percent(rate: Rate) -> str:
    return NO_RATE if rate.percent is None else f"{rate.percent:.2f}%"


def counted(rate: Rate) -> str:
    return f"{rate.part}/{rate.of} ({percent(rate)})"


def daily_text(report: DailyReport, lang: Lang = "zh") -> str:
    """The whole report, ending in a line feed."""
    lines = [
        text("report.title", lang, region=report.region_name, code=report.region, date=report.date),
        text("report.enterprises", lang, count=report.total.enterprises),
        "",
        text("report.section.total", lang),
        *_total(report.total, lang),
        "",
        text(f"report.section.{report.by}", lang),
        *_ranking(report, lang),
        "",
        text("report.section.offline", lang),
        *_offline(report, lang),
        "",
        text("report.section.high", lang),
        *_high(report, lang),
        "",
        text("report.hash", lang, hash=report.input_hash),
    ]
    return "\n".join(lines) + "\n"


def _total(m: Measures, lang: Lang) -> list[str]:
    c, w, a = m.commitments, m.warnings, m.alarms
    said = [
        ("commitments", [text("report.commitments.line", lang, on_time=counted(c.on_time), late=c.late, missing=c.missing,
                              incomplete=c.incomplete, pending=c.pending)]),
        ("system", _online(m.system, lang)),
        ("video", _online(m.video, lang)),
        ("warnings", [text("report.warnings.line", lang, red=w.red, orange=w.orange, yellow=w.yellow, blue=w.blue,
                           downgrades=w.downgrades, clears=w.clears, drills=w.drills),
                      text("report.ladder.line", lang, notices=w.notices, orders=w.orders, open=w.orders_open,
                           overdue=w.reports_overdue)]),
        ("alarms", [text("report.alarms.line", lang, raised=a.raised, cleared_of=counted(a.raised_cleared),
                         in_time=counted(a.raised_in_time), cleared=a.cleared, overdue=a.overdue)]),
    ]  # fmt: skip
    titles = {name: text(f"report.{name}", lang) for name, _ in said}
    width = max(map(width_of, titles.values()))
    return [
        f"  {_padded(titles[name] if i == 0 else '', width, False)}  {line}"
        for name, lines in said
        for i, line in enumerate(lines)
    ]


def _online(online: Online, lang: Lang) -> list[str]:
    lines = [text("report.online.line", lang, count=counted(online.count), seconds=percent(online.seconds))]
    if (online.count_unfiled, online.seconds_unfiled) != (online.count, online.seconds):
        unfiled = text(
            "report.online.unfiled", lang, count=counted(online.count_unfiled), seconds=percent(online.seconds_unfiled)
        )
        lines.append(unfiled)
    return lines


def _ranking(report: DailyReport, lang: Lang) -> list[str]:
    if not report.rows:
        return [f"  {text('report.none', lang)}"]
    names = ("rank", "commitment", "rank", "system", "rank", "video", "red", "orange", "yellow", "raised", "cleared")
    columns = [
        Column(text(f"report.column.{report.by}", lang)),
        Column(text("report.column.code", lang)),
        *(Column(text(f"report.column.{name}", lang), right=True) for name in names),
    ]
    return table(columns, [_cells(row) for row in report.rows])


def _cells(row: Row) -> list[str]:
    m, r = row.measures, row.ranks
    return [
        row.name, row.code, _rank(r.commitment), counted(m.commitments.on_time), _rank(r.system), percent(m.system.seconds),
        _rank(r.video), percent(m.video.seconds), str(m.warnings.red), str(m.warnings.orange), str(m.warnings.yellow),
        str(m.alarms.raised), str(m.alarms.cleared),
    ]  # fmt: skip


def _rank(rank: int | None) -> str:
    return NO_RATE if rank is None else str(rank)


def _offline(report: DailyReport, lang: Lang) -> list[str]:
    if not report.offline:
        return [f"  {text('report.none', lang)}"]
    columns = [
        Column(text("report.column.rank", lang), right=True),
        *(Column(text(f"report.column.{name}", lang)) for name in ("enterprise", "code", "county")),
        *(Column(text(f"report.column.{name}", lang), right=True) for name in ("offline", "filed")),
    ]
    rows = [
        [str(o.rank), o.name, o.code, o.county, text("report.unreported", lang) if o.unreported else str(o.offline_s // 60),
         str(o.filed_s // 60)]
        for o in report.offline
    ]  # fmt: skip
    return table(columns, rows)


def _high(report: DailyReport, lang: Lang) -> list[str]:
    if not report.high:
        return [f"  {text('report.none', lang)}"]
    columns = [Column(text(f"report.column.{name}", lang)) for name in ("level", "enterprise", "source", "code", "county")]
    rows = [[text(f"level.{h.level}", lang), h.enterprise_name, h.source_name, h.source, h.county] for h in report.high]
    return table(columns, rows)
