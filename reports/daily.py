"""The daily report (通报, REP-1 and REP-3): rates with their denominators, rankings, warnings and alarms. Pure: facts in, report out.

Every rate is a pair of whole numbers, and rankings compare these, so no rounding decides a place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Literal

import msgspec

from reports.facts import AlarmFact, CameraFact, CommitmentFact, DayFacts, EnterpriseFact, LevelFact, OnlineFact, WarningFact
from reports.tree import Tree

By = Literal["county", "enterprise"]
LEVELS = ("red", "orange", "yellow", "blue")
_HIGH = ("red", "orange")
_LAG_MS = 120_000  # partitions store their minutes at slightly different times


LISTED_FROM_S = 60


class UnknownRegion(LookupError):
    """No region or park of that code was registered at the end of the day."""


class Rate(msgspec.Struct, frozen=True):
    """`part` of `of`. Nothing due is no rate, neither 0 nor 1."""

    part: int
    of: int

    def __add__(self, other: Rate) -> Rate:
        return Rate(self.part + other.part, self.of + other.of)

    @property
    def share(self) -> Fraction | None:
        return Fraction(self.part, self.of) if self.of else None

    @property
    def percent(self) -> float | None:
        """In percent with two decimals, rounded down: 99.996 % is not 100 %."""
        return None if not self.of else self.part * 10_000 // self.of / 100


ZERO = Rate(0, 0)


class Online(msgspec.Struct, frozen=True):
    """One kind of online rate in its three forms (article 31 and 32), and how the filed outages change them.

    `count`: enterprises (or cameras) online in the last minute of the day. `seconds`: online of required seconds. `*_unfiled`: with
    what a filed outage excuses taken out of both numbers.
    """

    count: Rate = ZERO
    count_unfiled: Rate = ZERO
    seconds: Rate = ZERO
    seconds_unfiled: Rate = ZERO

    def __add__(self, other: Online) -> Online:
        return Online(
            self.count + other.count, self.count_unfiled + other.count_unfiled, self.seconds + other.seconds,
            self.seconds_unfiled + other.seconds_unfiled,
        )  # fmt: skip


class Commitments(msgspec.Struct, frozen=True):
    """`on_time` of the enterprises due. `pending`: nothing is known of them yet."""

    on_time: Rate = ZERO
    late: int = 0
    missing: int = 0
    incomplete: int = 0
    pending: int = 0

    def __add__(self, other: Commitments) -> Commitments:
        return Commitments(self.on_time + other.on_time, self.late + other.late, self.missing + other.missing,
                           self.incomplete + other.incomplete, self.pending + other.pending)  # fmt: skip


class Warnings(msgspec.Struct, frozen=True):
    """Events of the day by level reached; drills are counted apart and in nothing else."""

    red: int = 0
    orange: int = 0
    yellow: int = 0
    blue: int = 0
    downgrades: int = 0
    clears: int = 0
    drills: int = 0
    notices: int = 0  # caution notices sent
    orders: int = 0  # supervision orders given or repeated
    orders_open: int = 0  # without a result at the end of the day
    reports_overdue: int = 0  # disposal reports

    def __add__(self, other: Warnings) -> Warnings:
        return Warnings(*(a + b for a, b in zip(msgspec.structs.astuple(self), msgspec.structs.astuple(other), strict=True)))


class Alarms(msgspec.Struct, frozen=True):
    """Point alarms: raised in the day; cleared and cleared in time of those; all that were cleared or became overdue in the day."""

    raised: int = 0
    raised_cleared: Rate = ZERO
    raised_in_time: Rate = ZERO
    cleared: int = 0
    overdue: int = 0

    def __add__(self, other: Alarms) -> Alarms:
        return Alarms(self.raised + other.raised, self.raised_cleared + other.raised_cleared, self.raised_in_time + other.raised_in_time,
                      self.cleared + other.cleared, self.overdue + other.overdue)  # fmt: skip


class Measures(msgspec.Struct, frozen=True):
    """What is measured of one enterprise, of a county, of all."""

    enterprises: int = 0
    commitments: Commitments = Commitments()
    system: Online = Online()
    video: Online = Online()
    warnings: Warnings = Warnings()
    alarms: Alarms = Alarms()

    def __add__(self, other: Measures) -> Measures:
        return Measures(self.enterprises + other.enterprises, self.commitments + other.commitments, self.system + other.system,
                        self.video + other.video, self.warnings + other.warnings, self.alarms + other.alarms)  # fmt: skip


class Ranks(msgspec.Struct, frozen=True):
    """Dense ranks, 1 is best; None where there is no rate."""

    commitment: int | None
    system: int | None
    video: int | None


class Row(msgspec.Struct, frozen=True):
    code: str
    name: str
    ranks: Ranks
    measures: Measures


class Offline(msgspec.Struct, frozen=True):
    """An enterprise that was offline in the day. `unreported`: not one minute of it is known."""

    rank: int
    code: str
    name: str
    county: str
    offline_s: int
    filed_s: int
    unreported: bool


class High(msgspec.Struct, frozen=True):
    """A hazard source at orange or above at the end of the day."""

    level: str
    enterprise: str
    enterprise_name: str
    source: str
    source_name: str
    county: str


class DailyReport(msgspec.Struct, frozen=True):
    region: str
    region_name: str
    date: str
    by: By
    from_ms: int
    to_ms: int
    total: Measures
    rows: tuple[Row, ...]
    offline: tuple[Offline, ...]
    high: tuple[High, ...]
    input_hash: str


def daily_report(facts: DayFacts, region: str, by: By | None = None, lang: str = "zh") -> DailyReport:
    """The report for a region or park. `by` None: by county where there are counties, else by enterprise. Raises UnknownRegion."""
    tree = Tree(facts.regions, facts.parks, facts.enterprises)
    if not tree.knows(region):
        raise UnknownRegion(region)
    counties = tree.counties(region)
    chosen: By = by or ("county" if any(county != region for county in counties) else "enterprise")
    members = [e for e in tree.members(region) if not e.closed]
    measures = _measures_of(members, facts)
    groups: dict[str, Measures] = dict.fromkeys(counties, Measures()) if chosen == "county" else {}
    for enterprise in members:
        group = tree.county_of(enterprise) if chosen == "county" else enterprise.code
        groups[group] = groups.get(group, Measures()) + measures[enterprise.code]
    return DailyReport(
        region=region, region_name=tree.name(region, lang), date=facts.date, by=chosen, from_ms=facts.from_ms, to_ms=facts.to_ms,
        total=sum(measures.values(), Measures()),
        rows=_ranked(groups, lambda code: tree.name(code, lang)),
        offline=_offline(members, facts, tree, lang),
        high=_high(members, facts.levels, tree, lang),
        input_hash=facts.hash(),
    )  # fmt: skip


def _measures_of(members: Sequence[EnterpriseFact], facts: DayFacts) -> dict[str, Measures]:
    commitments = {c.enterprise: c for c in facts.commitments}
    online = {o.enterprise: o for o in facts.online}
    cameras = {c.enterprise: c for c in facts.cameras}
    alarms = {a.enterprise: a for a in facts.alarms}
    orders = {fact.enterprise: fact.open for fact in facts.orders}
    warnings: dict[str, list[WarningFact]] = {}
    for warning in facts.warnings:
        warnings.setdefault(warning.enterprise, []).append(warning)
    last_ms = max((o.last_ms for o in facts.online), default=0)
    return {
        e.code: Measures(
            enterprises=1,
            commitments=_commitments(commitments.get(e.code)),
            system=_system(online.get(e.code), last_ms),
            video=_video(e, cameras.get(e.code)),
            warnings=_warnings(warnings.get(e.code, ()), orders.get(e.code, 0)),
            alarms=_alarms(alarms.get(e.code)),
        )
        for e in members
    }


def _commitments(fact: CommitmentFact | None) -> Commitments:
    """Due from everybody on every day: a filed shutdown excuses nobody (article 41)."""
    state = fact.state if fact else "pending"
    counts = {name: int(state == name) for name in ("late", "missing", "incomplete", "pending")}
    return Commitments(on_time=Rate(int(state == "on_time"), 1), **counts)


def _is_up(fact: OnlineFact, last_ms: int) -> bool:
    """Online at the end: in its last minute, and that one is among the last that are stored of anybody. Silence is not online."""
    return fact.last_ms >= last_ms - _LAG_MS and fact.last_up_s > 0


def _system(fact: OnlineFact | None, last_ms: int) -> Online:
    """An enterprise of which nothing is known is due and offline; its required seconds are unknown."""
    if fact is None:
        return Online(count=Rate(0, 1), count_unfiled=Rate(0, 1))
    up = int(_is_up(fact, last_ms))
    excused = not up and fact.last_due_s > 0 and fact.last_filed_s >= fact.last_due_s
    unfiled_s = max(fact.due_s - fact.filed_s, 0)
    return Online(
        count=Rate(up, 1), count_unfiled=ZERO if excused else Rate(up, 1), seconds=Rate(fact.online_s, fact.due_s),
        seconds_unfiled=Rate(min(fact.online_s, unfiled_s), unfiled_s),
    )  # fmt: skip


def _video(enterprise: EnterpriseFact, fact: CameraFact | None) -> Online:
    if fact is None:
        return Online(count=Rate(0, enterprise.cameras), count_unfiled=Rate(0, enterprise.cameras))
    unfiled_s = max(fact.due_s - fact.filed_s, 0)
    count = Rate(fact.cameras_up, max(fact.cameras, enterprise.cameras))
    return Online(count, count, Rate(fact.online_s, fact.due_s), Rate(min(fact.online_s, unfiled_s), unfiled_s))


_OF_LADDER = {"notice": "notices", "supervision": "orders", "report_overdue": "reports_overdue"}


def _warnings(facts: Iterable[WarningFact], orders_open: int = 0) -> Warnings:
    counts = dict.fromkeys(Warnings.__struct_fields__, 0)
    counts["orders_open"] = orders_open
    for fact in facts:
        if fact.kind in _OF_LADDER and not fact.drill:
            counts[_OF_LADDER[fact.kind]] += fact.count
        if fact.kind not in ("raise", "upgrade", "downgrade", "clear"):
            continue
        if fact.drill:
            counts["drills"] += fact.count
        elif fact.kind == "downgrade":
            counts["downgrades"] += fact.count
        elif fact.kind == "clear":
            counts["clears"] += fact.count
        elif fact.level in LEVELS:
            counts[fact.level] += fact.count
    return Warnings(**counts)


def _alarms(fact: AlarmFact | None) -> Alarms:
    if fact is None:
        return Alarms()
    return Alarms(
        fact.raised, Rate(fact.raised_cleared, fact.raised), Rate(fact.raised_in_time, fact.raised), fact.cleared, fact.overdue
    )


def _ranked(groups: dict[str, Measures], name: Callable[[str], str]) -> tuple[Row, ...]:
    """Best first, by commitments, then system, then video, then code."""
    commitment = _dense({code: m.commitments.on_time.share for code, m in groups.items()})
    system = _dense({code: m.system.seconds.share for code, m in groups.items()})
    video = _dense({code: m.video.seconds.share for code, m in groups.items()})
    last = len(groups) + 1

    def place(code: str) -> tuple[int, int, int, str]:
        return commitment[code] or last, system[code] or last, video[code] or last, code

    return tuple(
        Row(code, name(code), Ranks(commitment[code], system[code], video[code]), groups[code])
        for code in sorted(groups, key=place)
    )


def _dense(shares: dict[str, Fraction | None]) -> dict[str, int | None]:
    """Dense rank of each share, greatest first: equal shares have one rank, and the next one follows without a gap."""
    order = {share: i + 1 for i, share in enumerate(sorted({s for s in shares.values() if s is not None}, reverse=True))}
    return {code: None if share is None else order[share] for code, share in shares.items()}


def _offline(members: Sequence[EnterpriseFact], facts: DayFacts, tree: Tree, lang: str) -> tuple[Offline, ...]:
    """Longest offline first. A minute that others have and it lacks, after its first of the day, counts as offline. Seconds of a
    first frame or a late one count in the online time, but make nobody an offline enterprise."""
    online = {o.enterprise: o for o in facts.online}
    most = max((o.minutes for o in facts.online), default=0)
    last_ms = max((o.last_ms for o in facts.online), default=0)
    found = []
    for enterprise in members:
        fact = online.get(enterprise.code)
        # one that was registered during the day owes nothing before that; a gap of the platform is nobody's
        minutes = most if fact is None else min(most, (last_ms - fact.first_ms) // 60_000 + 1)
        seconds = minutes * 60 - (fact.up_s if fact else 0)
        if fact is None or seconds >= LISTED_FROM_S:
            filed_s = 0 if fact is None or not fact.due_s else fact.filed_s * minutes * 60 // fact.due_s
            found.append((seconds, enterprise, min(filed_s, max(seconds, 0)), fact is None))
    ranks = {seconds: i + 1 for i, seconds in enumerate(sorted({f[0] for f in found}, reverse=True))}
    return tuple(
        Offline(ranks[seconds], e.code, tree.name(e.code, lang), tree.name(tree.county_of(e), lang), seconds, filed_s, unreported)
        for seconds, e, filed_s, unreported in sorted(found, key=lambda f: (-f[0], f[1].code))
    )


def _high(members: Sequence[EnterpriseFact], levels: Sequence[LevelFact], tree: Tree, lang: str) -> tuple[High, ...]:
    enterprises = {e.code: e for e in members}
    found = [fact for fact in levels if fact.level in _HIGH and fact.enterprise in enterprises]
    return tuple(
        High(f.level, f.enterprise, tree.name(f.enterprise, lang), f.source, f.source_name or f.source,
             tree.name(tree.county_of(enterprises[f.enterprise]), lang))
        for f in sorted(found, key=lambda f: (_HIGH.index(f.level), f.enterprise, f.source))
    )  # fmt: skip
