"""A server as a child process that tests may kill: its folder, its log, its pid, and the promise that it dies with us."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

# Ends the server when our end of its standard input closes, however we end: kill -9 of pytest leaves no server behind.
_WATCHDOG = "import os, sys; sys.stdin.read(); os.kill(int(sys.argv[1]), 9)"
_POLL_S = 0.05


class Unavailable(Exception):
    """This server cannot be had on this machine; the message says what is missing."""


class StartFailed(Exception):
    """The server is there but did not come up; the message carries the end of its log."""


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on right now."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port


def accepts(port: int) -> bool:
    """True when something on 127.0.0.1 takes connections at `port`; asked before a client that logs each refusal at length."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_gone(pid: int, timeout_s: float) -> None:
    """Wait until no process has this id. Raises TimeoutError."""
    deadline = time.monotonic() + timeout_s
    pause = threading.Event()
    while Path(f"/proc/{pid}/stat").exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"process {pid} did not end within {timeout_s:.0f} s")
        pause.wait(_POLL_S)


class ServerProcess:
    """One server: its folder holds configuration, data and `server.log`, and outlives kill9() and stop()."""

    name = "server"
    start_timeout_s = 180.0  # only a failure waits so long
    stop_timeout_s = 30.0

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)

    def command(self) -> Sequence[str]:
        """The command line; the process started must be the server itself, not a shell around it."""
        raise NotImplementedError

    def environment(self) -> Mapping[str, str]:
        return os.environ

    def answers(self) -> bool:
        """True once the server serves requests; never raises for a server that is not up yet."""
        raise NotImplementedError

    @property
    def pid(self) -> int:
        """Process id of the running server."""
        if self._process is None:
            raise RuntimeError(f"{self.name} does not run")
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, detached: bool = False) -> None:
        """Start and wait until it answers. `detached`: it outlives this process (`make up`)."""
        if self.running:
            return
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=dict(self.environment()),
                start_new_session=True,
            )
        if not detached:
            self._watchdog = subprocess.Popen(
                [sys.executable, "-S", "-c", _WATCHDOG, str(self.pid)], stdin=subprocess.PIPE, start_new_session=True
            )
        self._wait_until_it_answers()

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + self.start_timeout_s
        pause = threading.Event()
        while not self.answers():
            if not self.running or time.monotonic() > deadline:
                reason = "ended" if not self.running else f"did not answer within {self.start_timeout_s:.0f} s"
                tail = self.log_tail()
                self.kill9()
                raise StartFailed(f"{self.name} {reason}; the end of {self.log}:\n{tail}")
            pause.wait(_POLL_S)

    def kill9(self) -> None:
        """SIGKILL, and wait until the process is gone. The folder stays, so that restart() finds what was on disk."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM, then SIGKILL after `stop_timeout_s`."""
        self._end(signal.SIGTERM)

    def pause(self) -> None:
        """SIGSTOP: the process is there, and silent."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def restart(self) -> None:
        """stop() if it runs, then start on the same ports and folder."""
        self.stop()
        self.start()

    def log_tail(self, lines: int = 30) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def _end(self, how: signal.Signals) -> None:
        if self._watchdog is not None:  # first: the pid must not be reused under it
            self._watchdog.kill()
            self._watchdog.wait()
            if self._watchdog.stdin is not None:
                self._watchdog.stdin.close()
            self._watchdog = None
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(how)
            if how is not signal.SIGKILL:
                process.send_signal(signal.SIGCONT)  # a paused process would never see SIGTERM
        try:
            process.wait(self.stop_timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
