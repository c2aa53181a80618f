"""Who hears: the roles that a ladder names, as the persons and offices of one hazard source. Offices follow parent links, never codes."""

from __future__ import annotations

from collections.abc import Iterable

from streams.domain.outputs import Receiver
from streams.engine.desk import Desk
from streams.engine.episodes.ladders import Role
from streams.engine.site.management import regions_above
from streams.engine.state import Site, Source

PERSONS = ("principal", "technical", "operational")


def receivers_of(desk: Desk, source: Source, roles: Iterable[Role]) -> tuple[Receiver, ...]:
    """Everybody behind `roles`, each once, in the order of the ladder."""
    site = desk.site_of(source)
    found: dict[tuple[str, str, str, str], Receiver] = {}
    for role in roles:
        for receiver in _behind(desk, site, source, role):
            found.setdefault((receiver.kind, receiver.code, receiver.role, receiver.name), receiver)
    return tuple(found.values())


def office(desk: Desk, source: Source, role: Role) -> str:
    """Code of the office behind `role`: that of a task that is given to it."""
    behind = _behind(desk, desk.site_of(source), source, role)
    return behind[0].code if behind else ""


def _behind(desk: Desk, site: Site, source: Source, role: Role) -> list[Receiver]:
    if role == "enterprise":
        return [_enterprise(site)]
    if role == "responsible_persons":
        return _persons(site, source)
    if role == "park":
        return [_park(desk, site.record.park)] if site.record.park else []
    if role == "direct_supervisor":
        code = site.record.supervisor
        return [_park(desk, code) if code in desk.state.parks else _office(desk, code)]
    chain = regions_above(desk, site.record.region)
    if role == "offices":
        return [_office(desk, code) for code in chain]
    code = _nearest(desk, chain, role.removesuffix("_office"))
    return [_office(desk, code)] if code else []


def _persons(site: Site, source: Source) -> list[Receiver]:
    """The three responsible persons. Where one is not filed the enterprise hears as well: a gap in a file must not swallow a warning."""
    filed = source.record.persons if source.record is not None else site.record.persons
    people = [*filed, *site.record.persons]
    found = []
    for role in PERSONS:
        person = next((p for p in people if p.role == role), None)
        if person is not None:
            found.append(Receiver(kind="person", code=site.code, role=role, name=person.name))
    return found if len(found) == len(PERSONS) else [*found, _enterprise(site)]


def _nearest(desk: Desk, chain: list[str], kind: str) -> str:
    """The nearest office of a kind. A city without a county in between is its own county; the top stands in for what is missing."""
    for code in chain:
        region = desk.state.regions.get(code)
        if region is not None and region.kind == kind:
            return code
    if not chain:
        return ""
    return chain[0] if kind == "county" else chain[-1]


def _enterprise(site: Site) -> Receiver:
    return Receiver(kind="enterprise", code=site.code, name=site.record.name)


def _park(desk: Desk, code: str) -> Receiver:
    park = desk.state.parks.get(code)
    return Receiver(kind="park", code=code, name=park.name if park is not None else "")


def _office(desk: Desk, code: str) -> Receiver:
    region = desk.state.regions.get(code)
    return Receiver(
        kind="office", code=code, role=region.kind if region is not None else "", name=region.name if region is not None else ""
    )
