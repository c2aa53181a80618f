"""A detector as it serves: plain arrays, one row a tick, the same bits in any batch size. Training is elsewhere.

All kinds are one form. A row is standardised (z), optionally reduced by what the row before predicts (e = z - B z'), and put
into quadratic forms q = e' A e: the Mahalanobis distance, T2, SPE. **Charts** smooth them: memory on the statistic (EWMA of q)
or on the data (form of the EWMA of e). A row is *over* when any chart is above its limit; the alarm opens after `open_rows`
rows over in a row and is armed again after `rearm_rows` rows below: one alarm an episode.

Missing values are completed by their conditional expectation given the others (they add nothing to the distance of those
seen). With less than half of the channels there is no verdict and nothing moves: lost data neither raises nor ends an alarm.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.detectors.arithmetic import (
    Bools,
    Floats,
    ordered_product,
    ordered_products,
    ordered_sum,
    ordered_sums,
    solve_positive,
)
from models.detectors.arrays import ArtefactError, decoded

MIN_VALID_SHARE = 0.5
Z_BOUND = 1e6  # standard deviations; keeps squares finite whatever a sensor says
CAP = 4.0  # a statistic enters its memory with at most this many limits, so that one wild row does not ring for hours
_TAIL = 5  # state after the charts: over_run, under_run, alarmed, statistic, limit


class Scores(NamedTuple):
    """Result of `Detector.score`: one entry a row. `over`: a chart above its limit; `alarmed`: the episode is on."""

    statistic: Floats
    limit: Floats
    over: Bools
    alarmed: Bools
    state: Floats


class Verdict(NamedTuple):
    """Result of one step. `statistic` and `limit` are those of the chart that is worst relative to its limit;
    `contributions` are the channels' shares of it, 0 to 1."""

    state: Floats
    statistic: float
    limit: float
    alarmed: bool
    contributions: Floats


