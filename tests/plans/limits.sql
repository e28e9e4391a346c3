-- ORDER BY and LIMIT: to the server only where nothing is left to check, and where it orders as DuckDB does.

-- A limit alone: one page, the newest runs
SELECT run_id FROM runs LIMIT 10
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time DESC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":10}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id
--|   reads: one page of 10
--| local: SELECT run_id FROM scan_1 AS "runs" LIMIT 10

-- A limit behind conditions that the server checks
SELECT run_id FROM runs WHERE params.model = 'resnet' LIMIT 10
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`model` = 'resnet'","order_by":["attributes.start_time DESC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":10}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: params.model = 'resnet'
--|   columns: run_id, params
--|   reads: one page of 10
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.model = 'resnet' LIMIT 10

-- A limit and an offset
SELECT run_id FROM runs WHERE params.model = 'resnet' LIMIT 10 OFFSET 20
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`model` = 'resnet'","order_by":["attributes.start_time DESC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":30}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: params.model = 'resnet'
--|   columns: run_id, params
--|   reads: one page of 30
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.model = 'resnet' LIMIT 10 OFFSET 20

-- A limit above the largest page
SELECT run_id FROM runs LIMIT 60000
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time DESC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id
--|   reads: until LIMIT is reached, 1000 a page; LIMIT is local: a page holds 50000
--| local: SELECT run_id FROM scan_1 AS "runs" LIMIT 60000

-- No rows wanted
SELECT * FROM runs LIMIT 0
--| scan_1: experiment_runs runs by search
--|   no request: nothing, since LIMIT is 0
--| local: SELECT * FROM scan_1 AS "runs" LIMIT 0

-- A limit behind a condition that stays local: newest first, until there are enough
SELECT run_id FROM runs WHERE params.depth > '3' LIMIT 10
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time DESC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: params.depth > '3' (the server has no such comparison)
--|   columns: run_id, params
--|   reads: until LIMIT is reached, 1000 a page; LIMIT is local: conditions are checked first
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.depth > '3' LIMIT 10

-- A limit behind a superset
SELECT run_id FROM runs WHERE params.model LIKE 'resnet_0' LIMIT 10
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`model` LIKE 'resnet%0'","order_by":["attributes.start_time DESC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: params.model LIKE 'resnet_0'
--|   local: params.model LIKE 'resnet_0' (the server returns a superset)
--|   columns: run_id, params
--|   reads: until LIMIT is reached, 1000 a page; LIMIT is local: conditions are checked first
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.model LIKE 'resnet_0' LIMIT 10

-- A limit in each of several searches
SELECT run_id FROM runs WHERE params.model IN ('resnet', 'vgg') LIMIT 10
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`model` = 'resnet'","order_by":["attributes.start_time DESC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":10}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`model` = 'vgg'","order_by":["attributes.start_time DESC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":10}
--|   union: 2 searches side by side, each row once
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: params.model IN ('resnet', 'vgg')
--|   columns: run_id, params
--|   reads: one page of 10
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.model IN ('resnet', 'vgg') LIMIT 10

-- The newest
SELECT run_id FROM runs ORDER BY start_time DESC LIMIT 10
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time DESC"],"run_view_type":"ACTIVE_ONLY","max_results":10}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, start_time
--|   reads: one page of 10, ordered by the server
--| local: SELECT run_id FROM scan_1 AS "runs" ORDER BY start_time DESC LIMIT 10

-- The oldest
SELECT run_id FROM runs ORDER BY start_time LIMIT 10
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC"],"run_view_type":"ACTIVE_ONLY","max_results":10}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, start_time
--|   reads: one page of 10, ordered by the server
--| local: SELECT run_id FROM scan_1 AS "runs" ORDER BY start_time LIMIT 10

-- The best by a metric
SELECT run_id, metrics.auc FROM runs WHERE status = 'FINISHED' ORDER BY metrics.auc DESC LIMIT 5
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.status = 'FINISHED'","order_by":["metrics.`auc` DESC"],"run_view_type":"ACTIVE_ONLY","max_results":5}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: status = 'FINISHED'
--|   columns: run_id, status, metrics
--|   reads: one page of 5, ordered by the server
--| local: SELECT run_id, metrics.auc FROM scan_1 AS "runs" WHERE status = 'FINISHED' ORDER BY metrics.auc DESC LIMIT 5

