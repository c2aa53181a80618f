"""Hour aggregates of points, made from the minutes inside the database when an hour of log time is over.

Not by a materialised view: a view adds up what is inserted, and a batch that is inserted twice would count twice.
"""

from __future__ import annotations

from streams.sinks.ports import SinkEngine

HOUR_MS = 3_600_000


def closed(engine: SinkEngine) -> dict[int, int]:
    """The newest closed hour (its start) of each partition."""
    rows = engine.query("SELECT part, max(at_ms) FROM {db}.point_hours GROUP BY part")
    return {int(str(part)): int(str(at_ms)) for part, at_ms in rows}


def close(engine: SinkEngine, part: int, last: int | None, newest_ms: int) -> int:
    """Close every hour of partition `part` after `last` that is over at `newest_ms`; gives the newest closed one.

    A partition's minutes come in order, so an hour is over when a minute of a later one is there. Closing twice changes nothing.
    """
    begin_ms = 0 if last is None else last + HOUR_MS
    end_ms = newest_ms - newest_ms % HOUR_MS
    if begin_ms >= end_ms:
        return last if last is not None else end_ms - HOUR_MS
    found = engine.query(
        "SELECT DISTINCT intDiv(at_ms, %(hour)s) * %(hour)s FROM {db}.point_minutes "
        "WHERE part = %(part)s AND at_ms >= %(begin)s AND at_ms < %(end)s",
        {"part": part, "begin": begin_ms, "end": end_ms, "hour": HOUR_MS},
    )
    for hour_ms in sorted(int(str(row[0])) for row in found):
        engine.execute(_CLOSE, {"part": part, "begin": hour_ms, "end": hour_ms + HOUR_MS})
    return end_ms - HOUR_MS


# the columns of point_hours in their order; a minute without readings has no mean, low or high to count
_CLOSE = """
INSERT INTO {db}.point_hours
    (day, at_ms, enterprise, source, point, n, mean, low, high, last, good, online_s, part, offset)
SELECT toDate(intDiv(%(begin)s, 1000), 'UTC'), toInt64(%(begin)s), enterprise, any(source), point, sum(n),
    sum(mean * n) / greatest(sum(n), 1), minIf(low, n > 0), maxIf(high, n > 0), argMax(last, at_ms * (n > 0)), sum(good),
    sum(online_s), toUInt16(%(part)s), max(offset)
FROM {db}.point_minutes FINAL
WHERE part = %(part)s AND at_ms >= %(begin)s AND at_ms < %(end)s
GROUP BY enterprise, point
"""
