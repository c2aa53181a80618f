"""The two public sets as hazard sources: shapes, units, limits from normal rows only, frames by arrival time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
import yaml

from backfill.datasets import DatasetError, Play, petrobras, played, tep
from backfill.datasets.dataset import LATENCY_MS, START_MS, Dataset
from backfill.datasets.limits import limits_from
from models.inherent import Substance, assess
from streams.decode import registry_units
from streams.decode.registry_files import check_files
from streams.domain.messages import Frame
from streams.domain.registry import Enterprise, Point, Region


def points_of(dataset: Dataset) -> dict[str, Point]:
    return {p.code: p for device in dataset.enterprise.sources[0].devices for p in device.points}


@pytest.mark.parametrize("fault", [0, 1, 6, 21])
def test_tep_has_all_channels_in_known_units(fault: int) -> None:
    data = tep.dataset(fault)
    assert data.rows.values.shape == (960, 52)
    assert data.normal.values.shape == (500, 52)
    assert data.rows.valid.all()
    assert [e.first for e in data.events] == ([160] if fault else [])
    assert set(points_of(data)) == set(data.codes)
    assert all(registry_units.fits(p.quantity, p.unit) for p in points_of(data).values())


@pytest.mark.parametrize("make", [tep.dataset, petrobras.dataset])
def test_values_lie_in_the_range_of_their_instruments(make: Callable[[], Dataset]) -> None:
    data = make()
    for j, code in enumerate(data.codes):
        point, seen = points_of(data)[code], data.rows.values[data.rows.valid[:, j], j]
        assert point.range_lo <= seen.min(), code
        assert seen.max() <= point.range_hi, code


def test_tep_limits_are_quiet_on_another_normal_run_and_loud_on_a_grave_fault() -> None:
    def beyond(fault: int) -> int:
        data = tep.dataset(fault)
        limits = [points_of(data)[code].limits for code in data.codes]
        return sum(
            int(np.count_nonzero(data.rows.values[:, j] > limit.h)) for j, limit in enumerate(limits) if limit.h is not None
        ) + sum(int(np.count_nonzero(data.rows.values[:, j] < limit.l)) for j, limit in enumerate(limits) if limit.l is not None)

    assert beyond(0) == 0
    assert beyond(6) > 500  # loss of the A feed: the run ends in a shutdown


def test_the_faulty_rows_do_not_move_limits() -> None:
    assert tep.dataset(0).enterprise == tep.dataset(6).enterprise


@pytest.mark.parametrize("fault", [-1, 22])
def test_an_unknown_fault_is_an_error(fault: int) -> None:
    with pytest.raises(DatasetError, match="fault must be 0 to 21"):
        tep.dataset(fault)


@pytest.mark.parametrize("make", [tep.dataset, petrobras.dataset])
def test_the_invented_enterprise_has_a_grade_and_says_that_it_is_invented(make: Callable[[], Dataset]) -> None:
    data = make()
    source = data.enterprise.sources[0]
    result = assess([Substance(c.name, c.design_t, c.cas, toxic_gas=c.toxic_gas) for c in source.chemicals], source.people)
    assert result.grade == "III"
    assert "虚构" in data.enterprise.name
    assert {p.role for p in source.persons} == {"principal", "technical", "operational"}


def test_petrobras_bad_words_are_null_and_not_valid() -> None:
    data = petrobras.dataset()
    assert data.rows.values.shape == (3169, 108)
    assert int(np.count_nonzero(~data.rows.valid)) == 498
    frame = next(msgspec.json.decode(r.value or b"", type=Frame) for r in played(data) if r.topic == "readings")
    assert frame.values[2] is None
    assert frame.valid is not None
    assert frame.valid[:4] == [True, True, False, True]
    assert data.events[0].first == 2664


def test_petrobras_limits_come_from_rows_before_the_event() -> None:
    data = petrobras.dataset()
    assert len(data.normal.values) + (0 if data.holdout is None else len(data.holdout.values)) <= data.events[0].first


def test_an_unknown_word_is_an_error_with_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(",tag0,tag1\n2017-12-24 00:00:00,1.0,Bad\n2017-12-24 00:05:00,1.0,Worse\n")
    with pytest.raises(DatasetError, match=r"x\.csv:3: column tag1: 'Worse'"):
        petrobras.read(path)
    path.write_text(",tag0,tag1\n2017-12-24 00:00:00,1.0\n")
    with pytest.raises(DatasetError, match=r"x\.csv:2: 2 cells, not 3"):
        petrobras.read(path)


def test_frames_arrive_in_real_cadence_or_compressed() -> None:
    data = tep.dataset(1)
    slow = [r for r in played(data, Play(last_row=3)) if r.topic == "readings"]
    assert [r.arrival_ms - START_MS - LATENCY_MS for r in slow] == [0, 180_000, 360_000]
    fast = data.faster(180)
    quick = [r for r in played(fast, Play(last_row=3)) if r.topic == "readings"]
    assert [r.arrival_ms - START_MS - LATENCY_MS for r in quick] == [0, 1000, 2000]
    assert {p.period_s for p in points_of(fast).values()} == {1.0}
    stamps = [msgspec.json.decode(r.value or b"", type=Frame).collected_at for r in quick]
    assert [r.arrival_ms - at for r, at in zip(quick, stamps, strict=True)] == [LATENCY_MS] * 3


def test_the_registry_comes_before_the_first_frame_parents_first() -> None:
    records = list(played(tep.dataset(1), Play(first_row=100, last_row=102)))
    assert [r.key for r in records] == [
        b"region/990000", b"region/990100", b"region/990101", b"enterprise/TEP000001", b"TEP000001", b"TEP000001",
    ]  # fmt: skip
    assert [r.arrival_ms for r in records] == sorted(r.arrival_ms for r in records)
    assert msgspec.json.decode(records[0].value or b"", type=Region).kind == "province"
    assert msgspec.json.decode(records[3].value or b"", type=Enterprise) == tep.dataset(1).enterprise


def test_two_plays_are_the_same_bytes() -> None:
    assert list(played(tep.dataset(4))) == list(played(tep.dataset(4)))


def test_settled_in_another_county_it_publishes_no_regions() -> None:
    county = Region(code="330101", name="某县", kind="county", parent="330100")
    data = tep.dataset(1).settled(county)
    assert data.regions == ()
    assert (data.enterprise.region, data.enterprise.supervisor) == ("330101", "330101")


def test_speed_must_be_positive() -> None:
    with pytest.raises(DatasetError, match="speedup"):
        tep.dataset(1).faster(0)


def test_limits_that_cannot_be_reached_are_left_out() -> None:
    values = np.array([1.0, 2.0, 3.0] * 50)
    limits = limits_from(values, "both", (0.0, 12.0))
    assert limits.h is not None
    assert limits.hh is None  # beyond the range
    assert (limits.l, limits.ll) == (None, None)
    assert limits_from(values, "high", (-100.0, 100.0)).l is None
    assert limits_from(values, "high", (-100.0, 100.0), grave=False).hh is None


@pytest.mark.parametrize("make", [tep.dataset, petrobras.dataset])
def test_the_registry_accepts_it_without_an_error(make: Callable[[], Dataset]) -> None:
    data = make()
    entries = {"regions": msgspec.to_builtins(list(data.regions)), "enterprises": [msgspec.to_builtins(data.enterprise)]}
    checked = check_files({"x.yaml": yaml.safe_dump(entries, allow_unicode=True)})
    assert checked.registry is not None
    told = {p.id for p in checked.problems if p.severity != "info"}
    thumb = {i for i in told if i.startswith("registry/lacks-")}  # a data set has the signals that it has
    assert told - thumb <= {"registry/no-limits", "registry/no-medium"}