class Detector:
    """One trained detector. Immutable: its state is a float64 vector that the caller keeps (`initial`, `step`)."""

    def __init__(self, meta: Mapping[str, Any], arrays: Mapping[str, Floats]) -> None:
        self.meta = meta
        self.points: tuple[str, ...] = tuple(meta["points"])
        self.period_s = float(meta["period_s"])
        self._open, self._rearm = int(meta["open_rows"]), int(meta["rearm_rows"])
        self._center, self._scale = arrays["center"], arrays["scale"]
        self._precision = arrays["precision"]
        # forms and transition are kept transposed and contiguous: the ordered products walk over the first axis
        self._forms = [np.ascontiguousarray(form.T) for form in arrays["forms"]]
        self._transition = np.ascontiguousarray(arrays["transition"].T) if "transition" in arrays else None
        self._chart_form = arrays["chart_form"].astype(np.int64)
        self._lambda, self._limit, self._start = arrays["chart_lambda"], arrays["chart_limit"], arrays["chart_start"]
        self._cap = CAP * self._limit
        on_data = arrays["chart_on_data"] > 0
        self._statistic_charts = np.flatnonzero(~on_data)
        self._data_charts = np.flatnonzero(on_data)
        self._completions: dict[bytes, tuple[NDArray[np.int64], NDArray[np.int64], Floats]] = {}

    @classmethod
    def restore(cls, meta: Mapping[str, Any], arrays: Mapping[str, Any]) -> Detector:
        """The detector of an artefact's `meta` and `arrays` (encoded or plain). Raises ArtefactError when they do not fit."""
        plain = {name: decoded(name, value) for name, value in arrays.items()}
        _check(meta, plain)
        return cls(meta, plain)

    def initial(self) -> Floats:
        """State before the first row: charts at their usual value, no alarm."""
        k, charts, data = len(self.points), len(self._limit), len(self._data_charts)
        previous = k + 1 if self._transition is not None else 0
        state = np.zeros(charts + data * k + previous + _TAIL)
        state[:charts] = self._start
        state[-1] = self._limit[0]
        return state

    def step(self, state: Floats, row: Floats, valid: Bools) -> Verdict:
        """One row of readings in the order of `points`. `state` is not changed; the new one is returned."""
        usable = valid & np.isfinite(row)
        if not self._enough(usable):
            return Verdict(state, float(state[-2]), float(state[-1]), bool(state[-3]), np.zeros(len(row)))
        z = self._standardised(row, usable)
        e = self._residual(state, z)
        forms = [ordered_product(form, e) for form in self._forms]
        quadratic = np.array([ordered_sum(e * product) for product in forms])
        after, worst = self._advance(state, z, e, quadratic)
        return Verdict(after, float(after[-2]), float(after[-1]), bool(after[-3]), self._shares(e, forms, worst))

    def score(self, rows: Floats, valid: Bools | None = None, state: Floats | None = None) -> Scores:
        """Many rows of one source after each other; bit for bit what `step` gives row by row."""
        n = len(rows)
        usable = np.isfinite(rows) if valid is None else valid & np.isfinite(rows)
        now = self.initial() if state is None else state
        enough = np.array([self._enough(u) for u in usable], dtype=bool)
        zs = np.zeros_like(rows)
        for i in np.flatnonzero(enough).tolist():
            zs[i] = self._standardised(rows[i], usable[i])
        es = self._residuals(now, zs, enough)
        quadratics = np.column_stack([ordered_sums(es * ordered_products(form, es)) for form in self._forms])
        statistic, limit = np.empty(n), np.empty(n)
        over, alarmed = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
        for i in range(n):
            if enough[i]:
                now, _ = self._advance(now, zs[i], es[i], quadratics[i])
                over[i] = now[-2] > now[-1]
            statistic[i], limit[i], alarmed[i] = now[-2], now[-1], now[-3] > 0
        return Scores(statistic, limit, over, alarmed, now)

    def _enough(self, usable: Bools) -> bool:
        return bool(np.count_nonzero(usable) >= MIN_VALID_SHARE * len(usable))

    def _standardised(self, row: Floats, usable: Bools) -> Floats:
        z: Floats = np.clip((np.where(usable, row, self._center) - self._center) / self._scale, -Z_BOUND, Z_BOUND)
        if usable.all():
            return z
        missing, seen, weights = self._completion(usable)
        z[missing] = ordered_product(weights, z[seen])
        return z

    def _completion(self, usable: Bools) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
        """Indexes missing and seen, and the (transposed) weights that complete the missing: -A_mm^-1 A_ms."""
        key = usable.tobytes()
        found = self._completions.get(key)
        if found is None:
            missing, seen = np.flatnonzero(~usable), np.flatnonzero(usable)
            a = self._precision
            weights = -solve_positive(a[np.ix_(missing, missing)], a[np.ix_(missing, seen)])
            found = (missing, seen, np.ascontiguousarray(weights.T))
            if len(self._completions) >= 64:
                self._completions.clear()  # a cache: it changes no result
            self._completions[key] = found
        return found

    def _previous(self, state: Floats) -> Floats:
        """The row before and, last, whether there was one."""
        k = len(self.points)
        at = len(self._limit) + len(self._data_charts) * k
        return state[at : at + k + 1]

    def _residual(self, state: Floats, z: Floats) -> Floats:
        if self._transition is None:
            return z
        previous = self._previous(state)
        if previous[-1] == 0.0:
            return np.zeros_like(z)  # nothing to predict from: the first row is no evidence
        residual: Floats = z - ordered_product(self._transition, previous[:-1])
        return residual

    def _residuals(self, state: Floats, zs: Floats, enough: Bools) -> Floats:
        if self._transition is None:
            return zs
        es, rows = np.zeros_like(zs), np.flatnonzero(enough)
        if len(rows):
            es[rows[0]] = self._residual(state, zs[rows[0]])
            es[rows[1:]] = zs[rows[1:]] - ordered_products(self._transition, zs[rows[:-1]])
        return es

    def _advance(self, state: Floats, z: Floats, e: Floats, quadratic: Floats) -> tuple[Floats, int]:
        """The state after a row and the worst chart of it."""
        after = state.copy()
        k, charts = len(self.points), len(self._limit)
        own = self._statistic_charts
        fresh = np.minimum(quadratic[self._chart_form[own]], self._cap[own])
        after[own] = state[own] + self._lambda[own] * (fresh - state[own])
        for place, chart in enumerate(self._data_charts):
            mean = after[charts + place * k : charts + (place + 1) * k]
            mean[:] = mean + self._lambda[chart] * (e - mean)
            form = self._forms[self._chart_form[chart]]
            after[chart] = ordered_sum(mean * ordered_product(form, mean))
            if after[chart] > self._cap[chart]:
                # shrink the memory itself, or one wild row would ring for hours
                mean[:] = mean * np.sqrt(self._cap[chart] / after[chart])
                after[chart] = self._cap[chart]
        if self._transition is not None:
            previous = self._previous(after)
            previous[:-1], previous[-1] = z, 1.0
        worst = int(np.argmax(after[:charts] / self._limit))
        self._arm(after, bool(after[worst] > self._limit[worst]))
        after[-2], after[-1] = after[worst], self._limit[worst]
        return after, worst

    def _arm(self, state: Floats, over: bool) -> None:
        """Episode logic on the state's tail: runs of rows over and below, alarm on or off."""
        state[-5] = state[-5] + 1.0 if over else 0.0
        state[-4] = 0.0 if over else state[-4] + 1.0
        if state[-5] >= self._open:
            state[-3] = 1.0
        elif state[-4] >= self._rearm:
            state[-3] = 0.0

    def _shares(self, e: Floats, products: list[Floats], worst: int) -> Floats:
        """Share of each channel in the form behind the worst chart; negative parts (they make it smaller) count as none."""
        parts: Floats = np.maximum(e * products[self._chart_form[worst]], 0.0)
        total = ordered_sum(parts)
        return parts / total if total > 0.0 else parts


