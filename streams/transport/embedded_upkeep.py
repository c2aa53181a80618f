"""Retention, compaction and the positions of consumer groups in the embedded log.

Upkeep runs on demand. Offsets never move: what is dropped leaves a gap, as in Kafka.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import TYPE_CHECKING

from streams.domain.log import TopicPartition

if TYPE_CHECKING:
    from streams.transport.embedded_store import Store


def retained(store: Store, db: sqlite3.Connection, at_ms: int) -> int:
    """Drop the oldest records of each partition that are past their topic's retention. Stamps never fall, so this is a prefix."""
    dropped = 0
    for place, extent in store.now().items():
        retention_ms = store.topics[place.topic].retention_ms
        if retention_ms is None:
            continue
        row = db.execute(
            "SELECT min(offset) FROM records WHERE stream = ? AND broker_ms >= ?", (extent.stream, at_ms - retention_ms)
        ).fetchone()
        begin = extent.end if row[0] is None else int(row[0])
        if begin > extent.begin:
            dropped += db.execute("DELETE FROM records WHERE stream = ? AND offset < ?", (extent.stream, begin)).rowcount
            store.staged[place] = extent._replace(begin=begin)
    return dropped


def compacted(store: Store, db: sqlite3.Connection, at_ms: int) -> int:
    """Drop records of compacted topics that a later one of the same key replaced, and tombstones.

    Only records past the lag are looked at, so a record stays until its *successor* is that old, as with a Kafka cleaner.
    """
    dropped = 0
    for place, extent in store.now().items():
        topic = store.topics[place.topic]
        if topic.compacted:
            dropped += _compact(db, extent.stream, at_ms - topic.compaction_lag_ms)
    return dropped


def _compact(db: sqlite3.Connection, stream: int, before_ms: int) -> int:
    newest: dict[bytes, int] = {}
    dead: list[tuple[int, int]] = []
    rows = db.execute(
        "SELECT offset, key, value IS NULL FROM records WHERE stream = ? AND broker_ms < ? AND key IS NOT NULL ORDER BY offset DESC",
        (stream, before_ms),
    )
    for offset, key, tombstone in rows:
        replaced = newest.setdefault(key, offset) != offset
        if replaced or tombstone:
            dead.append((stream, offset))
    db.executemany("DELETE FROM records WHERE stream = ? AND offset = ?", dead)
    return len(dead)


def save_positions(db: sqlite3.Connection, group: str, positions: Mapping[TopicPartition, int]) -> None:
    db.executemany(
        "INSERT OR REPLACE INTO positions (consumers, topic, partition, position) VALUES (?, ?, ?, ?)",
        [(group, topic, partition, position) for (topic, partition), position in positions.items()],
    )


def load_positions(db: sqlite3.Connection, group: str) -> dict[TopicPartition, int]:
    rows = db.execute("SELECT topic, partition, position FROM positions WHERE consumers = ?", (group,))
    return {TopicPartition(topic, partition): position for topic, partition, position in rows}
