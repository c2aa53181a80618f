"""docs/lint.md: every check with what it finds, why that matters, an example and the way out. Written from the checks themselves."""

from __future__ import annotations

from collections.abc import Iterator

from backfill.lint.check import Check
from backfill.lint.checks_in_order import CHECKS
from streams.domain.catalogue import text

_HEAD = """# Lint of rules

`riskstream rules lint [PATH]` finds mistakes that can be read off rule files (a folder of rules, or one file), without playing anything.
It says everything that `riskstream rules check` says, and more: whether a condition can hold at all is decided from what is known of every
plant (a share lies between 0 and 1, LL < L < H < HH inside the range, the highest of 10 minutes is no lower than the present value) and
from `risk_rules/lint.yaml`, where every number has its tag: noise and drift of an instrument, the widest deadband and the longest period that
a registry is taken with, where limits usually lie, what a unit can measure at all. What cannot be proven is not said.

| exit code | |
|---|---|
| 0 | nothing found, or hints (info) only |
| 1 | errors (with `--fatal-warnings`: or warnings) |
| 2 | the path cannot be read |
| 3 | warnings only |

`--json` prints the same as one object. A finding that is right for one rule is allowed where it stands, with a reason:

```yaml
  - id: bund-level-low       # lint: allow wrong-side an empty bund is what this rule is about
```

An allowance without a reason, of a check that does not exist, or that is no longer needed is a problem itself. This page is written by
`riskstream rules lint --document docs/lint.md`.
"""


def document() -> str:
    """The page."""
    rows = [
        f"| [{c.id}](#{c.id}) | {c.severity} | {text(f'lint.what.{c.key}', 'zh')} | {text(f'lint.what.{c.key}', 'en')} |"
        for c in CHECKS
    ]
    table = ["", "| check | severity | | |", "|---|---|---|---|", *rows]
    return _HEAD + "\n".join(table) + "\n" + "".join(line + "\n" for check in CHECKS for line in _section(check))


def _section(check: Check) -> Iterator[str]:
    yield f"\n## {check.id}"
    for lang in ("zh", "en"):
        what, why = text(f"lint.what.{check.key}", lang), text(f"lint.why.{check.key}", lang)
        yield f"\n{what}{'。' if lang == 'zh' else '.'} {why}"
        yield f"*{'出路' if lang == 'zh' else 'Way out'}*: {_way_out(check, lang)}"
    yield "\n```yaml"
    yield f"# {check.severity}: {check.id}{check.fires.rstrip()}"
    yield f"# instead{check.silent.rstrip()}"
    yield "```"


def _way_out(check: Check, lang: str) -> str:
    key = f"lint.hint.{check.key}"
    return text(key, "zh" if lang == "zh" else "en", close="permits")
