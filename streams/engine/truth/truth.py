"""Is it true? Second looks at readings, minutes, hours and days, beside the kernels that judge (QUA-1, QUA-4, QUA-5).

    each stretch   marks of copied segments (truth_kernel, truth_copies, twins), delays of gateways (truth_gateways)
    each minute    units (truth_units), sites cut off (truth_sites), sums of the day (truth_scores)
    each hour      roughness, pinned values, yesterday = today (truth_hours), neighbours (truth_siblings)
    each day       scores of the five qualities (truth_scores), patrol (truth_patrol)

What it finds are events for people, and flags that make a point's values doubtful, so that they prove no recovery. It lowers nothing and
takes no value away. Everything is said at ticks, so it does not depend on where the log is cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
import numpy as np

from streams.domain.columns import FrameColumns
from streams.domain.messages import VideoStatus
from streams.domain.scale import Flag
from streams.engine.desk import Desk
from streams.engine.intake import Stretch
from streams.engine.kernels.judge import Judge, PointMinuteColumns
from streams.engine.kernels.points import Kind, Transition
from streams.engine.kernels.quality import COPIED
from streams.engine.presence import Presence
from streams.engine.state import Site
from streams.engine.truth import hours as truth_hours
from streams.engine.truth import patrol as truth_patrol
from streams.engine.truth import points as truth_points
from streams.engine.truth import scores as truth_scores
from streams.engine.truth import siblings as truth_siblings
from streams.engine.truth import sites as truth_sites
from streams.engine.truth import units as truth_units
from streams.engine.truth.copies import Copies, Copy, mark_of
from streams.engine.truth.gateways import Gateways
from streams.engine.truth.hours import Found
from streams.engine.truth.kernel import tracer
from streams.engine.truth.scores import Scores
from streams.engine.truth.state import DAY_MS, Teller, TruthState, local_day, local_hour
from streams.engine.truth.twins import Twins

HOUR_MS = 3_600_000
_FLAG_FINDINGS = {int(Flag.SENTINEL): "sentinel", int(Flag.FLAT): "frozen"}


class Truth:
    """All tests of one partition, and what they remember."""

    def __init__(self, desk: Desk, plain: bool = False) -> None:
        self.desk = desk
        self.state = TruthState()
        self.points, self.copies, self.pairs = truth_points.new_table(), Copies(), truth_siblings.new_table()
        self.twins = Twins()
        self.gateways = Gateways(self.state)
        self.rows = np.zeros(0, np.int64)  # gateways of the frames of the last stretch
        self.teller = Teller(desk, self.state)
        self._trace = tracer(plain)
        self._marks = np.zeros((4096, 3), np.int64)
        self._count = np.zeros(1, np.int64)
        self._layout = -1

    # --- what comes in ----------------------------------------------------------------------------------------------------
    def define(self, ids: Iterable[int]) -> None:
        """New or changed points, after the desk has them."""
        truth_points.define(self.points, self.desk, ids, self.desk.parameters.truth)

    def registered(self, site: Site, at_ms: int) -> None:
        """A registry record was applied; its points are defined next."""
        truth_sites.registered(self.desk, self.state, self.points, self.teller, site, at_ms)

    def readings(self, frames: FrameColumns, first: int, stop: int, columns: Stretch) -> None:
        """A stretch, after it was judged."""
        self.rows = self.gateways.frames(self.desk, frames, first, stop, columns.frame_ms)
        V, H = self.points.whole("V"), self.points.whole("H")  # noqa: N806
        at, n = 0, len(columns.point)
        point, log_ms, value = columns.point, columns.log_ms, columns.value
        wire = np.ascontiguousarray(columns.wire)
        with np.errstate(over="ignore", invalid="ignore"):
            while at < n:
                at = self._trace(at, n, point, log_ms, value, wire, V, H, self._marks, self._count)
                self._take_marks()

    def _take_marks(self) -> None:
        n = int(self._count[0])
        self._count[0] = 0
        least = self.desk.parameters.truth.copy_anchors
        for point, symbols, at_ms in self._marks[:n].tolist():
            mark = mark_of(symbols)
            if not mark:
                continue
            copy = self.copies.take(point, mark, at_ms, least)
            if copy is not None:
                self._copied(copy)
            self._twin(point, mark, at_ms)

    def _copied(self, copy: Copy) -> None:
        """Remembered here, said at the next minute: what a stretch finds must not depend on where it was cut."""
        self.points["copied_until"][copy.point] = copy.at_ms + self.desk.parameters.truth.copy_stands_s * 1000
        self.state.copies[copy.point] = list(copy)

    def _twin(self, point: int, mark: int, at_ms: int) -> None:
        """Compared with points of the same enterprise only: nobody is told of the instruments of others."""
        p, home = self.desk.parameters.truth, self.desk.point(point).enterprise
        twin = self.twins.take(point, self.copies.row(point), mark, at_ms, p.twin_within_s * 1000,
                               lambda other: self.desk.point(other).enterprise == home)  # fmt: skip
        if twin.marks >= p.copy_anchors:
            self.state.twins[point] = [at_ms, *twin]

    def transition(self, t: Transition) -> None:
        """What the kernels report, before it is decided upon."""
        entry = self.desk.point(t.point)
        if t.kind == Kind.ALARM_ON and t.point < self.points.n:
            truth_sites.alarmed(self.desk, self.state, self.points, self.teller, entry, t.log_ms, t.value, t.limit)
        elif (
            t.kind == Kind.FLAG_ON and t.rule in _FLAG_FINDINGS and not (t.rule == Flag.FLAT and entry.point.quantity == "level")
        ):
            detail = {"value": t.value, "event_ms": t.event_ms}
            self.teller.tell_point(_FLAG_FINDINGS[t.rule], entry, t.log_ms, detail)

    def video(self, site: Site, status: VideoStatus, at_ms: int) -> None:
        truth_sites.pictures(self.desk, self.state, self.teller, site, status, at_ms)

    # --- time ---------------------------------------------------------------------------------------------------------------
    def minute(self, columns: PointMinuteColumns, silence: Presence, judge: Judge, at_ms: int) -> None:
        """The minute that ends at `at_ms`, and what ends with it."""
        desk, t = self.desk, self.points
        p = desk.parameters.truth
        if self._layout != desk.layout:
            self._layout = desk.layout
            truth_siblings.pair_up(desk, self.state, self.pairs)
        if not self.state.day:
            self.state.day = local_day(desk, at_ms)
        truth_scores.count(t, columns, silence)
        found = self._values(columns, judge)
        self.gateways.minute(desk, self.teller, at_ms)
        truth_sites.minute(desk, silence, self.state, self.teller, at_ms)
        if at_ms % HOUR_MS == 0:
            t["zero"][:] = judge.zero_up_to
            found += self._hour(at_ms)
        self._say(found, at_ms)
        self._stand(judge, at_ms)
        if local_day(desk, at_ms) != self.state.day:
            self._day(at_ms)
        offset_ms = desk.parameters.day.utc_offset_s * 1000
        if self.state.patrolled_day != self.state.day and (at_ms + offset_ms) % DAY_MS >= p.patrol_at_s * 1000:
            self.state.patrolled_day = self.state.day
            truth_patrol.patrol(desk, silence, t, self.teller, at_ms)
        truth_scores.say_points(desk, t, self.state)

    def _values(self, columns: PointMinuteColumns, judge: Judge) -> list[Found]:
        """The minute into the running hour, and the test of units."""
        t = self.points
        n = min(t.n, len(columns.n))
        if not n:
            return []
        count, some = columns.n[:n], columns.n[:n] > 0
        low, high = columns.low[:n], columns.high[:n]
        first = some & (t["n"][:n] == 0)
        t["low"][:n] = np.where(first, low, np.where(some, np.minimum(t["low"][:n], low), t["low"][:n]))
        t["high"][:n] = np.where(first, high, np.where(some, np.maximum(t["high"][:n], high), t["high"][:n]))
        t["sum"][:n] = np.where(t["n"][:n] == 0, 0.0, t["sum"][:n]) + columns.mean[:n] * count
        t["n"][:n] += count.astype(np.int32)
        seen, value = np.zeros(t.n, bool), np.zeros(t.n)
        seen[:n] = some | (columns.against[:n, 5] > 0)  # values beyond the range are not in the mean, and are what is suspect
        value[:n] = np.where(some, columns.mean[:n], judge.last_value[:n])
        return truth_units.minute(t, seen, value, self.desk.parameters.truth)

    def _hour(self, at_ms: int) -> list[Found]:
        p = self.desk.parameters.truth
        found = truth_siblings.hour(self.points, self.pairs, self.state, p)
        found += truth_hours.close(self.points, local_hour(self.desk, at_ms - HOUR_MS), p)
        for f in found:
            if f.code == "day_copied":
                self.points["copied_until"][f.point] = at_ms + HOUR_MS + 60_000
        self.gateways.hour(self.desk, self.teller, at_ms)
        truth_sites.forget(self.desk, self.state, at_ms)
        return found

    def _say(self, found: list[Found], at_ms: int) -> None:
        """Findings at points. Many points of a source that grow quiet in one hour are a plant that stopped, said once."""
        quiet: dict[int, list[int]] = {}
        for f in found:
            if f.code == "attenuated":
                quiet.setdefault(self.desk.point(f.point).source, []).append(f.point)
        stopped = {s for s, ps in quiet.items() if len(ps) >= 3 and 2 * len(ps) >= len(self.desk.source(s).points)}
        for s in sorted(stopped):
            source = self.desk.source(s)
            codes = [self.desk.point(p).code for p in quiet[s]]
            self.teller.tell("source_quiet", source.enterprise, source.code, at_ms, {"points": codes[:20], "count": len(codes)},
                             source=source.code)  # fmt: skip
        for f in found:
            entry = self.desk.point(f.point)
            if f.code == "attenuated" and entry.source in stopped:
                continue
            detail = f.detail
            if "sibling" in detail:
                detail = detail | {"sibling": self.desk.point(detail["sibling"]).code}
            self.teller.tell_point(f.code, entry, at_ms, detail)
        for point, (_, copied_ms, began_ms, earlier_ms, marks) in sorted(self.state.copies.items()):
            detail = {"began_ms": began_ms, "earlier_ms": earlier_ms, "until_ms": copied_ms, "marks": marks}
            self.teller.tell_point("copied", self.desk.point(point), at_ms, detail)
        self.state.copies = {}
        for point, (until_ms, other, began_ms, marks) in sorted(self.state.twins.items()):
            detail = {"other": self.desk.point(other).code, "began_ms": began_ms, "until_ms": until_ms, "marks": marks}
            self.teller.tell_point("same_series", self.desk.point(point), at_ms, detail)
        self.state.twins = {}

    def _stand(self, judge: Judge, at_ms: int) -> None:
        t = self.points
        copied = t["copied_until"] > at_ms
        t["stand"][:] = t["stand"] & ~COPIED | np.where(copied, COPIED, 0)
        judge.stand(t["stand"])

    def _day(self, at_ms: int) -> None:
        """The local day is over. One that nobody watched to its end is said as far as it was watched."""
        desk, state = self.desk, self.state
        began_ms = state.day * DAY_MS - desk.parameters.day.utc_offset_s * 1000
        self.teller.new_day(at_ms)
        truth_scores.end_day(desk, self.points, state, began_ms)
        state.day = local_day(desk, at_ms)

    def running(self, points: Iterable[int]) -> Scores:
        """The five qualities of today until now, over these points."""
        return truth_scores.running(self.desk, self.points, list(points))

    # --- checkpoint ---------------------------------------------------------------------------------------------------------
    def snapshot(self) -> list[tuple[str, bytes]]:
        tables = (
            *self.points.snapshot(),
            *self.copies.snapshot(),
            *self.twins.snapshot(),
            *self.pairs.snapshot(),
            *self.gateways.table.snapshot(),
        )
        return [*tables, ("truth.state", msgspec.msgpack.encode(self.state))]

    def load(self, chunks: Mapping[str, bytes]) -> None:
        self.state = msgspec.msgpack.decode(chunks["truth.state"], type=TruthState)
        self.points.load(chunks)
        self.copies.load(chunks)
        self.twins.load(chunks)
        self.pairs.load(chunks)
        self.gateways.table.load(chunks)
        self.gateways.use(self.state)
        self.teller = Teller(self.desk, self.state)
