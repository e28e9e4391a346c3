-- Statements whose answers must be those over complete copies of the tables (test_shapes.py).
-- Each begins with its name; a blank line ends it. After the name may come:
--   setup: a statement to run before it, or the name of a list of them in test_shapes.py
--   ordered     its rows come in an order
--   error       DuckDB refuses it, and so must we
-- An exclamation mark after a table's name: the conditions mention lifecycle_stage, so deleted rows are seen.

-- ==== outer joins

-- left, condition in ON
SELECT r.run_id, m.value FROM runs r LEFT JOIN run_metrics m ON m.run_id = r.run_id AND m.key = 'auc' AND m.value > 0.5

-- left, condition in ON on the kept side
SELECT r.run_id, m.value FROM runs r LEFT JOIN run_metrics m ON m.run_id = r.run_id AND r.status = 'FAILED'

-- left, WHERE on the filled side
SELECT r.run_id, m.value FROM runs r LEFT JOIN run_metrics m USING (run_id) WHERE m.key = 'auc'

-- left, WHERE that keeps the filled rows
SELECT r.run_id, p.value FROM runs r LEFT JOIN run_params p ON p.run_id = r.run_id AND p.key = 'lr' WHERE p.value IS NULL OR p.value = '0.1'

-- left as anti
SELECT r.run_id FROM runs r LEFT JOIN run_params p ON p.run_id = r.run_id AND p.key = 'lr' WHERE p.run_id IS NULL

-- left, coalesce
SELECT count(*) FROM runs r LEFT JOIN run_params p ON p.run_id = r.run_id AND p.key = 'lr' WHERE coalesce(p.value, 'none') <> '0.1'

-- right
SELECT e.name, r.run_id FROM runs r RIGHT JOIN experiments e ON r.experiment_id = e.experiment_id AND r.status = 'FAILED' WHERE e.name <> 'churn'

-- right, condition in ON on the kept side
SELECT e.name, r.run_id FROM runs r RIGHT JOIN experiments e ON r.experiment_id = e.experiment_id AND e.name = 'churn'

-- right, WHERE on the filled side
SELECT e.name, r.run_id FROM runs r RIGHT JOIN experiments e USING (experiment_id) WHERE r.status = 'KILLED'

-- full
SELECT a.run_id, b.run_id FROM runs a FULL JOIN runs b ON a.run_id = b.parent_run_id AND a.status = 'FINISHED'

-- full, WHERE on either side
SELECT a.run_id, b.run_id FROM runs a FULL JOIN runs b ON a.run_id = b.parent_run_id WHERE a.status = 'FINISHED' OR b.status = 'FAILED'

-- full, WHERE IS NULL
SELECT a.run_id, b.run_id FROM runs a FULL JOIN runs b ON a.run_id = b.parent_run_id WHERE a.run_id IS NULL AND b.user_id = 'root'

-- full, USING unqualified
SELECT experiment_id, count(*) FROM experiments e FULL JOIN runs r USING (experiment_id) WHERE experiment_id <> '1' GROUP BY ALL

-- left, USING unqualified
SELECT run_id, t.value FROM runs r LEFT JOIN run_tags t USING (run_id) WHERE run_id LIKE 'a%'

-- right, USING unqualified
SELECT experiment_id, r.run_id FROM runs r RIGHT JOIN experiments e USING (experiment_id) WHERE experiment_id IN ('0', '1')

-- left after left
SELECT e.name, r.run_id, m.value FROM experiments e LEFT JOIN runs r USING (experiment_id) LEFT JOIN run_metrics m ON m.run_id = r.run_id AND m.key = 'auc' WHERE e.name LIKE '%u%'

-- inner after left rejects
SELECT e.name, m.value FROM experiments e LEFT JOIN runs r USING (experiment_id) JOIN run_metrics m ON m.run_id = r.run_id WHERE m.key = 'auc'

-- left of a filtered derived table
SELECT r.run_id, x.value FROM runs r LEFT JOIN (SELECT run_id, value FROM run_params WHERE key = 'lr') x USING (run_id) WHERE r.status = 'FAILED'

-- ==== semi, anti, subqueries

-- semi
SELECT run_id FROM runs r SEMI JOIN run_params p ON p.run_id = r.run_id AND p.key = 'lr' AND p.value = '0.1' WHERE r.status = 'FINISHED'

-- anti
SELECT run_id FROM runs r ANTI JOIN run_params p ON p.run_id = r.run_id AND p.key = 'lr' WHERE r.status = 'FINISHED'

-- anti, USING
SELECT run_id FROM runs ANTI JOIN run_inputs USING (run_id)

-- anti, condition on the left in ON
SELECT run_id FROM runs r ANTI JOIN run_params p ON p.run_id = r.run_id AND r.status = 'FINISHED'

-- exists
SELECT run_id FROM runs r WHERE EXISTS (SELECT 1 FROM run_tags t WHERE t.run_id = r.run_id AND t.key = 'team' AND t.value = 'nlp')

-- not exists
SELECT run_id FROM runs r WHERE status = 'FINISHED' AND NOT EXISTS (SELECT 1 FROM run_tags t WHERE t.run_id = r.run_id AND t.key = 'team')

-- not exists with the outer in it
SELECT name FROM experiments e WHERE NOT EXISTS (SELECT 1 FROM runs r WHERE r.experiment_id = e.experiment_id AND r.status = 'KILLED')

-- in
SELECT run_id, value FROM run_metrics WHERE run_id IN (SELECT run_id FROM runs WHERE status = 'KILLED')

-- not in
SELECT run_id FROM runs WHERE run_id NOT IN (SELECT run_id FROM run_params WHERE key = 'lr')

-- not in, NULLs
SELECT run_id FROM runs WHERE run_id NOT IN (SELECT parent_run_id FROM runs)

-- in, correlated
SELECT run_id FROM runs r WHERE run_id IN (SELECT t.run_id FROM run_tags t WHERE t.run_id = r.run_id AND t.key = 'team' AND t.value = 'nlp')

-- in, correlated with another column
SELECT run_id FROM run_metrics m WHERE run_id IN (SELECT r.run_id FROM runs r WHERE r.status = 'KILLED' AND r.experiment_id = m.experiment_id)

-- in, correlated, under an alias of the same name
SELECT c.run_id FROM run_inputs c WHERE c.run_id IN (SELECT d.run_id FROM (SELECT run_id AS run_id, user_id AS user_id FROM runs WHERE status = 'FAILED') d WHERE d.user_id = 'root' OR d.run_id = c.run_id)

-- in, of a query that reads a list with NULL
SELECT run_id, name FROM run_inputs WHERE run_id IN (SELECT run_id FROM runs WHERE status = 'FINISHED' AND params.optimizer NOT IN ['adam', NULL])

