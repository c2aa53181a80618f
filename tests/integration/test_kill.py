"""Worker and broker are killed, stopped and joined under load; what readers of committed records see is exactly a replay.

The measure: for each partition and output topic, the records that an independent read_committed consumer sees are, in order, those
that an uninterrupted replay of `steps` and raw ranges gives, and every hash that live wrote down is the replay's. So nothing is
lost and nothing is there twice. `Exactness of steps` in docs/architecture.md, and where each line of it is held:

- torn commit: tests/contracts (a refused send ends the transaction), here `kill -9` between send and commit
- fence, then read: test_runner (every failure of open and commit), here the SIGSTOP test
- checkpoint: test_runner (ignored unless the log holds its step), here every restart after one
- merge: test_sequencer (laws), here the equality with replay
- batches from Faust: test_sequencer, test_runner (refused and sought), tests/contracts
- isolation: here the reader is read_committed and the transactions torn
- size: test_runner (an output that no log takes; a step of one heavy record in test_sequencer)
- engine exception: test_runner (passed over aloud)
- versions: test_runner (steps of another version)
"""

from __future__ import annotations

import asyncio
import gc
import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer
from kafka import TopicPartition as KafkaPlace
from kafka.errors import KafkaError

from backfill.replay import replay_log
from riskstream.topics import apply, read_topics
from streams.domain.log import Outcome
from streams.steps.codec import decode_step
from streams.transport.kafka import KafkaLog
from streams.transport.kafka_admin import KafkaAdmin
from streams.transport.kafka_client import KafkaSettings
from tests.support import traffic
from tests.support.kafka_server import KafkaServer
from tests.support.process import accepts
from tests.support.worker_process import PLACES, WorkerProcess

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
PARTITIONS = 3
SESSION_S = 10
STOPPED_S = 30
# Only a failure waits so long: the machine may have two cores, and others at work on them.
PATIENCE_S = 300.0
OUTPUTS = ("warnings", "level", "risk", "aggregates", "region-close", "dead-letters")
MakeBroker = Callable[..., KafkaServer]
Seen = dict[tuple[str, int], list[tuple[bytes | None, bytes]]]


