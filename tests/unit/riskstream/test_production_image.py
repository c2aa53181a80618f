"""What a production image does not have may not be needed by a verb that runs there: no training, no embedded database, no data sets."""

from __future__ import annotations

import subprocess
import sys

import pytest

from riskstream.main import VERBS

pytestmark = pytest.mark.slow
_WITHOUT = """
import sys
for name in ("sklearn", "scipy", "pyarrow", "chdb", "bibmon", "hypothesis", "pandas"):
    sys.modules[name] = None
from riskstream.main import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("verb", [*VERBS, ""])
def test_every_verb_can_be_asked_for_help_without_what_only_demo_and_training_need(verb: str) -> None:
    asked = [sys.executable, "-c", _WITHOUT, *([verb] if verb else []), "--help"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_worker_gets_as_far_as_its_settings() -> None:
    asked = [sys.executable, "-c", _WITHOUT, "worker", "--log", "nonsense"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "nonsense" in done.stderr
    assert "Traceback" not in done.stderr
