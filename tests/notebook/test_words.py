"""What stands behind ``%sql``, taken apart: nothing of the SQL is lost or changed."""

from __future__ import annotations

from typing import Any

import pytest

from mlflow_sql.cli.notebook.complete import sql_around
from mlflow_sql.cli.notebook.words import read, values
from mlflow_sql.errors import UsageError


@pytest.mark.parametrize(
    ("text", "server", "target", "sql"),
    [
        ("SELECT 1 << 2 AS a", None, "", "SELECT 1 << 2 AS a"),
        ("best << SELECT 1 << 2", None, "best", " SELECT 1 << 2"),
        ("best <<\nSELECT 1", None, "best", "\nSELECT 1"),
        ("\nbest <<\nSELECT 1", None, "best", "\nSELECT 1"),
        ("--server http://h:5000 SELECT 1", "http://h:5000", "", " SELECT 1"),
        ("--server=http://h:5000 x << SELECT 1", "http://h:5000", "x", " SELECT 1"),
        ("--server 'a b' SELECT '--rows'", "a b", "", " SELECT '--rows'"),
        ("--server $url SELECT $url", "http://from-a-variable", "", " SELECT $url"),
        ("\n--not an option\nSELECT 1", None, "", "\n--not an option\nSELECT 1"),
        ("-- a comment", None, "", "-- a comment"),
    ],
)
def test_options_and_the_target_come_before_the_sql(text: str, server: str | None, target: str, sql: str) -> None:
    """Options are read on the first line only, and the SQL is what follows, to the letter."""
    request = read(text, {"url": "http://from-a-variable"})
    assert (request.server, request.target, request.sql) == (server, target, sql)
    assert text[request.start :] == sql


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("--serer x SELECT 1", "no option --serer; did you mean --server"),
        ("--rows many SELECT 1", "--rows needs a number of rows, not 'many'"),
        ("--rows 0 SELECT 1", "not '0'"),
        ("--server", "--server needs a value"),
        ("--server --rows 3 SELECT 1", "--server needs a value"),
        ("--server $nowhere", "no variable 'nowhere'"),
    ],
)
def test_what_is_no_option_is_an_error(text: str, said: str) -> None:
    """Each says what is wrong with it."""
    with pytest.raises(UsageError, match=said.replace("$", r"\$")):
        read(text)


class Strange:
    """No value of SQL."""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("lest", r"no variable 'lest' for \$lest; did you mean \$least\?"),
        ("1", r"\$1 has no value here"),
        ("strange", "'strange' is a Strange"),
    ],
)
def test_a_value_that_is_missing_is_named(name: str, said: str) -> None:
    """Not only that one is missing."""
    with pytest.raises(UsageError, match=said):
        values([name], {"least": 1, "strange": Strange()})


def test_numbers_of_numpy_and_columns_of_pandas_are_values() -> None:
    """They come as Python's own; DuckDB would take some of them for texts."""
    np, pd = pytest.importorskip("numpy"), pytest.importorskip("pandas")
    given: dict[str, Any] = {"a": np.float32(0.5), "b": np.int64(3), "c": pd.Series(["x", "y"]), "d": (1, 2), "e": None}
    assert values(list(given), given) == {"a": 0.5, "b": 3, "c": ["x", "y"], "d": [1, 2], "e": None}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("%sql SELECT |", "SELECT |"),
        ("import os\nx = %sql SELECT a|\nprint()", "SELECT a|"),
        ("%%sql best <<\nSELECT a|\nFROM b", "\nSELECT a|\nFROM b"),
        ("%%sql --server http://h\nSELECT |", "\nSELECT |"),
        ("%%sql --ser|", "--ser|"),
        ("print(1)|", None),
        ("%sq|l SELECT 1", None),
        ("%sql SELECT 1\nprint(|)", None),
    ],
)
def test_the_sql_around_the_cursor(text: str, found: str | None) -> None:
    """Completion sees the SQL of this magic and nothing of the Python around it."""
    at = text.index("|")
    around = sql_around(text.replace("|", ""), at)
    assert (around and f"{around[0][: around[1]]}|{around[0][around[1] :]}") == found
