"""The registered kinds of detectors: each a recipe that turns normal rows into quadratic forms and the charts over them.

mahalanobis  all directions, memory on the statistic: the robust default.
pca          T2 inside the principal subspace and SPE outside it, memory on the statistic.
innovations  what a ridge VAR(1) does not predict, memory on statistic and data: sharpest on a stationary plant, wrong under
             changing regimes. Choose per source by replay.

scikit-learn is needed here and nowhere else; serving is plain arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from sklearn.covariance import EmpiricalCovariance
from sklearn.decomposition import PCA
from sklearn.linear_model import Ridge

from models.detectors.arithmetic import Floats
from models.detectors.preparation import SLOW, WANDERING, von_neumann, wandering

EIGENVALUE_MIN = 1e-6  # of a correlation matrix: below it a direction is rounding, not plant


class Chart(NamedTuple):
    """One chart: which form, its smoothing constant (1 = no memory), memory on the data or on the statistic."""

    form: int
    smoothing: float
    on_data: bool = False


class Fitted(NamedTuple):
    """What a recipe learns from rows; limits come later, from blocks left out."""

    center: Floats
    scale: Floats
    precision: Floats
    forms: Floats  # (forms, k, k)
    charts: tuple[Chart, ...]
    transition: Floats | None = None
    slow: tuple[int, ...] = ()
    treated: tuple[int, ...] = ()


class Options(NamedTuple):
    """Settings of training, all of them stored in the artefact."""

    alpha: float = 0.01
    folds: int = 4
    smoothing: tuple[float, ...] = (0.3, 0.1)
    variance_kept: float = 0.99  # pca
    ridge: float = 0.1  # innovations, per row
    open_rows: int = 2
    rearm_rows: int = 6
    contaminated_max: float = 0.3
    allow_contaminated: bool = False

    def as_meta(self) -> dict[str, Any]:
        return {**self._asdict(), "smoothing": list(self.smoothing)}


Recipe = Callable[[Sequence[Floats], Options], Fitted]


def _standard(segments: Sequence[Floats]) -> tuple[Floats, Floats, list[Floats]]:
    rows = np.concatenate(segments)
    center = rows.mean(axis=0)
    scale = np.maximum(rows.std(axis=0, ddof=1), 1e-12)
    return center, scale, [(segment - center) / scale for segment in segments]


def _covariance(z: Floats) -> Floats:
    covariance: Floats = EmpiricalCovariance(store_precision=False).fit(z).covariance_
    return covariance


def _inverse(covariance: Floats) -> Floats:
    """Inverse with eigenvalues floored: all directions are kept, none is blown up by rounding."""
    values, vectors = np.linalg.eigh(covariance)
    floored = np.maximum(values, EIGENVALUE_MIN * float(values[-1]))
    inverse: Floats = (vectors / floored) @ vectors.T
    return (inverse + inverse.T) / 2.0


def _slow_treatment(z: Floats, folds: int) -> tuple[Floats, tuple[int, ...], tuple[int, ...]]:
    """Extra variance of channels that are slow and wander: blocks left out lie further away than rows inside can tell.

    A slow channel that stays where it is needs none: limits from blocks left out already know it.
    """
    slow = von_neumann(z) < SLOW
    wanders = wandering(z, folds)
    treated = slow & (wanders >= WANDERING)
    extra: Floats = np.where(treated, wanders - 1.0, 0.0)
    return extra, tuple(np.flatnonzero(slow).tolist()), tuple(np.flatnonzero(treated).tolist())


def mahalanobis(segments: Sequence[Floats], options: Options) -> Fitted:
    center, scale, zs = _standard(segments)
    z = np.concatenate(zs)
    extra, slow, treated = _slow_treatment(z, options.folds)
    precision = _inverse(_covariance(z) + np.diag(extra))
    charts = tuple(Chart(0, smoothing) for smoothing in options.smoothing)
    return Fitted(center, scale, precision, precision[None], charts, None, slow, treated)


def pca(segments: Sequence[Floats], options: Options) -> Fitted:
    center, scale, zs = _standard(segments)
    z = np.concatenate(zs)
    extra, slow, treated = _slow_treatment(z, options.folds)
    # A wandering channel is scaled down: with its wider variance it would otherwise make a component of its own.
    shrink = 1.0 / np.sqrt(1.0 + extra)
    scale, z = scale / shrink, z * shrink
    model = PCA(svd_solver="full").fit(z)
    # At least one direction is left for SPE: a form of rounding errors would alarm on anything.
    enough = int(np.searchsorted(np.cumsum(model.explained_variance_ratio_), options.variance_kept)) + 1
    kept = max(1, min(enough, z.shape[1] - 1))
    axes, variances = model.components_[:kept], model.explained_variance_[:kept]
    t2 = (axes.T / variances) @ axes
    spe = np.eye(z.shape[1]) - axes.T @ axes
    forms = np.stack([(t2 + t2.T) / 2.0, (spe + spe.T) / 2.0])
    charts = tuple(Chart(form, smoothing) for form in (0, 1) for smoothing in options.smoothing)
    return Fitted(center, scale, _inverse(_covariance(z)), forms, charts, None, slow, treated)


def innovations(segments: Sequence[Floats], options: Options) -> Fitted:
    center, scale, zs = _standard(segments)
    z = np.concatenate(zs)
    before, after = np.concatenate([s[:-1] for s in zs]), np.concatenate([s[1:] for s in zs])
    model = Ridge(alpha=options.ridge * len(before), fit_intercept=False, solver="cholesky").fit(before, after)
    transition = np.asarray(model.coef_, dtype=np.float64)
    form = _inverse(_covariance(after - before @ transition.T))
    slow = tuple(np.flatnonzero(von_neumann(z) < SLOW).tolist())
    charts = (Chart(0, 1.0), Chart(0, 0.3), Chart(0, 0.1), Chart(0, 0.03), Chart(0, 0.3, on_data=True))
    return Fitted(center, scale, _inverse(_covariance(z)), form[None], charts, transition, slow, slow)


RECIPES: Mapping[str, Recipe] = {"mahalanobis": mahalanobis, "pca": pca, "innovations": innovations}
