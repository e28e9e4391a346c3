"""``WHERE filter = '...'``: MLflow's own search expression, sent as it stands and never left out in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mlflow_sql import Connection
from mlflow_sql.errors import BadRequest, BindError, StatementError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlflow import MlflowClient

    Ask = Callable[..., list[tuple[Any, ...]]]

AUC = "metrics.auc > 0.8"


def filters(con: Connection, statement: str, params: Any = None) -> list[str]:
    """What is sent as the filter of each search of the tables that are read."""
    from mlflow_sql.plan.nodes import call

    plan = con.plan(statement, params)
    return [(call(s).body or {}).get("filter", "") for scan in plan.scans if not scan.hidden for s in scan.searches]


@pytest.mark.parametrize(
    "expression",
    [
        AUC,
        "metrics.auc > 0.8 and tags.team = 'ops'",
        "attributes.status = 'FINISHED' AND params.lr != '0.1'",
        "params.`batch size` ILIKE '1%'",
        'tags."data version" = "data version 1"',
        "attributes.run_name LIKE 'shy%'",
        "",
    ],
)
@pytest.mark.parametrize("given", ["text", "parameter"])
def test_it_finds_what_mlflow_finds(ask: Ask, client: MlflowClient, expression: str, given: str) -> None:
    """The rows are those of search_runs with that filter, given as a text or as a bound parameter."""
    ids = [e.experiment_id for e in client.search_experiments()]
    expected: list[str] = []
    token = None
    while token is not None or not expected:
        page = client.search_runs(ids, expression, max_results=1000, page_token=token)
        expected += [run.info.run_id for run in page]
        token = page.token
        if not token:
            break
    if given == "text":
        written = expression.replace("'", "''")
        found = ask(f"SELECT run_id FROM runs WHERE filter = '{written}' ORDER BY 1")
    else:
        found = ask("SELECT run_id FROM runs WHERE filter = ? ORDER BY 1", [expression])
    assert [row[0] for row in found] == sorted(expected)
    assert found


@pytest.mark.parametrize(
    ("statement", "same"),
    [
        (
            "SELECT run_id FROM runs WHERE filter = '{}' AND (params.lr = '0.1' OR tags.team = 'ops')",
            "SELECT run_id FROM runs WHERE metrics.auc > 0.8 AND (params.lr = '0.1' OR tags.team = 'ops')",
        ),
        (
            "SELECT r.run_id FROM runs AS r WHERE '{}' = r.\"filter\" AND r.lifecycle_stage = 'deleted'",
            "SELECT run_id FROM runs WHERE metrics.auc > 0.8 AND lifecycle_stage = 'deleted'",
        ),
        (
            "SELECT run_id, key FROM run_params WHERE filter IN ('{}') AND key = 'lr'",
            "SELECT run_id, key FROM run_params JOIN runs r USING (run_id) WHERE r.metrics.auc > 0.8 AND key = 'lr'",
        ),
        (
            "SELECT v.run_id, key FROM run_values v WHERE v.filter = '{}' AND kind = 'tag' AND status = 'FAILED'",
            "SELECT v.run_id, key FROM run_values v JOIN runs r USING (run_id)"
            " WHERE r.metrics.auc > 0.8 AND kind = 'tag' AND r.status = 'FAILED'",
        ),
        (
            "SELECT e.name, r.run_id FROM experiments e LEFT JOIN runs r"
            " ON e.experiment_id = r.experiment_id AND r.filter = '{}' AND r.status = 'FAILED'",
            "SELECT e.name, r.run_id FROM experiments e LEFT JOIN runs r"
            " ON e.experiment_id = r.experiment_id AND r.metrics.auc > 0.8 AND r.status = 'FAILED'",
        ),
        (
            "SELECT m.run_id, value FROM run_metrics m JOIN runs r ON r.run_id = m.run_id AND r.filter = '{}'"
            " WHERE m.key = 'auc'",
            "SELECT run_id, value FROM run_metrics WHERE key = 'auc' AND value > 0.8",
        ),
        (
            "SELECT run_id FROM runs WHERE run_id IN (SELECT run_id FROM run_tags WHERE filter = '{}')",
            "SELECT run_id FROM runs WHERE metrics.auc > 0.8 AND map_keys(tags) <> []",
        ),
        (
            "WITH good AS (SELECT *, filter FROM runs WHERE filter = '{}')"
            " SELECT run_id, filter = '{}' FROM good WHERE status = 'FAILED'",
            "SELECT run_id, true FROM runs WHERE metrics.auc > 0.8 AND status = 'FAILED'",
        ),
        (
            "SELECT x.run_id, x.filter FROM experiments e"
            " JOIN (SELECT *, filter FROM runs WHERE filter = '{}') x USING (experiment_id)",
            "SELECT run_id, 'metrics.auc > 0.8' FROM runs JOIN experiments USING (experiment_id)"
            " WHERE metrics.auc > 0.8",
        ),
        (
            "SELECT status, count(*) FROM runs WHERE filter = 'metrics.' || 'auc > 0.8' GROUP BY ALL",
            "SELECT status, count(*) FROM runs WHERE metrics.auc > 0.8 GROUP BY ALL",
        ),
    ],
)
def test_it_goes_with_everything_else(ask: Ask, statement: str, same: str) -> None:
    """Beside other conditions, in OR searches, joins, CTEs and subqueries: as if SQL had said the same."""
    found = ask(f"FROM ({statement.replace('{}', AUC)}) ORDER BY ALL")
    assert found == ask(f"FROM ({same}) ORDER BY ALL")
    assert found


def test_experiments_have_their_own(ask: Ask) -> None:
    """The language is that of experiments/search there."""
    found = ask("SELECT name FROM experiments WHERE filter = 'name LIKE ''f%''' ORDER BY 1")
    assert found == [("fraud/v2",)]


def test_it_is_sent_without_pushdown_too(con: Connection) -> None:
    """It is no pushed condition of ours, so the setting does not touch it; ours are gone, and it stands last."""
    statement = f"SELECT run_id FROM runs WHERE filter = '{AUC}' AND status = 'FAILED'"
    assert filters(con, statement) == [f"attributes.status = 'FAILED' AND {AUC}"]
    con.sql("SET pushdown = off")
    try:
        assert filters(con, statement) == [AUC]
    finally:
        con.sql("RESET pushdown")


def test_a_run_by_its_id_is_searched_then(con: Connection, ask: Ask) -> None:
    """runs/get takes no filter, so the id goes into the search with it."""
    (low,) = ask("SELECT run_id FROM runs WHERE metrics.auc < 0.5 ORDER BY 1 LIMIT 1")[0]
    statement = "SELECT run_id FROM runs WHERE run_id = $run AND filter = $filter"
    assert ask(statement, {"run": low, "filter": AUC}) == []
    assert ask(statement, {"run": low, "filter": "metrics.auc < 0.5"}) == [(low,)]


def test_star_does_not_show_it(con: Connection) -> None:
    """It is no column of the rows; named in the select list it is the text, or NULL where none is given."""
    relation = con.sql(f"SELECT * FROM runs WHERE filter = '{AUC}' LIMIT 1")
    assert relation is not None
    assert "filter" not in relation.columns
    named = con.sql(f"SELECT run_id, r.filter FROM runs r WHERE filter = '{AUC}' LIMIT 1")
    assert named is not None
    assert named.columns == ["run_id", "filter"]
    assert named.fetchall()[0][1] == AUC
    bare = con.sql("SELECT filter FROM runs LIMIT 1")
    assert bare is not None
    assert bare.fetchall() == [(None,)]


def test_a_local_column_of_that_name_is_the_local_one(con: Connection) -> None:
    """An unqualified name means the local table's column, where there is one; ours is r.filter then."""
    con.sql("CREATE OR REPLACE TEMP TABLE wanted AS SELECT 'FAILED' AS state, 'x' AS filter")
    counted = con.sql(
        f"SELECT count(*) FROM runs r JOIN wanted ON state = status WHERE filter = 'x' AND r.filter = '{AUC}'"
    )
    plain = con.sql("SELECT count(*) FROM runs WHERE status = 'FAILED' AND metrics.auc > 0.8")
    assert counted is not None
    assert plain is not None
    assert counted.fetchall() == plain.fetchall()


