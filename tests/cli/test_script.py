"""Splitting a script into statements."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflow_sql.cli.script import split
from mlflow_sql.errors import ParseError


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 'a;b'",
        "SELECT 'it''s; here'",
        r"SELECT E'a\'; b'",
        'SELECT ";" FROM "a;b"',
        "SELECT 1 /* ; /* nested ; */ ; */ + 2",
        "SELECT 1 -- one; two\n + 2",
        "SELECT $$ ; $$",
        "SELECT $tag$ ; $$ ; $tag$",
        "EXEC runs.log_metric @run_id = 'x;y', @@json = '{\"a\": \";\"}'",
        "SELECT {{ name }}, '{{ other; }}'",
        "EXPLAIN SELECT ';'",
        "CALL f(';')",
        "SELECT 'é;ü', x -> 1, a.b::INT, [1, 2], {'k': 1}, 7 // 2, #1",
    ],
)
def test_a_statement_survives_as_written_between_others(statement: str) -> None:
    """Only a ; between statements splits, whatever is in strings, comments, quotes and names."""
    assert [s.text for s in split(f"SELECT 1; {statement} ;SELECT 2")] == ["SELECT 1", statement, "SELECT 2"]


def test_empty_statements_and_comments_around_are_left_out() -> None:
    """Empty statements, trailing and leading comments are no statements."""
    assert [s.text for s in split(";; -- none;\n /* ; */ ; SELECT 1 -- end\n; -- last\n")] == ["SELECT 1"]
    assert split("") == []
    assert split("-- only a comment") == []


def test_a_statement_knows_where_it_begins() -> None:
    """Line and column, from 1, are those of its first word, not of a comment before it."""
    first, second, third = split("SELECT\n1; -- c\n\n  SELECT 2; SELECT '\n\n'", "x.sql")
    assert [(s.line, s.column) for s in (first, second, third)] == [(1, 1), (4, 3), (4, 13)]
    assert second.place == "x.sql, line 4"


@pytest.mark.parametrize(
    ("sql", "line", "column", "delimiter"),
    [
        ("SELECT 1;\n SELECT 'abc\n;", 2, 9, "'"),
        ('SELECT 1;\n\n SELECT "abc', 3, 9, '"'),
        ("SELECT 1; /* x */\nSELECT '/*' /* y", 2, 13, "/*"),
        ("SELECT\n$t$ a;", 2, 1, "$t$"),
    ],
)
def test_an_unclosed_quote_is_shown_where_it_opens(sql: str, line: int, column: int, delimiter: str) -> None:
    """The error has the place of the opening quote, not of the end of the file."""
    with pytest.raises(ParseError) as caught:
        split(sql, "x.sql")
    assert (caught.value.line, caught.value.column) == (line, column)
    assert f"x.sql: {delimiter} is opened" in str(caught.value)


def test_parameters_are_found() -> None:
    """Names behind $ count, also after EXPLAIN; those in strings and dollar quotes do not."""
    assert split("SELECT $a + $Limit, '$no', $t$ $no $t$, $1")[0].parameters == {"a", "limit", "1"}
    assert split("EXPLAIN SELECT $x")[0].parameters == {"x"}


@given(st.lists(st.sampled_from(["SELECT 1", "'a;''b'", '"q;"', "/* ; */ x", "$$;$$", "-- ;\n y", "é", "@a = 1"])))
def test_joined_statements_come_apart_again(parts: list[str]) -> None:
    """Splitting undoes joining by ; for any mixture."""
    expected = [part.removeprefix("/* ; */ ").removeprefix("-- ;\n ") for part in parts]
    assert [s.text for s in split(" ;\n".join(parts))] == expected
