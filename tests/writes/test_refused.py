"""Statements and clauses that have no meaning on a table of the server: refused, never left out in silence."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mlflow_sql import Connection, errors
from support.proxy import Proxy

from .conftest import Held, rows

WHERE = "WHERE experiment_id = '{id}'"


@pytest.mark.parametrize(
    ("statement", "says", "hint"),
    [
        (f"DELETE FROM runs {WHERE} LIMIT 1", "DELETE takes no LIMIT", "WHERE run_id IN (SELECT run_id FROM"),
        (f"DELETE FROM runs {WHERE} ORDER BY start_time", "DELETE takes no ORDER BY", "ORDER BY"),
        (f"UPDATE runs SET tags['a'] = 'b' {WHERE} ORDER BY start_time LIMIT 1", "UPDATE takes no LIMIT", "LIMIT"),
        (f"UPDATE runs JOIN local ON true SET tags['a'] = 'b' {WHERE}", "one table, not runs JOIN local", "FROM other"),
        (f"DELETE FROM runs t, local {WHERE}", "one table, not runs AS t, local", "USING other"),
        (f"DELETE FROM runs TABLESAMPLE 1 {WHERE}", "one table, not runs TABLESAMPLE", ""),
        ("INSERT OVERWRITE runs SELECT '{id}' AS experiment_id", "takes no OVERWRITE", ""),
        ("TRUNCATE runs", "TRUNCATE is not possible on experiment_runs", "DELETE FROM experiment_runs WHERE true"),
        ("DROP TABLE IF EXISTS mlflow.tracking.experiments", "DROP is not possible on experiments", "DELETE FROM"),
        ("ALTER TABLE runs ADD COLUMN x INTEGER", "ALTER is not possible on experiment_runs", ""),
        ("COPY run_params FROM 'x.csv'", "FROM is not possible on run_params", "INSERT INTO run_params"),
        ("COPY run_params (key) FROM 'x.csv'", "FROM is not possible on run_params", "INSERT INTO run_params"),
        ("REPLACE INTO runs (experiment_id) VALUES ('{id}')", "cannot read the statement near 'INTO'", ""),
        ("MERGE INTO runs USING local ON true WHEN NOT MATCHED THEN INSERT BY NAME *", "near '*'", ""),
    ],
)
def test_what_would_not_count_is_refused(
    through: Connection, proxy: Proxy, held: Held, statement: str, says: str, hint: str
) -> None:
    """Before anything is sent, with what to write instead; EXPLAIN refuses the same."""
    held.make("a"), held.make("b")
    through.sql("CREATE OR REPLACE TABLE local AS SELECT 1 AS x")
    for text in (statement, f"EXPLAIN {statement}"):
        with pytest.raises(errors.StatementError) as caught:
            through.sql(text.format(id=held.id))
        assert says in str(caught.value)
        assert hint in str(caught.value.hint or "")
    assert proxy.asked == []
    assert set(held.runs()) == {"a", "b"}


def test_the_rows_to_delete_can_be_limited(con: Connection, held: Held) -> None:
    """As the hint says."""
    for name in "abc":
        held.make(name)
    inner = f"SELECT run_id FROM experiment_runs WHERE experiment_id = '{held.id}' ORDER BY run_name LIMIT 1"
    assert rows(con.sql(f"DELETE FROM experiment_runs WHERE run_id IN ({inner})")) == [(1,)]
    assert set(held.runs()) == {"b", "c"}


def test_local_tables_stay_as_duckdb_has_them(connect: Callable[..., Connection], proxy: Proxy) -> None:
    """What is refused on a table of the server goes on for a local one, also where its name is part of the text."""
    con = connect(proxy.url)
    con.sql("CREATE TABLE t AS SELECT i, 'DELETE FROM runs' AS x FROM range(5) r(i)")
    con.sql("ALTER TABLE t ADD COLUMN runs INTEGER")
    con.sql("UPDATE t SET x = 'INSERT INTO runs' WHERE i = 0")
    con.sql("TRUNCATE t")
    con.sql("DROP TABLE t")
    assert proxy.asked == []
