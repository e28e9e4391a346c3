"""EXPLAIN's answers are kept in files, so that a change of a plan shows as a change of text.

Read the difference before accepting it with ``pytest tests/plans --update-plans``: a plan that sends less, or keeps
less to check, must have a reason.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import golden

FILES = sorted(Path(__file__).parent.glob("*.sql"))
CASES = [case for file in FILES for case in golden.read(file) if case.statement]


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.file.stem}: {c.title}")
def test_the_plan_is_the_one_in_the_file(case: golden.Case, request: pytest.FixtureRequest) -> None:
    """A statement is planned as its file says, or fails with the error that the file tells."""
    now = case.planned()
    if request.config.getoption("--update-plans", default=False):
        cases = golden.read(case.file)
        next(c for c in cases if c.comments == case.comments and c.statement == case.statement).plan = now
        golden.write(case.file, cases)
        return
    assert now == case.plan


def test_every_case_is_told_apart_by_its_title() -> None:
    """No title stands twice in a file, and none is empty."""
    for file in FILES:
        titles = [case.title for case in golden.read(file) if case.statement]
        assert all(titles)
        assert len(set(titles)) == len(titles)
