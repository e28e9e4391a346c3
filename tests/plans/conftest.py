"""The switch that accepts new plans."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Without a path on the command line pytest reads this file too late to know the option: name tests/plans."""
    parser.addoption(
        "--update-plans", action="store_true", help="rewrite tests/plans/*.sql with the plans as they are now"
    )
