"""Frames of gateways as JSON bytes: the lists of codes are made once, the values of a block are encoded by rows."""

from __future__ import annotations

import msgspec

from backfill.simulate.signals import Floats
from backfill.simulate.world import Gateway

_encoder = msgspec.json.Encoder()


class FrameText:
    """The constant parts of a gateway's frames."""

    __slots__ = ("disconnected", "head", "key", "middle")

    def __init__(self, gateway: Gateway, with_units: bool) -> None:
        self.key = gateway.enterprise.encode()
        names = _encoder.encode({"enterprise": gateway.enterprise, "gateway": gateway.gateway})
        self.head = names[:-1] + b',"collected_at":'
        codes = _encoder.encode([signal.code for signal in gateway.signals])
        units = b',"units":' + _encoder.encode([signal.part.unit for signal in gateway.signals]) if with_units else b""
        self.middle = b',"codes":' + codes + units + b',"values":'
        self.disconnected = b',"connected":false'

    def bytes_of(self, collected_ms: int, values: bytes, connected: bool = True) -> bytes:
        """One frame; `values` is the inside of the JSON list of its values."""
        middle = self.middle if connected else self.disconnected + self.middle
        return b"%b%d%b[%b]}" % (self.head, collected_ms, middle, values)


def rows_of(values: Floats) -> list[bytes]:
    """Each row of a table as the inside of a JSON list; NaN becomes null.

    >>> import numpy as np
    >>> rows_of(np.array([[1.5, 2.0], [np.nan, 0.25]]))
    [b'1.5,2.0', b'null,0.25']
    """
    if not len(values):
        return []
    return _encoder.encode(values.tolist())[2:-2].split(b"],[")
