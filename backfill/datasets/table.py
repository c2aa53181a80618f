"""Any CSV or Parquet table as a hazard source, by a small YAML mapping: so that a data set nobody foresaw can be played."""

from __future__ import annotations

import csv
import datetime
import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from backfill.datasets import invented
from backfill.datasets.dataset import Dataset, DatasetError, Event, Floats, Rows
from backfill.datasets.limits import limits_from, scale_of
from backfill.datasets.table_mapping import Bound, Mapping, PointColumns, Time, bound, plain, read_mapping
from streams.domain.registry import Device, Enterprise, HazardSource, Limits, Point

MAX_ROWS = 5_000_000
NORMAL_SHARE = 0.5  # of the rows, when the mapping names none


class Raw(NamedTuple):
    """A table as it was read: names, and rows of cells (text, numbers, None) with the line each begins at."""

    columns: list[str]
    rows: list[list[Any]]
    lines: list[int]


def dataset(path: Path) -> Dataset:
    """The data set that the mapping `path` describes. Raises DatasetError: file:line, column, field, and the way out."""
    mapping, node = read_mapping(path)
    file = path.parent / mapping.table
    if not file.is_file():
        raise DatasetError("no_file", f"{path}:{node.line_of(('table',))}: no file {file}", file=str(file))
    raw = _read_parquet(file) if file.suffix == ".parquet" else _read_csv(file, mapping)
    times = _times(raw, mapping, file)
    columns = bound(mapping, node, path, raw.columns)
    rows = _rows(raw, columns, mapping, file)
    first, last = _normal_span(mapping, len(rows.values), path)
    normal = rows.part(first, last + 1)
    points = [_point(b, normal, i, _period(mapping, times)) for i, b in enumerate(columns)]
    return Dataset(
        name=path.stem,
        regions=invented.REGIONS if mapping.enterprise.region is None else (),
        enterprise=_enterprise(mapping, columns, points),
        source=mapping.source.code,
        gateway=f"{mapping.enterprise.code}-GW1",
        codes=tuple(b.code for b in columns),
        period_s=_period(mapping, times),
        rows=rows,
        normal=normal,
        events=_events(mapping, raw, file),
        origin=f"{mapping.table} by {path.name}",
    )


def _read_csv(file: Path, mapping: Mapping) -> Raw:
    rows: list[list[Any]] = []
    lines: list[int] = []
    try:
        with file.open(encoding=mapping.encoding, newline="") as stream:
            for _ in range(mapping.skip_lines):
                stream.readline()
            reader = csv.reader(stream, delimiter=mapping.delimiter, strict=True)
            first = next(reader, None)
            if first is None:
                raise DatasetError("empty", f"{file}: no rows", file=str(file))
            columns = [c.strip() for c in first] if mapping.header else [f"column{j}" for j in range(len(first))]
            body: Iterator[list[str]] = reader if mapping.header else _with(first, reader)
            for row in body:
                line = reader.line_num + mapping.skip_lines
                if not row:
                    continue
                if len(row) != len(columns):
                    raise _cell_error("cells", file, line, "", f"{len(row)} cells, the header has {len(columns)}")
                rows.append([cell.strip() for cell in row])
                lines.append(line)
                if len(rows) > MAX_ROWS:
                    raise DatasetError("too_long", f"{file}: more than {MAX_ROWS} rows", file=str(file), most=MAX_ROWS)
    except (UnicodeDecodeError, LookupError, csv.Error) as problem:
        raise DatasetError("bad_file", f"{file}: {problem}", file=str(file), problem=str(problem)) from None
    if not rows:
        raise DatasetError("empty", f"{file}: no rows", file=str(file))
    return Raw(columns, rows, lines)


def _with(first: list[str], rest: Iterator[list[str]]) -> Iterator[list[str]]:
    yield first
    yield from rest


