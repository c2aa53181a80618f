"""The daily patrol (在线巡查, QUA-5): each device's connection and the stability of its data over the last day, a finding for each fault.

One finding a device and not one a point; a device is offline when all its points are. What a filed outage excuses is not due.
"""

from __future__ import annotations

import numpy as np

from streams.engine.desk import Desk
from streams.engine.presence import Presence
from streams.engine.state import Site
from streams.engine.truth.points import D_ABSENT
from streams.engine.truth.scores import sums_of
from streams.engine.truth.state import Teller
from streams.engine.truth.table import Table

_NAMED = 10


def patrol(desk: Desk, silence: Presence, t: Table, teller: Teller, at_ms: int) -> None:
    """All enterprises of this partition."""
    for site in desk.state.sites.values():
        if not site.removed and not site.record.closed:
            _site(desk, silence, t, teller, site, at_ms)


def _site(desk: Desk, silence: Presence, t: Table, teller: Teller, site: Site, at_ms: int) -> None:
    devices: dict[tuple[int, str], list[int]] = {}
    for source in site.sources:
        for p in desk.source(source).points:
            if silence.expected[p]:
                devices.setdefault((source, desk.point(p).device), []).append(p)
    faults = sum(_device(desk, t, teller, site, source, device, points, at_ms) for (source, device), points in devices.items())
    silent_ms = desk.policy(site.code).holds.camera_silent_s * 1000
    dark = [code for code, c in site.cameras.items()
            if not c.removed and (c.state != "online" or at_ms - c.heard_ms > silent_ms)]  # fmt: skip
    if dark:
        faults += teller.tell(
            "patrol_cameras", site.code, "", at_ms, {"cameras": dark[:_NAMED], "count": len(dark), "of": len(site.cameras)}
        )
    if devices:
        teller.tell(
            "patrol_done",
            site.code,
            "",
            at_ms,
            {"devices": len(devices), "points": sum(map(len, devices.values())), "faults": int(faults)},
        )


def _device(desk: Desk, t: Table, teller: Teller, site: Site, source: int, device: str, points: list[int], at_ms: int) -> bool:
    """One device: never heard of, offline, or unstable. Whether anything was found."""
    p = desk.parameters.truth
    ids = np.array(points, np.int64)
    last = desk.judge.last_log_ms[ids]
    since = np.array(
        [desk.point(i).since_ms for i in points], np.int64
    )  # nobody expects an hour of data of a point of this minute
    silent = ids[at_ms - np.maximum(last, since) > p.patrol_offline_s * 1000]
    facts = {"device": device, "points": len(points)}
    place = {"source": desk.source(source).code}
    subject = f"{source}:{device}"
    if len(silent) == len(ids):
        heard_ms = int(last.max())
        code = "patrol_offline" if heard_ms else "patrol_never"
        return teller.tell(code, site.code, subject, at_ms, facts | ({"last_ms": heard_ms} if heard_ms else {}), **place)
    sums = (sums_of(t, "day", ids) + sums_of(t, "before", ids)).sum(axis=0)
    due, got = int(sums[0]), int(sums[1])
    absent = int((t["day"][ids, D_ABSENT] + t["before"][ids, D_ABSENT]).sum())
    if due >= p.score_due_min and got < p.patrol_complete_min * due:
        named = [desk.point(int(i)).code for i in silent[:_NAMED]]
        return teller.tell("patrol_unstable", site.code, subject, at_ms,
                           facts | {"due": due, "got": got, "null": absent, "silent": named}, **place)  # fmt: skip
    return False
