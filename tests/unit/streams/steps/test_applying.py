"""What surrounds the engine: skip lists, sizes, and structs that many threads use at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec

from streams.domain.log import Cut, Range, RawRecord
from streams.steps import applying
from streams.steps.applying import SKIPPED, Machine, prepare_types
from tests.support.steps import COUNTING

STRUCTS = (
    "import msgspec\n"
    + "".join(
        f"class C{i}(msgspec.Struct):\n"
        + "".join(f"    f{j}: 'list[int | None]' = msgspec.field(default_factory=list)\n" for j in range(20))
        for i in range(30)
    )
    + "class Outer(msgspec.Struct):\n"
    + "".join(f"    c{i}: 'C{i}' = msgspec.field(default_factory=C{i})\n" for i in range(30))
)

USED_AT_ONCE = """
import sys, threading
import msgspec
import many_structs
from streams.steps.applying import prepare_types

sys.setswitchinterval(1e-6)
data = msgspec.msgpack.encode(many_structs.Outer())
together = threading.Barrier(4)

def use():
    together.wait()
    prepare_types()
    msgspec.msgpack.decode(data, type=many_structs.Outer)

threads = [threading.Thread(target=use) for _ in range(4)]
[t.start() for t in threads]
[t.join() for t in threads]
"""


def run(folder: Path, program: str) -> tuple[int, str]:
    (folder / "many_structs.py").write_text(STRUCTS)
    path = os.pathsep.join([str(folder), str(Path(__file__).parents[4])])
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": path}
    )
    return done.returncode, done.stderr


def test_threads_that_use_new_structs_at_the_same_time_do_not_end_the_process(tmp_path: Path) -> None:
    assert [run(tmp_path, USED_AT_ONCE) for _ in range(3)] == [(0, "")] * 3


def test_every_struct_is_prepared_once() -> None:
    class Late(msgspec.Struct):
        x: int

    prepare_types()
    assert Late in applying._prepared


def test_skipped_records_become_rejections_in_their_place() -> None:
    machine = Machine.fresh(COUNTING, 0, 1)
    records = [RawRecord("readings", 0, i, 1_000, b"k", b"v%d" % i) for i in range(4)]
    cut = Cut(partition=0, number=1, log_ms=1_000, skip=(Range("readings", 0, 1, 2),))
    outcome = machine.apply(cut, records, [1_000] * 4)
    said = [(o.topic, o.value) for o in outcome.outputs]
    assert [topic for topic, _ in said] == ["warnings", "dead-letters", "dead-letters", "warnings"]
    assert SKIPPED.encode() in said[1][1]
