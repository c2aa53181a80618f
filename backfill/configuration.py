"""The files under `risk_rules/` as the records that put them in force: whole sets with their hash, checked before they are sent."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from backfill.inputs import InputRecord
from streams.domain.messages import ParametersPublished, RulesPublished
from streams.domain.rule_files import read_rule_files
from streams.engine.parameters import Parameters
from streams.engine.parameters_load import load_parameters
from streams.engine.rules import RuleSet, files_hash
from streams.engine.rules_load import is_rule_file, load_rules

PARAMETERS = ("parameters/", "ladders/")  # published together: a ladder is a number of the decisions like the matrix
_encode = msgspec.json.Encoder().encode


class Configuration(NamedTuple):
    """What a folder of rules holds, checked: path below the folder -> text."""

    rules: RuleSet
    rule_files: dict[str, str]
    parameters: Parameters
    parameter_files: dict[str, str]


def configuration(folder: Path) -> Configuration:
    """Read and check everything under `folder`. Raises RulesRefused with all problems of the rules, ValueError for the parameters,
    OSError when it cannot be read: never half a set."""
    texts = read_rule_files(folder)
    rule_files = {path: text for path, text in texts.items() if is_rule_file(path)}
    parameter_files = parameter_files_of(texts)
    rules = load_rules(rule_files)
    return Configuration(rules, rule_files, load_parameters(parameter_files), parameter_files)


def parameter_files_of(texts: Mapping[str, str]) -> dict[str, str]:
    """Those of the files (path -> text) that are published as parameters."""
    return {path: text for path, text in texts.items() if path.startswith(PARAMETERS) and not path.endswith(".cases.yaml")}


def configuration_records(given: Configuration, at_ms: int, approved_by: str) -> list[InputRecord]:
    """The two records that publish it. `approved_by` signs what it relaxes; empty: only what it tightens acts at once."""
    rules = RulesPublished(hash=files_hash(given.rule_files), files=given.rule_files, approved_by=approved_by)
    parameters = ParametersPublished(hash=given.parameters.hash, files=given.parameter_files, approved_by=approved_by)
    return [
        InputRecord(at_ms, "parameters", b"parameters", _encode(parameters)),
        InputRecord(at_ms, "rules", b"rules", _encode(rules)),
    ]
