"""Configuration folders as path -> text, the form in which rules and parameters are published."""

from __future__ import annotations

from pathlib import Path


def read_rule_files(folder: str | Path) -> dict[str, str]:
    """All `*.yaml` below `folder`, by their path relative to it with forward slashes, sorted. Raises OSError, ValueError."""
    root = Path(folder)
    if not root.is_dir():
        raise NotADirectoryError(str(root))
    found = sorted((path.relative_to(root).as_posix(), path) for path in root.rglob("*.yaml"))
    return {name: text_of(path) for name, path in found}


def text_of(path: Path) -> str:
    """The text of a file. Raises OSError, and ValueError with its name for bytes that are no UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not UTF-8 ({error.reason} at byte {error.start}); save it as UTF-8 (请另存为 UTF-8)") from None
