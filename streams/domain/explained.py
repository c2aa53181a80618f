"""An explanation in words, as an officer reads it: the level, what makes it, what ends each cause, what comes next, what would lower it.

The same lines serve the command line, the query service and messages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from streams.domain.catalogue import Lang, catalogue, text
from streams.domain.explanation import AlarmNow, CauseNow, End, Explanation, PointNow, Timer
from streams.domain.narrate import local_time, reason_text
from streams.domain.scale import Flag

INDENT = "  "


def lines(told: Explanation, lang: Lang = "zh") -> Iterator[str]:
    """The explanation line by line, the decisive first."""
    yield text("explain.head", lang, at=local_time(told.at_ms), name=told.name, source=told.source, enterprise=told.enterprise,
               level=text(f"level.{told.level}", lang), since=_when(told.since_ms))  # fmt: skip
    if not told.versions.get("rules"):
        yield text("explain.no_rules", lang)
    yield from _causes(told, lang)
    yield from _items(told, lang)
    yield from _change(told, lang)
    if told.timers:
        yield text("explain.timers", lang)
        names = {c.reason.cause: reason_text(c.reason, lang) for c in told.causes}
        yield from (INDENT + _timer(t, names.get(t.about, t.about), lang) for t in told.timers)
    if told.alarms:
        yield text("explain.alarms", lang, n=len(told.alarms))
        yield from (INDENT + _alarm(a, lang) for a in told.alarms)
    if told.points:
        yield text("explain.points", lang, n=len(told.points), quiet=told.quiet_points)
        yield from (INDENT + _point(p, lang) for p in told.points)
    yield from _numbers(told, lang)
    if told.versions.get("policy"):
        yield text("explain.policy", lang, names=told.versions["policy"])
    yield text("explain.versions", lang, versions=", ".join(f"{k} {v or '-'}" for k, v in sorted(told.versions.items())))


def _causes(told: Explanation, lang: Lang) -> Iterator[str]:
    if not told.causes:
        yield text("explain.none", lang)
        return
    yield text("explain.causes", lang, n=len(told.causes))
    parts = _parts(told, lang)
    for cause in told.causes:
        yield from (INDENT + line for line in _cause(cause, parts, lang))


def _parts(told: Explanation, lang: Lang) -> dict[str, str]:
    """What a compound is made of, in words, by the names that the engine has for it."""
    return {
        f"{c.reason.code.removeprefix('cause.')}|{key}": reason_text(c.reason, lang)
        for c in told.causes
        for key in (f"{c.reason.point}/{c.reason.rule}", c.reason.point)
    }


def _cause(cause: CauseNow, parts: Mapping[str, str], lang: Lang) -> Iterator[str]:
    reason = cause.reason
    yield text("explain.cause", lang, reason=reason_text(reason, lang), tier=cause.tier, makes=cause.makes,
               level=text(f"level.{cause.makes}", lang), opened=local_time(reason.opened_ms))  # fmt: skip
    yield INDENT + end_text(cause.end, lang, parts)
    if reason.rule:
        yield INDENT + text("explain.cause_rule", lang, rule=reason.rule, version=reason.rule_version, hash=reason.rule_hash)
    if reason.flags:
        yield INDENT + text("explain.flags", lang, flags=flag_words(reason.flags, lang))
    if cause.tested_by:
        yield INDENT + text("explain.filed", lang, filed=cause.tested_by)
    yield INDENT + text("explain.cause_id", lang, id=reason.cause)


def end_text(end: End, lang: Lang, parts: Mapping[str, str] | None = None) -> str:
    """What ends one cause. `parts`: words for the names of what a compound is made of."""
    if end.held_since_ms:
        until = (
            text("explain.end.until", lang, at=local_time(end.hold_ends_ms))
            if end.hold_ends_ms
            else text("explain.end.waits", lang)
        )
        return text("explain.end.held", lang, since=local_time(end.held_since_ms), until=until)
    hold = text("story.minutes", lang, n=f"{end.hold_s / 60:g}")
    if end.how == "person":
        groups = (text("explain.group", lang).join(text(f"word.{role}", lang) for role in group) for group in end.signers)
        return text("explain.end.person", lang, signers=text("explain.groups", lang).join(groups))
    if end.how == "reading" and end.clear is not None and end.value is not None:
        return text("explain.end.reading", lang, point=end.point, value=f"{end.value:g}", clear=f"{end.clear:g}", unit=end.unit,
                    side=text(f"explain.side.{end.side}", lang), hold=hold)  # fmt: skip
    key = "reading_plain" if end.how == "reading" else end.how
    return text(f"explain.end.{key}", lang, hold=hold, parts=", ".join((parts or {}).get(part, part) for part in end.parts))


def _items(told: Explanation, lang: Lang) -> Iterator[str]:
    if told.items:
        effect = text("explain.lifted" if told.level != told.target else "explain.not_lifted", lang)
        yield text("explain.items", lang, n=len(told.items), effect=effect)
        yield from (INDENT + reason_text(item, lang) for item in told.items)


def _change(told: Explanation, lang: Lang) -> Iterator[str]:
    if told.level == "blue":
        return
    if told.change is None:
        yield text("explain.no_change", lang)
        return
    yield text("explain.change", lang, level=text(f"level.{told.change.level}", lang))
    by_id = {c.reason.cause: c for c in told.causes}
    parts = _parts(told, lang)
    for cause in told.change.causes:
        yield INDENT + reason_text(by_id[cause].reason, lang)
        yield INDENT * 2 + end_text(by_id[cause].end, lang, parts)
    for item in told.change.items:
        yield INDENT + (text(f"cause.management_{item}", lang, points="-") if f"cause.management_{item}" in catalogue() else item)


def _timer(timer: Timer, about: str, lang: Lang) -> str:
    key = f"explain.timer.{timer.what}"
    if key not in catalogue():
        return f"{local_time(timer.at_ms)} {timer.what} {about}".rstrip()
    return text(key, lang, at=local_time(timer.at_ms), about=about)


def _alarm(alarm: AlarmNow, lang: Lang) -> str:
    words = [text("explain.alarm", lang, point=alarm.point, rule=alarm.rule, version=alarm.version, value=f"{alarm.value:g}",
                  unit=alarm.unit, limit=f"{alarm.limit:g}", since=local_time(alarm.since_ms))]  # fmt: skip
    if alarm.counts_from_ms:
        words.append(text("explain.alarm.counts", lang, at=local_time(alarm.counts_from_ms)))
    if alarm.harmless:
        words.append(text(f"explain.harmless.{alarm.harmless}", lang))
    if alarm.acknowledged_by:
        words.append(text("explain.alarm.acknowledged", lang, by=alarm.acknowledged_by))
    if alarm.overdue:
        words.append(text("explain.alarm.overdue", lang))
    if alarm.shelved_until_ms:
        words.append(text("explain.alarm.shelved", lang, at=local_time(alarm.shelved_until_ms)))
    return "; ".join(words)


def _point(point: PointNow, lang: Lang) -> str:
    limits = " ".join(
        f"{name.upper()} {value:g}" for name in ("ll", "l", "h", "hh") if (value := getattr(point, name)) is not None
    )
    words = [text("explain.point", lang, point=point.point, quantity=_word("quantity", point.quantity, lang), unit=point.unit,
                  value="-" if point.value is None else f"{point.value:g}", quality=_word("quality", point.quality, lang),
                  at=_when(point.at_ms), limits=limits or "-")]  # fmt: skip
    if point.flags:
        words.append(", ".join(_flag(name, lang) for name in point.flags))
    if point.silent_s:
        words.append(
            text("explain.point.silent", lang, seconds=f"{point.silent_s:.0f}")
            if point.at_ms
            else text("explain.point.never", lang)
        )
    if point.out_until_ms:
        words.append(text("explain.point.out", lang, at=local_time(point.out_until_ms)))
    if point.shelved_until_ms:
        words.append(text("explain.point.shelved", lang, at=local_time(point.shelved_until_ms)))
    if point.filed:
        words.append(text("explain.filed", lang, filed=point.filed))
    if point.asked_relaxed:
        words.append(text("explain.point.relaxed", lang))
    return "; ".join(words)


def _numbers(told: Explanation, lang: Lang) -> Iterator[str]:
    terms = {t.name: t.value for t in told.terms}
    worse = text("explain.worse", lang) if told.key_column else ""
    yield text("explain.inherent", lang, grade=told.grade or "-", column=told.column, worse=worse, r=f"{terms['r']:g}",
               inherent=f"{terms['inherent']:g}")  # fmt: skip
    stock = text("explain.stock", lang, stock=f"{terms['stock']:.2f}") if "stock" in terms else ""
    yield text("explain.score", lang, score=f"{terms['score']:.1f}", inherent=f"{terms['inherent']:g}", stock=stock,
               activity=f"{terms['activity']:g}", management=f"{terms['management']:g}")  # fmt: skip


def flag_words(flags: int, lang: Lang) -> str:
    """Names of the flags that are set."""
    return ", ".join(_flag(f.name or "", lang) for f in Flag if f and f & flags)


def _flag(name: str, lang: Lang) -> str:
    return _word("flag", name.lower(), lang)


def _word(family: str, code: str, lang: Lang) -> str:
    """A code by its word, where the catalogue has one."""
    key = f"{family}.{code}"
    return text(key, lang) if key in catalogue() else code


def _when(at_ms: int) -> str:
    return local_time(at_ms) if at_ms else "-"
