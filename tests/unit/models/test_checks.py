"""Every registered kind of detector under every check of the contract."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from models.checks import Check, Subject, every_check, subject


@cache
def _trained(kind: str) -> Subject:
    return subject(kind, Path())


@pytest.mark.parametrize(("kind", "check"), [pytest.param(k, c, id=f"{k}-{c.__name__}") for k, c in every_check()])
def test_contract(kind: str, check: Check, tmp_path: Path) -> None:
    check(_trained(kind)._replace(folder=tmp_path))
