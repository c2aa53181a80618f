"""Pass (a): readings in log order become features. Event time, quality tests, windows, the running minute.

Sequential by nature: each reading is judged against what its point was before. It knows nothing of rules or alarms but which
windows the point's rules ask for, so its results cannot depend on where a batch was cut.
"""

# ruff: noqa: N803, I001 - state arrays keep the capital names of kernel_layout; their imports are a table

from __future__ import annotations

from typing import Any

from streams.domain.scale import Wire
from streams.engine.kernels.kernel import inner
from streams.engine.kernels.layout import (
    ACT_BAD, ACT_GAP, ACT_LATE, ACT_NORMAL, ACT_RESET, ACT_SKIP, ACT_TWIN, CLASS, EVENT, FAIL_HI, FAIL_LO, FLAGS, FLAT_BAD_MS,
    FLAT_MS, FLAT_REF, FLAT_SINCE, FLAT_TOL, GAP_MS, GOOD_LOG, JUMP, LAG, LAG_LOG, LATE_SINCE, LOG, M_ABSENT, M_COVERED, M_GOOD,
    M_HIGH, M_INACCURATE, M_IRREGULAR, M_LAST, M_LOW, M_N, M_ONLINE, M_OTHER, M_SUM, M_UNTIMELY, M_UNTRUE, ONLINE_MS, QUALITY,
    RATE_MAX, RAW, REF, SAT_HI, SAT_LO, SECOND, SECOND_EV, SENTINEL_COUNT, SENTINEL_FROM, SENTINELS, SKEW_MS, STALE_MS, SUDDEN_MS,
    VALUE, X_RATE, X_VALUE, ZERO_HI,
)  # fmt: skip
from streams.engine.kernels.point_windows import late_into_windows, restart_windows, windowed
from streams.engine.kernels.quality import (
    BEHIND_MS, DUPLICATE, FAILS, FLAT, FUTURE, FUTURE_MS, GAP, GOOD, INACCURATE, INVALID, IRREGULAR, LAST_MS, LATE, MISSING,
    NOT_IN_WINDOWS, RANGE, RATE, SATURATED, SENTINEL, SKEW, SPIKE, STANDING, STEADY_FOR_MS, STEADY_MS, SUDDEN_ZERO, UNTRUE,
    is_spike, rolled_up,
)  # fmt: skip

Array = Any
WIRE_INVALID = int(Wire.INVALID)
WIRE_ABSENT = int(Wire.ABSENT)
RATE_BIT = 1 << X_RATE


@inner
def judged_stamp(p: int, stamp: int, log_ms: int, T: Array) -> tuple[int, int]:
    """(event time, flags) of a stamp. One more than 60 s ahead never advances event time: the clock's error is taken off,
    so that a gateway that is hours ahead is judged by log time and keeps the distances between its readings."""
    event = min(max(stamp, 0), LAST_MS)
    skew = T[p, SKEW_MS]
    if event <= log_ms + FUTURE_MS:
        if skew != 0:
            T[p, SKEW_MS] = 0
        return event, 0
    flags = FUTURE
    corrected = event - skew
    if skew == 0 or corrected > log_ms or corrected < log_ms - FUTURE_MS:
        T[p, SKEW_MS] = event - log_ms
        return log_ms, flags
    return corrected, flags | SKEW


@inner
def is_behind(p: int, event: int, log_ms: int, S: Array) -> bool:
    """A stamp that stays the same hours behind while log time goes on: a clock, not a back-fill."""
    lag = float(log_ms - event)
    if lag <= BEHIND_MS:
        if S[p, LAG_LOG] != 0.0:
            S[p, LAG_LOG] = 0.0
        return False
    if abs(lag - S[p, LAG]) > STEADY_MS or S[p, LAG_LOG] == 0.0:
        S[p, LAG] = lag
        S[p, LAG_LOG] = log_ms
    return bool(log_ms - S[p, LAG_LOG] >= STEADY_FOR_MS)