-- histories of keys that a list with NULL leaves
SELECT run_id, key, count(*) FROM metric_history WHERE key NOT IN ['loss', 'auc', NULL] GROUP BY ALL

-- joined under a condition with a list with NULL
SELECT i.run_id, i.name FROM run_inputs i JOIN runs r USING (run_id) WHERE r.status = 'FINISHED' AND r.params.optimizer NOT IN ['adam', NULL]

-- in, with an OR
SELECT run_id FROM runs WHERE run_id IN (SELECT run_id FROM run_inputs) OR status = 'KILLED'

-- in, of pairs
SELECT run_id FROM runs WHERE (experiment_id, status) IN (SELECT experiment_id, 'FAILED' FROM experiments)

-- scalar
SELECT run_id FROM runs WHERE start_time = (SELECT max(start_time) FROM runs)

-- scalar, of two rows
-- error
SELECT run_id FROM runs WHERE experiment_id = (SELECT experiment_id FROM experiments WHERE name IN ('churn', '100%_sure'))

-- scalar, of none
SELECT run_id FROM runs WHERE experiment_id = (SELECT experiment_id FROM experiments WHERE name = 'nope')

-- scalar, correlated
SELECT run_id, (SELECT count(*) FROM run_metrics m WHERE m.run_id = r.run_id) AS n FROM runs r WHERE status <> 'FINISHED'

-- scalar, correlated, in WHERE
SELECT run_id FROM runs r WHERE start_time = (SELECT max(start_time) FROM runs x WHERE x.experiment_id = r.experiment_id)

-- any and all
SELECT run_id FROM runs WHERE start_time >= ALL (SELECT start_time FROM runs) OR status = ANY (SELECT 'KILLED')

-- in, in, in
SELECT count(*) FROM run_tags WHERE run_id IN (SELECT run_id FROM runs WHERE experiment_id IN (SELECT experiment_id FROM experiments WHERE name = 'churn'))

-- ==== CTEs

-- CTE read twice with two conditions
WITH r AS (SELECT * FROM runs WHERE start_time > '2026-01-01') SELECT a.run_id, b.run_id FROM r a JOIN r b ON a.run_id = b.parent_run_id WHERE a.status = 'FINISHED' AND b.status = 'FAILED'

-- CTE read twice, by a union
WITH r AS (SELECT run_id, status FROM runs) SELECT run_id FROM r WHERE status = 'FAILED' UNION ALL SELECT run_id FROM r WHERE status = 'KILLED'

-- CTE read once in each branch
WITH r AS MATERIALIZED (SELECT run_id, status FROM runs) SELECT count(*) FROM r WHERE status = 'FAILED' AND run_id IN (SELECT run_id FROM r WHERE run_id > '8')

-- CTE of a CTE
WITH a AS (SELECT run_id, metrics FROM runs WHERE status = 'FINISHED'), b AS (SELECT run_id, metrics.auc AS auc FROM a) SELECT * FROM b WHERE auc > 0.8

-- CTE with column names
WITH a(id, state) AS (SELECT run_id, status FROM runs) SELECT * FROM a WHERE state = 'FAILED'

-- CTE with swapped column names
WITH a(status, run_id) AS (SELECT run_id, status FROM runs) SELECT * FROM a WHERE run_id = 'FAILED'

-- CTE named as a table
WITH runs AS (SELECT run_id, 'x' AS status FROM experiment_runs) SELECT count(*) FROM runs WHERE status = 'x'

-- CTE named as the table in it
WITH runs AS (SELECT * FROM runs WHERE status = 'FAILED') SELECT run_id FROM runs WHERE run_id > '5'

-- CTE never read
WITH a AS (SELECT * FROM runs) SELECT name FROM experiments

-- CTE inside a subquery
SELECT run_id FROM runs WHERE run_id IN (WITH f AS (SELECT run_id FROM run_params WHERE key = 'lr') SELECT run_id FROM f)

-- CTE shadowed inside
WITH a AS (SELECT run_id FROM runs WHERE status = 'FAILED') SELECT run_id FROM a WHERE run_id NOT IN (WITH a AS (SELECT run_id FROM runs WHERE user_id = 'root') SELECT run_id FROM a)

-- recursive, down
WITH RECURSIVE t AS (SELECT run_id, 0 AS depth FROM runs WHERE parent_run_id IS NULL AND status = 'FINISHED' UNION ALL SELECT r.run_id, depth + 1 FROM runs r JOIN t ON r.parent_run_id = t.run_id) SELECT depth, count(*) FROM t GROUP BY ALL

-- recursive, filtered outside
WITH RECURSIVE t AS (SELECT run_id, run_id AS root, status FROM runs WHERE parent_run_id IS NULL UNION ALL SELECT r.run_id, root, r.status FROM runs r JOIN t ON r.parent_run_id = t.run_id) SELECT * FROM t WHERE status = 'FAILED'

-- recursive, feeding another
WITH RECURSIVE t AS (SELECT run_id FROM runs WHERE status = 'KILLED' UNION SELECT r.run_id FROM runs r JOIN t ON r.parent_run_id = t.run_id) SELECT m.* FROM run_metrics m JOIN t USING (run_id) WHERE key = 'auc'

-- recursive, numbers
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT i, e.name FROM n JOIN experiments e ON e.experiment_id = i::VARCHAR

-- CTE read by a table and by a pivot
WITH r AS (SELECT run_id, status, user_id FROM runs) SELECT count(*) FROM r, (PIVOT r ON status USING count(*) GROUP BY user_id) p WHERE r.status = 'FAILED' AND r.user_id = p.user_id AND p.FINISHED > 0

-- CTE read by a table and in FROM's pivot
WITH r AS (SELECT run_id, status, user_id FROM runs) SELECT r.run_id, p.* FROM r JOIN (SELECT * FROM r PIVOT (count(run_id) FOR status IN ('FAILED', 'FINISHED') GROUP BY user_id)) p ON p.user_id = r.user_id WHERE r.status = 'FAILED'

-- CTE read in parentheses too
WITH r AS (SELECT run_id, status, experiment_id FROM runs) SELECT count(*) FROM r WHERE status = 'FAILED' AND experiment_id IN (SELECT e.experiment_id FROM (experiments e JOIN r ON r.experiment_id = e.experiment_id) WHERE r.status = 'KILLED')

-- CTE read in SELECT too
WITH r AS (SELECT run_id, status FROM runs) SELECT run_id, (SELECT count(*) FROM r) AS n FROM r WHERE status = 'FAILED'

-- CTE read in ORDER BY too
-- ordered
WITH r AS (SELECT run_id, status FROM runs) SELECT run_id FROM r WHERE status = 'FAILED' ORDER BY (SELECT count(*) FROM r), run_id

