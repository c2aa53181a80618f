"""A real Apache Kafka broker (KRaft, one node) on 127.0.0.1: jars by Maven once, then a private folder a broker."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

from kafka import KafkaAdminClient
from kafka.admin import NewTopic
from kafka.errors import KafkaError

from tests.support.process import ServerProcess, StartFailed, Unavailable, accepts, free_port

PROJECT = Path(__file__).resolve().parents[2]
POM = Path(__file__).with_name("kafka") / "pom.xml"
SUMS = POM.with_name("jars.sha256")
JARS = PROJECT / ".cache" / "kafka-4.1.0"
_JAVA_OLDEST = 17

# Short sessions, because a broker that was killed may register again only when its session before has run out.
_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
num.partitions=1
num.network.threads=2
num.io.threads=4
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
offsets.retention.minutes=60
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
transaction.abort.timed.out.transaction.cleanup.interval.ms=500
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
log.segment.bytes=67108864
log.cleaner.dedupe.buffer.size=16777216
message.max.bytes=1048588
"""


def java() -> str:
    """Path of a Java that can run Kafka 4. Raises Unavailable."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which(str(Path(home) / "bin" / "java")) if home else shutil.which("java")
    if found is None:
        raise Unavailable("Kafka needs Java 17 or newer; no `java` on PATH (Debian: apt-get install openjdk-17-jre-headless)")
    told = subprocess.run([found, "-version"], capture_output=True, text=True, check=False).stderr
    version = told.partition('"')[2].partition('"')[0]
    major = version.split(".", 1)[0].split("-", 1)[0]
    if not major.isdigit() or int(major) < _JAVA_OLDEST:
        raise Unavailable(f"Kafka needs Java 17 or newer; {found} is {version or 'of unknown version'}")
    return found


def expected_jars() -> dict[str, str]:
    """File name -> SHA-256 of every jar the broker may consist of."""
    rows = (line.split() for line in SUMS.read_text().splitlines() if line)
    return {name: digest for digest, name in rows}


def jars() -> Path:
    """Folder with exactly the expected jars, brought by Maven when they are not there yet. Raises Unavailable."""
    if _complete(JARS):
        return JARS
    maven = shutil.which("mvn")
    if maven is None:
        raise Unavailable("Kafka's jars are not in .cache and there is no `mvn` to bring them (Debian: apt-get install maven)")
    fresh = JARS.with_name(f"{JARS.name}.{os.getpid()}")
    command = [maven, "-q", "-B", "-ntp", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={fresh}"]
    done = subprocess.run([*command, "-DincludeScope=runtime"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Unavailable(f"Maven could not bring Kafka's jars: {(done.stdout + done.stderr)[-2000:]}")
    if not _complete(fresh):
        raise Unavailable(f"the jars in {fresh} are not those of {SUMS.name}")
    if not _complete(JARS):  # another process may have been quicker
        shutil.rmtree(JARS, ignore_errors=True)
        fresh.rename(JARS)
    shutil.rmtree(fresh, ignore_errors=True)
    return JARS


def _complete(folder: Path) -> bool:
    names = {path.name for path in folder.glob("*.jar")}
    wanted = expected_jars()
    if names != wanted.keys():
        return False
    return all(hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest for name, digest in wanted.items())


class KafkaTopics:
    """What tests ask of any broker, ours or a given one."""

    bootstrap: str

    def admin(self) -> KafkaAdminClient:
        return KafkaAdminClient(bootstrap_servers=self.bootstrap)

    def create_topics(self, partitions: Mapping[str, int], config: Mapping[str, str] | None = None) -> None:
        """Create topics (name -> partitions), all with the same `config`; they are ready when this returns."""
        admin = self.admin()
        try:
            admin.create_topics(
                [NewTopic(name, count, 1, topic_configs=dict(config or {})) for name, count in partitions.items()]
            )
        finally:
            admin.close()


class GivenKafka(KafkaTopics):
    """The broker named by RISKSTREAM_TEST_KAFKA: ours to use, not to kill."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap


class KafkaServer(ServerProcess, KafkaTopics):
    """One broker with its own data folder and ports, both kept over restarts."""

    name = "Kafka"

    def __init__(self, folder: Path, port: int | None = None, properties: Mapping[str, str] | None = None) -> None:
        super().__init__(folder)
        self.port = port or free_port()
        self.bootstrap = f"127.0.0.1:{self.port}"
        self.properties = dict(properties or {})
        self._java = java()
        self._jars = jars()

    def command(self) -> Sequence[str]:
        config = self.folder / "server.properties"
        if not config.exists():
            self._format(config)
        # a folder that was used on another port before: the broker's port moves, the controller's is in the metadata
        settings = config.read_text()
        config.write_text(re.sub(r"(PLAINTEXT://127\.0\.0\.1:)\d+", rf"\g<1>{self.port}", settings))
        return [*self._java_command("-Xms256m", "-Xmx1g", "-XX:+UseG1GC"), "kafka.Kafka", str(config)]

    def answers(self) -> bool:
        if not accepts(self.port):
            return False
        try:
            admin = KafkaAdminClient(bootstrap_servers=self.bootstrap, request_timeout_ms=2000, bootstrap_timeout_ms=2000)
        except (KafkaError, OSError, ValueError):
            return False
        try:
            admin.list_topics()
        except (KafkaError, OSError):
            return False
        finally:
            admin.close()
        return True

    def _format(self, config: Path) -> None:
        settings = _PROPERTIES.format(broker=self.port, controller=free_port(), data=self.folder / "data")
        extra = "".join(f"{key}={value}\n" for key, value in self.properties.items())
        draft = config.with_suffix(".draft")
        draft.write_text(settings + extra)
        cluster = uuid.uuid4().hex[:22]
        arguments = ["format", "--standalone", "-t", cluster, "-c", str(draft)]
        done = subprocess.run(
            [*self._java_command(), "kafka.tools.StorageTool", *arguments], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise StartFailed(f"formatting the storage failed: {done.stdout}{done.stderr}")
        draft.rename(config)

    def _java_command(self, *options: str) -> list[str]:
        level = "-Dorg.slf4j.simpleLogger.defaultLogLevel=info"
        stamp = "-Dorg.slf4j.simpleLogger.showDateTime=true"
        return [self._java, *options, level, stamp, "-Djava.awt.headless=true", "-cp", f"{self._jars}/*"]
