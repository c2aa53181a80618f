"""What decides reads no clock, no chance and no order of sets: replay must come to the same bytes (decisions 2 and 4).

Read from the syntax tree, so that it holds for code no test runs. Steps may measure how long something took (monotonic time since the
last acknowledged step is how time goes on when data stop); nothing else here may.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PURE = ("streams/domain", "streams/decode", "streams/engine", "models")
STEPS = ("streams/steps",)
_WALL = {
    "time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.ctime", "time.strftime", "time.clock_gettime", "time.sleep",
    "datetime.now", "datetime.utcnow", "datetime.today", "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today",
    "date.today", "datetime.date.today", "datetime.fromtimestamp", "np.datetime64.now",
}  # fmt: skip
_MEASURE = {
    "time.monotonic",
    "time.monotonic_ns",
    "time.perf_counter",
    "time.perf_counter_ns",
    "time.process_time",
    "time.thread_time",
}
_CHANCE = {"hash()", "id()", "uuid.uuid1", "uuid.uuid4", "uuid1", "uuid4", "os.urandom"}
_DRAWS = {"np.random.default_rng", "numpy.random.default_rng"}  # models may draw, but only from a seed
_CHANCE_MODULES = {"random", "secrets", "uuid"}
_UNSAFE = {"eval()", "exec()", "pickle", "marshal", "shelve", "dill", "cloudpickle"}


def names_of(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every dotted name and imported name of a module, with its line; `from time import time` counts as time.time.

    A call of a plain name, and any call without arguments, is also told as `name()`: a field may be called id or hash, only the
    builtins are meant; a generator without a seed is another thing than one with.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (isinstance(node.func, ast.Name) or not (node.args or node.keywords)):
            yield node.lineno, f"{_dotted(node.func)}()"
        if isinstance(node, ast.Attribute | ast.Name):
            yield node.lineno, _dotted(node)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"


def _dotted(node: ast.expr) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join((*([node.id] if isinstance(node, ast.Name) else []), *reversed(parts)))


def forbidden_in(path: str, source: str) -> list[str]:
    """What a module of the core may not use, as `path:line: name`."""
    banned = _WALL | _UNSAFE
    if path.startswith(PURE):
        banned = banned | _MEASURE | _CHANCE | ({f"{name}()" for name in _DRAWS} if path.startswith("models/") else _DRAWS)
    found = set()
    for line, name in names_of(ast.parse(source)):
        if name in banned or (path.startswith(PURE) and name.split(".")[0] in _CHANCE_MODULES):
            found.add(f"{path}:{line}: {name}")
    return sorted(found)


def _modules() -> list[str]:
    return sorted(str(p.relative_to(PROJECT)) for folder in (*PURE, *STEPS) for p in (PROJECT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", _modules())
def test_the_core_reads_no_clock_and_no_chance(path: str) -> None:
    assert forbidden_in(path, (PROJECT / path).read_text()) == []


@pytest.mark.parametrize(
    "source",
    ["import time\ntime.time()", "from time import time_ns", "from datetime import datetime\ndatetime.now()", "import random", "hash('a')",
     "import numpy as np\nnp.random.default_rng()", "import pickle", "eval('1')", "import time\ntime.monotonic()", "from uuid import uuid4"],
)  # fmt: skip
def test_each_way_around_is_found(source: str) -> None:
    assert forbidden_in("streams/engine/planted.py", source)


def test_models_may_draw_from_a_seed_and_only_from_one() -> None:
    assert not forbidden_in("models/planted.py", "import numpy as np\nnp.random.default_rng(7)")
    assert forbidden_in("models/planted.py", "import numpy as np\nnp.random.default_rng()")


def test_steps_may_measure_but_not_tell_the_time() -> None:
    assert not forbidden_in("streams/steps/planted.py", "import time\ntime.monotonic()")
    assert forbidden_in("streams/steps/planted.py", "import time\ntime.time()")


def _set_walks(path: str) -> list[str]:
    """Loops straight over a set display, set() or set comprehension: their order differs from run to run."""
    loops = []
    for node in ast.walk(ast.parse((PROJECT / path).read_text())):
        for walked in [node.iter] if isinstance(node, ast.For | ast.comprehension) else []:
            is_call = (
                isinstance(walked, ast.Call) and isinstance(walked.func, ast.Name) and walked.func.id in ("set", "frozenset")
            )
            if is_call or isinstance(walked, ast.Set | ast.SetComp):
                loops.append(f"{path}:{walked.lineno}")
    return loops


@pytest.mark.parametrize("path", _modules())
def test_nothing_walks_over_a_set_without_sorting(path: str) -> None:
    assert _set_walks(path) == []