-- CTE read in LIMIT too
WITH r AS (SELECT run_id, status FROM runs) SELECT count(*) FROM (SELECT run_id FROM r WHERE status = 'FAILED' LIMIT (SELECT count(*) - 150 FROM r))

-- CTE read in HAVING too
WITH r AS (SELECT run_id, status FROM runs) SELECT status, count(*) FROM r WHERE status IN ('FAILED', 'KILLED') GROUP BY ALL HAVING count(*) < (SELECT count(*) FROM r WHERE status = 'FINISHED')

-- CTE read in ON too
WITH r AS (SELECT run_id, status, parent_run_id FROM runs) SELECT a.run_id FROM r a JOIN runs b ON a.parent_run_id = b.run_id AND b.run_id IN (SELECT run_id FROM r WHERE status = 'FINISHED') WHERE a.status = 'FAILED'

-- CTE read in a lambda's subquery
-- error
WITH r AS (SELECT run_id, status FROM runs) SELECT list_filter([1, 2], lambda x: x < (SELECT count(*) FROM r)) AS l, count(*) FROM r WHERE status = 'FAILED' GROUP BY ALL

-- CTE sampled too
WITH r AS (SELECT run_id, status FROM runs) SELECT count(*) FROM r a JOIN r b USING (run_id) WHERE a.status = 'FAILED'

-- CTE inside a CTE read by two
WITH a AS (SELECT run_id, status FROM runs), b AS (SELECT * FROM a WHERE status <> 'KILLED'), c AS (SELECT * FROM a WHERE status <> 'FINISHED') SELECT count(*) FROM b WHERE run_id NOT IN (SELECT run_id FROM c)

-- materialized with LIMIT
WITH a AS MATERIALIZED (SELECT run_id, status FROM runs ORDER BY start_time, run_id LIMIT 20) SELECT * FROM a WHERE status = 'FINISHED'

-- ==== names

-- alias like a column
SELECT status AS run_id FROM runs WHERE run_id > '8'

-- alias of a metric like a column
SELECT metrics.auc AS status FROM runs WHERE status = 'FINISHED'

-- table alias like a map
SELECT metrics.run_id FROM runs AS metrics WHERE metrics.status = 'FAILED'

-- table alias like a map, key
SELECT run_id FROM runs AS params WHERE params.params.lr = '0.1'

-- table alias like a map, key alone
SELECT run_id FROM runs AS params WHERE params.lr = '0.1'

-- table alias like a column
SELECT status.run_id FROM runs AS status WHERE status.status = 'FAILED'

-- tables with each other's names
SELECT runs.name, experiments.run_id FROM experiments AS runs JOIN experiment_runs AS experiments USING (experiment_id) WHERE runs.name = 'churn' AND experiments.status = 'FAILED'

-- one alias in two scopes
SELECT r.run_id FROM runs r WHERE r.status = 'FAILED' AND EXISTS (SELECT 1 FROM run_tags r WHERE r.key = 'team' AND r.value = 'nlp')

-- unqualified in a correlated subquery
SELECT run_id FROM runs r WHERE EXISTS (SELECT 1 FROM experiments WHERE experiment_id = r.experiment_id AND name = 'churn' AND status = 'FAILED')

-- full names
SELECT mlflow.tracking.runs.run_id, tracking.runs.status FROM mlflow.tracking.runs WHERE mlflow.tracking.runs.status = 'FAILED' AND runs.metrics.auc > 0.1

-- names in strings and comments
SELECT 'runs' AS runs, "run_id" /* FROM runs */ FROM runs -- runs
WHERE run_name <> 'FROM runs' AND "status" = 'FAILED'

-- odd case
select RUN_ID, R.Metrics.auc, r."PARAMS"['lr'] from RUNS as R where STATUS = 'FAILED' and r.Params.lr is not null

-- keys differ by case
SELECT run_id FROM runs WHERE metrics.Loss > 0.5 AND metrics.loss < 0.5

-- keys with odd characters
SELECT metrics['val acc'], metrics."val/acc", metrics['f1.score'], metrics."step-time" FROM runs WHERE metrics['val acc'] > 0.5 OR metrics."val/acc" < 0.1 OR metrics."f1.score" = 0.5

-- alias with column names
SELECT a, c FROM (SELECT run_id, status, user_id FROM runs) AS r(a, b, c) WHERE b = 'FAILED'

-- alias with swapped column names
SELECT status FROM (SELECT run_id, status FROM runs) AS r(status, run_id) WHERE run_id = 'FAILED'

-- ORDER BY an alias like a column
-- ordered
SELECT -metrics.auc AS start_time FROM runs WHERE metrics.auc IS NOT NULL ORDER BY start_time LIMIT 5

-- ORDER BY swapped aliases
-- ordered
SELECT run_id AS start_time, start_time AS run_id FROM runs ORDER BY start_time LIMIT 5

-- ORDER BY a qualified column behind an alias
-- ordered
SELECT run_id AS start_time FROM runs r ORDER BY r.start_time DESC, r.run_id LIMIT 5

-- ORDER BY position
-- ordered
SELECT metrics.auc, run_id FROM runs ORDER BY 1 DESC NULLS LAST, 2 LIMIT 5

-- ORDER BY all
-- ordered
SELECT metrics.auc, run_id FROM runs ORDER BY ALL LIMIT 5

-- ORDER BY a metric, nulls first
-- ordered
SELECT metrics.auc FROM runs ORDER BY metrics.auc NULLS FIRST LIMIT 30

-- ORDER BY a metric, NaN and missing last
-- ordered
SELECT metrics.auc FROM runs ORDER BY metrics.auc DESC LIMIT 155

-- ORDER BY in a map
-- ordered
SELECT metrics.loss FROM runs WHERE status = 'FINISHED' ORDER BY metrics['loss'], run_id LIMIT 20 OFFSET 3

-- ORDER BY a replaced column
-- ordered
SELECT * EXCLUDE (run, inputs, outputs) REPLACE (-epoch_ms(start_time) AS start_time) FROM runs ORDER BY start_time, run_id LIMIT 5

-- ORDER BY a renamed column
-- ordered
SELECT * EXCLUDE (run, inputs, outputs) RENAME (end_time AS start_time, start_time AS end_time) FROM runs ORDER BY start_time, run_id LIMIT 5

-- ORDER BY COLUMNS
-- ordered
SELECT -COLUMNS('auc') FROM (SELECT metrics.auc AS auc FROM runs) ORDER BY auc LIMIT 5

-- ORDER BY COLUMNS with a name
-- ordered
SELECT -epoch_ms(COLUMNS('start_time')) AS start_time FROM runs ORDER BY start_time, run_id LIMIT 5

-- ORDER BY an alias in parentheses
-- ordered
SELECT -epoch_ms(start_time) AS start_time FROM runs ORDER BY (start_time), run_id LIMIT 5

