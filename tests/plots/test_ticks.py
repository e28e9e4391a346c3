"""Places and texts on axes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflow_sql.plots import ticks
from mlflow_sql.plots.chart import Axis

sizes = st.floats(1e-290, 1e290)


@given(sizes, sizes, st.booleans(), st.integers(2, 12))
def test_ticks_are_few_in_order_and_told_apart(a: float, b: float, log: bool, most: int) -> None:
    """Between the ends of the axis, whatever it spans."""
    axis = Axis("", "number", log, min(a, b), max(a, b))
    found = ticks.ticks(axis, most)
    places = [at for at, _ in found]
    assert places == sorted(places)
    assert all(-1e-6 <= at <= 1 + 1e-6 for at in places)
    assert 1 <= len(found) <= 2 * most + 2


def test_equal_factors_are_equal_distances_on_a_logarithmic_axis() -> None:
    """And equal differences on another; what has no place there has none."""
    log, plain = Axis("", "number", True, 0.01, 1), Axis("", "number", False, 0, 100)
    assert ticks.place(log, 0.1) == pytest.approx(0.5)
    assert ticks.place(plain, 25) == 0.25
    assert ticks.place(log, 0) is None
    assert ticks.place(plain, None) is None
    assert [text for _, text in ticks.ticks(log, 5)] == ["0.01", "0.1", "1"]
    assert [text for _, text in ticks.ticks(plain, 5)] == ["0", "20", "40", "60", "80", "100"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (1234567, "1,234,567"), (0.00012345, "0.0001234"), (0.93333, "0.9333"), (-2.5, "-2.5"),
     (1e-9, "1e-9"), (12345678.9, "1.235e7"), (20000.0, "20,000")],
)  # fmt: skip
def test_numbers_are_written_for_people(value: float, text: str) -> None:
    """Four digits that matter, or all of a whole number."""
    assert ticks.number(value) == text


def test_times_tell_their_ticks_apart() -> None:
    """In UTC, as finely as is needed."""
    hour = Axis("", "time", low=1_700_000_000_000, high=1_700_003_600_000)
    assert [text for _, text in ticks.ticks(hour, 4)] == ["22:15", "22:30", "22:45", "23:00"][
        : len(ticks.ticks(hour, 4))
    ]
    months = Axis("", "time", low=1_700_000_000_000, high=1_710_000_000_000)
    assert all(len(text) == len("2024-01-01") for _, text in ticks.ticks(months, 4))
    blink = Axis("", "time", low=1_700_000_000_000, high=1_700_000_000_900)
    assert ticks.ticks(blink, 5)[1][1] == "22:13:20.200"
