"""Arrays as text: little-endian float64 in base64 with their shape, exact and without pickle, for files and the topic alike."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import numpy as np

from models.detectors.arithmetic import Floats

MAX_VALUES = 4_000_000  # 32 MB; an artefact beyond that is a mistake or an attack


class ArtefactError(ValueError):
    """An artefact that cannot be used. `code` is a key of the texts (models.artefact.*)."""

    def __init__(self, code: str, message: str, **details: object) -> None:
        super().__init__(message)
        self.code = code
        self.details: dict[str, object] = details


def encoded(array: Floats) -> dict[str, Any]:
    """`array` as {"shape": [...], "f8": base64}.

    >>> encoded(np.array([1.0]))
    {'shape': [1], 'f8': 'AAAAAAAA8D8='}
    """
    plain = np.ascontiguousarray(array, dtype="<f8")
    return {"shape": list(plain.shape), "f8": base64.b64encode(plain.tobytes()).decode()}


def decoded(name: str, value: Any) -> Floats:
    """The array behind `value`: encoded as above, nested lists of numbers, or an array already."""
    try:
        if isinstance(value, dict):
            return _from_text(name, value)
        return np.ascontiguousarray(value, dtype=np.float64)
    except (KeyError, TypeError, ValueError, binascii.Error) as problem:
        if isinstance(problem, ArtefactError):
            raise
        raise ArtefactError("array", f"arrays.{name}: {problem}", field=f"arrays.{name}") from None


def _from_text(name: str, value: dict[str, Any]) -> Floats:
    shape = tuple(int(n) for n in value["shape"])
    count = 1
    for n in shape:
        count *= n
    if min(shape, default=0) < 0 or count > MAX_VALUES:
        raise ArtefactError("array", f"arrays.{name}: shape {shape} is out of bounds", field=f"arrays.{name}")
    raw = base64.b64decode(value["f8"], validate=True)
    if len(raw) != 8 * count:
        raise ArtefactError("array", f"arrays.{name}: {len(raw)} bytes for shape {shape}", field=f"arrays.{name}")
    return np.frombuffer(raw, dtype="<f8").astype(np.float64).reshape(shape)