-- ORDER BY an alias in an expression
-- ordered
SELECT -epoch_ms(start_time) AS end_time FROM runs ORDER BY end_time + INTERVAL 1 HOUR, run_id LIMIT 5

-- ORDER BY a key of an alias
-- ordered
SELECT params AS metrics, run_id FROM runs ORDER BY metrics['lr'], run_id LIMIT 5

-- ORDER BY a key of an alias, by a dot
-- ordered
SELECT params AS metrics, run_id FROM runs ORDER BY metrics.auc, run_id LIMIT 5

-- ORDER BY two aliases of one name
-- ordered
SELECT end_time AS x, start_time AS x FROM runs ORDER BY x, run_id LIMIT 5

-- ORDER BY when descending is the default
-- setup: SET default_order = 'DESC'
-- ordered
SELECT start_time, run_id FROM runs ORDER BY start_time, run_id LIMIT 5

-- ORDER BY when NULLs come first
-- setup: SET default_null_order = 'NULLS_FIRST'
-- ordered
SELECT metrics.auc FROM runs ORDER BY metrics.auc LIMIT 30

-- ORDER BY when NULLs come first if descending
-- setup: SET default_null_order = 'NULLS_LAST_ON_ASC_FIRST_ON_DESC'
-- ordered
SELECT metrics.auc FROM runs ORDER BY metrics.auc DESC LIMIT 30

-- ORDER BY ids with a collation
-- setup: SET default_collation = 'NOCASE'
-- ordered
SELECT run_id FROM runs ORDER BY run_id LIMIT 5

-- collation
-- setup: SET default_collation = 'NOCASE'
SELECT run_id FROM runs WHERE status = 'failed' AND params.optimizer IN ('ADAMW', 'Sgd')

-- collation, ids
-- setup: SET default_collation = 'NOCASE'
SELECT run_id FROM runs WHERE run_id = (SELECT upper(min(run_id)) FROM runs) OR run_id > 'F8'

-- collation, one id
-- setup: SET default_collation = 'NOCASE'
SELECT run_id FROM runs WHERE run_id = 'D8076A1F94A744EAB747CAD3CD06CB7F'

-- collation, stage
-- setup: SET default_collation = 'NOCASE'
SELECT run_id FROM runs! AS r WHERE lifecycle_stage = 'Deleted'

-- collation, name
-- setup: SET default_collation = 'NOCASE'
SELECT r.run_id FROM runs r JOIN experiments e USING (experiment_id) WHERE e.name = 'CHURN'

-- collation, histories
-- setup: SET default_collation = 'NOCASE'
SELECT count(*) FROM metric_history WHERE key = 'LOSS'

-- collation, elements
-- setup: SET default_collation = 'NOCASE'
SELECT count(*) FROM run_params WHERE key = 'LR' AND value <> '0.1'

-- collation, fed ids
-- setup: SET default_collation = 'NOCASE'
SELECT count(*) FROM run_metrics m JOIN (SELECT upper(run_id) AS run_id FROM runs WHERE status = 'FAILED') r USING (run_id)

-- collation in the condition
SELECT run_id FROM runs WHERE status = 'failed' COLLATE NOCASE

-- a feed under a setting
-- setup: SET integer_division = true
SELECT count(*) FROM run_metrics m JOIN runs r USING (run_id) WHERE m.step / 20 = 0.5 AND r.status = 'FAILED' AND epoch_ms(r.start_time) / 2 = epoch_ms(r.start_time) // 2

-- a feed with a macro
-- setup: CREATE TEMP MACRO is_bad(x) AS x = 'FAILED'
SELECT count(*) FROM run_metrics WHERE run_id IN (SELECT run_id FROM runs WHERE is_bad(status))

-- a join with a macro
-- setup: CREATE TEMP MACRO is_bad(x) AS x = 'FAILED'
SELECT count(*) FROM run_metrics m JOIN runs r USING (run_id) WHERE is_bad(r.status) AND r.user_id <> 'root'

-- a feed with a variable
-- setup: SET VARIABLE state = 'FAILED'
SELECT count(*) FROM run_metrics WHERE run_id IN (SELECT run_id FROM runs WHERE status = getvariable('state'))

-- histories with a variable
-- setup: SET VARIABLE wanted = 'auc'
SELECT count(*) FROM metric_history WHERE key = getvariable('wanted')

-- time zone
-- setup: SET TimeZone = 'Asia/Kathmandu'
SELECT run_id FROM runs WHERE start_time >= '2026-01-01 06:00' AND end_time < TIMESTAMP '2026-01-01 08:00' AND start_time::DATE = DATE '2026-01-01'

-- ==== FROM

-- FROM first
FROM runs SELECT run_id WHERE status = 'FAILED'

-- FROM alone
FROM experiments

-- parenthesised join
SELECT r.run_id FROM (runs r JOIN experiments e USING (experiment_id)) WHERE e.name = 'churn' AND r.status = 'FAILED'

-- nested join
SELECT e.name, r.run_id FROM experiments e LEFT JOIN (runs r JOIN run_inputs i ON i.run_id = r.run_id) ON r.experiment_id = e.experiment_id WHERE e.name <> 'churn'

-- comma
SELECT r.run_id FROM runs r, experiments e WHERE e.experiment_id = r.experiment_id AND e.name LIKE 'c%'

-- cross
SELECT a.name, b.name FROM experiments a CROSS JOIN experiments b WHERE a.name < b.name

-- natural
SELECT run_id, key, step FROM run_metrics NATURAL JOIN metric_history WHERE key = 'auc'

-- self-join
SELECT a.run_id, b.run_id FROM runs a JOIN runs b ON a.parent_run_id = b.run_id WHERE a.status = 'FAILED' AND b.status = 'FINISHED'

-- lateral
SELECT e.name, x.run_id FROM experiments e, LATERAL (SELECT run_id FROM runs r WHERE r.experiment_id = e.experiment_id AND r.status = 'FAILED') x

-- lateral with LIMIT
SELECT e.name, x.t FROM experiments e LEFT JOIN LATERAL (SELECT max(start_time) AS t FROM runs r WHERE r.experiment_id = e.experiment_id) x ON TRUE

-- unnest in SELECT
SELECT run_id, unnest(map_keys(metrics)) AS key FROM runs WHERE status = 'FAILED'

-- unnest in SELECT, filtered outside
SELECT * FROM (SELECT run_id, unnest(map_keys(metrics)) AS key FROM runs) WHERE key = 'auc' AND run_id > '8'

-- unnest in FROM
SELECT run_id, k FROM runs, unnest(map_keys(params)) AS u(k) WHERE status = 'FAILED' AND k = 'lr'

