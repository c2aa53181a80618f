"""The file of the embedded log: tables, the one writing thread with its group commit, and the bell for those who wait.

Every change runs in that thread as a job inside a savepoint of its own; jobs that wait together share one COMMIT and one sync of
the disk. Nothing is acknowledged, visible or rung for before that COMMIT returned.
"""

from __future__ import annotations

import fcntl
import os
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, NamedTuple

from streams.domain.catalogue import Lang, text
from streams.domain.log import TopicPartition
from streams.steps.ports import CommitUnknown, LogError
from streams.transport.bell import Bell

FORMAT = 1
_APPLICATION_ID = 0x52534C47  # "RSLG", so that no other SQLite file is taken for a log
_GROUP = 256  # transactions in one COMMIT at most; more would only make the first of them wait

_SCHEMA = """
CREATE TABLE topics (name TEXT PRIMARY KEY, partitions INTEGER NOT NULL, retention_ms INTEGER, compacted INTEGER NOT NULL,
                     compaction_lag_ms INTEGER NOT NULL, max_record_bytes INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE streams (id INTEGER PRIMARY KEY, topic TEXT NOT NULL, partition INTEGER NOT NULL, begin INTEGER NOT NULL,
                      end INTEGER NOT NULL, last_ms INTEGER NOT NULL, UNIQUE (topic, partition));
CREATE TABLE records (stream INTEGER NOT NULL, offset INTEGER NOT NULL, broker_ms INTEGER NOT NULL, key BLOB, value BLOB,
                      PRIMARY KEY (stream, offset)) WITHOUT ROWID;
CREATE TABLE writers (role TEXT NOT NULL, partition INTEGER NOT NULL, epoch INTEGER NOT NULL,
                      PRIMARY KEY (role, partition)) WITHOUT ROWID;
CREATE TABLE positions (consumers TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL, position INTEGER NOT NULL,
                        PRIMARY KEY (consumers, topic, partition)) WITHOUT ROWID;
"""


class LogUnusable(LogError):
    """The file cannot be used; `told` says why in the reader's language."""

    def __init__(self, key: str, **words: object) -> None:
        super().__init__(text(key, "en", **words))
        self._key = key
        self._words = words

    def told(self, lang: Lang) -> str:
        return text(self._key, lang, **self._words)


class LogBusy(LogUnusable):
    """Another process has the file."""


class Topic(NamedTuple):
    """How a topic is kept. `retention_ms` None: for ever."""

    name: str
    partitions: int
    retention_ms: int | None = None
    compacted: bool = False
    compaction_lag_ms: int = 0
    max_record_bytes: int = 1_048_588  # what a broker takes by default


class Extent(NamedTuple):
    """Of one topic partition: its id in the file, first offset still held, next offset, stamp of the last record."""

    stream: int
    begin: int
    end: int
    last_ms: int


Work = Callable[[sqlite3.Connection], Any]


class _Job(NamedTuple):
    work: Work
    done: Future[Any]


