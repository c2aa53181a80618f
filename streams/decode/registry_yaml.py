"""Registry files in YAML: lists `regions`, `parks`, `enterprises`, each enterprise with everything under it."""

from __future__ import annotations

from typing import Any

from streams.decode.registry_items import KINDS, Item, Say, word_of
from streams.domain.problems import Problem
from streams.domain.strict_yaml import Node, Path, YamlRefused, load

TOP = {"regions": "region", "parks": "park", "enterprises": "enterprise"}


def items_of_yaml(text: str, name: str, say: Say) -> list[Item]:
    """Entries of one YAML file, in order. What is no entry at all is said and left out."""
    try:
        node = load(text, name)
    except YamlRefused as refused:
        for problem in refused.problems:
            say(problem)
        return []
    if node.value is None:
        return []
    if not isinstance(node.value, dict):
        say(_problem(node, (), "not_a_mapping", known=", ".join(TOP)))
        return []
    found: list[Item] = []
    for key, value in node.value.items():
        if key not in TOP:
            say(_problem(node, (key,), "unknown_top", field=key, known=", ".join(TOP)))
        else:
            found += _items(node, (key,), value, TOP[key], say)
    return found


def _items(node: Node, path: Path, value: Any, kind: str, say: Say) -> list[Item]:
    if value is None:
        return []
    if not isinstance(value, list):
        say(_problem(node, path, "not_a_list", field=str(path[-1])))
        return []
    found = []
    for i, entry in enumerate(value):
        if isinstance(entry, dict):
            found.append(_item(node, (*path, i), entry, kind, say))
        else:
            say(_problem(node, (*path, i), "not_an_entry", kind=word_of(kind)))
    return found


def _item(node: Node, path: Path, entry: dict[str, Any], kind: str, say: Say) -> Item:
    line, column = node.position_of(path)
    item = Item(kind, node.name, line, column)
    for name, value in entry.items():
        here = (*path, name)
        item.lines[name] = node.position_of(here)
        if name in KINDS[kind].children:
            item.children[name] = _items(node, here, value, KINDS[kind].children[name], say)
            continue
        item.fields[name] = dict(value) if isinstance(value, dict) else value
        if isinstance(value, dict):
            for inner in value:
                item.lines[f"{name}.{inner}"] = node.position_of((*here, inner))
    return item


def _problem(node: Node, path: Path, what: str, /, **args: object) -> Problem:
    line, column = node.position_of(path)
    return Problem(node.name, line, column, "registry/" + what.replace("_", "-"), f"registry.{what}", args)
