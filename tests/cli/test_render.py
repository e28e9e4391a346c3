"""The output formats, from DuckDB relations to bytes."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflow_sql.cli.render import Format, Renderer


@pytest.fixture(scope="module")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose time zone is not UTC."""
    with duckdb.connect() as connection:
        connection.sql("SET timezone = 'Asia/Kathmandu'")
        yield connection


def render(duck: duckdb.DuckDBPyConnection, sql: str, form: Format, width: int | None = None) -> str:
    """The output for one statement."""
    out = io.BytesIO()
    Renderer(form, out, width=width).write(duck.sql(sql))
    return out.getvalue().decode()


def value(duck: duckdb.DuckDBPyConnection, sql: str) -> Any:
    """What one expression is in JSON."""
    return json.loads(render(duck, f"SELECT {sql} AS v", Format.JSONL))["v"]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("true", True),
        ("9223372036854775807", 9223372036854775807),
        ("170141183460469231731687303715884105727::HUGEINT", 170141183460469231731687303715884105727),
        ("'340282366920938463463374607431768211455'::UHUGEINT", 340282366920938463463374607431768211455),
        (
            "12345678901234567890123456789012345678901234567890::BIGNUM",
            12345678901234567890123456789012345678901234567890,
        ),
        ("1.25::DECIMAL(10, 2)", 1.25),
        ("0.1::FLOAT", 0.1),
        ("'nan'::DOUBLE", None),
        ("'inf'::DOUBLE", "Infinity"),
        ("'-inf'::FLOAT", "-Infinity"),
        ("NULL", None),
        ("TIMESTAMPTZ '2024-01-02 03:04:05+00'", "2024-01-02T03:04:05.000Z"),
        ("TIMESTAMPTZ '2024-01-02 03:04:05.006+00'", "2024-01-02T03:04:05.006Z"),
        ("TIMESTAMPTZ '2024-01-02 03:04:05.006007+00'", "2024-01-02T03:04:05.006007Z"),
        ("TIMESTAMP '2024-01-02 03:04:05.1'", "2024-01-02T03:04:05.100"),
        ("TIMESTAMP_S '2024-01-02 03:04:05'", "2024-01-02T03:04:05.000"),
        ("TIMESTAMP_NS '2024-01-02 03:04:05.000000006'", "2024-01-02T03:04:05.000000006"),
        ("TIMESTAMP_NS '2024-01-02 03:04:05'", "2024-01-02T03:04:05.000"),
        ("TIMESTAMPTZ '1969-12-31 23:59:59.5+00'", "1969-12-31T23:59:59.500Z"),
        ("'infinity'::TIMESTAMPTZ", "infinity"),
        ("'-infinity'::TIMESTAMP", "-infinity"),
        ("TIMESTAMP '50000-02-29 01:02:03.5'", "50000-02-29T01:02:03.500"),
        ("DATE '2024-02-29'", "2024-02-29"),
        ("DATE '0044-03-15 (BC)'", "-0043-03-15"),
        ("'infinity'::DATE", "infinity"),
        ("TIME '10:11:12.5'", "10:11:12.500"),
        ("'ab\\x00'::BLOB", "YWIA"),
        ("'0d4b1ee2-8f5d-4f0f-9a0e-2f6f0c1d2e3f'::UUID", "0d4b1ee2-8f5d-4f0f-9a0e-2f6f0c1d2e3f"),
        ("'x'::ENUM ('x', 'y')", "x"),
        ("'101'::BIT", "101"),
        ("[1, NULL]", [1, None]),
        ("[1, 2]::INT[2]", [1, 2]),
        ("[[DATE '2024-01-01'], NULL, []]", [["2024-01-01"], None, []]),
        ("MAP {'a': 'nan'::DOUBLE, 'b': 1.5}", {"a": None, "b": 1.5}),
        ("MAP {1: 'x'}", {"1": "x"}),
        (
            "{'x': 1, 'y': {'z': TIMESTAMPTZ '2024-01-01 00:00:00+00'}}",
            {"x": 1, "y": {"z": "2024-01-01T00:00:00.000Z"}},
        ),
        ("ROW(1, 'a')", [1, "a"]),
        ("union_value(k := 1)", {"k": 1}),
        ("'{\"a\": 1}'::JSON::VARIANT", {"a": 1}),
        ("['{}'::JSON]", [{}]),
        ("to_json('nan'::DOUBLE)", "NaN"),
    ],
)
def test_values_in_json(duck: duckdb.DuckDBPyConnection, sql: str, expected: object) -> None:
    """Every type has its documented form in JSON, exact, and independent of the time zone set."""
    assert value(duck, sql) == expected


