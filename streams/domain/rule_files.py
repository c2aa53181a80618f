"""Configuration folders as path -> text, the form in which rules and parameters are published."""

from __future__ import annotations

from pathlib import Path


def read_rule_files(folder: str | Path) -> dict[str, str]:
    """All `*.yaml` below `folder`, by their path relative to it with forward slashes, sorted. Raises OSError, UnicodeDecodeError."""
    root = Path(folder)
    if not root.is_dir():
        raise NotADirectoryError(str(root))
    found = sorted((path.relative_to(root).as_posix(), path) for path in root.rglob("*.yaml"))
    return {name: path.read_text(encoding="utf-8") for name, path in found}
