"""`riskstream models train|show|evaluate|publish`: detectors from normal rows, with the figures they really achieve.

What only training needs (scikit-learn) is imported when it is asked for: a worker has this verb too and does not have that.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import math
from pathlib import Path
from typing import Any

from models.detectors import Artefact, ArtefactError, load, save
from riskstream.console import UserError, language, user_error
from riskstream.targets import open_records
from streams.domain.catalogue import Lang, text

KINDS = ("mahalanobis", "pca", "innovations")


def register(verbs: Any) -> None:
    """Adds the verb and its parts to the command line."""
    lang = language(None)
    verb = verbs.add_parser("models", help=text("models.about", lang), description=text("models.about", lang))
    parts = verb.add_subparsers(dest="part", required=True, metavar="PART")
    train = _part(parts, "train", _train, lang)
    train.add_argument("--dataset", required=True, help=text("models.help.dataset", lang))
    train.add_argument("--source", help=text("models.help.source", lang))
    train.add_argument("--kind", choices=KINDS, default="mahalanobis", help=text("models.help.kind", lang))
    train.add_argument("--out", type=Path, required=True, help=text("models.help.out", lang))
    train.add_argument("--alpha", type=float, default=0.01, help=text("models.help.alpha", lang))
    train.add_argument("--speedup", type=float, default=1.0, help=text("models.help.speedup", lang))
    train.add_argument("--allow-contaminated", action="store_true", help=text("models.help.contaminated", lang))
    _part(parts, "show", _show, lang).add_argument("model", type=Path, help=text("models.help.model", lang))
    evaluate = _part(parts, "evaluate", _evaluate, lang)
    evaluate.add_argument("model", type=Path, help=text("models.help.model", lang))
    evaluate.add_argument("--dataset", help=text("models.help.dataset", lang))
    publish = _part(parts, "publish", _publish, lang)
    publish.add_argument("model", type=Path, help=text("models.help.model", lang))
    publish.add_argument("--source", help=text("models.help.source", lang))
    publish.add_argument("--to", required=True, help=text("models.help.to", lang))


def _part(parts: Any, name: str, run: Any, lang: Lang) -> argparse.ArgumentParser:
    part: argparse.ArgumentParser = parts.add_parser(name, help=text(f"models.about.{name}", lang))
    part.add_argument("--json", action="store_true", help=text("models.help.json", lang))
    part.add_argument("--lang", choices=("zh", "en"))
    part.set_defaults(run=run)
    return part


def _training(lang: Lang) -> Any:
    """The module that trains, or how to get what it needs."""
    try:
        return importlib.import_module("backfill.training")
    except ImportError as problem:
        raise user_error("models.no_training", lang, module=problem.name) from problem


def _said(error: Any, prefix: str, lang: Lang) -> UserError:
    """An error of the models or readers in the reader's language; its own English words where the catalogue has none."""
    try:
        return UserError(text(f"{prefix}.{error.code}", lang, **error.details))
    except (KeyError, IndexError):
        return UserError(str(error))


def _loaded(path: Path, lang: Lang) -> Artefact:
    try:
        return load(path)
    except OSError as problem:
        raise user_error("models.no_file", lang, path=path, detail=problem.strerror) from problem
    except ArtefactError as problem:
        raise _said(problem, "artefact", lang) from problem


def _dataset(training: Any, name: str, lang: Lang) -> Any:
    datasets = importlib.import_module("backfill.datasets")
    try:
        return training.dataset_of(name)
    except datasets.DatasetError as problem:
        raise _said(problem, "dataset", lang) from problem


def _train(args: argparse.Namespace) -> int:
    """Exit code 0: trained and quiet on rows kept apart; 1: trained, but with a warning that is printed; 2: refused."""
    lang = language(args.lang)
    if not (0 < args.alpha < 0.5) or args.speedup <= 0:
        raise user_error("models.bad_number", lang, alpha=args.alpha, speedup=args.speedup)
    training = _training(lang)
    preparation = importlib.import_module("models.detectors.preparation")
    data = _dataset(training, args.dataset, lang).faster(args.speedup)
    options = training.Options(alpha=args.alpha, allow_contaminated=args.allow_contaminated)
    try:
        artefact: Artefact = training.trained(data, args.kind, options)
    except preparation.TrainingRefused as problem:
        raise _said(problem, "train", lang) from problem
    source = args.source or data.source
    path = args.out / f"{source}.model.json"
    save(artefact, path)
    _print(artefact, path, args, lang)
    return 1 if artefact.meta["warnings"] else 0


