"""Model evidence: each source's detector gets one row of its points when new data have come. It may add to a level, never lower one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.detectors import ArtefactError, Detector
from models.detectors import verify as verify_artefact
from streams.domain.messages import ModelPublished
from streams.engine.desk import Desk
from streams.engine.kernels.judge import Judge
from streams.engine.state import DetectorState, Source

_SHARE_OF_PERIOD = 0.9  # a row is new when event time has moved by most of the period that the detector was trained for
_NAMED = 3


def _homes(desk: Desk, model: ModelPublished) -> list[Source]:
    """Sources that a model may be for. Codes are unique within an enterprise only."""
    return [desk.source(i) for (enterprise, code), i in desk.source_ids.items()
            if code == model.source and model.enterprise in ("", enterprise)]  # fmt: skip


class Detectors:
    """The detectors in service and their state vectors."""

    def __init__(self) -> None:
        self.served: dict[str, Detector] = {}
        self.vectors: dict[str, NDArray[np.float64]] = {}

    def publish(self, desk: Desk, model: ModelPublished, at_ms: int) -> None:
        """Put a model in service for its source; one that cannot be used is refused aloud and the one in service stays."""
        homes = _homes(desk, model)
        if not homes:
            desk.state.models[f"{model.enterprise}/{model.source}"] = model  # its source may be registered later
            return
        source = homes[0]
        try:
            if len(homes) > 1:
                raise ValueError("several enterprises have a source with this code: the model must name its enterprise")
            verify_artefact(model.kind, model.meta, model.arrays, model.hash)
            detector = Detector.restore(model.meta, model.arrays)
        except (ArtefactError, ValueError, KeyError, TypeError) as error:
            desk.voice.finding("model_refused", source.enterprise, at_ms, subject=model.hash, source=source.code,
                               region=desk.site_of(source).record.region, detail={"hash": model.hash, "why": str(error)[:300]})  # fmt: skip
            return
        points = [desk.point_named(source.enterprise, code) for code in detector.points]
        key = f"{source.enterprise}/{source.code}"
        self.served[key] = detector
        self.vectors[key] = detector.initial()
        desk.state.detectors[key] = DetectorState(published=model, points=points, source=source.id)

    def adopt(self, desk: Desk, at_ms: int) -> None:
        """Models that came before their source was registered, and points that came after their model."""
        for key in [key for key, model in desk.state.models.items() if _homes(desk, model)]:
            self.publish(desk, desk.state.models.pop(key), at_ms)
        for code, kept in desk.state.detectors.items():
            enterprise = desk.source(kept.source).enterprise
            kept.points = [desk.point_named(enterprise, p) for p in self.served[code].points]

    def tick(self, desk: Desk, judge: Judge, at_ms: int) -> None:
        """One row to every detector that has new data."""
        for code, kept in desk.state.detectors.items():
            ids = np.array(kept.points, np.int64)
            known = ids >= 0
            if not known.any():
                continue
            event = judge.last_event_ms[ids[known]]
            newest = int(event.max())
            detector = self.served[code]
            if newest <= 0 or newest - kept.stepped_ms < detector.period_s * 1000 * _SHARE_OF_PERIOD:
                continue
            row = np.zeros(len(ids))
            valid = np.zeros(len(ids), bool)
            row[known] = judge.last_value[ids[known]]
            valid[known] = (event > 0) & (newest - event < 3 * detector.period_s * 1000)
            kept.stepped_ms = newest
            verdict = detector.step(self.vectors[code], row, valid)
            self.vectors[code] = verdict.state
            self._note(desk, desk.source(kept.source), kept, verdict.alarmed, verdict.contributions, verdict.statistic,
                       verdict.limit, at_ms)  # fmt: skip

    @staticmethod
    def _note(desk: Desk, source: Source, kept: DetectorState, alarmed: bool, shares: NDArray[np.float64], statistic: float,
              limit: float, at_ms: int) -> None:  # fmt: skip
        """Model evidence begins and ends with the detector's own alarm; its reasons name the channels that speak loudest."""
        if alarmed == bool(source.model_since_ms):
            return
        source.model_since_ms = at_ms if alarmed else 0
        if alarmed:
            loudest = sorted(range(len(shares)), key=lambda i: (-float(shares[i]), i))[:_NAMED]
            codes = list(kept.published.points or [])
            names = [codes[i] if i < len(codes) else str(i) for i in loudest]
            source.model_detail = {"model": kept.published.hash[:16], "kind": kept.published.kind, "statistic": round(statistic, 3),
                                   "limit": round(limit, 3), "points": names}  # fmt: skip
        desk.touch(source.id)

    def snapshot(self) -> list[tuple[str, bytes]]:
        return [(f"detector.{code}", vector.tobytes()) for code, vector in self.vectors.items()]

    def load(self, desk: Desk, chunks: dict[str, bytes]) -> None:
        for code, kept in desk.state.detectors.items():
            self.served[code] = Detector.restore(kept.published.meta, kept.published.arrays)
            self.vectors[code] = np.frombuffer(chunks[f"detector.{code}"], np.float64).copy()
