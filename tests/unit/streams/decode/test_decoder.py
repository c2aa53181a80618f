"""What decode makes of every kind of message, good and bad."""

import json
import math
from typing import Any, ClassVar

import msgspec
import pytest

from streams.decode.decoder import Decoder
from streams.decode.stamps import EARLIEST_MS, LATEST_MS
from streams.domain.catalogue import text
from streams.domain.columns import Decoded, RegistryChange
from streams.domain.log import RawRecord
from streams.domain.messages import Commitment, EnterpriseAlarm, VideoStatus
from streams.domain.scale import Wire

T = 1_700_000_000_000
ENTERPRISE = "210911001"
NO_VALUE = object()
RATES = {"date": "2026-01-05", "risk_analysis": 1.0, "inspection": 1.0, "rectification": 1.0}
OUTAGE = {"id": "o", "kind": "outage", "filed_at": T, "start_at": T, "end_at": T, "filed_by": "x", "reason": ""}


def frame(**changes: object) -> dict[str, object]:
    message: dict[str, object] = {
        "enterprise": ENTERPRISE, "gateway": "G1", "collected_at": T, "codes": ["P1", "P2", "P3"], "values": [1.5, 2, -3.25],
    }  # fmt: skip
    message.update(changes)
    return {k: v for k, v in message.items() if v is not NO_VALUE}


def decoded(value: object, topic: str = "readings", key: bytes | None = ENTERPRISE.encode(), **options: int) -> Decoded:
    body = value if isinstance(value, bytes) or value is None else json.dumps(value).encode()
    return Decoder(**options).decode([RawRecord(topic, 3, 42, T, key, body)], [T + 7])


def readings(result: Decoded) -> list[tuple[str, float, int]]:
    """(code, value, wire) of the first frame."""
    names = json.loads(result.frames.codes[0])
    values, wire = result.frames.value.tolist(), result.frames.wire.tolist()
    return list(zip(names, values, wire, strict=True))


def reasons(result: Decoded) -> list[tuple[str, str]]:
    """(field, reason without the catalogue's prefix) of each rejection; every reason must have words."""
    for rejected in result.rejected:
        assert text(rejected.reason, "zh") != text(rejected.reason, "en")
    return [(r.field, r.reason.removeprefix("reject.")) for r in result.rejected]


def raw_frame(values: str) -> bytes:
    return (
        f'{{"enterprise":"{ENTERPRISE}","gateway":"G1","collected_at":{T},"codes":["P1","P2","P3"],"values":{values}}}'
    ).encode()


