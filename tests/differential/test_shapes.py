"""Statements of every shape, with pushdown and without: same rows as over complete copies of the tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from differential.conftest import Lab
from differential.oracle import ask, assert_same, ours


class Shape(NamedTuple):
    """A statement to compare; ``rows`` as in ``assert_same``; setup: statements before it."""

    sql: str
    rows: str = "all"
    params: Any = None
    setup: Sequence[str] = ()


VIEWS = (
    "CREATE VIEW fine AS SELECT run_id, status AS state, metrics.auc AS auc, params, lifecycle_stage FROM runs",
    "CREATE VIEW good(id, score) AS SELECT run_id, auc FROM fine WHERE state = 'FINISHED' AND auc > 0.5",
    "CREATE VIEW latest AS SELECT * FROM runs ORDER BY start_time DESC, run_id LIMIT 5",
)
LOCAL = (
    "CREATE TABLE mine AS SELECT * FROM (VALUES ('adam', 1), ('sgd', 2), ('nope', 3), (NULL, 4)) AS t(optimizer, n)",
    "CREATE TABLE ids AS SELECT run_id FROM runs ORDER BY run_id LIMIT 7",
)

SHAPES: dict[str, Shape] = {
    # outer joins
    "left, condition in ON": Shape("SELECT r.run_id, m.value FROM runs r LEFT JOIN run_metrics m ON m.run_id = r.run_id AND m.key = 'auc' AND m.value > 0.5"),
    "left, condition in ON on the kept side": Shape("SELECT r.run_id, m.value FROM runs r LEFT JOIN run_metrics m ON m.run_id = r.run_id AND r.status = 'FAILED'"),
    "left, WHERE on the filled side": Shape("SELECT r.run_id, m.value FROM runs r LEFT JOIN run_metrics m USING (run_id) WHERE m.key = 'auc'"),
    "left, WHERE that keeps the filled rows": Shape("SELECT r.run_id, p.value FROM runs r LEFT JOIN run_params p ON p.run_id = r.run_id AND p.key = 'lr' WHERE p.value IS NULL OR p.value = '0.1'"),
    "left as anti": Shape("SELECT r.run_id FROM runs r LEFT JOIN run_params p ON p.run_id = r.run_id AND p.key = 'lr' WHERE p.run_id IS NULL"),
    "left, coalesce": Shape("SELECT count(*) FROM runs r LEFT JOIN run_params p ON p.run_id = r.run_id AND p.key = 'lr' WHERE coalesce(p.value, 'none') <> '0.1'"),
    "right": Shape("SELECT e.name, r.run_id FROM runs r RIGHT JOIN experiments e ON r.experiment_id = e.experiment_id AND r.status = 'FAILED' WHERE e.name <> 'churn'"),
    "right, condition in ON on the kept side": Shape("SELECT e.name, r.run_id FROM runs r RIGHT JOIN experiments e ON r.experiment_id = e.experiment_id AND e.name = 'churn'"),
    "right, WHERE on the filled side": Shape("SELECT e.name, r.run_id FROM runs r RIGHT JOIN experiments e USING (experiment_id) WHERE r.status = 'KILLED'"),
    "full": Shape("SELECT a.run_id, b.run_id FROM runs a FULL JOIN runs b ON a.run_id = b.parent_run_id AND a.status = 'FINISHED'"),
    "full, WHERE on either side": Shape("SELECT a.run_id, b.run_id FROM runs a FULL JOIN runs b ON a.run_id = b.parent_run_id WHERE a.status = 'FINISHED' OR b.status = 'FAILED'"),
    "full, WHERE IS NULL": Shape("SELECT a.run_id, b.run_id FROM runs a FULL JOIN runs b ON a.run_id = b.parent_run_id WHERE a.run_id IS NULL AND b.user_id = 'root'"),
    "full, USING unqualified": Shape("SELECT experiment_id, count(*) FROM experiments e FULL JOIN runs r USING (experiment_id) WHERE experiment_id <> '1' GROUP BY ALL"),
    "left, USING unqualified": Shape("SELECT run_id, t.value FROM runs r LEFT JOIN run_tags t USING (run_id) WHERE run_id LIKE 'a%'"),
    "right, USING unqualified": Shape("SELECT experiment_id, r.run_id FROM runs r RIGHT JOIN experiments e USING (experiment_id) WHERE experiment_id IN ('0', '1')"),
    "left after left": Shape("SELECT e.name, r.run_id, m.value FROM experiments e LEFT JOIN runs r USING (experiment_id) LEFT JOIN run_metrics m ON m.run_id = r.run_id AND m.key = 'auc' WHERE e.name LIKE '%u%'"),
    "inner after left rejects": Shape("SELECT e.name, m.value FROM experiments e LEFT JOIN runs r USING (experiment_id) JOIN run_metrics m ON m.run_id = r.run_id WHERE m.key = 'auc'"),
    "left of a filtered derived table": Shape("SELECT r.run_id, x.value FROM runs r LEFT JOIN (SELECT run_id, value FROM run_params WHERE key = 'lr') x USING (run_id) WHERE r.status = 'FAILED'"),
    # semi, anti, subqueries
    "semi": Shape("SELECT run_id FROM runs r SEMI JOIN run_params p ON p.run_id = r.run_id AND p.key = 'lr' AND p.value = '0.1' WHERE r.status = 'FINISHED'"),
    "anti": Shape("SELECT run_id FROM runs r ANTI JOIN run_params p ON p.run_id = r.run_id AND p.key = 'lr' WHERE r.status = 'FINISHED'"),
    "anti, USING": Shape("SELECT run_id FROM runs ANTI JOIN run_inputs USING (run_id)"),
    "anti, condition on the left in ON": Shape("SELECT run_id FROM runs r ANTI JOIN run_params p ON p.run_id = r.run_id AND r.status = 'FINISHED'"),
    "exists": Shape("SELECT run_id FROM runs r WHERE EXISTS (SELECT 1 FROM run_tags t WHERE t.run_id = r.run_id AND t.key = 'team' AND t.value = 'nlp')"),
    "not exists": Shape("SELECT run_id FROM runs r WHERE status = 'FINISHED' AND NOT EXISTS (SELECT 1 FROM run_tags t WHERE t.run_id = r.run_id AND t.key = 'team')"),
    "not exists with the outer in it": Shape("SELECT name FROM experiments e WHERE NOT EXISTS (SELECT 1 FROM runs r WHERE r.experiment_id = e.experiment_id AND r.status = 'KILLED')"),
    "in": Shape("SELECT run_id, value FROM run_metrics WHERE run_id IN (SELECT run_id FROM runs WHERE status = 'KILLED')"),
    "not in": Shape("SELECT run_id FROM runs WHERE run_id NOT IN (SELECT run_id FROM run_params WHERE key = 'lr')"),
    "not in, NULLs": Shape("SELECT run_id FROM runs WHERE run_id NOT IN (SELECT parent_run_id FROM runs)"),
    "in, with an OR": Shape("SELECT run_id FROM runs WHERE run_id IN (SELECT run_id FROM run_inputs) OR status = 'KILLED'"),
    "in, of pairs": Shape("SELECT run_id FROM runs WHERE (experiment_id, status) IN (SELECT experiment_id, 'FAILED' FROM experiments)"),
    "scalar": Shape("SELECT run_id FROM runs WHERE start_time = (SELECT max(start_time) FROM runs)"),
    "scalar, of two rows": Shape("SELECT run_id FROM runs WHERE experiment_id = (SELECT experiment_id FROM experiments WHERE name IN ('churn', '100%_sure'))"),
    "scalar, of none": Shape("SELECT run_id FROM runs WHERE experiment_id = (SELECT experiment_id FROM experiments WHERE name = 'nope')"),
    "scalar, correlated": Shape("SELECT run_id, (SELECT count(*) FROM run_metrics m WHERE m.run_id = r.run_id) FROM runs r WHERE status <> 'FINISHED'"),
    "scalar, correlated, in WHERE": Shape("SELECT run_id FROM runs r WHERE start_time = (SELECT max(start_time) FROM runs x WHERE x.experiment_id = r.experiment_id)"),
    "any and all": Shape("SELECT run_id FROM runs WHERE start_time >= ALL (SELECT start_time FROM runs) OR status = ANY (SELECT 'KILLED')"),
    "in, in, in": Shape("SELECT count(*) FROM run_tags WHERE run_id IN (SELECT run_id FROM runs WHERE experiment_id IN (SELECT experiment_id FROM experiments WHERE name = 'churn'))"),
    # CTEs
    "CTE read twice with two conditions": Shape("WITH r AS (SELECT * FROM runs WHERE start_time > '2026-01-01') SELECT a.run_id, b.run_id FROM r a JOIN r b ON a.run_id = b.parent_run_id WHERE a.status = 'FINISHED' AND b.status = 'FAILED'"),
    "CTE read twice, by a union": Shape("WITH r AS (SELECT run_id, status FROM runs) SELECT run_id FROM r WHERE status = 'FAILED' UNION ALL SELECT run_id FROM r WHERE status = 'KILLED'"),
    "CTE read once in each branch": Shape("WITH r AS MATERIALIZED (SELECT run_id, status FROM runs) SELECT count(*) FROM r WHERE status = 'FAILED' AND run_id IN (SELECT run_id FROM r WHERE run_id > '8')"),
    "CTE of a CTE": Shape("WITH a AS (SELECT run_id, metrics FROM runs WHERE status = 'FINISHED'), b AS (SELECT run_id, metrics.auc AS auc FROM a) SELECT * FROM b WHERE auc > 0.8"),
    "CTE with column names": Shape("WITH a(id, state) AS (SELECT run_id, status FROM runs) SELECT * FROM a WHERE state = 'FAILED'"),
    "CTE with swapped column names": Shape("WITH a(status, run_id) AS (SELECT run_id, status FROM runs) SELECT * FROM a WHERE run_id = 'FAILED'"),
    "CTE named as a table": Shape("WITH runs AS (SELECT run_id, 'x' AS status FROM experiment_runs) SELECT count(*) FROM runs WHERE status = 'x'"),
    "CTE named as the table in it": Shape("WITH runs AS (SELECT * FROM runs WHERE status = 'FAILED') SELECT run_id FROM runs WHERE run_id > '5'"),
    "CTE never read": Shape("WITH a AS (SELECT * FROM runs) SELECT name FROM experiments"),
    "CTE inside a subquery": Shape("SELECT run_id FROM runs WHERE run_id IN (WITH f AS (SELECT run_id FROM run_params WHERE key = 'lr') SELECT run_id FROM f)"),
    "CTE shadowed inside": Shape("WITH a AS (SELECT run_id FROM runs WHERE status = 'FAILED') SELECT run_id FROM a WHERE run_id NOT IN (WITH a AS (SELECT run_id FROM runs WHERE user_id = 'root') SELECT run_id FROM a)"),
    "recursive, down": Shape("WITH RECURSIVE t AS (SELECT run_id, 0 AS depth FROM runs WHERE parent_run_id IS NULL AND status = 'FINISHED' UNION ALL SELECT r.run_id, depth + 1 FROM runs r JOIN t ON r.parent_run_id = t.run_id) SELECT depth, count(*) FROM t GROUP BY ALL"),
    "recursive, filtered outside": Shape("WITH RECURSIVE t AS (SELECT run_id, run_id AS root, status FROM runs WHERE parent_run_id IS NULL UNION ALL SELECT r.run_id, root, r.status FROM runs r JOIN t ON r.parent_run_id = t.run_id) SELECT * FROM t WHERE status = 'FAILED'"),
    "recursive, feeding another": Shape("WITH RECURSIVE t AS (SELECT run_id FROM runs WHERE status = 'KILLED' UNION SELECT r.run_id FROM runs r JOIN t ON r.parent_run_id = t.run_id) SELECT m.* FROM run_metrics m JOIN t USING (run_id) WHERE key = 'auc'"),
    "recursive, numbers": Shape("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT i, e.name FROM n JOIN experiments e ON e.experiment_id = i::VARCHAR"),
    "materialized with LIMIT": Shape("WITH a AS MATERIALIZED (SELECT run_id, status FROM runs ORDER BY start_time, run_id LIMIT 20) SELECT * FROM a WHERE status = 'FINISHED'"),
    # names
    "alias like a column": Shape("SELECT status AS run_id FROM runs WHERE run_id > '8'"),
    "alias of a metric like a column": Shape("SELECT metrics.auc AS status FROM runs WHERE status = 'FINISHED'"),
    "table alias like a map": Shape("SELECT metrics.run_id FROM runs AS metrics WHERE metrics.status = 'FAILED'"),
    "table alias like a map, key": Shape("SELECT run_id FROM runs AS params WHERE params.params.lr = '0.1'"),
    "table alias like a map, key alone": Shape("SELECT run_id FROM runs AS params WHERE params.lr = '0.1'"),
    "table alias like a column": Shape("SELECT status.run_id FROM runs AS status WHERE status.status = 'FAILED'"),
    "tables with each other's names": Shape("SELECT runs.name, experiments.run_id FROM experiments AS runs JOIN experiment_runs AS experiments USING (experiment_id) WHERE runs.name = 'churn' AND experiments.status = 'FAILED'"),
    "one alias in two scopes": Shape("SELECT r.run_id FROM runs r WHERE r.status = 'FAILED' AND EXISTS (SELECT 1 FROM run_tags r WHERE r.key = 'team' AND r.value = 'nlp')"),
    "unqualified in a correlated subquery": Shape("SELECT run_id FROM runs r WHERE EXISTS (SELECT 1 FROM experiments WHERE experiment_id = r.experiment_id AND name = 'churn' AND status = 'FAILED')"),
    "full names": Shape("SELECT mlflow.tracking.runs.run_id, tracking.runs.status FROM mlflow.tracking.runs WHERE mlflow.tracking.runs.status = 'FAILED' AND runs.metrics.auc > 0.1"),
    "names in strings and comments": Shape("SELECT 'runs' AS runs, \"run_id\" /* FROM runs */ FROM runs -- runs\nWHERE run_name <> 'FROM runs' AND \"status\" = 'FAILED'"),
    "odd case": Shape("select RUN_ID, R.Metrics.auc, r.\"PARAMS\"['lr'] from RUNS as R where STATUS = 'FAILED' and r.Params.lr is not null"),
    "keys differ by case": Shape("SELECT run_id FROM runs WHERE metrics.Loss > 0.5 AND metrics.loss < 0.5"),
    "keys with odd characters": Shape("SELECT metrics['val acc'], metrics.\"val/acc\", metrics['f1.score'], metrics.\"step-time\" FROM runs WHERE metrics['val acc'] > 0.5 OR metrics.\"val/acc\" < 0.1 OR metrics.\"f1.score\" = 0.5"),
    "alias with column names": Shape("SELECT a, c FROM (SELECT run_id, status, user_id FROM runs) AS r(a, b, c) WHERE b = 'FAILED'"),
    "alias with swapped column names": Shape("SELECT status FROM (SELECT run_id, status FROM runs) AS r(status, run_id) WHERE run_id = 'FAILED'"),
    "ORDER BY an alias like a column": Shape("SELECT -metrics.auc AS start_time FROM runs WHERE metrics.auc IS NOT NULL ORDER BY start_time LIMIT 5", "ordered"),
    "ORDER BY swapped aliases": Shape("SELECT run_id AS start_time, start_time AS run_id FROM runs ORDER BY start_time LIMIT 5", "ordered"),
    "ORDER BY a qualified column behind an alias": Shape("SELECT run_id AS start_time FROM runs r ORDER BY r.start_time DESC, r.run_id LIMIT 5", "ordered"),
    "ORDER BY position": Shape("SELECT metrics.auc, run_id FROM runs ORDER BY 1 DESC NULLS LAST, 2 LIMIT 5", "ordered"),
    "ORDER BY all": Shape("SELECT metrics.auc, run_id FROM runs ORDER BY ALL LIMIT 5", "ordered"),
    "ORDER BY a metric, nulls first": Shape("SELECT metrics.auc FROM runs ORDER BY metrics.auc NULLS FIRST LIMIT 30", "ordered"),
    "ORDER BY a metric, NaN and missing last": Shape("SELECT metrics.auc FROM runs ORDER BY metrics.auc DESC LIMIT 155", "ordered"),
    "ORDER BY in a map": Shape("SELECT metrics.loss FROM runs WHERE status = 'FINISHED' ORDER BY metrics['loss'], run_id LIMIT 20 OFFSET 3", "ordered"),
    # FROM
    "FROM first": Shape("FROM runs SELECT run_id WHERE status = 'FAILED'"),
    "FROM alone": Shape("FROM experiments"),
    "parenthesised join": Shape("SELECT r.run_id FROM (runs r JOIN experiments e USING (experiment_id)) WHERE e.name = 'churn' AND r.status = 'FAILED'"),
    "nested join": Shape("SELECT e.name, r.run_id FROM experiments e LEFT JOIN (runs r JOIN run_inputs i ON i.run_id = r.run_id) ON r.experiment_id = e.experiment_id WHERE e.name <> 'churn'"),
    "comma": Shape("SELECT r.run_id FROM runs r, experiments e WHERE e.experiment_id = r.experiment_id AND e.name LIKE 'c%'"),
    "cross": Shape("SELECT a.name, b.name FROM experiments a CROSS JOIN experiments b WHERE a.name < b.name"),
    "natural": Shape("SELECT run_id, key, step FROM run_metrics NATURAL JOIN metric_history WHERE key = 'auc'"),
    "self-join": Shape("SELECT a.run_id, b.run_id FROM runs a JOIN runs b ON a.parent_run_id = b.run_id WHERE a.status = 'FAILED' AND b.status = 'FINISHED'"),
    "lateral": Shape("SELECT e.name, x.run_id FROM experiments e, LATERAL (SELECT run_id FROM runs r WHERE r.experiment_id = e.experiment_id AND r.status = 'FAILED') x"),
    "lateral with LIMIT": Shape("SELECT e.name, x.t FROM experiments e LEFT JOIN LATERAL (SELECT max(start_time) AS t FROM runs r WHERE r.experiment_id = e.experiment_id) x ON TRUE"),
    "unnest in SELECT": Shape("SELECT run_id, unnest(map_keys(metrics)) AS key FROM runs WHERE status = 'FAILED'"),
    "unnest in SELECT, filtered outside": Shape("SELECT * FROM (SELECT run_id, unnest(map_keys(metrics)) AS key FROM runs) WHERE key = 'auc' AND run_id > '8'"),
    "unnest in FROM": Shape("SELECT run_id, k FROM runs, unnest(map_keys(params)) AS u(k) WHERE status = 'FAILED' AND k = 'lr'"),
    "unnest of entries": Shape("SELECT run_id, e.key, e.value FROM (SELECT run_id, unnest(map_entries(metrics)) AS e FROM runs WHERE status = 'KILLED')"),
    "sample of all": Shape("SELECT run_id FROM runs TABLESAMPLE 100% WHERE status = 'FAILED'"),
    "sample at the end": Shape("SELECT count(*) FROM (SELECT run_id FROM runs WHERE status = 'FAILED' USING SAMPLE 100%)"),
    "sample before WHERE": Shape("SELECT count(*) FROM runs TABLESAMPLE reservoir(170 ROWS) WHERE status = 'FAILED'"),
    "positional": Shape("SELECT a.n, b.n FROM (SELECT row_number() OVER (ORDER BY run_id) AS n FROM runs ORDER BY n) a POSITIONAL JOIN (SELECT row_number() OVER (ORDER BY experiment_id) AS n FROM experiments ORDER BY n) b"),
    "positional, filtered": Shape("SELECT count(a.run_id), count(b.name) FROM runs a POSITIONAL JOIN experiments b"),
    "asof": Shape("SELECT r.run_id, e.name FROM runs r ASOF JOIN experiments e ON r.start_time >= e.creation_time WHERE r.start_time > '2025-01-01'"),
    "asof, WHERE on the matched side": Shape("SELECT r.run_id, e.name FROM runs r ASOF JOIN experiments e ON r.start_time >= e.creation_time WHERE e.name = 'churn'"),
    "asof, left": Shape("SELECT r.run_id, e.name FROM runs r ASOF LEFT JOIN (SELECT * FROM experiments WHERE name LIKE '%u%') e ON r.start_time >= e.creation_time"),
    "a row": Shape("SELECT r.run_id, r FROM (SELECT run_id, status FROM runs) r WHERE r.status = 'FAILED'"),
    "stars": Shape("SELECT * EXCLUDE (run, inputs, outputs) REPLACE (lower(status) AS status) FROM runs WHERE status = 'FAILED'"),
    "columns": Shape("SELECT COLUMNS('.*_id') FROM runs WHERE status = 'FAILED'"),
    "star, filtered outside": Shape("SELECT run_id FROM (SELECT * FROM runs) WHERE status = 'FAILED' AND metrics.auc > 0.2"),
    "star with REPLACE, filtered outside": Shape("SELECT run_id FROM (SELECT * REPLACE ('FAILED' AS status) FROM runs) WHERE status = 'FAILED'"),
    "star with RENAME, filtered outside": Shape("SELECT run_id FROM (SELECT * RENAME (status AS state, user_id AS status) FROM runs) WHERE status = 'root'"),
    "two stars, filtered outside": Shape("SELECT count(*) FROM (SELECT e.*, r.* FROM experiments e JOIN runs r USING (experiment_id)) WHERE status = 'FAILED' AND name = 'churn'"),
    "prefix alias": Shape("SELECT id: run_id, s: status FROM r: runs WHERE s = 'FAILED'"),
    "alias in WHERE": Shape("SELECT status AS s, metrics.auc AS a FROM runs WHERE s = 'FAILED' AND a > 0.3"),
    # grouping
    "group, having": Shape("SELECT experiment_id, status, count(*) FROM runs GROUP BY ALL HAVING count(*) > 2 AND status <> 'FAILED'"),
    "group, filtered outside": Shape("SELECT * FROM (SELECT status, count(*) AS n FROM runs GROUP BY status) WHERE status = 'FAILED'"),
    "group, filtered outside on the count": Shape("SELECT * FROM (SELECT status, count(*) AS n FROM runs GROUP BY status) WHERE n > 20"),
    "grouping sets": Shape("SELECT status, user_id, count(*) FROM runs WHERE experiment_id IN ('1', '2') GROUP BY GROUPING SETS ((status), (user_id), ())"),
    "rollup, filtered outside": Shape("SELECT * FROM (SELECT status, count(*) AS n FROM runs GROUP BY ROLLUP (status)) WHERE status IS NULL"),
    "distinct on": Shape("SELECT DISTINCT ON (experiment_id) experiment_id, run_id FROM runs WHERE status = 'FINISHED' ORDER BY experiment_id, run_id"),
    "distinct on, filtered outside": Shape("SELECT * FROM (SELECT DISTINCT ON (experiment_id) experiment_id, run_id, status FROM runs ORDER BY experiment_id, run_id) WHERE status = 'FINISHED'"),
    "window, filtered outside": Shape("SELECT * FROM (SELECT run_id, status, row_number() OVER (PARTITION BY experiment_id ORDER BY start_time, run_id) AS n FROM runs) WHERE status = 'FINISHED' AND n = 1"),
    "qualify": Shape("SELECT run_id FROM runs WHERE status = 'FINISHED' QUALIFY row_number() OVER (PARTITION BY experiment_id ORDER BY start_time DESC, run_id) = 1"),
    "qualify, filtered outside": Shape("SELECT * FROM (SELECT run_id, status FROM runs QUALIFY row_number() OVER (PARTITION BY experiment_id ORDER BY run_id) = 1) WHERE status = 'FINISHED'"),
    "named window": Shape("SELECT run_id, rank() OVER w FROM runs WHERE status = 'FAILED' WINDOW w AS (PARTITION BY experiment_id ORDER BY run_id)"),
    "aggregate without rows": Shape("SELECT count(*), max(start_time) FROM runs WHERE status = 'nope'"),
    "aggregate filter": Shape("SELECT count(*) FILTER (WHERE status = 'FAILED'), count(*) FROM runs"),
    "limit, filtered outside": Shape("SELECT * FROM (SELECT run_id, status FROM runs ORDER BY start_time, run_id LIMIT 20) WHERE status = 'FAILED'"),
    "limit by percent": Shape("SELECT count(*) FROM (SELECT run_id FROM runs WHERE status = 'FINISHED' LIMIT 50%)"),
    "limit by a query": Shape("SELECT count(*) FROM (SELECT run_id FROM runs LIMIT (SELECT 3))"),
    "limit zero": Shape("SELECT run_id FROM runs LIMIT 0"),
    "offset alone": Shape("SELECT count(*) FROM (SELECT run_id FROM runs OFFSET 150)"),
    "limit of a union": Shape("SELECT count(*) FROM (SELECT run_id FROM runs WHERE status = 'FAILED' UNION ALL SELECT run_id FROM runs WHERE status = 'KILLED' LIMIT 3)"),
    "limit over a join": Shape("SELECT count(*) FROM (SELECT r.run_id FROM runs r JOIN experiments e USING (experiment_id) WHERE e.name = '100%_sure' LIMIT 30)"),
    # set operations
    "union, filtered outside": Shape("SELECT * FROM (SELECT run_id AS id, 'run' AS what FROM runs UNION ALL SELECT experiment_id, 'experiment' FROM experiments) WHERE id = '1' OR what = 'x'"),
    "union by name, filtered outside": Shape("SELECT * FROM (SELECT run_id, status FROM runs UNION ALL BY NAME SELECT 'FAILED' AS status, experiment_id AS run_id FROM experiments) WHERE status = 'FAILED'"),
    "except, filtered outside": Shape("SELECT * FROM (SELECT status FROM runs EXCEPT SELECT status FROM runs WHERE experiment_id = '1') WHERE status <> 'FINISHED'"),
    "except all": Shape("SELECT status FROM runs EXCEPT ALL SELECT status FROM runs WHERE user_id = 'root'"),
    "intersect": Shape("SELECT user_id FROM runs WHERE status = 'FAILED' INTERSECT SELECT user_id FROM runs WHERE status = 'KILLED'"),
    # SQL of DuckDB's own
    "pivot": Shape("PIVOT (SELECT experiment_id, status FROM runs WHERE user_id <> 'root') ON status USING count(*) GROUP BY experiment_id"),
    "pivot of a table": Shape("PIVOT run_params ON key IN ('lr', 'optimizer') USING max(value) GROUP BY run_id"),
    "pivot in FROM": Shape("SELECT * FROM run_metrics PIVOT (max(value) FOR key IN ('auc', 'loss') GROUP BY run_id) WHERE auc > 0.5"),
    "unpivot": Shape("UNPIVOT (SELECT run_id, user_id, status FROM runs WHERE status = 'FAILED') ON user_id, status"),
    "summarize": Shape("SUMMARIZE SELECT run_id, status, user_id FROM runs WHERE status = 'FAILED'"),
    "describe a query": Shape("DESCRIBE SELECT run_id, metrics FROM runs"),
    "lambda": Shape("SELECT run_id, list_filter(map_keys(metrics), lambda k: k LIKE 'val%') FROM runs WHERE status = 'FAILED'"),
    "list comprehension": Shape("SELECT run_id, [k || '!' for k in map_keys(params) if k <> 'lr'] FROM runs WHERE status = 'FAILED'"),
    "json": Shape("SELECT run->>'$.info.status' AS s, count(*) FROM runs WHERE run->>'$.info.user_id' = 'root' GROUP BY ALL"),
    "values": Shape("SELECT r.run_id, v.n FROM (VALUES ('FAILED', 1), ('KILLED', 2)) AS v(state, n) JOIN runs r ON r.status = v.state"),
    "values in IN": Shape("SELECT run_id FROM runs WHERE status IN (VALUES ('FAILED'), ('KILLED'))"),
    "case": Shape("SELECT CASE status WHEN 'FAILED' THEN 1 ELSE 0 END AS bad, count(*) FROM runs GROUP BY ALL"),
    "three-valued": Shape("SELECT run_id FROM runs WHERE NOT (params.lr = '0.1' AND params.optimizer = 'adam')"),
    "three-valued, or": Shape("SELECT run_id FROM runs WHERE NOT (params.lr = '0.1' OR metrics.auc > 0.5)"),
    "never": Shape("SELECT run_id FROM runs WHERE status = 'FAILED' AND FALSE"),
    "two ids": Shape("SELECT e.name FROM experiments e WHERE experiment_id = '1' AND experiment_id = '2'"),
    "ids and more": Shape("SELECT name FROM experiments WHERE experiment_id = '1' AND name <> 'churn'"),
    "experiments of an OR": Shape("SELECT run_id FROM runs WHERE (experiment_id = '1' AND status = 'FAILED') OR (experiment_id = '2' AND status = 'FINISHED')"),
    "experiments that contradict": Shape("SELECT run_id FROM runs WHERE experiment_id IN ('1', '2') AND experiment_id = '3'"),
    "an experiment that is none": Shape("SELECT run_id FROM runs WHERE experiment_id IN ('1', 'nope', '99999', '')"),
    "elements of one key": Shape("SELECT run_id, value FROM run_metrics WHERE key = 'auc' AND value > 0.8"),
    "elements of two keys": Shape("SELECT run_id, key, value FROM run_metrics WHERE (key = 'auc' AND value > 0.9) OR (key = 'loss' AND value < 0.1)"),
    "elements by value alone": Shape("SELECT run_id, key FROM run_params WHERE value = 'adam'"),
    "elements with keys that contradict": Shape("SELECT run_id, key FROM run_params WHERE key = 'lr' AND key = 'optimizer'"),
    "elements of a key that cannot be": Shape("SELECT run_id, key FROM run_params WHERE key = 'a`b'"),
    "elements whose value is NULL": Shape("SELECT run_id, key FROM run_metrics WHERE value IS NULL"),
    "datasets": Shape("SELECT run_id, name FROM run_inputs WHERE name = 'valid''s' AND context = 'training'"),
    "datasets without a context": Shape("SELECT run_id, name FROM run_inputs WHERE context IS NULL"),
    # deleted rows
    "deleted": Shape("SELECT run_id FROM runs! AS r WHERE lifecycle_stage = 'deleted'"),
    "deleted, by an OR": Shape("SELECT run_id FROM runs! AS r WHERE lifecycle_stage = 'deleted' OR status = 'FAILED'"),
    "deleted, by NOT": Shape("SELECT run_id FROM runs! AS r WHERE NOT (lifecycle_stage = 'active')"),
    "every stage": Shape("SELECT lifecycle_stage, count(*) FROM runs! AS r WHERE lifecycle_stage IN ('active', 'deleted') GROUP BY ALL"),
    "stage in another case": Shape("SELECT run_id FROM runs! AS r WHERE lower(lifecycle_stage) = 'deleted' AND status = 'FINISHED'"),
    "stage selected only": Shape("SELECT DISTINCT lifecycle_stage FROM runs"),
    "stage of one of two": Shape("SELECT e.name, r.run_id FROM experiments! AS e JOIN runs r USING (experiment_id) WHERE e.lifecycle_stage = 'active'"),
    "stage of a derived table": Shape("SELECT id FROM (SELECT run_id AS id, lifecycle_stage AS s FROM runs! AS r) WHERE s = 'deleted'"),
    "stage of a CTE, grouped": Shape("WITH n AS (SELECT lifecycle_stage, count(*) AS n FROM runs! AS r GROUP BY ALL) SELECT n FROM n WHERE lifecycle_stage = 'deleted'"),
    "stage in HAVING": Shape("SELECT lifecycle_stage, count(*) FROM runs! AS r GROUP BY ALL HAVING lifecycle_stage = 'deleted'"),
    "stage in ON": Shape("SELECT e.name, r.run_id FROM experiments e LEFT JOIN runs! AS r ON r.experiment_id = e.experiment_id AND r.lifecycle_stage = 'deleted'"),
    "deleted experiments' runs": Shape("SELECT r.run_id FROM runs! AS r JOIN experiments! AS e USING (experiment_id) WHERE e.lifecycle_stage = 'deleted' AND r.lifecycle_stage = 'deleted'"),
    "runs of a deleted experiment": Shape("SELECT run_id FROM runs WHERE experiment_id = '9'"),
    "runs of a deleted experiment, staged": Shape("SELECT run_id FROM runs! AS r WHERE experiment_id = '9' AND lifecycle_stage IS NOT NULL"),
    # histories
    "a history": Shape("SELECT * FROM metric_history WHERE key = 'loss' AND run_id = (SELECT min(run_id) FROM runs)"),
    "histories of some keys": Shape("SELECT run_id, key, max(value) FROM metric_history WHERE key IN ('auc', 'loss') GROUP BY ALL"),
    "histories of no key": Shape("SELECT * FROM metric_history WHERE key = 'nope'"),
    "histories by step": Shape("SELECT count(*) FROM metric_history WHERE key = 'loss' AND step BETWEEN 3 AND 12 AND value > 0.2"),
    "histories of an OR": Shape("SELECT count(*) FROM metric_history WHERE key = 'auc' OR value > 1.9"),
    "histories joined with runs": Shape("SELECT r.run_name, h.step, h.value FROM runs r JOIN metric_history h USING (run_id) WHERE h.key = 'loss' AND r.status = 'FAILED'"),
    "histories of some runs": Shape("SELECT run_id, key, step FROM metric_history WHERE run_id IN (SELECT run_id FROM runs WHERE status = 'KILLED')"),
    "histories joined with metrics": Shape("SELECT h.run_id, h.key, count(*) FROM metric_history h JOIN run_metrics m USING (run_id, key) WHERE m.value > 0.9 GROUP BY ALL"),
    "history of a deleted run": Shape("SELECT * FROM metric_history WHERE run_id IN (SELECT run_id FROM runs! AS r WHERE lifecycle_stage = 'deleted')"),
    # views and local tables
    "view": Shape("SELECT run_id FROM fine WHERE state = 'FAILED' AND auc > 0.5 AND params.lr = '0.1'", setup=VIEWS),
    "view of a view": Shape("SELECT * FROM good WHERE score < 0.9", setup=VIEWS),
    "view with an alias": Shape("SELECT g.id FROM good g JOIN fine f ON f.run_id = g.id WHERE f.state = 'FINISHED'", setup=VIEWS),
    "view with columns and an alias": Shape("SELECT x, y FROM good AS g(x, y) WHERE y > 0.7", setup=VIEWS),
    "view twice": Shape("SELECT a.run_id, b.run_id FROM fine a JOIN fine b ON a.auc = b.auc AND a.run_id < b.run_id", setup=VIEWS),
    "view with LIMIT": Shape("SELECT run_id FROM latest WHERE status = 'FINISHED'", setup=VIEWS),
    "view as a feed": Shape("SELECT count(*) FROM run_metrics WHERE run_id IN (SELECT id FROM good)", setup=VIEWS),
    "view shadowed by a CTE": Shape("WITH fine AS (SELECT 1 AS x) SELECT * FROM fine", setup=VIEWS),
    "view and its columns by name": Shape("SELECT fine.run_id FROM fine WHERE fine.state = 'FAILED'", setup=VIEWS),
    "view in a pivot": Shape("PIVOT fine ON state USING count(*) GROUP BY lifecycle_stage", setup=VIEWS),
    "stage of a view": Shape("SELECT run_id FROM fine_all WHERE lifecycle_stage = 'deleted'", setup=("CREATE VIEW fine_all AS SELECT * FROM runs! AS r",)),
    "local table": Shape("SELECT r.run_id, m.n FROM runs r JOIN mine m ON r.params.optimizer = m.optimizer", setup=LOCAL),
    "local table, IN": Shape("SELECT run_id FROM runs WHERE params.optimizer IN (SELECT optimizer FROM mine)", setup=LOCAL),
    "local table, NOT IN": Shape("SELECT run_id FROM runs WHERE params.optimizer NOT IN (SELECT optimizer FROM mine WHERE optimizer IS NOT NULL)", setup=LOCAL),
    "local ids": Shape("SELECT m.* FROM run_metrics m JOIN ids USING (run_id) WHERE m.key = 'auc'", setup=LOCAL),
    "local ids, left": Shape("SELECT ids.run_id, r.status FROM ids LEFT JOIN runs r USING (run_id)", setup=LOCAL),
    "local histories": Shape("SELECT h.run_id, h.step FROM metric_history h JOIN ids USING (run_id) WHERE h.key = 'loss'", setup=LOCAL),
    "local view over a local table": Shape("SELECT * FROM v JOIN runs r ON r.params.optimizer = v.optimizer WHERE r.status = 'FAILED'", setup=(*LOCAL, "CREATE VIEW v AS SELECT optimizer FROM mine")),
    "insert into local": Shape("FROM ids", setup=(*LOCAL, "INSERT INTO ids SELECT run_id FROM runs WHERE status = 'KILLED'")),
    "delete from local": Shape("FROM ids", setup=(*LOCAL, "DELETE FROM ids WHERE run_id IN (SELECT run_id FROM runs WHERE status = 'FINISHED')")),
    "update local": Shape("FROM mine", setup=(*LOCAL, "UPDATE mine SET n = (SELECT count(*) FROM runs r WHERE r.params.optimizer = mine.optimizer)")),
    "merge into local": Shape("FROM mine", setup=(*LOCAL, "MERGE INTO mine USING (SELECT DISTINCT params.optimizer AS o FROM runs WHERE params.optimizer IS NOT NULL) r ON r.o = mine.optimizer WHEN MATCHED THEN UPDATE SET n = -1 WHEN NOT MATCHED THEN INSERT VALUES (r.o, 0)")),
    "create table as": Shape("FROM bad ORDER BY ALL", "ordered", setup=("CREATE TABLE bad AS SELECT run_id, metrics, start_time FROM runs WHERE status = 'FAILED'",)),
    "create table as, with a CTE": Shape("FROM bad", setup=("CREATE TEMP TABLE bad AS WITH x AS (SELECT run_id FROM runs WHERE status = 'FAILED') SELECT * FROM x",)),
    # parameters
    "?": Shape("SELECT run_id FROM runs WHERE status = ? AND metrics.auc > ?", params=["FAILED", 0.5]),
    "? out of order": Shape("SELECT ? AS a, run_id FROM runs WHERE status = ? AND user_id <> ?", params=["x", "FAILED", "root"]),
    "$1": Shape("SELECT run_id, $2 AS s FROM runs WHERE status = $1 OR params.lr = $2", params=["FAILED", "0.1"]),
    "$name": Shape("SELECT run_id FROM runs WHERE status = $status AND params.lr = $lr", params={"status": "FINISHED", "lr": "0.1"}),
    "parameter of NULL": Shape("SELECT run_id FROM runs WHERE status = ?", params=[None]),
    "parameter with quotes": Shape("SELECT run_id FROM runs WHERE params.note = $1 OR run_name = $1 OR tags.stage = $1", params=["both ' and \""]),
    "list": Shape("SELECT run_id FROM runs WHERE status IN $states", params={"states": ["FAILED", "KILLED"]}),
    "list of ids": Shape("SELECT experiment_id, count(*) FROM runs WHERE experiment_id IN $ids GROUP BY ALL", params={"ids": ["1", "2"]}),
    "empty list": Shape("SELECT run_id FROM runs WHERE status IN $states", params={"states": []}),
    "list, negated": Shape("SELECT run_id FROM runs WHERE status NOT IN $states", params={"states": ["FINISHED", "KILLED"]}),
    "limit": Shape("SELECT run_id FROM runs ORDER BY run_id LIMIT ? OFFSET ?", "ordered", params=[3, 2]),
    "parameters in a subquery": Shape("SELECT count(*) FROM run_metrics WHERE key = $k AND run_id IN (SELECT run_id FROM runs WHERE status = $s)", params={"k": "auc", "s": "FAILED"}),
    "too few parameters": Shape("SELECT run_id FROM runs WHERE status = ? AND user_id = ?", params=["FAILED"]),
    "numbers for text": Shape("SELECT run_id FROM runs WHERE params.layers = ?", params=[5]),
    # errors
    "no such column": Shape("SELECT nope FROM runs WHERE status = 'FAILED'"),
    "no such column of an alias": Shape("SELECT r.nope FROM runs r"),
    "no such table": Shape("SELECT * FROM runns"),
    "ambiguous": Shape("SELECT run_id FROM runs a JOIN runs b ON a.run_id = b.run_id WHERE status = 'FAILED'"),
    "not grouped": Shape("SELECT run_id, count(*) FROM runs"),
    "a bad cast": Shape("SELECT status::INTEGER FROM runs"),
    "text compared with a time": Shape("SELECT run_id FROM runs WHERE start_time > 'garbage'"),
}  # fmt: skip


@pytest.mark.parametrize("pushdown", ["on", "off"])
@pytest.mark.parametrize("name", SHAPES)
def test_shape(lab: Lab, name: str, pushdown: str) -> None:
    """The same columns and rows as over complete copies of the tables, or an error there and here."""
    shape = SHAPES[name]
    wanted = lab.oracle.answer(shape.sql, shape.params, shape.setup)
    with lab.connect(f"SET pushdown = {pushdown}", "SET page_size = 40") as connection:
        for statement in shape.setup:
            connection.sql(ours(statement))
        got = ask(connection, shape.sql, shape.params)
    assert_same(got, wanted, shape.sql, rows=shape.rows)
    allowed = name in ("no such column", "no such column of an alias", "no such table", "ambiguous", "not grouped",
                       "a bad cast", "text compared with a time", "too few parameters", "numbers for text",
                       "scalar, of two rows")  # fmt: skip
    assert allowed == wanted.failed, wanted.error