def _read_parquet(file: Path) -> Raw:
    try:
        parquet = importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise DatasetError(
            "no_pyarrow", f"{file}: Parquet needs pyarrow: pip install 'riskstream[parquet]'", file=str(file)
        ) from None
    try:
        table = parquet.read_table(file)
    except (OSError, ValueError) as problem:
        raise DatasetError("bad_file", f"{file}: {problem}", file=str(file), problem=str(problem)) from None
    if not table.num_rows:
        raise DatasetError("empty", f"{file}: no rows", file=str(file))
    columns = [table.column(name).to_pylist() for name in table.column_names]
    rows = [list(row) for row in zip(*columns, strict=True)]
    return Raw(list(table.column_names), rows, list(range(1, len(rows) + 1)))


def _cell_error(code: str, file: Path, line: int, column: str, detail: str) -> DatasetError:
    where = f"{file}:{line}" + (f": column {column}" if column else "")
    return DatasetError(code, f"{where}: {detail}", place=f"{file}:{line}", column=column, detail=detail)


def _times(raw: Raw, mapping: Mapping, file: Path) -> list[float] | None:
    """Epoch seconds of the rows, ascending, or None when the table has no times."""
    if mapping.time.column is None:
        return None
    wanted = mapping.time.column
    name = wanted if isinstance(wanted, str) else raw.columns[wanted] if wanted < len(raw.columns) else str(wanted)
    if name not in raw.columns:
        raise DatasetError(
            "no_column", f"{file}: no column {name!r} for times; found {', '.join(raw.columns)}", file=str(file), column=name
        )
    j, read = raw.columns.index(name), _time_reader(mapping.time)
    times: list[float] = []
    for row, line in zip(raw.rows, raw.lines, strict=True):
        try:
            at = read(row[j])
        except (ValueError, TypeError, OverflowError) as problem:
            raise _cell_error(
                "time", file, line, name, f"{plain(row[j])!r} is no time of format {mapping.time.format}: {problem}"
            ) from None
        if times and at < times[-1]:
            raise _cell_error("time_order", file, line, name, f"{plain(row[j])!r} goes back in time: sort the table first")
        times.append(at)
    return times


def _time_reader(time: Time) -> Callable[[Any], float]:
    zone = datetime.timezone(datetime.timedelta(hours=time.utc_offset_h))

    def of_text(value: Any) -> float:
        if isinstance(value, datetime.datetime):
            moment = value
        elif time.format == "iso":
            moment = datetime.datetime.fromisoformat(value)
        else:
            moment = datetime.datetime.strptime(value, time.format)  # noqa: DTZ007 - the zone is set below
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()

    if time.format == "epoch_s":
        return float
    if time.format == "epoch_ms":
        return lambda value: float(value) / 1000.0
    return of_text


def _period(mapping: Mapping, times: list[float] | None) -> float:
    """Period of the rows: as given, else the median step of the times."""
    if mapping.period_s is not None or times is None:
        return float(mapping.period_s or 1.0)
    steps = np.diff(np.array(times))
    steps = steps[steps > 0]
    return float(np.clip(np.median(steps), 0.001, 3600.0)) if len(steps) else 1.0


def _rows(raw: Raw, columns: list[Bound], mapping: Mapping, file: Path) -> Rows:
    values = np.zeros((len(raw.rows), len(columns)))
    valid = np.zeros(values.shape, dtype=np.bool_)
    bad = frozenset(mapping.bad)
    for i, (row, line) in enumerate(zip(raw.rows, raw.lines, strict=True)):
        for k, b in enumerate(columns):
            cell = row[b.place]
            if cell is None or (isinstance(cell, str) and cell in bad):
                continue
            number = _number(cell, mapping)
            if number is None:
                raise _cell_error("not_a_number", file, line, b.column,
                                  f"{plain(cell)!r} is no number; add it to `bad` if it means that there was no reading")  # fmt: skip
            if np.isfinite(number):
                values[i, k], valid[i, k] = number * b.point.scale + b.point.offset, True
    return Rows(values, valid)