class Site:
    """A broker with the house's topics, a producer that never rests, workers that do."""

    def __init__(self, broker: KafkaServer, folder: Path) -> None:
        self.broker = broker
        self._folder = folder
        self.workers: list[WorkerProcess] = []
        self._counted: dict[KafkaPlace, tuple[int, int]] = {}  # steps counted so far: up to which offset, how many
        topics = read_topics(None, "en", PARTITIONS)
        self.raw = [t.name for t in topics.of("raw")]
        self.broadcast = [t.name for t in topics.of("broadcast")]
        with KafkaAdmin(broker.bootstrap) as admin:
            apply(admin, topics, 1, False)

    def worker(self, instance: str = "one") -> WorkerProcess:
        made = WorkerProcess(self._folder / f"worker-{len(self.workers)}", {
            "RISKSTREAM_LOG": f"kafka://{self.broker.bootstrap}", "RISKSTREAM_ROLE": "steps", "RISKSTREAM_INSTANCE": instance,
            "RISKSTREAM_PARTITIONS": str(PARTITIONS), "RISKSTREAM_SESSION_S": str(SESSION_S), "RISKSTREAM_CHECKPOINT_S": "7",
        })  # fmt: skip
        self.workers.append(made)
        return made

    @contextmanager
    def traffic(self) -> Iterator[None]:
        """Rounds of frames until the block ends, whatever happens to the broker."""
        ended = threading.Event()
        sender = threading.Thread(target=self._send, args=(ended,), name="traffic")
        sender.start()
        try:
            yield
        finally:
            ended.set()
            sender.join()

    def _send(self, ended: threading.Event) -> None:
        producer = KafkaProducer(bootstrap_servers=self.broker.bootstrap, acks="all", retries=100, linger_ms=5)
        try:
            for sent in traffic.configuration():
                producer.send(sent.topic, key=sent.key, value=sent.value)
            number = 0
            while not ended.wait(traffic.FRAME_S):
                for sent in traffic.round_of(number, traffic.now_ms()):
                    try:
                        producer.send(sent.topic, key=sent.key, value=sent.value)
                    except KafkaError:
                        break  # the broker is away; what it never took is not in the log and in nobody's replay
                number += 1
            producer.flush(30)
        finally:
            producer.close(5)

    def committed_steps(self) -> int:
        """How many steps readers of committed records see; each is read once."""
        consumer = self._consumer()
        try:
            places = [KafkaPlace("steps", p) for p in range(PARTITIONS)]
            consumer.assign(places)
            for place in places:
                consumer.seek(place, self._counted.get(place, (0, 0))[0])
            ends = consumer.end_offsets(places)
            while any(consumer.position(place) < ends[place] for place in places):
                for place, records in consumer.poll(timeout_ms=500).items():
                    count = self._counted.get(place, (0, 0))[1] + len(records)
                    self._counted[place] = records[-1].offset + 1, count
        finally:
            consumer.close()
        return sum(count for _, count in self._counted.values())

    def wait_for_steps(self, more: int) -> None:
        """Until so many more steps are committed than now."""
        wanted = self.committed_steps() + more
        self._until(lambda: self.committed_steps() >= wanted, f"{more} more steps")

    def wait_until_drained(self) -> None:
        """Until every raw record is in a committed step of every partition that must take it."""
        self._until(self._drained, "everything in steps")

    def _drained(self) -> bool:
        taken: dict[tuple[int, str, int], int] = {}
        for (_, partition), records in self.read(["steps"]).items():
            for _, value in records:
                for r in decode_step(value).ranges:
                    taken[partition, r.topic, r.partition] = r.last + 1
        consumer = self._consumer()
        try:
            wanted = {(p, t, p): KafkaPlace(t, p) for t in self.raw for p in range(PARTITIONS)}
            wanted |= {(p, t, 0): KafkaPlace(t, 0) for t in self.broadcast for p in range(PARTITIONS)}
            ends = consumer.end_offsets(list(set(wanted.values())))
        finally:
            consumer.close()
        return all(taken.get(key, 0) >= ends[place] for key, place in wanted.items())

    def _until(self, condition: Callable[[], bool], what: str) -> None:
        pause, ends_at = threading.Event(), time.monotonic() + PATIENCE_S
        while time.monotonic() < ends_at and any(w.running for w in self.workers):
            try:
                if condition():
                    return
            except KafkaError:
                pass  # the broker is away at the moment
            pause.wait(0.25)
        raise AssertionError(f"not within {PATIENCE_S:.0f} s, or no worker runs: {what}\n{self._told()}")

    def ends_with(self, worker: WorkerProcess, code: int) -> None:
        """The worker ends by itself, like this."""
        found = worker.wait(PATIENCE_S)
        assert found == code, self._told()

    def _told(self) -> str:
        return "\n".join(f"--- {w.folder.name}, ended with {w.returncode}\n{w.log_tail()}" for w in self.workers)

    def _consumer(self) -> KafkaConsumer:
        if not accepts(self.broker.port):
            raise KafkaError("the broker is away")
        return KafkaConsumer(bootstrap_servers=self.broker.bootstrap, isolation_level="read_committed", enable_auto_commit=False,
                             auto_offset_reset="earliest", request_timeout_ms=20_000)  # fmt: skip

    def read(self, topics: list[str]) -> Seen:
        """Everything committed, by an independent client."""
        consumer = self._consumer()
        try:
            places = [KafkaPlace(t, p) for t in topics for p in range(PARTITIONS)]
            consumer.assign(places)
            consumer.seek_to_beginning()
            ends = consumer.end_offsets(places)
            seen: Seen = {(place.topic, place.partition): [] for place in places}
            while any(consumer.position(place) < ends[place] for place in places):
                for place, records in consumer.poll(timeout_ms=500).items():
                    seen[place.topic, place.partition] += [(r.key, r.value) for r in records]
            return seen
        finally:
            consumer.close()

    def assert_exact(self) -> None:
        """What readers see is what an uninterrupted replay gives, and the hashes agree."""
        expected: dict[tuple[str, int], list[tuple[bytes | None, bytes]]] = defaultdict(list)

        def listen(partition: int, outcome: Outcome) -> None:
            for output in outcome.outputs:
                expected[output.topic, partition].append((output.key, output.value))

        log = KafkaLog(KafkaSettings(self.broker.bootstrap), "replay")
        summary = asyncio.run(replay_log(log, range(PARTITIONS), PARTITIONS, listen))
        assert summary.diverged == []
        seen = self.read(list(OUTPUTS))
        for place, records in seen.items():
            assert records == expected[place], f"{place}: {len(records)} seen, {len(expected[place])} by replay"
        said = sum(len(records) for (topic, _), records in seen.items() if topic == "warnings")
        assert said > 50, "too little happened for this to prove anything"
        steps = [decode_step(v) for records in self.read(["steps"]).values() for _, v in records]
        assert not [s for s in steps if "divergence" in s.degraded]
        assert not [s for s in steps if s.gaps or s.skip]


