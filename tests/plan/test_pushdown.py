"""Searches that stand for a condition: together they find every run for which DuckDB finds it true.

What MLflow makes of a filter is said by MLflow's own parser, and by ``support.simulation`` for each comparison.
"""

from __future__ import annotations

import itertools
import json
from functools import cache
from typing import Any

import duckdb
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st

from mlflow_sql.plan.predicate import conjuncts, text_of
from mlflow_sql.plan.pushdown import MAX_CLAUSES, MAX_SEARCHES
from mlflow_sql.rows.decode import Decoder
from support.planning import NOW, names, scan_of
from support.simulation import run_matches

NAN = "NaN"
STATUSES = ["RUNNING", "FINISHED", "FAILED"]
OLD = ("null_predicates", "sql_store", "nan_shielded", "attribute_filters")


@cache
def runs() -> list[dict[str, Any]]:
    """Runs with every combination of a few params, metrics and statuses, missing ones among them."""
    found = []
    params = [None, "", "a", "A", "it's", 'say "a"', "a_b", "aXb"]
    for i, (a, m, status) in enumerate(itertools.product(params, [None, NAN, -0.5, 0, 1], STATUSES)):
        start = 1_770_000_000_000 + 1000 * (i % 7)
        found.append(
            {
                "info": {
                    "run_id": f"run{i}",
                    "experiment_id": "1",
                    "status": status,
                    "lifecycle_stage": "active",
                    "user_id": "",
                    "start_time": start,
                    **({} if status == "RUNNING" else {"end_time": start + 1}),
                },
                "data": {
                    "params": [{"key": "a b", "value": a}] if a is not None else [],
                    "metrics": [{"key": "m", "value": m, "timestamp": 0, "step": 0}] if m is not None else [],
                    "tags": [{"key": "mlflow.runName", "value": f"n{i % 3}"}],
                },
            }
        )
    return found


@cache
def table() -> duckdb.DuckDBPyConnection:
    """The same runs as DuckDB sees them."""
    resource = names().resource("runs")
    method = next(m for m in resource.methods if m.name == "search")
    decoder = Decoder(resource, method, resource.answered)
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.register("answer", decoder.page(json.dumps({"runs": runs()}).encode(), "test").batch)
    connection.execute("CREATE TABLE runs AS FROM answer")
    return connection


PARAM = """params['a b']"""
TEXTS = ["''", "'a'", "'A'", "'it''s'", "'say \"a\"'", "'a_b'", "'both \"''\"'", "'a\\b'", "NULL", "'n1'"]
TIMES = [
    "'2026-02-02 02:40:02'",
    "'2026-02-02 02:40:02.0005'",
    "TIMESTAMP '2026-02-02 02:40:05'",
    "'1500-01-01'",
    "NULL",
]
NUMBERS = ["0", "1", "-0.5", "0.25", "1e300", "NULL"]
COMPARE = ["=", "<>", "<", "<=", ">", ">="]
ATOMS = st.one_of(
    st.builds(
        "{} {} {}".format,
        st.sampled_from([PARAM, "run_name", "status"]),
        st.sampled_from(COMPARE),
        st.sampled_from(TEXTS),
    ),
    st.builds(
        "{} {}IN ({})".format,
        st.sampled_from([PARAM, "run_name"]),
        st.sampled_from(["", "NOT "]),
        st.lists(st.sampled_from(TEXTS), min_size=1, max_size=4).map(", ".join),
    ),
    st.builds(
        "status {}IN ({})".format,
        st.sampled_from(["", "NOT "]),
        st.lists(st.sampled_from(["'RUNNING'", "'FINISHED'", "'FAILED'", "'DONE'", "NULL"]), min_size=1).map(", ".join),
    ),
    st.builds(
        "{} IS {}NULL".format,
        st.sampled_from([PARAM, "metrics.m", "end_time", "params.none"]),
        st.sampled_from(["", "NOT "]),
    ),
    st.builds(
        "{} {} {}".format,
        st.sampled_from([PARAM, "run_name", "status"]),
        st.sampled_from(["LIKE", "NOT LIKE", "ILIKE"]),
        st.sampled_from(["'%'", "'a%'", "'A_b'", "'%k%'", "'n_'", "'F%'", "'fInIsHeD'", "''"]),
    ),
    st.builds("metrics.m {} {}".format, st.sampled_from(COMPARE), st.sampled_from(NUMBERS)),
    st.builds("metrics.m {}IN (0, 1)".format, st.sampled_from(["", "NOT "])),
    st.builds(
        "{} {} {}".format, st.sampled_from(["start_time", "end_time"]), st.sampled_from(COMPARE), st.sampled_from(TIMES)
    ),
    st.builds("start_time BETWEEN {} AND {}".format, st.sampled_from(TIMES), st.sampled_from(TIMES)),
    st.builds("lower({}) = {}".format, st.just(PARAM), st.sampled_from(["'a'", "'a_b'"])),
    st.sampled_from(
        [
            "run_id = 'run7'",
            "run_id IN ('run7', 'run8')",
            "run_id LIKE 'run1%'",
            "true",
            "1 = 0",
            f"length({PARAM}) > 1",
            f"{PARAM} = run_name",
            "duration > INTERVAL 1 HOUR",
        ]
    ),
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds("({} AND {})".format, inner, inner),
        st.builds("({} OR {})".format, inner, inner),
        st.builds("NOT ({})".format, inner),
    ),
    max_leaves=7,
)


