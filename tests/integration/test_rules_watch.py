"""A worker with a watched folder, as a process of its own: saved rules reach the log, bad ones do not, and the site goes on."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from tests.support.worker_process import PROJECT

WAIT_S = 300.0  # only a failure waits so long


def publications(path: Path) -> int:
    """Committed records on `rules`, seen by a reader of the file that knows nothing of us."""
    if not path.exists():
        return 0
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10) as db:
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'records'").fetchone():
            return 0
        query = "SELECT count(*) FROM records JOIN streams ON streams.id = records.stream WHERE streams.topic = 'rules'"
        return int(db.execute(query).fetchone()[0])


def wait_for(holds: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    pause = threading.Event()
    for _ in range(int(WAIT_S / 0.2)):
        if holds():
            return
        assert process.poll() is None, log.read_text()[-3000:]
        pause.wait(0.2)
    raise AssertionError(log.read_text()[-3000:])


def test_saved_rules_reach_the_log_and_bad_ones_do_not(tmp_path: Path) -> None:
    folder, db, log = (
        Path(shutil.copytree(PROJECT / "risk_rules", tmp_path / "rules")),
        tmp_path / "site.db",
        tmp_path / "worker.log",
    )
    command = [sys.executable, "-m", "riskstream.worker", "--log", f"embedded:{db}", "--role", "steps", "--rules", str(folder),
               "--approved-by", "chief"]  # fmt: skip
    with log.open("wb") as out:
        worker = subprocess.Popen(command, cwd=PROJECT, stderr=out, env={"PATH": "/usr/bin:/bin", "RISKSTREAM_LANG": "en"})
    try:
        wait_for(lambda: publications(db) == 1, worker, log)
        bad = folder / "common" / "half.yaml"
        bad.write_text("schema: 2\nrules:\n  - id: half\n", encoding="utf-8")
        wait_for(lambda: "cannot be used" in log.read_text(), worker, log)
        assert "common/half.yaml" in log.read_text()
        assert publications(db) == 1
        bad.unlink()
        holds = folder / "parameters" / "holds.yaml"
        holds.write_text(holds.read_text(encoding="utf-8").replace("600", "900", 1), encoding="utf-8")
        wait_for(lambda: publications(db) == 2, worker, log)
    finally:
        worker.terminate()
        assert worker.wait(WAIT_S) == 0, log.read_text()[-3000:]
