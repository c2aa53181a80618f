"""`riskstream rules reference`: the tables of names and functions in docs/rules.md, made from the catalogue that the type checker reads."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from riskstream.console import language, user_error
from streams.domain.catalogue import text
from streams.engine.rulelang.catalogue import FUNCTIONS, NAMES, OWN, OWN_RATE, QUANTITIES, Entry
from streams.engine.rulelang.catalogue_events import DUTY, EVENT_FEATURES, POSITIONING, VIDEO, WEATHER_KINDS, WORK, EventFeature

Kind = tuple[str, str, str]
BEGIN, END = "<!-- begin: riskstream rules reference -->", "<!-- end -->"
_KINDS: dict[str, tuple[str, tuple[Kind, ...]]] = {
    "permit": ("work", WORK),
    "commitment.undeclared": ("work", WORK),
    "positioning": ("person", POSITIONING),
    "video": ("video", VIDEO),
    "duty": ("duty", DUTY),
    "weather": ("weather", WEATHER_KINDS),
}
_UNITS = {OWN: "of the point", OWN_RATE: "of the point, a second", "": "", "share": "0 to 1"}


def register(parts: Any) -> None:
    lang = language(None)
    part = parts.add_parser("reference", help=text("rules.about.reference", lang))
    part.add_argument("path", type=Path, nargs="?", default=Path("docs/rules.md"), help=text("rules.help.reference", lang))
    part.set_defaults(run=_write)


def _write(args: argparse.Namespace) -> int:
    try:
        before = args.path.read_text(encoding="utf-8")
    except OSError:
        raise user_error("rules.no_path", language(None), path=args.path) from None
    args.path.write_text(with_tables(before), encoding="utf-8")
    print(args.path)
    return 0


def with_tables(document: str) -> str:
    """The document with its tables as the catalogue has them. Raises ValueError without the marks."""
    head, rest = document.split(BEGIN, 1)
    _, tail = rest.split(END, 1)
    return head + BEGIN + "\n" + "\n".join(tables()) + END + tail


def tables() -> list[str]:
    own = [e for e in NAMES.values() if e.name not in EVENT_FEATURES]
    out = [
        "**Functions** (`q`: a quantity, `flow`, `flow.inlet`)",
        "",
        "| written | scopes | 含义 | meaning |",
        "|---|---|---|---|",
    ]
    for f in FUNCTIONS.values():
        forms = ", ".join(f"`{form}`" for form in f.forms)
        out.append(f"| {forms} | {_scopes(f.scopes)} | {f.zh} | {f.en} |")
    out += [
        "",
        "**Names of the point** (rules of scope point)",
        "",
        "| name | unit | | 含义 | meaning |",
        "|---|---|---|---|---|",
    ]
    out += [f"| `{e.name}` | {_unit(e)} | {'constant' if e.constant else ''} | {e.zh} | {e.en} |" for e in own]
    out += ["", f"**Quantities**: {', '.join(f'`{q}`' for q in QUANTITIES)}; with the `role` of the point behind a dot.", ""]
    out += [
        "**Names of the records of a site** (every scope)",
        "",
        "| name | unit | kept for | 含义 | meaning |",
        "|---|---|---|---|---|",
    ]
    out += _event_rows()
    out += ["", "where"]
    for word, kinds in dict(_KINDS.values()).items():
        out.append(f"- `<{word}>`: " + ", ".join(f"`{name}` {zh}" for name, zh, _ in kinds))
    return [*out, ""]


def _event_rows() -> list[str]:
    """One row a name; names that differ only in the kind of work, person, ... share a row, with the kinds that have it."""
    groups: dict[str, list[tuple[EventFeature, Kind | None]]] = {}
    for feature in EVENT_FEATURES.values():
        template, kind = _template(feature.name)
        groups.setdefault(template, []).append((feature, kind))
    rows = []
    for template, members in groups.items():
        feature, kind = members[0]
        name, zh, en = feature.name, feature.zh, feature.en
        if kind is not None and len(members) > 1:
            name, zh, en = template, zh.replace(kind[1], "…"), en.replace(kind[2], "…")
            if len(members) < len(_kinds_of(template)):
                en += " (" + ", ".join(k[0] for _, k in members if k) + ")"
        unit = "true or false" if feature.kind == "boolean" else _UNITS.get(feature.unit, feature.unit)
        rows.append(f"| `{name}` | {unit} | {feature.home} | {zh} | {en} |")
    return rows


def _template(name: str) -> tuple[str, Kind | None]:
    for prefix, (word, kinds) in _KINDS.items():
        parts = name.removeprefix(f"{prefix}.").split(".")
        found = next((k for k in kinds if k[0] == parts[0]), None)
        if name.startswith(f"{prefix}.") and found is not None:
            return ".".join((prefix, f"<{word}>", *parts[1:])), found
    return name, None


def _kinds_of(template: str) -> tuple[Kind, ...]:
    return next(kinds for word, kinds in _KINDS.values() if f"<{word}>" in template)


def _unit(entry: Entry) -> str:
    return "true or false" if entry.kind == "boolean" else _UNITS.get(entry.unit, entry.unit)


def _scopes(scopes: tuple[str, ...]) -> str:
    return "all" if len(scopes) == 4 else ", ".join(scopes)
