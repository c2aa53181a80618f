"""Is this worker alive, and is it ready: a `Health` that the loops report to, and a small HTTP endpoint that says so.

Independent of Faust's own web, because it must answer while Faust starts, rebalances or hangs. Live: every loop that reported
once has reported lately. Ready: an assignment is known, each assigned partition is restored, and none lags beyond the limit.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from typing import NamedTuple

from streams.agents.metrics import CONTENT_TYPE, Metrics

DEFAULT_PORT = 8900
_HEAD_BYTES = 8192
_PATIENCE_S = 5.0
_REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 503: "Service Unavailable"}


class Verdict(NamedTuple):
    """Yes, or no with all the reasons."""

    ok: bool
    reasons: tuple[str, ...] = ()


class Health:
    """What is known of one worker. `clock` is monotonic seconds: this measures the process, it decides nothing about readings."""

    def __init__(self, stall_s: float = 30.0, lag_limit_s: float = 10.0, clock: Callable[[], float] = time.monotonic) -> None:
        self.stall_s = stall_s
        self.lag_limit_s = lag_limit_s
        self._clock = clock
        self._beats: dict[str, float] = {}
        self._assigned: set[int] | None = None
        self._restored: set[int] = set()
        self._lag_s: dict[int, float] = {}
        self._unjudged: set[int] = set()
        self._failure: str | None = None

    def beat(self, loop: str) -> None:
        """The loop of this name has gone round once more."""
        self._beats[loop] = self._clock()

    def ended(self, loop: str) -> None:
        """The loop of this name ended as it should; nobody waits for its next beat."""
        self._beats.pop(loop, None)

    def assigned(self, partitions: Iterable[int]) -> None:
        """These partitions are ours from now on, and no others; what was restored before and is still ours stays so."""
        self._assigned = set(partitions)
        self._restored &= self._assigned
        self._lag_s = {partition: lag for partition, lag in self._lag_s.items() if partition in self._assigned}
        self._unjudged &= self._assigned

    def restored(self, partition: int) -> None:
        self._restored.add(partition)

    def lost(self, partition: int) -> None:
        """The engine of this partition was given up and must be restored again."""
        self._restored.discard(partition)

    def lag(self, partition: int, lag_s: float) -> None:
        """How far log time of this partition is behind broker time."""
        self._lag_s[partition] = lag_s

    def judging(self, partition: int, by_rules: bool) -> None:
        """Readings of this partition were looked at by rules, or no rules are in force and they were not."""
        (self._unjudged.discard if by_rules else self._unjudged.add)(partition)

    def failed(self, reason: str) -> None:
        """This process cannot go on; it says so until it is replaced."""
        self._failure = reason

    def live(self) -> Verdict:
        now = self._clock()
        silent = [
            f"loop {name} silent for {now - at:.0f} s" for name, at in sorted(self._beats.items()) if now - at > self.stall_s
        ]
        return _verdict([*([self._failure] if self._failure else []), *silent])

    def ready(self) -> Verdict:
        reasons = list(self.live().reasons)
        if self._assigned is None:
            return _verdict([*reasons, "no partitions assigned yet"])
        for partition in sorted(self._assigned):
            if partition not in self._restored:
                reasons.append(f"partition {partition} not restored")
            elif self._lag_s.get(partition, 0.0) > self.lag_limit_s:
                reasons.append(f"partition {partition} lags {self._lag_s[partition]:.0f} s")
            if partition in self._unjudged:
                reasons.append(f"partition {partition} has no rules in force, its readings are not judged")
        return _verdict(reasons)


def _verdict(reasons: list[str]) -> Verdict:
    return Verdict(not reasons, tuple(reasons))


class HealthServer:
    """GET /livez, /readyz, /metrics on one port; anything else is refused. One answer a connection."""

    def __init__(self, health: Health, metrics: Metrics, host: str = "127.0.0.1", port: int = DEFAULT_PORT) -> None:
        self._health = health
        self._metrics = metrics
        self._host = host
        self._port = port
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port that it listens on; with port 0 known once started."""
        if self._server is None:
            return self._port
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, self._host, self._port, limit=_HEAD_BYTES)

    async def stop(self) -> None:
        if self._server is not None:
            server, self._server = self._server, None
            server.close()
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                status, kind, body, head_only = self._answer(await reader.readuntil(b"\r\n\r\n"))
                writer.write(_response(status, kind, body, head_only))
                await writer.drain()
        except (TimeoutError, asyncio.IncompleteReadError, ConnectionError):
            pass  # the asker left or dawdles; there is nobody to tell
        except asyncio.LimitOverrunError:
            writer.write(_response(400, "text/plain", b"request head too long\n", False))
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    def _answer(self, head: bytes) -> tuple[int, str, bytes, bool]:
        """Status, content type and body for a request head; the last says that only the head is wanted."""
        words = head.split(b"\r\n", 1)[0].split(b" ")
        if len(words) != 3 or not words[2].startswith(b"HTTP/1."):
            return 400, "text/plain", b"not an HTTP request\n", False
        method, target = words[0], words[1].split(b"?", 1)[0]
        if method not in (b"GET", b"HEAD"):
            return 405, "text/plain", b"only GET and HEAD\n", False
        if target == b"/metrics":
            return 200, CONTENT_TYPE, self._metrics.exposition(), method == b"HEAD"
        if target not in (b"/livez", b"/readyz"):
            return 404, "text/plain", b"/livez, /readyz or /metrics\n", method == b"HEAD"
        verdict = self._health.live() if target == b"/livez" else self._health.ready()
        body = json.dumps({"ok": verdict.ok, "reasons": verdict.reasons}).encode() + b"\n"
        return (200 if verdict.ok else 503), "application/json", body, method == b"HEAD"


def _response(status: int, kind: str, body: bytes, head_only: bool) -> bytes:
    head = f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
    allow = "Allow: GET, HEAD\r\n" if status == 405 else ""
    return f"{head}{allow}Cache-Control: no-store\r\nConnection: close\r\n\r\n".encode() + (b"" if head_only else body)


def probe(url: str, timeout_s: float = 3.0) -> int:
    """Exit code of a container's health check: 0 when `url` answers 200. Prints what it said otherwise."""
    try:
        with urllib.request.urlopen(url, timeout=timeout_s):  # noqa: S310 - the URL is the operator's own
            return 0
    except urllib.error.HTTPError as answer:
        print(answer.read().decode(errors="replace"), file=sys.stderr)
        answer.close()
    except OSError as problem:
        print(problem, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(probe(sys.argv[1] if len(sys.argv) > 1 else f"http://127.0.0.1:{DEFAULT_PORT}/livez"))