-- unnest of entries
SELECT run_id, e.key, e.value FROM (SELECT run_id, unnest(map_entries(metrics)) AS e FROM runs WHERE status = 'KILLED')

-- sample of all
SELECT run_id FROM runs TABLESAMPLE 100% WHERE status = 'FAILED'

-- sample at the end
SELECT count(*) FROM (SELECT run_id FROM runs WHERE status = 'FAILED' USING SAMPLE 100%)

-- sample before WHERE
SELECT count(*) FROM runs TABLESAMPLE reservoir(170 ROWS) WHERE status = 'FAILED'

-- positional
SELECT a.n, b.n FROM (SELECT row_number() OVER (ORDER BY run_id) AS n FROM runs ORDER BY n) a POSITIONAL JOIN (SELECT row_number() OVER (ORDER BY experiment_id) AS n FROM experiments ORDER BY n) b

-- positional, filtered
SELECT count(a.run_id), count(b.name) FROM runs a POSITIONAL JOIN experiments b

-- asof
SELECT r.run_id, e.name FROM runs r ASOF JOIN experiments e ON r.start_time >= e.creation_time WHERE r.start_time > '2025-01-01'

-- asof, WHERE on the matched side
SELECT r.run_id, e.name FROM runs r ASOF JOIN experiments e ON r.start_time >= e.creation_time WHERE e.name = 'churn'

-- asof, left
SELECT r.run_id, e.name FROM runs r ASOF LEFT JOIN (SELECT * FROM experiments WHERE name LIKE '%u%') e ON r.start_time >= e.creation_time

-- a row
SELECT r.run_id, r FROM (SELECT run_id, status FROM runs) r WHERE r.status = 'FAILED'

-- the whole row by the table's name
SELECT experiments FROM experiments WHERE name = 'churn'

-- the whole row in a function
SELECT to_json(e)::VARCHAR AS j FROM experiments e WHERE name = 'churn'

-- the whole row through a derived table
SELECT t.e.name FROM (SELECT e FROM experiments e) t WHERE t.e.name = 'churn'

-- distinct stars
SELECT count(DISTINCT e) FROM (SELECT * FROM experiments) e

-- star LIKE
SELECT * LIKE '%_id' FROM runs WHERE status = 'FAILED'

-- stars
SELECT * EXCLUDE (run, inputs, outputs) REPLACE (lower(status) AS status) FROM runs WHERE status = 'FAILED'

-- columns
SELECT COLUMNS('.*_id') FROM runs WHERE status = 'FAILED'

-- star, filtered outside
SELECT run_id FROM (SELECT * FROM runs) WHERE status = 'FAILED' AND metrics.auc > 0.2

-- star with REPLACE, filtered outside
SELECT run_id FROM (SELECT * REPLACE ('FAILED' AS status) FROM runs) WHERE status = 'FAILED'

-- star with RENAME, filtered outside
SELECT run_id FROM (SELECT * RENAME (status AS state, user_id AS status) FROM runs) WHERE status = 'root'

-- two stars, filtered outside
SELECT count(*) FROM (SELECT e.*, r.* FROM experiments e JOIN runs r USING (experiment_id)) WHERE status = 'FAILED' AND name = 'churn'

-- prefix alias
SELECT id: run_id, s: status FROM r: runs WHERE s = 'FAILED'

-- alias in WHERE
SELECT status AS s, metrics.auc AS a FROM runs WHERE s = 'FAILED' AND a > 0.3

-- ==== grouping

-- group, having
SELECT experiment_id, status, count(*) FROM runs GROUP BY ALL HAVING count(*) > 2 AND status <> 'FAILED'

-- group, filtered outside
SELECT * FROM (SELECT status, count(*) AS n FROM runs GROUP BY status) WHERE status = 'FAILED'

-- group, filtered outside on the count
SELECT * FROM (SELECT status, count(*) AS n FROM runs GROUP BY status) WHERE n > 20

-- grouping sets
SELECT status, user_id, count(*) FROM runs WHERE experiment_id IN ('1', '2') GROUP BY GROUPING SETS ((status), (user_id), ())

-- rollup, filtered outside
SELECT * FROM (SELECT status, count(*) AS n FROM runs GROUP BY ROLLUP (status)) WHERE status IS NULL

-- distinct on
SELECT DISTINCT ON (experiment_id) experiment_id, run_id FROM runs WHERE status = 'FINISHED' ORDER BY experiment_id, run_id

-- distinct on, filtered outside
SELECT * FROM (SELECT DISTINCT ON (experiment_id) experiment_id, run_id, status FROM runs ORDER BY experiment_id, run_id) WHERE status = 'FINISHED'

-- window, filtered outside
SELECT * FROM (SELECT run_id, status, row_number() OVER (PARTITION BY experiment_id ORDER BY start_time, run_id) AS n FROM runs) WHERE status = 'FINISHED' AND n = 1

-- qualify
SELECT run_id FROM runs WHERE status = 'FINISHED' QUALIFY row_number() OVER (PARTITION BY experiment_id ORDER BY start_time DESC, run_id) = 1

-- qualify, filtered outside
SELECT * FROM (SELECT run_id, status FROM runs QUALIFY row_number() OVER (PARTITION BY experiment_id ORDER BY run_id) = 1) WHERE status = 'FINISHED'

-- named window
SELECT run_id, rank() OVER w FROM runs WHERE status = 'FAILED' WINDOW w AS (PARTITION BY experiment_id ORDER BY run_id)

-- aggregate without rows
SELECT count(*), max(start_time) FROM runs WHERE status = 'nope'

-- aggregate filter
SELECT count(*) FILTER (WHERE status = 'FAILED'), count(*) FROM runs

-- limit, filtered outside
SELECT * FROM (SELECT run_id, status FROM runs ORDER BY start_time, run_id LIMIT 20) WHERE status = 'FAILED'

-- limit by percent
SELECT count(*) FROM (SELECT run_id FROM runs WHERE status = 'FINISHED' LIMIT 50%)

-- limit by a query
SELECT count(*) FROM (SELECT run_id FROM runs LIMIT (SELECT 3))

-- limit zero
SELECT run_id FROM runs LIMIT 0

-- offset alone
SELECT count(*) FROM (SELECT run_id FROM runs OFFSET 150)

-- limit of a union
SELECT count(*) FROM (SELECT run_id FROM runs WHERE status = 'FAILED' UNION ALL SELECT run_id FROM runs WHERE status = 'KILLED' LIMIT 3)

-- limit over a join
SELECT count(*) FROM (SELECT r.run_id FROM runs r JOIN experiments e USING (experiment_id) WHERE e.name = '100%_sure' LIMIT 30)

-- ==== set operations

-- union, filtered outside
SELECT * FROM (SELECT run_id AS id, 'run' AS what FROM runs UNION ALL SELECT experiment_id, 'experiment' FROM experiments) WHERE id = '1' OR what = 'x'