-- The best by an alias, NULLS LAST said
SELECT run_id, metrics['val/auc'] AS auc FROM runs ORDER BY auc DESC NULLS LAST LIMIT 5
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["metrics.`val/auc` DESC"],"run_view_type":"ACTIVE_ONLY","max_results":5}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, metrics
--|   reads: one page of 5, ordered by the server
--| local: SELECT run_id, metrics['val/auc'] AS auc FROM scan_1 AS "runs" ORDER BY auc DESC NULLS LAST LIMIT 5

-- Two keys
SELECT run_id FROM runs ORDER BY metrics.auc DESC, start_time LIMIT 5
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["metrics.`auc` DESC","attributes.start_time ASC"],"run_view_type":"ACTIVE_ONLY","max_results":5}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, start_time, metrics
--|   reads: one page of 5, ordered by the server
--| local: SELECT run_id FROM scan_1 AS "runs" ORDER BY metrics.auc DESC, start_time LIMIT 5

-- An order with an offset
SELECT run_id FROM runs ORDER BY metrics.auc DESC LIMIT 5 OFFSET 10
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["metrics.`auc` DESC"],"run_view_type":"ACTIVE_ONLY","max_results":15}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, metrics
--|   reads: one page of 15, ordered by the server
--| local: SELECT run_id FROM scan_1 AS "runs" ORDER BY metrics.auc DESC LIMIT 5 OFFSET 10

-- The same column twice: the server would fail
SELECT run_id FROM runs ORDER BY start_time, start_time DESC LIMIT 5
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, start_time
--|   reads: every page, 1000 a page; ORDER BY and LIMIT are local: the server cannot order so
--| local: SELECT run_id FROM scan_1 AS "runs" ORDER BY start_time, start_time DESC LIMIT 5

-- Two names of one column
SELECT run_id, start_time AS s FROM runs ORDER BY s, start_time DESC LIMIT 5
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, start_time
--|   reads: every page, 1000 a page; ORDER BY and LIMIT are local: the server cannot order so
--| local: SELECT run_id, start_time AS s FROM scan_1 AS "runs" ORDER BY s, start_time DESC LIMIT 5

-- An order without a limit is local
SELECT run_id FROM runs ORDER BY start_time DESC
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, start_time
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" ORDER BY start_time DESC

-- An order with NULLS FIRST is local
SELECT run_id FROM runs ORDER BY end_time DESC NULLS FIRST LIMIT 5
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, end_time
--|   reads: every page, 1000 a page; ORDER BY and LIMIT are local: the server cannot order so
--| local: SELECT run_id FROM scan_1 AS "runs" ORDER BY end_time DESC NULLS FIRST LIMIT 5

-- NULLs first by a setting: the order is local
-- set: no_nulls_last
SELECT run_id FROM runs ORDER BY end_time DESC LIMIT 5
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, end_time
--|   reads: every page, 1000 a page; ORDER BY and LIMIT are local: the server cannot order so
--| local: SELECT run_id FROM scan_1 AS "runs" ORDER BY end_time DESC LIMIT 5

-- An order by a param is local, since collations differ
SELECT run_id FROM runs ORDER BY params.model LIMIT 5
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, params
--|   reads: every page, 1000 a page; ORDER BY and LIMIT are local: the server cannot order so
--| local: SELECT run_id FROM scan_1 AS "runs" ORDER BY params.model LIMIT 5

-- An order by the name or status is local
SELECT run_id FROM runs ORDER BY run_name, status LIMIT 5
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, run_name, status
--|   reads: every page, 1000 a page; ORDER BY and LIMIT are local: the server cannot order so
--| local: SELECT run_id FROM scan_1 AS "runs" ORDER BY run_name, status LIMIT 5

-- An order by one column that the server has and one that it has not is local
SELECT run_id FROM runs ORDER BY metrics.auc DESC, run_name LIMIT 5
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, run_name, metrics
--|   reads: every page, 1000 a page; ORDER BY and LIMIT are local: the server cannot order so
--| local: SELECT run_id FROM scan_1 AS "runs" ORDER BY metrics.auc DESC, run_name LIMIT 5

-- An order by an expression is local
SELECT run_id FROM runs ORDER BY -metrics.loss LIMIT 5
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, metrics
--|   reads: every page, 1000 a page; ORDER BY and LIMIT are local: the server cannot order so
--| local: SELECT run_id FROM scan_1 AS "runs" ORDER BY -metrics.loss LIMIT 5

