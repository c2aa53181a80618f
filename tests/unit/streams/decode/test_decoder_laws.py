"""Laws of decode over any input: it never raises, says something about every record, and cuts do not change what it says."""

import json
import math
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.decode.decoder import Decoder
from streams.decode.stamps import EARLIEST_MS, LATEST_MS
from streams.domain.columns import Decoded
from streams.domain.log import RawRecord
from streams.domain.messages import BROADCAST_TOPICS, RAW_TOPICS
from streams.domain.scale import Wire

T = 1_700_000_000_000
TOPICS = sorted(RAW_TOPICS | BROADCAST_TOPICS)
KEY = b"E1"

VALID: dict[str, dict[str, Any]] = {
    "readings": {"enterprise": "E1", "gateway": "G", "collected_at": T, "codes": ["A", "B", "C"], "values": [1.5, None, 3],
                 "valid": [True, True, False], "units": ["kPa", "m", "%"], "at": [T, T, T]},
    "video-status": {"enterprise": "E1", "collected_at": T, "cameras": ["C1", "C2"], "states": ["online", "masked"]},
    "video-alarms": {"enterprise": "E1", "id": "1", "camera": "C", "kind": "flame", "state": "on", "at": T},
    "commitments": {"enterprise": "E1", "date": "2026-01-05", "units_total": 3, "signed_at": T},
    "work-permits": {"enterprise": "E1", "permit": "P", "kind": "hot_work", "state": "started", "at": T, "start_at": T, "end_at": T},
    "positioning-alarms": {"enterprise": "E1", "id": "1", "kind": "sos", "state": "on", "at": T},
    "prevention-indicators": {"enterprise": "E1", "date": "2026-01-05", "risk_analysis": 1.0, "inspection": 0.5, "rectification": 0},
    "outages": {"enterprise": "E1", "id": "o", "kind": "drill", "filed_at": T, "start_at": T, "end_at": T, "filed_by": "x", "reason": "y"},
    "interlocks": {"enterprise": "E1", "interlock": "I", "state": "tripped", "at": T},
    "enterprise-alarms": {"enterprise": "E1", "point": "P", "state": "HH", "at": T, "value": 5.5},
    "duty-records": {"enterprise": "E1", "id": "1", "kind": "patrol", "person": "p", "done_at": T},
    "actions": {"enterprise": "E1", "id": "1", "kind": "report", "author": "a", "role": "operator", "at": T, "points": ["P"]},
    "weather": {"region": "2109", "at": T, "wind_ms": 3.5},
    "calendar": {"region": "2109", "id": "h", "name": "n", "start_at": T, "end_at": T},
    "rules": {"hash": "h", "files": {"a": "b"}},
    "parameters": {"hash": "h", "files": {}},
    "models": {"source": "S", "hash": "h", "kind": "pca", "points": ["P"], "arrays": {"m": [[1.0]]}, "meta": {}},
    "registry": {"code": "E1", "name": "n", "region": "r", "supervisor": "r", "sources": []},
}  # fmt: skip

tokens = st.sampled_from(["NaN", "-Infinity", "1e999", "nan", "1.#QNAN", '"12.5"', "true", "null", "[]", "{}", "[[[[", "}", '"', ",", "1e5", "0x1",
                          '"\\ud800"', "99999999999999999999999999", "-0", "\ufeff", "\x00", '"values":[', '"schema":2,'])  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, bytes]:
    """A valid message, then damaged: bytes overwritten, cut, tokens put in, values replaced."""
    topic = draw(st.sampled_from(TOPICS))
    message = json.loads(json.dumps(VALID[topic]))
    for name in draw(st.lists(st.sampled_from(sorted(message)), max_size=2)):
        message[name] = draw(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
                                          lambda inner: st.lists(inner, max_size=4), max_leaves=6))  # fmt: skip
    body = bytearray(json.dumps(message).encode())
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(body)))
        if draw(st.booleans()):
            body[place:place] = draw(tokens).encode("utf-8", "surrogatepass")
        else:
            body[place : place + draw(st.integers(0, 9))] = draw(st.binary(max_size=4))
    return topic, bytes(body)