-- union by name, filtered outside
SELECT * FROM (SELECT run_id, status FROM runs UNION ALL BY NAME SELECT 'FAILED' AS status, experiment_id AS run_id FROM experiments) WHERE status = 'FAILED'

-- except, filtered outside
SELECT * FROM (SELECT status FROM runs EXCEPT SELECT status FROM runs WHERE experiment_id = '1') WHERE status <> 'FINISHED'

-- except all
SELECT status FROM runs EXCEPT ALL SELECT status FROM runs WHERE user_id = 'root'

-- intersect
SELECT user_id FROM runs WHERE status = 'FAILED' INTERSECT SELECT user_id FROM runs WHERE status = 'KILLED'

-- ==== SQL of DuckDB's own

-- pivot
PIVOT (SELECT experiment_id, status FROM runs WHERE user_id <> 'root') ON status USING count(*) GROUP BY experiment_id

-- pivot of a table
PIVOT run_params ON key IN ('lr', 'optimizer') USING max(value) GROUP BY run_id

-- pivot in FROM
SELECT * FROM run_metrics PIVOT (max(value) FOR key IN ('auc', 'loss') GROUP BY run_id) WHERE auc > 0.5

-- unpivot
UNPIVOT (SELECT run_id, user_id, status FROM runs WHERE status = 'FAILED') ON user_id, status

-- summarize
SUMMARIZE SELECT run_id, status, user_id FROM runs WHERE status = 'FAILED'

-- describe a query
DESCRIBE SELECT run_id, metrics FROM runs

-- lambda
SELECT run_id, list_filter(map_keys(metrics), lambda k: k LIKE 'val%') FROM runs WHERE status = 'FAILED'

-- list comprehension
SELECT run_id, [k || '!' for k in map_keys(params) if k <> 'lr'] FROM runs WHERE status = 'FAILED'

-- json
SELECT run->>'$.info.status' AS s, count(*) FROM runs WHERE run->>'$.info.user_id' = 'root' GROUP BY ALL

-- values
SELECT r.run_id, v.n FROM (VALUES ('FAILED', 1), ('KILLED', 2)) AS v(state, n) JOIN runs r ON r.status = v.state

-- values in IN
SELECT run_id FROM runs WHERE status IN (VALUES ('FAILED'), ('KILLED'))

-- case
SELECT CASE status WHEN 'FAILED' THEN 1 ELSE 0 END AS bad, count(*) FROM runs GROUP BY ALL

-- three-valued
SELECT run_id FROM runs WHERE NOT (params.lr = '0.1' AND params.optimizer = 'adam')

-- three-valued, or
SELECT run_id FROM runs WHERE NOT (params.lr = '0.1' OR metrics.auc > 0.5)

-- never
SELECT run_id FROM runs WHERE status = 'FAILED' AND FALSE

-- two ids
SELECT e.name FROM experiments e WHERE experiment_id = '1' AND experiment_id = '2'

-- ids and more
SELECT name FROM experiments WHERE experiment_id = '1' AND name <> 'churn'

-- experiments of an OR
SELECT run_id FROM runs WHERE (experiment_id = '1' AND status = 'FAILED') OR (experiment_id = '2' AND status = 'FINISHED')

-- experiments that contradict
SELECT run_id FROM runs WHERE experiment_id IN ('1', '2') AND experiment_id = '3'

-- an experiment that is none
SELECT run_id FROM runs WHERE experiment_id IN ('1', 'nope', '99999', '')

-- elements of one key
SELECT run_id, value FROM run_metrics WHERE key = 'auc' AND value > 0.8

-- elements of two keys
SELECT run_id, key, value FROM run_metrics WHERE (key = 'auc' AND value > 0.9) OR (key = 'loss' AND value < 0.1)

-- elements by value alone
SELECT run_id, key FROM run_params WHERE value = 'adam'

-- elements with keys that contradict
SELECT run_id, key FROM run_params WHERE key = 'lr' AND key = 'optimizer'

-- elements of a key that cannot be
SELECT run_id, key FROM run_params WHERE key = 'a`b'

-- elements whose value is NULL
SELECT run_id, key FROM run_metrics WHERE value IS NULL

-- datasets
SELECT run_id, name FROM run_inputs WHERE name = 'valid''s' AND context = 'training'

-- datasets without a context
SELECT run_id, name FROM run_inputs WHERE context IS NULL

-- ==== deleted rows

-- deleted
SELECT run_id FROM runs! AS r WHERE lifecycle_stage = 'deleted'

-- deleted, by an OR
SELECT run_id FROM runs! AS r WHERE lifecycle_stage = 'deleted' OR status = 'FAILED'

-- deleted, by NOT
SELECT run_id FROM runs! AS r WHERE NOT (lifecycle_stage = 'active')

-- every stage
SELECT lifecycle_stage, count(*) FROM runs! AS r WHERE lifecycle_stage IN ('active', 'deleted') GROUP BY ALL

-- stage in another case
SELECT run_id FROM runs! AS r WHERE lower(lifecycle_stage) = 'deleted' AND status = 'FINISHED'

-- stage selected only
SELECT DISTINCT lifecycle_stage FROM runs

-- stage of one of two
SELECT e.name, r.run_id FROM experiments! AS e JOIN runs r USING (experiment_id) WHERE e.lifecycle_stage = 'active'

-- stage of a derived table
SELECT id FROM (SELECT run_id AS id, lifecycle_stage AS s FROM runs! AS r) WHERE s = 'deleted'

-- stage of a CTE, grouped
WITH n AS (SELECT lifecycle_stage, count(*) AS n FROM runs! AS r GROUP BY ALL) SELECT n FROM n WHERE lifecycle_stage = 'deleted'

-- stage of a union by name
SELECT a, b FROM (SELECT run_id AS a, status AS b FROM runs UNION ALL BY NAME SELECT lifecycle_stage AS b, name AS a FROM experiments) WHERE a <> 'churn'

-- stage of a union by name, mentioned
SELECT a, b FROM (SELECT run_id AS a, status AS b FROM runs UNION ALL BY NAME SELECT lifecycle_stage AS b, name AS a FROM experiments! AS e) WHERE b <> 'FINISHED'

-- stage of a union
SELECT a, b FROM (SELECT run_id AS a, status AS b FROM runs UNION ALL SELECT name, lifecycle_stage FROM experiments! AS e) WHERE b <> 'FINISHED'

-- stage in HAVING
SELECT lifecycle_stage, count(*) FROM runs! AS r GROUP BY ALL HAVING lifecycle_stage = 'deleted'

-- stage in ON
SELECT e.name, r.run_id FROM experiments e LEFT JOIN runs! AS r ON r.experiment_id = e.experiment_id AND r.lifecycle_stage = 'deleted'

