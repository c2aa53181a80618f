"""Blames of conditions as problems."""

from __future__ import annotations

from collections.abc import Iterator

from backfill.lint.check import Linted
from backfill.lint.reading import What
from streams.domain.problems import Problem, Severity
from streams.engine.rulelang.show import show


def blamed(linted: Linted, what: What, check: str, severity: Severity) -> Iterator[Problem]:
    """Problems of all conditions that are to blame for `what`."""
    for subject in linted.subjects:
        for blame in linted.reading(subject).blames:
            if blame.what == what:
                others = "; ".join(show(other) for other in blame.others)
                yield subject.problem(subject.within(blame.key, blame.node), check, severity, part=show(blame.node), others=others,
                                      key=blame.key)  # fmt: skip
