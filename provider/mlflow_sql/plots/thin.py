"""Fewer points that look the same: at most a thousand marks a picture, chosen by DuckDB.

Theory: of a line what the eye sees are its ends and its peaks, so each line is cut into pieces of as many points, and
of each piece its lowest and its highest point stay, with the line's first and last point. Of a cloud every n-th point
stays, in the order of the result, and those at its four edges, so that the axes are those of all points.
"""

from __future__ import annotations

from collections.abc import Sequence

MOST = 1000
MOST_LINES = 100
_LEAST = 4  # points of a line: first, lowest, highest, last


def budget(counts: Sequence[int], most: int = MOST) -> int:
    """How many points each of these lines may have, so that all have at most ``most`` together; at least 4.

    Short lines are left whole, and what they leave is for the long ones.
    """
    left, lines = most, sorted(counts)
    for number, count in enumerate(lines):
        share = left // (len(lines) - number)
        if count > share:
            return max(share, _LEAST)
        left -= count
    return max(_LEAST, *lines)


def lines(table: str, most: int) -> str:
    """SQL for the points of lines with at most ``most`` points each, in order: s (which line), n, x, y.

    table: a table with s, n (the order of points with one x), x and y, none of them NULL. most: at least 4.
    """
    pieces = (most - 2) // 2
    return f"""
        WITH placed AS (
            SELECT *, row_number() OVER (PARTITION BY s ORDER BY x, n) - 1 AS i, count(*) OVER (PARTITION BY s) AS m
            FROM {table}
        ), cut AS (
            SELECT *, CASE WHEN m <= {most} THEN i WHEN i = 0 THEN -1 WHEN i = m - 1 THEN {pieces}
                           ELSE (i - 1) * {pieces} // (m - 2) END AS piece
            FROM placed
        ), ranked AS (
            SELECT *, row_number() OVER (PARTITION BY s, piece ORDER BY y, i) AS lowest,
                   row_number() OVER (PARTITION BY s, piece ORDER BY y DESC, i) AS highest
            FROM cut
        )
        SELECT s, n, x, y FROM ranked WHERE lowest = 1 OR highest = 1 ORDER BY s, i"""


def cloud(table: str, numbers: Sequence[str], most: int = MOST) -> str:
    """SQL for at most ``most`` rows of a table with n (their order), evenly spread over it, in order.

    numbers: the columns whose lowest and highest values stay.
    """
    most -= 2 * len(numbers)
    edges = "".join(
        f" OR n IN (SELECT arg_min(n, {c}) FROM {table} UNION ALL SELECT arg_max(n, {c}) FROM {table})" for c in numbers
    )
    return f"""
        WITH placed AS (SELECT *, row_number() OVER (ORDER BY n) - 1 AS i, count(*) OVER () AS m FROM {table})
        SELECT * EXCLUDE (i, m) FROM placed
        WHERE m <= {most} OR (i + 1) * {most} // m > i * {most} // m{edges}
        ORDER BY n"""
