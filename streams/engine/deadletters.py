"""Dead letters: whatever could not be used, with its place in the log and its reason. A poisoned sender is quarantined: the detail of
its dead letters is thinned to samples and counts. Nothing else changes for it: what decodes is judged, its silence is silence.
"""

from __future__ import annotations

import base64
import hashlib

from streams.domain.columns import Coordinates, Rejected
from streams.domain.outputs import DeadLetter
from streams.engine.desk import Desk
from streams.engine.state import Quarantine


def reject(desk: Desk, r: Rejected) -> None:
    """Write a dead letter, or count it while its sender is in quarantine."""
    state = desk.state.quarantine
    sender = state.get(r.enterprise)
    if sender is None:
        sender = state[r.enterprise] = Quarantine(since_ms=r.at.log_ms)
    place = (r.at.topic, r.at.partition, r.at.offset)
    if sender.last_record != place:
        sender.last_record = place
        sender.bad += 1
        sender.records += r.at.topic != "readings" or not r.field  # a frame that decodes is counted as it comes
        _judge(desk, r.enterprise, sender, r.at.log_ms)
    poison = desk.parameters.poison
    if sender.active and sender.told >= poison.samples:
        key = f"{r.at.topic}|{r.field.split('[', 1)[0]}|{r.reason}"
        sender.thinned[key] = sender.thinned.get(key, 0) + 1
        return
    sender.told += 1
    payload = r.payload[: poison.payload_bytes * 3 // 4]
    desk.voice.say(r.enterprise, DeadLetter(
        topic=r.at.topic, partition=r.at.partition, offset=r.at.offset, field=r.field, reason=r.reason, detail=r.detail[:1000],
        at_ms=r.at.log_ms, enterprise=r.enterprise, payload=base64.b64encode(payload).decode(), payload_bytes=len(r.payload),
        payload_sha256=hashlib.sha256(r.payload).hexdigest() if r.payload else "",
    ))  # fmt: skip


def refuse(desk: Desk, at: Coordinates, enterprise: str, field: str, reason: str, detail: str, payload: bytes = b"") -> None:
    """A dead letter for what decodes and still cannot be used: unknown point, unknown enterprise, wrong unit, wrong partition."""
    reject(desk, Rejected(at, field, f"reject.{reason}", detail, payload, enterprise))


def count_frame(desk: Desk, enterprise: str) -> None:
    """A frame of a sender that has had bad records lately."""
    sender = desk.state.quarantine.get(enterprise)
    if sender is not None:
        sender.records += 1


def _judge(desk: Desk, enterprise: str, sender: Quarantine, at_ms: int) -> None:
    poison = desk.parameters.poison
    if sender.active or sender.records < poison.min_records or sender.bad < poison.bad_share * sender.records:
        return
    sender.active, sender.calm_from_ms = True, 0
    _tell(desk, "quarantine", enterprise, at_ms, {"bad": sender.bad, "records": sender.records})


def tick(desk: Desk, at_ms: int) -> None:
    """Close the windows that are over: say what was thinned, lift a quarantine after a calm time."""
    poison = desk.parameters.poison
    for enterprise in list(desk.state.quarantine):
        sender = desk.state.quarantine[enterprise]
        if at_ms < sender.since_ms + poison.window_s * 1000:
            continue
        _say_thinned(desk, enterprise, sender, at_ms)
        bad = sender.records > 0 and sender.bad >= poison.bad_share * sender.records
        if sender.active and (bad or not sender.calm_from_ms):
            sender.calm_from_ms = at_ms
        if sender.active and at_ms - sender.calm_from_ms >= poison.calm_s * 1000:
            sender.active = False
            _tell(desk, "quarantine_end", enterprise, at_ms, {})
        if not sender.active and not sender.bad:
            del desk.state.quarantine[enterprise]
            continue
        sender.since_ms, sender.records, sender.bad, sender.told = at_ms, 0, 0, 0


def _say_thinned(desk: Desk, enterprise: str, sender: Quarantine, at_ms: int) -> None:
    for key, count in sender.thinned.items():
        topic, field, reason = key.split("|", 2)
        desk.voice.say(enterprise, DeadLetter(topic=topic, partition=desk.state.partition, offset=-1, field=field, reason=reason,
                                              detail="", at_ms=at_ms, enterprise=enterprise, count=count))  # fmt: skip
    sender.thinned = {}


def _tell(desk: Desk, code: str, enterprise: str, at_ms: int, detail: dict[str, object]) -> None:
    site = desk.state.sites.get(enterprise)
    desk.voice.finding(code, enterprise, at_ms, region=site.record.region if site is not None else "", detail=detail)
