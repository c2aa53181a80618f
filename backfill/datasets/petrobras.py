"""A real stretch of an oil plant (Petrobras, CC-BY 4.0, in the package bibmon): 108 anonymous tags every 5 minutes, 11 days.

Values are standardised by the publisher, so units are dimensionless. The historian's words for bad quality (`Bad`,
`Inp OutRange`, `Scan Timeout`) become null with valid = false. One event is known: tag100, 2018-01-02 06:00 to 09:00.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from backfill.datasets import invented
from backfill.datasets.bibmon_files import data_file
from backfill.datasets.dataset import Dataset, DatasetError, Event, Floats, Rows
from backfill.datasets.limits import Spread, limits_from, scale_of
from streams.domain.registry import Chemical, Device, HazardSource, Limits, Point

ENTERPRISE, SOURCE, GATEWAY = "PBR000001", "PBR000001001", "PBR-GW1"
PERIOD_S = 300.0
BAD_WORDS = ("Bad", "Inp OutRange", "Scan Timeout")
NORMAL_ROWS = 2304  # eight days; the event begins at row 2664
EVENT_FROM, EVENT_TO = "2018-01-02 06:00:00", "2018-01-02 09:00:00"
TAGS_A_DEVICE = 27
SPREAD = Spread(10.0, 15.0)  # a plant that changes its regime: closer limits would be crossed by normal operation


def read(path: Path | None = None) -> tuple[list[str], list[str], Rows]:
    """Times, tags and rows. Anything that is neither a number nor a known bad word is an error with line and column."""
    path = path or data_file("real_process_data/real_process_data.csv")
    times: list[str] = []
    values: list[list[float]] = []
    valid: list[list[bool]] = []
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        tags = next(lines, ["", ""])[1:]
        for line in lines:
            if len(line) != len(tags) + 1:
                raise DatasetError("cells", f"{path}:{lines.line_num}: {len(line)} cells, not {len(tags) + 1}",
                                   place=f"{path}:{lines.line_num}", detail=f"{len(line)} / {len(tags) + 1}")  # fmt: skip
            row, good = [0.0] * len(tags), [False] * len(tags)
            for j, word in enumerate(line[1:]):
                if word not in BAD_WORDS:
                    row[j], good[j] = _number(word, path, lines.line_num, tags[j]), True
            times.append(line[0])
            values.append(row)
            valid.append(good)
    return times, tags, Rows(np.array(values, dtype=np.float64), np.array(valid, dtype=np.bool_))


def _number(word: str, path: Path, line: int, column: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        raise DatasetError("not_a_number", f"{path}:{line}: column {column}: {word!r} is no number and no known bad word",
                           place=f"{path}:{line}", column=column, word=word)  # fmt: skip
    return value


def _point(tag: str, normal: Floats) -> Point:
    scale, middle = scale_of(normal), float(np.median(normal))
    half = max(60.0 * scale, 4.0 * float(np.ptp(normal)), 20.0)
    reach = (round(middle - half, 1), round(middle + half, 1))
    moves = float(np.ptp(normal)) > 1e-9
    limits = limits_from(normal, "both", reach, grave=True, spread=SPREAD) if moves else Limits()
    return Point(
        code=tag.upper(), name=f"匿名测点{tag.removeprefix('tag')}", quantity="generic", unit="1", range_lo=reach[0],
        range_hi=reach[1], limits=limits, danger="both", period_s=PERIOD_S,
    )  # fmt: skip


def dataset() -> Dataset:
    """The whole stretch; limits and `normal` come from its first eight days only."""
    times, tags, rows = read()
    normal = rows.part(0, NORMAL_ROWS)
    points = [_point(tag, normal.values[normal.valid[:, j], j]) for j, tag in enumerate(tags)]
    devices = tuple(
        Device(
            code=f"PBR-D{k // TAGS_A_DEVICE + 1}",
            name=f"匿名设备{k // TAGS_A_DEVICE + 1}",
            kind="other",
            area=f"区域{k // TAGS_A_DEVICE + 1}",
            points=tuple(points[k : k + TAGS_A_DEVICE]),
        )
        for k in range(0, len(points), TAGS_A_DEVICE)
    )
    source = HazardSource(
        code=SOURCE,
        name="油品装置(公开实测数据,测点匿名)",
        kind="process_unit",
        people=10,
        chemicals=(Chemical(name="汽油", cas="86290-81-5", design_t=4000.0),),  # invented design maximum
        devices=devices,
        persons=invented.PERSONS,
    )
    return Dataset(
        name="petrobras",
        regions=invented.REGIONS,
        enterprise=invented.enterprise(ENTERPRISE, "公开实测数据演示石化", "Real-data demo petrochemicals", source),
        source=SOURCE,
        gateway=GATEWAY,
        codes=tuple(point.code for point in points),
        period_s=PERIOD_S,
        rows=rows,
        normal=normal.part(0, NORMAL_ROWS * 5 // 6),
        holdout=normal.part(NORMAL_ROWS * 5 // 6),
        events=(Event("tag100", times.index(EVENT_FROM), times.index(EVENT_TO)),),
        origin="bibmon 1.2.0, real_process_data.csv (Petrobras, CC-BY 4.0)",
    )
