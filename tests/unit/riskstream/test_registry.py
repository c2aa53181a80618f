"""`riskstream registry`: what it prints and how it exits."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import msgspec
import pytest

from riskstream import registry
from riskstream.console import UserError
from riskstream.targets import open_records
from streams.decode.registry_files import check_folder
from streams.domain.log import TopicPartition
from streams.domain.registry import Enterprise, Region
from streams.transport.embedded import EmbeddedLog

ROOT = Path(__file__).parents[3]
EXAMPLE = str(ROOT / "examples" / "registry")
BROKEN = str(ROOT / "tests" / "data" / "registry" / "points")


def run(*argv: str) -> int:
    parser = argparse.ArgumentParser()
    registry.register(parser.add_subparsers())
    args = parser.parse_args(["registry", *argv])
    code: int = args.run(args)
    return code


def test_check_accepts_the_example_and_counts(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", EXAMPLE, "--lang", "en") == 0
    printed = capsys.readouterr().out
    assert printed == (
        "accepted: 3 regions, 1 parks, 3 enterprises, 7 hazard sources, 15 devices, 56 points, 7 cameras; 0 warnings\n"
    )


def test_check_of_a_broken_registry_prints_every_line_and_exits_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", BROKEN, "--lang", "en") == 1
    printed = capsys.readouterr().out
    expected = Path(BROKEN + ".expected.txt").read_text()
    assert printed == expected + "refused: 15 errors, 23 warnings; nothing was loaded\n"


def test_check_speaks_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", BROKEN, "--lang", "zh") == 1
    assert "错误 registry/limits-order: H = 8 必须小于 HH = 7" in capsys.readouterr().out


def test_check_json_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", BROKEN, "--json") == 1
    said = json.loads(capsys.readouterr().out)
    assert (said["ok"], said["errors"], said["warnings"]) == (False, 15, 23)
    first = next(p for p in said["problems"] if p["severity"] == "error")
    assert (first["file"], first["line"], first["id"], first["args"]["high_value"]) == (
        "points.yaml",
        22,
        "registry/limits-order",
        7,
    )
    assert run("check", EXAMPLE, "--json") == 0
    assert json.loads(capsys.readouterr().out)["counts"]["points"] == 56


def test_a_path_that_is_not_there_is_the_users_to_mend() -> None:
    with pytest.raises(UserError, match="nowhere"):
        run("check", "nowhere", "--lang", "en")


def test_show_names_grades(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("show", EXAMPLE, "--lang", "en") == 0
    printed = capsys.readouterr().out
    assert "990121001 临滩海岳化工有限公司 (hazchem, 临滩县, supervised by 临滩化工园区)" in printed
    assert "990121001001 甲醇及丙烯腈罐区 [tank_farm] grade III s=36.6 R=43.92" in printed
    assert run("show", BROKEN) == 1
    assert capsys.readouterr().out == ""


class Port:
    """Keeps what it is given; counts as in the log only after `flush`."""

    def __init__(self) -> None:
        self.appended: list[tuple[str, int | None, bytes | None, bytes | None]] = []
        self.flushed = 0

    async def append(
        self, topic: str, partition: int | None, key: bytes | None, value: bytes | None, broker_ms: int | None = None
    ) -> None:
        self.appended.append((topic, partition, key, value))

    async def flush(self) -> None:
        self.flushed = len(self.appended)


async def test_publish_sends_parents_first_and_waits_for_the_log() -> None:
    loaded = check_folder(Path(EXAMPLE)).registry
    assert loaded is not None
    port = Port()
    await registry.publish(loaded, port)
    assert port.flushed == 7
    assert {(topic, partition) for topic, partition, _, _ in port.appended} == {("registry", 0)}
    assert [key for _, _, key, _ in port.appended] == [
        b"region/990000", b"region/990100", b"region/990121", b"park/YQ9901",
        b"enterprise/990121001", b"enterprise/990121002", b"enterprise/990121003",
    ]  # fmt: skip
    assert msgspec.json.decode(port.appended[0][3] or b"", type=Region).name == "北岚省"
    assert msgspec.json.decode(port.appended[4][3] or b"", type=Enterprise) == loaded.enterprises[0]


def test_a_broken_registry_is_never_published(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("publish", BROKEN, "--to", "kafka://nowhere:1") == 1
    assert "registry/limits-order" in capsys.readouterr().err


def test_an_unknown_target_is_the_users_to_mend() -> None:
    with pytest.raises(UserError, match="ftp://x"):
        run("publish", EXAMPLE, "--to", "ftp://x")


async def test_publish_into_an_embedded_log(tmp_path: Path) -> None:
    loaded = check_folder(Path(EXAMPLE)).registry
    assert loaded is not None
    file = tmp_path / "log.sqlite"
    async with open_records(f"embedded:{file}", "en") as port:
        await registry.publish(loaded, port)
    log = EmbeddedLog.open(file)
    try:
        place = TopicPartition("registry", 0)
        end = (await log.reader().end_offsets([place]))[place]
        records, _ = await log.reader().read(place, 0, end)
        assert [record.key for record in records][-1] == b"enterprise/990121003"
        assert len(records) == 7
    finally:
        log.close()


async def test_a_log_that_cannot_be_had_is_the_users_to_mend(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("this is no log, and long enough to be something else than an empty file " * 20)
    with pytest.raises(UserError):
        async with open_records(f"embedded:{tmp_path / 'notes.txt'}", "en"):
            pass
