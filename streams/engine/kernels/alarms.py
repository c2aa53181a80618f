"""Pass (c): alarm states. On- and off-delays, in event time by readings and in log time by ticks; transitions in log order.

Sparse: most readings have no bit set and no rule busy at their point. An on-delay is a timer and never a count of samples: it
is confirmed by a reading or, when no further one comes, by the tick; only a proven return beyond the deadband ends it (of the
condition itself: a clear expression of its own holds an alarm that is on, and prolongs no on-delay). An off-delay runs on good
readings alone, starts again after a gap, and does not run out while the point is stale.

n of m confirms earlier and never later: an alarm is confirmed when the condition held for the on-delay, as always, or at n of
the last m readings that said either way, whichever is first. A return between them stops the delay (the next reading beyond
starts it anew) but forgets nothing until m readings later; a gap does. So a value that goes to and fro across its limit makes
an alarm within m readings, one odd reading makes none, and a source that sends once an hour is as fast as without.

An alarm carries the worst value since the first reading beyond, and its event time: the reading that confirms it may lie just
inside the limit.
"""

# ruff: noqa: N803, I001 - state arrays keep the capital names of kernel_layout; their imports are a table

from __future__ import annotations

from typing import Any

from streams.engine.kernels.kernel import inner
from streams.engine.kernels.layout import (
    ACT_GAP, ACT_LATE, ACT_QUIET, ACT_RESET, ACT_SKIP, ACT_TWIN, ACTIVE, BUSY, CHANGED, CLASS, CLEAN_SINCE, FLAGS, GOOD_LOG, IDLE,
    L_BITS, L_EVENT, L_FIRST, L_LOG, L_M, L_N, L_OFF, L_ON, LATE_SEEN, NEVER_MS, OF_LIMIT, OF_VALUE, OF_WORST, O_EVENT, O_FIRST,
    O_FLAGS, O_KIND, O_LOG, O_POINT, O_RULE, PENDING_OFF, PENDING_ON, REPORTED, SF_LIMIT, SF_WORST, SLOT_BASE, STALE_MS,
    STATE_MASK, VALUE, X_VALUE,
)  # fmt: skip
from streams.engine.kernels.rule_code import answers
from streams.engine.kernels.points import CONFIG, TIMER, Kind
from streams.engine.kernels.quality import FLAG_OFF_MS, LASTING

Array = Any
ALARM_ON = int(Kind.ALARM_ON)
ALARM_OFF = int(Kind.ALARM_OFF)
FLAG_ON = int(Kind.FLAG_ON)
FLAG_OFF = int(Kind.FLAG_OFF)
LATE_EXCURSION = int(Kind.LATE_EXCURSION)
CLOCK_RESET = int(Kind.CLOCK_RESET)


@inner
def emit(kind: int, p: int, rule: int, event: int, log_ms: int, value: float, limit: float, flags: int, OI: Array,
         OF: Array, count: Array) -> None:  # fmt: skip
    n = count[0]
    OI[n, O_KIND] = kind
    OI[n, O_POINT] = p
    OI[n, O_RULE] = rule
    OI[n, O_EVENT] = event
    OI[n, O_LOG] = log_ms
    OI[n, O_FLAGS] = flags
    OI[n, O_FIRST] = 0
    OF[n, OF_VALUE] = value
    OF[n, OF_LIMIT] = limit
    OF[n, OF_WORST] = 0.0
    count[0] = n + 1


@inner
def emit_alarm(kind: int, slot: int, p: int, rule: int, event: int, log_ms: int, value: float, flags: int, SL: Array, SF: Array,
               OI: Array, OF: Array, count: Array) -> None:  # fmt: skip
    """ALARM_ON with the worst value until now, ALARM_OFF with the value at which it ended; both with the worst of all."""
    n = count[0]
    worst = SF[slot, SF_WORST]
    emit(kind, p, rule, event, log_ms, worst if kind == ALARM_ON else value, SF[slot, SF_LIMIT], flags, OI, OF, count)
    OI[n, O_FIRST] = SL[slot, L_FIRST]
    OF[n, OF_WORST] = worst


@inner
def report_flags(p: int, flags: int, event: int, log_ms: int, value: float, C: Array, T: Array, OI: Array, OF: Array,
                 count: Array) -> None:  # fmt: skip
    """FLAG_ON at once, FLAG_OFF after a minute without: a value on the edge of its range does not flood anyone."""
    reported = C[p, REPORTED]
    new = flags & LASTING & ~reported
    gone = reported & ~flags
    if gone == 0:
        T[p, CLEAN_SINCE] = 0
    elif T[p, CLEAN_SINCE] == 0 or T[p, CLEAN_SINCE] > event:
        T[p, CLEAN_SINCE] = max(event, 1)
        gone = 0
    elif event - T[p, CLEAN_SINCE] < FLAG_OFF_MS:
        gone = 0
    else:
        T[p, CLEAN_SINCE] = 0
    changed = new | gone
    bit = 1
    while bit <= changed:
        if changed & bit:
            emit(FLAG_ON if new & bit else FLAG_OFF, p, bit, event, log_ms, value, 0.0, flags, OI, OF, count)
        bit <<= 1
    C[p, REPORTED] = (reported | new) & ~gone


