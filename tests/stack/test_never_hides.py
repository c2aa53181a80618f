"""What must never hide an emergency, a sentence of each of the six rules, from bytes on the wire to the records that people read."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from backfill.inputs import InputRecord
from streams.domain.messages import Frame, Outage
from streams.domain.registry import Limits
from tests.scenarios.plants import plant, pressure, source, temperature
from tests.scenarios.timeline import Said
from tests.stack.casting import ORDER, Case, case, causes, gas, highest, level, levels
from tests.stack.stage import perform, script

IV, III, II = 0.5, 20.0, 60.0
MINUTES = 75  # of every script after its first minute


def lasting(*lines: Case) -> Sequence[Case]:
    """The lines until the common end."""
    end_ms = max(line.now_ms for line in lines)
    for line in lines:
        line.wait(seconds=(end_ms - line.now_ms) / 1000)
    return lines


def saturated() -> Case:
    line = case("SAT", IV, (gas("G1", range_hi=40.0),), {"G1": 0.5})
    line.feed("G1", 41.0)
    line.wait(minutes=5)
    return line


def sudden_zero() -> Case:
    line = case("ZERO", III)
    line.feed("G1", 60.0)
    line.wait(minutes=1)
    line.feed("G1", 0.0)
    return line


def bouncing() -> Case:
    """Good for five minutes, bad for twenty seconds, again and again: shorter than any hold."""
    line = case("BOUNCE", IV)
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    for _ in range(10):
        line.feed("P1", 1.0)
        line.wait(minutes=5)
        line.feed("P1", 1.9)
        line.wait(seconds=20)
    line.wait(minutes=10)
    return line


def offline() -> Case:
    line = case("OFF", IV)
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    line.silence()
    return line


def site_lost() -> Case:
    line = case("LOST", IV)
    line.silence()
    return line


def relaxed() -> Case:
    """New limits above what is measured, signed by nobody."""
    line = case("PAPER", IV)
    line.feed("P1", 1.9)
    line.wait(minutes=1)
    milder = tuple(pressure(limits=Limits(h=3.0, hh=3.5)) if code == "P1" else temperature() for code in ("P1", "T1"))
    line.register(plant(source(line.hazard, r=IV, points=milder), code=line.code))
    return line


def excused() -> Case:
    """A filed outage of the device excuses silence, and nothing that is measured."""
    line = case("FILED", II)
    line.event(Outage, id="O1", kind="outage", filed_at=line.now_ms, start_at=line.now_ms, end_at=line.now_ms + 4 * 3_600_000,
               filed_by="Li", reason="maintenance", devices=[f"{line.hazard}-D1"])  # fmt: skip
    line.silence("T1", "L1")
    line.wait(minutes=30)
    line.feed("P1", 1.9)
    return line


def shelved(code: str, on: bool) -> Case:
    line = case(code, IV)
    if on:
        line.act("shelve", points=["P1"], until=line.now_ms + 3_600_000, reason="known")
    else:
        line.act("patrol", role="inspector")  # as many records, nothing shelved
    line.feed("P1", 1.9)
    return line


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Said:
    lines = [saturated(), sudden_zero(), bouncing(), offline(), site_lost(), relaxed(), excused(), shelved("SHELF", True),
             shelved("OPEN", False)]  # fmt: skip
    for line in lines:
        line.wait(seconds=max(0.0, (lines[0].records[0].log_ms + MINUTES * 60_000 - line.now_ms) / 1000))
    lasting(*lines)
    return perform(tmp_path_factory.mktemp("never"), script(*lines), lines[0].now_ms)


def test_1_a_saturated_detector_counts_as_high_high_and_says_that_it_is_suspect(said: Said) -> None:
    assert highest(said, "SAT-S1") in ORDER[1:]
    assert said.warnings(source="SAT-S1")[0].reasons[0].flags != 0


def test_1_gas_that_falls_to_zero_at_once_is_no_recovery(said: Said) -> None:
    assert level(said, "ZERO-S1") in ("orange", "red")
    assert [w.kind for w in said.warnings(source="ZERO-S1") if w.kind in ("downgrade", "clear")] == []
    assert said.findings(code="finding.sudden_zero", source="ZERO-S1")


def test_2_offline_never_lowers(said: Said) -> None:
    ranks = [ORDER.index(name) for name in levels(said, "OFF-S1")]
    assert ranks == sorted(ranks)
    assert ranks[-1] > 0


def test_2_the_sudden_loss_of_a_whole_site_is_at_least_yellow(said: Said) -> None:
    assert level(said, "LOST-SITE") in ORDER[1:]
    assert level(said, "LOST") in ORDER[1:]


def test_3_relaxed_limits_that_nobody_signed_lower_nothing(said: Said) -> None:
    assert level(said, "PAPER-S1") in ORDER[1:]
    assert {f.point for f in said.findings(code="finding.relaxing_pending", enterprise="PAPER")} >= {"P1"}
    assert [w.kind for w in said.warnings(source="PAPER-S1") if w.kind in ("downgrade", "clear")] == []


def test_3_a_filed_outage_excuses_silence_and_no_value(said: Said) -> None:
    before = said.warnings(source="FILED-S1")[0]
    assert "hh" in {r.code.removeprefix("cause.") for r in before.reasons}, "the filed silence itself warned of nothing"
    assert level(said, "FILED-S1") == "orange"


def test_4_shelving_quiets_the_point_alarm_and_no_warning(said: Said) -> None:
    def told(code: str) -> list[tuple[str, str, int]]:
        return [(w.kind, w.level, w.at_ms) for w in said.warnings(source=f"{code}-S1")]

    assert told("SHELF") == told("OPEN") != []
    quiet = {a.limit_kind: a.quiet for a in said.alarms(enterprise="SHELF", kind="alarm_on")}
    assert (quiet["H"], quiet["HH"]) == (True, False), "tier 2 is not the enterprise's alone to shelve"
    assert not any(a.shelved for a in said.alarms(enterprise="OPEN", kind="alarm_on"))


def test_5_bouncing_lowers_nothing_and_is_one_episode(said: Said) -> None:
    told = said.warnings(source="BOUNCE-S1")
    assert [w.kind for w in told if w.kind in ("downgrade", "clear")] == []
    assert len({w.episode for w in told}) == 1
    assert "hh" in causes(said, "BOUNCE-S1")


# --- 6. nobody silences anybody ----------------------------------------------------------------------------------------------

BAD = 200
_MALFORMED = (b'{"enterprise":"SENDER"', b"\xff\xfe\x00", b"[1,2,3]", b'{"schema":9,"enterprise":"SENDER"}', b"")


def frame(line: Case, at_ms: int, value: float) -> InputRecord:
    made = Frame(enterprise=line.code, gateway="G", collected_at=at_ms, codes=["P1"], values=[value])
    return InputRecord(at_ms, "readings", line.code.encode(), msgspec.json.encode(made))


def sender(share: float) -> tuple[Case, list[InputRecord]]:
    """A sender of whose records `share` are bad, and whose pressure passes HH in the middle of it."""
    line = case("SENDER", IV)
    at_ms, extra, bad = line.now_ms, list[InputRecord](), 0
    for i in range(BAD):
        at_ms += 1000
        if (i + 1) * share >= bad + 1:
            extra.append(InputRecord(at_ms, "readings", b"SENDER", _MALFORMED[bad % len(_MALFORMED)]))
            bad += 1
        else:
            extra.append(frame(line, at_ms, 1.9 if i > BAD // 2 else 1.0))
    if share == 1.0:  # nothing but rubbish, and then one thing that is true
        for _ in range(4):
            at_ms += 5000
            extra.append(frame(line, at_ms, 1.9))
    line.silence("P1")  # what the frames above send
    return line, extra


def neighbour() -> Case:
    line = case("NEXT", III)
    line.feed("T1", 190.0)
    line.feed("P1", 1.9)
    line.wait(minutes=6)
    return line


@pytest.fixture(scope="module", params=[0.0, 0.1, 1.0], ids=["clean", "tenth", "all"])
def poisoned(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[float, Said]:
    line, extra = sender(request.param)
    other = neighbour()
    lasting(line, other)
    folder = tmp_path_factory.mktemp("poison")
    return request.param, perform(folder, script(line, other, extra=extra), other.now_ms, partitions=1)  # one engine for both


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Said:
    other = neighbour()
    return perform(tmp_path_factory.mktemp("alone"), script(other), other.now_ms, partitions=1)


def test_6_a_poisoned_sender_is_still_judged(poisoned: tuple[float, Said]) -> None:
    _, said = poisoned
    assert highest(said, "SENDER-S1") in ORDER[1:]
    assert "hh" in causes(said, "SENDER-S1")


def test_6_every_bad_record_is_in_the_dead_letters_with_its_reason(poisoned: tuple[float, Said]) -> None:
    share, said = poisoned
    letters = said.raw("dead-letters")
    assert sum(d.get("count", 1) for d in letters) == round(BAD * share)
    assert all(d["reason"].startswith("reject.") for d in letters)
    quarantined = said.findings(code="finding.quarantine")
    assert [f.enterprise for f in quarantined] == (["SENDER"] if share == 1.0 else [])


def test_6_others_do_not_notice(poisoned: tuple[float, Said], undisturbed: Said) -> None:
    def of_neighbour(said: Said) -> list[bytes]:
        return [o.value for o in said.outputs if o.key in (b"NEXT", b"NEXT-S1", b"NEXT-SITE") and o.topic != "aggregates"]

    assert of_neighbour(poisoned[1]) == of_neighbour(undisturbed) != []
    assert level(undisturbed, "NEXT-S1") == "red"
