"""`riskstream registry check|show|publish`: the registry as people write it, before anything watches it."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from backfill.registry import registry_records
from models import inherent
from riskstream.console import language, user_error
from riskstream.targets import open_records
from streams.decode.registry_expected import differences, read_expected
from streams.decode.registry_files import Checked, Registry, check_folder
from streams.domain.catalogue import Lang, text
from streams.domain.registry import Device, Enterprise, HazardSource
from streams.steps.ports import RecordPort

FOUND_PROBLEMS = 1


def register(verbs: Any) -> None:
    """Adds the verb and its parts to the command line."""
    about = text("registry.about", language(None))
    verb = verbs.add_parser("registry", help=about, description=about)
    parts = verb.add_subparsers(dest="part", required=True, metavar="PART")
    _register_coverage(parts)
    for name, run in (("check", _check), ("show", _show), ("publish", _publish)):
        part = parts.add_parser(name, help=text(f"registry.about.{name}", language(None)))
        part.add_argument("path", type=Path, help=text("registry.help.path", language(None)))
        part.add_argument("--lang", choices=("zh", "en"))
        part.set_defaults(run=run)
        if name == "check":
            part.add_argument("--expected", type=Path, metavar="FILE", help=text("expected.help.expected", language(None)))
        if name != "publish":
            part.add_argument("--json", action="store_true", help=text("registry.help.json", language(None)))
        else:
            part.add_argument("--to", required=True, help=text("registry.help.to", language(None)))


def _register_coverage(parts: Any) -> None:
    about = text("expected.about.coverage", language(None))
    part = parts.add_parser("coverage", help=about, description=about)
    part.add_argument("expected", type=Path, help=text("expected.help.expected", language(None)))
    part.add_argument("path", type=Path, help=text("registry.help.path", language(None)))
    part.add_argument("--lang", choices=("zh", "en"))
    part.add_argument("--json", action="store_true", help=text("registry.help.json", language(None)))
    part.set_defaults(run=_check)


def _held(path: Path, checked: Checked, lang: Lang) -> tuple[Checked, str]:
    """The check with what the list at `path` expects; and a line about it."""
    if not path.is_file():
        raise user_error("registry.no_path", lang, path=path)
    entries, problems = read_expected(path.read_text(encoding="utf-8"), path.as_posix())
    if checked.registry is not None:
        problems += differences(entries, checked.registry)
    unlisted = sum(p.id == "expected/unlisted-source" for p in problems)
    said = text("expected.summary", lang, entries=len(entries), missing=len(problems) - unlisted, unlisted=unlisted)
    together = Checked(checked.registry, (*checked.problems, *problems))
    return together, said


def _checked(args: argparse.Namespace, lang: Lang) -> Checked:
    path: Path = args.path
    if not path.exists():
        raise user_error("registry.no_path", lang, path=path)
    return check_folder(path)


def _check(args: argparse.Namespace) -> int:
    """Exit code 0: no error (warnings are shown), 1: errors, 2: the path cannot be read."""
    lang = language(args.lang)
    checked = _checked(args, lang)
    checked, more = _held(args.expected, checked, lang) if args.expected is not None else (checked, "")
    if args.json:
        print(json.dumps(_as_json(checked, lang), ensure_ascii=False))
    else:
        _say(checked, lang, sys.stdout)
        print(_summary(checked, lang))
        print(more, end="\n" if more else "")
    return 0 if not checked.errors else FOUND_PROBLEMS


def _say(checked: Checked, lang: Lang, stream: Any) -> None:
    for problem in checked.problems:
        print(problem.line_of_text(lang), file=stream)


def _summary(checked: Checked, lang: Lang) -> str:
    warnings = len(checked.problems) - checked.errors
    if checked.registry is None:
        return text("registry.refused", lang, errors=checked.errors, warnings=warnings)
    return text("registry.accepted", lang, warnings=warnings, **counts(checked.registry))


def _as_json(checked: Checked, lang: Lang) -> dict[str, object]:
    return {
        "ok": checked.registry is not None and not checked.errors, "errors": checked.errors, "warnings": len(checked.problems) - checked.errors,
        "counts": counts(checked.registry) if checked.registry else {}, "problems": [p.as_json(lang) for p in checked.problems],
    }  # fmt: skip


def counts(registry: Registry) -> dict[str, int]:
    """How many of each kind."""
    sources = [source for enterprise in registry.enterprises for source in enterprise.sources]
    owners: list[Enterprise | HazardSource] = [*registry.enterprises, *sources]
    return {
        "regions": len(registry.regions), "parks": len(registry.parks), "enterprises": len(registry.enterprises),
        "sources": len(sources), "devices": sum(len(o.devices) for o in owners),
        "points": sum(_points(o.devices) for o in owners), "cameras": sum(len(o.cameras) for o in owners),
    }  # fmt: skip


def _points(devices: tuple[Device, ...]) -> int:
    return sum(len(device.points) for device in devices)


def _loaded(args: argparse.Namespace, lang: Lang) -> Registry | None:
    checked = _checked(args, lang)
    if checked.registry is None:
        _say(checked, lang, sys.stderr)
        print(_summary(checked, lang), file=sys.stderr)
    return checked.registry


def _show(args: argparse.Namespace) -> int:
    lang = language(args.lang)
    registry = _loaded(args, lang)
    if registry is None:
        return FOUND_PROBLEMS
    rows = [row for enterprise in registry.enterprises for row in _rows(enterprise)]
    if args.json:
        print(json.dumps({"counts": counts(registry), "sources": rows}, ensure_ascii=False))
        return 0
    names = {region.code: region.name for region in registry.regions} | {park.code: park.name for park in registry.parks}
    for enterprise in registry.enterprises:
        print(text("registry.show.enterprise", lang, code=enterprise.code, name=enterprise.name, profile=enterprise.profile,
                   region=names.get(enterprise.region, enterprise.region),
                   supervisor=names.get(enterprise.supervisor, enterprise.supervisor)))  # fmt: skip
        for row in _rows(enterprise):
            print("  " + text("registry.show.source", lang, **row))
    print(text("registry.accepted", lang, warnings=0, **counts(registry)))
    return 0


def _rows(enterprise: Enterprise) -> list[dict[str, object]]:
    """One row a hazard source, and one for what belongs to the enterprise itself."""
    rows = [_row(enterprise, source) for source in enterprise.sources]
    if enterprise.devices:
        rows.append({"enterprise": enterprise.code, "code": f"{enterprise.code}-SITE", "name": enterprise.name, "kind": "site",
                     "grade": "-", "s": "-", "r": "-", "devices": len(enterprise.devices),
                     "points": _points(enterprise.devices), "cameras": len(enterprise.cameras)})  # fmt: skip
    return rows


def _row(enterprise: Enterprise, source: HazardSource) -> dict[str, object]:
    substances = [
        inherent.Substance(c.name, c.design_t, c.cas, c.symbol, c.critical_t, c.beta, c.toxic_gas) for c in source.chemicals
    ]
    risk = inherent.assess(substances, source.people) if substances else None
    grade = source.grade or (risk.grade if risk else None) or "-"
    return {
        "enterprise": enterprise.code, "code": source.code, "name": source.name, "kind": source.kind, "grade": grade,
        "s": round(risk.s, 3) if risk else "-", "r": round(risk.r, 2) if risk else "-", "devices": len(source.devices),
        "points": _points(source.devices), "cameras": len(source.cameras),
    }  # fmt: skip


def _publish(args: argparse.Namespace) -> int:
    lang = language(args.lang)
    registry = _loaded(args, lang)
    if registry is None:
        return FOUND_PROBLEMS
    asyncio.run(_published(registry, args.to, lang))
    print(text("registry.published", lang, records=len(registry.records()), to=args.to))
    return 0


async def _published(registry: Registry, to: str, lang: Lang) -> None:
    async with open_records(to, lang) as port:
        await publish(registry, port)


async def publish(registry: Registry, port: RecordPort) -> None:
    """Put the whole registry on its topic, parents before children. The log keeps the newest record of each key."""
    for record in registry_records(registry.records()):
        await port.append(record.topic, 0, record.key, record.value)
    await port.flush()