@st.composite
def records(draw: st.DrawFn) -> list[RawRecord]:
    found = []
    for offset in range(draw(st.integers(0, 5))):
        topic, body = draw(mutated() | st.tuples(st.sampled_from([*TOPICS, "nowhere"]), st.binary(max_size=60)))
        key = draw(st.sampled_from([KEY, KEY, KEY, None, b"", b"\xff", b"E2", b"enterprise/E1"]))
        found.append(RawRecord(topic, 0, offset, T, key, draw(st.sampled_from([body, body, body, None]))))
    return found


def check_shape(result: Decoded, count: int) -> None:
    frames = result.frames
    start = frames.start
    assert start[0] == 0
    assert np.all(np.diff(start) >= 0)
    assert len(frames.value) == len(frames.event_ms) == len(frames.wire) == start[-1]
    for i, codes in enumerate(frames.codes):
        assert len(json.loads(codes)) == start[i + 1] - start[i]
        assert not frames.units[i] or len(json.loads(frames.units[i])) == start[i + 1] - start[i]
    assert all(math.isfinite(v) for v in frames.value)
    assert np.all((frames.event_ms >= EARLIEST_MS) & (frames.event_ms < LATEST_MS))
    assert set(frames.wire.tolist()) <= set(Wire)
    assert not frames.value[frames.wire == Wire.ABSENT].any()
    spoken = {a.order for a in frames.at} | {e.at.order for e in result.events} | {r.at.order for r in result.rejected}
    assert spoken == set(range(count))
    for rejected in result.rejected:  # a dead letter must be writable
        (rejected.field + rejected.detail + rejected.enterprise + rejected.reason).encode()


@settings(max_examples=400, deadline=None)
@given(records())
def test_decode_never_raises_and_says_something_about_every_record(given_records: list[RawRecord]) -> None:
    result = Decoder().decode(given_records, [T] * len(given_records))
    check_shape(result, len(given_records))
    assert not [r for r in result.rejected if r.reason == "reject.unreadable"]


@settings(max_examples=150, deadline=None)
@given(records(), st.integers(0, 5))
def test_cuts_change_nothing(given_records: list[RawRecord], cut: int) -> None:
    def essence(*results: Decoded) -> list[object]:
        frames = [r.frames for r in results]
        return [
            [v for f in frames for v in f.value.tolist()], [v for f in frames for v in f.event_ms.tolist()],
            [v for f in frames for v in f.wire.tolist()], [c for f in frames for c in f.codes], [u for f in frames for u in f.units],
            [e.event for r in results for e in r.events], [x[1:] for r in results for x in r.rejected],
        ]  # fmt: skip

    logs = [T] * len(given_records)
    decoder = Decoder()
    parts = [decoder.decode(given_records[:cut], logs[:cut]), decoder.decode(given_records[cut:], logs[cut:])]
    assert essence(*parts) == essence(Decoder().decode(given_records, logs))


finite = st.floats(allow_nan=False, allow_infinity=False)


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(st.text(min_size=1, max_size=6).filter(lambda s: s.strip() != ""), finite | st.none(), max_size=8), st.data()
)
def test_the_slow_path_agrees_with_the_fast_one(points: dict[str, float | None], data: st.DataObject) -> None:
    """One bad value sends a frame down the slow path: every other value must come out as if it had not."""
    codes, values = list(points), list(points.values())
    good = {"enterprise": "E1", "gateway": "G", "collected_at": T, "codes": codes, "values": values}
    bad_at = data.draw(st.integers(0, len(codes)))
    worse = good | {"codes": [*codes[:bad_at], "\x07bad", *codes[bad_at:]], "values": [*values[:bad_at], "x", *values[bad_at:]]}
    if "\x07bad" in points:
        return

    def of(message: dict[str, Any]) -> Decoded:
        return Decoder().decode([RawRecord("readings", 0, 0, T, KEY, json.dumps(message).encode())], [T])

    fast, slow = of(good), of(worse)
    assert np.delete(slow.frames.value, bad_at).tobytes() == fast.frames.value.tobytes()
    assert np.delete(slow.frames.wire, bad_at).tolist() == fast.frames.wire.tolist()
    assert [r.field for r in slow.rejected] == [f"values[{bad_at}]"]