class Store:
    """One open file. `extents` and `topics` hold committed state only; they are replaced, never changed, by the writing thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bell = Bell()
        self._lock_file = _locked(path)
        try:
            self._db = self._connected()
        except BaseException:
            os.close(self._lock_file)
            raise
        self.topics: dict[str, Topic] = {}
        self.extents: dict[TopicPartition, Extent] = {}
        # What the job that runs, and those before it in the group, have changed:
        self.staged: dict[TopicPartition, Extent] = {}
        self.staged_topics: dict[str, Topic] = {}
        self._reload()
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closing = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="embedded-log", daemon=True)
        self._thread.start()

    # -- any thread ---------------------------------------------------------------------------------------------------------

    def submit(self, work: Work) -> Future[Any]:
        """Run `work` in the writing thread as one transaction; the future is done when it is on disk, or failed without a trace."""
        done: Future[Any] = Future()
        with self._closing:
            if self._closed:
                done.set_exception(LogError(text("transport.closed", "en")))
            else:
                self._jobs.put(_Job(work, done))
        return done

    def extent(self, partition: TopicPartition) -> Extent:
        """Committed extent. Raises LogError for an unknown partition."""
        try:
            return self.extents[partition]
        except KeyError:
            raise LogError(text("transport.topic_unknown", "en", topic=partition.topic, partition=partition.partition)) from None

    def now(self) -> dict[TopicPartition, Extent]:
        """In the writing thread: extents as the running transaction sees them."""
        return {**self.extents, **self.staged}

    def reading_connection(self) -> sqlite3.Connection:
        """A connection that can only read; each reader has its own, so that none of them waits for the writer."""
        uri = f"{self.path.absolute().as_uri()}?mode=ro"
        return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=30)

    def close(self) -> None:
        """Finish the waiting transactions, then release the file. Safe to call twice."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
            self._jobs.put(None)
        self._thread.join()
        self._db.close()
        os.close(self._lock_file)

    # -- the writing thread -------------------------------------------------------------------------------------------------

    def _serve(self) -> None:
        while True:
            jobs, last = self._waiting()
            if jobs:
                self._commit(jobs)
            if last:
                return

    def _waiting(self) -> tuple[list[_Job], bool]:
        """The jobs that wait now, at least one, and whether the log closes after them."""
        job = self._jobs.get()
        jobs: list[_Job] = []
        while job is not None:
            jobs.append(job)
            if len(jobs) == _GROUP:
                return jobs, False
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return jobs, False
        return jobs, True

    def _commit(self, jobs: list[_Job]) -> None:
        outcomes: list[tuple[Future[Any], Any, BaseException | None]] = []
        self.staged, self.staged_topics = {}, {}
        try:
            self._db.execute("BEGIN IMMEDIATE")
            for work, done in jobs:
                if not done.set_running_or_notify_cancel():
                    continue  # given up while it waited: it never happens
                result, problem = self._one(work)
                outcomes.append((done, result, problem))
            self._save_extents()
            self._db.execute("COMMIT")
        except Exception as problem:
            self._failed(jobs, problem)
            return
        rung = self.staged
        if rung:
            self.extents = {**self.extents, **rung}
        if self.staged_topics:
            self.topics = {**self.topics, **self.staged_topics}
        for done, result, refused in outcomes:
            if refused is None:
                done.set_result(result)
            else:
                done.set_exception(refused)
        self.bell.ring(rung)

    def _one(self, work: Work) -> tuple[Any, BaseException | None]:
        """Run one job in its savepoint. A refusal undoes this job alone; a broken transaction breaks the group."""
        before, topics_before = dict(self.staged), dict(self.staged_topics)
        self._db.execute("SAVEPOINT job")
        try:
            result = work(self._db)
        except Exception as problem:
            if not self._db.in_transaction:
                raise  # SQLite gave the whole transaction up: disk full, I/O error
            self._db.execute("ROLLBACK TO job")
            self._db.execute("RELEASE job")
            self.staged, self.staged_topics = before, topics_before
            return None, problem
        self._db.execute("RELEASE job")
        return result, None

    def _save_extents(self) -> None:
        rows = [(e.begin, e.end, e.last_ms, e.stream) for e in self.staged.values()]
        self._db.executemany("UPDATE streams SET begin = ?, end = ?, last_ms = ? WHERE id = ?", rows)

    def _failed(self, jobs: Iterable[_Job], problem: Exception) -> None:
        """Nothing of the group is in when the transaction can still be rolled back; otherwise nobody knows before it is read again."""
        known = True
        try:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            else:
                known = False
            self._reload()
        except sqlite3.Error:
            known = False
        kind = LogError if known else CommitUnknown
        for _, done in jobs:
            if done.cancelled():
                continue
            error = kind(f"{type(problem).__name__}: {problem}")
            error.__cause__ = problem
            done.set_exception(error)

    # -- opening ------------------------------------------------------------------------------------------------------------

    def _connected(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=30)
        try:
            fresh = _is_fresh(db, self.path)
            if fresh:
                db.execute("PRAGMA page_size = 8192")
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA wal_autocheckpoint = 4000")
            db.execute("PRAGMA cache_size = -32768")
            if fresh:
                # The mark comes with the tables in one transaction: a crash here leaves a file without tables, not half a log.
                db.executescript(
                    f"BEGIN; {_SCHEMA} PRAGMA application_id = {_APPLICATION_ID}; PRAGMA user_version = {FORMAT}; COMMIT;"
                )
        except BaseException:
            db.close()
            raise
        return db

    def _reload(self) -> None:
        self.topics = {
            name: Topic(name, partitions, retention_ms, bool(compacted), lag, limit)
            for name, partitions, retention_ms, compacted, lag, limit in self._db.execute(
                "SELECT name, partitions, retention_ms, compacted, compaction_lag_ms, max_record_bytes FROM topics"
            )
        }
        self.extents = {
            TopicPartition(topic, partition): Extent(stream, begin, end, last_ms)
            for stream, topic, partition, begin, end, last_ms in self._db.execute(
                "SELECT id, topic, partition, begin, end, last_ms FROM streams"
            )
        }


def _locked(path: Path) -> int:
    """Take the lock of the file for this process. The kernel drops it however the process ends."""
    lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.pread(lock, 32, 0).decode("ascii", "replace").strip() or "?"
        os.close(lock)
        raise LogBusy("transport.log_busy", path=path, owner=f"pid {owner}") from None
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
    return lock


def _is_fresh(db: sqlite3.Connection, path: Path) -> bool:
    """Whether the tables are still to be made. Raises LogError when the file is something else."""
    try:
        application = db.execute("PRAGMA application_id").fetchone()[0]
        version = db.execute("PRAGMA user_version").fetchone()[0]
        empty = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    except sqlite3.DatabaseError:
        application, version, empty = -1, "?", False
    if empty and application == 0:
        return True
    if application != _APPLICATION_ID or version != FORMAT:
        raise LogUnusable("transport.not_a_log", path=path, found=version, wanted=FORMAT)
    return False