@pytest.mark.parametrize(
    ("statement", "params", "words"),
    [
        ("SELECT * FROM runs WHERE filter = 'a' OR status = 'FAILED'", None, "must stand by itself"),
        ("SELECT * FROM runs WHERE NOT filter = 'a'", None, "must stand by itself"),
        ("SELECT * FROM runs WHERE filter <> 'a'", None, "must stand by itself"),
        ("SELECT * FROM runs WHERE filter LIKE 'a%'", None, "must stand by itself"),
        ("SELECT * FROM runs WHERE filter IN ('a', 'b')", None, "must stand by itself"),
        ("SELECT * FROM runs WHERE filter IS NULL", None, "must stand by itself"),
        ("SELECT * FROM runs WHERE filter IS NOT DISTINCT FROM 'a'", None, "must stand by itself"),
        ("SELECT * FROM runs WHERE lower(filter) = 'a'", None, "must stand by itself"),
        ("SELECT count(*) FILTER (WHERE filter = 'a') FROM runs", None, "must stand by itself"),
        ("SELECT status FROM runs GROUP BY 1 HAVING any_value(runs.filter) = 'a'", None, "must stand by itself"),
        ("SELECT * FROM runs r JOIN run_tags t ON t.value = r.filter", None, "a text"),
        ("SELECT * FROM runs WHERE filter = status", None, "a text"),
        ("SELECT * FROM runs WHERE filter = $f", {"f": None}, "a text"),
        ("SELECT * FROM runs WHERE filter = $f", {"f": 5}, "a text"),
        ("SELECT * FROM runs WHERE filter = 'a' AND filter = 'b'", None, "given twice"),
        (
            "SELECT * FROM experiments e LEFT JOIN runs r USING (experiment_id) WHERE r.filter = 'a'", None,
            "ON of that LEFT JOIN",
        ),
        (
            "SELECT * FROM runs r LEFT JOIN run_tags t ON r.run_id = t.run_id AND r.filter = 'a'", None,
            "outer",
        ),
        ("SELECT * FROM runs r ASOF JOIN runs b ON r.start_time >= b.start_time AND r.filter = 'a'", None, "ASOF"),
        ("WITH r AS (SELECT *, filter FROM runs) SELECT * FROM r WHERE filter = 'a'", None, "handed on"),
        ("SELECT * FROM (SELECT *, filter AS f FROM runs) WHERE f = 'a'", None, "handed on"),
        ("UPDATE runs SET filter = 'a' WHERE run_id = 'b'", None, "cannot be assigned"),
        ("INSERT INTO runs (experiment_id, filter) VALUES ('1', 'a')", None, "cannot be assigned"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused(con: Connection, statement: str, params: Any, words: str) -> None:
    """Rather an error, with its place, than an expression that is left out or rows that are missing."""
    with pytest.raises(StatementError, match=words):
        con.sql(statement, params)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("SELECT * FROM experiments JOIN runs USING (experiment_id) WHERE filter = 'a'", "experiments.filter or runs"),
        ("SELECT * FROM (SELECT * FROM runs) WHERE filter = 'a'", "asked of a table itself"),
        ("SELECT r.filter.x FROM runs r WHERE r.filter = 'a'", "asked of a table itself"),
        ("SELECT * FROM metric_history WHERE filter = 'a' AND run_id = 'b' AND key = 'c'", "no column 'filter'"),
    ],
)
def test_it_must_be_clear_whose_it_is(con: Connection, statement: str, words: str) -> None:
    """The error says how to write it."""
    with pytest.raises(BindError, match=words):
        con.sql(statement)


@pytest.mark.parametrize("rest", ["", " AND status = 'FAILED'", " AND (params.lr = '1' OR params.lr = '2') LIMIT 1"])
@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("metrics.auc >> 1", "Invalid comparator"),
        ("metrics.auc > 1 OR metrics.auc < 0", "Invalid clause"),
        ("tags.a = 'it", "Invalid clause"),
        ("metrics.auc > 1 -- ", "Invalid clause"),
    ],
)
def test_a_refused_expression_is_an_error(con: Connection, expression: str, words: str, rest: str) -> None:
    """The server's words and the expression; it is never read without, nor does it swallow what we send with it."""
    statement = f"SELECT run_id FROM runs WHERE filter = $f{rest}"
    relation = con.sql(statement, {"f": expression})
    assert relation is not None
    with pytest.raises(BadRequest, match=words) as caught:
        relation.fetchall()
    assert repr(expression) in str(caught.value)
    good = con.sql(f"SELECT count(*) FROM runs WHERE filter = '{AUC}'{rest.removesuffix(' LIMIT 1')}")
    assert good is not None
    good.fetchall()


def test_every_table_that_is_searched_tells_of_it(con: Connection) -> None:
    """DESCRIBE has it where it can be used, and only there."""
    for table in con.names.catalog.resources:
        relation = con.sql(f"DESCRIBE {table.name}")
        assert relation is not None
        listed = {row[0]: row[2] for row in relation.fetchall()}
        searched = any(m.items and m.param("filter") for m in table.methods_for("select"))
        assert ("filter" in listed) == searched
        if searched:
            assert "as it stands" in listed["filter"]
