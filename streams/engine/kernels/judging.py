"""The entry kernel: the three passes over chunks of readings, in one call, without the GIL."""

# ruff: noqa: N803 - state arrays keep the capital names of kernel_layout; their imports are a table

from __future__ import annotations

from functools import cache
from typing import Any

from streams.engine.kernels import alarms
from streams.engine.kernels import memory as kernel_memory
from streams.engine.kernels import observe as kernel_observe
from streams.engine.kernels import rule_code as kernel_rules
from streams.engine.kernels.kernel import HAVE_COMPILER, compiled, inner, source_stamp
from streams.engine.kernels.layout import CHUNK, PER_READING

Array = Any


def make(stamp: int, observe: Any, remember: Any, evaluate: Any, settle: Any) -> Any:
    """The entry kernel over these passes. `stamp` is in its closure, which is in the key of numba's cache."""

    def judge_readings(first: int, stop: int, point: Array, event_ms: Array, log_ms: Array, value: Array, wire: Array,
                       P: Array, S: Array, T: Array, C: Array, M: Array, W1: Array, W2: Array, R: Array, TH: Array, E: Array,
                       A: Array, SL: Array, ST: Array, SF: Array, wants: Array, danger: Array, code: Array, code_at: Array,
                       slots_of: Array, rule_of: Array, upward: Array, aux: Array, aux_at: Array, X: Array, valid: Array,
                       event: Array, flags: Array, act: Array, step: Array, raised: Array, cleared: Array, denied: Array, stack: Array,
                       OI: Array, OF: Array, count: Array) -> int:  # fmt: skip
        """Readings first:stop; returns where it stopped: before `stop` when the buffer of transitions must be emptied."""
        if stamp == 0:
            return -1
        while first < stop:
            if count[0] + CHUNK * PER_READING > OI.shape[0]:
                return first
            end = min(stop, first + CHUNK)
            n = end - first
            observe(first, end, point, event_ms, log_ms, value, wire, P, S, T, C, M, W1, W2, R, wants, X, valid, event, flags,
                    act, step)  # fmt: skip
            remember(n, point, first, P, C, TH, E, A, aux, aux_at, code, X, valid, event, flags, act, step, stack)
            evaluate(n, point, first, S, C, TH, E, code, code_at, danger, X, valid, flags, act, raised, cleared, denied, stack)
            settle(n, first, point, log_ms, C, T, TH, E, SL, ST, SF, code, code_at, danger, slots_of, rule_of, upward, X, valid,
                   flags, event, act, step, raised, cleared, denied, stack, OI, OF, count)  # fmt: skip
            first = end
        return first

    return judge_readings


@cache
def judge_readings(plain: bool) -> Any:
    """The entry kernel, as plain Python or as machine code."""
    if plain or not HAVE_COMPILER:
        return make(1, kernel_observe.observe, kernel_memory.remember, kernel_rules.evaluate, alarms.settle)
    passes: tuple[Any, ...] = (kernel_observe.observe, kernel_memory.remember, kernel_rules.evaluate, alarms.settle)
    return compiled(make(source_stamp(), *map(inner, passes)))
