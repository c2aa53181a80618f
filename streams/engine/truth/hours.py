"""Tests over whole hours: a signal that lost its noise, was drawn instead of measured, is pinned to a limit, or repeats yesterday.

Vectorised over all points at the tick that ends an hour of log time. Each returns the points it found; what stands as a flag is
written to the column `stand`. A point has to have shown what is usual for it before anything about it is unusual.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.engine.kernels.quality import ATTENUATED, NOISELESS
from streams.engine.truth import kernel as k
from streams.engine.truth.points import HH, HOURS, LL, L, spans
from streams.engine.truth.points import H as HIGH_LIMIT
from streams.engine.truth.settings import Truth
from streams.engine.truth.table import Table

LEAST_READINGS = 10  # of an hour about which anything can be said
RELEARN_HOURS = 168  # what is quiet for a week is what the point is like now
_STEPS = 4  # resolution steps that a signal must span before equal hours mean anything
_FIRST_HOURS = 6  # from here on it is noticed how long a point rests
_NOISE = 1e-5  # of the span: a roughness below this is no noise floor


class Found(NamedTuple):
    """A finding at a point with what was seen, as people can check it."""

    point: int
    code: str
    detail: dict[str, Any]


def figure(value: float) -> float:
    """As people read it in evidence: four digits."""
    return float(f"{value:.4g}")


def close(t: Table, hour: int, settings: Truth) -> list[Found]:
    """All hourly tests, at the end of local hour `hour` (0 to 23); the next hour begins."""
    V, H = t["V"], t["H"]  # noqa: N806
    enough = (t["n"] >= LEAST_READINGS) & (H[:, k.H_N] >= LEAST_READINGS)
    mean = np.divide(t["sum"], t["n"], out=np.zeros(t.n), where=t["n"] > 0)
    found = _rough(t, enough, settings)
    found += _pinned(t, enough, mean, settings)
    found += _repeated(t, enough & (H[:, k.H_CHANGES] >= LEAST_READINGS), mean, hour, settings)
    t["n"][:] = 0
    t["sum"][:] = 0.0
    V[:, k.V_ROUGH] = V[:, k.V_MOVE] = 0.0
    H[:, k.H_N] = H[:, k.H_CHANGES] = 0
    return found


def _rough(t: Table, enough: NDArray[np.bool_], settings: Truth) -> list[Found]:
    """Attenuated: hardly any roughness for hours. Without noise: it moves, and its steps are those of a drawn line."""
    V, H = t["V"], t["H"]  # noqa: N806
    span = spans(t)
    rough = np.divide(V[:, k.V_ROUGH], H[:, k.H_N], out=np.zeros(t.n), where=H[:, k.H_N] > 0)
    usual, learned = t["usual"], t["learned"]
    seen = enough & (learned >= _FIRST_HOURS) & (usual > _NOISE * span)
    known = seen & (learned >= settings.learn_hours)
    at_zero = t["high"] <= t["zero"]  # a detector that rests at zero
    quiet = seen & ~at_zero & (rough < settings.quiet_share * usual)
    drawn = V[:, k.V_ROUGH] < settings.smooth_ratio * V[:, k.V_MOVE]
    smooth = known & drawn & (V[:, k.V_MOVE] > settings.pin_share * span) & (rough < 0.5 * usual)
    quiet_before, smooth_before = t["quiet"].copy(), t["smooth"].copy()
    t["quiet"][:] = np.where(quiet, np.minimum(quiet_before + 1, 30_000), np.where(enough, 0, quiet_before))
    t["smooth"][:] = np.where(smooth, np.minimum(smooth_before + 1, 30_000), np.where(enough, 0, smooth_before))
    back = enough & ~quiet
    t["rested"][:] = np.where(back, np.maximum(t["rested"], quiet_before), t["rested"])
    _learn(t, enough & ~quiet & ~smooth & ~at_zero, rough)
    settled = t["quiet"] >= RELEARN_HOURS
    learned[settled], usual[settled], t["quiet"][settled] = 1, rough[settled], 0
    patience = np.maximum(settings.quiet_hours, 2 * t["rested"].astype(np.int64))  # a point that rests by nature may rest
    still, drawn_now = known & (t["quiet"] >= patience), t["smooth"] >= 2
    stand = t["stand"]
    stand[:] = stand & ~(ATTENUATED | NOISELESS) | np.where(still & ~drawn_now, ATTENUATED, 0) | np.where(drawn_now, NOISELESS, 0)
    new = [("attenuated", p) for p in np.flatnonzero(still & (t["quiet"] == patience))]
    new += [("noiseless", p) for p in np.flatnonzero((t["smooth"] == 2) & (smooth_before < 2))]
    return [Found(int(p), code, {"rough": figure(rough[p]), "usual": figure(usual[p]), "moved": figure(V[p, k.V_MOVE]),
                                 "low": figure(t["low"][p]), "high": figure(t["high"][p]), "hours": int(max(t["quiet"][p], t["smooth"][p]))})
            for code, p in new if code == "noiseless" or not drawn_now[p]]  # fmt: skip


def _learn(t: Table, usable: NDArray[np.bool_], rough: NDArray[np.float64]) -> None:
    """The usual roughness: a mean over the first day, then one that forgets slowly."""
    learned, usual = t["learned"], t["usual"]
    share = 1.0 / np.minimum(learned[usable].astype(np.float64) + 1.0, RELEARN_HOURS)
    usual[usable] += (rough[usable] - usual[usable]) * share
    learned[usable] = np.minimum(learned[usable] + 1, 30_000)


def _pinned(t: Table, enough: NDArray[np.bool_], mean: NDArray[np.float64], settings: Truth) -> list[Found]:
    """The same edge hour after hour, just short of a limit, with the mean close to it: clipped, or set by hand."""
    span, lim, tol = spans(t), t["lim"], t["V"][:, k.V_TOL]
    near = settings.pin_share * span
    edge = np.full(t.n, np.nan)
    limit = np.full(t.n, np.nan)
    for column, extreme, sign in ((HH, t["high"], 1.0), (HIGH_LIMIT, t["high"], 1.0), (LL, t["low"], -1.0), (L, t["low"], -1.0)):
        short = (lim[:, column] - extreme) * sign
        hit = (short > 0.0) & (short <= near) & ((lim[:, column] - mean) * sign <= 2.0 * near)  # NaN compares false
        edge, limit = np.where(hit, extreme, edge), np.where(hit, lim[:, column], limit)
    at_edge = enough & ~np.isnan(edge) & (t["high"] > t["zero"])
    same = at_edge & (np.abs(edge - t["edge"]) <= tol)
    t["pinned"][:] = np.where(same, np.minimum(t["pinned"] + 1, 30_000), np.where(enough, at_edge.astype(np.int16), t["pinned"]))
    t["edge"][:] = np.where(enough, edge, t["edge"])
    return [Found(int(p), "pinned", {"limit": figure(limit[p]), "edge": figure(edge[p]), "mean": figure(mean[p]),
                                     "hours": int(t["pinned"][p])})
            for p in np.flatnonzero(same & (t["pinned"] == settings.pin_hours))]  # fmt: skip


def _repeated(t: Table, enough: NDArray[np.bool_], mean: NDArray[np.float64], hour: int, settings: Truth) -> list[Found]:
    """This hour against the same hour of the day before: lowest, highest and mean the same, where it moves at all."""
    profile = t["profile"]
    at = slice(3 * hour, 3 * hour + 3)
    now = np.stack([t["low"], t["high"], mean], axis=1).astype(np.float32)
    old = profile[:, at]
    width = t["high"] - t["low"]
    moves = width >= 2.0 * _STEPS * t["V"][:, k.V_TOL]
    close_mean = np.abs(now[:, 2].astype(np.float64) - old[:, 2]) <= 0.5 * width / np.maximum(t["n"], 1)
    same = enough & moves & (now[:, 0] == old[:, 0]) & (now[:, 1] == old[:, 1]) & close_mean
    last = profile[:, 3 * ((hour - 1) % HOURS) :][:, :3]
    alike = np.abs(mean - last[:, 2]) <= 0.5 * width / np.maximum(t["n"], 1)
    same &= ~((now[:, 0] == last[:, 0]) & (now[:, 1] == last[:, 1]) & alike)  # like the hour before too: a beat, not a copy
    t["equal"][:] = np.where(same, np.minimum(t["equal"] + 1, 30_000), 0)
    profile[:, at] = np.where(enough[:, None], now, np.float32(np.nan))
    hours = settings.day_copy_hours
    return [Found(int(p), "day_copied", {"hours": int(t["equal"][p]), "low": figure(t["low"][p]), "high": figure(t["high"][p]),
                                         "mean": figure(mean[p]), "yesterday_mean": figure(old[p, 2])})
            for p in np.flatnonzero(same & (t["equal"] >= hours))]  # fmt: skip
