"""Checks of the registry as a whole: parents, codes, who supervises, chemicals, interlocks, persons.

Scope follows parent links. Every check says all it finds; nothing here changes an entry.
"""

from __future__ import annotations

from collections.abc import Iterable

from models import inherent
from streams.decode.registry_coverage_checks import check_coverage, substance
from streams.decode.registry_items import Item, Say, word_of
from streams.decode.registry_meaning_checks import check_alike, check_meaning
from streams.decode.registry_point_checks import check_copied_limits, check_point
from streams.domain.registry import SITE, Chemical, Enterprise, HazardSource

LARGEST_TONNES = 1_000_000.0  # more in one hazard source than the largest tank farms hold: a slip of the unit
_PARENT_KIND = {"province": (), "city": ("province",), "county": ("city", "province")}
_ROLES = ("principal", "technical", "operational")


def check_all(top: list[Item], say: Say) -> None:
    """All checks over entries that were built."""
    regions, parks, enterprises = ([item for item in top if item.kind == kind] for kind in ("region", "park", "enterprise"))
    _unique(regions + parks, "code", say)
    _check_regions(regions, say)
    by_code = {item.code: item for item in reversed(regions)}
    for park in parks:
        _refers(park, "region", by_code, ("county", "city"), say)
    sources = [source for enterprise in enterprises for source in enterprise.below("sources")]
    _unique(enterprises + sources, "code", say)  # outputs are keyed by either
    _unique(enterprises, "name", say)
    sites = {f"{enterprise.code}-{SITE}" for enterprise in enterprises}
    for source in sources:
        if source.code in sites:
            say(source.problem("code", "site_code", code=source.code))
    for enterprise in enterprises:
        _check_enterprise(enterprise, by_code, {item.code: item for item in parks}, say)


def _unique(items: Iterable[Item], field: str, say: Say) -> None:
    first: dict[str, Item] = {}
    for item in items:
        value = item.text(field)
        if value and (other := first.setdefault(value, item)) is not item:
            say(item.problem(field, f"duplicate_{field}", kind=word_of(item.kind), value=value, at=f"{other.file}:{other.line}"))


def _check_regions(regions: list[Item], say: Say) -> None:
    by_code = {item.code: item for item in reversed(regions)}
    for item in regions:
        allowed, parent = _PARENT_KIND.get(item.text("kind"), ()), item.text("parent")
        if not item.text("kind"):
            continue
        if parent:
            _refers(item, "parent", by_code, allowed, say)
        elif allowed:
            say(item.problem("", "region_parent", code=item.code, kind=item.text("kind"), wants=" / ".join(allowed)))


def _refers(item: Item, field: str, regions: dict[str, Item], kinds: tuple[str, ...], say: Say) -> None:
    code = item.text(field)
    if not code:
        return
    region = regions.get(code)
    if region is None:
        say(item.problem(field, "missing_parent", parent=word_of("region"), code=code))
    elif region.text("kind") and region.text("kind") not in kinds:
        wants = " / ".join(kinds) or "-"
        say(item.problem(field, "region_kind", code=code, kind=region.text("kind"), wants=wants))


def _check_enterprise(item: Item, regions: dict[str, Item], parks: dict[str, Item], say: Say) -> None:
    _refers(item, "region", regions, ("county",), say)
    supervisor, park = item.text("supervisor"), item.text("park")
    supervised_by_county = supervisor in regions and regions[supervisor].text("kind") == "county"
    if supervisor and not supervised_by_county and supervisor not in parks:
        say(item.problem("supervisor", "supervisor", code=supervisor))
    if park and park not in parks:
        say(item.problem("park", "missing_parent", parent=word_of("park"), code=park))
    _check_position(item, say)
    _check_codes_inside(item, say)
    points = [entry for entry in item.walk() if entry.kind == "point"]
    if not points and not item.fields.get("closed", False):
        say(item.problem("", "no_point", code=item.code))
    for device in item.below("devices"):
        for point in device.below("points"):
            check_point(point, device, None, say)
            check_meaning(point, device, None, say)
    for source in item.below("sources"):
        _check_source(item, source, say)
    check_copied_limits(item, say)
    check_coverage(item, say)


def _check_position(item: Item, say: Say) -> None:
    for field, most in (("longitude", 180.0), ("latitude", 90.0)):
        value = item.fields.get(field)
        if isinstance(value, float) and not -most <= value <= most:
            say(item.problem(field, "coordinate", field=field, value=value))


