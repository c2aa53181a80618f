"""Step records and their chain: bytes on the topic `steps`, each naming the SHA-256 of the one before."""

from __future__ import annotations

import hashlib

import msgspec

from streams.domain.log import NO_HASH, Cut, Outcome, Output, RawRecord, Step
from streams.steps.ports import LogError

STEPS_TOPIC = "steps"
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Step)


class BadStep(LogError):
    """A record on `steps` that is no step, or breaks the chain. Nothing may be computed on top of it."""


def step_of(cut: Cut, outcome: Outcome, previous: str, versions: dict[str, str]) -> Step:
    """The record for `cut` once it is known what it causes. `previous` is the link of the step before."""
    fields = {name: getattr(cut, name) for name in Cut.__struct_fields__}
    return Step(**fields, previous=previous, outcome=outcome.hash, outputs=len(outcome.outputs), versions=versions)


def encode_step(step: Step) -> bytes:
    return _encoder.encode(step)


def decode_step(data: bytes) -> Step:
    """Raises BadStep."""
    try:
        return _decoder.decode(data)
    except msgspec.MsgspecError as error:
        raise BadStep(f"not a step record: {error}") from error


def link(data: bytes) -> str:
    """What the next step names as `previous`.

    >>> link(b"") [:8]
    'e3b0c442'
    """
    return hashlib.sha256(data).hexdigest()


def step_output(step: Step) -> Output:
    return Output(STEPS_TOPIC, str(step.partition).encode(), encode_step(step))


def cut_of(step: Step) -> Cut:
    """The step as the engine saw it before anything was computed."""
    return Cut(**{name: getattr(step, name) for name in Cut.__struct_fields__})


class Chain:
    """Walks steps of one partition in order and refuses a break. Starts after step `number` with link `head`."""

    def __init__(self, number: int = 0, head: str = NO_HASH) -> None:
        self.number = number
        self.head = head

    def follow(self, record: RawRecord) -> Step:
        """The next step, checked. Raises BadStep when number or predecessor do not fit."""
        data = record.value or b""
        step = decode_step(data)
        if step.number != self.number + 1 or step.previous != self.head:
            raise BadStep(
                f"steps/{record.partition} offset {record.offset}: step {step.number} after {step.previous[:12]} does not follow "
                f"step {self.number} {self.head[:12]}"
            )
        self.number, self.head = step.number, link(data)
        return step