@inner
def placed(p: int, event: int, value: float, log_ms: int, P: Array, S: Array, T: Array) -> tuple[int, int, int]:
    """(act, event time, flags) of a stamp that is not newer than the newest. Old stamps alone for three periods mean that the
    clock stepped back (they move on) or stands still (they do not): the latest reading is the current value again, flagged."""
    last = T[p, EVENT]
    raw_before = S[p, RAW]
    S[p, RAW] = event
    if T[p, LATE_SINCE] == 0:
        T[p, LATE_SINCE] = log_ms
    elif log_ms - T[p, LATE_SINCE] >= P[p, GAP_MS]:
        if event > raw_before and event < last:
            T[p, LATE_SINCE] = 0
            return ACT_RESET, event, LATE | SKEW
        if log_ms > last:
            return ACT_NORMAL, log_ms, LATE | SKEW
        return ACT_NORMAL, last, DUPLICATE | SKEW
    if event < last:
        return ACT_LATE, event, LATE
    if value == S[p, VALUE]:
        return ACT_SKIP, event, DUPLICATE
    return ACT_NORMAL, event, DUPLICATE


@inner
def is_sentinel(p: int, value: float, P: Array) -> bool:
    """A number that stands for "no value". Compared only where one can be: ordinary values lie below the smallest of them."""
    for column in range(SENTINELS, SENTINELS + SENTINEL_COUNT):  # noqa: SIM110 - a generator does not compile
        if value == P[p, column]:
            return True
    return False


@inner
def tested(p: int, value: float, event: int, P: Array, S: Array, T: Array, C: Array) -> int:
    """Flag bits of the tests on the value itself, and those that stand at the point."""
    before = C[p, FLAGS]
    flags: int = before & STANDING
    if abs(value) >= P[p, SENTINEL_FROM] and is_sentinel(p, value, P):
        flags |= SENTINEL
    if value < P[p, FAIL_LO] or value > P[p, FAIL_HI]:
        flags |= RANGE
    if value >= P[p, SAT_HI] or value <= P[p, SAT_LO]:
        flags |= SATURATED
    last = T[p, EVENT]
    if last < 0:
        S[p, REF] = value
        S[p, FLAT_REF] = value
        T[p, FLAT_SINCE] = event
        return flags
    elapsed = event - last
    previous = S[p, VALUE]
    if elapsed > P[p, GAP_MS]:
        flags |= GAP
        S[p, REF] = value
    elif is_spike(value, previous, S[p, REF], P[p, JUMP]):
        flags |= SPIKE
    elif abs(value - S[p, REF]) > P[p, JUMP] and abs(value - previous) > P[p, JUMP]:
        S[p, REF] = previous  # on and on the same way: the next such step is none either
    else:
        S[p, REF] = value
    if elapsed > 0 and not before & (FAILS | SPIKE | SENTINEL) and abs(value - previous) > P[p, RATE_MAX] * elapsed:
        flags |= RATE
    if abs(value - S[p, FLAT_REF]) > P[p, FLAT_TOL]:
        S[p, FLAT_REF] = value
        T[p, FLAT_SINCE] = event
    elif event - T[p, FLAT_SINCE] >= P[p, FLAT_MS] and value > P[p, ZERO_HI]:
        flags |= FLAT
    if (
        value <= P[p, ZERO_HI]
        and T[p, SECOND_EV] > 0
        and (before & SUDDEN_ZERO or previous >= P[p, SECOND] or event - T[p, SECOND_EV] <= P[p, SUDDEN_MS])
    ):
        flags |= SUDDEN_ZERO
    return flags


@inner
def count_minute(p: int, value: float, log_ms: int, flags: int, quality: int, P: Array, M: Array) -> None:
    """The running minute of log time. A value the gateway called invalid is no sign of life of the instrument."""
    if flags & INVALID:
        return
    until = log_ms + P[p, ONLINE_MS]
    covered = M[p, M_COVERED]
    if until > covered:
        M[p, M_ONLINE] += until - (covered if covered > log_ms else log_ms)
        M[p, M_COVERED] = until
    if flags & RANGE:
        return
    n = M[p, M_N]
    M[p, M_N] = n + 1.0
    M[p, M_SUM] += value
    if n == 0.0 or value < M[p, M_LOW]:
        M[p, M_LOW] = value
    if n == 0.0 or value > M[p, M_HIGH]:
        M[p, M_HIGH] = value
    M[p, M_LAST] = value
    if quality == GOOD:
        M[p, M_GOOD] += 1.0


