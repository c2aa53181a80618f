"""A real ClickHouse server on 127.0.0.1 from a private configuration and folder, never the system's own service."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from clickhouse_driver import Client
from clickhouse_driver.errors import Error as ClickHouseError

from tests.support.process import ServerProcess, Unavailable, accepts, free_port

# Valid for Debian's 18.16 as for the newest; only what a test needs is said.
_CONFIG = """\
<?xml version="1.0"?>
<yandex>
  <logger><level>information</level><console>1</console></logger>
  <listen_host>127.0.0.1</listen_host>
  <tcp_port>{tcp}</tcp_port>
  <http_port>{http}</http_port>
  <interserver_http_port>{interserver}</interserver_http_port>
  <interserver_http_host>127.0.0.1</interserver_http_host>
  <path>{folder}/data/</path>
  <tmp_path>{folder}/tmp/</tmp_path>
  <user_files_path>{folder}/files/</user_files_path>
  <format_schema_path>{folder}/schemas/</format_schema_path>
  <users_config>{folder}/users.xml</users_config>
  <default_profile>default</default_profile>
  <default_database>default</default_database>
  <timezone>UTC</timezone>
  <mark_cache_size>67108864</mark_cache_size>
  <max_concurrent_queries>50</max_concurrent_queries>
</yandex>
"""
_USERS = """\
<?xml version="1.0"?>
<yandex>
  <profiles>
    <default><max_memory_usage>2000000000</max_memory_usage></default>
    <readonly><readonly>1</readonly></readonly>
  </profiles>
  <users>
    <default>
      <password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>
    </default>
    <reader>
      <password></password><networks><ip>127.0.0.1</ip></networks><profile>readonly</profile><quota>default</quota>
    </reader>
  </users>
  <quotas><default><interval><duration>3600</duration><queries>0</queries><errors>0</errors><result_rows>0</result_rows>
    <read_rows>0</read_rows><execution_time>0</execution_time></interval></default></quotas>
</yandex>
"""


def program() -> list[str]:
    """Command that starts a ClickHouse server, without its arguments. Raises Unavailable."""
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/bin"))
    if found := shutil.which("clickhouse-server", path=path):
        return [found]
    if found := shutil.which("clickhouse", path=path):
        return [found, "server"]
    raise Unavailable("no `clickhouse-server` on this machine (Debian: apt-get install clickhouse-server)")


class ClickHouseAddress:
    """What tests ask of any ClickHouse, ours or a given one."""

    host = "127.0.0.1"
    port = 9000
    user = "default"
    password = ""

    @property
    def url(self) -> str:
        """As riskstream takes it: clickhouse://user:password@host:port/database."""
        secret = f":{self.password}" if self.password else ""
        return f"clickhouse://{self.user}{secret}@{self.host}:{self.port}/default"

    def client(self, database: str = "default") -> Client:
        """A new connection; the caller disconnects it."""
        return Client(self.host, port=self.port, user=self.user, password=self.password, database=database, connect_timeout=5)


class GivenClickHouse(ClickHouseAddress):
    """The server named by RISKSTREAM_TEST_CLICKHOUSE (clickhouse://user:password@host:port): ours to use, not to kill."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url if "://" in url else f"clickhouse://{url}")
        self.host, self.port = parts.hostname or "127.0.0.1", parts.port or 9000
        self.user, self.password = parts.username or "default", parts.password or ""


class ClickHouseServer(ServerProcess, ClickHouseAddress):
    """One server with its own folder and ports, both kept over restarts."""

    name = "ClickHouse"

    def __init__(self, folder: Path, port: int | None = None, http_port: int | None = None) -> None:
        super().__init__(folder)
        self.port = port or free_port()
        self.http_port = http_port or free_port()
        self._program = program()

    def command(self) -> Sequence[str]:
        config = self.folder / "config.xml"
        for name in ("data", "tmp", "files", "schemas"):
            (self.folder / name).mkdir(exist_ok=True)
        (self.folder / "users.xml").write_text(_USERS)
        # written anew at each start: a folder that was used on other ports before follows
        ports = {"tcp": self.port, "http": self.http_port, "interserver": free_port()}
        config.write_text(_CONFIG.format(folder=self.folder, **ports))
        return [*self._program, f"--config-file={config}"]

    def answers(self) -> bool:
        if not accepts(self.port):
            return False
        client = self.client()
        try:
            return bool(client.execute("SELECT 1") == [(1,)])
        except (ClickHouseError, OSError):
            return False
        finally:
            client.disconnect()
