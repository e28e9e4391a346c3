"""Whatever is left to the server, to keys of other scans and to pruning: the rows are those of reading everything.

Plans are run over a server in memory (``support.simulation``), so thousands of them take seconds. That the real server
answers in the same way is for the tests that start one.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlflow_sql.engine import supplying
from support.planning import capabilities, catalog, planned
from support.simulation import Simulation, World


@cache
def world() -> World:
    """Two active experiments and a deleted one, 22 runs of all kinds, some without any param."""
    experiments = [
        {
            "experiment_id": str(i),
            "name": name,
            "lifecycle_stage": stage,
            "creation_time": 1000 + i,
            "last_update_time": 1000 + i,
            "artifact_location": "",
            "tags": [{"key": "team", "value": team}] if team else [],
        }
        for i, (name, stage, team) in enumerate(
            [("churn", "active", "x"), ("fraud", "active", None), ("old", "deleted", "x")]
        )
    ]
    runs = []
    for i in range(22):
        values = {"a": [None, "1", "2", ""][i % 4], "b": [None, "1", f"r{i - 1}"][i % 3]}
        metrics = {"m": [None, "NaN", -1, 0, 0.5, 2][i % 6], "k": [None, 1][i % 2]}
        tags = {
            "mlflow.runName": f"n{i % 5}",
            "mlflow.parentRunId": f"r{i // 3}" if i % 3 == 1 else None,
            "e": str(i % 4),
        }
        empty = i > 18
        runs.append(
            {
                "info": {
                    "run_id": f"r{i}",
                    "experiment_id": str(i % 3),
                    "status": ["RUNNING", "FINISHED", "FAILED"][i % 5 % 3],
                    "lifecycle_stage": "deleted" if i % 7 == 3 or i % 3 == 2 else "active",
                    "user_id": "u",
                    "start_time": 2000 + 3 * i,
                    **({"end_time": 3000 - i} if i % 4 else {}),
                    "artifact_uri": "",
                },
                "data": {
                    "params": [{"key": k, "value": v} for k, v in values.items() if v is not None and not empty],
                    "metrics": [
                        {"key": k, "value": v, "timestamp": 5, "step": i} for k, v in metrics.items() if v is not None
                    ],
                    "tags": [{"key": k, "value": v} for k, v in tags.items() if v is not None],
                },
            }
        )
    histories = {
        (r["info"]["run_id"], m["key"]): [
            {"key": m["key"], "value": value, "timestamp": 5 + step, "step": step}
            for step, value in enumerate([m["value"], 0.25, "NaN"])
        ]
        for r in runs
        for m in r["data"]["metrics"]
    }
    return World(experiments, runs, histories)


@cache
def simulation() -> Simulation:
    """The world behind plans; and, without any plan, the tables whole, under the names that users give them."""
    found = Simulation(world())
    found.duckdb.execute("CREATE TABLE mine AS SELECT 'r' || i AS run_id, i::VARCHAR AS n FROM range(3, 9) t(i)")
    for resource in catalog().resources:
        (*_, scan) = planned(f"FROM {resource.name}", pushdown=False).scans
        for hidden in planned(f"FROM {resource.name}", pushdown=False).scans:
            found.duckdb.register(hidden.name, found.table(hidden))
        for name in (resource.name, *resource.aliases):
            found.duckdb.execute(f"CREATE TABLE {name} AS FROM {scan.name}")
    return found


def ask(sql: str, tables: frozenset[str]) -> tuple[str, ...] | None:
    """The values of a query over local relations."""
    return supplying.ask(simulation().duckdb, sql, tables)


def rows(statement: str, **settings: Any) -> list[str]:
    """The rows of the statement's plan as sorted texts, or the kind of DuckDB's objection."""
    try:
        return sorted(map(repr, simulation().rows(planned(statement, ask=ask, **settings))))
    except duckdb.Error as error:
        return [type(error).__name__]


def rows_of_whole_tables(statement: str) -> list[str]:
    """The rows that DuckDB itself finds in whole tables; of all stages, for a statement that speaks of them."""
    if "lifecycle_stage" in statement:
        return rows(statement, pushdown=False)
    try:
        return sorted(map(repr, simulation().duckdb.sql(statement).fetchall()))
    except duckdb.Error as error:
        return [type(error).__name__]


ON_RUN = [
    "{r}.params.a = '1'",
    "{r}.params.a <> '1'",
    "{r}.params.b IN ('1', 'r3')",
    "{r}.params.a IS NULL",
    "{r}.params.a IS NOT NULL",
    "{r}.metrics.m > 0",
    "{r}.metrics.m <> 0",
    "{r}.metrics.m IS NULL",
    "{r}.status IN ('FINISHED', 'FAILED')",
    "{r}.status = 'RUNNING'",
    "{r}.run_id = 'r4'",
    "{r}.run_id IN ('r4', 'r5', 'r6')",
    "{r}.experiment_id = '0'",
    "{r}.experiment_id <> '1'",
    "{r}.run_name = 'n1'",
    "{r}.run_name LIKE 'n_'",
    "{r}.start_time > '1970-01-01 00:00:02.02'",
    "{r}.end_time IS NULL",
    "{r}.parent_run_id = 'r2'",
    "{r}.lifecycle_stage = 'deleted'",
    "{r}.lifecycle_stage <> 'deleted'",
    "length({r}.run_id) = 2",
    "{r}.experiment_id IN ('0', '2')",
    "{r}.experiment_id = (SELECT experiment_id FROM experiments WHERE name = 'churn')",
    "false",
    "1 = 1",
    "{r}.params.a = NULL",
    "{r}.experiment_id IN (SELECT experiment_id FROM experiments WHERE tags.team = 'x')",
    "{r}.run_id IN (SELECT run_id FROM run_params WHERE key = 'a' AND value = '1')",
    "{r}.run_id NOT IN (SELECT run_id FROM run_params WHERE key = 'a')",
    "{r}.run_id IN (SELECT run_id FROM mine)",
    "{r}.run_id IN (SELECT parent_run_id FROM runs WHERE parent_run_id IS NOT NULL)",
    "EXISTS (SELECT 1 FROM run_params x WHERE x.run_id = {r}.run_id AND x.value = '2')",
    "{r}.experiment_id IN (SELECT tags.e FROM runs)",
    "{r}.experiment_id = (SELECT max(experiment_id) FROM experiments)",
    "{r}.run_id IN (SELECT x.run_id FROM run_tags x WHERE x.key = 'e' AND x.experiment_id IN"
    " (SELECT experiment_id FROM experiments WHERE name = 'churn'))",
]
ON_EXPERIMENT = [
    "{e}.name = 'churn'",
    "{e}.name LIKE '%u%'",
    "{e}.tags.team = 'x'",
    "{e}.tags.team IS NULL",
    "{e}.experiment_id = '1'",
    "{e}.experiment_id IN ('0', '1')",
    "{e}.lifecycle_stage = 'deleted'",
    "{e}.creation_time > '1970-01-01 00:00:01'",
]
ON_PARAM = [
    "{p}.key = 'a'",
    "{p}.key = 'b' AND {p}.value = '1'",
    "{p}.value <> '1'",
    "{p}.key IN ('a', 'b')",
    "{p}.run_id = 'r6'",
]
BETWEEN = {
    "re": [
        "r.experiment_id = e.experiment_id",
        "r.experiment_id = e.experiment_id AND r.params.a = e.name",
        "r.tags.e = e.experiment_id",
    ],
    "rp": [
        "r.run_id = p.run_id",
        "p.run_id = r.run_id AND p.key = 'a'",
        "r.params.b = p.run_id",
        "r.run_id = p.run_id AND p.value = r.params.b",
    ],
    "rs": ["r.run_id = s.parent_run_id", "r.parent_run_id = s.run_id", "r.run_id = s.run_id AND s.metrics.m > 0"],
}
SIDES = ["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "SEMI JOIN", "ANTI JOIN"]
TABLES = {"r": "runs", "s": "runs", "e": "experiments", "p": "run_params"}
OF = {"r": ON_RUN, "s": [c.replace("{r}", "{s}") for c in ON_RUN], "e": ON_EXPERIMENT, "p": ON_PARAM}


@cache
def conditions(aliases: str, leaves: int = 4) -> st.SearchStrategy[str]:
    """Conditions on some tables."""
    return st.recursive(
        st.sampled_from([c.format(**{a: a for a in TABLES}) for a in aliases for c in OF[a]]),
        lambda inner: st.one_of(
            st.builds("({} OR {})".format, inner, inner),
            st.builds("{} AND {}".format, inner, inner),
            st.builds("NOT ({})".format, inner),
        ),
        max_leaves=leaves,
    )


@st.composite
def joins(draw: st.DrawFn) -> str:
    """A statement over two or three tables."""
    first = draw(st.sampled_from(["re", "rp", "rs"]))
    flipped = draw(st.booleans())
    left, right = (first[1], first[0]) if flipped else (first[0], first[1])
    side = draw(st.sampled_from(SIDES))
    aliases = left if side in ("SEMI JOIN", "ANTI JOIN") else left + right
    on = draw(st.sampled_from(BETWEEN[first]))
    if draw(st.booleans()):
        on += " AND " + draw(conditions(left + right, 2))
    source = f"{TABLES[left]} {left} {side} {TABLES[right]} {right} ON {on}"
    rest = {"re": "p", "rp": "e", "rs": "e"}[first]
    if "r" in aliases and draw(st.booleans()):
        pair = "rp" if rest == "p" else "re"
        source += f" {draw(st.sampled_from(SIDES[:3]))} {TABLES[rest]} {rest} ON {draw(st.sampled_from(BETWEEN[pair]))}"
        aliases += rest
    columns = ", ".join(f"{a}.{'experiment_id' if a == 'e' else 'run_id'} AS {a}_id" for a in aliases)
    where = f" WHERE {draw(conditions(aliases))}" if draw(st.booleans()) else ""
    inner = f"SELECT {columns} FROM {source}{where}"
    match draw(st.integers(0, 3)):
        case 0:
            return f"WITH c AS ({inner}) SELECT * FROM c WHERE {aliases[0]}_id <> 'r4'"
        case 1:
            return f"SELECT count(*), min({aliases[0]}_id) FROM ({inner})"
    return inner


@st.composite
def singles(draw: st.DrawFn) -> str:
    """A statement over one table, perhaps through a derived table, a CTE or a union, with LIMIT where it is certain."""
    alias = draw(st.sampled_from("rep"))
    table = TABLES[alias]
    key = {"r": "run_id", "e": "experiment_id", "p": "run_id, key"}[alias]
    where = f" WHERE {draw(conditions(alias))}" if draw(st.booleans()) else ""
    shape = draw(st.integers(0, 6))
    match shape:
        case 0:
            inner = f"SELECT {key}, experiment_id FROM {table} {alias}{where}"
            return f"SELECT * FROM ({inner}) {alias} WHERE experiment_id <> '1'"
        case 1:
            return f"WITH {alias} AS (FROM {table}) SELECT {key} FROM {alias}{where}"
        case 2:
            other = draw(conditions(alias))
            return (
                f"SELECT * FROM (SELECT {key}, experiment_id AS x FROM {table} {alias}{where} UNION ALL "
                f"SELECT {key}, experiment_id FROM {table} {alias} WHERE {other}) u WHERE u.x = '0'"
            )
        case 3:
            by = {
                "r": ["start_time", "metrics.m, start_time", "end_time, start_time", "params.a, start_time", "run_id"],
                "e": ["creation_time", "name"],
                "p": ["run_id, key"],
            }[alias]
            direction = draw(st.sampled_from(["", " DESC", " DESC NULLS FIRST"]))
            order = ", ".join(f"{part}{direction}" for part in draw(st.sampled_from(by)).split(", "))
            limit = f"LIMIT {draw(st.integers(0, 6))}" + draw(st.sampled_from(["", " OFFSET 2", " OFFSET (1 + 1)"]))
            return f"SELECT {key} FROM {table} {alias}{where} ORDER BY {order} {limit}"
        case 4:
            limit = f"LIMIT {draw(st.sampled_from(['0', '3', '(SELECT 4)', '50%']))}" + draw(
                st.sampled_from(["", " OFFSET 3"])
            )
            return f"SELECT count(*) FROM (SELECT {key} FROM {table} {alias}{where} {limit})"
        case 5:
            return f"SELECT count(*), count(DISTINCT {key.split(',')[0]}) FROM {table} {alias}{where}"
    return f"SELECT {key} FROM {table} {alias}{where}"


ON_MINE = ["m.n <> '4'", "m.n = '5'", "m.n IS NULL", "m.run_id IS NOT NULL", "m.run_id IN ('r4', 'r5', 'r9')"]
WITH_MINE = [
    "r.run_id = m.run_id",
    "m.run_id = r.parent_run_id",
    "r.run_id = m.run_id AND m.n > '4'",
    "r.params.b = m.run_id",
    "r.params.a = m.n AND r.metrics.m IS NULL",
    "r.tags.e = m.n AND r.run_id <> m.run_id",
    "r.run_id = lower(m.run_id) OR m.n = '5'",
    "r.experiment_id = m.n",
]
MINE = ["mine", "(SELECT run_id, n FROM mine WHERE n < '7')", "(VALUES ('r4', '1'), (NULL, '2'), ('r6', NULL))"]


@st.composite
def with_mine(draw: st.DrawFn) -> str:
    """A statement that joins a local table, perhaps with a third table, any kind of join at any place."""
    local = f"{draw(st.sampled_from(MINE))} AS m(run_id, n)"
    by_name = draw(st.booleans())
    first, second = draw(st.sampled_from([("runs r", local), (local, "runs r")]))
    side = draw(st.sampled_from(SIDES))
    kept = first[-1:] if side in ("SEMI JOIN", "ANTI JOIN") and first == "runs r" else "rm"
    kept = "m" if side in ("SEMI JOIN", "ANTI JOIN") and first != "runs r" else kept
    source = f"{first} {side} {second} " + ("USING (run_id)" if by_name else f"ON {draw(st.sampled_from(WITH_MINE))}")
    if "r" in kept and draw(st.booleans()):
        third = draw(st.sampled_from(SIDES))
        on = " USING (run_id)" if by_name and draw(st.booleans()) else " ON p.run_id = r.run_id AND p.key = 'a'"
        source += f" {third} run_params p{on}"
        kept += "" if third in ("SEMI JOIN", "ANTI JOIN") else "p"
    listed = {"r": "r.run_id AS r, r.status", "m": "m.run_id AS m, m.n", "p": "p.run_id AS p, p.value"}
    conditions = [c for c in ON_MINE if "m" in kept]
    conditions += [c.format(r="r") for c in ON_RUN if "r" in kept] + [c.format(p="p") for c in ON_PARAM if "p" in kept]
    conditions += WITH_MINE if {"r", "m"} <= set(kept) else []
    where = draw(st.lists(st.sampled_from(conditions), max_size=2))
    under = f" WHERE {' AND '.join(f'({c})' for c in where)}" if where else ""
    columns = ", ".join(listed[k] for k in kept)
    if draw(st.booleans()) and first != local:  # sqlglot reads no SELECT behind VALUES
        return f"FROM {source} SELECT {columns}{under}"
    return f"SELECT {columns} FROM {source}{under}"


HISTORY = st.sampled_from(
    [
        "SELECT run_id, key, step, value FROM metric_history h{}",
        "SELECT count(*) FROM (SELECT step FROM metric_history h{} LIMIT 4)",
        "SELECT h.run_id, h.value FROM metric_history h JOIN runs r USING (run_id){}",
        "SELECT r.run_id, max(h.value) FROM runs r JOIN metric_history h ON h.run_id = r.run_id AND h.key = 'm'{}"
        " GROUP BY 1",
        "SELECT h.step FROM metric_history h JOIN run_metrics m ON m.run_id = h.run_id AND m.key = h.key{}",
        "SELECT h.step FROM runs r LEFT JOIN metric_history h ON h.run_id = r.run_id{}",
    ]
)
ON_HISTORY = st.lists(
    st.sampled_from(
        [
            "h.run_id = 'r4'",
            "h.run_id IN ('r4', 'r5', 'r3')",
            "h.key = 'm'",
            "h.key IN ('m', 'k')",
            "h.key LIKE 'm%'",
            "h.step > 0",
            "h.value < 1",
            "h.run_id IN (SELECT run_id FROM runs WHERE params.a = '1')",
            "(h.key = 'm' OR h.run_id = 'r5')",
            "h.run_id <> 'r4'",
            "h.run_id IN (SELECT run_id FROM runs ORDER BY start_time DESC LIMIT 3)",
            "h.timestamp > '1970-01-01'",
            "h.key = 'none'",
        ]
    ),
    max_size=3,
)
MANY = settings(max_examples=4 * settings().max_examples)
LACKING = st.sets(st.sampled_from(sorted(capabilities())), max_size=3)


@MANY
@given(joins(), LACKING)
def test_joins_give_the_same_rows(statement: str, lacking: set[str]) -> None:
    """Over every kind of join, with conditions in ON and WHERE, on servers that lack this or that."""
    assert rows(statement, without=lacking) == rows_of_whole_tables(statement)


@MANY
@given(with_mine(), LACKING)
def test_joins_with_local_tables_give_the_same_rows(statement: str, lacking: set[str]) -> None:
    """Whatever the local table's values say of the remote one, and where they say nothing."""
    assert rows(statement, without=lacking) == rows_of_whole_tables(statement)


