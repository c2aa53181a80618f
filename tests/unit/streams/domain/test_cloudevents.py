"""Outputs as CloudEvents: attributes that follow from the log alone, both Kafka modes, and the bare value back from either."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from streams.domain import outputs as o
from streams.domain.cloudevents import attributes, data_of, dressed
from streams.domain.log import NO_HASH, Output, chained

WARNING = o.encode("warnings", "S1", o.Warning(
    id="w1", episode="e1", sequence=2, kind="upgrade", scope="source", enterprise="E 1", enterprise_name="厂", source="S1",
    source_name="罐区", region="R", level="red", previous="orange", at_ms=1_700_000_001_500, event_ms=1_700_000_000_250, cause="real",
    causation="c7",
))  # fmt: skip
LEVEL = o.encode("level", "E1/S1", o.LevelNow(
    scope="source", code="S1", enterprise="E1", region="R", level="yellow", since_ms=5, at_ms=1_700_000_000_000,
))  # fmt: skip
OUTPUTS = (WARNING, LEVEL, Output("dead-letters", None, b'{"at_ms":1,"topic":"readings","enterprise":"E1"}'))


def named(output: Output) -> dict[str, str | int]:
    return {a.name: a.value for a in attributes(output, "000000000004.000000")}


def test_a_warning_says_who_what_when_and_because_of_what() -> None:
    assert named(WARNING) == {
        "id": "w1", "source": "/enterprises/E%201", "specversion": "1.0", "type": "riskstream.warning.upgrade.v1",
        "datacontenttype": "application/json", "dataschema": "schemas/warnings/v1.json", "subject": "S1",
        "time": "2023-11-14T22:13:20.250Z", "partitionkey": "S1", "sequence": "000000000004.000000",
        "recordedtime": "2023-11-14T22:13:21.500Z", "correlationid": "e1", "causationid": "c7", "severitytext": "FATAL",
        "severitynumber": 21,
    }  # fmt: skip


def test_required_attributes_are_there_for_every_topic_and_names_are_legal() -> None:
    for output in OUTPUTS:
        found = named(output)
        assert {"id", "source", "specversion", "type"} <= found.keys()
        assert all(name.isalnum() and name == name.lower() and len(name) <= 20 for name in found)


def test_binary_mode_leaves_the_value_alone() -> None:
    for before, after in zip(OUTPUTS, dressed(OUTPUTS, 4, "binary"), strict=True):
        headers = dict(after.headers)
        assert after.value == before.value
        assert after.key == before.key
        assert headers["content-type"] == b"application/json"
        assert headers["ce_specversion"] == b"1.0"
        assert "ce_datacontenttype" not in headers, "in binary mode that is the content-type"


def test_structured_mode_wraps_the_value_and_gives_it_back() -> None:
    for before, after in zip(OUTPUTS, dressed(OUTPUTS, 4, "structured"), strict=True):
        envelope = json.loads(after.value)
        assert dict(after.headers) == {"content-type": b"application/cloudevents+json"}
        assert envelope["data"] == json.loads(before.value)
        assert envelope["type"] == named(before)["type"]
        assert data_of(after.value) == before.value


@example(b'{"specversion":"1.0",')
@given(st.binary())
def test_what_is_no_envelope_is_left_alone(value: bytes) -> None:
    assert data_of(value) == value


@pytest.mark.parametrize("value", [b"\x00\x01", b"[1]", b'{"at_ms":"soon"}', b'{"at_ms":99999999999999999}'])
def test_what_cannot_be_described_goes_out_bare(value: bytes) -> None:
    strange = Output("warnings", b"S1", value)
    assert dressed((strange, LEVEL), 1, "structured")[0] == strange


def test_the_outcome_does_not_depend_on_the_mode() -> None:
    assert chained(NO_HASH, OUTPUTS) == chained(NO_HASH, dressed(OUTPUTS, 9, "binary"))


@pytest.mark.parametrize("mode", ["binary", "structured"])
def test_sequence_orders_a_partition(mode: str) -> None:
    names = []
    for step in (1, 2, 11):
        for output in dressed(OUTPUTS, step, mode):  # type: ignore[arg-type]
            said = dict(output.headers).get("ce_sequence", b"").decode() or json.loads(output.value)["sequence"]
            names.append(said)
    assert names == sorted(names)
    assert len(set(names)) == len(names)
