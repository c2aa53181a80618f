"""What may never be in the tree, whoever wrote it: run by `make lint`, and by a test over planted offences.

Paths of one machine, addresses of package registries, secrets, merge leftovers, work left open without a place to find it, binaries and
big files. The patterns are put together from pieces, so that this file does not find itself.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

PROJECT = Path(__file__).resolve().parents[2]
_BIGGEST_BYTES = 1_500_000
_MOST_LINES = 400
_CODE = ("api/", "backfill/", "models/", "reports/", "riskstream/", "streams/")
_HOSTS = {
    "127.0.0.1", "localhost", "keepachangelog.com", "semver.org", "www.apache.org", "maven.apache.org", "json-schema.org", "www.w3.org",
}  # fmt: skip
_URL = re.compile(r"https?://[^\s\"'<>)\]}`]+")
_FORBIDDEN = {
    "a path of one machine": re.compile(r"(?<![\w.:])/(?:" + "|".join(("work", "farm", "root", "home", "Users")) + r")/\w"),
    "a private key": re.compile("-----BEGIN [A-Z ]*PRIVATE " + "KEY-----"),
    "a merge leftover": re.compile(r"^(?:<{7} |>{7} |={7}$)", re.M),
    "work left open": re.compile(r"\b(?:" + "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK")) + r")\b"),
    "a checker silenced without its name": re.compile("#\\s*(?:type: " + r"ignore(?!\[)|no" + r"qa(?!:\s*[A-Z]+[0-9]+))"),
    "an index in a lock": re.compile(r"^--(?:extra-)?index-url|^--find-links", re.M),
}


class Offence(NamedTuple):
    path: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


def offences_of(path: str, text: str) -> Iterator[Offence]:
    """All offences of one file, in order of kind."""
    for what, pattern in _FORBIDDEN.items():
        for found in pattern.finditer(text):
            yield Offence(path, text.count("\n", 0, found.start()) + 1, f"{what}: {found.group().strip()[:60]}")
    for found in _URL.finditer(text):
        if not _allowed(urlsplit(found.group()).hostname or ""):
            yield Offence(path, text.count("\n", 0, found.start()) + 1, f"an address of the network: {found.group()[:60]}")
    lines = text.count("\n")
    if path.endswith(".py") and path.startswith(_CODE) and lines > _MOST_LINES:
        yield Offence(path, lines, f"a module over {_MOST_LINES} lines")


def _allowed(host: str) -> bool:
    """Names reserved for examples (RFC 2606), single words (services of a compose file) and the few that documents need."""
    return host in _HOSTS or "." not in host or host.endswith((".example", ".invalid", ".test"))


def tracked() -> list[str]:
    """Files that git tracks, or would: relative paths."""
    told = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=PROJECT, capture_output=True, check=True
    )
    return sorted(name for name in told.stdout.decode().split("\0") if name and (PROJECT / name).is_file())


def offences() -> Iterator[Offence]:
    for name in tracked():
        raw = (PROJECT / name).read_bytes()
        if len(raw) > _BIGGEST_BYTES:
            yield Offence(name, 0, f"{len(raw)} bytes: too big for the repository")
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            if not name.startswith("tests/"):
                yield Offence(name, 0, "not a text")
            continue
        if name != "LICENSE":
            yield from offences_of(name, text)


if __name__ == "__main__":
    found = list(offences())
    print("\n".join(map(str, found)) or "tree: nothing prohibited")
    sys.exit(bool(found))