-- deleted experiments' runs
SELECT r.run_id FROM runs! AS r JOIN experiments! AS e USING (experiment_id) WHERE e.lifecycle_stage = 'deleted' AND r.lifecycle_stage = 'deleted'

-- runs of a deleted experiment
SELECT run_id FROM runs WHERE experiment_id = '9'

-- runs of a deleted experiment, staged
SELECT run_id FROM runs! AS r WHERE experiment_id = '9' AND lifecycle_stage IS NOT NULL

-- ==== histories

-- a history
SELECT * FROM metric_history WHERE key = 'loss' AND run_id = (SELECT min(run_id) FROM runs)

-- histories of some keys
SELECT run_id, key, max(value) FROM metric_history WHERE key IN ('auc', 'loss') GROUP BY ALL

-- histories of no key
SELECT * FROM metric_history WHERE key = 'nope'

-- histories by step
SELECT count(*) FROM metric_history WHERE key = 'loss' AND step BETWEEN 3 AND 12 AND value > 0.2

-- histories of an OR
SELECT count(*) FROM metric_history WHERE key = 'auc' OR value > 1.9

-- histories joined with runs
SELECT r.run_name, h.step, h.value FROM runs r JOIN metric_history h USING (run_id) WHERE h.key = 'loss' AND r.status = 'FAILED'

-- histories of some runs
SELECT run_id, key, step FROM metric_history WHERE run_id IN (SELECT run_id FROM runs WHERE status = 'KILLED')

-- histories joined with metrics
SELECT h.run_id, h.key, count(*) FROM metric_history h JOIN run_metrics m USING (run_id, key) WHERE m.value > 0.9 GROUP BY ALL

-- history of a deleted run
SELECT * FROM metric_history WHERE run_id IN (SELECT run_id FROM runs! AS r WHERE lifecycle_stage = 'deleted')

-- text in a subquery, compared with a number
-- error
SELECT run_id FROM runs WHERE run_id = '' OR metrics['auc'] IN (SELECT '0.04')

-- numbers in VALUES
SELECT run_id FROM runs WHERE metrics['auc'] IN (VALUES (0.71), (NULL), (0.5))

-- texts not in VALUES
SELECT run_id FROM runs WHERE params.lr NOT IN (VALUES ('0.1'), ('0.01'))

-- texts not in VALUES with NULL
SELECT run_id FROM runs WHERE params.lr NOT IN (VALUES ('0.1'), (NULL))

-- metric that is there
SELECT run_id, metrics.auc FROM runs WHERE metrics.auc IS NOT NULL

-- metric that is there, and another
SELECT run_id FROM runs WHERE metrics.auc IS NOT NULL AND metrics.loss IS NOT NULL AND status = 'FINISHED'

-- metric that is there or a status
SELECT run_id FROM runs WHERE metrics.auc IS NOT NULL OR status = 'FAILED'

-- best by a metric that is there
-- ordered
SELECT metrics.loss FROM runs WHERE metrics.loss IS NOT NULL ORDER BY metrics.loss DESC LIMIT 7

-- best by a metric that few have
-- ordered
SELECT metrics.auc AS a FROM runs WHERE metrics.auc IS NOT NULL ORDER BY a LIMIT 200

-- best by one metric where another is there
-- ordered
SELECT metrics.loss FROM runs WHERE metrics.auc IS NOT NULL ORDER BY metrics.loss LIMIT 7

-- one key of the metrics
SELECT run_id, value FROM run_metrics WHERE key = 'auc'

-- history of one key
SELECT run_id, step, value FROM metric_history WHERE key = 'auc'

-- ==== views and local tables

-- view
-- setup: views
SELECT run_id FROM fine WHERE state = 'FAILED' AND auc > 0.5 AND params.lr = '0.1'

-- view of a view
-- setup: views
SELECT * FROM good WHERE score < 0.9

-- view with an alias
-- setup: views
SELECT g.id FROM good g JOIN fine f ON f.run_id = g.id WHERE f.state = 'FINISHED'

-- view with columns and an alias
-- setup: views
SELECT x, y FROM good AS g(x, y) WHERE y > 0.7

-- view twice
-- setup: views
SELECT a.run_id, b.run_id FROM fine a JOIN fine b ON a.auc = b.auc AND a.run_id < b.run_id

-- view with LIMIT
-- setup: views
SELECT run_id FROM latest WHERE status = 'FINISHED'

-- view as a feed
-- setup: views
SELECT count(*) FROM run_metrics WHERE run_id IN (SELECT id FROM good)

-- view shadowed by a CTE
-- setup: views
WITH fine AS (SELECT 1 AS x) SELECT * FROM fine

-- view and its columns by name
-- setup: views
SELECT fine.run_id FROM fine WHERE fine.state = 'FAILED'

-- view ending in a comment
-- setup: CREATE VIEW told AS SELECT * FROM runs -- all of them
SELECT count(*) FROM told WHERE status = 'FAILED'

-- view ending in a semicolon
-- setup: CREATE VIEW told AS SELECT * FROM runs;
SELECT count(*) FROM told WHERE status = 'FAILED'

-- view with a name in quotes
-- setup: CREATE VIEW "my view" AS SELECT * FROM runs
SELECT count(*) FROM "my view" WHERE status = 'FAILED'

-- view with a schema
-- setup: CREATE TEMP VIEW told AS SELECT * FROM runs
SELECT count(*) FROM temp.told

-- view with a CTE
-- setup: CREATE VIEW told AS WITH x AS (SELECT run_id FROM runs WHERE status = 'FAILED') SELECT * FROM x
SELECT * FROM told WHERE run_id > '8'

-- view with a CTE of the outer's name
-- setup: CREATE VIEW told AS WITH x AS (SELECT run_id FROM runs WHERE status = 'FAILED') SELECT * FROM x
WITH x AS (SELECT 1 AS one) SELECT count(*) FROM told, x

-- view of a union
-- setup: CREATE VIEW told AS SELECT run_id AS id FROM runs UNION ALL SELECT experiment_id FROM experiments
SELECT * FROM told WHERE id = '1'

-- view by FROM
-- setup: CREATE VIEW told AS FROM runs WHERE status = 'FAILED'
SELECT count(*) FROM told

-- view replaced
-- setup: CREATE VIEW told AS FROM runs
-- setup: CREATE OR REPLACE VIEW told AS FROM runs WHERE status = 'FAILED'
SELECT count(*) FROM told

-- view dropped
-- setup: CREATE VIEW told AS FROM runs
-- setup: DROP VIEW told
-- error
SELECT count(*) FROM told

-- view joined with local
-- setup: views
-- setup: local
SELECT f.run_id, m.n FROM fine f JOIN mine m ON f.params.optimizer = m.optimizer

