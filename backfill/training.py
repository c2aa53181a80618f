"""From a data set to a detector on the topic `models`, and to its figures. Demo, tests and `riskstream models` call this."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np

from backfill.datasets import Dataset, DatasetError, Rows, petrobras, table, tep
from backfill.inputs import InputRecord
from models.detectors import Artefact, Detector
from models.detectors.evaluation import Figures, Flags, Run, alarmed_of, figures, floors, over_of
from models.detectors.recipes import Options
from models.detectors.training import Stretch, train
from streams.domain.messages import ModelPublished

TOPIC = "models"
FLOOR_SEED = 1


def dataset_of(name: str) -> Dataset:
    """`tep`, `tep:6` (with that fault), `petrobras`, or the path of a mapping. Raises DatasetError."""
    kind, _, detail = name.partition(":")
    if kind == "tep" and (not detail or detail.isdecimal()):
        return tep.dataset(int(detail or 0))
    if name == "petrobras":
        return petrobras.dataset()
    path = Path(name)
    if not path.is_file():
        raise DatasetError("unknown", f"{name}: no data set of that name and no file; use tep, tep:FAULT, petrobras or the path of a mapping",
                           name=name)  # fmt: skip
    return table.dataset(path)


def trained(dataset: Dataset, kind: str = "mahalanobis", options: Options | None = None) -> Artefact:
    """A detector of `kind` that has seen nothing but the normal rows of `dataset`."""
    holdout = dataset.holdout
    return train(
        kind,
        dataset.codes,
        _stretch(dataset.normal),
        period_s=dataset.period_s,
        options=options,
        holdout=None if holdout is None else _stretch(holdout),
        origin={"dataset": dataset.name, "from": dataset.origin, "source": dataset.source},
    )


def _stretch(rows: Rows) -> Stretch:
    return Stretch(rows.values, rows.valid)


def publication(artefact: Artefact, source: str) -> ModelPublished:
    """The message that puts a detector in service for a hazard source."""
    return ModelPublished(
        source=source,
        hash=artefact.hash,
        kind=artefact.kind,
        points=list(artefact.meta["points"]),
        arrays=artefact.arrays,
        meta=artefact.meta,
    )


def published(artefact: Artefact, source: str, at_ms: int) -> InputRecord:
    """The same as a record of recorded input, keyed by the source: the newest one of a source is in force."""
    return InputRecord(at_ms, TOPIC, source.encode(), msgspec.json.encode(publication(artefact, source)))


def runs_of(dataset: Dataset) -> list[Run]:
    """What a detector is judged by: all 22 test runs of the Tennessee Eastman process, or the rows of one other data set."""
    if dataset.name == "tep":
        return _tep_runs()
    values = np.where(dataset.rows.valid, dataset.rows.values, np.nan)
    learnt = len(dataset.normal.values) if _begins_with(dataset.rows, dataset.normal) else 0
    runs: list[Run] = []
    start = learnt
    for event in sorted(dataset.events, key=lambda e: e.first):
        if event.first > start:
            runs.append(Run(event.name, values[start : event.last + 1], event.first - start))
        start = max(start, event.last + 1)
    if start < len(values):
        runs.append(Run("rest", values[start:]))
    return runs


def _begins_with(rows: Rows, part: Rows) -> bool:
    return bool(np.array_equal(rows.values[: len(part.values)], part.values))


def _tep_runs() -> list[Run]:
    normal = Run("normal", tep.read("d00_te.dat").values)
    # the rows before faults 4 and 5 are the same rows: they count once
    return [
        normal,
        *(Run(f"fault {f}", tep.read(f"d{f:02d}_te.dat").values, tep.FAULT_ROW, f in tep.HARD, f == 5) for f in tep.FAULTS),
    ]


def evaluated(detector: Detector, dataset: Dataset) -> dict[str, Figures]:
    """Figures of a detector, row by row and as it serves, with the floors: name -> figures."""
    missing = [point for point in detector.points if point not in dataset.codes]
    if missing:
        raise DatasetError("points", f"the model needs points that {dataset.name} does not have: {', '.join(missing)}",
                           points=", ".join(missing), name=dataset.name)  # fmt: skip
    columns = [dataset.codes.index(point) for point in detector.points]
    runs = runs_of(dataset)
    judged: dict[str, Flags] = {
        "row by row": over_of(detector, columns),
        "as served": alarmed_of(detector, columns),
        **floors(seed=FLOOR_SEED),
    }
    return {name: figures(flags, runs) for name, flags in judged.items()}
