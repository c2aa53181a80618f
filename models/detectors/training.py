"""Training: normal rows in, artefact out. Limits come from blocks left out, never from the rows that were fitted.

In-sample quantiles give false-alarm rates of a third and more for every chart with memory; the blocked cross-validation here
is the cure. What the detector then achieves on a normal stretch kept apart is stored with it.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Sequence
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np

from models.detectors.arithmetic import Bools, Floats
from models.detectors.artefact import Artefact, made
from models.detectors.detector import Detector
from models.detectors.preparation import Prepared, TrainingRefused, blocks, prepared
from models.detectors.recipes import RECIPES, Fitted, Options

DIGITS = 9  # significant digits kept of trained arrays: last-bit differences of BLAS between machines end here


class Stretch(NamedTuple):
    """Rows of one source in time order. `valid` None: every finite value is."""

    rows: Floats
    valid: Bools | None = None


def train(
    kind: str,
    points: Sequence[str],
    normal: Stretch,
    *,
    period_s: float,
    options: Options | None = None,
    holdout: Stretch | None = None,
    origin: dict[str, Any] | None = None,
) -> Artefact:
    """A detector of `kind` over `points`, learnt from `normal` only.

    `holdout` is another normal stretch; without it the last fifth of `normal` is kept apart. `origin` says what the rows are
    and goes into the artefact. Raises TrainingRefused when the stretch is too short, empty or contaminated.
    """
    options = options or Options()
    recipe = RECIPES[kind]
    fit_on, kept = (normal, holdout) if holdout is not None else _split(normal)
    data = prepared(fit_on.rows, points, fit_on.valid, options.folds)
    warnings: list[dict[str, Any]] = []
    limits, limit_meta = _limits(kind, data, options, warnings)
    fitted = _rounded(recipe([data.rows], options))
    arrays = _arrays(fitted, limits, _usual(fitted, [data.rows]))
    meta: dict[str, Any] = {
        "kind": kind,
        "points": list(data.points),
        "period_s": period_s,
        "open_rows": options.open_rows,
        "rearm_rows": options.rearm_rows,
        "options": options.as_meta(),
        "origin": {**(origin or {}), "rows": len(data.rows), "data_sha256": _data_hash(fit_on)},
        "dropped": data.dropped,
        "slow": [data.points[j] for j in fitted.slow],
        "slow_treated": [data.points[j] for j in fitted.treated],
        "limits": limit_meta,
        "trained_with": {name: importlib.metadata.version(name) for name in ("numpy", "scikit-learn")},
    }
    meta["holdout"] = _achieved(Detector(meta, arrays), kept, data, options, warnings)
    meta["warnings"] = warnings
    return made(kind, meta, arrays)


def _split(normal: Stretch) -> tuple[Stretch, Stretch]:
    cut = len(normal.rows) * 4 // 5
    valid = normal.valid
    early = Stretch(normal.rows[:cut], None if valid is None else valid[:cut])
    return early, Stretch(normal.rows[cut:], None if valid is None else valid[cut:])


def _limits(kind: str, data: Prepared, options: Options, warnings: list[dict[str, Any]]) -> tuple[Floats, dict[str, Any]]:
    """Limit of each chart: quantile 1 - alpha/charts over the rows of the blocks left out, each judged by the others."""
    parts: list[Floats] = []
    for start, stop in blocks(len(data.rows), options.folds):
        segments = [s for s in (data.rows[:start], data.rows[stop:]) if len(s) > 1]
        fitted = RECIPES[kind](segments, options)
        parts.append(_chart_values(fitted, data.rows[start:stop], _usual(fitted, segments)))
    charts = parts[0].shape[1]
    quantile = 1.0 - options.alpha / charts
    limits = _upper(np.concatenate(parts), quantile)
    shares = _foreign_shares(parts, quantile)
    worst = int(np.argmax(shares))
    if shares[worst] > options.contaminated_max:
        first, last = blocks(len(data.rows), options.folds)[worst]
        found = {"share": round(shares[worst], 4), "first_row": first, "last_row": last - 1}
        if not options.allow_contaminated:
            raise TrainingRefused(
                "contaminated",
                f"rows {first} to {last - 1} do not look like the rest: {shares[worst]:.0%} of them are beyond the limits of the "
                f"other blocks. Take another stretch, or train all the same with allow_contaminated",
                **found,
            )
        warnings.append({"code": "contaminated", **found})
    return _significant(limits), {"quantile": quantile, "block_shares": [round(s, 4) for s in shares]}


def _upper(values: Floats, quantile: float) -> Floats:
    """Quantile of each column: the larger of the empirical one and that of a gamma distribution with the same moments.

    Neighbouring values of a chart with memory are nearly one value, so a few hundred rows hold only a few dozen independent
    ones: their highest says too little about the far tail. Wilson and Hilferty's form of the gamma quantile is exact enough.
    """
    empirical = np.quantile(values, quantile, axis=0, method="higher")
    mean, variance = values.mean(axis=0), np.maximum(values.var(axis=0), 1e-300)
    ninth = 1.0 / (9.0 * mean * mean / variance)  # 2/9 over the degrees of freedom 2 mean^2 / variance
    moments = mean * (1.0 - ninth + NormalDist().inv_cdf(quantile) * np.sqrt(ninth)) ** 3
    upper: Floats = np.maximum(empirical, moments)
    return upper


def _foreign_shares(parts: Sequence[Floats], quantile: float) -> list[float]:
    """For each block the share of its rows beyond the limits that the other blocks alone would give."""
    shares = []
    for i, part in enumerate(parts):
        others = np.concatenate([p for j, p in enumerate(parts) if j != i])
        limits = _upper(others, quantile)
        shares.append(float(np.mean((part > limits).any(axis=1))))
    return shares


def _chart_values(fitted: Fitted, rows: Floats, usual: Floats) -> Floats:
    """Value of each chart at each row, with limits out of reach. Only limits come from here: verdicts come from Detector."""
    charts = len(fitted.charts)
    e = _residuals(fitted, rows)
    values = np.empty((len(rows), charts))
    for c, chart in enumerate(fitted.charts):
        form = fitted.forms[chart.form]
        if chart.on_data:
            smooth = _smoothed(e, np.zeros(e.shape[1]), chart.smoothing)
            values[:, c] = np.einsum("ij,jk,ik->i", smooth, form, smooth)
        else:
            quadratic = np.einsum("ij,jk,ik->i", e, form, e)
            values[:, c] = _smoothed(quadratic[:, None], usual[c : c + 1], chart.smoothing)[:, 0]
    return values


def _residuals(fitted: Fitted, rows: Floats) -> Floats:
    z: Floats = (rows - fitted.center) / fitted.scale
    if fitted.transition is None:
        return z
    return np.vstack([np.zeros((1, z.shape[1])), z[1:] - z[:-1] @ fitted.transition.T])


def _smoothed(values: Floats, start: Floats, smoothing: float) -> Floats:
    out, mean = np.empty_like(values), start.astype(np.float64)
    for i, value in enumerate(values):
        mean = mean + smoothing * (value - mean)
        out[i] = mean
    return out


def _usual(fitted: Fitted, segments: Sequence[Floats]) -> Floats:
    """Where each chart starts: the median of its statistic, zero for memory on the data."""
    first = 0 if fitted.transition is None else 1  # the first row of a segment has nothing to predict it
    e = np.concatenate([_residuals(fitted, segment)[first:] for segment in segments])
    medians = [float(np.median(np.einsum("ij,jk,ik->i", e, form, e))) for form in fitted.forms]
    return _significant(np.array([0.0 if chart.on_data else medians[chart.form] for chart in fitted.charts]))


def _significant(values: Floats) -> Floats:
    """`values` to DIGITS significant digits."""
    flat = [float(f"{value:.{DIGITS - 1}e}") for value in values.ravel().tolist()]
    return np.array(flat, dtype=np.float64).reshape(values.shape)


def _rounded(fitted: Fitted) -> Fitted:
    transition = None if fitted.transition is None else _significant(fitted.transition)
    return fitted._replace(
        center=_significant(fitted.center),
        scale=_significant(fitted.scale),
        precision=_significant(fitted.precision),
        forms=_significant(fitted.forms),
        transition=transition,
    )


def _arrays(fitted: Fitted, limits: Floats, usual: Floats) -> dict[str, Floats]:
    arrays = {
        "center": fitted.center,
        "scale": fitted.scale,
        "precision": fitted.precision,
        "forms": fitted.forms,
        "chart_form": np.array([float(chart.form) for chart in fitted.charts]),
        "chart_lambda": np.array([chart.smoothing for chart in fitted.charts]),
        "chart_on_data": np.array([float(chart.on_data) for chart in fitted.charts]),
        "chart_limit": limits,
        "chart_start": usual,
    }
    if fitted.transition is not None:
        arrays["transition"] = fitted.transition
    return arrays


def _data_hash(stretch: Stretch) -> str:
    digest = hashlib.sha256(np.ascontiguousarray(stretch.rows, dtype="<f8").tobytes())
    if stretch.valid is not None:
        digest.update(np.ascontiguousarray(stretch.valid, dtype=np.uint8).tobytes())
    return digest.hexdigest()


def _achieved(
    detector: Detector, kept: Stretch, data: Prepared, options: Options, warnings: list[dict[str, Any]]
) -> dict[str, Any]:
    """False alarms on the normal stretch kept apart, with the very code that serves."""
    columns = list(data.columns)
    valid = None if kept.valid is None else kept.valid[:, columns]
    scores = detector.score(kept.rows[:, columns], valid)
    rate = float(np.mean(scores.over)) if len(kept.rows) else 0.0
    episodes = int(np.count_nonzero(np.diff(scores.alarmed.astype(np.int8), prepend=0) > 0))
    if rate > 5.0 * options.alpha:
        warnings.append({"code": "false_alarms", "rate": round(rate, 4), "alpha": options.alpha})
    return {"rows": len(kept.rows), "false_alarm_rate": round(rate, 6), "episodes": episodes}
