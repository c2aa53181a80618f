"""Schemas, examples and code say the same about every topic; what is not in the schema is refused by both."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from riskstream.schemas import VALUES, schema_of, text_of
from streams.decode.decoder import Decoder
from streams.domain.log import RawRecord
from streams.domain.messages import BROADCAST_TOPICS, RAW_TOPICS
from streams.domain.topics import Topics, load

ROOT = Path(__file__).parents[2]
TOPICS: Topics = load((ROOT / "topics.yaml").read_text(encoding="utf-8"))
NAMES = [t.name for t in TOPICS]
INPUTS = sorted({*RAW_TOPICS, *BROADCAST_TOPICS})
EXAMPLES = sorted((ROOT / "schemas").glob("*/v1*.example.json"))
EVERY_EXAMPLE = [pytest.param(path, id=f"{path.parent.name}/{path.name}") for path in EXAMPLES]
T = 1_772_410_530_000


def schema(name: str) -> dict[str, Any]:
    return json.loads((ROOT / "schemas" / name / "v1.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def example(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def valid(name: str, message: object) -> bool:
    return Draft202012Validator(schema(name)).is_valid(message)


def key_of(name: str, message: dict[str, Any]) -> bytes | None:
    if name == "registry":
        kind = "enterprise" if "supervisor" in message else "park" if "region" in message else "region"
        return f"{kind}/{message['code']}".encode()
    return message["enterprise"].encode() if "enterprise" in message else None


def objects(value: object) -> list[dict[str, Any]]:
    """Every JSON object inside `value` that is a record, not a free-form map."""
    if isinstance(value, dict):
        inside = [o for k, v in value.items() if k not in ("detail", "meta", "arrays", "files", "versions") for o in objects(v)]
        return [value, *inside]
    return [o for v in value for o in objects(v)] if isinstance(value, list) else []


@pytest.mark.parametrize("name", NAMES)
def test_the_schema_on_disk_is_what_the_code_says(name: str) -> None:
    """Renew with: riskstream topics schemas."""
    path = ROOT / "schemas" / name / "v1.json"
    assert path.read_text(encoding="utf-8") == text_of(schema_of(TOPICS[name]))
    Draft202012Validator.check_schema(schema(name))


@pytest.mark.parametrize("name", NAMES)
def test_every_topic_has_schema_example_and_reader(name: str) -> None:
    assert (ROOT / "schemas" / name / "v1.example.json").exists()
    assert VALUES[name]
    assert TOPICS[name].consumers


def test_no_schema_is_an_orphan() -> None:
    assert sorted(p.name for p in (ROOT / "schemas").iterdir()) == sorted(NAMES)
    assert sorted(VALUES) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_kind_of_value_has_an_example(name: str) -> None:
    kinds = VALUES[name]
    messages = [example(p) for p in EXAMPLES if p.parent.name == name]
    assert len(messages) == len(kinds)
    for kind in kinds:
        fitting = [m for m in messages if _converts(m, kind)]
        assert len(fitting) == 1, kind


def _converts(message: dict[str, Any], kind: type) -> bool:
    try:
        msgspec.json.decode(json.dumps(message), type=kind)
    except msgspec.ValidationError:
        return False
    return set(message) <= set(kind.__struct_fields__)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", NAMES)
def test_every_field_is_described_and_every_object_is_closed(name: str) -> None:
    for kind, definition in schema(name)["$defs"].items():
        if "properties" not in definition:
            continue
        assert definition["additionalProperties"] is False, kind
        for field, said in definition["properties"].items():
            assert " | " in said["description"], f"{kind}.{field}"


@pytest.mark.parametrize("path", EVERY_EXAMPLE)
def test_the_example_is_valid(path: Path) -> None:
    Draft202012Validator(schema(path.parent.name)).validate(example(path))


@pytest.mark.parametrize("path", EVERY_EXAMPLE)
def test_an_unknown_key_is_refused_anywhere_in_it(path: Path) -> None:
    count = len(objects(example(path)))
    assert count
    for i in range(count):
        message = example(path)
        objects(message)[i]["surprise"] = 1
        assert not valid(path.parent.name, message)


@pytest.mark.parametrize("path", EVERY_EXAMPLE)
def test_a_wrong_type_is_refused_in_every_field(path: Path) -> None:
    for field, value in example(path).items():
        message = example(path) | {field: {"not": "this"} if not isinstance(value, dict) else 5}
        assert not valid(path.parent.name, message), field


@pytest.mark.parametrize("path", EVERY_EXAMPLE)
def test_a_missing_mandatory_field_is_refused(path: Path) -> None:
    kinds = schema(path.parent.name)["$defs"]
    (kind,) = (k for k in VALUES[path.parent.name] if _converts(example(path), k))
    for field in kinds[kind.__name__].get("required", ()):
        message = example(path)
        del message[field]
        assert not valid(path.parent.name, message), field


def decoded(name: str, message: dict[str, Any]) -> Any:
    record = RawRecord(name, 0, 0, T, key_of(name, message), json.dumps(message).encode())
    return Decoder().decode([record], [T])


@pytest.mark.parametrize("path", [p for p in EXAMPLES if p.parent.name in INPUTS], ids=lambda p: f"{p.parent.name}/{p.name}")
def test_decode_takes_what_the_schema_allows(path: Path) -> None:
    name = path.parent.name
    result = decoded(name, example(path))
    assert not result.rejected
    assert len(result.frames.at) + len(result.events) == 1


@pytest.mark.parametrize("path", [p for p in EXAMPLES if p.parent.name in INPUTS], ids=lambda p: f"{p.parent.name}/{p.name}")
def test_decode_refuses_what_the_schema_refuses(path: Path) -> None:
    name = path.parent.name
    assert [r.reason for r in decoded(name, example(path) | {"surprise": 1}).rejected] == ["reject.unknown_key"]
    for field, value in example(path).items():
        if field in ("enterprise", "code", "supervisor"):
            continue  # the key would no longer fit, which is a rejection of its own
        wrong = example(path) | {field: {"not": "this"} if not isinstance(value, dict) else 5}
        assert decoded(name, wrong).rejected, field
