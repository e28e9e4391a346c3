"""Thinning: fewer points that look the same, whatever the points are."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflow_sql.plots import thin

Point = tuple[int, int, float, float]  # the line, the place in the result, x and y

numbers = st.floats(-1e300, 1e300) | st.integers(-3, 3).map(float)
clouds = st.lists(st.tuples(st.integers(0, 3), numbers, numbers), min_size=1, max_size=80)


@pytest.fixture(scope="module")
def db() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def table(db: duckdb.DuckDBPyConnection, points: list[tuple[int, float, float]]) -> list[Point]:
    db.execute("CREATE OR REPLACE TABLE points (s INTEGER, n INTEGER, x DOUBLE, y DOUBLE)")
    found = [(s, n, x, y) for n, (s, x, y) in enumerate(points)]
    db.executemany("INSERT INTO points VALUES (?, ?, ?, ?)", found)
    return found


def by_line(points: list[Point]) -> dict[int, list[Point]]:
    found = defaultdict(list)
    for point in points:
        found[point[0]].append(point)
    return found


@given(clouds, st.integers(4, 12))
def test_lines_keep_their_ends_and_their_peaks(
    db: duckdb.DuckDBPyConnection, points: list[tuple[int, float, float]], most: int
) -> None:
    """Of each line: at most so many of its own points, in order, with its first and last and all extremes of y."""
    before = by_line(table(db, points))
    kept = by_line(db.execute(thin.lines("points", most)).fetchall())
    assert kept.keys() == before.keys()
    for line, whole in before.items():
        whole.sort(key=lambda p: (p[2], p[1]))
        some = kept[line]
        assert len(some) <= most
        assert some == [p for p in whole if p in set(some)], "in order, each once"
        assert some[0] == whole[0]
        assert some[-1] == whole[-1]
        ys, drawn = [p[3] for p in whole], [p[3] for p in some]
        assert (min(drawn), max(drawn)) == (min(ys), max(ys))
        if len(whole) <= most:
            assert some == whole


@given(clouds, st.integers(5, 20))
def test_clouds_keep_their_edges(
    db: duckdb.DuckDBPyConnection, points: list[tuple[int, float, float]], most: int
) -> None:
    """At most so many points of its own, in the order of the result, with the extremes of x and y."""
    whole = table(db, points)
    some = db.execute(thin.cloud("points", ["x", "y"], most)).fetchall()
    assert some == [p for p in whole if p in set(some)]
    assert len(some) <= max(most, 4)
    for at in (2, 3):
        values, drawn = [p[at] for p in whole], [p[at] for p in some]
        assert (min(drawn), max(drawn)) == (min(values), max(values))
    if len(whole) <= most - 4:
        assert some == whole


def test_a_cloud_is_thinned_evenly(db: duckdb.DuckDBPyConnection) -> None:
    """Every part of the result is drawn as densely as any other, and the same each time."""
    table(db, [(0, float(n), 0.0) for n in range(5000)])
    first, again = (db.execute(thin.cloud("points", ["x"], 500)).fetchall() for _ in range(2))
    assert first == again
    gaps = {b[1] - a[1] for a, b in pairwise(first)}
    assert max(gaps) <= 11


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=100))
def test_the_budget_is_shared_and_used(counts: list[int]) -> None:
    """All lines together have at most a thousand points, and as many of them as there are."""
    share = thin.budget(counts)
    assert share >= 4
    drawn = sum(min(count, share) for count in counts)
    assert drawn <= 1000
    assert drawn == sum(counts) or sum(min(count, share + 1) for count in counts) > 1000 - len(counts)
