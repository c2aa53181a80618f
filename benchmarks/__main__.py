"""`python -m benchmarks --list`, `python -m benchmarks SCENARIO ... [--quick] [--json PLACE]`; `all` is every scenario, unattended.

`--only TEXT` measures the cases with that in their name (as the run says them), each of several given.

`--readme FOLDER` puts what was written there into the README.

`--json` names a file (one scenario) or a folder (more than one, and `all`): a JSON and a Markdown file a scenario, written as soon as
it is done. A scenario that fails is said and the next begins; the exit code tells.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from benchmarks.harness import machine
from benchmarks.harness.measuring import measured
from benchmarks.harness.plots import pictures
from benchmarks.harness.results import Run
from benchmarks.harness.scenario import Options, Scenario
from benchmarks.harness.showing import markdown, put_into, table_text
from benchmarks.scenarios.known import SCENARIOS

README = Path(__file__).with_name("README.md")
ALL = "all"


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0: every figure asked for is there; 1: outputs differed or a scenario failed; 2: not understood."""
    args = _parser().parse_args(argv)
    if args.readme is not None:
        return into_readme(args.readme)
    if args.list or not args.scenario:
        print(listing())
        return 0 if args.list else 2
    unknown = [name for name in args.scenario if name != ALL and name not in SCENARIOS]
    if unknown:
        print(f"no such scenario: {', '.join(unknown)}\n{listing()}", file=sys.stderr)
        return 2
    names = list(SCENARIOS) if ALL in args.scenario else list(dict.fromkeys(args.scenario))
    folder = args.json is not None and (len(names) > 1 or args.json.is_dir())
    code = 0
    for name in names:
        try:
            run = run_scenario(SCENARIOS[name], args.quick, args.only)
        except Exception:  # the others are still worth having
            traceback.print_exc()
            code = 1
            continue
        print(markdown(run), flush=True)
        if args.json is not None:
            write(run, args.json / f"{name}.json" if folder else args.json)
        code = code or int(any(table.agreed is False for table in run.tables))
    return code


def listing() -> str:
    """One line a scenario."""
    return "\n".join(f"{s.id:10} seed {s.seed}  at most {s.bound_s / 60:3.0f} min  {s.about}" for s in SCENARIOS.values())


def run_scenario(scenario: Scenario, quick: bool, only: Sequence[str] = ()) -> Run:
    """Measure `scenario`, all of it or the cases with one of the texts of `only` in their name; progress goes to standard error."""
    began, told = time.monotonic(), datetime.now(UTC)
    described = machine.described()
    with tempfile.TemporaryDirectory(prefix=f"bench-{scenario.id}-") as folder:
        options = Options(quick, Path(folder), scenario.seed)
        bound_s = scenario.quick_s if quick else scenario.bound_s
        with scenario.cases(options) as cases:
            wanted = (case for case in cases if not only or any(text in case.name for text in only))
            tables = tuple(measured(wanted, bound_s, say))
    return Run(
        scenario=scenario.id, seed=scenario.seed, quick=quick, began=told.isoformat(timespec="seconds"), tables=tables,
        took_s=round(time.monotonic() - began, 1), machine=described, notes=scenario.notes, revision=machine.revision(),
    )  # fmt: skip


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def write(run: Run, path: Path) -> None:
    """The run as JSON, and as Markdown beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(run), indent=1) + b"\n")
    path.with_suffix(".md").write_text(markdown(run), encoding="utf-8")


def into_readme(folder: Path) -> int:
    """Tables and plots of every run in `folder` into the README; exit code 1 when one has no place there."""
    code = 0
    for path in sorted(folder.glob("*.json")):
        run = msgspec.json.decode(path.read_bytes(), type=Run)
        placed = put_into(README, run.scenario, readme_text(run))
        code = code or int(not placed)
        for name, picture in pictures(run).items():
            (README.parent / "plots").mkdir(exist_ok=True)
            (README.parent / "plots" / name).write_text(picture, encoding="utf-8")
    return code


def readme_text(run: Run) -> str:
    """What the README shows of a run: machine and tables."""
    keep = ("processor", "cores", "memory", "load before", "python", "numpy", "numba")
    machine_text = ", ".join(f"{name} {run.machine[name]}" for name in keep if name in run.machine)
    head = f"{run.began[:10]}, revision {run.revision}{', `--quick` on a busy machine' if run.quick else ''}; {machine_text}"
    return "\n\n".join([head, *(table_text(table) for table in run.tables)])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=str(__doc__).splitlines()[0])
    parser.add_argument("scenario", nargs="*", help=f"ids, or `{ALL}`")
    parser.add_argument("--list", action="store_true", help="what there is")
    parser.add_argument("--quick", action="store_true", help="small work: shows that it runs, the figures mean little")
    parser.add_argument(
        "--only", action="append", default=[], metavar="TEXT", help="of a scenario: cases with this in their name"
    )
    parser.add_argument("--json", type=Path, help="file, or folder when there is more than one scenario")
    parser.add_argument(
        "--readme", type=Path, metavar="FOLDER", help="measure nothing: put the runs in FOLDER into benchmarks/README.md"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