@inner
def note_worst(slot: int, upward: bool, event: int, value: float, SL: Array, ST: Array, SF: Array) -> None:
    """A reading beyond; to be noted before `advance`."""
    if ST[slot] & STATE_MASK == IDLE:
        SL[slot, L_FIRST] = event
        SF[slot, SF_WORST] = value
    elif value > SF[slot, SF_WORST] if upward else value < SF[slot, SF_WORST]:
        SF[slot, SF_WORST] = value


@inner
def enough(slot: int, up: bool, down: bool, gap: bool, SL: Array) -> bool:
    """Whether with this reading n of the last m said that the condition holds. Readings that say neither are not counted."""
    n = SL[slot, L_N]
    if n == 0:
        return False
    bits = 0 if gap else SL[slot, L_BITS]
    if up or down:
        bits = (bits << 1 | (1 if up else 0)) & ((1 << SL[slot, L_M]) - 1)
    SL[slot, L_BITS] = bits
    while bits != 0:
        n -= bits & 1
        bits >>= 1
    return bool(n <= 0)


@inner
def pending(slot: int, p: int, up: bool, down: bool, gap: bool, event: int, log_ms: int, SL: Array, ST: Array,
            C: Array) -> int:  # fmt: skip
    """A reading of an alarm that waits for its on-delay; ALARM_ON or 0."""
    confirmed = enough(slot, up, down, gap, SL)
    if down and not confirmed:
        if SL[slot, L_N] > 0 and SL[slot, L_BITS] != 0:
            SL[slot, L_EVENT] = NEVER_MS
            SL[slot, L_LOG] = NEVER_MS
        else:
            ST[slot] = IDLE | ST[slot] & ~STATE_MASK
            C[p, BUSY] -= 1
        return 0
    if SL[slot, L_LOG] == NEVER_MS:
        if up:
            SL[slot, L_EVENT] = event
            SL[slot, L_LOG] = log_ms
    elif event - SL[slot, L_EVENT] >= SL[slot, L_ON]:
        confirmed = True
    if not confirmed:
        return 0
    ST[slot] = ACTIVE
    return ALARM_ON


@inner
def advance(slot: int, p: int, up: bool, down: bool, gap: bool, event: int, log_ms: int, SL: Array, ST: Array,
            C: Array) -> int:  # fmt: skip
    """One step of the state machine of a slot; ALARM_ON, ALARM_OFF or 0."""
    state = ST[slot] & STATE_MASK
    marks = ST[slot] & ~STATE_MASK
    if state == IDLE:
        if not up:
            return 0
        C[p, BUSY] += 1
        SL[slot, L_BITS] = 0
        if SL[slot, L_ON] <= 0 or enough(slot, up, down, gap, SL):
            ST[slot] = ACTIVE
            return ALARM_ON
        ST[slot] = PENDING_ON | marks
        SL[slot, L_EVENT] = event
        SL[slot, L_LOG] = log_ms
    elif state == PENDING_ON:
        return pending(slot, p, up, down, gap, event, log_ms, SL, ST, C)
    elif not down:
        ST[slot] = ACTIVE | (marks & ~CHANGED if up else marks)
    elif gap or (state == ACTIVE and SL[slot, L_OFF] > 0):
        ST[slot] = PENDING_OFF | marks
        SL[slot, L_EVENT] = event
        SL[slot, L_LOG] = log_ms
    elif state == ACTIVE or event - SL[slot, L_EVENT] >= SL[slot, L_OFF]:
        ST[slot] = IDLE | marks
        C[p, BUSY] -= 1
        return ALARM_OFF
    return 0


@inner
def late_seen(p: int, base: int, slots: int, k: int, r: int, event: int, log_ms: int, value: float, flags: int, rule_of: Array,
              SF: Array, ST: Array, OI: Array, OF: Array, count: Array) -> None:  # fmt: skip
    """A late reading beyond a limit that nobody knew of: said once for a run of them."""
    for s in range(slots):
        slot = base + s
        if not r >> s & 1:
            ST[slot] = ST[slot] & ~LATE_SEEN
        elif not ST[slot] & LATE_SEEN:
            known = ST[slot] & STATE_MASK
            ST[slot] = ST[slot] | LATE_SEEN
            if known < ACTIVE:
                emit(LATE_EXCURSION, p, rule_of[k, s], event, log_ms, value, SF[slot, SF_LIMIT], flags, OI, OF, count)


