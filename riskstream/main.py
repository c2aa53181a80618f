"""`riskstream`: parses the command line and hands over to the module of the verb. No work is done here."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from riskstream.console import UserError, language
from streams.domain.catalogue import text

VERBS = ("demo", "replay", "explain", "worker", "simulate", "registry", "rules", "topics", "models", "report")


def parser() -> argparse.ArgumentParser:
    """The whole command line; each verb module adds its own part."""
    top = argparse.ArgumentParser(prog="riskstream", description=text("cli.about", language(None)))
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name in VERBS:
        importlib.import_module(f"riskstream.{name}").register(verbs)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; exit code 0 done, 1 the verb found problems, 2 it could not be run as asked."""
    args = parser().parse_args(argv)
    try:
        code: int = args.run(args)
    except UserError as problem:
        print(problem, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 141
    return code


if __name__ == "__main__":
    sys.exit(main())
