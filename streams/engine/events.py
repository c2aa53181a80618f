"""What each kind of event does, at its place in the log. One method a kind; who must look again is touched, the look comes after."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from streams.domain.columns import Coordinates, LoggedEvent, RegistryChange
from streams.domain.messages import (
    Action,
    Commitment,
    DutyRecord,
    EnterpriseAlarm,
    InterlockState,
    ModelPublished,
    Outage,
    ParametersPublished,
    PositioningAlarm,
    PreventionIndicator,
    RulesPublished,
    SpecialPeriod,
    VideoAlarm,
    VideoStatus,
    Weather,
    WorkPermit,
)
from streams.domain.partitions import partition_of
from streams.engine import deadletters, roster
from streams.engine.desk import Desk, RuleBook
from streams.engine.detecting import Detectors
from streams.engine.groups import papers as groups_papers
from streams.engine.groups.groups import Groups
from streams.engine.intake import Intake
from streams.engine.kernels.judge import Judge
from streams.engine.kernels.points import Kind, PointSpec
from streams.engine.parameters_load import load_parameters
from streams.engine.people import actions
from streams.engine.point_alarms import transitions
from streams.engine.policies import Chain, InForce
from streams.engine.presence import Presence
from streams.engine.rules import RuleSet
from streams.engine.rules_crowd import crowd
from streams.engine.rules_load import load_rules
from streams.engine.site import cameras, commitments, management, outages, permits
from streams.engine.state import Interlock, Site
from streams.engine.state_papers import OwnAlarm
from streams.engine.truth.truth import Truth

UNCONFIRMED = "+"  # suffix of the id of a rule that waits for an approver, beside the one in force


class Events:
    """The clerk of the desk: takes every event that is not a reading."""

    def __init__(self, desk: Desk, judge: Judge, silence: Presence, detectors: Detectors, intake: Intake,
                 truth: Truth, groups: Groups) -> None:  # fmt: skip
        self.desk, self.judge, self.silence, self.detectors, self.intake = desk, judge, silence, detectors, intake
        self.truth = truth
        self.truth, self.groups = truth, groups

    def take(self, logged: LoggedEvent) -> None:
        """One event. Of broadcast topics everything is taken; of the others what belongs to this partition's enterprises."""
        event, at_ms = logged.event, logged.at.log_ms
        if isinstance(event, RegistryChange):
            self._registry(event, at_ms)
        elif isinstance(event, RulesPublished):
            self._rules(event, at_ms)
        elif isinstance(event, ParametersPublished):
            self._parameters(event, at_ms)
        elif isinstance(event, ModelPublished):
            self.detectors.publish(self.desk, event, at_ms)
        elif isinstance(event, Weather):
            management.note_weather(self.desk, event, at_ms)
            self._under(event.region, "weather")
        elif isinstance(event, SpecialPeriod):
            management.note_period(self.desk, event)
            self._under(event.region, "calendar", "permit")
        else:
            site = self._site(event.enterprise, logged.at)
            if site is not None:
                self._of_site(site, event, at_ms, logged.at)

    def _under(self, region: str, *families: str) -> None:
        """Facts of all enterprises of a region and below it have to be read again."""
        for site in self.desk.state.sites.values():
            if region in management.regions_above(self.desk, site.record.region):
                self.desk.unread.update((site.code, family) for family in families)

    def _site(self, enterprise: str, at: Coordinates) -> Site | None:
        state = self.desk.state
        if partition_of(enterprise, state.partitions) != state.partition:
            deadletters.refuse(self.desk, at, enterprise, "enterprise", "wrong_partition", enterprise)
            return None
        site = state.sites.get(enterprise)
        if site is None:
            deadletters.refuse(self.desk, at, enterprise, "enterprise", "unknown_enterprise", enterprise)
        return site

    def _of_site(self, site: Site, event: object, at_ms: int, at: Coordinates) -> None:
        desk = self.desk
        if isinstance(event, VideoStatus):
            for camera in cameras.heard(desk, site, event, at_ms):
                deadletters.refuse(desk, at, site.code, "cameras", "unknown_camera", camera)
            self.truth.video(site, event, at_ms)
            desk.unread.add((site.code, "camera"))
        elif isinstance(event, VideoAlarm):
            if not cameras.alarm(desk, site, event, at_ms):
                desk.voice.finding("unknown_camera_alarm", site.code, at_ms, subject=f"{event.camera}:{event.id}",
                                   region=site.record.region, camera=event.camera, detail={"kind": event.kind})  # fmt: skip
        elif isinstance(event, Action):
            self._action(site, event, at_ms)
        elif isinstance(event, Outage):
            outages.file(desk, site, event, at_ms)
            desk.unread.add((site.code, ""))
        elif isinstance(event, InterlockState):
            self._interlock(site, event, at_ms, at)
        elif isinstance(event, EnterpriseAlarm):
            self._own_alarm(site, event, at_ms)
        else:
            self._paperwork(site, event, at_ms)

    def _paperwork(self, site: Site, event: object, at_ms: int) -> None:
        """Records that speak for or against the management of a site."""
        if isinstance(event, Commitment):
            commitments.receive(self.desk, site, event, at_ms)
        elif isinstance(event, WorkPermit):
            permits.note(self.desk, site, event, at_ms)
            groups_papers.count_permits(self.desk, site, at_ms)
        elif isinstance(event, PositioningAlarm):
            management.note_positioning(self.desk, site, event, at_ms)
        elif isinstance(event, PreventionIndicator):
            management.note_prevention(site, event, at_ms)
        elif isinstance(event, DutyRecord):
            management.note_duty(site, event, at_ms)
            if event.kind == "patrol" and event.result != "absent":
                groups_papers.note_patrol(self.desk, site, min(event.done_at, at_ms))
        self.desk.touch_site(site)

    def _interlock(self, site: Site, event: InterlockState, at_ms: int, at: Coordinates) -> None:
        known = False
        for source_id in site.sources:
            source = self.desk.source(source_id)
            if event.interlock in source.guards:
                known = True
                source.interlocks[event.interlock] = Interlock(state=event.state, since_ms=at_ms)
                self.desk.touch(source_id)
        if not known:
            deadletters.refuse(self.desk, at, site.code, "interlock", "unknown_interlock", event.interlock)

    def _own_alarm(self, site: Site, event: EnterpriseAlarm, at_ms: int) -> None:
        """An alarm of the enterprise's own system. One on a point that nobody registered is the supervisor's business at once."""
        point = self.desk.point_named(site.code, event.point)
        site.own_alarms_heard_ms = at_ms
        self.desk.unread.add((site.code, "own_alarm"))
        if point < 0:
            if event.state != "normal":
                self.desk.voice.finding("unknown_point_alarm", site.code, at_ms, subject=event.point, region=site.record.region,
                                        point=event.point, event_ms=event.at,
                                        detail={"state": event.state, "value": event.value, "supervisor": site.record.supervisor})  # fmt: skip
        elif event.state == "normal":
            site.own_alarms.pop(event.point, None)
        elif event.point not in site.own_alarms:
            site.own_alarms[event.point] = OwnAlarm(point=point, state=event.state, since_ms=at_ms, value=event.value)
            self.desk.own_alarms.add(site.code)

    # --- people and registry ------------------------------------------------------------------------------------------
    def _action(self, site: Site, action: Action, at_ms: int) -> None:
        before = self.desk.policy(site.code)
        effect = actions.act(self.desk, site, action, at_ms)
        if self.desk.policy(site.code) is not before:
            self._other_numbers(site)
        self.desk.definitions += 1
        if effect.define:
            self._define(effect.define, at_ms, signed=True)
            self.desk.relaid.add(site.code)
        self.desk.unread.add((site.code, ""))
        if effect.verified:
            self.judge.verify(effect.verified)
        for point in effect.expect:
            self.silence.expect(self.desk, self.desk.point(point), at_ms)

    def _registry(self, change: RegistryChange, at_ms: int) -> None:
        state = self.desk.state
        mine = partition_of(change.key.partition("/")[2], state.partitions) == state.partition
        specs = roster.apply(self.desk, change, at_ms, mine)
        site = state.sites.get(change.key.partition("/")[2])
        if change.key.startswith("region/"):
            self._relocated(change.key.partition("/")[2], at_ms)
        if mine and site is not None and change.key.startswith("enterprise/"):
            if roster.locate(self.desk, site, at_ms):
                self._other_numbers(site)
            self.truth.registered(site, at_ms)
            self._define(specs, at_ms, signed=False)
            self.silence.expect_all(self.desk, site, at_ms)
            self.detectors.adopt(self.desk, at_ms)
            self.desk.relaid.add(site.code)

    def _relocated(self, region: str, at_ms: int) -> None:
        """A region has another one above it: the enterprises in it and below it may have other numbers."""
        for site in self.desk.state.sites.values():
            if site.places and region in site.places[-1] and roster.locate(self.desk, site, at_ms):
                self._other_numbers(site)

    def _other_numbers(self, site: Site) -> None:
        """Other numbers are in force at this enterprise: patience, ages, levels and facts are looked at anew."""
        for source_id in site.sources:
            self.silence.define(self.desk, self.desk.source(source_id).points)
            self.desk.touch(source_id)
        self.desk.unread.add((site.code, ""))

    def _define(self, specs: tuple[PointSpec, ...] | list[PointSpec], at_ms: int, signed: bool) -> None:
        self.intake.forget()
        self.desk.layout += 1
        self.desk.definitions += 1
        if not specs:
            return
        self.truth.define([s.id for s in specs])
        for t in self.judge.define(specs):
            self.truth.transition(t._replace(log_ms=at_ms))
            transitions.take(self.desk, t._replace(log_ms=at_ms), signed)
        self.silence.define(self.desk, [s.id for s in specs])

    # --- rules and parameters -----------------------------------------------------------------------------------------
    def _rules(self, published: RulesPublished, at_ms: int) -> None:
        """A whole set. What it relaxes waits for a named approver: until then both are judged and the worse counts."""
        try:
            wanted = _loaded(tuple(published.files.items()))
        except ValueError as error:
            self._refused("rules_refused", published.hash, str(error), at_ms)
            return
        before = self.desk.rules
        approved = bool(published.approved_by) or not before.set.rules
        force = wanted if approved else together(before.set, wanted)
        if not crowd(force).fits(whole=True):
            self._refused("rules_refused", published.hash, "too many rules wait for an approver beside those in force", at_ms)
            return
        self.use_rules(force, at_ms, signed=approved)
        if not approved and self.desk.rules.set.hash != wanted.hash:
            self._pending("rules_pending", published.hash, at_ms)

    def use_rules(self, rules: RuleSet, at_ms: int, signed: bool = True) -> None:
        """Put a set in force; alarms of rules that are gone end by a signed change, or stay until a person has looked."""
        before, after = self.desk.rules, RuleBook(rules)
        for t in self.judge.use(rules, at_ms):
            self.desk.rules = after if t.kind == Kind.ALARM_ON else before
            transitions.take(self.desk, t._replace(log_ms=at_ms), signed)
        self.desk.rules = after
        self.groups.use(rules, at_ms, signed)

    def _parameters(self, published: ParametersPublished, at_ms: int) -> None:
        """A whole set. What it relaxes, somewhere or everywhere, waits for a named approver; what it tightens acts at once."""
        try:
            wanted = load_parameters(published.files)
        except (ValueError, msgspec.ValidationError) as error:
            self._refused("parameters_refused", published.hash, str(error), at_ms)
            return
        alone = InForce(sets=(wanted,))
        force = alone if published.approved_by else self.desk.in_force.beside(wanted, self._places())
        if force is None:
            self._refused(
                "parameters_refused", published.hash, "too many sets wait for an approver beside the one in force", at_ms
            )
            return
        self.desk.use(force)
        for site in self.desk.state.sites.values():
            self._other_numbers(site)
            specs = roster.regrade(self.desk, site, at_ms)
            if specs:
                self._define(specs, at_ms, signed=bool(published.approved_by))
                self.desk.relaid.add(site.code)
        if force != alone:
            self._pending("parameters_pending", published.hash, at_ms)

    def _places(self) -> list[Chain]:
        """Every place there is, as regions from the nearest upwards."""
        desk = self.desk
        kept = [tuple(place) for site in desk.state.sites.values() for place in site.places]
        return list(dict.fromkeys([*(tuple(management.regions_above(desk, code)) for code in desk.state.regions), *kept]))

    def _refused(self, code: str, of: str, why: str, at_ms: int) -> None:
        self.desk.voice.finding(code, "", at_ms, subject=of, detail={"hash": of, "why": why[:1000]})

    def _pending(self, code: str, of: str, at_ms: int) -> None:
        self.desk.voice.finding(code, "", at_ms, subject=of, detail={"hash": of, "in_force": self.desk.parameters_hash
                                if code == "parameters_pending" else self.desk.rules.set.hash})  # fmt: skip


@lru_cache(maxsize=4)
def _loaded(files: tuple[tuple[str, str], ...]) -> RuleSet:
    """Every partition of a worker is told of the same set; a set is never changed. Raises ValueError."""
    return load_rules(dict(files))


def together(force: RuleSet, wanted: RuleSet) -> RuleSet:
    """Both sets: rules in force stay as they are, what is new or changed is judged beside them. Unchanged rules appear once."""
    rules = {rule.id: rule for rule in force.rules if not rule.id.endswith(UNCONFIRMED)}
    for rule in wanted.rules:
        old = rules.get(rule.id)
        if old is None:
            rules[rule.id] = rule
        elif old.hash != rule.hash:
            rules[rule.id + UNCONFIRMED] = msgspec.structs.replace(rule, id=rule.id + UNCONFIRMED)
    same = [rule.hash for rule in rules.values()] == [rule.hash for rule in wanted.rules]
    return wanted if same else RuleSet(rules.values(), force.exposures, force.quality)
