"""Events as people read them: every code has its words, nothing that is missing keeps a warning from being told."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

from streams.domain.catalogue import Lang, TextMissing, catalogue
from streams.domain.narrate import narrate, narrate_alarm, narrate_finding, reason_text
from streams.domain.outputs import Finding, NextDue, PointAlarm, Reason, Receiver, Warning

ENGINE = Path(__file__).parents[4] / "streams" / "engine"


def warning(**fields: object) -> Warning:
    given: dict[str, object] = {
        "id": "w", "episode": "e", "sequence": 0, "kind": "raise", "scope": "source", "enterprise": "E1", "enterprise_name": "Huaxin Chemical",
        "source": "S1", "source_name": "Tank farm 1", "region": "R1", "level": "orange", "previous": "blue", "at_ms": 1_700_000_000_000,
        "event_ms": 1_700_000_000_000, **fields,
    }  # fmt: skip
    return Warning(**given)  # type: ignore[arg-type]


def reason(**fields: object) -> Reason:
    given: dict[str, object] = {
        "cause": "c",
        "code": "cause.hh",
        "tier": 2,
        "opened_ms": 1,
        "point": "P1",
        "value": 1.9,
        "limit": 1.8,
        "unit": "MPa",
    }
    return Reason(**{**given, **fields})  # type: ignore[arg-type]


def test_a_raise_in_both_languages() -> None:
    w = warning(reasons=(reason(),))
    assert narrate(w, "en") == (
        "2023-11-15 06:13:20 orange (larger risk) raised Huaxin Chemical · Tank farm 1 (S1)\n    high-high alarm (HH): P1 1.9 MPa (limit 1.8)"
    )
    assert (
        narrate(w, "zh")
        == "2023-11-15 06:13:20 橙色(较大风险) 预警发布 Huaxin Chemical · Tank farm 1 (S1)\n    高高报(HH): P1 1.9 MPa(限值 1.8)"
    )


def test_a_lowering_says_from_where_and_why() -> None:
    told = narrate(
        warning(kind="clear", level="blue", previous="orange", cause="false", reasons=(reason(detail={"ended_ms": 5}),)), "en"
    )
    assert "blue (low risk) cleared ← orange (larger risk)" in told
    assert "[false alarm]" in told
    assert told.endswith("(over)")


def test_drills_repeats_and_doubts_are_said() -> None:
    told = narrate(warning(drill=True, repeated=True, reasons=(reason(flags=4, detail={"aged": True}),)), "en")
    assert "[drill, repeated within 7 days]" in told
    assert "doubtful reading" in told
    assert "standing too long" in told


def test_many_reasons_are_told_as_a_number() -> None:
    told = narrate(warning(reasons=tuple(reason(cause=str(i)) for i in range(9))), "en")
    assert told.count("\n") == 6
    assert told.endswith("and 4 more")


def test_the_site_source_reads_as_the_whole_site() -> None:
    assert "· whole site (E1-SITE)" in narrate(warning(source="E1-SITE", source_name="Huaxin Chemical"), "en")


def test_an_alarm_and_a_finding_are_one_line_each() -> None:
    alarm = PointAlarm(id="a", kind="alarm_on", enterprise="E1", source="S1", region="R1", point="P1", device="D", quantity="pressure",
                       limit_kind="HH", rule="r", at_ms=0, event_ms=0, value=1.9, limit=1.8, unit="MPa")  # fmt: skip
    assert narrate_alarm(alarm, "en") == "1970-01-01 08:00:00 alarm HH E1 S1 P1 1.9 MPa (limit 1.8) [not acknowledged]"
    finding = Finding(
        id="f", code="finding.commitment_incomplete", enterprise="E1", at_ms=0, detail={"fields": ["measures", "lifting"]}
    )
    assert narrate_finding(finding, "en").endswith("E1: safety commitment incomplete: measures, lifting")


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("key", sorted(k for k in catalogue() if k.startswith(("cause.", "finding."))))
def test_an_event_without_its_details_is_told_all_the_same(key: str, lang: Lang) -> None:
    if key.startswith("cause."):
        assert reason_text(Reason(cause="c", code=key, tier=1, opened_ms=0), lang)
    else:
        assert narrate_finding(Finding(id="f", code=key, enterprise="", at_ms=0), lang)


@pytest.mark.parametrize("key", sorted(k for k in catalogue() if k.startswith(("cause.", "finding.", "narrate."))))
def test_both_languages_say_the_same_things(key: str) -> None:
    zh, en = ({name for _, name, _, _ in Formatter().parse(text) if name} for text in catalogue()[key])
    assert zh == en


def test_a_code_without_words_is_a_defect() -> None:
    with pytest.raises(TextMissing):
        reason_text(Reason(cause="c", code="cause.nonsense", tier=1, opened_ms=0))


def _literals(pattern: str) -> set[str]:
    """String literals of the engine's source that match."""
    found = set()
    for path in ENGINE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if re.fullmatch(pattern, name):
                    found |= {a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)}
    return found


