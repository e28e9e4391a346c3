"""Statements of every shape, with pushdown and without: same rows as over complete copies of the tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from differential.conftest import Lab
from differential.oracle import ask, assert_same, ours

SETUPS = {
    "views": (
        "CREATE VIEW fine AS SELECT run_id, status AS state, metrics.auc AS auc, params, lifecycle_stage FROM runs",
        "CREATE VIEW good(id, score) AS SELECT run_id, auc FROM fine WHERE state = 'FINISHED' AND auc > 0.5",
        "CREATE VIEW latest AS SELECT * FROM runs ORDER BY start_time DESC, run_id LIMIT 5",
    ),
    "local": (
        "CREATE TABLE mine AS SELECT * FROM (VALUES ('adam', 1), ('sgd', 2), ('no', 3), (NULL, 4)) AS t(optimizer, n)",
        "CREATE TABLE ids AS SELECT run_id FROM runs ORDER BY run_id LIMIT 7",
    ),
}


class Shape(NamedTuple):
    """A statement of shapes.sql."""

    sql: str
    setup: tuple[str, ...] = ()
    ordered: bool = False
    error: bool = False


def shapes() -> Iterator[tuple[str, Shape]]:
    """The statements of shapes.sql by name."""
    text = Path(__file__).with_name("shapes.sql").read_text(encoding="utf-8")
    for block in text.split("\n\n")[1:]:
        lines = block.strip().splitlines()
        words = [line.removeprefix("-- ") for line in lines if line.startswith("-- ")]
        setup = [word.removeprefix("setup: ") for word in words if word.startswith("setup: ")]
        sql = "\n".join(line for line in lines if not line.startswith("-- "))
        if sql:
            statements = tuple(statement for part in setup for statement in SETUPS.get(part, (part,)))
            yield words[0], Shape(sql, statements, "ordered" in words, "error" in words)


SHAPES = dict(shapes())
MANY = {
    "values": f"SELECT run_id FROM runs WHERE params.lr IN ({', '.join(repr(str(i / 1000)) for i in range(200))})",
    "ids": f"SELECT count(*) FROM runs WHERE run_id NOT IN ({', '.join(repr(f'{i:032x}') for i in range(1500))})",
    "terms": "SELECT count(*) FROM runs WHERE " + " AND ".join(f"tags.team <> '{i}'" for i in range(80)),
    "alternatives": "SELECT count(*) FROM runs WHERE "
    + " OR ".join(f"(tags.team = 'nlp' AND params.layers = '{i}')" for i in range(40)),
}


def compare(lab: Lab, shape: Shape, pushdown: str, params: Any = None) -> None:
    """Ask both; a statement that changes something is asked on a connection of its own."""
    wanted = lab.oracle.answer(shape.sql, params, shape.setup)
    assert shape.error == wanted.failed, wanted.error
    if shape.setup:
        with lab.connect(f"SET pushdown = {pushdown}", "SET page_size = 40", *map(ours, shape.setup)) as connection:
            got = ask(connection, shape.sql, params)
    else:
        got = ask(lab.pages if pushdown == "on" else lab.off, shape.sql, params)
    assert_same(got, wanted, shape.sql, rows="ordered" if shape.ordered else "all")


@pytest.mark.parametrize("pushdown", ["on", "off"])
@pytest.mark.parametrize("name", SHAPES)
def test_shape(lab: Lab, name: str, pushdown: str) -> None:
    """The same columns and rows as over complete copies of the tables, or an error there and here."""
    compare(lab, SHAPES[name], pushdown)


@pytest.mark.parametrize("pushdown", ["on", "off"])
@pytest.mark.parametrize("name", MANY)
def test_more_than_a_request_holds(lab: Lab, name: str, pushdown: str) -> None:
    """A list, a conjunction or a disjunction that is too long for one filter."""
    compare(lab, Shape(MANY[name]), pushdown)


PARAMETERS: list[tuple[str, Any]] = [
    ("status = ? AND metrics.auc > ?", ["FAILED", 0.5]),
    ("? <> run_id AND status = ? AND user_id <> ?", ["x", "FAILED", "root"]),
    ("status = $1 OR params.lr = $2 OR run_id = $1", ["FAILED", "0.1"]),
    ("status = $status AND params.lr = $lr", {"status": "FINISHED", "lr": "0.1"}),
    ("status = ?", [None]),
    ("params.note = $1 OR run_name = $1 OR tags.stage = $1", ["both ' and \""]),
    (
        "start_time > $a AND start_time < $b AND end_time > $c",
        {
            "a": datetime(2026, 1, 1, 0, 15),
            "b": datetime(2026, 1, 1, 6, tzinfo=timezone(timedelta(hours=5))),
            "c": "2026-01-01 01:00:00",
        },
    ),
    ("start_time > $1 AND start_time < $2", [date(2026, 1, 1), date(2026, 1, 2)]),
    ("metrics.auc > $1 AND metrics.loss < $2 AND metrics['val acc'] <> $3", [Decimal("0.25"), 1, float("inf")]),
    ("metrics.auc < $1", [float("nan")]),
    ("metrics.auc >= $1", [2**60]),
    ("metrics.val_acc IN $1", [[0.5, 0.53, 0.71]]),
    ("status IN $states", {"states": ["FAILED", "KILLED"]}),
    ("status NOT IN $states", {"states": ["FINISHED", "KILLED"]}),
    ("experiment_id IN $ids", {"ids": ["1", "2"]}),
    ("status IN $1", [["FAILED", None]]),
    ("params.optimizer NOT IN $1", [["adam", None]]),
    ("status IN $1", [[]]),
    ("params.optimizer NOT IN $1", [[]]),
    ("run_id IN (SELECT run_id FROM run_metrics WHERE key = $1 AND value > $2)", ["auc", 0.5]),
    ("experiment_id IN (SELECT experiment_id FROM experiments WHERE name = $name)", {"name": "churn"}),
]
REFUSED: list[tuple[str, Any]] = [
    ("status = ? AND user_id = ?", ["FAILED"]),
    ("params.layers = ?", [5]),
    ("metrics.auc < ?", [True]),
]


@pytest.mark.parametrize("pushdown", ["on", "off"])
@pytest.mark.parametrize(("condition", "params"), PARAMETERS)
def test_parameters(lab: Lab, condition: str, params: Any, pushdown: str) -> None:
    """A bound value means what it means to DuckDB."""
    compare(lab, Shape(f"SELECT run_id FROM runs WHERE {condition}"), pushdown, params)


@pytest.mark.parametrize("pushdown", ["on", "off"])
@pytest.mark.parametrize(("condition", "params"), REFUSED)
def test_parameters_that_do_not_fit(lab: Lab, condition: str, params: Any, pushdown: str) -> None:
    """What DuckDB refuses to compare, we refuse."""
    compare(lab, Shape(f"SELECT run_id FROM runs WHERE {condition}", error=True), pushdown, params)


@pytest.mark.parametrize("pushdown", ["on", "off"])
def test_parameters_elsewhere(lab: Lab, pushdown: str) -> None:
    """Parameters in the select list, before those of WHERE, and in LIMIT and OFFSET."""
    compare(lab, Shape("SELECT ? AS a, run_id FROM runs WHERE status = ?"), pushdown, ["x", "FAILED"])
    compare(lab, Shape("SELECT run_id FROM runs ORDER BY run_id LIMIT ? OFFSET ?", ordered=True), pushdown, [3, 2])
    empty = "SELECT count(*) FROM (SELECT run_id FROM runs WHERE params.optimizer NOT IN $1 LIMIT 150)"
    compare(lab, Shape(empty), pushdown, [[]])


def test_files(lab: Lab, tmp_path: Path) -> None:
    """Parquet and CSV files join with remote tables, and COPY writes what a query gives."""
    parquet, csv, copied = tmp_path / "ids.parquet", tmp_path / "states.csv", tmp_path / "copied.parquet"
    lab.oracle.duck.execute(f"COPY (SELECT run_id FROM runs ORDER BY run_id LIMIT 9) TO '{parquet}'")
    csv.write_text("state,n\nFAILED,1\nKILLED,2\n")
    statements = [
        f"SELECT r.run_id, r.status FROM runs r JOIN '{parquet}' f USING (run_id)",
        f"SELECT m.* FROM run_metrics m SEMI JOIN read_parquet('{parquet}') f USING (run_id) WHERE m.key = 'auc'",
        f"SELECT count(*) FROM metric_history WHERE key = 'loss' AND run_id IN (FROM '{parquet}')",
        f"SELECT r.run_id, f.n FROM '{csv}' f LEFT JOIN runs r ON r.status = f.state",
    ]
    for statement in statements:
        assert_same(ask(lab.default, statement), lab.oracle.answer(statement), statement)
    query = "SELECT run_id, metrics, start_time FROM runs WHERE status = 'FAILED'"
    assert lab.default.sql(f"COPY ({query}) TO '{copied}'") is None
    assert_same(lab.oracle.answer(f"FROM '{copied}'"), lab.oracle.answer(query), "COPY")


def test_a_column_without_a_name(lab: Lab) -> None:
    """The name that DuckDB makes up for an expression does not show how its tables are read."""
    found = lab.default.sql("SELECT (SELECT count(*) FROM run_metrics), $1 AS x FROM runs ORDER BY run_id", ["y"])
    assert found is not None
    assert found.columns == ["(SELECT count_star() FROM run_metrics AS run_metrics)", "x"]
    assert len(found.fetchall()) == 158


def test_limit_shows_the_newest_runs(lab: Lab) -> None:
    """LIMIT without ORDER BY gives the runs that began last."""
    found = lab.default.sql("SELECT run_id FROM runs LIMIT 7")
    assert found is not None
    wanted = lab.oracle.values("SELECT run_id FROM runs ORDER BY start_time DESC LIMIT 7")
    assert sorted(row[0] for row in found.fetchall()) == sorted(wanted)


class Fed(NamedTuple):
    """A statement, and at most how many requests and rows of each table it may take."""

    sql: str
    most: dict[str, tuple[int, str]]  # table -> requests, and a query for the number of rows
    setup: Sequence[str] = ()


CHURN = "SELECT count(*) FROM runs WHERE experiment_id = '1'"
ONE = "SELECT 1"
KILLED = "SELECT count(*) FROM runs WHERE status = 'KILLED'"
KILLED_METRICS = "SELECT count(*) FROM run_metrics JOIN runs USING (run_id) WHERE status = 'KILLED'"
KILLED_LOSS = "SELECT count(*) FROM metric_history JOIN runs USING (run_id) WHERE status = 'KILLED' AND key = 'loss'"
LISTED = {"experiments": (1, "SELECT 99"), "experiment_runs": (1, KILLED), "run_metrics": (1, KILLED_METRICS)}
HISTORIES = {**LISTED, "metric_history": (1, KILLED_LOSS)}
FEEDS = {
    "experiment by name, joined": Fed(
        "SELECT r.run_id FROM runs r JOIN experiments e ON e.experiment_id = r.experiment_id WHERE e.name = 'churn'",
        {"experiments": (1, ONE), "experiment_runs": (1, CHURN)},
    ),
    "experiment by name, USING": Fed(
        "SELECT run_id FROM experiments JOIN runs USING (experiment_id) WHERE name = 'churn'",
        {"experiments": (1, ONE), "experiment_runs": (1, CHURN)},
    ),
    "experiment by name, semi-joined": Fed(
        "SELECT run_id FROM runs SEMI JOIN (FROM experiments WHERE name = 'churn') AS e USING (experiment_id)",
        {"experiments": (1, ONE), "experiment_runs": (1, CHURN)},
    ),
    "experiment by name, =": Fed(
        "SELECT run_id FROM runs WHERE experiment_id = (SELECT experiment_id FROM experiments WHERE name = 'churn')",
        {"experiments": (1, ONE), "experiment_runs": (1, CHURN)},
    ),
    "experiment by name, IN": Fed(
        "SELECT run_id FROM runs WHERE experiment_id IN (SELECT experiment_id FROM experiments WHERE name = 'churn')",
        {"experiments": (1, ONE), "experiment_runs": (1, CHURN)},
    ),
    "experiment by name, CTE": Fed(
        "WITH e AS (SELECT experiment_id FROM experiments WHERE name = 'churn')"
        " SELECT run_id FROM runs JOIN e USING (experiment_id)",
        {"experiments": (1, ONE), "experiment_runs": (1, CHURN)},
    ),
    "experiment by name, view": Fed(
        "SELECT run_id FROM named WHERE name = 'churn'",
        {"experiments": (1, ONE), "experiment_runs": (1, CHURN)},
        ("CREATE VIEW named AS SELECT r.*, e.name FROM runs r JOIN experiments e USING (experiment_id)",),
    ),
    "no such experiment": Fed(
        "SELECT run_id FROM runs JOIN experiments USING (experiment_id) WHERE name = 'nope'",
        {"experiments": (1, "SELECT 0"), "experiment_runs": (0, "SELECT 0")},
    ),
    "histories, joined": Fed(
        "SELECT h.step, h.value FROM metric_history h JOIN runs r USING (run_id)"
        " WHERE r.status = 'KILLED' AND h.key = 'loss'",
        HISTORIES,
    ),
    "histories, IN": Fed(
        "SELECT step, value FROM metric_history"
        " WHERE key = 'loss' AND run_id IN (SELECT run_id FROM runs WHERE status = 'KILLED')",
        HISTORIES,
    ),
    "metrics of some runs": Fed(
        "SELECT m.value FROM run_metrics m JOIN runs r USING (run_id) WHERE r.status = 'KILLED' AND m.key = 'auc'",
        LISTED,
    ),
    "one run by its id": Fed(
        "SELECT status FROM runs WHERE run_id = '{run}'", {"experiment_runs": (1, ONE)},
    ),
    "one run of a list": Fed(
        "SELECT status FROM runs WHERE run_id IN ('{run}')", {"experiment_runs": (1, ONE)},
    ),
    "a feed with LIMIT": Fed(
        "SELECT run_id FROM runs WHERE experiment_id IN (SELECT experiment_id FROM experiments ORDER BY name LIMIT 1)",
        {"experiments": (2, "SELECT 99"), "experiment_runs": (1, "SELECT count(*) FROM runs")},
    ),
    "two conditions that contradict": Fed(
        "SELECT run_id FROM runs WHERE status = NULL OR (FALSE AND user_id = 'root')",
        {"experiment_runs": (0, "SELECT 0")},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FEEDS)
def test_feeds_spare_requests(lab: Lab, name: str) -> None:
    """What one table tells of another is asked first, so that little is read: no more requests or rows than said."""
    fed = FEEDS[name]
    run_id = lab.oracle.values("SELECT min(run_id) FROM runs")[0]
    sql = fed.sql.replace("{run}", run_id)
    with lab.connect(*fed.setup) as connection:
        assert_same(ask(connection, sql), lab.oracle.answer(sql, setup=fed.setup), sql)
        planned, run = connection.plan(sql), connection.measure(sql)
    taken: dict[str, list[int]] = {}
    for scan in planned.scans:
        measured = run.scans.get(scan.index)
        requests, rows = taken.setdefault(scan.resource.name, [0, 0])
        if measured is not None:
            taken[scan.resource.name] = [requests + measured.requests, rows + measured.rows]
    for table, (requests, rows) in fed.most.items():
        assert taken[table][0] <= requests, (table, taken)
        assert taken[table][1] <= lab.oracle.values(rows)[0], (table, taken)
    assert taken.keys() <= fed.most.keys(), taken


ALTERNATIVES = (
    ("metrics.auc > 0.9", "params.lr = '0.1'", "status = 'FAILED'"),
    ("metrics['val acc'] < 0.1", "user_id = 'o''brien'", "tags.team = 'nlp'", "run_name LIKE 'shy%'"),
    ("status = 'KILLED' AND metrics.loss < 0.5", "params.optimizer = 'sgd' AND tags.team = 'ops'"),
)


@pytest.mark.parametrize("alternatives", ALTERNATIVES)
def test_or_reads_only_matching_runs(lab: Lab, alternatives: Sequence[str]) -> None:
    """OR between metrics, params, tags and attributes: one search each, each returning the runs that match it."""
    sql = f"SELECT run_id FROM runs WHERE {' OR '.join(alternatives)}"
    assert_same(ask(lab.default, sql), lab.oracle.answer(sql), sql)
    run = lab.default.measure(sql)
    each = [lab.oracle.values(f"SELECT count(*) FROM runs WHERE {a}")[0] for a in alternatives]
    assert run.scans[1].rows == sum(each)
    assert run.scans[1].requests == len(alternatives)
