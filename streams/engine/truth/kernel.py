"""A second look at readings, in log order: how rough the signal is, and marks by which an earlier stretch is known again.

Of the changes of a point (readings that moved by more than its resolution) the last 31 are kept as symbols of two bits: up or
down, larger or smaller than the change before. A shift or a positive factor changes no symbol, so a scaled copy reads the same. When
the symbols themselves fulfil a condition they are a *mark*, about one in `MASK` changes: the same stretch gives the same marks
wherever it begins. A flat line has no changes and a toggling zero no variety, so neither has marks worth the name.

Separate from the observing kernel: nothing here decides about an alarm, and a reading costs one row of 128 bytes.
"""

# ruff: noqa: N803 - state arrays have capital names

from __future__ import annotations

from functools import cache
from typing import Any

from streams.domain.scale import Wire
from streams.engine.kernels.kernel import HAVE_COMPILER, compiled

Array = Any
WIRE_OK = int(Wire.OK)

# V: float64 state of a point
V_VALUE, V_STEP, V_CHANGE, V_TOL, V_ROUGH, V_MOVE = 0, 1, 2, 3, 4, 5
V_COLUMNS = 8
# H: int64 state of a point
H_SYMBOLS, H_FILL, H_MASK, H_N, H_CHANGES, H_KNOWN = 0, 1, 2, 3, 4, 5
H_COLUMNS = 8

SYMBOLS = 31  # two bits each: 62 bits, so that nothing overflows in plain Python's int64 scalars either
_KEEP = (1 << 2 * (SYMBOLS - 1)) - 1


def trace(first: int, stop: int, point: Array, log_ms: Array, value: Array, wire: Array, V: Array, H: Array, marks: Array,
          count: Array) -> int:  # fmt: skip
    """Readings first:stop; marks go to `marks` (point, symbols, log time). Returns where it stopped: the buffer was full."""
    for i in range(first, stop):
        if wire[i] != WIRE_OK:
            continue
        p = point[i]
        x = value[i]
        if H[p, H_KNOWN] == 0:
            H[p, H_KNOWN] = 1
            V[p, V_VALUE] = x
            continue
        d = x - V[p, V_VALUE]
        V[p, V_VALUE] = x
        size = abs(d)
        V[p, V_MOVE] += size
        V[p, V_ROUGH] += abs(d - V[p, V_STEP])
        V[p, V_STEP] = d
        H[p, H_N] += 1
        if size <= V[p, V_TOL]:
            continue
        symbol = (1 if d > 0.0 else 0) | (2 if size > V[p, V_CHANGE] + V[p, V_TOL] else 0)
        symbols = (H[p, H_SYMBOLS] & _KEEP) << 2 | symbol
        H[p, H_SYMBOLS] = symbols
        H[p, H_FILL] += 1
        H[p, H_CHANGES] += 1
        V[p, V_CHANGE] = size
        if (symbols ^ symbols >> 23 ^ symbols >> 41) & H[p, H_MASK] == 0 and H[p, H_FILL] >= SYMBOLS:
            n = count[0]
            marks[n, 0] = p
            marks[n, 1] = symbols
            marks[n, 2] = log_ms[i]
            count[0] = n + 1
            if n + 1 == marks.shape[0]:
                return i + 1
    return stop


@cache
def tracer(plain: bool) -> Any:
    """The kernel, as plain Python or as machine code."""
    return trace if plain or not HAVE_COMPILER else compiled(trace)