def _number(cell: Any, mapping: Mapping) -> float | None:
    try:
        return float(cell.replace(",", ".") if isinstance(cell, str) and mapping.decimal == "," else cell)
    except (TypeError, ValueError):
        return None


def _normal_span(mapping: Mapping, rows: int, path: Path) -> tuple[int, int]:
    """First and last normal row; never beyond the first event that the mapping names."""
    if mapping.normal is not None:
        first, last = mapping.normal.rows
        if not 0 <= first < last < rows:
            raise DatasetError(
                "normal", f"{path}: normal.rows {first} to {last}: the table has rows 0 to {rows - 1}", place=str(path)
            )
        return first, last
    earliest = min((event.rows[0] for event in mapping.events), default=rows)
    return 0, max(1, min(int(rows * NORMAL_SHARE), earliest) - 1)


def _point(b: Bound, normal: Rows, i: int, period_s: float) -> Point:
    p, seen = b.point, normal.values[normal.valid[:, i], i]
    reach = p.range if p.range is not None else _reach(seen)
    limits = p.limits if isinstance(p.limits, Limits) else Limits()
    if p.limits == "auto" and len(seen) > 1 and np.ptp(seen) > 0:
        limits = limits_from(seen, p.danger, reach)
    return Point(
        code=b.code, name=_name(p, b), quantity=p.quantity, unit=p.unit, range_lo=reach[0], range_hi=reach[1], limits=limits,
        danger=p.danger, area=p.area, medium=p.medium, period_s=period_s,
    )  # fmt: skip


def _name(p: PointColumns, b: Bound) -> str:
    return p.name if p.name and b.column == p.column else f"{p.name}{b.column}"


def _reach(seen: Floats) -> tuple[float, float]:
    """A range wide enough that leaving it means a broken instrument, when nobody says what the instrument can measure."""
    if not len(seen):
        return (-1e6, 1e6)
    half = max(60.0 * scale_of(seen), 4.0 * float(np.ptp(seen)), 1e-6)
    middle = float(np.median(seen))
    return (middle - half, middle + half)


def _enterprise(mapping: Mapping, columns: list[Bound], points: list[Point]) -> Enterprise:
    devices: dict[str, list[Point]] = {}
    for b, point in zip(columns, points, strict=True):
        devices.setdefault(b.point.device or f"{mapping.source.code}-D1", []).append(point)
    part = mapping.source
    source = HazardSource(
        code=part.code, name=part.name, kind=part.kind, people=part.people, key_process=part.key_process, grade=part.grade,
        five_high=part.five_high, chemicals=part.chemicals, persons=invented.PERSONS,
        devices=tuple(Device(code=code, name=code, kind="other", points=tuple(of)) for code, of in devices.items()),
    )  # fmt: skip
    county = mapping.enterprise.region or invented.COUNTY.code
    return Enterprise(
        code=mapping.enterprise.code, name=mapping.enterprise.name, region=county, supervisor=county,
        profile=mapping.enterprise.profile, sources=(source,), persons=invented.PERSONS,
    )  # fmt: skip


def _events(mapping: Mapping, raw: Raw, file: Path) -> tuple[Event, ...]:
    events = [Event(event.name, *event.rows) for event in mapping.events]
    if mapping.label is not None:
        if mapping.label not in raw.columns:
            raise DatasetError(
                "no_column", f"{file}: no column {mapping.label!r} for labels", file=str(file), column=mapping.label
            )
        j = raw.columns.index(mapping.label)
        faulty = np.array([_number(row[j], mapping) not in (0.0, None) for row in raw.rows], dtype=np.int8)
        edges = np.flatnonzero(np.diff(np.concatenate([[0], faulty, [0]])))
        events += [Event(mapping.label, int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return tuple(events)