@pytest.fixture
def site(kafka_factory: MakeBroker, tmp_path: Path) -> Iterator[Site]:
    made = Site(kafka_factory(), tmp_path)
    yield made
    for worker in made.workers:
        worker.kill9()
    gc.collect()  # sockets that kafka-python lost with its broker are complained about here, where it is ignored


def test_a_worker_killed_ten_times_at_random_and_inside_commits_loses_and_doubles_nothing(site: Site) -> None:
    dice = random.Random(20240)
    worker = site.worker()
    with site.traffic():
        for kill in range(10):
            worker.suicide = None if kill % 2 == 0 else (PLACES[kill // 2 % 3], dice.randint(1, 12))
            worker.start()
            if worker.suicide is None:
                site.wait_for_steps(dice.randint(2, 25))
                threading.Event().wait(dice.random() / 5)  # anywhere between two steps, or inside one
            else:
                site.ends_with(worker, -9)
            worker.kill9()
        worker.suicide = None
        worker.start()
        site.wait_for_steps(10)
    site.wait_until_drained()
    assert worker.running
    worker.stop()
    site.assert_exact()


def test_a_worker_stopped_for_thirty_seconds_finds_its_partitions_taken_and_harms_nothing(site: Site) -> None:
    first, second = site.worker("one"), site.worker("two")
    with site.traffic():
        first.start()
        site.wait_for_steps(20)
        second.start()  # joins: some partitions move
        site.wait_for_steps(30)
        first.pause()
        site.wait_for_steps(40)  # the second has all of them by now
        threading.Event().wait(STOPPED_S - SESSION_S)
        first.resume()
        site.ends_with(first, 70)  # it stood still longer than its session: it ends itself
        first.kill9()
        site.wait_for_steps(20)
        first.start()  # and joins again
        site.wait_for_steps(30)
        second.stop()  # leaves in good order
        site.wait_for_steps(30)
    site.wait_until_drained()
    first.stop()
    site.assert_exact()


def test_a_broker_killed_twice_loses_and_doubles_nothing(site: Site) -> None:
    worker = site.worker()
    with site.traffic():
        worker.start()
        for _ in range(2):
            site.wait_for_steps(25)
            site.broker.kill9()
            threading.Event().wait(1.0)
            site.broker.start()
        site.wait_for_steps(25)
    site.wait_until_drained()
    assert worker.running
    worker.stop()
    site.assert_exact()


def test_sigterm_ends_within_ten_seconds_and_the_next_worker_goes_on_at_the_next_step(site: Site) -> None:
    worker = site.worker()
    with site.traffic():
        for _ in range(2):
            worker.start()
            site.wait_for_steps(20)
            worker.stop()
            assert "longer than" not in worker.log_tail()
        worker.start()
        site.wait_for_steps(5)
    site.wait_until_drained()
    worker.stop()
    manifests = [
        key for records in site.read(["checkpoints"]).values() for key, _ in records if (key or b"").endswith(b"manifest")
    ]
    assert len(manifests) >= 2 * PARTITIONS
    site.assert_exact()
