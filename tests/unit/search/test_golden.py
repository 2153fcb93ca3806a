"""One seed gives the same points for ever, to the last bit."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from unit.search import golden

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", golden.CASES)
def test_a_seed_gives_the_points_it_always_gave(name: str) -> None:
    frozen = json.loads(golden.FILE.read_text())
    # As text: 1, 1.0 and true are equal in Python and different to a trial.
    assert json.dumps(golden.compute()[name]) == json.dumps(frozen[name])


def test_no_bit_comes_from_the_platforms_mathematics() -> None:
    """The same points with decimal arithmetic written in Python instead of C."""
    command = [sys.executable, str(Path(golden.__file__)), "--python-decimal"]
    environment = {"PYTHONPATH": str(ROOT / "operator")}
    run = subprocess.run(command, capture_output=True, text=True, env=environment, check=True, timeout=60)
    assert json.loads(run.stdout) == {
        name: points
        for name, points in json.loads(golden.FILE.read_text()).items()
        if not name.startswith("sobol")
    }
