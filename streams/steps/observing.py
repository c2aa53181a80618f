"""What a partition's runner tells the outside. Agents turn it into metrics and health; nothing here decides anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from streams.domain.log import Outcome, Output, Range, Step

State = Literal["starting", "loading", "running", "failed", "stopped"]
READY_LAG_MS = 10_000


@dataclass(slots=True)
class Status:
    """Present state of one partition on this worker. Ready: running, caught up enough, no divergence."""

    partition: int
    state: State = "starting"
    reason: str = ""  # why it failed
    number: int = 0  # last committed step
    log_ms: int = 0
    outcome: str = ""
    lag_records: int = 0
    lag_ms: int = 0  # broker time minus log time while there is something to take
    diverged: int = 0
    blind: tuple[str, ...] = ()
    incarnations: int = 0
    checkpoint_number: int = 0

    @property
    def ready(self) -> bool:
        return self.state == "running" and not self.diverged and self.lag_ms <= READY_LAG_MS


class Observer:
    """Told about what happens; must return at once and never raise. This one does not look; others override what they want."""

    def running(self, status: Status, seconds: float) -> None:
        """The engine is loaded and the partition is fenced; it took so long since the incarnation began."""

    def watched(self, status: Status) -> None:
        """One round of asking the log is over."""

    def applied(self, status: Status, outcome: Outcome, seconds: float) -> None: ...

    def committed(self, status: Status, step: Step, outputs: Sequence[Output], broker_ms: int, seconds: float) -> None: ...

    def diverged(self, status: Status, number: int) -> None:
        """A re-applied step computes something else here than what the log says."""

    def passed_over(self, status: Status, skip: Sequence[Range]) -> None:
        """The engine failed on these records."""

    def ended(self, status: Status, error: BaseException) -> None:
        """An incarnation ended; a new one will read what really happened."""

    def checkpointed(self, status: Status, size: int, pause_seconds: float) -> None: ...