@inner
def account(p: int, flags: int, lag_ms: int, P: Array, M: Array) -> None:
    """What speaks against a reading, for the daily scores. Most readings never come here."""
    if flags & UNTRUE:
        M[p, M_UNTRUE] += 1.0
    if flags & IRREGULAR:
        M[p, M_IRREGULAR] += 1.0
    if flags & INACCURATE:
        M[p, M_INACCURATE] += 1.0
    if lag_ms > P[p, STALE_MS]:
        M[p, M_UNTIMELY] += 1.0


def observe(  # noqa: C901 - the steps of one reading, in their order
        start: int, stop: int, point: Array, event_ms: Array, log_ms: Array, value: Array, wire: Array, P: Array, S: Array,
            T: Array, C: Array, M: Array, W1: Array, W2: Array, R: Array, wants: Array, X: Array, valid: Array, event: Array,
            flags: Array, act: Array, step: Array) -> None:  # fmt: skip
    """Readings start:stop -> X, valid, judged event time, flags, act and step (of a clock reset), rows 0.. of the chunk."""
    for i in range(start, stop):
        o = i - start
        p = point[i]
        x = value[i]
        t = log_ms[i]
        valid[o] = 0
        flags[o] = 0
        event[o] = T[p, EVENT]
        act[o] = ACT_SKIP
        if wire[i] == WIRE_ABSENT or x != x:
            C[p, QUALITY] = MISSING
            M[p, M_ABSENT] += 1.0
            continue
        e, f = judged_stamp(p, event_ms[i], t, T)
        if is_behind(p, e, t, S):
            f |= SKEW
        a = ACT_NORMAL
        last = T[p, EVENT]
        if e > last:
            if T[p, LATE_SINCE] != 0:
                T[p, LATE_SINCE] = 0
        else:
            a, e, more = placed(p, e, x, t, P, S, T)
            f |= more
        event[o] = e
        if wire[i] == WIRE_INVALID:
            f |= INVALID
        else:
            T[p, LOG] = t
        if a in (ACT_SKIP, ACT_LATE):
            act[o] = a
            flags[o] = f
            X[o, X_VALUE] = x
            valid[o] = 1
            count_minute(p, x, t, f | RANGE if not f & INVALID else f, 0, P, M)
            M[p, M_OTHER] += 1.0
            account(p, f, t - e, P, M)
            if a == ACT_LATE and not f & INVALID and P[p, FAIL_LO] <= x <= P[p, FAIL_HI]:
                late_into_windows(p, x, e, C, W1, W2, R)
            continue
        if a == ACT_RESET:
            step[o] = e - last
            T[p, FLAT_SINCE] = e
            T[p, EVENT] = e
            if T[p, SECOND_EV] > 0:
                T[p, SECOND_EV] = max(1, T[p, SECOND_EV] + e - last)
            restart_windows(p, C, W1, W2, R)
        f |= tested(p, x, e, P, S, T, C)
        bad = f & ~FLAT if e - T[p, FLAT_SINCE] < P[p, FLAT_BAD_MS] else f
        q = rolled_up(bad)
        X[o, X_VALUE] = x
        v = 1 << X_VALUE
        want = wants[C[p, CLASS]]
        if want & RATE_BIT and e > T[p, EVENT] and T[p, EVENT] >= 0 and not f & NOT_IN_WINDOWS:
            X[o, X_RATE] = (x - S[p, VALUE]) / (e - T[p, EVENT]) * 1000.0
            v |= RATE_BIT
        if want > 3 and not f & NOT_IN_WINDOWS:
            v |= windowed(o, p, x, e, want, C, W1, W2, R, X)
        if t - T[p, GOOD_LOG] > P[p, STALE_MS]:
            a |= ACT_GAP
        if q == GOOD:
            T[p, GOOD_LOG] = t
        elif rolled_up(bad & ~DUPLICATE) == GOOD:
            a |= ACT_TWIN  # of several values with one stamp nobody knows the order: evidence, but no proof either way
        else:
            a |= ACT_BAD
        if x >= P[p, SECOND]:
            T[p, SECOND_EV] = max(e, 1)
        count_minute(p, x, t, f, q, P, M)
        if f != 0 or t - e > P[p, STALE_MS]:
            account(p, bad, t - e, P, M)
            if f & FAILS:
                M[p, M_OTHER] += 1.0
        T[p, EVENT] = e
        S[p, VALUE] = x
        C[p, FLAGS] = f
        C[p, QUALITY] = q
        valid[o] = v
        flags[o] = f
        act[o] = a