class TestFrame:
    def test_a_good_frame_becomes_columns(self) -> None:
        result = decoded(frame())
        assert readings(result) == [("P1", 1.5, Wire.OK), ("P2", 2.0, Wire.OK), ("P3", -3.25, Wire.OK)]
        assert result.frames.event_ms.tolist() == [T] * 3
        assert result.frames.enterprise == [ENTERPRISE]
        assert (result.frames.gateway, result.frames.connected, result.frames.units) == (["G1"], [True], [b""])
        assert result.frames.start.tolist() == [0, 3]
        at = result.frames.at[0]
        assert (at.order, at.log_ms, at.topic, at.partition, at.offset) == (0, T + 7, "readings", 3, 42)
        assert not result.rejected

    def test_null_is_absent_and_no_dead_letter(self) -> None:
        result = decoded(frame(values=[1.5, None, 2.5]))
        assert readings(result) == [("P1", 1.5, Wire.OK), ("P2", 0.0, Wire.ABSENT), ("P3", 2.5, Wire.OK)]
        assert not result.rejected

    def test_extras_are_carried(self) -> None:
        result = decoded(frame(valid=[True, False, True], units=["kPa", "MPa", "m"], at=[T, T + 1, T - 1]))
        assert [w for _, _, w in readings(result)] == [Wire.OK, Wire.INVALID, Wire.OK]
        assert result.frames.event_ms.tolist() == [T, T + 1, T - 1]
        assert json.loads(result.frames.units[0]) == ["kPa", "MPa", "m"]
        assert not result.rejected

    def test_a_lost_data_source_keeps_its_values_as_invalid(self) -> None:
        result = decoded(frame(connected=False, values=[1.5, None, 2.5]))
        assert [w for _, _, w in readings(result)] == [Wire.INVALID, Wire.ABSENT, Wire.INVALID]

    def test_an_empty_frame_says_that_the_gateway_lives(self) -> None:
        result = decoded(frame(codes=[], values=[]))
        assert result.frames.start.tolist() == [0, 0]
        assert not result.rejected

    @pytest.mark.parametrize(
        ("token", "reason"),
        [
            ("NaN", "not_a_number"), ("Infinity", "not_a_number"), ("-Infinity", "not_a_number"), ("nan", "not_a_number"),
            ("-1.#IND", "not_a_number"), ("+Inf", "not_a_number"), (".5", "not_a_number"), ("0x1F", "not_a_number"),
            ("1e999", "overflow"), ("9" * 400, "overflow"), ("9" * 5000, "overflow"),
            ('"12.5"', "numeric_string"), ('" 12.5 "', "numeric_string"), ('"off"', "wrong_type"), ('"NaN"', "wrong_type"),
            ("true", "boolean"), ("false", "boolean"), ("[1]", "nested"), ('{"v":1}', "nested"), ('"\\ud800"', "wrong_type"),
        ],
    )  # fmt: skip
    def test_a_bad_value_costs_that_value_only(self, token: str, reason: str) -> None:
        result = decoded(raw_frame(f"[1.5,{token},99.0]"))
        assert readings(result) == [("P1", 1.5, Wire.OK), ("P2", 0.0, Wire.ABSENT), ("P3", 99.0, Wire.OK)]
        assert reasons(result) == [("values[1]", reason)]
        rejected = result.rejected[0]
        assert (rejected.at.topic, rejected.at.partition, rejected.at.offset) == ("readings", 3, 42)
        assert rejected.enterprise == ENTERPRISE
        assert rejected.detail.startswith("P2: ")
        assert b'"P2"' in rejected.payload
        assert len(rejected.detail) < 400

    def test_several_bad_values_each_have_their_dead_letter(self) -> None:
        result = decoded(raw_frame('[NaN,"1",-Infinity]'))
        assert reasons(result) == [("values[0]", "not_a_number"), ("values[1]", "numeric_string"), ("values[2]", "not_a_number")]
        assert result.rejected[2].detail == "P3: -Infinity"
        assert result.frames.wire.tolist() == [Wire.ABSENT] * 3

    def test_bare_words_are_told_apart_in_their_order(self) -> None:
        result = decoded(raw_frame("[nan,inf,1.#QNAN]"))
        assert [r.detail for r in result.rejected] == ["P1: nan", "P2: inf", "P3: 1.#QNAN"]

    def test_words_inside_texts_are_left_alone(self) -> None:
        result = decoded(frame(gateway='nan "inf" \\', values=[1.0, 2.0, "x"]))
        assert result.frames.gateway == ['nan "inf" \\']

    def test_integers_beyond_int64_are_numbers(self) -> None:
        assert readings(decoded(raw_frame(f"[{10**30},1,2]")))[0] == ("P1", 1e30, Wire.OK)

    def test_a_code_named_twice_hides_nothing(self) -> None:
        """The leak may be in either of the two values."""
        result = decoded(frame(codes=["P1", "P1", "P2"], values=[1.0, 99.0, 2.0]))
        assert readings(result) == [("P1", 1.0, Wire.OK), ("P1", 99.0, Wire.OK), ("P2", 2.0, Wire.OK)]
        assert reasons(result) == [("codes[1]", "duplicate_code")]

    @pytest.mark.parametrize(
        ("code", "reason"), [(7, "wrong_type"), (None, "wrong_type"), ("", "empty_text"), ("x" * 500, "out_of_range")]
    )
    def test_a_bad_code_costs_its_value_only(self, code: object, reason: str) -> None:
        result = decoded(frame(codes=["P1", code, "P3"]))
        assert readings(result) == [("P1", 1.5, Wire.OK), ("P3", -3.25, Wire.OK)]
        assert reasons(result) == [("codes[1]", reason)]

    def test_a_code_that_is_not_utf8_costs_its_value_only(self) -> None:
        body = json.dumps(frame(codes=["P1", "@", "P3"])).encode().replace(b"@", "温度".encode("gbk"))
        result = decoded(body)
        assert readings(result) == [("P1", 1.5, Wire.OK), ("P3", -3.25, Wire.OK)]
        assert reasons(result) == [("codes[1]", "invalid_utf8")]

    def test_a_bad_unit_costs_its_value_only(self) -> None:
        result = decoded(frame(units=["kPa", 5, "m"]))
        assert [w for _, _, w in readings(result)] == [Wire.OK, Wire.ABSENT, Wire.OK]
        assert reasons(result) == [("units[1]", "wrong_type")]
        assert json.loads(result.frames.units[0]) == ["kPa", "", "m"]

    def test_a_bad_valid_flag_leaves_the_value_in(self) -> None:
        result = decoded(frame(valid=[True, "yes", True]))
        assert [w for _, _, w in readings(result)] == [Wire.OK, Wire.INVALID, Wire.OK]
        assert reasons(result) == [("valid[1]", "wrong_type")]

    @pytest.mark.parametrize("name", ["valid", "at"])
    def test_a_list_beside_the_values_that_does_not_fit_leaves_the_values_in(self, name: str) -> None:
        result = decoded(frame(**{name: [True] if name == "valid" else [T]}))
        assert [w for _, _, w in readings(result)] == [Wire.OK] * 3
        assert result.frames.event_ms.tolist() == [T] * 3
        assert reasons(result) == [(name, "length_mismatch")]

    def test_a_bad_stamp_of_one_value_falls_back_to_that_of_the_frame(self) -> None:
        result = decoded(frame(at=[T - 5, "yesterday", T - 7]))
        assert result.frames.event_ms.tolist() == [T - 5, T, T - 7]
        assert reasons(result) == [("at[1]", "wrong_type")]

    @pytest.mark.parametrize(
        ("stamp", "event_ms"), [(0, EARLIEST_MS), (T // 1000, EARLIEST_MS), (2**70, LATEST_MS - 1), (-5, EARLIEST_MS)]
    )
    def test_an_impossible_clock_is_said_and_its_values_are_judged(self, stamp: int, event_ms: int) -> None:
        """A gateway that restarts in 1970 may be reporting a leak."""
        result = decoded(frame(collected_at=stamp))
        assert [v for _, v, _ in readings(result)] == [1.5, 2.0, -3.25]
        assert result.frames.event_ms.tolist() == [event_ms] * 3
        assert reasons(result) == [("collected_at", "stamp_range")]

    def test_a_clock_that_is_hours_ahead_is_not_decodes_business(self) -> None:
        result = decoded(frame(collected_at=T + 9 * 3_600_000))
        assert result.frames.event_ms.tolist() == [T + 9 * 3_600_000] * 3
        assert not result.rejected

    @pytest.mark.parametrize(
        ("message", "field", "reason"),
        [
            (frame(values=[1.0]), "values", "length_mismatch"),
            (frame(units=["kPa"]), "units", "length_mismatch"),
            (frame(codes="P1"), "codes", "wrong_type"),
            (frame(values={"P1": 1}), "values", "wrong_type"),
            (frame(values=None), "values", "wrong_type"),
            (frame(values=NO_VALUE), "values", "missing_field"),
            (frame(collected_at=NO_VALUE), "collected_at", "missing_field"),
            (frame(collected_at="2023-11-14"), "collected_at", "wrong_type"),
            (frame(collected_at=1.5), "collected_at", "wrong_type"),
            (frame(gateway=5), "gateway", "wrong_type"),
            (frame(connected="yes"), "connected", "wrong_type"),
            (frame(extra=1), "extra", "unknown_key"),
            (frame(schema=2), "schema", "schema_version"),
            (frame(enterprise="OTHER"), "enterprise", "key_mismatch"),
            (frame(enterprise=5), "enterprise", "wrong_type"),
            (["not", "an", "object"], "", "not_an_object"),
            (b'"text"', "", "not_an_object"),
            (b"{", "", "malformed"),
            (b"\xff\xfe\x00", "", "invalid_utf8"),
            (b'{"enterprise":' + b"[" * 200_000, "", "too_deep"),
            (b"", "", "empty"),
            (None, "", "tombstone"),
        ],
    )
    def test_a_record_that_cannot_be_used(self, message: Any, field: str, reason: str) -> None:
        result = decoded(message)
        assert reasons(result) == [(field, reason)]
        assert not result.frames.at
        body = message if isinstance(message, bytes) or message is None else json.dumps(message).encode()
        assert result.rejected[0].payload == (body or b"")

    def test_ten_megabytes_are_refused_with_their_size(self) -> None:
        result = decoded(b"[" + b"1," * 5_000_000 + b"1]")
        assert reasons(result) == [("", "too_large")]
        assert result.rejected[0].detail == "10000003 > 1048576 bytes"

    def test_the_limit_is_a_setting(self) -> None:
        size = len(json.dumps(frame()))
        assert not decoded(frame(), max_bytes=size).rejected
        assert reasons(decoded(frame(), max_bytes=size - 1)) == [("", "too_large")]

    @pytest.mark.parametrize(
        ("key", "reason"), [(None, "key_missing"), (b"", "key_missing"), (b"\xff", "key_mismatch"), (b"X", "key_mismatch")]
    )
    def test_the_key_must_be_the_enterprise(self, key: bytes | None, reason: str) -> None:
        assert [r for _, r in reasons(decoded(frame(), key=key))] == [reason]

    def test_one_decoder_gives_the_same_as_many(self) -> None:
        bodies = [
            json.dumps(m).encode() for m in (frame(), frame(values=[1, None, 2]), frame(codes=["A", "A", "B"]), frame(at=[T] * 3))
        ]
        records = [RawRecord("readings", 3, i, T, ENTERPRISE.encode(), b) for i, b in enumerate(bodies * 3)]
        together = Decoder().decode(records, [T] * len(records))
        assert together.frames.value.tolist() == [v for r in records for v in Decoder().decode([r], [T]).frames.value.tolist()]
        assert [r.at.order for r in together.rejected] == [2, 6, 10]
        assert [a.order for a in together.frames.at] == list(range(12))

    def test_a_decoder_starts_each_step_empty(self) -> None:
        decoder = Decoder()
        record = RawRecord("readings", 3, 1, T, ENTERPRISE.encode(), json.dumps(frame()).encode())
        first = decoder.decode([record], [T])
        second = decoder.decode([], [])
        assert len(first.frames.at) == 1
        assert (len(second.frames.at), second.frames.start.tolist(), len(second.frames.value)) == (0, [0], 0)


class TestEvents:
    def test_a_commitment_with_missing_fields_is_a_commitment(self) -> None:
        result = decoded({"enterprise": ENTERPRISE, "date": "2026-01-05"}, "commitments")
        event = result.events[0].event
        assert isinstance(event, Commitment)
        assert event.signed_by is None
        assert not result.rejected

    @pytest.mark.parametrize(
        ("topic", "message", "field", "reason"),
        [
            ("commitments", {"date": "2026-02-30"}, "date", "bad_date"),
            ("commitments", {"date": "2026-2-3"}, "date", "bad_date"),
            ("commitments", {"date": "2026-01-05", "units_total": -1}, "units_total", "out_of_range"),
            ("commitments", {"date": "2026-01-05", "units_total": "5"}, "units_total", "wrong_type"),
            ("commitments", {"date": "2026-01-05", "risk_grade": "pink"}, "risk_grade", "unknown_value"),
            ("commitments", {"date": "2026-01-05", "signed_at": 5}, "signed_at", "stamp_range"),
            ("prevention-indicators", RATES | {"risk_analysis": 98.0}, "risk_analysis", "out_of_range"),
            ("outages", OUTAGE | {"start_at": T + 9}, "end_at", "bad_interval"),
            ("outages", OUTAGE | {"filed_at": 0}, "filed_at", "stamp_range"),
            ("actions", {"id": "", "kind": "verify", "author": "a", "role": "operator", "at": T}, "id", "empty_text"),
            ("actions", {"id": "1", "kind": "verify", "author": "a", "role": "operator"}, "at", "missing_field"),
            ("video-status", {"collected_at": T, "cameras": ["C1"], "states": []}, "states", "length_mismatch"),
            ("video-alarms", {"id": "1", "camera": "C", "kind": "flame", "state": "on", "at": T, "zoom": 2}, "zoom", "unknown_key"),
        ],
    )  # fmt: skip
    def test_an_event_that_cannot_be_used(self, topic: str, message: dict[str, object], field: str, reason: str) -> None:
        result = decoded({"enterprise": ENTERPRISE} | message, topic)
        assert reasons(result) == [(field, reason)]
        assert not result.events

    def test_a_flame_seen_by_a_camera_with_an_impossible_clock_is_still_a_flame(self) -> None:
        alarm = {"enterprise": ENTERPRISE, "id": "1", "camera": "C", "kind": "flame", "state": "on", "at": 12}
        result = decoded(alarm, "video-alarms")
        assert [e.event.at for e in result.events] == [EARLIEST_MS]  # type: ignore[union-attr]
        assert reasons(result) == [("at", "stamp_range")]

    @pytest.mark.parametrize(("value", "reason"), [("NaN", "not_a_number"), ('"12.5"', "numeric_string"), ("1e999", "overflow")])
    def test_an_alarm_outlives_the_number_beside_it(self, value: str, reason: str) -> None:
        body = f'{{"enterprise":"{ENTERPRISE}","point":"P1","state":"HH","at":{T},"value":{value}}}'.encode()
        result = decoded(body, "enterprise-alarms")
        assert [e.event for e in result.events] == [EnterpriseAlarm(enterprise=ENTERPRISE, point="P1", state="HH", at=T)]
        assert reasons(result) == [("value", reason)]

    def test_one_camera_in_an_unknown_state_costs_that_camera_only(self) -> None:
        message = {
            "enterprise": ENTERPRISE,
            "collected_at": T,
            "cameras": ["C1", "C2", "C3"],
            "states": ["online", "asleep", "masked"],
        }
        result = decoded(message, "video-status")
        event = result.events[0].event
        assert isinstance(event, VideoStatus)
        assert list(zip(event.cameras, event.states, strict=True)) == [("C1", "online"), ("C3", "masked")]
        assert reasons(result) == [("states[1]", "unknown_value")]

    def test_a_camera_named_twice_is_said_and_keeps_both_states(self) -> None:
        message = {"enterprise": ENTERPRISE, "collected_at": T, "cameras": ["C1", "C1"], "states": ["online", "masked"]}
        result = decoded(message, "video-status")
        assert len(result.events[0].event.cameras) == 2  # type: ignore[union-attr]
        assert reasons(result) == [("cameras[1]", "duplicate_code")]

    def test_an_event_of_another_enterprise_is_refused(self) -> None:
        message = {"enterprise": "OTHER", "date": "2026-01-05"}
        assert reasons(decoded(message, "commitments")) == [("enterprise", "key_mismatch")]

    def test_topics_that_nobody_declared_are_said(self) -> None:
        assert reasons(decoded({}, "gossip")) == [("", "unknown_topic")]


class TestBroadcast:
    REGION: ClassVar[dict[str, object]] = {"code": "2109", "name": "阜新市", "kind": "city"}

    def test_a_registry_record_and_its_removal(self) -> None:
        change = decoded(self.REGION, "registry", b"region/2109").events[0].event
        assert isinstance(change, RegistryChange)
        assert (change.key, getattr(change.record, "name", "")) == ("region/2109", "阜新市")
        gone = decoded(None, "registry", b"region/2109").events[0].event
        assert gone == RegistryChange("region/2109", None)

    @pytest.mark.parametrize("key", [b"2109", b"town/2109", b"region/", b"region/2108", b"\xff/1"])
    def test_a_key_that_does_not_fit_its_record(self, key: bytes) -> None:
        assert [r for _, r in reasons(decoded(self.REGION, "registry", key))] == ["bad_key"]

    def test_an_unknown_key_deep_inside_is_named_with_its_path(self) -> None:
        enterprise = {"code": "E", "name": "E", "region": "2109", "supervisor": "2109",
                      "devices": [{"code": "D", "name": "D", "points": [{"code": "P", "colour": "red"}]}]}  # fmt: skip
        assert reasons(decoded(enterprise, "registry", b"enterprise/E")) == [("devices[0].points[0].colour", "unknown_key")]

    def test_broadcast_messages_need_no_enterprise_key(self) -> None:
        for topic, message in (
            ("weather", {"region": "2109", "at": T, "wind_ms": 5}),
            ("calendar", {"region": "2109", "id": "h", "name": "节", "start_at": T, "end_at": T + 1}),
            ("rules", {"hash": "a" * 64, "files": {"a.yaml": "x"}}),
            ("parameters", {"hash": "a" * 64, "files": {}}),
            ("models", {"source": "S", "hash": "h", "kind": "pca", "points": [], "arrays": {"m": [1.0]}, "meta": {}}),
        ):
            result = decoded(message, topic, None)
            assert len(result.events) == 1, result.rejected

    def test_a_tombstone_of_a_rule_set_removes_nothing(self) -> None:
        assert reasons(decoded(None, "rules", b"rules")) == [("", "tombstone")]


def test_every_reason_has_its_words() -> None:
    import streams.domain.texts.decode as texts

    for key in texts.TEXTS:
        assert text(key, "zh")
        assert text(key, "en")


def test_messages_survive_their_own_encoding() -> None:
    body = msgspec.json.encode(Commitment(enterprise=ENTERPRISE, date="2026-01-05", units_total=3, trial_production=False))
    event = decoded(body, "commitments").events[0].event
    assert isinstance(event, Commitment)
    assert (event.units_total, event.trial_production) == (3, False)
    assert not any(math.isnan(v) for v in decoded(frame()).frames.value)