def _check(meta: Mapping[str, Any], arrays: Mapping[str, Floats]) -> None:
    """Shapes that fit each other and finite numbers only; anything else is a broken or foreign artefact."""
    for name in ("points", "period_s", "open_rows", "rearm_rows", "kind"):
        if name not in meta:
            raise ArtefactError("missing", f"meta.{name} is missing", field=f"meta.{name}")
    k, charts = len(meta["points"]), len(arrays["chart_limit"]) if "chart_limit" in arrays else 0
    forms = len(arrays["forms"]) if "forms" in arrays else 0
    shapes: dict[str, tuple[int, ...]] = {"center": (k,), "scale": (k,), "precision": (k, k), "forms": (forms, k, k)}
    shapes |= {f"chart_{name}": (charts,) for name in ("form", "lambda", "limit", "start", "on_data")}
    if "transition" in arrays:
        shapes["transition"] = (k, k)
    for name, shape in shapes.items():
        if name not in arrays:
            raise ArtefactError("missing", f"arrays.{name} is missing", field=f"arrays.{name}")
        if arrays[name].shape != shape or not np.isfinite(arrays[name]).all():
            raise ArtefactError(
                "shape", f"arrays.{name}: shape {arrays[name].shape}, needs {shape}, finite", field=f"arrays.{name}"
            )
    form, smoothing = arrays["chart_form"], arrays["chart_lambda"]
    wrong = k == 0 or charts == 0 or (form < 0).any() or (form >= forms).any() or (form != np.floor(form)).any()
    if (
        wrong
        or (arrays["scale"] <= 0).any()
        or (arrays["chart_limit"] <= 0).any()
        or not ((smoothing > 0) & (smoothing <= 1)).all()
    ):
        raise ArtefactError(
            "values",
            "no points or charts, a form that is not there, a scale or limit not above 0, or a smoothing not in (0, 1]",
            field="arrays",
        )
    _check_settings(meta)
    try:
        np.linalg.cholesky(arrays["precision"])
    except np.linalg.LinAlgError:
        # completing a missing value would give no number, and no number is never over a limit
        raise ArtefactError("values", "precision is not positive definite", field="arrays.precision") from None


def _check_settings(meta: Mapping[str, Any]) -> None:
    period_s, rows, points = meta["period_s"], (meta["open_rows"], meta["rearm_rows"]), meta["points"]
    whole = all(isinstance(n, int) and n >= 1 for n in rows)
    if not (isinstance(period_s, int | float) and 0 < period_s < float("inf") and whole and len(set(points)) == len(points)):
        raise ArtefactError("values", "period_s, open_rows and rearm_rows must be above 0 and points differ", field="meta")
