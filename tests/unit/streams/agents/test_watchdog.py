"""A process that stood still for longer than its session ends itself, whichever thread wakes up first."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from streams.agents import watchdog
from streams.agents.watchdog import Watchdog


class Hands:
    def __init__(self) -> None:
        self.now_s = 100.0
        self.ended: list[float] = []

    def clock(self) -> float:
        return self.now_s


def test_a_short_silence_is_nothing_and_a_long_one_is_the_end() -> None:
    hands = Hands()
    dog = Watchdog(6.0, hands.ended.append, hands.clock)
    hands.now_s += 6.0
    dog.look()
    assert hands.ended == []
    hands.now_s += 0.1
    dog.look()
    assert [round(s, 1) for s in hands.ended] == [6.1]


async def test_the_loop_itself_notices_when_it_wakes_up_first(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(watchdog, "LOOK_S", 0.001)
    hands = Hands()
    late: list[float] = []
    dog = Watchdog(6.0, hands.ended.append, hands.clock, late.append)
    task = asyncio.create_task(dog.run())
    while not late:
        await asyncio.sleep(0)
    hands.now_s += 30.0
    before = len(late)
    while len(late) == before:
        await asyncio.sleep(0)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert hands.ended
    assert max(late) > 29
