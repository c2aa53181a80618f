"""Times in case files: durations such as `1h30m`, clock times such as `10:00:01`, all exact to the millisecond."""

from __future__ import annotations

import re
from typing import Any

DAY_MS = 86_400_000
ZONE_MS = 8 * 3_600_000  # the law's time zone is UTC+8 everywhere
_UNITS_MS = {"d": DAY_MS, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
_DURATION = re.compile(r"(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?\Z")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d{1,3})?))?\Z")


def duration_ms(text: Any) -> int:
    """A duration with units, as milliseconds; plain 0 is 0. Raises ValueError.

    >>> duration_ms("1h30m"), duration_ms("2.5s"), duration_ms("-5s"), duration_ms(0)
    (5400000, 2500, -5000, 0)
    """
    if text == 0 and not isinstance(text, bool):
        return 0
    sign, body = (-1, text[1:]) if isinstance(text, str) and text[:1] == "-" else (1, text)
    found = _DURATION.match(body) if isinstance(body, str) and body else None
    if found is None or not any(found.groups()):
        raise ValueError(f"{text!r}")
    parts = zip(found.groups(), _UNITS_MS.values(), strict=True)
    return sign * round(sum(float(number) * unit_ms for number, unit_ms in parts if number))


def clock_ms(text: Any) -> int:
    """A local clock time as milliseconds since midnight. Raises ValueError.

    >>> clock_ms("10:00"), clock_ms("09:59:59")
    (36000000, 35999000)
    """
    found = _CLOCK.match(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f"{text!r}")
    hours, minutes, seconds = int(found[1]), int(found[2]), float(found[3] or 0)
    if hours > 24 or minutes > 59 or seconds >= 60:
        raise ValueError(f"{text!r}")
    return hours * 3_600_000 + minutes * 60_000 + round(seconds * 1000)


def moment_ms(text: Any, start_ms: int) -> int:
    """A moment of a case, as milliseconds after its start: a duration, or the next such clock time. Raises ValueError.

    >>> moment_ms("15m", 0), moment_ms("08:00:01", 0), moment_ms("07:59", 0)
    (900000, 1000, 86340000)
    """
    if isinstance(text, str) and ":" in text:
        return (clock_ms(text) - (start_ms + ZONE_MS)) % DAY_MS
    return duration_ms(text)


def shown(offset_ms: int) -> str:
    """A moment as people write it in a case.

    >>> shown(5_400_000), shown(61_500), shown(0), shown(-2000)
    ('1h30m', '1m1.5s', '0s', '-2s')
    """
    rest, text = abs(offset_ms), ""
    for unit in ("d", "h", "m"):
        whole, rest = divmod(rest, _UNITS_MS[unit])
        text += f"{whole}{unit}" if whole else ""
    if rest or not text:
        text += f"{rest / 1000:g}s"
    return ("-" if offset_ms < 0 else "") + text
