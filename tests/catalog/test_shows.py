"""How SHOW is read: what is listed, of what, and which rows of it."""

from __future__ import annotations

import pytest

from mlflow_sql.errors import ParseError
from mlflow_sql.plan.shows import Show, read_show
from mlflow_sql.plan.statement import tokenize


def read(text: str) -> Show | None:
    """The listing that a statement asks for."""
    return read_show(text, tokenize(text))


@pytest.mark.parametrize(
    ("text", "show"),
    [
        ("SHOW", Show("tables")),
        ("show all tables", Show("tables")),
        ("SHOW TABLES FROM prod.tracking", Show("tables", ("prod", "tracking"))),
        ("SHOW TABLES LIKE 'run%'", Show("tables", (), "LIKE 'run%'")),
        ("Show Methods In runs Like '%delete%'", Show("methods", ("runs",), "LIKE '%delete%'")),
        ("SHOW EXTENDED METHODS IN prod.tracking.runs", Show("methods", ("prod", "tracking", "runs"), extended=True)),
        ("SHOW METHODS IN \"like\".\"runs\"", Show("methods", ("like", "runs"))),
        ("SHOW RESOURCES IN mlflow.tracking NOT ILIKE 'it''s'", Show("resources", ("mlflow", "tracking"),
                                                                     "NOT ILIKE 'it''s'")),
        ("SHOW METHODS IN runs WHERE sql = 'EXEC' AND required LIKE '%key%'",
         Show("methods", ("runs",), where="sql = 'EXEC' AND required LIKE '%key%'")),
        ("SHOW FUNCTIONS IN prod", Show("functions", ("prod",))),
        ("SHOW PROVIDERS LIKE 'm%'", Show("providers", (), "LIKE 'm%'")),
    ],
)  # fmt: skip
def test_what_is_listed(text: str, show: Show) -> None:
    """Keywords in any case, names in parts, conditions as DuckDB will read them."""
    assert read(text) == show


@pytest.mark.parametrize("text", ["SHOW runs", "SHOW prod.runs", 'SHOW "methods"', "SHOW threads", "SHOW SCHEMAS"])
def test_what_is_no_listing_is_left_to_others(text: str) -> None:
    """Tables, settings, and what DuckDB lists itself."""
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SHOW METHODS", ["SHOW METHODS needs IN and the name of a table"]),
        ("SHOW METHODS LIKE 'x'", ["SHOW METHODS needs IN and the name of a table"]),
        ("SHOW TABLES IN", ["SHOW TABLES needs IN and the name of a schema or catalog"]),
        ("SHOW METHDS IN runs", ["no SHOW METHDS", "did you mean SHOW METHODS?", "SHOW RESOURCES"]),
        ("SHOW EXTENDED METHOD IN runs", ["did you mean SHOW METHODS?"]),
        ("SHOW COLUMNS FROM runs", ["no SHOW COLUMNS", "DESCRIBE <table>"]),
        ("SHOW METHODS IN runs LIKE delete", ["LIKE takes one pattern in quotes", "column 22"]),
        ("SHOW METHODS IN runs LIKE 'a' 'b'", ["LIKE takes one pattern in quotes"]),
        ("SHOW METHODS IN runs delete", ["behind runs, at 'delete'", "LIKE 'pattern'", "column 22"]),
        ("SHOW METHODS IN runs WHERE", ["behind runs, at 'WHERE'"]),
    ],
)
def test_what_cannot_be_read_is_told(text: str, words: list[str]) -> None:
    """With its place, and what may stand there."""
    with pytest.raises(ParseError) as caught:
        read(text)
    assert [word for word in words if word not in str(caught.value)] == []
