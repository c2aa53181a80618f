"""Upkeep of a log that lives in this process: what a broker does by itself (retention, compaction) is asked for each hour here."""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from streams.steps.ports import LogError

_log = logging.getLogger(__name__)
EVERY_S = 3600.0


class Kept(Protocol):
    def retain(self) -> int: ...

    def compact(self) -> int: ...


async def keep(log: Kept, every_s: float = EVERY_S) -> None:
    """Until cancelled. A round that fails is said and tried again next time: a full file must not end the watching."""
    while True:
        try:
            dropped = await asyncio.to_thread(log.retain) + await asyncio.to_thread(log.compact)
            if dropped:
                _log.info("upkeep of the log dropped %d records", dropped)
        except LogError as error:
            _log.warning("upkeep of the log failed: %s", error)
        await asyncio.sleep(every_s)