-- An order by the number of a column is local
SELECT start_time, run_id FROM runs ORDER BY 1 LIMIT 5
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, start_time
--|   reads: every page, 1000 a page; ORDER BY and LIMIT are local: the server cannot order so
--| local: SELECT start_time, run_id FROM scan_1 AS "runs" ORDER BY 1 LIMIT 5

-- An alias that hides a column
SELECT lower(status) AS start_time FROM runs ORDER BY start_time LIMIT 5
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: status, start_time
--|   reads: every page, 1000 a page; ORDER BY and LIMIT are local: the server cannot order so
--| local: SELECT lower(status) AS start_time FROM scan_1 AS "runs" ORDER BY start_time LIMIT 5

-- An order behind a residual is local
SELECT run_id FROM runs WHERE duration > INTERVAL 1 HOUR ORDER BY start_time DESC LIMIT 5
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: duration > INTERVAL '1' HOUR (the server cannot filter by it)
--|   columns: run_id, start_time, duration
--|   reads: every page, 1000 a page; ORDER BY and LIMIT are local: conditions are checked first
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE duration > INTERVAL 1 HOUR ORDER BY start_time DESC LIMIT 5

-- An order behind a metric's comparison that is exact since 3.17
SELECT run_id FROM runs WHERE metrics.auc > 0.5 ORDER BY metrics.auc DESC LIMIT 5
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"metrics.`auc` > 0.5","order_by":["metrics.`auc` DESC"],"run_view_type":"ACTIVE_ONLY","max_results":5}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: metrics.auc > 0.5
--|   columns: run_id, metrics
--|   reads: one page of 5, ordered by the server
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE metrics.auc > 0.5 ORDER BY metrics.auc DESC LIMIT 5

-- The same on an older server: NaN may be among them
-- capabilities: all -nan_shielded
SELECT run_id FROM runs WHERE metrics.auc > 0.5 ORDER BY metrics.auc DESC LIMIT 5
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"metrics.`auc` > 0.5","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: metrics.auc > 0.5
--|   local: metrics.auc > 0.5 (the server returns a superset)
--|   columns: run_id, metrics
--|   reads: every page, 1000 a page; ORDER BY and LIMIT are local: conditions are checked first
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE metrics.auc > 0.5 ORDER BY metrics.auc DESC LIMIT 5

-- DISTINCT keeps the limit local
SELECT DISTINCT params.model FROM runs LIMIT 5
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time DESC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: params
--|   reads: every page, 1000 a page; LIMIT is local: rows are grouped, made distinct or multiplied first
--| local: SELECT DISTINCT params.model FROM scan_1 AS "runs" LIMIT 5

-- GROUP BY keeps the limit local
SELECT params.model, count(*) FROM runs GROUP BY 1 ORDER BY 2 DESC LIMIT 5
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: params
--|   reads: every page, 1000 a page; ORDER BY and LIMIT are local: rows are grouped, made distinct or multiplied first
--| local: SELECT params.model, count(*) FROM scan_1 AS "runs" GROUP BY 1 ORDER BY 2 DESC LIMIT 5

-- An aggregate keeps the limit local
SELECT max(metrics.auc) FROM runs LIMIT 1
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time DESC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: metrics
--|   reads: every page, 1000 a page; LIMIT is local: rows are grouped, made distinct or multiplied first
--| local: SELECT max(metrics.auc) FROM scan_1 AS "runs" LIMIT 1

-- A window keeps the limit local
SELECT run_id, row_number() OVER (ORDER BY start_time) FROM runs LIMIT 5
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time DESC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, start_time
--|   reads: every page, 1000 a page; LIMIT is local: rows are grouped, made distinct or multiplied first
--| local: SELECT run_id, row_number() OVER (ORDER BY start_time) FROM scan_1 AS "runs" LIMIT 5

-- QUALIFY keeps the limit local
SELECT run_id FROM runs QUALIFY row_number() OVER (PARTITION BY experiment_id ORDER BY start_time DESC) = 1 LIMIT 5
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time DESC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, experiment_id, start_time
--|   reads: every page, 1000 a page; LIMIT is local: rows are grouped, made distinct or multiplied first
--| local: SELECT run_id FROM scan_1 AS "runs" QUALIFY row_number() OVER (PARTITION BY experiment_id ORDER BY start_time DESC) = 1 LIMIT 5

-- unnest makes more rows of one: the limit is local
SELECT run_id, unnest(map_keys(metrics)) FROM runs LIMIT 5
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time DESC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, metrics
--|   reads: every page, 1000 a page; LIMIT is local: rows are grouped, made distinct or multiplied first
--| local: SELECT run_id, unnest(map_keys(metrics)) FROM scan_1 AS "runs" LIMIT 5

