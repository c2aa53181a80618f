"""The embedded log is kept small by the process that has it, and a failing round ends nothing."""

from __future__ import annotations

import asyncio

from streams.agents.upkeep import keep
from streams.steps.ports import LogError


class Log:
    def __init__(self) -> None:
        self.rounds = 0

    def retain(self) -> int:
        self.rounds += 1
        if self.rounds == 1:
            raise LogError("disk full")
        return 3

    def compact(self) -> int:
        return self.rounds


async def test_each_round_retains_and_compacts_and_a_failed_one_is_tried_again() -> None:
    log = Log()
    task = asyncio.create_task(keep(log, every_s=0))
    while log.rounds < 3:
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
