"""Any table by a mapping: what is read, and that every error names file, line, column or field."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from backfill.datasets import DatasetError, Play, played
from backfill.datasets.table import dataset
from streams.domain.messages import Frame

MAPPING = """\
table: data.csv
time: {column: when, format: iso, utc_offset_h: 8}
bad: ["", "Bad"]
points:
  - {column: P1, code: PT-1, name: 罐顶压力, quantity: pressure, unit: kPa, range: [0, 500], limits: {h: 300, hh: 400}}
  - {column: "T*", quantity: temperature, unit: ℃, scale: 0.1, device: TANK-1}
ignore: [note]
label: fault
normal: {rows: [0, 3]}
source: {code: X00000001001, name: 某储罐, kind: tank_farm, chemicals: [{name: 甲醇, design_t: 800}]}
enterprise: {code: X00000001, name: 某企业}
"""
DATA = """\
when,P1,T1,T2,note,fault
2024-05-01 00:00:00,100,250,300,x,0
2024-05-01 00:00:10,101,251,Bad,x,0
2024-05-01 00:00:20,,252,302,x,0
2024-05-01 00:00:30,103,253,303,x,0
2024-05-01 00:00:40,350,254,304,"a
b",1
2024-05-01 00:00:50,360,255,305,x,1
"""


def written(folder: Path, mapping: str = MAPPING, data: str = DATA) -> Path:
    (folder / "data.csv").write_text(data, encoding="utf-8")
    (folder / "map.yaml").write_text(mapping, encoding="utf-8")
    return folder / "map.yaml"


def test_a_table_becomes_a_hazard_source(tmp_path: Path) -> None:
    data = dataset(written(tmp_path))
    assert data.codes == ("PT-1", "T1", "T2")
    assert data.period_s == 10.0
    assert data.rows.values[0].tolist() == [100.0, 25.0, 30.0]
    assert data.rows.valid.tolist()[1:3] == [[True, True, False], [False, True, True]]
    assert [(e.name, e.first, e.last) for e in data.events] == [("fault", 4, 5)]
    assert len(data.normal.values) == 4
    devices = {d.code: [p.code for p in d.points] for d in data.enterprise.sources[0].devices}
    assert devices == {"X00000001001-D1": ["PT-1"], "TANK-1": ["T1", "T2"]}
    pressure = data.enterprise.sources[0].devices[0].points[0]
    assert (pressure.name, pressure.limits.hh, pressure.period_s) == ("罐顶压力", 400, 10.0)


def test_it_is_played_like_any_other(tmp_path: Path) -> None:
    records = list(played(dataset(written(tmp_path)).faster(10), Play(start_ms=0)))
    frames = [msgspec.json.decode(r.value or b"", type=Frame) for r in records if r.topic == "readings"]
    assert [f.collected_at for f in frames] == [0, 1000, 2000, 3000, 4000, 5000]
    assert frames[1].values == [101.0, pytest.approx(25.1), None]
    assert frames[1].valid == [True, True, False]


def test_automatic_limits_see_normal_rows_only(tmp_path: Path) -> None:
    automatic = MAPPING.replace("limits: {h: 300, hh: 400}", "limits: auto")
    rows = ["when,P1,T1,T2,note,fault"] + [f"2024-05-01 00:00:{i:02d},{100 + i % 3},25{i % 5},300,x,0" for i in range(10)]
    quiet = dataset(written(tmp_path, automatic, "\n".join(rows) + "\n"))
    loud = dataset(written(tmp_path, automatic, "\n".join([*rows, "2024-05-01 00:00:59,499,999,999,x,1"]) + "\n"))
    assert quiet.enterprise == loud.enterprise
    assert quiet.enterprise.sources[0].devices[0].points[0].limits.h is not None


def test_parquet_is_read_alike(tmp_path: Path) -> None:
    import datetime

    import pyarrow as pa
    import pyarrow.parquet as pq

    zone = datetime.timezone(datetime.timedelta(hours=8))
    times = [datetime.datetime(2024, 5, 1, tzinfo=zone) + datetime.timedelta(seconds=10 * i) for i in range(6)]
    table = pa.table(
        {"when": times, "P1": [100.0, 101.0, None, 103.0, 350.0, 360.0], "T1": [250 + i for i in range(6)],
         "T2": ["300", "Bad", "302", "303", "304", "305"], "note": ["x"] * 6, "fault": [0, 0, 0, 0, 1, 1]}
    )  # fmt: skip
    pq.write_table(table, tmp_path / "data.parquet")
    other = dataset(written(tmp_path, MAPPING.replace("data.csv", "data.parquet")))
    csv = dataset(written(tmp_path))
    assert other.rows.values.tolist() == csv.rows.values.tolist()
    assert other.rows.valid.tolist() == csv.rows.valid.tolist()
    assert (other.enterprise, other.events) == (csv.enterprise, csv.events)


@pytest.mark.parametrize(
    ("time", "cells", "period"),
    [
        ("{column: when, format: epoch_s}", ["0", "5", "10"], 5.0),
        ("{column: when, format: epoch_ms}", ["0", "250", "500"], 0.25),
        ("{column: when, format: '%d/%m/%Y %H:%M'}", ["01/02/2024 00:00", "01/02/2024 00:01", "01/02/2024 00:02"], 60.0),
        ("{column: when}", ["2024-01-01T00:00:00Z", "2024-01-01T08:00:02+08:00", "2024-01-01T00:00:04Z"], 2.0),
    ],
)
def test_forms_of_time(tmp_path: Path, time: str, cells: list[str], period: float) -> None:
    mapping = f"table: data.csv\ntime: {time}\npoints: [{{column: a}}]\nsource: {{code: S, name: s}}\nenterprise: {{code: E, name: e}}\n"
    data = "when,a\n" + "".join(f"{cell},{i}\n" for i, cell in enumerate(cells))
    assert dataset(written(tmp_path, mapping, data)).period_s == period


def test_without_header_times_or_points_in_english_decimals(tmp_path: Path) -> None:
    mapping = (
        'table: data.csv\nperiod_s: 2\ndelimiter: ";"\ndecimal: ","\nheader: false\nskip_lines: 1\n'
        'points: [{column: "column*"}]\nsource: {code: S, name: s}\nenterprise: {code: E, name: e}\n'
    )
    data = dataset(written(tmp_path, mapping, "made by hand\n1,5;2\n2,5;3\n"))
    assert data.rows.values.tolist() == [[1.5, 2.0], [2.5, 3.0]]
    assert (data.codes, data.period_s) == (("column0", "column1"), 2.0)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("quantity: pressure", "quantity: presure"), r"map\.yaml:5: .*quantity"),
        (("unit: kPa", "unit: kPascal"), r"map\.yaml:5: unit 'kPascal' does not measure pressure; use one of Pa"),
        (("unit: kPa", "unit: ℃"), r"map\.yaml:5: unit '℃' does not measure pressure"),
        (("range: [0, 500]", "range: [500, 0]"), r"map\.yaml:5: range must ascend"),
        (("h: 300, hh: 400", "h: 400, hh: 300"), r"map\.yaml:5: limits must ascend"),
        (("column: P1", "column: P9"), r"map\.yaml:5: no column 'P9'; the table has when, P1"),
        (("ignore: [note]", "ignore: []"), r"map\.yaml:\d+: columns that no entry names: note; add them to points or to ignore"),
        (("label: fault", "colour: fault"), r"map\.yaml:8: .*colour"),
        (("label: fault", "label: faulty"), "faulty|fault"),
        (("code: PT-1", "code: T1"), "two columns get the code 'T1'"),
        (("data.csv", "missing.csv"), r"map\.yaml:1: no file .*missing\.csv"),
        (("rows: [0, 3]", "rows: [0, 99]"), "the table has rows 0 to 5"),
        (("column: when", "column: While"), "no column 'While' for times"),
        (("scale: 0.1", "scale: 0"), r"map\.yaml:6: scale must not be 0"),
        (("time: {column: when, format: iso, utc_offset_h: 8}", "time: {}"), r"map\.yaml:2: give time\.column, or period_s"),
        (("enterprise: {code: X00000001, name: 某企业}", "enterprise: {code: X00000001}"), r"map\.yaml:11: .*name"),
    ],
)
def test_errors_of_the_mapping_name_the_line(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    assert change[0] in MAPPING
    with pytest.raises(DatasetError, match=says):
        dataset(written(tmp_path, MAPPING.replace(*change)))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ((",101,", ",abc,"), r"data\.csv:3: column P1: 'abc' is no number; add it to `bad`"),
        (("2024-05-01 00:00:10", "yesterday"), r"data\.csv:3: column when: 'yesterday' is no time of format iso"),
        (("2024-05-01 00:00:50", "2024-05-01 00:00:00"), r"data\.csv:8: column when: .* goes back in time"),
        ((",101,251,Bad,x,0", ",101,251"), r"data\.csv:3: 3 cells, the header has 6"),
        ((DATA, ""), "no rows"),
        ((DATA, DATA.splitlines()[0] + "\n"), "no rows"),
    ],
)
def test_errors_of_the_table_name_line_and_column(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    assert change[0] in DATA
    with pytest.raises(DatasetError, match=says):
        dataset(written(tmp_path, data=DATA.replace(*change)))


def test_infinities_are_no_readings(tmp_path: Path) -> None:
    data = dataset(written(tmp_path, data=DATA.replace(",101,", ",inf,")))
    assert not data.rows.valid[1, 0]