-- A join keeps the limit local
SELECT r.run_id FROM runs r JOIN experiments e USING (experiment_id) LIMIT 5
--| scan_2: experiments e by search
--|   request: POST experiments/search {"order_by":["creation_time DESC","experiment_id ASC"],"view_type":"ACTIVE_ONLY","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page; LIMIT is local: tables are joined first
--| scan_1: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time DESC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, experiment_id
--|   reads: every page, 1000 a page; LIMIT is local: tables are joined first
--| local: SELECT r.run_id FROM scan_1 r JOIN scan_2 e USING (experiment_id) LIMIT 5

-- A sample keeps the limit local
SELECT run_id FROM runs USING SAMPLE 10% LIMIT 5
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time DESC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id
--|   reads: every page, 1000 a page; LIMIT is local: rows are grouped, made distinct or multiplied first
--| local: SELECT run_id FROM scan_1 AS "runs" USING SAMPLE 10% LIMIT 5

-- A limit that is a query is local
SELECT run_id FROM runs LIMIT (SELECT 5) OFFSET 10
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time DESC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id
--|   reads: until LIMIT is reached, 1000 a page; LIMIT is local: it is no plain number
--| local: SELECT run_id FROM scan_1 AS "runs" LIMIT (SELECT 5) OFFSET 10

-- A percentage is local
SELECT run_id FROM runs LIMIT 50% OFFSET 10
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time DESC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id
--|   reads: until LIMIT is reached, 1000 a page; LIMIT is local: it is no plain number
--| local: SELECT run_id FROM scan_1 AS "runs" LIMIT 50% OFFSET 10

-- A bound limit
-- params: [7]
SELECT run_id FROM runs ORDER BY start_time DESC LIMIT ?
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time DESC"],"run_view_type":"ACTIVE_ONLY","max_results":7}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, start_time
--|   reads: one page of 7, ordered by the server
--| local: SELECT run_id FROM scan_1 AS "runs" ORDER BY start_time DESC LIMIT $1

-- A limit inside a derived table goes to its own scan
SELECT count(*) FROM (SELECT * FROM runs ORDER BY start_time DESC LIMIT 100) WHERE status = 'FAILED'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time DESC"],"run_view_type":"ACTIVE_ONLY","max_results":100}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, experiment_id, run_name, user_id, status, start_time, end_time, duration, artifact_uri, lifecycle_stage, parent_run_id, metrics, params, tags, inputs, outputs, run
--|   reads: one page of 100, ordered by the server
--| local: SELECT count(*) FROM (SELECT * FROM scan_1 AS "runs" ORDER BY start_time DESC LIMIT 100) WHERE status = 'FAILED'

-- A limit around a union is local
SELECT run_id FROM runs WHERE params.a = '1' UNION ALL SELECT run_id FROM runs WHERE params.a = '2' LIMIT 5
--| scan_3: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '1'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   pushed: params.a = '1'
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| scan_2: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '2'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   pushed: params.a = '2'
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.a = '1' UNION ALL SELECT run_id FROM scan_2 AS "runs" WHERE params.a = '2' LIMIT 5

-- A limit in a long table is local: an item has many rows
SELECT run_id, key FROM run_params LIMIT 5
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: run_params by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time DESC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, key
--|   reads: until LIMIT is reached, 1000 a page; LIMIT is local: an item has any number of rows
--| local: SELECT run_id, key FROM scan_1 AS "run_params" LIMIT 5

-- The top of a long table by a key
SELECT run_id, value FROM run_metrics WHERE key = 'auc' ORDER BY value DESC LIMIT 5
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: run_metrics by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"metrics.`auc` != -1.234567890123e-67","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"metrics.`auc` = -1.234567890123e-67","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   union: 2 searches side by side, each row once
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: key = 'auc'
--|   local: key = 'auc' (the server returns a superset)
--|   columns: run_id, key, value
--|   reads: every page, 1000 a page; ORDER BY and LIMIT are local: conditions are checked first
--| local: SELECT run_id, value FROM scan_1 AS "run_metrics" WHERE key = 'auc' ORDER BY value DESC LIMIT 5

-- The limit behind a lower bound computed from now(): DuckDB compares with the same time, or rows would be missing
SELECT run_id FROM runs WHERE start_time > now() - INTERVAL 1 DAY ORDER BY start_time LIMIT 5
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.start_time > 1772514367891","order_by":["attributes.start_time ASC"],"run_view_type":"ACTIVE_ONLY","max_results":5}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: start_time > NOW() - INTERVAL '1' DAY
--|   columns: run_id, start_time
--|   reads: one page of 5, ordered by the server
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE start_time > ('2026-03-04 05:06:07.891234+00:00'::TIMESTAMPTZ) - INTERVAL 1 DAY ORDER BY start_time LIMIT 5

-- The oldest experiments
SELECT name FROM experiments ORDER BY creation_time LIMIT 3
--| scan_1: experiments by search
--|   request: POST experiments/search {"order_by":["creation_time ASC"],"view_type":"ACTIVE_ONLY","max_results":3}
--|   columns: name, creation_time
--|   reads: one page of 3, ordered by the server
--| local: SELECT name FROM scan_1 AS "experiments" ORDER BY creation_time LIMIT 3

-- Experiments by name are sorted locally
SELECT name FROM experiments ORDER BY name LIMIT 3
--| scan_1: experiments by search
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ACTIVE_ONLY","max_results":1000}
--|   columns: name
--|   reads: every page, 1000 a page; ORDER BY and LIMIT are local: the server cannot order so
--| local: SELECT name FROM scan_1 AS "experiments" ORDER BY name LIMIT 3

-- A limit on one run
SELECT run_id FROM runs WHERE run_id = 'abc' LIMIT 1
--| scan_1: experiment_runs runs by get
--|   request: GET runs/get {"run_id":"abc"}
--|   pushed: run_id = 'abc'
--|   columns: run_id
--|   reads: one answer
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE run_id = 'abc' LIMIT 1

-- A limit on histories
SELECT value FROM metric_history WHERE run_id = 'abc' AND key = 'loss' LIMIT 10
--| scan_2: run_metrics by get, for keys
--|   request: GET runs/get {"run_id":"abc"}
--|   pushed: run_id = 'abc'
--|   local: key = 'loss' (is checked on what comes)
--|   columns: run_id, key
--|   reads: one answer
--| scan_1: metric_history by get_history_bulk
--|   request: GET /ajax-api/2.0/mlflow/metrics/get-history-bulk {"run_id":["<run_id>"],"metric_key":"<key>","max_results":25000}
--|   keys: run_id, key from scan_2 (run_id, key of run_metrics where run_id = 'abc' AND key = 'loss')
--|   pushed: run_id = 'abc'
--|   pushed: key = 'loss'
--|   columns: run_id, key, value
--|   reads: until LIMIT is reached, 25000 a page; LIMIT is local: the answers are not pages
--| local: SELECT value FROM scan_1 AS "metric_history" WHERE run_id = 'abc' AND key = 'loss' LIMIT 10

-- The order of run ids under a collation is local
-- set: no_text_order
SELECT run_id FROM runs ORDER BY run_id LIMIT 3
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id
--|   reads: every page, 1000 a page; ORDER BY and LIMIT are local: the server cannot order so
--| local: SELECT run_id FROM scan_1 AS "runs" ORDER BY run_id LIMIT 3

-- Runs of all experiments but one: the listing is all that the condition asks for
SELECT run_id FROM runs WHERE experiment_id <> '7' ORDER BY start_time DESC LIMIT 5
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"filter":"experiment_id != '7'","order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   pushed: experiment_id <> '7'
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time DESC"],"run_view_type":"ACTIVE_ONLY","max_results":5}
--|   keys: experiment_id from scan_2 (experiment_id of experiments where experiment_id <> '7')
--|   pushed: experiment_id <> '7'
--|   columns: run_id, experiment_id, start_time
--|   reads: one page of 5, ordered by the server
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE experiment_id <> '7' ORDER BY start_time DESC LIMIT 5

-- A condition that is always true is no hindrance
SELECT run_id FROM runs WHERE 1 = 1 ORDER BY start_time DESC LIMIT 5
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time DESC"],"run_view_type":"ACTIVE_ONLY","max_results":5}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, start_time
--|   reads: one page of 5, ordered by the server
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE 1 = 1 ORDER BY start_time DESC LIMIT 5

-- The best of those that have the metric: the others come last
SELECT run_id FROM runs WHERE experiment_id = '1' AND metrics.auc IS NOT NULL ORDER BY metrics.auc DESC LIMIT 5;
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["1"],"order_by":["metrics.`auc` DESC"],"run_view_type":"ACTIVE_ONLY","max_results":5}
--|   pushed: experiment_id = '1'
--|   local: NOT metrics.auc IS NULL (whether it is there takes two searches)
--|   columns: run_id, experiment_id, metrics
--|   reads: one page of 5, ordered by the server
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE experiment_id = '1' AND metrics.auc IS NOT NULL ORDER BY metrics.auc DESC LIMIT 5;

