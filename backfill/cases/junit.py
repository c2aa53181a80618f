"""Verdicts as JUnit XML, which every CI reads: a suite a file, a test case a case."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, tostring

from backfill.cases.checking import Verdict
from backfill.cases.report import verdict_lines
from streams.domain.catalogue import Lang


def junit_xml(verdicts: Sequence[Verdict], lang: Lang = "en") -> bytes:
    root = Element("testsuites", name="riskstream rules test", tests=str(len(verdicts)),
                   failures=str(sum(not v.passed for v in verdicts)))  # fmt: skip
    for file, of_file in groupby(verdicts, key=lambda v: v.case.file):
        of = list(of_file)
        suite = SubElement(root, "testsuite", name=file, tests=str(len(of)), failures=str(sum(not v.passed for v in of)),
                           skipped=str(sum(bool(v.case.pending) and v.passed for v in of)),
                           time=f"{sum(v.seconds for v in of):.3f}")  # fmt: skip
        for verdict in of:
            _case(suite, verdict, lang)
    data: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return data


def _case(suite: Element, verdict: Verdict, lang: Lang) -> None:
    case = verdict.case
    node = SubElement(suite, "testcase", name=case.title(lang), classname=case.file.removesuffix(".cases.yaml").replace("/", "."),
                      file=case.file, line=str(case.line), time=f"{verdict.seconds:.3f}")  # fmt: skip
    lines = verdict_lines(verdict, lang)
    if not verdict.passed:
        failure = SubElement(node, "failure", message=_clean(lines[1].strip() if len(lines) > 1 else lines[0]))
        failure.text = _clean("\n".join(lines))
    elif case.pending:
        SubElement(node, "skipped", message=_clean(case.pending))


def _clean(words: str) -> str:
    """XML 1.0 has no control characters."""
    return "".join(c for c in words if c in "\t\n" or ord(c) >= 32)
