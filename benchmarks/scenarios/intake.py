"""`intake`: frames of 1, 22, 63 and 500 points as bytes, decoded and validated into columns: the part before the engine.

A peer does less: msgspec alone reads the JSON into a struct and makes an array of its values; nothing is checked against the key, no
stamp, no code. It is the price of JSON itself.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import msgspec
import numpy as np

from benchmarks.harness.children import in_child
from benchmarks.harness.measuring import Case, Contender
from benchmarks.harness.results import Sample
from benchmarks.harness.scenario import Options, Scenario
from benchmarks.workloads.nation import T0
from streams.decode.decoder import Decoder
from streams.domain.log import RawRecord
from streams.domain.messages import Frame

SEED = 20240102
SIZES = (1, 22, 63, 500)
BATCH = 50_000  # readings a step holds at most


def batches(size: int, readings: int, seed: int) -> list[list[RawRecord]]:
    """Steps of frames of `size` points, 100 senders in turn."""
    rng = np.random.default_rng(seed)
    codes = [f"P{i}" for i in range(size)]
    records = []
    for n in range(max(1, readings // size)):
        owner = f"E{n % 100}"
        values = np.round(rng.uniform(0.0, 100.0, size), 2).tolist()
        frame = Frame(enterprise=owner, gateway="G", collected_at=T0 + n // 100 * 1000, codes=codes, values=values)
        records.append(RawRecord("readings", 0, n, T0 + n // 100 * 1000 + 50, owner.encode(), msgspec.json.encode(frame)))
    a_batch = max(1, BATCH // size)
    return [records[i : i + a_batch] for i in range(0, len(records), a_batch)]


def ours(size: int, readings: int, seed: int) -> Sample:
    given = batches(size, readings, seed)
    decoder, digest, took, work, bad = Decoder(), hashlib.sha256(), 0.0, 0, 0
    decoder.decode(given[0], [r.broker_ms for r in given[0]])  # codes are met once, then known
    for records in given:
        log_ms = [r.broker_ms for r in records]
        began = time.thread_time()
        decoded = decoder.decode(records, log_ms)
        took += time.thread_time() - began
        digest.update(decoded.frames.value.tobytes())
        work += len(decoded.frames.value)
        bad += len(decoded.rejected)
    return Sample(work=work, seconds=took, hash=digest.hexdigest(), more={"rejected": float(bad)})


def msgspec_alone(size: int, readings: int, seed: int) -> Sample:
    given = batches(size, readings, seed)
    decoder, digest, took, work = msgspec.json.Decoder(Frame), hashlib.sha256(), 0.0, 0
    for records in given:
        began = time.thread_time()
        values = np.array([v for record in records for v in decoder.decode(record.value or b"").values], np.float64)
        took += time.thread_time() - began
        digest.update(values.tobytes())
        work += len(values)
    return Sample(work=work, seconds=took, hash=digest.hexdigest())


def null(size: int, readings: int, seed: int) -> Sample:
    """Every record is looked at and not read."""
    given = batches(size, readings, seed)
    took = 0.0
    for records in given:
        began = time.thread_time()
        sum(len(record.value or b"") for record in records)
        took += time.thread_time() - began
    return Sample(work=sum(map(len, given)) * size, seconds=took)


def cases(options: Options) -> Iterator[Case]:
    module, readings = "benchmarks.scenarios.intake", 100_000 if options.quick else 2_000_000
    for size in SIZES:
        given = {"size": size, "readings": readings if size > 1 else readings // 4, "seed": options.seed}
        contenders = [
            Contender("decode and validate", in_child(module, "ours", given)),
            Contender("msgspec alone, nothing checked", in_child(module, "msgspec_alone", given)),
            Contender("null work", in_child(module, "null", given), floor=True),
        ]
        yield Case(f"frames of {size} points", "readings", contenders, repeats=1 if options.quick else 3)


@contextmanager
def opened(options: Options) -> Iterator[Iterable[Case]]:
    yield cases(options)


SCENARIO = Scenario("intake", SEED, "decode and validate frames of 1, 22, 63 and 500 points", 1200, 240, opened)
