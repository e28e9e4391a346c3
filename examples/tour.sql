-- A tour of mlflow-sql over the runs that examples/demo/train.py logs.
-- With a server of your own: change the names of the experiments and keys, and run it the same way.

-- What is there? (Each table is one resource of MLflow; DESCRIBE runs lists the columns of one.)
SHOW TABLES;

-- Which runs did best? (metrics, params and tags are maps: a dot reads one key; params are strings.)
SELECT run_name, round(metrics.val_acc, 3) AS val_acc, params.lr AS lr, params.width AS width, tags.stage AS stage
FROM runs
WHERE metrics.val_acc > 0.9
ORDER BY metrics.val_acc DESC, run_name
LIMIT 5;

-- How much of that does the server do? EXPLAIN shows the REST calls without sending them: all of it, and it sends 5 rows.
EXPLAIN SELECT run_name, metrics.val_acc FROM runs WHERE metrics.val_acc > 0.9 ORDER BY metrics.val_acc DESC LIMIT 5;

-- What is the best run of each learning rate in the sweep?
SELECT CAST(r.params.lr AS DOUBLE) AS lr, count(*) AS runs,
       round(avg(r.metrics.val_acc), 3) AS mean_acc, round(max(r.metrics.val_acc), 3) AS best_acc,
       arg_max(r.run_name, r.metrics.val_acc) AS best_run
FROM runs r JOIN experiments e USING (experiment_id)
WHERE e.name = 'moons-sweep' AND r.params.lr IS NOT NULL
GROUP BY ALL
ORDER BY lr;

-- What needs a look: it failed, scored below 0.6, or had the largest learning rate? (MLflow's own filter has no OR.)
SELECT run_name, status, params.lr AS lr, round(metrics.val_acc, 3) AS val_acc
FROM runs
WHERE status = 'FAILED' OR metrics.val_acc < 0.6 OR params.lr = '30'
ORDER BY run_name;

-- Which runs diverged? (NaN is NULL: the metric was logged, and its last value is no number.)
SELECT run_name, params.lr AS lr, params.width AS width, status
FROM runs
WHERE map_contains(metrics, 'loss') AND metrics.loss IS NULL;

-- How did the children of each parent run do?
SELECT parent.run_name AS parent, count(*) AS children,
       count(*) FILTER (child.status = 'FAILED') AS failed, round(median(child.metrics.val_acc), 3) AS median_acc,
       arg_max(child.run_name, child.metrics.val_acc) AS best_child
FROM runs parent JOIN runs child ON child.parent_run_id = parent.run_id
GROUP BY parent.run_name;

-- How did the loss of the candidates fall? (Every tenth epoch, and the change since the one before.)
SELECT r.run_name, h.step AS epoch, round(h.value, 4) AS loss, round(h.value - lag(h.value) OVER epochs, 4) AS change,
       bar(h.value, 0, 0.5, 20) AS curve
FROM runs r JOIN metric_history h ON h.run_id = r.run_id
WHERE r.tags.stage = 'candidate' AND h.key = 'loss' AND (h.step % 10 = 0 OR h.step = 29)
WINDOW epochs AS (PARTITION BY h.run_id ORDER BY h.step)
ORDER BY r.run_name, epoch;

-- What does a hidden layer add on the spirals? (The linear model has no width: a key that a run lacks is NULL.)
SELECT coalesce(r.params.width, 'no layer') AS width, count(*) AS runs, round(avg(r.metrics.val_acc), 3) AS mean_acc,
       avg(r.duration) AS mean_duration
FROM runs r JOIN experiments e USING (experiment_id)
WHERE e.name = 'spirals-baseline'
GROUP BY ALL
ORDER BY mean_acc;

-- Which params were varied, and over what? (One row per run and param.)
SELECT p.key, count(DISTINCT p.value) AS "values",
       string_agg(DISTINCT p.value, ', ' ORDER BY TRY_CAST(p.value AS DOUBLE), p.value) AS which
FROM run_params p JOIN experiments e USING (experiment_id)
WHERE e.name = 'moons-sweep'
GROUP BY p.key
HAVING count(DISTINCT p.value) > 1
ORDER BY p.key;

-- Writing: what would it send to mark the candidates as reviewed? (EXPLAIN of a write sends none of its calls.)
EXPLAIN UPDATE runs SET tags['reviewed'] = 'yes' WHERE tags.stage = 'candidate';

-- Do it: one call for each run. (INSERT, DELETE, MERGE and EXEC work as well; DELETE can be undone.)
UPDATE runs SET tags['reviewed'] = 'yes' WHERE tags.stage = 'candidate'
RETURNING run_name, tags.stage AS stage, tags.reviewed AS reviewed;
