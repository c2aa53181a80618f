"""A worker as a child process that tests kill, stop and join; also one that kills itself inside a commit.

`python -m tests.support.worker_process WHERE COUNT` runs a worker that ends by SIGKILL at its COUNT-th commit: before anything is
sent, after the records of the transaction, or after the broker's answer. Without arguments it is an ordinary worker.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.support.process import ServerProcess

PROJECT = Path(__file__).resolve().parents[2]
PLACES = ("before", "sent", "answered")


class WorkerProcess(ServerProcess):
    name = "worker"
    stop_timeout_s = 15.0

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        super().__init__(folder)
        self._environment = dict(environment)
        self.suicide: tuple[str, int] | None = None

    def command(self) -> Sequence[str]:
        how = [] if self.suicide is None else [self.suicide[0], str(self.suicide[1])]
        return [sys.executable, "-m", "tests.support.worker_process", *how]

    def environment(self) -> Mapping[str, str]:
        return {**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONFAULTHANDLER": "1", **self._environment}

    def answers(self) -> bool:
        return True  # tests look at what it does to the log

    @property
    def returncode(self) -> int | None:
        return None if self._process is None else self._process.poll()

    def wait(self, timeout_s: float) -> int:
        if self._process is None:
            raise RuntimeError("the worker does not run")
        return self._process.wait(timeout_s)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def arm(where: str, count: int) -> None:
    """Make the writers of both logs end this process at the `count`-th step that they commit."""
    from streams.transport.embedded import EmbeddedWriter
    from streams.transport.kafka import KafkaWriter

    left = count

    def wrapped(commit: Any, sent: str) -> Any:
        async def killing(self: Any, outputs: Any, step: Any) -> int:
            nonlocal left
            left -= step.topic == "steps"
            last = left <= 0  # other partitions commit meanwhile
            if last and where == "before":
                _die()
            if last and where == "sent":
                _patch_sent(self, sent)
            broker_ms: int = await commit(self, outputs, step)
            if last and where == "answered":
                _die()
            return broker_ms

        return killing

    KafkaWriter.commit = wrapped(KafkaWriter.commit, "_sent")  # type: ignore[method-assign]
    EmbeddedWriter.commit = wrapped(EmbeddedWriter.commit, "_written")  # type: ignore[method-assign]


def _patch_sent(writer: Any, name: str) -> None:
    """Let the records of the transaction go out, then die before it is committed."""
    sent = getattr(writer, name)
    if asyncio.iscoroutinefunction(sent):

        async def dying(*args: Any) -> None:
            await sent(*args)
            _die()
    else:

        def dying(*args: Any) -> None:  # type: ignore[misc]
            sent(*args)
            _die()

    setattr(writer, name, dying)


if __name__ == "__main__":
    from riskstream.worker import main

    if len(sys.argv) > 1:
        arm(sys.argv[1], int(sys.argv[2]))
    sys.exit(main([]))
