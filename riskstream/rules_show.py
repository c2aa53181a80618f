"""`riskstream rules show ID`: what one rule asks, in words, and what it becomes for each kind of point it is for."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from riskstream.console import language, user_error
from riskstream.rules_lock import said
from streams.domain.catalogue import Lang, text
from streams.domain.rule_files import read_rule_files
from streams.engine.rulelang.outside import columns_of
from streams.engine.rulelang.show import show
from streams.engine.rulelang.tree import Node, Num, Window, children, count, depth
from streams.engine.rulelang.types import Type, Where, type_of
from streams.engine.rulelang.words import say
from streams.engine.rules import Rule
from streams.engine.rules_load import RulesRefused, load_rules


def register(parts: Any) -> None:
    lang = language(None)
    part = parts.add_parser("show", help=text("rules.about.show", lang))
    part.add_argument("id", help=text("rules.help.id", lang))
    part.add_argument("--rules", type=Path, default=Path("risk_rules"), help=text("rules.help.path", lang))
    part.add_argument("--lang", choices=("zh", "en"))
    part.set_defaults(run=_show)


def _show(args: argparse.Namespace) -> int:
    """Exit code 0: shown, 1: the rules have problems, 2: no such folder or rule."""
    lang = language(args.lang)
    if not args.rules.is_dir():
        raise user_error("rules.no_path", lang, path=args.rules)
    try:
        rules = load_rules(read_rule_files(args.rules))
    except RulesRefused as refused:
        said(refused.problems, lang)
        return 1
    if args.id not in rules.index:
        raise user_error("rules.no_rule", lang, rule=args.id)
    print("\n".join(lines_of(rules[rules.index[args.id]], lang)))
    return 0


def lines_of(rule: Rule, lang: Lang) -> list[str]:
    """The rule as people read it."""
    out = [f"{rule.id} {rule.version} ({rule.status}, {rule.scope}, {rule.hash})  {rule.file}:{rule.line}",
           rule.title.zh if lang == "zh" else rule.title.en]  # fmt: skip
    for key, tree in (("when", rule.tree), ("clear", rule.clear_tree), ("deadband", rule.deadband_tree)):
        if tree is not None:
            out += ["", f"{key}: {show(tree)}", "  " + say(tree, lang)]
    where = Where(rule.scope, rule.select.quantity, rule.select.unit)
    out += ["", text("rules.show.tree", lang, parts=count(rule.tree), depth=depth(rule.tree)), *_branches(rule.tree, where, 1)]
    if rule.scope == "point" and (columns := columns_of(rule)):
        out += ["", text("rules.show.outside", lang), *(f"  {column}" for column in columns)]
    return [*out, "", *_rest(rule)]


def _branches(node: Node, where: Where, level: int) -> list[str]:
    own = f"{'  ' * level}{show(node)}: {_kind(type_of(node, where))}"
    below = [
        line for child in children(node) if not isinstance(child, Num | Window) for line in _branches(child, where, level + 1)
    ]
    return [own, *below]


def _kind(found: Type) -> str:
    if found.kind != "number" or found.measure is None:
        return found.kind
    parts = ["/".join(sorted(dimensions)) or "any" if e == 1 else f"({'/'.join(sorted(dimensions)) or 'any'})^{e}"
             for dimensions, e in found.measure]  # fmt: skip
    return f"number [{' '.join(parts) or '1'}]"


def _rest(rule: Rule) -> list[str]:
    """Everything else that the rule says and that is not the default."""
    plain = Rule(id="", version="", title=rule.title, when="", effect=rule.effect)
    skipped = ("id", "version", "title", "when", "clear", "deadband", "scope", "status", "file", "line", "effect", "select")
    given = {f: getattr(rule, f) for f in rule.__struct_fields__ if f not in skipped}
    changed = [f"{f}: {v}" for f, v in given.items() if v != getattr(plain, f)]
    select = {f: list(v) for f in rule.select.__struct_fields__ if (v := getattr(rule.select, f))}
    effect = {f: v for f in rule.effect.__struct_fields__ if (v := getattr(rule.effect, f)) not in ("", None)}
    return [f"select: {select}", f"effect: {effect}", *changed]