-- The best of those that have another metric
SELECT run_id FROM runs WHERE experiment_id = '1' AND metrics.loss IS NOT NULL ORDER BY metrics.auc DESC LIMIT 5;
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["1"],"filter":"metrics.`loss` != -1.234567890123e-67","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["1"],"filter":"metrics.`loss` = -1.234567890123e-67","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   union: 2 searches side by side, each row once
--|   pushed: experiment_id = '1'
--|   pushed: NOT metrics.loss IS NULL
--|   local: NOT metrics.loss IS NULL (the server returns a superset)
--|   columns: run_id, experiment_id, metrics
--|   reads: every page, 1000 a page; ORDER BY and LIMIT are local: conditions are checked first
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE experiment_id = '1' AND metrics.loss IS NOT NULL ORDER BY metrics.auc DESC LIMIT 5;

-- Those that have a metric, beside a status
SELECT run_id FROM runs WHERE experiment_id = '1' AND metrics.auc IS NOT NULL AND status = 'FINISHED';
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["1"],"filter":"attributes.status = 'FINISHED' AND metrics.`auc` != -1.234567890123e-67","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["1"],"filter":"attributes.status = 'FINISHED' AND metrics.`auc` = -1.234567890123e-67","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   union: 2 searches side by side, each row once
--|   pushed: experiment_id = '1'
--|   pushed: status = 'FINISHED'
--|   pushed: NOT metrics.auc IS NULL
--|   local: NOT metrics.auc IS NULL (the server returns a superset)
--|   columns: run_id, experiment_id, status, metrics
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE experiment_id = '1' AND metrics.auc IS NOT NULL AND status = 'FINISHED';