def _check_codes_inside(enterprise: Item, say: Say) -> None:
    inside = sorted(enterprise.walk(), key=lambda item: (item.file, item.line, item.column))
    for kind in ("device", "camera", "interlock"):
        _unique((item for item in inside if item.kind == kind), "code", say)
    for name in ("devices", "cameras"):
        for owner in (enterprise, *enterprise.below("sources")):
            _unique(owner.below(name), "name", say)
    first: dict[str, tuple[Item, Item]] = {}
    for device in (item for item in inside if item.kind == "device"):
        _unique(device.below("points"), "name", say)
        for point in device.below("points"):
            other_device, other = first.setdefault(point.code, (device, point))
            if not point.code or other is point:
                continue
            what = "duplicate_code" if other_device is device else "point_on_two_devices"
            say(
                point.problem(
                    "code",
                    what,
                    kind=word_of("point"),
                    value=point.code,
                    device=other_device.code,
                    at=f"{other.file}:{other.line}",
                )
            )


def _check_source(enterprise: Item, source: Item, say: Say) -> None:
    _check_position(source, say)
    for device in source.below("devices"):
        for point in device.below("points"):
            check_point(point, device, source, say)
            check_meaning(point, device, source, say)
    check_alike(source, say)
    _unique(source.below("chemicals"), "name", say)
    for chemical in source.below("chemicals"):
        _check_chemical(chemical, say)
    _check_interlocks(enterprise, source, say)
    people, five_high = source.fields.get("people", 0), source.fields.get("five_high")
    if people < 0:
        say(source.problem("people", "people", value=people))
    if five_high is not None and not 0 <= five_high <= 1000:
        say(source.problem("five_high", "five_high", value=five_high))
    roles = [person.text("role") for person in source.below("persons")]
    missing = [role for role in _ROLES if role not in roles]
    if missing:
        say(source.problem("persons", "persons", severity="warning", code=source.code, missing=", ".join(missing)))
    _check_grade(enterprise, source, say)


def _check_interlocks(enterprise: Item, source: Item, say: Say) -> None:
    known = [item for item in enterprise.walk() if item.kind in ("point", "device")]
    points = {item.code for item in known if item.kind == "point"}
    devices = {item.code for item in known if item.kind == "device"}
    for interlock in source.below("interlocks"):
        guards = interlock.fields.get("guards") or []
        if not guards and "guards" in interlock.lines:
            say(interlock.problem("guards", "guards_empty", code=interlock.code))
        for guard in guards:
            if guard not in points:
                say(interlock.problem("guards", "guard_missing", code=interlock.code, point=guard))
        if interlock.text("device") and interlock.text("device") not in devices:
            say(interlock.problem("device", "missing_parent", parent=word_of("device"), code=interlock.text("device")))


def _check_chemical(item: Item, say: Say) -> None:
    chemical = item.record
    if not isinstance(chemical, Chemical):
        return
    for field, value in (("design_t", chemical.design_t), ("stock_t", chemical.stock_t)):
        if value is not None and not (0 < value <= LARGEST_TONNES or (value == 0 and field == "stock_t")):
            say(item.problem(field, "tonnage", field=field, value=value, most=LARGEST_TONNES))
    if chemical.stock_t is not None and chemical.stock_t > chemical.design_t > 0:
        say(item.problem("stock_t", "stock_above_design", severity="warning", stock=chemical.stock_t, design=chemical.design_t))
    for field, value, most in (("critical_t", chemical.critical_t, 5000.0), ("beta", chemical.beta, 20.0)):
        if value is not None and not 0 < value <= most:
            say(item.problem(field, "outside", field=field, value=value, most=most))
            return
    try:
        inherent.term(substance(chemical)._replace(design_t=1.0))
    except inherent.InherentError as error:
        field, hint = ("symbol", "") if error.code == "unknown_symbol" else ("name", "chemical")
        close = str(error.details.get("hint", ""))
        say(item.problem(field, error.code, hint="did_you_mean" if close else hint, name=chemical.name, symbol=chemical.symbol,
                         close=close))  # fmt: skip


def _check_grade(enterprise: Item, item: Item, say: Say) -> None:
    """Warns where the grade would be unknown, or where the filed grade is milder than what the chemicals give."""
    source, owner = item.record, enterprise.record
    if not isinstance(source, HazardSource) or not isinstance(owner, Enterprise):
        return
    if owner.profile != "hazchem":
        if source.five_high is None and source.grade is None and not source.chemicals:
            say(item.problem("", "grade_unknown", severity="warning", code=source.code, needs="five_high"))
        return
    if not source.chemicals:
        if source.grade is None and source.kind != "filling_station":
            say(item.problem("", "grade_unknown", severity="warning", code=source.code, needs="chemicals"))
        return
    try:
        computed = inherent.assess([substance(c) for c in source.chemicals], max(source.people, 0)).grade
    except inherent.InherentError:
        return  # said at the chemical
    if source.grade is not None and computed is not None and _rank(source.grade) < _rank(computed):
        say(item.problem("grade", "grade_milder", severity="warning", filed=source.grade, computed=computed))


def _rank(grade: str) -> int:
    return ("IV", "III", "II", "I").index(grade)
