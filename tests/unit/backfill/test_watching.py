"""A watched folder: published once it has settled, never half, never when it cannot be used, never twice."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from backfill.configuration import configuration, configuration_records
from backfill.inputs import InputRecord
from backfill.watching import FolderWatch, Saved, UnusableFolder, published
from streams.engine.rules import files_hash
from streams.transport.embedded import Append, EmbeddedLog
from streams.transport.embedded_store import Topic

RULES = Path(__file__).parents[3] / "risk_rules"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(RULES, tmp_path / "rules"))


def settled(watch: FolderWatch) -> Saved | UnusableFolder | None:
    """What a watch says within three looks."""
    return next((seen for seen in (watch.look() for _ in range(3)) if seen is not None), None)


def edited(folder: Path, old: str, new: str) -> None:
    path = folder / "parameters" / "holds.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_folder_is_published_once_when_two_looks_agree(folder: Path) -> None:
    watch = FolderWatch(folder)
    assert watch.look() is None, "one look does not tell whether the editor has finished"
    assert isinstance(watch.look(), Saved)
    assert [watch.look() for _ in range(3)] == [None] * 3


def test_what_is_published_already_is_not_published_again(folder: Path) -> None:
    found = configuration(folder)
    assert settled(FolderWatch(folder, (files_hash(found.rule_files), found.parameters.hash))) is None


def test_a_bad_save_is_said_once_and_mended_by_the_next(folder: Path) -> None:
    watch = FolderWatch(folder)
    assert isinstance(settled(watch), Saved)
    bad = folder / "common" / "new.yaml"
    bad.write_text("rules:\n  - id: x\n    id: y\n", encoding="utf-8")
    seen = settled(watch)
    assert isinstance(seen, UnusableFolder)
    assert any(p.file == "common/new.yaml" for p in seen.problems)
    assert settled(watch) is None
    bad.unlink()
    assert settled(watch) is None, "the same set as before is in force already"
    edited(folder, "600", "601")
    assert isinstance(settled(watch), Saved)


def test_a_folder_that_vanishes_publishes_nothing(folder: Path) -> None:
    watch = FolderWatch(folder)
    assert isinstance(settled(watch), Saved)
    shutil.rmtree(folder)
    assert isinstance(settled(watch), UnusableFolder)


async def test_the_newest_hashes_are_found_in_the_log(folder: Path, tmp_path: Path) -> None:
    log = EmbeddedLog.open(tmp_path / "log.db")
    try:
        log.create_topics([Topic("rules", 1), Topic("parameters", 1)])
        assert await published(log.reader()) == ("", "")
        found = configuration(folder)
        records: list[InputRecord] = configuration_records(found, 1, "chief")
        await log.append_batch([Append(r.topic, 0, r.key, r.value) for r in records])
        assert await published(log.reader()) == (files_hash(found.rule_files), found.parameters.hash)
    finally:
        log.close()
