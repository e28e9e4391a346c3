"""The demo is what a newcomer runs first: the whole of it, as a command, on a server of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

pytestmark = pytest.mark.server


def test_the_demo_answers_every_question_of_the_tour() -> None:
    """It trains, asks all twelve questions, finds the failed and the diverged run, and ends well."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "demo" / "demo.py")],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=180,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    assert re.findall(r"^(\d+)\. \S", done.stdout, re.MULTILINE) == [str(number) for number in range(1, 13)]
    assert re.search(r"moons-lr30-w32-s0 *│ 30 *│ 32 *│ FINISHED", done.stdout), "the diverged run"
    assert re.search(r"sweep *│ *20 *│ *1 *│", done.stdout), "the parent's children, one of them failed"
    assert re.search(r"moons-sweep *│ FAILED *│ *1 *│", done.stdout), "the count by status"
