"""All tests without a server in two pytest processes side by side, for machines with two cores: `python -m tests.support.side_by_side`.

What is not named as a part is the rest, so no test can be forgotten. Lines appear as they come, each with the name of its part; what
failed is said again at the end. More arguments go to every pytest.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from typing import IO, NamedTuple

PARTS = {
    "cases": ("tests/cases", "tests/lint"),
    "scenarios": ("tests/scenarios",),
    "rest": (),
    "stack": ("tests/stack", "tests/contracts"),
}
"""Begun in this order, the longest first, so that the last one keeps no process waiting. The rest is what nobody else names."""
PROCESSES = max(1, min(2, os.cpu_count() or 1))
NO_TESTS = 5  # pytest's code when everything was deselected


class Ended(NamedTuple):
    part: str
    code: int
    seconds: float
    last: str


def command(part: str, arguments: Sequence[str]) -> list[str]:
    """One pytest; each with a cache of its own, so that `--last-failed` of one is not overwritten by the other."""
    places = PARTS[part]
    others = [f"--ignore={place}" for place in sum(PARTS.values(), ()) if not places]
    return [sys.executable, "-m", "pytest", "-o", f"cache_dir=.pytest_cache/{part}", *others, *arguments, *places]


def run(part: str, arguments: Sequence[str], out: IO[str]) -> Ended:
    """Run a part to its end; its lines go to `out`."""
    began_s, last = time.monotonic(), ""
    with subprocess.Popen(command(part, arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            last = line.strip() or last
            out.write(f"{part:9} | {line}")
            out.flush()
    code = 0 if process.returncode == NO_TESTS else process.returncode
    return Ended(part, code, time.monotonic() - began_s, last)


def run_all(arguments: Sequence[str], out: IO[str]) -> list[Ended]:
    """All parts, `PROCESSES` at a time."""
    waiting, ended, lock = [*PARTS], list[Ended](), threading.Lock()

    def work() -> None:
        while True:
            with lock:
                if not waiting:
                    return
                part = waiting.pop(0)
            done = run(part, arguments, out)
            with lock:
                ended.append(done)

    threads = [threading.Thread(target=work, name=f"tests-{n}") for n in range(PROCESSES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ended


def main(arguments: Sequence[str]) -> int:
    ended = run_all(arguments, sys.stdout)
    for e in ended:
        print(f"{e.part:9} {'ok' if not e.code else f'FAILED ({e.code})':12} {e.seconds:6.0f} s  {e.last}")
    return 0 if len(ended) == len(PARTS) and not any(e.code for e in ended) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
