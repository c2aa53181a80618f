"""Versioned data files of this package and the hash that names their exact content: no number of a model lives in code."""

from __future__ import annotations

import hashlib
import json
from importlib import resources
from typing import Any

import msgspec


def canonical(value: Any) -> bytes:
    """Canonical JSON: sorted keys, no spaces, UTF-8, floats in shortest round-trip form. NaN and Infinity are refused."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def content_hash(value: Any) -> str:
    """SHA-256 of the canonical JSON of `value`: the same for two files that differ in spaces or key order only.

    >>> content_hash({"b": 1, "a": 2}) == content_hash({"a": 2, "b": 1})
    True
    """
    return hashlib.sha256(canonical(value)).hexdigest()


def packaged(name: str) -> dict[str, Any]:
    """The JSON object in `models/data/<name>`, shipped with the package."""
    value: dict[str, Any] = msgspec.json.decode(resources.files("models").joinpath("data", name).read_bytes())
    return value
