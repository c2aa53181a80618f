"""What to do when the engine itself fails on a step: find the record, pass it over, say so. The partition goes on for all others.

The failing state is gone by then; every attempt starts from a snapshot of the state before the step.
"""

from __future__ import annotations

import msgspec

from streams.domain.log import Cut, Outcome, Range, RawRecord
from streams.steps.applying import Chunks, EngineFailed, Kernel, Machine, skipped
from streams.steps.sequencer import Prepared

SINGLE_ROUNDS = 4  # then all records of the culprit's sender on that topic, in this step
ROUNDS = 12  # then everything that is left of the step


def apply_around(kernel: Kernel, partitions: int, before: Chunks, prepared: Prepared) -> tuple[Machine, Cut, Outcome]:
    """Apply the step with the shortest skip list that we can find quickly. Raises EngineFailed when it fails without any record.

    CPU-bound: run it in the partition's thread.
    """
    skip: list[Range] = []
    for round_ in range(ROUNDS + 1):
        said = (*prepared.cut.degraded, "passed_over") if skip else prepared.cut.degraded
        cut = msgspec.structs.replace(prepared.cut, skip=tuple(skip), degraded=said)
        machine = Machine.restored(kernel, cut.partition, partitions, before)
        try:
            return machine, cut, machine.apply(cut, prepared.records, prepared.log_ms)
        except EngineFailed:
            left = [(r, at) for r, at in zip(prepared.records, prepared.log_ms, strict=True) if not skipped(r, cut.skip)]
            if not left:
                raise
            culprit = _culprit(kernel, partitions, before, prepared.cut, left)
            if round_ + 1 >= ROUNDS:
                skip += [_range(record) for record, _ in left]
            elif round_ >= SINGLE_ROUNDS:
                skip += [_range(r) for r, _ in left if (r.topic, r.key) == (culprit.topic, culprit.key)]
            else:
                skip.append(_range(culprit))
    raise EngineFailed(f"step {prepared.cut.number}: no skip list helps")


def _culprit(kernel: Kernel, partitions: int, before: Chunks, cut: Cut, left: list[tuple[RawRecord, int]]) -> RawRecord:
    """The record that ends the shortest failing prefix. Raises EngineFailed when time alone fails, without any record."""

    def fails(count: int) -> bool:
        machine = Machine.restored(kernel, cut.partition, partitions, before)
        try:
            machine.apply(cut, [r for r, _ in left[:count]], [at for _, at in left[:count]])
        except EngineFailed:
            if count == 0:
                raise
            return True
        return False

    fails(0)
    good, bad = 0, len(left)
    while bad - good > 1:
        middle = (good + bad) // 2
        if fails(middle):
            bad = middle
        else:
            good = middle
    return left[bad - 1][0]


def _range(record: RawRecord) -> Range:
    return Range(record.topic, record.partition, record.offset, record.offset)