def found_by(filters: list[str]) -> set[str]:
    """The ids of the runs that any of the filters finds."""
    return {r["info"]["run_id"] for f in filters for r in runs() if run_matches(r, f)}


@settings(max_examples=300)
@given(CONDITIONS, st.sets(st.sampled_from(OLD), max_size=2))
def test_searches_find_every_run_that_matters(condition: str, without: set[str]) -> None:
    """The union of the searches holds all rows of the answer, and no others where nothing is left to check."""
    scan = scan_of(f"SELECT run_id FROM runs WHERE {condition}", without=without)
    wanted = {row[0] for row in table().sql(f"SELECT run_id FROM runs WHERE {condition}").fetchall()}
    if scan.method.item:
        got = {str(s.values["run_id"]) for s in scan.searches}
    else:
        got = found_by([" AND ".join(s.clauses) for s in scan.searches])
    assert wanted <= got
    if not scan.residual and not scan.method.item:
        assert got == wanted
    assert len(scan.searches) <= MAX_SEARCHES
    assert all(len(s.clauses) <= MAX_CLAUSES for s in scan.searches)


@given(CONDITIONS)
def test_everything_is_either_pushed_or_local(condition: str) -> None:
    """Each term of WHERE is told to the server, or left with a reason; a reason is a sentence of its own."""
    scan = scan_of(f"SELECT run_id FROM runs WHERE params.x = 'y' AND ({condition})")
    if scan.searches and not scan.method.item:
        assert "params.x = 'y'" in scan.pushed
    if scan.searches:
        told = {*scan.pushed, *(text for text, _ in scan.residual)}
        terms = [text_of(c) for c in conjuncts(sqlglot.parse_one(condition, dialect="duckdb"))]
        assert {text for text in terms if "TRUE" not in text and "1 = 0" not in text} <= told
    assert all(text and why for text, why in scan.residual)


@pytest.mark.parametrize(
    "condition",
    [
        f"{PARAM} = 'a'",
        "status IN ('FAILED', 'FINISHED')",
        "metrics.m > 0",
        f"{PARAM} IN ('a', 'A')",
        "end_time > '2020-01-01'",
    ],
)
def test_what_the_server_checks_exactly_leaves_nothing(condition: str) -> None:
    """So that LIMIT may go to the server with it."""
    scan = scan_of(f"SELECT run_id FROM runs WHERE {condition}")
    assert scan.residual == ()
    assert all(s.clauses for s in scan.searches)


@pytest.mark.parametrize("value", ["'RUNNING'::stage", "1", "upper('failed')", "DATE '2026-01-01'"])
def test_a_list_with_what_is_no_plain_text_excludes_no_status(value: str) -> None:
    """A list of statuses is said by excluding the others, so each of its values must be known."""
    scan = scan_of(f"SELECT run_id FROM runs WHERE status IN ('FINISHED', {value})")
    assert [s.clauses for s in scan.searches] == [()]


def test_a_time_is_read_in_duckdbs_zone() -> None:
    """A text without a zone means the connection's; the same moment is sent as the one that DuckDB compares with."""
    scan = scan_of("SELECT run_id FROM runs WHERE start_time = '2026-03-01 01:00:00+01' AND start_time <= now()")
    assert scan.searches[0].clauses == (
        "attributes.start_time = 1772323200000",
        f"attributes.start_time <= {int(NOW.timestamp() * 1000)}",
    )


@pytest.mark.parametrize("params", [[{"a": 1}], [[{"a": 1}]], [[1, 2]], [b"x"], [float("nan")], [None]])
def test_a_bound_value_of_any_type_is_planned(params: list[Any]) -> None:
    """What cannot be compared is left to DuckDB, whose error is the better one."""
    for column in (PARAM, "metrics.m", "start_time"):
        for text in (f"{column} = ?", f"{column} IN (?)", f"{column} IN ?"):
            scan = scan_of(f"SELECT run_id FROM runs WHERE {text}", params)
            if not (text.endswith("IN ?") and params == [[1, 2]]):
                assert [s.clauses for s in scan.searches] == ([()] if params != [None] or text.endswith("IN ?") else [])
