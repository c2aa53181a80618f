"""What a partition's runner tells the outside. Agents turn it into metrics and health; nothing here decides anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from streams.domain.log import Outcome, Step

State = Literal["starting", "loading", "running", "failed", "stopped"]


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
        return self.state == "running" and not self.diverged and self.lag_ms <= 10_000


class Observer(Protocol):
    """Told about what happens; must return at once and never raise."""

    def applied(self, status: Status, outcome: Outcome, seconds: float) -> None: ...

    def committed(self, status: Status, step: Step, seconds: float) -> None: ...

    def diverged(self, status: Status, number: int) -> None: ...

    def passed_over(self, status: Status, records: int) -> None: ...

    def ended(self, status: Status, error: BaseException) -> None:
        """An incarnation ended; a new one will read what really happened."""
        ...

    def checkpointed(self, status: Status, size: int, pause_seconds: float) -> None: ...


class Silent:
    """An observer that does not look."""

    def applied(self, status: Status, outcome: Outcome, seconds: float) -> None: ...

    def committed(self, status: Status, step: Step, seconds: float) -> None: ...

    def diverged(self, status: Status, number: int) -> None: ...

    def passed_over(self, status: Status, records: int) -> None: ...

    def ended(self, status: Status, error: BaseException) -> None: ...

    def checkpointed(self, status: Status, size: int, pause_seconds: float) -> None: ...