def settle(  # noqa: C901 - the ways of one reading
           n: int, start: int, point: Array, log_ms: Array, C: Array, T: Array, TH: Array, E: Array, SL: Array, ST: Array,
           SF: Array, code: Array, code_at: Array, danger: Array, slots_of: Array, rule_of: Array, upward: Array, X: Array,
           valid: Array, flags: Array, event: Array, act: Array, step: Array, raised: Array, cleared: Array, denied: Array,
           stack: Array, OI: Array, OF: Array, count: Array) -> None:  # fmt: skip
    """Readings 0..n of the chunk through the alarm states."""
    for o in range(n):
        if act[o] == ACT_SKIP:
            continue
        p = point[start + o]
        r = raised[o]
        f = flags[o]
        plain = act[o] & (ACT_LATE | ACT_RESET) == 0
        if plain and r == 0 and C[p, BUSY] == 0 and f & LASTING == 0 and C[p, REPORTED] == 0:
            continue
        k = C[p, CLASS]
        base = C[p, SLOT_BASE]
        t = log_ms[start + o]
        e = event[o]
        x = X[o, X_VALUE]
        if act[o] & ACT_LATE:
            late_seen(p, base, slots_of[k], k, r, e, t, x, f, rule_of, SF, ST, OI, OF, count)
            continue
        if act[o] & ACT_RESET:
            emit(CLOCK_RESET, p, 0, e, t, x, step[o] / 1000.0, f, OI, OF, count)
            for s in range(slots_of[k]):
                SL[base + s, L_EVENT] += step[o]
                SL[base + s, L_FIRST] += step[o]
            T[p, CLEAN_SINCE] = 0
        report_flags(p, f, e, t, x, C, T, OI, OF, count)
        if r == 0 and C[p, BUSY] == 0:
            continue
        c = cleared[o]
        d = denied[o]
        if act[o] & ACT_QUIET:
            _, more_c, more_d = answers(o, p, code_at[k, 0], code_at[k, 1], C, TH, E, code, danger, X, valid, flags, act, stack)
            c |= more_c
            d |= more_d
        for s in range(slots_of[k]):
            slot = base + s
            if ST[slot] & STATE_MASK == IDLE and not r >> s & 1:
                continue
            down = (d if ST[slot] & STATE_MASK == PENDING_ON else c) >> s & 1 != 0
            if act[o] & ACT_TWIN and down:
                continue
            mark = CONFIG if ST[slot] & CHANGED else 0
            if r >> s & 1:
                note_worst(slot, upward[k, s] != 0, e, x, SL, ST, SF)
            said = advance(slot, p, r >> s & 1 != 0, down, act[o] & ACT_GAP != 0, e, t, SL, ST, C)
            if said != 0:
                ST[slot] = ST[slot] & ~CHANGED
                emit_alarm(said, slot, p, rule_of[k, s], e, t, x, f | mark, SL, SF, OI, OF, count)


def begin(p: int, r: int, event: int, log_ms: int, value: float, flags: int, C: Array, SL: Array, ST: Array, SF: Array,
          slots_of: Array, rule_of: Array, upward: Array, OI: Array, OF: Array, count: Array) -> None:  # fmt: skip
    """The last value of a point is beyond limits that have just become tighter: act at once, end nothing."""
    k = C[p, CLASS]
    for s in range(slots_of[k]):
        slot = C[p, SLOT_BASE] + s
        if not r >> s & 1 or ST[slot] & STATE_MASK not in (IDLE, PENDING_OFF):
            continue
        note_worst(slot, upward[k, s] != 0, event, value, SL, ST, SF)
        if advance(slot, p, True, False, False, event, log_ms, SL, ST, C):
            emit_alarm(ALARM_ON, slot, p, rule_of[k, s], event, log_ms, value, flags, SL, SF, OI, OF, count)


def run_out(slot: int, p: int, s: int, at_ms: int, P: Array, S: Array, T: Array, C: Array, SL: Array, ST: Array, SF: Array,
            rule_of: Array, OI: Array, OF: Array, count: Array) -> None:  # fmt: skip
    """A delay of one slot that ran out at log time `at_ms`, with no reading to say so."""
    state = ST[slot] & STATE_MASK
    rule = rule_of[C[p, CLASS], s]
    flags = C[p, FLAGS] | TIMER
    if state == PENDING_ON and SL[slot, L_LOG] + SL[slot, L_ON] <= at_ms:
        ST[slot] = ACTIVE
        event = SL[slot, L_EVENT] + SL[slot, L_ON]
        emit_alarm(ALARM_ON, slot, p, rule, event, at_ms, S[p, VALUE], flags, SL, SF, OI, OF, count)
    elif state == PENDING_OFF and SL[slot, L_LOG] + SL[slot, L_OFF] <= at_ms and at_ms - T[p, GOOD_LOG] <= P[p, STALE_MS]:
        mark = CONFIG if ST[slot] & CHANGED else 0
        ST[slot] = ST[slot] & LATE_SEEN
        C[p, BUSY] -= 1
        event = SL[slot, L_EVENT] + SL[slot, L_OFF]
        emit_alarm(ALARM_OFF, slot, p, rule, event, at_ms, S[p, VALUE], flags | mark, SL, SF, OI, OF, count)
