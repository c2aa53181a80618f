"""The base of everything that the decisions remember."""

from __future__ import annotations

import msgspec


class Kept(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Base of all state: mutable, encoded with msgpack, without what has its default."""