-- view over local and remote
-- setup: local
-- setup: CREATE VIEW mixed AS SELECT r.run_id, m.n FROM runs r JOIN mine m ON r.params.optimizer = m.optimizer
SELECT * FROM mixed WHERE n = 1

-- view in a local statement
-- setup: local
-- setup: views
-- setup: DELETE FROM ids WHERE run_id IN (SELECT id FROM good)
FROM ids

-- view copied
-- setup: views
-- setup: CREATE TABLE copied AS FROM good
FROM copied

-- view whose name is an alias
-- setup: views
SELECT good.run_id FROM runs AS good WHERE good.status = 'FAILED'

-- view summarized
-- setup: views
SUMMARIZE good

-- view in a pivot
-- setup: views
PIVOT fine ON state USING count(*) GROUP BY lifecycle_stage

-- stage of a view
-- setup: CREATE VIEW fine_all AS SELECT * FROM runs! AS r
SELECT run_id FROM fine_all WHERE lifecycle_stage = 'deleted'

-- local table
-- setup: local
SELECT r.run_id, m.n FROM runs r JOIN mine m ON r.params.optimizer = m.optimizer

-- local table, IN
-- setup: local
SELECT run_id FROM runs WHERE params.optimizer IN (SELECT optimizer FROM mine)

-- local table, NOT IN
-- setup: local
SELECT run_id FROM runs WHERE params.optimizer NOT IN (SELECT optimizer FROM mine WHERE optimizer IS NOT NULL)

-- local ids
-- setup: local
SELECT m.* FROM run_metrics m JOIN ids USING (run_id) WHERE m.key = 'auc'

-- local ids, left
-- setup: local
SELECT ids.run_id, r.status FROM ids LEFT JOIN runs r USING (run_id)

-- local ids, left, condition in ON on the kept side
-- setup: local
SELECT i.run_id, r.status FROM ids i LEFT JOIN runs r ON r.run_id = i.run_id AND i.run_id > '8'

-- local ids on the filled side
-- setup: local
SELECT r.run_id, i.run_id FROM runs r LEFT JOIN ids i ON i.run_id = r.run_id WHERE r.status = 'FAILED'

-- local ids, comma join from first
-- setup: local
FROM ids i, runs r SELECT r.run_id, r.metrics WHERE i.run_id = r.run_id

-- local ids and two remote tables
-- setup: local
SELECT run_id, p.key, m.value FROM ids JOIN run_params p USING (run_id) LEFT JOIN run_metrics m USING (run_id)

-- local texts by a param, and a constant list
-- setup: local
SELECT r.run_id, m.n FROM mine m JOIN runs r ON r.params.optimizer = m.optimizer JOIN (VALUES ('FAILED'), ('KILLED')) v(s) ON r.status = v.s WHERE m.n < 3

-- local ids, deleted runs
-- setup: local
SELECT r.run_id FROM ids i JOIN runs! r ON r.run_id = i.run_id WHERE r.lifecycle_stage IN ('active', 'deleted')

-- local ids that are empty, full join
-- setup: local
SELECT r.run_id, i.run_id FROM (SELECT run_id FROM ids WHERE false) i FULL JOIN runs r USING (run_id) WHERE r.status = 'KILLED'

-- a local CTE, anti-joined
-- setup: local
WITH i AS (SELECT run_id FROM ids WHERE run_id IS NOT NULL) SELECT i.run_id FROM i ANTI JOIN runs r ON r.run_id = i.run_id AND r.status = 'FINISHED'

-- local histories
-- setup: local
SELECT h.run_id, h.step FROM metric_history h JOIN ids USING (run_id) WHERE h.key = 'loss'

-- local view over a local table
-- setup: local
-- setup: CREATE VIEW v AS SELECT optimizer FROM mine
SELECT * FROM v JOIN runs r ON r.params.optimizer = v.optimizer WHERE r.status = 'FAILED'

-- insert into local
-- setup: local
-- setup: INSERT INTO ids SELECT run_id FROM runs WHERE status = 'KILLED'
FROM ids

-- delete from local
-- setup: local
-- setup: DELETE FROM ids WHERE run_id IN (SELECT run_id FROM runs WHERE status = 'FINISHED')
FROM ids

-- update local
-- setup: local
-- setup: UPDATE mine SET n = (SELECT count(*) FROM runs r WHERE r.params.optimizer = mine.optimizer)
FROM mine

-- merge into local
-- setup: local
-- setup: MERGE INTO mine USING (SELECT DISTINCT params.optimizer AS o FROM runs WHERE params.optimizer IS NOT NULL) r ON r.o = mine.optimizer WHEN MATCHED THEN UPDATE SET n = -1 WHEN NOT MATCHED THEN INSERT VALUES (r.o, 0)
FROM mine

-- create table as
-- setup: CREATE TABLE bad AS SELECT run_id, metrics, start_time FROM runs WHERE status = 'FAILED'
-- ordered
FROM bad ORDER BY ALL

-- create table as, with a CTE
-- setup: CREATE TEMP TABLE bad AS WITH x AS (SELECT run_id FROM runs WHERE status = 'FAILED') SELECT * FROM x
FROM bad

-- ==== parameters

-- bracket with NULL, negated
SELECT run_id FROM runs WHERE params.optimizer NOT IN ['adam', NULL]

-- bracket of NULL, negated
SELECT run_id FROM runs WHERE params.optimizer NOT IN [NULL]

-- parentheses with NULL, negated
SELECT run_id FROM runs WHERE params.optimizer NOT IN ('adam', NULL)

-- limit of a bracket
SELECT count(*) FROM (SELECT run_id FROM runs WHERE params.optimizer NOT IN ['adam', NULL] LIMIT 60)

-- ==== ids and keys that a server reads in its own way

-- a number with zeros
SELECT * FROM experiments WHERE experiment_id = '01'

-- runs of a number with zeros
SELECT run_id FROM runs WHERE experiment_id IN ('01', '1')

-- a key with a blank at its end
SELECT run_id FROM runs WHERE tags['team '] IS NULL AND metrics[' auc'] IS NULL AND params['lr '] IS NULL

-- ==== errors

-- no such column
-- error
SELECT nope FROM runs WHERE status = 'FAILED'

-- no such column of an alias
-- error
SELECT r.nope FROM runs r

-- no such table
-- error
SELECT * FROM runns

-- ambiguous
-- error
SELECT run_id FROM runs a JOIN runs b ON a.run_id = b.run_id WHERE status = 'FAILED'

-- not grouped
-- error
SELECT run_id, count(*) FROM runs

-- a bad cast
-- error
SELECT status::INTEGER FROM runs

-- text compared with a time
-- error
SELECT run_id FROM runs WHERE start_time > 'garbage'
