"""No container engine is needed to see that the image runs as nobody special, says how it is, and stays lean."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[3]
COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "deploy" / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def _instructions() -> list[tuple[str, str]]:
    """Instruction and arguments, continued lines joined, comments left out."""
    text = "\n".join(line for line in (PROJECT / "Dockerfile").read_text().splitlines() if not line.lstrip().startswith("#"))
    rows = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(word.upper(), rest.strip()) for word, _, rest in (row.partition(" ") for row in rows if row.strip())]


def _last_stage() -> list[tuple[str, str]]:
    rows = _instructions()
    start = max(i for i, (word, _) in enumerate(rows) if word == "FROM")
    return rows[start:]


def test_the_image_is_built_in_stages_on_a_pinned_slim_base() -> None:
    bases = [rest for word, rest in _instructions() if word == "FROM"]
    assert len(bases) == 2
    assert all(re.match(r"python:3\.\d+-slim-bookworm(?: AS build)?$", base) for base in bases)


def test_the_image_runs_as_a_numbered_user_without_a_shell_of_its_own() -> None:
    users = [rest for word, rest in _last_stage() if word == "USER"]
    assert users == ["10001"], "a number, so that a platform can see that it is not root"


def test_the_image_says_how_it_is_by_liveness_not_by_readiness() -> None:
    (check,) = [rest for word, rest in _last_stage() if word == "HEALTHCHECK"]
    assert "/livez" in check
    assert "/readyz" not in check, "restoring is no reason to be killed"


def test_only_the_locked_production_set_and_our_own_wheel_are_installed() -> None:
    installs = [part.strip() for _, rest in _instructions() for part in rest.split("&&") if "pip install" in part]
    assert len(installs) == 3
    assert sum("--require-hashes --no-deps -r requirements/" in part for part in installs) == 2
    assert sum("--no-deps --no-index /tmp/wheel/" in part for part in installs) == 1
    assert not any("dev.lock" in part or "demo.lock" in part for part in installs)


def test_kernels_are_compiled_at_build_for_any_machine_and_found_at_run_time() -> None:
    settings = [rest for word, rest in _instructions() if word == "ENV" and "NUMBA_CACHE_DIR" in rest]
    assert len(settings) == 2
    values = [re.findall(r"(NUMBA_\w+)=(\S*)", setting) for setting in settings]
    assert sorted(values[0]) == sorted(values[1])
    assert ("NUMBA_CPU_NAME", "generic") in values[0]
    assert any("streams.engine.warm" in rest for word, rest in _instructions() if word == "RUN")


def test_everything_copied_is_let_through_by_dockerignore() -> None:
    allowed = {
        line[1:].removesuffix("/*.lock") for line in (PROJECT / ".dockerignore").read_text().splitlines() if line.startswith("!")
    }
    copied = [rest for word, rest in _instructions() if word == "COPY" and "--from" not in rest]
    sources = {source.split("/")[0] for rest in copied for source in rest.split()[:-1]}
    assert sources <= allowed


def test_the_services_of_the_issue_are_there() -> None:
    assert set(SERVICES) == {"kafka", "clickhouse", "topics", "rules", "worker", "sink", "rollup"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_pinned_checked_and_not_privileged(name: str) -> None:
    service = SERVICES[name]
    assert re.search(r":\d+\.\d+", service["image"]), "a version, never latest"
    assert "privileged" not in service
    once = service.get("restart") == "no"
    assert once == bool(service["healthcheck"].get("disable"))
    if not once:
        assert service["restart"] == "unless-stopped"
        assert service["healthcheck"]["test"][0] == "CMD"
    assert all(str(port).startswith("127.0.0.1:") for port in service.get("ports", []))


def test_nobody_starts_before_what_it_needs() -> None:
    for name, service in SERVICES.items():
        for needed, how in service.get("depends_on", {}).items():
            once = SERVICES[needed].get("restart") == "no"
            assert how["condition"] == ("service_completed_successfully" if once else "service_healthy"), (name, needed)


def test_the_broker_is_the_version_of_the_tests_and_creates_no_topic() -> None:
    pom = (PROJECT / "tests" / "support" / "kafka" / "pom.xml").read_text()
    assert f"<version>{SERVICES['kafka']['image'].split(':')[1]}</version>" in pom
    assert SERVICES["kafka"]["environment"]["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"


def test_volumes_are_declared() -> None:
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert used == set(COMPOSE["volumes"])
