"""The recipes are true: their files are written, their changes made and their commands run in a folder of one's own, exactly as printed."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
CODE = ("riskstream", "streams", "backfill", "models", "reports", "api")
DATA = ("risk_rules", "docs", "schemas", "topics.yaml")
_BLOCK = re.compile(r"^```(yaml|diff|sh)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


class Block(NamedTuple):
    kind: str
    text: str


def blocks(name: str) -> list[Block]:
    """What a reader types, in order. A plain block without a language is for looking only."""
    return [Block(m[1], m[2]) for m in _BLOCK.finditer((ROOT / "docs" / "recipes" / name).read_text(encoding="utf-8"))]


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    """A copy of what a reader has before him; the code too, because a recipe may change it."""
    for name in (*CODE, *DATA):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path / name)
    return tmp_path


def write(place: Path, text: str) -> None:
    """A block names its file in its first line."""
    name, _, body = text.partition("\n")
    path = place / name.removeprefix("# ")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(body, encoding="utf-8")


def change(place: Path, text: str) -> None:
    """Lines with - stand in the file one after the other or apart, each exactly once; + stands in their place."""
    name, _, body = text.partition("\n")
    path = place / name.removeprefix("# ")
    whole = path.read_text(encoding="utf-8")
    for old, new in re.findall(r"((?:^-.*\n)+)((?:^\+.*\n)+)", body, re.MULTILINE):
        before, after = (re.sub(r"^[-+]", "", part, flags=re.MULTILINE) for part in (old, new))
        assert whole.count(before) == 1, f"{path.name}: {before!r} stands {whole.count(before)} times"
        whole = whole.replace(before, after)
    path.write_text(whole, encoding="utf-8")


def run(place: Path, line: str) -> str:
    """One command of a recipe; `# exit 1` says that it is meant to fail."""
    command, _, remark = line.partition("#")
    wanted = int(found[1]) if (found := re.search(r"exit (\d)", remark)) else 0
    words = shlex.split(command)
    assert words[0] == "riskstream", line
    environment = os.environ | {"PYTHONPATH": str(place), "LC_ALL": "C.UTF-8"}
    done = subprocess.run([sys.executable, "-m", "riskstream.main", *words[1:]], cwd=place, env=environment,
                          capture_output=True, text=True, timeout=540, check=False)  # fmt: skip
    assert done.returncode == wanted, f"{line}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


@pytest.mark.parametrize("recipe", ["new-rule.md", "new-point-type.md"])
def test_a_recipe_works_when_it_is_followed(recipe: str, workplace: Path) -> None:
    acts = {"yaml": write, "diff": change}
    kinds = [block.kind for block in blocks(recipe)]
    assert "sh" in kinds
    assert "yaml" in kinds
    for block in blocks(recipe):
        if block.kind == "sh":
            for line in filter(None, map(str.strip, block.text.splitlines())):
                run(workplace, line)
        else:
            acts[block.kind](workplace, block.text)


def test_a_change_that_does_not_fit_is_said(workplace: Path) -> None:
    (workplace / "a.txt").write_text("one\ntwo\n", encoding="utf-8")
    change(workplace, "# a.txt\n-one\n+three\n")
    assert (workplace / "a.txt").read_text(encoding="utf-8") == "three\ntwo\n"
    with pytest.raises(AssertionError, match="stands 0 times"):
        change(workplace, "# a.txt\n-one\n+three\n")


@pytest.mark.parametrize("recipe", ["new-rule.md", "new-point-type.md"])
def test_links_of_a_recipe_lead_somewhere(recipe: str) -> None:
    page = ROOT / "docs" / "recipes" / recipe
    for link in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / link).exists(), link
