"""Score 0 to 100 of sources and enterprises (RSK-2): the place inside the band of the level, for ranking only. It decides nothing."""

from __future__ import annotations

from typing import NamedTuple

from models.score import ActiveAlarm, activity, score
from streams.domain.outputs import LevelNow, RiskNow
from streams.domain.scale import Level
from streams.engine.desk import Desk
from streams.engine.matrix import tier_in_force
from streams.engine.site.management import items_of, management_score
from streams.engine.state import Site, Source


class Scored(NamedTuple):
    score: float
    activity: float
    management: float


def score_of(desk: Desk, source: Source, at_ms: int) -> Scored:
    """Score of a source now. Ages count in whole minutes, so that a look more or less does not change it."""
    active = []
    for cause in source.causes.values():
        if not cause.over_ms:
            rank = 2 if tier_in_force(cause) >= 3 else 1 if tier_in_force(cause) == 2 else 0
            active.append(ActiveAlarm(rank, float((at_ms - cause.opened_ms) // 60_000 * 60)))
    busy = activity(active)
    v = management_score(desk, source, items_of(desk, source, at_ms))
    return Scored(round(score(source.level, source.inherent, busy, v), 6), round(busy, 6), v)


def say_level(desk: Desk, source: Source, at_ms: int) -> None:
    """Present level of a source, for those who keep a table of levels."""
    site = desk.site_of(source)
    episode = source.episode
    desk.voice.say(f"{site.code}/{source.code}", LevelNow(  # two enterprises may use the same code: neither may replace the other
        scope="source", code=source.code, enterprise=site.code, region=site.record.region, level=Level(source.level).code,
        since_ms=source.since_ms, at_ms=at_ms, episode=episode.id if episode is not None and episode.rank else "", grade=source.grade,
    ))  # fmt: skip


def say_risk(desk: Desk, source: Source, at_ms: int, hourly: bool = False) -> None:
    """Score of a source, when something other than the mere age of its causes changed, or at a full hour."""
    now = score_of(desk, source, at_ms)
    source.score = now.score
    open_causes = sum(not c.over_ms for c in source.causes.values())
    said = (source.level, source.inherent, now.management, open_causes, source.grade, source.stock_share, desk.parameters_hash)
    if said == source.said and not hourly:
        return
    source.said = said
    site = desk.site_of(source)
    desk.voice.say(source.code, RiskNow(
        scope="source", code=source.code, enterprise=site.code, region=site.record.region, at_ms=at_ms,
        level=Level(source.level).code, score=now.score, inherent=source.inherent, activity=now.activity, management=now.management,
        target=Level(source.base).code, causes=open_causes, grade=source.grade, stock_share=source.stock_share,
        parameters=desk.parameters_hash,
    ))  # fmt: skip


def roll_up(desk: Desk, site: Site, at_ms: int, hourly: bool = False) -> None:
    """An enterprise is as bad as the worst of its sources."""
    sources = [s for s in (desk.source(i) for i in site.sources) if not s.removed or s.causes]
    if not sources:
        return
    worst = max(sources, key=lambda s: (s.level, s.score, -s.id))
    if worst.level != site.level or not site.level_since_ms:
        site.level, site.level_since_ms = worst.level, at_ms
        desk.voice.say(site.code, LevelNow(
            scope="enterprise", code=site.code, enterprise=site.code, region=site.record.region, level=Level(site.level).code,
            since_ms=at_ms, at_ms=at_ms,
        ))  # fmt: skip
    site.score = worst.score
    said = (worst.code, *worst.said)
    if said == site.said and not hourly:
        return
    site.said = said
    now = score_of(desk, worst, at_ms)
    desk.voice.say(site.code, RiskNow(
        scope="enterprise", code=site.code, enterprise=site.code, region=site.record.region, at_ms=at_ms,
        level=Level(site.level).code, score=worst.score, inherent=worst.inherent, activity=now.activity, management=now.management,
        target=Level(worst.base).code, causes=sum(not c.over_ms for s in sources for c in s.causes.values()),
        parameters=desk.parameters_hash,
    ))  # fmt: skip
