"""The ordered scales of the field: levels, grades, tiers, quality flags. Integers, because the order is the meaning."""

from __future__ import annotations

from enum import IntEnum, IntFlag


class Level(IntEnum):
    """Warning level of a hazard source or enterprise (RSK-3). Blue is also the state of rest."""

    BLUE = 0
    YELLOW = 1
    ORANGE = 2
    RED = 3

    @property
    def code(self) -> str:
        return self.name.lower()


class Grade(IntEnum):
    """Inherent grade of a hazard source, as a column of the level matrix: IV is the mildest, I the gravest."""

    IV = 0
    III = 1
    II = 2
    I = 3  # noqa: E741 - the standard's own numeral

    @property
    def code(self) -> str:
        return self.name


class Tier(IntEnum):
    """How grave one piece of confirmed evidence is."""

    REST = 0
    ATTENTION = 1
    SERIOUS = 2
    GRAVE = 3
    EMERGENCY = 4


class Quality(IntEnum):
    """Quality flag of a reading; the numbers are QARTOD's, the roll-up order is `QUALITY_ORDER`."""

    GOOD = 1
    UNKNOWN = 2
    SUSPECT = 3
    FAIL = 4
    MISSING = 9


QUALITY_ORDER = (Quality.MISSING, Quality.UNKNOWN, Quality.GOOD, Quality.SUSPECT, Quality.FAIL)


class Flag(IntFlag):
    """One bit a quality test; every test's own result is kept beside the roll-up."""

    NONE = 0
    INVALID = 1  # the gateway itself says that the value is not valid
    RANGE = 2  # outside the instrument's range
    SATURATED = 4  # at or beyond the upper end of the range: counts as HH in the dangerous direction
    SPIKE = 8
    RATE = 16  # moved faster than the quantity physically can
    FLAT = 32
    DUPLICATE = 64
    LATE = 128  # older than what was already seen of the point
    FUTURE = 256  # stamped more than 60 s ahead of log time
    SKEW = 512  # the gateway's clock is off; judged by log time
    SUDDEN_ZERO = 1024  # a gas reading fell to zero at once after second level
    CONVERTED = 2048  # came in another unit of the same dimension and was converted
    GAP = 4096  # the first reading after more than three periods without one; nothing is wrong with the reading itself
    SENTINEL = 8192  # a number that gateways write for "no value", such as -999 or 65535
    UNIT = 16384  # the values of the point moved by a factor or offset that units differ by; stands until they are back
    ATTENUATED = 32768  # hardly moves any more where it used to; stands until it does
    NOISELESS = 65536  # moves, but without the noise that its instrument always had; stands
    COPIED = 131072  # repeats an earlier stretch of its own; stands for an hour after the last repeat


class Wire(IntEnum):
    """What decode found out about one value of a frame, before any state is looked at."""

    OK = 0
    INVALID = 1  # `valid` is false, or the gateway's source is not connected
    ABSENT = 2  # null, or rejected: a dead letter was written for it