def test_every_cause_that_the_engine_can_make_has_words() -> None:
    kinds = {k for k in _literals("Condition") if re.fullmatch("[a-z_0-9]+", k)}
    assert {"flame", "fire_process", "out_of_service", "blind"} <= kinds
    assert {f"cause.{k}" for k in kinds} <= catalogue().keys()


def test_every_finding_that_the_engine_can_make_has_words() -> None:
    codes = {k for k in _literals("finding|_finding|_tell|_refused|_pending") if re.fullmatch("[a-z]+_[a-z_]+", k)}
    assert {"unknown_point_alarm", "platform_gap", "quarantine_end", "rules_refused"} <= codes
    words = {"direct_supervisor_needed", "on_site_verdict_and_evidence_needed", "signature_missing", "unknown_cause", "unknown_source",
           "fault_substitute_end_on_site_needed", "longer_than_allowed", "reason_and_end_needed"}  # fmt: skip
    assert {f"finding.{k}" for k in codes - words} <= catalogue().keys()
    assert {f"word.{k}" for k in words} <= catalogue().keys()


# --- the ladder -------------------------------------------------------------------------------------------------------------
OFFICE = Receiver(kind="office", code="R5", role="city", name="Fuxin")
LADDER: dict[str, dict[str, object]] = {
    "notice": {"n": 2, "basis": "FX 26", "detail": {"above_ms": 7_200_000}},
    "supervision": {"n": 1, "assignee": "R5", "basis": "FX 26", "detail": {"above_ms": 43_200_000}},
    "supervision_result": {"detail": {"author": "Wang", "result": "two teams on site"}},
    "follow_up": {"assignee": "R5"},
    "report_due": {"due_ms": 1_700_003_600_000},
    "report_overdue": {"n": 1, "due_ms": 1_700_000_000_000},
    "report_received": {"detail": {"author": "Li", "result": "valve shut", "analysis": "seal worn", "measures": "replaced"}},
    "report_returned": {"due_ms": 1_700_003_600_000, "detail": {"author": "Wu", "reason": "which seal?"}},
    "report_accepted": {"detail": {"author": "Wu"}},
    "closed": {"detail": {"quiet_ms": 3_600_000}},
}


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", sorted(LADDER))
def test_every_event_of_the_ladder_is_told_without_a_gap(kind: str, lang: Lang) -> None:
    given = {"due_ms": 1_700_000_000_000, **LADDER[kind]}
    told = narrate(
        warning(kind=kind, receivers=(OFFICE,), next_due=(NextDue(kind="notice", at_ms=1_700_003_600_000),), **given), lang
    )
    head, *lines = told.splitlines()
    assert catalogue()[f"kind.{kind}"][0 if lang == "zh" else 1] in head
    assert "-" not in "".join(lines).replace("2023-11-15", "").replace("follow-up", "").replace("one level up", "")
    assert "Fuxin" in told
    assert "07:13:20" in told, "what comes next"


def test_an_order_reads_as_a_sentence() -> None:
    told = narrate(warning(kind="supervision", due_ms=1_700_000_000_000, receivers=(OFFICE,), **LADDER["supervision"]), "en")
    assert "no 1: 12 h and not lowered, office of Fuxin must check on site (by FX 26)" in told


def test_a_step_that_is_said_late_says_so() -> None:
    late = narrate(warning(kind="notice", due_ms=1_699_996_400_000, **LADDER["notice"]), "en")
    assert "was due at 2023-11-15 05:13:20" in late
    assert "was due at" not in narrate(warning(kind="notice", due_ms=1_699_999_999_400, **LADDER["notice"]), "en")
