"""One readable line or block for each event, as an officer reads it on a screen or in a message. No colour codes: the caller adds them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from streams.domain.catalogue import Lang, TextMissing, catalogue, text
from streams.domain.outputs import Finding, PointAlarm, Reason, Receiver, Warning
from streams.domain.registry import SITE
from streams.domain.scale import Flag

_LOCAL = datetime.timezone(datetime.timedelta(hours=8))
_SUSPECT = Flag.SATURATED | Flag.RANGE | Flag.SPIKE | Flag.RATE | Flag.FLAT | Flag.SUDDEN_ZERO | Flag.INVALID
MOST_REASONS = 5
_HOUR_MS = 3_600_000
_LATE_MS = 1_000  # a step is said at the first whole second at or after it is due


def narrate(warning: Warning, lang: Lang = "zh") -> str:
    """A warning event: what, where, level, and its reasons, the gravest first; at most five, the rest as a number."""
    head = f"{local_time(warning.at_ms)} {text('level.' + warning.level, lang)} {text('kind.' + warning.kind, lang)}"
    if warning.kind in ("upgrade", "downgrade", "clear"):
        head += f" ← {text('level.' + warning.previous, lang)}"
    marks = [text(f"mark.{name}", lang) for name, on in (("drill", warning.drill), ("repeated", warning.repeated)) if on]
    if warning.cause != "real":
        marks.append(text(f"why.{warning.cause}", lang))
    place = text("narrate.whole_site", lang) if warning.source.endswith(f"-{SITE}") else warning.source_name
    head += f" {warning.enterprise_name} · {place} ({warning.source})" + (f" [{', '.join(marks)}]" if marks else "")
    lines = [head, *_story(warning, lang)]
    lines += [f"    {reason_text(r, lang)}" for r in warning.reasons[:MOST_REASONS]]
    if len(warning.reasons) > MOST_REASONS:
        lines.append("    " + text("narrate.more", lang, n=len(warning.reasons) - MOST_REASONS))
    return "\n".join(lines)


def _story(warning: Warning, lang: Lang) -> list[str]:
    """What the ladder says: what happened, that it is late, who hears, and what comes next."""
    lines: list[str] = []
    if f"story.{warning.kind}" in catalogue():
        words = _words(warning.detail, lang)
        basis = text("story.basis", lang, basis=warning.basis) if warning.basis else ""
        words.update(n=warning.n, due=local_time(warning.due_ms), basis=basis, assignee=_assignee(warning, lang),
                     above=_length(warning.detail.get("above_ms", 0), lang),
                     quiet=_length(_clock_ms(warning), lang))  # fmt: skip
        lines.append("    " + _filled(f"story.{warning.kind}", lang, words))
    if warning.kind in ("notice", "supervision") and warning.at_ms - warning.due_ms >= _LATE_MS:
        lines.append("    " + text("story.late", lang, due=local_time(warning.due_ms)))
    if warning.receivers:
        lines.append("    " + text("story.to", lang, names=", ".join(_receiver(r, lang) for r in warning.receivers)))
    if warning.next_due:
        soonest = warning.next_due[0]
        lines.append("    " + text("story.next", lang, at=local_time(soonest.at_ms), kind=text(f"kind.{soonest.kind}", lang)))
    return lines


def _clock_ms(warning: Warning) -> int:
    return int(warning.detail.get("quiet_ms", 0))


def _assignee(warning: Warning, lang: Lang) -> str:
    """The office that has to act, by its name where it is one of the receivers."""
    for receiver in warning.receivers:
        if receiver.code == warning.assignee and receiver.kind in ("office", "park"):
            return _receiver(receiver, lang)
    return warning.assignee or "-"


def _receiver(receiver: Receiver, lang: Lang) -> str:
    key = receiver.role if receiver.kind == "person" else receiver.kind
    return text(f"receiver.{key}", lang, name=receiver.name or receiver.code)


def _length(ms: int, lang: Lang) -> str:
    if ms and ms % _HOUR_MS == 0:
        return text("story.hours", lang, n=ms // _HOUR_MS)
    return text("story.minutes", lang, n=ms // 60_000)


def reason_text(reason: Reason, lang: Lang = "zh") -> str:
    """One reason, with what it measured, whether it is doubtful, and whether it is over."""
    words = _words(reason.detail, lang)
    words.update(point=reason.point or words["points"], reading=_reading(reason.value, reason.limit, reason.unit, lang))
    told = _filled(reason.code, lang, words)
    if reason.flags & _SUSPECT:
        told += f" ({text('flag.suspect', lang)})"
    if reason.detail.get("aged"):
        told += f" ({text('narrate.aged', lang)})"
    if "ended_ms" in reason.detail:
        told += f" ({text('narrate.ended', lang)})"
    elif "held_since_ms" in reason.detail:
        told += f" ({text('narrate.held', lang)})"
    return told


def narrate_alarm(alarm: PointAlarm, lang: Lang = "zh") -> str:
    """A point alarm as one line: what happened, where, the reading, its state, and who did what."""
    reading = _reading(alarm.value, alarm.limit, alarm.unit, lang)
    where = f"{alarm.enterprise} {alarm.source} {alarm.point}"
    head = f"{local_time(alarm.at_ms)} {text('alarm.' + alarm.kind, lang)} {alarm.limit_kind} {where} {reading}"
    words = [f"[{text('state.' + alarm.state, lang)}]"]
    if alarm.author:
        words.append(text(f"alarm.said_{'reason' if alarm.reason else 'by'}", lang, author=alarm.author, reason=alarm.reason))
    if alarm.chatter_count:
        words.append(text("alarm.said_count", lang, n=alarm.chatter_count))
    if alarm.kind == "alarm_overdue":
        words.append(text("alarm.said_overdue", lang, n=alarm.overdue_count))
    if alarm.kind == "alarm_off" and alarm.cause != "real":
        words.append(text(f"why.{alarm.cause}", lang))
    return " ".join((head, *words))


def narrate_finding(finding: Finding, lang: Lang = "zh") -> str:
    """A finding as one line."""
    where = " ".join(part for part in (finding.enterprise, finding.source, finding.point, finding.camera) if part)
    return f"{local_time(finding.at_ms)} {text('kind.finding', lang)} {where}: {_filled(finding.code, lang, _words(finding.detail, lang))}".rstrip()


class _Words(dict[str, Any]):
    """Arguments of a text; one that the event does not have reads as a dash instead of failing where people wait for a warning."""

    def __missing__(self, key: str) -> str:
        return "-"


def _words(detail: Mapping[str, Any], lang: Lang) -> _Words:
    words = _Words({key: local_time(value) if key == "until_ms" else _word(value, lang) for key, value in detail.items()})
    if f"title_{lang}" in words:
        words["title"] = words[f"title_{lang}"]  # of a rule, which brings its own words
    return words


def _word(value: Any, lang: Lang) -> Any:
    """A value as people read it: lists with commas, codes by their words where the catalogue has them."""
    if isinstance(value, list | tuple):
        return ", ".join(str(_word(item, lang)) for item in value)
    return text(f"word.{value}", lang) if isinstance(value, str) and f"word.{value}" in catalogue() else value


def _filled(key: str, lang: Lang, words: _Words) -> str:
    if key not in catalogue():
        raise TextMissing(key)
    return catalogue()[key][0 if lang == "zh" else 1].format_map(words)


def _reading(value: float | None, limit: float | None, unit: str, lang: Lang) -> str:
    if value is None:
        return ""
    if limit is None:
        return f"{value:g} {unit}".rstrip()
    return text("narrate.reading", lang, value=f"{value:g}", limit=f"{limit:g}", unit=unit)


def local_time(at_ms: int) -> str:
    """Local time of the region (UTC+8), as people there read a clock."""
    return datetime.datetime.fromtimestamp(at_ms / 1000, _LOCAL).strftime("%Y-%m-%d %H:%M:%S")