def test_json_columns_are_embedded(duck: duckdb.DuckDBPyConnection) -> None:
    """A JSON value stays JSON, its numbers as written, on one line."""
    line = render(duck, """SELECT '{"n": 1.10,\n "big": 123456789012345678901234567890}'::JSON AS j""", Format.JSONL)
    assert line == '{"j":{"n":1.10,"big":123456789012345678901234567890}}\n'


@given(months=st.integers(-30, 30), days=st.integers(-40, 40), micros=st.integers(-(10**12), 10**12))
def test_intervals_are_duckdbs_text(duck: duckdb.DuckDBPyConnection, months: int, days: int, micros: int) -> None:
    """An INTERVAL is written as DuckDB writes it, so that it can be cast back."""
    sql = f"to_months({months}) + to_days({days}) + to_microseconds({micros})"
    assert value(duck, sql) == duck.sql(f"SELECT ({sql})::VARCHAR").fetchall()[0][0]


def test_rows_of_many_batches_stay_together(duck: duckdb.DuckDBPyConnection) -> None:
    """Nested values of every row belong to that row, over several batches, slices and nulls."""
    source = """SELECT i, CASE WHEN i % 3 > 0 THEN [i, i + 1] END AS l,
        CASE WHEN i % 5 > 0 THEN MAP {'k' || i: i * 0.5::DOUBLE} END AS m, CASE WHEN i % 7 > 0 THEN {'s': i} END AS s,
        CASE WHEN i % 2 > 0 THEN [i, i]::BIGINT[2] END AS a FROM range(20000) t(i) WHERE i % 11 > 0"""
    rows = [json.loads(line) for line in render(duck, source, Format.JSONL).splitlines()]
    assert rows == [
        {
            "i": i,
            "l": [i, i + 1] if i % 3 else None,
            "m": {f"k{i}": i * 0.5} if i % 5 else None,
            "s": {"s": i} if i % 7 else None,
            "a": [i, i] if i % 2 else None,
        }
        for i in range(20000)
        if i % 11
    ]


def test_json_is_one_array_with_a_row_a_line(duck: duckdb.DuckDBPyConnection) -> None:
    """Also over several batches, and without rows."""
    text = render(duck, "FROM range(5000) t(i)", Format.JSON)
    assert json.loads(text) == [{"i": i} for i in range(5000)]
    assert text.splitlines()[1] == '{"i":0},'
    assert render(duck, "SELECT 1 AS a WHERE false", Format.JSON) == "[]\n"


def test_json_of_a_failed_statement_is_not_valid(duck: duckdb.DuckDBPyConnection) -> None:
    """A half answer must not look whole."""
    out = io.BytesIO()
    with pytest.raises(Exception, match="boom"):
        Renderer(Format.JSON, out).write(duck.sql("SELECT if(i > 200000, error('boom'), i) FROM range(300000) t(i)"))
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        json.loads(out.getvalue())


def test_columns_of_one_name_are_all_kept_in_json(duck: duckdb.DuckDBPyConnection) -> None:
    """Later ones get a number, since an object has each key once."""
    assert render(duck, "SELECT 1 AS a, 2 AS a, 3 AS a_1", Format.JSONL) == '{"a":1,"a_2":2,"a_1":3}\n'


def test_csv_is_read_back(duck: duckdb.DuckDBPyConnection) -> None:
    """Quotes, commas and line ends are quoted; nested values are JSON; the header is there without rows, too."""
    sql = """SELECT 'a,"b"\n' AS "x,y", 1.50::DECIMAL(4, 2) AS n, true AS b, ['p'] AS l, 'nan'::DOUBLE AS d,
        TIMESTAMPTZ '2024-01-01 00:00:00+00' AS t"""
    assert list(csv.reader(io.StringIO(render(duck, sql, Format.CSV)))) == [
        ["x,y", "n", "b", "l", "d", "t"],
        ['a,"b"\n', "1.50", "true", '["p"]', "NaN", "2024-01-01T00:00:00.000Z"],
    ]
    assert render(duck, "SELECT 1 AS a WHERE false", Format.CSV) == "a\n"


def test_csv_tells_null_from_an_empty_text(duck: duckdb.DuckDBPyConnection) -> None:
    """NULL is nothing, the empty text is quoted, as in COPY."""
    assert render(duck, "SELECT NULL::INT AS a, NULL::VARCHAR AS b, '' AS c", Format.CSV) == 'a,b,c\n,,""\n'


def test_markdown_cells_are_escaped(duck: duckdb.DuckDBPyConnection) -> None:
    """Pipes and line ends stay inside their cell; numbers are aligned to the right; NULL is visible."""
    text = render(duck, r"SELECT 'a|b' || chr(10) || 'c\' AS 'x|y', 1 AS n, NULL AS z", Format.MARKDOWN)
    assert text == "| x\\|y | n | z |\n| --- | ---: | --- |\n| a\\|b<br>c\\\\ | 1 | NULL |\n"