@MANY
@given(singles(), LACKING)
def test_single_tables_give_the_same_rows(statement: str, lacking: set[str]) -> None:
    """Through derived tables, CTEs, unions, aggregates and limits."""
    assert rows(statement, without=lacking) == rows_of_whole_tables(statement)


@given(HISTORY, ON_HISTORY, LACKING)
def test_histories_give_the_same_rows(statement: str, where: list[str], lacking: set[str]) -> None:
    """With keys from conditions, from joined scans, or from the listing of all metrics."""
    text = statement.format(" WHERE " + " AND ".join(where) if where else "")
    assert rows(text, without=lacking) == rows_of_whole_tables(text)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT r.run_id FROM runs r JOIN run_metrics m ON r.experiment_id = m.step",
        "SELECT run_id FROM runs WHERE experiment_id IN (SELECT 1)",
        "SELECT run_id FROM runs WHERE experiment_id IN (SELECT * FROM (VALUES ('1'), ('churn')))",
        "SELECT run_id FROM runs JOIN (VALUES (0), (1)) v(id) ON experiment_id = v.id",
        "SELECT run_id FROM runs WHERE run_id IN (SELECT 'r' || tags.e FROM runs)",
        "SELECT a.run_id FROM runs a ASOF JOIN runs b ON a.start_time >= b.start_time WHERE b.params.a = '1'",
        "SELECT a.run_id, b.name FROM runs a POSITIONAL JOIN experiments b",
        "WITH RECURSIVE t AS (SELECT run_id FROM runs WHERE run_id = 'r1'"
        " UNION ALL SELECT c.run_id FROM runs c JOIN t ON c.parent_run_id = t.run_id) FROM t",
        "SELECT e.name, l.run_id FROM experiments e, LATERAL (SELECT run_id FROM runs r"
        " WHERE r.experiment_id = e.experiment_id ORDER BY start_time DESC LIMIT 1) l",
        "SELECT e.name, p.value FROM experiments e"
        " LEFT JOIN (runs r JOIN run_params p USING (run_id)) ON e.experiment_id = r.experiment_id",
        "SELECT status FROM runs UNION SELECT name FROM experiments WHERE name = 'churn'",
        "SELECT run_id FROM runs EXCEPT SELECT run_id FROM run_params WHERE key = 'a'",
        "SELECT run_id FROM runs r WHERE (SELECT count(*) FROM run_params p WHERE p.run_id = r.run_id) = 2",
        "SELECT * FROM (SELECT lifecycle_stage AS s FROM runs UNION ALL SELECT lifecycle_stage FROM experiments)"
        " WHERE s = 'deleted'",
        "PIVOT (SELECT status, experiment_id FROM runs) ON status USING count(*)",
        "SELECT run_id FROM runs JOIN run_params USING (run_id) WHERE run_id = 'r6'",
        "SELECT run_id FROM run_params RIGHT JOIN runs USING (run_id) WHERE run_id = 'r6'",
        "SELECT run_id FROM mine LEFT JOIN runs USING (run_id) WHERE run_id <> 'r5'",
        "SELECT p.run_id, m.n FROM runs r JOIN mine m ON r.run_id = m.run_id"
        " RIGHT JOIN run_params p ON p.run_id = r.run_id WHERE m.n IS NULL",
        "SELECT n FROM mine WHERE EXISTS (SELECT 1 FROM runs r SEMI JOIN mine m USING (run_id) WHERE n = '3')",
        "SELECT run_id, p.key FROM runs LEFT JOIN mine USING (run_id) JOIN run_params p USING (run_id)",
        "SELECT run_id, n FROM mine RIGHT JOIN runs USING (run_id)",
        "SELECT run_id, n FROM mine FULL JOIN runs USING (run_id)",
        "SELECT runs.run_id FROM runs TABLESAMPLE 100% WHERE runs.status = 'FAILED'",
        "SELECT r.run_id FROM runs r ANTI JOIN run_params p ON r.run_id = p.run_id AND r.params.a = '1'",
        "SELECT r.run_id FROM runs r SEMI JOIN run_params p ON r.run_id = p.run_id AND p.value = '1'",
        "SELECT e.name, r.run_id FROM experiments e LEFT JOIN runs r ON r.experiment_id = e.experiment_id"
        " WHERE r.parent_run_id IS NULL",
        "SELECT e.name, r.run_id FROM experiments e RIGHT JOIN runs r ON r.experiment_id = e.experiment_id"
        " AND e.name = 'churn'",
        "SELECT e.name, r.run_id FROM experiments e RIGHT JOIN runs r ON r.experiment_id = e.experiment_id"
        " AND r.experiment_id IN (SELECT experiment_id FROM experiments WHERE tags.team = 'x')",
        "SELECT e.name FROM runs r FULL JOIN experiments e ON r.experiment_id = e.experiment_id AND r.params.a = '1'"
        " WHERE r.params.a IS NULL",
        "SELECT e.name FROM runs r FULL JOIN experiments e ON r.experiment_id = e.experiment_id AND r.params.b = 'r8'"
        " WHERE r.parent_run_id IS NULL AND e.name IS NOT NULL",
        "SELECT run_id FROM runs ORDER BY end_time DESC NULLS FIRST, start_time LIMIT 4",
        "SELECT run_id FROM runs WHERE params.a > '' ORDER BY start_time LIMIT 4",
        "SELECT count(*) FROM (SELECT run_id FROM run_params LIMIT 3)",
        "SELECT run_id, key FROM run_params ORDER BY run_id DESC, key DESC LIMIT 3",
        "SELECT count(*) FROM (SELECT run_id FROM runs LIMIT (SELECT 4) OFFSET 3)",
        "SELECT run_id FROM runs WHERE status IN ('FINISHED', 'FAI' || 'LED')",
        "SELECT count(*) FROM (SELECT DISTINCT status FROM runs LIMIT 3)",
        "SELECT r.run_id FROM runs r FULL JOIN experiments e ON r.experiment_id = e.experiment_id AND r.params.a = '1'"
        " WHERE e.tags.team IS NULL AND r.run_id IS NOT NULL",
        "SELECT * FROM (SELECT run_id, status FROM runs ORDER BY start_time LIMIT 6) WHERE status = 'FINISHED'",
        "SELECT * FROM (SELECT run_id, status, row_number() OVER (ORDER BY start_time) FROM runs)"
        " WHERE status = 'FAILED'",
        "SELECT * FROM (SELECT DISTINCT ON (experiment_id) run_id, status FROM runs"
        " ORDER BY experiment_id, start_time) WHERE status = 'FINISHED'",
    ],
)
def test_shapes_that_are_easily_wrong(statement: str) -> None:
    """Ones that are rarely written, or where one thing left out of a rule would lose or add rows."""
    found = rows(statement)
    assert found
    assert found == rows_of_whole_tables(statement)


def test_the_simulation_has_what_is_asked_for() -> None:
    """The conditions above are true for some rows and false for others, or these tests would say little."""
    for alias, table in TABLES.items():
        total = len(rows(f"SELECT * FROM {table}"))
        hits = [
            len(rows(f"SELECT * FROM {table} {alias} WHERE {c.format(**{a: a for a in TABLES})}")) for c in OF[alias]
        ]
        assert total > 1
        assert sum(0 < h < total for h in hits) > len(hits) * 0.6