def _show(args: argparse.Namespace) -> int:
    lang = language(args.lang)
    _print(_loaded(args.model, lang), args.model, args, lang)
    return 0


def _print(artefact: Artefact, path: Path, args: argparse.Namespace, lang: Lang) -> None:
    meta = artefact.meta
    if args.json:
        print(json.dumps({"file": str(path), "hash": artefact.hash, "kind": artefact.kind, "meta": meta}, ensure_ascii=False))
        return
    holdout = meta["holdout"]
    print(text("models.show.head", lang, kind=artefact.kind, hash=artefact.hash[:16], points=len(meta["points"]), file=path))
    print(
        text(
            "models.show.origin",
            lang,
            origin=meta["origin"].get("from", "-"),
            rows=meta["origin"]["rows"],
            period=meta["period_s"],
        )
    )
    print(
        text(
            "models.show.holdout",
            lang,
            rows=holdout["rows"],
            rate=f"{holdout['false_alarm_rate']:.2%}",
            episodes=holdout["episodes"],
        )
    )
    for point, reason in meta["dropped"].items():
        code, _, detail = reason.partition(":")
        print(text("models.show.dropped", lang, point=point, reason=text(f"models.dropped.{code}", lang, detail=detail)))
    if meta["slow"]:
        print(text("models.show.slow", lang, points=", ".join(meta["slow"]), treated=", ".join(meta["slow_treated"]) or "-"))
    for warning in meta["warnings"]:
        print(text(f"models.warning.{warning['code']}", lang, **warning))


def _evaluate(args: argparse.Namespace) -> int:
    """Exit code 0: above every floor; 1: some detector that looks at nothing is as good."""
    lang = language(args.lang)
    artefact = _loaded(args.model, lang)
    training = _training(lang)
    data = _dataset(training, args.dataset or artefact.meta["origin"].get("dataset", ""), lang)
    datasets = importlib.import_module("backfill.datasets")
    try:
        results = training.evaluated(artefact.detector(), data)
    except datasets.DatasetError as problem:
        raise _said(problem, "dataset", lang) from problem
    if args.json:
        print(json.dumps({name: _plain(figures) for name, figures in results.items()}, ensure_ascii=False))
    else:
        _print_figures(results, data.period_s, lang)
    return 0 if _beats_floors(results) else 1


def _plain(figures: Any) -> dict[str, Any]:
    """Figures as JSON has them: no infinity, runs as objects."""
    plain: dict[str, Any] = figures._asdict()
    plain["delay_rows"] = None if math.isinf(figures.delay_rows) else figures.delay_rows
    plain["runs"] = [run._asdict() for run in figures.runs]
    return plain


def _print_figures(results: dict[str, Any], period_s: float, lang: Lang) -> None:
    print(text("models.evaluate.head", lang))
    for name, f in results.items():
        delay = "-" if math.isinf(f.delay_rows) else f"{f.delay_rows * period_s / 60:.1f}"
        print(
            f"{name:28s} {f.detection:9.1%} {f.detection_all:9.1%} {f.false_alarms:9.2%} {f.false_alarms_before:9.2%} {delay:>8s}"
        )
    own = next(iter(results.values()))
    for run in own.runs:
        delay = "-" if run.delay_rows is None else f"{run.delay_rows * period_s / 60:.1f}"
        print(
            f"  {run.name:26s} {run.detection:9.1%} {'':29s} {delay:>8s}{text('models.evaluate.hard', lang) if run.hard else ''}"
        )


def _youden(figures: Any) -> float:
    """Detection less false alarms: 0 for whatever looks at nothing, however often it fires."""
    return float(figures.detection - max(figures.false_alarms, figures.false_alarms_before))


def _beats_floors(results: dict[str, Any]) -> bool:
    own, *_ = results.values()
    others = [figures for name, figures in results.items() if name not in ("row by row", "as served")]
    return all(_youden(own) > _youden(floor) for floor in others)


def _publish(args: argparse.Namespace) -> int:
    lang = language(args.lang)
    artefact = _loaded(args.model, lang)
    source = args.source or artefact.meta["origin"].get("source", "")
    if not source:
        raise user_error("models.no_source", lang)
    record = _training(lang).published(artefact, source, 0)

    async def send() -> None:
        async with open_records(args.to, lang) as port:
            await port.append(record.topic, 0, record.key, record.value)
            await port.flush()

    asyncio.run(send())
    print(text("models.published", lang, hash=artefact.hash[:16], source=source, to=args.to))
    return 0
