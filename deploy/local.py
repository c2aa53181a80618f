"""A local Kafka and ClickHouse for development, without containers: `make up`, `make down`. Their data stay in .cache/local."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from tests.support.clickhouse_server import ClickHouseServer
from tests.support.kafka_server import PROJECT, KafkaServer
from tests.support.process import ServerProcess, StartFailed, Unavailable, wait_gone

FOLDER = PROJECT / ".cache" / "local"
KAFKA_PORT = int(os.environ.get("RISKSTREAM_LOCAL_KAFKA_PORT", "9092"))
CLICKHOUSE_PORT = int(os.environ.get("RISKSTREAM_LOCAL_CLICKHOUSE_PORT", "9000"))
CLICKHOUSE_HTTP_PORT = int(os.environ.get("RISKSTREAM_LOCAL_CLICKHOUSE_HTTP_PORT", "8123"))


def main(argv: list[str]) -> int:
    if argv not in (["up"], ["down"]):
        print("usage: python -m deploy.local up|down", file=sys.stderr)
        return 2
    return up() if argv == ["up"] else down()


def up() -> int:
    """Start what does not run yet; exit code 1 when one of the two cannot be had."""
    told: list[str] = []
    code = 0
    for name in ("kafka", "clickhouse"):
        pid_file = FOLDER / f"{name}.pid"
        try:
            server = _server(name)
            if server.answers():
                print(f"{server.name} answers already on 127.0.0.1:{server.port}")
            else:
                server.start(detached=True)
                pid_file.write_text(f"{server.pid}\n")
                print(f"{server.name} runs on 127.0.0.1:{server.port}, log {server.log.relative_to(PROJECT)}")
            told.append(_setting(server))
        except (Unavailable, StartFailed) as problem:
            print(f"{name}: {problem}", file=sys.stderr)
            code = 1
    if told:
        print("\nPoint riskstream and its tests at them:")
        print("\n".join(f"  export {line}" for line in told))
    return code


def down() -> int:
    """Stop exactly the processes that up() started."""
    for pid_file in sorted(FOLDER.glob("*.pid")):
        pid = int(pid_file.read_text())
        if _is_ours(pid):
            os.kill(pid, signal.SIGTERM)
            wait_gone(pid, timeout_s=30)
            print(f"{pid_file.stem} stopped")
        pid_file.unlink()
    return 0


def _server(name: str) -> KafkaServer | ClickHouseServer:
    if name == "kafka":
        return KafkaServer(FOLDER / name, port=KAFKA_PORT)
    return ClickHouseServer(FOLDER / name, port=CLICKHOUSE_PORT, http_port=CLICKHOUSE_HTTP_PORT)


def _setting(server: ServerProcess) -> str:
    if isinstance(server, KafkaServer):
        return f"RISKSTREAM_KAFKA={server.bootstrap} RISKSTREAM_TEST_KAFKA={server.bootstrap}"
    assert isinstance(server, ClickHouseServer)
    return f"RISKSTREAM_CLICKHOUSE={server.url} RISKSTREAM_TEST_CLICKHOUSE={server.url}"


def _is_ours(pid: int) -> bool:
    """True when `pid` still is a server started in our folder, not a stranger that got its number since."""
    try:
        return str(FOLDER).encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
