"""Quality tests of one reading, as small functions that the observing kernel is made of.

A test says what it saw, as a Flag bit; it never removes a value. What a flag may do is decided here once and for all: flagged
values still raise alarms in the dangerous direction; a reading that is not GOOD neither clears an alarm nor lets an off-delay
run.
"""

from __future__ import annotations

from streams.domain.scale import Flag, Quality
from streams.engine.kernels.kernel import inner

INVALID = int(Flag.INVALID)
RANGE = int(Flag.RANGE)
SATURATED = int(Flag.SATURATED)
SPIKE = int(Flag.SPIKE)
RATE = int(Flag.RATE)
FLAT = int(Flag.FLAT)
DUPLICATE = int(Flag.DUPLICATE)
LATE = int(Flag.LATE)
FUTURE = int(Flag.FUTURE)
SKEW = int(Flag.SKEW)
SUDDEN_ZERO = int(Flag.SUDDEN_ZERO)
GAP = int(Flag.GAP)
SENTINEL = int(Flag.SENTINEL)
UNIT = int(Flag.UNIT)
ATTENUATED = int(Flag.ATTENUATED)
NOISELESS = int(Flag.NOISELESS)
COPIED = int(Flag.COPIED)

GOOD = int(Quality.GOOD)
UNKNOWN = int(Quality.UNKNOWN)
SUSPECT = int(Quality.SUSPECT)
FAIL = int(Quality.FAIL)
MISSING = int(Quality.MISSING)

FAILS = INVALID | RANGE
STANDING = (
    UNIT | ATTENUATED | NOISELESS | COPIED
)  # set over minutes by `truth*.py`; every reading has them until they are taken back
SUSPECTS = SATURATED | SPIKE | RATE | FLAT | DUPLICATE | LATE | SUDDEN_ZERO | SENTINEL | STANDING
NOT_IN_WINDOWS = INVALID | RANGE | SPIKE | DUPLICATE | SUDDEN_ZERO | SENTINEL  # RATE stays in: a runaway is steep
LASTING = INVALID | RANGE | SATURATED | FLAT | FUTURE | SKEW | SUDDEN_ZERO | SENTINEL  # reported by FLAG_ON and FLAG_OFF

# What a flag speaks against, for the daily scores; lateness is counted by itself
UNTRUE = FLAT | SUDDEN_ZERO | ATTENUATED | NOISELESS | COPIED
IRREGULAR = DUPLICATE | FUTURE | SKEW | SENTINEL | UNIT
INACCURATE = INVALID | RANGE | SPIKE | RATE

FUTURE_MS = 60_000
BEHIND_MS = 600_000  # a lag that may be a clock and not a transport
STEADY_MS = 5_000  # a lag that stays within this is a clock
STEADY_FOR_MS = 10_000
FLAG_OFF_MS = 60_000  # a lasting flag ends after this time without it: a value on the edge does not flood
LAST_MS = 1 << 52  # stamps are kept inside [0, LAST_MS]: differences never overflow


@inner
def rolled_up(flags: int) -> int:
    """The one quality of a reading with these flags: the worst of its tests. FAILS before SUSPECTS."""
    if flags & FAILS:
        return FAIL
    if flags & SUSPECTS:
        return SUSPECT
    return GOOD


@inner
def is_spike(value: float, previous: float, reference: float, jump: float) -> bool:
    """Causal: a step is a spike until the next reading stays near it or goes further the same way."""
    if abs(value - reference) <= jump or abs(value - previous) <= jump:
        return False
    if value > reference:
        return not previous - reference > jump
    return not reference - previous > jump