-- Those that have a metric, beside a name
SELECT run_id FROM runs WHERE experiment_id = '1' AND metrics.auc IS NOT NULL AND run_name = 'a';
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["1"],"filter":"tags.`mlflow.runName` = 'a'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   pushed: experiment_id = '1'
--|   pushed: run_name = 'a'
--|   local: NOT metrics.auc IS NULL (whether it is there takes two searches)
--|   columns: run_id, experiment_id, run_name, metrics
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE experiment_id = '1' AND metrics.auc IS NOT NULL AND run_name = 'a';

-- Those that have both of two metrics
SELECT run_id FROM runs WHERE experiment_id = '1' AND metrics.auc IS NOT NULL AND metrics.loss IS NOT NULL;
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["1"],"filter":"metrics.`auc` != -1.234567890123e-67","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["1"],"filter":"metrics.`auc` = -1.234567890123e-67","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   union: 2 searches side by side, each row once
--|   pushed: experiment_id = '1'
--|   pushed: NOT metrics.auc IS NULL
--|   local: NOT metrics.auc IS NULL (the server returns a superset)
--|   local: NOT metrics.loss IS NULL (whether it is there takes two searches)
--|   columns: run_id, experiment_id, metrics
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE experiment_id = '1' AND metrics.auc IS NOT NULL AND metrics.loss IS NOT NULL;

-- Those that have one of two metrics
SELECT run_id FROM runs WHERE experiment_id = '1' AND (metrics.auc IS NOT NULL OR metrics.loss IS NOT NULL);
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["1"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   pushed: experiment_id = '1'
--|   local: NOT metrics.auc IS NULL OR NOT metrics.loss IS NULL (metrics['auc']: whether it is there takes two searches)
--|   columns: run_id, experiment_id, metrics
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE experiment_id = '1' AND (metrics.auc IS NOT NULL OR metrics.loss IS NOT NULL);

-- Those that have a metric, of a store that is no SQL database
-- capabilities: all -sql_store
SELECT run_id FROM runs WHERE experiment_id = '1' AND metrics.auc IS NOT NULL;
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["1"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   pushed: experiment_id = '1'
--|   local: NOT metrics.auc IS NULL (this server lacks sql_store)
--|   columns: run_id, experiment_id, metrics
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE experiment_id = '1' AND metrics.auc IS NOT NULL;
