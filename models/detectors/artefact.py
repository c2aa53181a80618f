"""A trained detector as a file: meta and arrays under one SHA-256. Loading refuses what does not match its hash."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from models.datafile import canonical
from models.detectors.arithmetic import Floats
from models.detectors.arrays import ArtefactError, decoded, encoded
from models.detectors.detector import Detector

FORMAT = 1


class Artefact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`hash` covers `kind`, `meta` and `arrays`; `meta` says what the detector was made from and what it achieved."""

    kind: str
    hash: str
    meta: dict[str, Any]
    arrays: dict[str, Any]  # encoded, see models.detectors.arrays

    def detector(self) -> Detector:
        """The detector, ready to serve. Raises ArtefactError when hash or shapes are wrong."""
        verify(self.kind, self.meta, self.arrays, self.hash)
        return Detector.restore(self.meta, self.arrays)


def artefact_hash(kind: str, meta: Mapping[str, Any], arrays: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical form of all three; arrays count by their exact bits, however they were written."""
    digest = hashlib.sha256(canonical({"format": FORMAT, "kind": kind, "meta": dict(meta)}))
    for name in sorted(arrays):
        text = encoded(decoded(name, arrays[name]))
        digest.update(canonical([name, text["shape"], text["f8"]]))
    return digest.hexdigest()


def verify(kind: str, meta: Mapping[str, Any], arrays: Mapping[str, Any], expected: str) -> None:
    """Raises ArtefactError unless the content has the hash that it claims."""
    found = artefact_hash(kind, meta, arrays)
    if found != expected:
        raise ArtefactError("hash", f"content has hash {found[:12]}, not {expected[:12]}", found=found, expected=expected)


def made(kind: str, meta: Mapping[str, Any], arrays: Mapping[str, Floats]) -> Artefact:
    """An artefact of freshly trained arrays."""
    text = {name: encoded(array) for name, array in sorted(arrays.items())}
    return Artefact(kind, artefact_hash(kind, meta, text), dict(meta), text)


def save(artefact: Artefact, path: Path) -> None:
    """Writes the artefact as JSON, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(msgspec.json.format(msgspec.json.encode(artefact), indent=1))
    os.replace(part, path)


def load(path: Path) -> Artefact:
    """Reads and verifies an artefact. Raises ArtefactError naming what is wrong; OSError when the file cannot be read."""
    try:
        artefact = msgspec.json.decode(path.read_bytes(), type=Artefact)
    except msgspec.DecodeError as problem:
        raise ArtefactError("format", f"{path}: {problem}", file=str(path), problem=str(problem)) from None
    verify(artefact.kind, artefact.meta, artefact.arrays, artefact.hash)
    return artefact
