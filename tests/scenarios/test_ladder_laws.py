"""Laws of the ladder through the whole engine, over hours of random raising, lowering, paper and outages of the platform."""

from __future__ import annotations

from itertools import pairwise

import hypothesis.strategies as st
import pytest
from hypothesis import Phase, given, settings

from streams.domain.log import Output
from streams.domain.messages import Action, Outage
from streams.domain.outputs import Warning
from streams.engine.engine import Engine
from streams.engine.episodes.ladders import LEVELS, SHIPPED
from tests.scenarios.plants import plant, pressure, source
from tests.scenarios.timeline import LEVEL_KINDS, Said, Timeline, steps

pytestmark = pytest.mark.slow
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
MINUTE = 60_000
MOVES = (
    "report",
    "report",
    "verify",
    "verify",
    "hh",
    "normal",
    "silence",
    "result",
    "file",
    "return",
    "accept",
    "shelve",
    "outage",
)


class Story:
    """A script of one source, read once a minute; who must sign does."""

    def __init__(self) -> None:
        self.line = Timeline(plant(source(r=60.0, points=(pressure(period_s=60.0),))), plain=True, period_s=60.0)
        self.line.commit()
        self.line.feed("P1", 1.0)
        self.line.wait(minutes=2)
        self.reports: list[str] = []

    def move(self, what: str) -> None:
        line = self.line
        if what == "report":
            line.act("report", source="S1", reason="leak")
            action = line.records[-1].what
            assert isinstance(action, Action)
            self.reports.append(f"E1/S1:report:{action.id}:{line.now_ms}")
        elif what == "verify" and self.reports:
            line.verify(*self.reports, role="principal", co_signers=["city_office:Wang", "direct_supervisor:Wu"])
            self.reports.clear()
        elif what in ("hh", "normal"):
            line.feed("P1", 1.9 if what == "hh" else 1.0)
        elif what == "silence":
            line.silence()
        elif what == "result":
            line.act("supervision_result", role="city_office", source="S1", on_site=True, evidence="seen")
        elif what == "file":
            line.act("disposal_report", source="S1", evidence="shut", reason="seal", measures="replaced")
        elif what in ("return", "accept"):
            line.act(f"{what}_report", role="direct_supervisor", source="S1", reason="which seal?")
        elif what == "shelve":
            line.act("shelve", points=["P1"], until=line.now_ms + 60 * MINUTE, reason="known")
        elif what == "outage":
            line.event(Outage, id=f"O{len(line.records)}", kind="outage", filed_at=line.now_ms, start_at=line.now_ms + 600_000,
                       end_at=line.now_ms + 7_200_000, filed_by="Li", reason="work", devices=["S1-D1"])  # fmt: skip


@st.composite
def stories(draw: st.DrawFn, gaps: bool = True) -> Timeline:
    story = Story()
    for _ in range(draw(st.integers(3, 9))):
        story.move(draw(st.sampled_from(MOVES)))
        story.line.wait(minutes=draw(st.sampled_from([0, 3, 9, 19, 30, 31, 61, 200])), seconds=draw(st.integers(0, 59)))
        if gaps and draw(st.integers(0, 5)) == 0:
            story.line.platform_gap(draw(st.sampled_from([8, 900, 7200])))
    return story.line


def played(line: Timeline, cuts: list[int], restart: bool = False) -> tuple[list[Output], str]:
    engine = line.engine()
    outputs: list[Output] = []
    for cut, decoded in steps(line.records, cuts, line.now_ms + 1):
        outputs += engine.apply(cut, decoded).outputs
        if restart:
            engine = Engine.restore(0, 1, engine.snapshot(), plain=True)
    return outputs, engine.state.hash


@settings(max_examples=5, phases=PHASES)
@given(stories(), st.data())
def test_no_cut_and_no_restart_changes_what_is_said_nor_when(line: Timeline, data: st.DataObject) -> None:
    whole, whole_hash = played(line, [])
    cuts = data.draw(st.lists(st.integers(1, max(1, len(line.records) - 1)), max_size=12))
    assert played(line, cuts, restart=True) == (whole, whole_hash)


def stays(said: Said, level: int, end_ms: int) -> list[tuple[int, int]]:
    """When S1 stood at `level` or above, from the events of its levels alone."""
    found: list[tuple[int, int]] = []
    since = 0
    for w in said.story(source="S1"):
        if w.kind not in LEVEL_KINDS:
            continue
        above = LEVELS.index(w.level) >= level
        if above and not since:
            since = w.at_ms
        elif not above and since:
            found.append((since, w.at_ms))
            since = 0
    return [*found, (since, end_ms)] if since else found


@settings(max_examples=7, phases=PHASES)
@given(stories(gaps=False))
def test_never_later_than_the_article_demands(line: Timeline) -> None:
    """Naive deadlines from the levels: each interval of an unbroken stay has its notice by its end (and the second after it)."""
    said = line.play([])
    for step in SHIPPED["hazchem-fuxin"].steps:
        if step.kind != "notice":
            continue
        every = step.every_s * 1000
        for begin, end in stays(said, LEVELS.index(step.level), line.now_ms - 1000):
            fired = [w.at_ms for w in said.story(source="S1", step=step.id) if begin < w.at_ms]
            for k in range(1, (end - begin - 1) // every + 1):
                assert len([t for t in fired if t < begin + k * every + 1000]) >= k, (step.id, begin, k)


@settings(max_examples=7, phases=PHASES)
@given(stories())
def test_an_episode_is_one_unbroken_story(line: Timeline) -> None:
    said = line.play([])
    by_episode: dict[str, list[Warning]] = {}
    for w in said.story():
        by_episode.setdefault(w.episode, []).append(w)
    ids = [w.id for w in said.story()]
    assert len(set(ids)) == len(ids)
    for story in by_episode.values():
        assert [w.sequence for w in story] == list(range(len(story)))
        assert story[0].kind == "raise"
        assert sum(w.kind == "closed" for w in story) <= 1
        for before, after in pairwise(story):
            assert after.at_ms >= before.at_ms
            assert after.previous == before.level or after.kind in ("raise", "upgrade"), (before, after)
        for w in story:
            assert w.due_ms <= w.at_ms or w.kind in ("report_due", "report_returned", "report_accepted", "report_received"), w
            assert all(d.at_ms > w.at_ms - 1000 for d in w.next_due) or line_had_gap(line), w


def line_had_gap(line: Timeline) -> bool:
    return any(r.platform_gap_ms for r in line.records)
