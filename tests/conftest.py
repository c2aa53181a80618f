"""What all tests share: profiles for property tests, real servers, and marks that follow from what a test asks for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:  # the clients cost a second to import; unit tests do without
    from tests.support.servers import ClickHouseServer, GivenClickHouse, GivenKafka, KafkaServer

CI = os.environ.get("CI", "").lower() == "true"

# fast: for `make test-fast`. dev: new examples each time. ci: the same examples each time, so that a landing is never left to luck.
# thorough: nightly.
_slow_machine = [HealthCheck.too_slow]
settings.register_profile("fast", max_examples=10, deadline=None, suppress_health_check=_slow_machine)
settings.register_profile("dev", max_examples=50, deadline=None, suppress_health_check=_slow_machine)
settings.register_profile("ci", max_examples=100, deadline=None, derandomize=True, suppress_health_check=_slow_machine)
settings.register_profile("thorough", max_examples=2000, deadline=None, suppress_health_check=_slow_machine)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if CI else "dev"))

_MARKS = {
    "kafka_server": ("integration", "kafka"),
    "kafka_factory": ("integration", "kafka"),
    "clickhouse_server": ("integration", "clickhouse"),
    "clickhouse_factory": ("integration", "clickhouse"),
}
_HERE = Path(__file__).parent
_INTEGRATION = _HERE / "integration"


def _places(pattern: str) -> list[Path]:
    """A long test that was moved must not come back into the fast set unnoticed."""
    if found := sorted(_HERE.glob(pattern)):
        return found
    raise pytest.UsageError(f"tests/conftest.py: nothing is at {pattern} any more")


_WHOLE = tuple(  # whole stacks, laws over whole histories, trained models: minutes together, so not in `make test-fast`
    path
    for place in (
        "stack",
        "contracts",
        "cases",
        "lint",
        "scenarios/test_laws.py",
        "scenarios/test_policies.py",
        "scenarios/test_sudden_zero.py",
        "scenarios/test_truth.py",
        "scenarios/test_site.py",
        "scenarios/test_groups.py",
        "scenarios/test_episodes.py",
        "scenarios/test_changes.py",
        "unit/backfill",
        "unit/streams/transport",
        "unit/streams/decode/test_decoder_laws.py",
        "unit/streams/engine/**/test_kernel.py",
        "unit/streams/steps",
        "unit/streams/engine/**/test_judge_laws.py",
        "unit/streams/engine/truth/test_truth.py",
        "unit/riskstream/test_models.py",
        "unit/riskstream/test_production_image.py",
        "unit/benchmarks/test_work.py",
        "unit/support/test_servers.py",
        "unit/models/detectors",
        "unit/models/test_checks.py",
        "unit/riskstream/test_main.py",
    )
    for path in _places(place)
)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Nothing is imported or read for tests that are all deselected; reading the case files alone takes seconds."""
    unwanted = str(config.option.markexpr)
    if "not slow" in unwanted and any(collection_path.is_relative_to(place) for place in _WHOLE):
        return True
    return True if "not integration" in unwanted and collection_path.is_relative_to(_INTEGRATION) else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that asks for a server is an integration test, whether it says so or not."""
    for item in items:
        for name in getattr(item, "fixturenames", ()):
            for mark in _MARKS.get(name, ()):
                item.add_marker(mark)
        if item.path.is_relative_to(_INTEGRATION):
            item.add_marker("integration")
        if any(item.path.is_relative_to(place) for place in _WHOLE):
            item.add_marker("slow")


def _cannot(reason: str) -> NoReturn:
    """On a developer's machine a missing server skips its tests; where CI=true it fails them, so that no landing misses them."""
    if CI:
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def kafka_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaServer | GivenKafka]:
    """One broker for the whole run: use topic names of your own, never kill it (that is what kafka_factory is for)."""
    from tests.support import servers

    with ExitStack() as stack:
        try:
            given = os.environ.get("RISKSTREAM_TEST_KAFKA", "")
            server = stack.enter_context(servers.kafka(tmp_path_factory.mktemp("kafka"), given=given))
        except servers.Unavailable as problem:
            _cannot(str(problem))
        yield server


@pytest.fixture
def kafka_factory(tmp_path: Path) -> Iterator[Callable[..., KafkaServer]]:
    """Makes started private brokers, `kafka_factory(port=..., properties={...})`, for tests that kill, pause or restart them."""
    from tests.support import servers

    made: list[KafkaServer] = []

    def make(**options: object) -> KafkaServer:
        try:
            server = servers.KafkaServer(tmp_path / f"kafka-{len(made)}", **options)  # type: ignore[arg-type]
        except servers.Unavailable as problem:
            _cannot(str(problem))
        made.append(server)
        server.start()
        return server

    yield make
    for server in made:
        server.kill9()


@pytest.fixture(scope="session")
def clickhouse_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseServer | GivenClickHouse]:
    """One ClickHouse for the whole run: create a database of your own, never kill it."""
    from tests.support import servers

    with ExitStack() as stack:
        try:
            given = os.environ.get("RISKSTREAM_TEST_CLICKHOUSE", "")
            server = stack.enter_context(servers.clickhouse(tmp_path_factory.mktemp("clickhouse"), given=given))
        except servers.Unavailable as problem:
            _cannot(str(problem))
        yield server


@pytest.fixture
def clickhouse_factory(tmp_path: Path) -> Iterator[Callable[..., ClickHouseServer]]:
    """Makes started private ClickHouse servers for tests that kill, pause or restart them."""
    from tests.support import servers

    made: list[ClickHouseServer] = []

    def make(**options: object) -> ClickHouseServer:
        try:
            server = servers.ClickHouseServer(tmp_path / f"clickhouse-{len(made)}", **options)  # type: ignore[arg-type]
        except servers.Unavailable as problem:
            _cannot(str(problem))
        made.append(server)
        server.start()
        return server

    yield make
    for server in made:
        server.kill9()
