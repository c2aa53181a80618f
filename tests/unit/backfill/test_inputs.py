"""Recordings keep every byte, say where they are broken, and come back in arrival order."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backfill.inputs import InputError, InputRecord, line_of, merge_inputs, read_inputs, record_of, write_inputs

JSON = st.sampled_from([b'{"a":1}', b'{"a": 1 , "\xe4\xb8\xad": [1.50]}', b"[]", b'{"s":"line\\n"}'])
OCTETS = st.one_of(
    st.none(), JSON, st.binary(max_size=20), st.sampled_from([b"null", b'"x"', b"{", b'{"a":1}\n', b' {"a":1}', b"{}x}"])
)
RECORD = st.builds(
    InputRecord, arrival_ms=st.integers(0, 2**53), topic=st.sampled_from(["readings", "registry"]), key=OCTETS, value=OCTETS
)


@given(RECORD)
def test_a_line_keeps_every_byte(record: InputRecord) -> None:
    line = line_of(record)
    assert b"\n" not in line
    assert record_of(line) == record


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.parquet"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
@given(records=st.lists(RECORD, max_size=8))
def test_a_file_keeps_every_record(name: str, tmp_path: Path, records: list[InputRecord]) -> None:
    records = sorted(records, key=lambda r: r.arrival_ms)
    assert write_inputs(tmp_path / name, records) == len(records)
    assert list(read_inputs(tmp_path / name)) == records
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_equal_records_are_equal_files(name: str, tmp_path: Path) -> None:
    records = [InputRecord(1, "readings", b"E", b"{}")]
    write_inputs(tmp_path / name, records)
    (tmp_path / "other").mkdir()
    write_inputs(tmp_path / "other" / name, records)
    assert (tmp_path / name).read_bytes() == (tmp_path / "other" / name).read_bytes()


def test_a_folder_is_merged_by_arrival_and_then_by_file_name(tmp_path: Path) -> None:
    write_inputs(tmp_path / "b.jsonl", [InputRecord(1, "b", None, None), InputRecord(3, "b", None, None)])
    write_inputs(tmp_path / "a.parquet", [InputRecord(1, "a", None, None), InputRecord(2, "a", None, None)])
    (tmp_path / "notes.txt").write_text("not a recording")
    assert [(r.arrival_ms, r.topic) for r in read_inputs(tmp_path)] == [(1, "a"), (1, "b"), (2, "a"), (3, "b")]


def test_merge_is_stable() -> None:
    first, second = [InputRecord(1, "x", None, None)], [InputRecord(1, "y", None, None)]
    assert [r.topic for r in merge_inputs(first, second)] == ["x", "y"]


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (b'{"arrival_ms":1,"topic":"t","value":null}\n{nonsense\n', ":2: "),
        (b'{"arrival_ms":"1","topic":"t"}\n', "arrival_ms"),
        (b'\n\n{"arrival_ms":1}\n', ":3: "),
        (b'{"arrival_ms":1,"topic":"t","colour":1}\n', "colour"),
        (b'{"arrival_ms":1,"topic":""}\n', "topic"),
        (b'{"arrival_ms":1,"topic":"t","value64":"%%"}\n', "value64"),
        (b'{"arrival_ms":2,"topic":"t"}\n{"arrival_ms":1,"topic":"t"}\n', ":2: arrival_ms: 1 comes after 2"),
        (b'{"arrival_ms":1,"topic":"\xff"}\n', ":1: "),
    ],
)
def test_errors_name_file_line_and_field(tmp_path: Path, lines: bytes, says: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(lines)
    with pytest.raises(InputError) as caught:
        list(read_inputs(path))
    assert str(path) in str(caught.value)
    assert says in str(caught.value)


def test_other_files_and_empty_folders_are_errors(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file with one of"):
        read_inputs(tmp_path)
    with pytest.raises(InputError, match="suffix"):
        read_inputs(tmp_path / "x.csv")
    (tmp_path / "x.parquet").write_bytes(b"not parquet")
    with pytest.raises(InputError, match=r"x\.parquet"):
        list(read_inputs(tmp_path / "x.parquet"))
    (tmp_path / "x.jsonl.gz").write_bytes(b"not gzip")
    with pytest.raises(InputError, match=r"x\.jsonl\.gz"):
        list(read_inputs(tmp_path / "x.jsonl.gz"))


def test_parquet_without_a_column_names_it(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"arrival_ms": [1], "topic": ["t"], "key": [b"k"]}), tmp_path / "x.parquet")
    with pytest.raises(InputError, match="value: no such column"):
        list(read_inputs(tmp_path / "x.parquet"))


def test_a_writer_that_fails_leaves_no_file(tmp_path: Path) -> None:
    def broken() -> object:
        yield InputRecord(1, "t", None, None)
        raise RuntimeError("source broke")

    with pytest.raises(RuntimeError, match="source broke"):
        write_inputs(tmp_path / "x.jsonl", broken())  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
