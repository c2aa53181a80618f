"""How kernels are compiled: numba when it is there, plain Python with the same results when it is not.

An entry kernel is a plain function; `compiled(function)` gives its machine code. Everything it calls is `@inner`: plain
Python stays plain, so that the same sources run both ways in one process and a test can hold them against each other.
Compiled for a portable CPU (the cache may be made on another machine, and the same arithmetic must run everywhere), without
fastmath: no contraction, no reordering.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

KERNEL_SOURCES = (
    "kernel", "layout", "points", "quality", "windows", "point_windows", "observe", "rule_code", "memory", "alarms",
    "judging", "../groups/kernel", "../truth/kernel", "../../domain/scale",
)  # fmt: skip
"""Modules whose code or constants end up in machine code."""

try:
    if os.environ.get("RISKSTREAM_PLAIN_KERNELS"):
        raise ImportError("asked for plain kernels")
    import numba
    from numba.extending import register_jitable

    # Set here and not by environment: numba may have been imported before, and a cache made for one CPU is no cache for another.
    numba.config.CPU_NAME = os.environ.get("NUMBA_CPU_NAME") or "generic"
    numba.config.CPU_FEATURES = os.environ.get("NUMBA_CPU_FEATURES") or ""
    HAVE_COMPILER = True
except ImportError:  # a platform without llvm: slower, and the same
    HAVE_COMPILER = False


def inner(function: F) -> F:
    """A function that kernels call: compiled into each of them, untouched for plain Python."""
    if not HAVE_COMPILER:
        return function
    jitable: F = register_jitable(error_model="numpy", forceinline=True, _nrt=False)(function)
    return jitable


@cache
def source_stamp() -> int:
    """A number that changes with any kernel source. numba's cache only watches the file of the entry function."""
    digest = hashlib.blake2b(digest_size=7)
    for name in KERNEL_SOURCES:
        digest.update((Path(__file__).parent / f"{name}.py").read_bytes())
    return int.from_bytes(digest.digest(), "little")


def compiled(function: F) -> F:
    """`function` as machine code, cached beside the source; `function` itself when there is no compiler."""
    if not HAVE_COMPILER:
        return function
    jitted: F = numba.njit(cache=True, nogil=True, error_model="numpy", _nrt=False)(function)
    return jitted


def versions() -> dict[str, str]:
    """What the results of kernels may depend on."""
    import numpy as np

    return {"numpy": np.__version__, "numba": numba.__version__ if HAVE_COMPILER else "none"}