def test_markdown_tables_are_apart(duck: duckdb.DuckDBPyConnection) -> None:
    """An empty line keeps the tables of two statements from becoming one."""
    out = io.BytesIO()
    renderer = Renderer(Format.MARKDOWN, out)
    renderer.write(duck.sql("SELECT 1 AS a"))
    renderer.write(duck.sql("SELECT 2 AS b"))
    assert out.getvalue() == b"| a |\n| ---: |\n| 1 |\n\n| b |\n| ---: |\n| 2 |\n"


def test_table(duck: duckdb.DuckDBPyConnection) -> None:
    """Names and types on top, numbers to the right, NULL visible, wide characters counted as two."""
    text = render(duck, "SELECT * FROM (VALUES (1, '日本'), (1000, NULL)) t(n, s)", Format.TABLE)
    assert text.splitlines() == [
        "┌─────────┬─────────┐",
        "│       n │ s       │",
        "│ INTEGER │ VARCHAR │",
        "├─────────┼─────────┤",
        "│       1 │ 日本    │",
        "│    1000 │ NULL    │",
        "└─────────┴─────────┘",
        "2 rows",
    ]


def test_table_shows_control_characters_as_escapes(duck: duckdb.DuckDBPyConnection) -> None:
    """A value can neither break the box nor send a command to the terminal."""
    text = render(duck, "SELECT 'a' || chr(10) || chr(27) || '[31m' AS s", Format.TABLE)
    assert r"a\n\u001b[31m" in text
    assert "\x1b" not in text


def test_table_is_whole_off_a_terminal(duck: duckdb.DuckDBPyConnection) -> None:
    """Nothing is left out or cut when the output is no terminal."""
    text = render(duck, "SELECT i, repeat('x', 300) AS s FROM range(15000) t(i)", Format.TABLE)
    assert len(text.splitlines()) == 15000 + 6
    assert text.count("x" * 300) == 15000
    assert text.endswith("15,000 rows\n")


@pytest.mark.parametrize("count", [40, 41, 5000])
def test_table_on_a_terminal_says_how_many_rows_it_leaves_out(duck: duckdb.DuckDBPyConnection, count: int) -> None:
    """Of many rows the first and last are shown, and their number is told."""
    lines = render(duck, f"FROM range({count}) t(i)", Format.TABLE, width=80).splitlines()
    shown = [int(cell) for line in lines[4:-2] if (cell := line.strip("│ ")) != "·"]
    assert shown == (list(range(40)) if count == 40 else [*range(20), *range(count - 20, count)])
    assert lines[-1] == ("40 rows" if count == 40 else f"{count:,} rows (40 shown)")


@pytest.mark.parametrize("width", [40, 80, 200])
def test_table_on_a_terminal_fits_and_says_how_many_columns_it_leaves_out(
    duck: duckdb.DuckDBPyConnection, width: int
) -> None:
    """No line is wider than the terminal; the columns left out are marked and counted; cut cells end in an ellipsis."""
    columns = ", ".join(f"repeat('x', {10 + i}) AS column_{i}" for i in range(12))
    lines = render(duck, f"SELECT {columns}", Format.TABLE, width=width).splitlines()
    assert max(len(line) for line in lines) <= width
    drawn = lines[1].count("column_")
    assert ("…" in lines[1]) == (drawn < 12)
    assert lines[-1] == (f"1 row, 12 columns ({drawn} shown)" if drawn < 12 else "1 row")
    assert "column_0" in lines[1]
    assert "column_11" in lines[1]


def test_table_shows_the_whole_of_a_plan(duck: duckdb.DuckDBPyConnection) -> None:
    """EXPLAIN is a drawing: it is printed as it is, not in a cell."""
    assert "Projection" in render(duck, "EXPLAIN SELECT 1", Format.TABLE)
    assert r"\n" not in render(duck, "EXPLAIN SELECT 1", Format.TABLE)


@pytest.mark.parametrize("form", [Format.JSONL, Format.CSV])
def test_twenty_thousand_rows_take_well_under_a_second(duck: duckdb.DuckDBPyConnection, form: Format) -> None:
    """Ten columns of a typical run table; measured 0.2 s, so the bound only catches a change of the order."""
    relation = duck.sql(
        """SELECT 'run' || i, i, i * 0.37::DOUBLE, TIMESTAMPTZ '2024-01-01 00:00:00+00' + to_milliseconds(i), i % 2 = 0,
        to_milliseconds(i), MAP {'lr': '0.1', 'n': 'x' || i}, MAP {'auc': i * 0.1::DOUBLE}, 'FINISHED', '{"a": 1}'::JSON
        FROM range(20000) t(i)"""
    )
    began = time.process_time()
    Renderer(form, io.BytesIO()).write(relation)
    assert time.process_time() - began < 1.0
