"""Where records go: addresses of logs, and the embedded log with many records a transaction."""

from __future__ import annotations

from pathlib import Path

import pytest

from riskstream.console import UserError
from riskstream.targets import is_log, open_records, opened_log
from streams.domain.log import TopicPartition


@pytest.mark.parametrize(("target", "log"), [("kafka://h:1", True), ("embedded:x.db", True), ("embedded:///x.db", True),
                                             ("x.jsonl", False), ("folder", False), ("kafka", False)])  # fmt: skip
def test_what_is_a_log_and_what_a_file(target: str, log: bool) -> None:
    assert is_log(target) == log


@pytest.mark.parametrize("form", ["embedded:{}", "embedded://{}"])
async def test_more_records_than_a_transaction_takes_arrive_whole_and_in_order(form: str, tmp_path: Path) -> None:
    target = form.format(tmp_path / "log.db")
    async with open_records(target, "en") as port:
        for i in range(4_500):
            await port.append("registry", 0, b"k", str(i).encode())
    with opened_log(target, "en") as log:
        reader = log.reader()
        at, found = 0, list[bytes | None]()
        end = (await reader.end_offsets([TopicPartition("registry", 0)]))[TopicPartition("registry", 0)]
        while at < end:
            records, at = await reader.read(TopicPartition("registry", 0), at, end)
            found += [r.value for r in records]
        await reader.close()
    assert found == [str(i).encode() for i in range(4_500)]


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_an_address_of_no_known_form_says_which_forms_there_are(lang: str) -> None:
    with pytest.raises(UserError, match="kafka://"):
        async with open_records("somewhere", lang):  # type: ignore[arg-type]
            pass
    with pytest.raises(UserError, match="kafka://"), opened_log("somewhere", lang):  # type: ignore[arg-type]
        pass


async def test_a_topic_that_does_not_exist_is_the_users_to_mend(tmp_path: Path) -> None:
    with pytest.raises(UserError):
        async with open_records(f"embedded:{tmp_path / 'log.db'}", "en") as port:
            await port.append("no-such-topic", 0, None, b"x")


def test_a_log_that_is_not_there_is_not_made_by_reading_it(tmp_path: Path) -> None:
    with pytest.raises(UserError), opened_log(f"embedded:{tmp_path / 'log.db'}", "en"):
        pass
    assert list(tmp_path.iterdir()) == []
