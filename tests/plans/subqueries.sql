-- Subqueries, derived tables and CTEs: what of the outside reaches the scans inside, and the other way round.

-- Experiments by a subquery
SELECT run_id FROM runs WHERE experiment_id = (SELECT experiment_id FROM experiments WHERE name = 'churn')
--| scan_1: experiments by get_by_name
--|   request: GET experiments/get-by-name {"experiment_name":"churn"}
--|   pushed: name = 'churn'
--|   columns: experiment_id, name
--|   reads: one answer
--| scan_2: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_1 (SELECT experiment_id FROM experiments WHERE name = 'churn')
--|   pushed: experiment_id = (SELECT experiment_id FROM experiments WHERE name = 'churn')
--|   columns: run_id, experiment_id
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_2 AS "runs" WHERE experiment_id = (SELECT experiment_id FROM scan_1 AS "experiments" WHERE name = 'churn')

-- Experiments by IN
SELECT run_id FROM runs WHERE experiment_id IN (SELECT experiment_id FROM experiments WHERE name LIKE 'churn%')
--| scan_1: experiments by search
--|   request: POST experiments/search {"filter":"name LIKE 'churn%'","order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ACTIVE_ONLY","max_results":1000}
--|   pushed: name LIKE 'churn%'
--|   columns: experiment_id, name
--|   reads: every page, 1000 a page
--| scan_2: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_1 (SELECT experiment_id FROM experiments WHERE name LIKE 'churn%')
--|   pushed: experiment_id IN (SELECT experiment_id FROM experiments WHERE name LIKE 'churn%')
--|   columns: run_id, experiment_id
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_2 AS "runs" WHERE experiment_id IN (SELECT experiment_id FROM scan_1 AS "experiments" WHERE name LIKE 'churn%')

-- Experiments by NOT IN: never fed
SELECT run_id FROM runs WHERE experiment_id NOT IN (SELECT experiment_id FROM experiments WHERE name LIKE 'churn%')
--| scan_1: experiments by search
--|   request: POST experiments/search {"filter":"name LIKE 'churn%'","order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ACTIVE_ONLY","max_results":1000}
--|   pushed: name LIKE 'churn%'
--|   columns: experiment_id, name
--|   reads: every page, 1000 a page
--| scan_3: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_2: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   local: NOT experiment_id IN (SELECT experiment_id FROM experiments WHERE name LIKE 'churn%') (holds a subquery)
--|   columns: run_id, experiment_id
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_2 AS "runs" WHERE experiment_id NOT IN (SELECT experiment_id FROM scan_1 AS "experiments" WHERE name LIKE 'churn%')

-- Experiments by a CTE
WITH e AS (SELECT experiment_id FROM experiments WHERE name = 'churn') SELECT run_id FROM runs JOIN e USING (experiment_id)
--| scan_1: experiments by get_by_name
--|   request: GET experiments/get-by-name {"experiment_name":"churn"}
--|   pushed: name = 'churn'
--|   columns: experiment_id, name
--|   reads: one answer
--| scan_2: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_1 (experiment_id of e)
--|   columns: run_id, experiment_id
--|   reads: every page, 1000 a page
--| local: WITH e AS (SELECT experiment_id FROM scan_1 AS "experiments" WHERE name = 'churn') SELECT run_id FROM scan_2 AS "runs" JOIN e USING (experiment_id)

-- A CTE with a condition from outside
WITH r AS (SELECT run_id, params.model AS model FROM runs) SELECT run_id FROM r WHERE model = 'resnet'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`model` = 'resnet'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: model = 'resnet'
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: WITH r AS (SELECT run_id, params.model AS model FROM scan_1 AS "runs") SELECT run_id FROM r WHERE model = 'resnet'

-- A CTE that is read twice takes no condition from outside
WITH r AS (SELECT run_id, params.model AS model FROM runs) SELECT a.run_id FROM r a, r b WHERE a.model = 'resnet'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: WITH r AS (SELECT run_id, params.model AS model FROM scan_1 AS "runs") SELECT a.run_id FROM r a, r b WHERE a.model = 'resnet'

-- A derived table with a condition from outside
SELECT * FROM (SELECT run_id, status FROM runs) WHERE status = 'FAILED'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.status = 'FAILED'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: status = 'FAILED'
--|   columns: run_id, status
--|   reads: every page, 1000 a page
--| local: SELECT * FROM (SELECT run_id, status FROM scan_1 AS "runs") WHERE status = 'FAILED'

-- A derived table of everything
SELECT run_id FROM (SELECT * FROM runs) r WHERE r.params.model = 'resnet'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`model` = 'resnet'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: r.params.model = 'resnet'
--|   columns: run_id, experiment_id, run_name, user_id, status, start_time, end_time, duration, artifact_uri, lifecycle_stage, parent_run_id, metrics, params, tags, inputs, outputs, run
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM (SELECT * FROM scan_1 AS "runs") r WHERE r.params.model = 'resnet'

-- A renamed column
SELECT id FROM (SELECT run_id AS id, metrics AS m FROM runs) WHERE id = 'abc' AND m.auc > 0.5
--| scan_1: experiment_runs runs by get
--|   request: GET runs/get {"run_id":"abc"}
--|   pushed: id = 'abc'
--|   local: m.auc > 0.5 (is checked on what comes)
--|   columns: run_id, metrics
--|   reads: one answer
--| local: SELECT id FROM (SELECT run_id AS id, metrics AS m FROM scan_1 AS "runs") WHERE id = 'abc' AND m.auc > 0.5

-- A column computed inside stays local
SELECT * FROM (SELECT lower(status) AS status FROM runs) WHERE status = 'failed'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: status
--|   reads: every page, 1000 a page
--| local: SELECT * FROM (SELECT lower(status) AS status FROM scan_1 AS "runs") WHERE status = 'failed'

-- A limit inside: the condition from outside stays there
SELECT * FROM (SELECT run_id, status FROM runs LIMIT 10) WHERE status = 'FAILED'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time DESC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":10}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, status
--|   reads: one page of 10
--| local: SELECT * FROM (SELECT run_id, status FROM scan_1 AS "runs" LIMIT 10) WHERE status = 'FAILED'

-- Grouping inside: the condition from outside stays there
SELECT * FROM (SELECT status, count(*) AS n FROM runs GROUP BY status) WHERE status = 'FAILED'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: status
--|   reads: every page, 1000 a page
--| local: SELECT * FROM (SELECT status, count(*) AS n FROM scan_1 AS "runs" GROUP BY status) WHERE status = 'FAILED'

-- A window inside: the condition from outside stays there
SELECT * FROM (SELECT run_id, status, row_number() OVER () AS n FROM runs) WHERE status = 'FAILED'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, status
--|   reads: every page, 1000 a page
--| local: SELECT * FROM (SELECT run_id, status, row_number() OVER () AS n FROM scan_1 AS "runs") WHERE status = 'FAILED'

-- A union inside: the condition reaches both
SELECT * FROM (SELECT run_id, status FROM runs WHERE params.a = '1' UNION ALL SELECT run_id, user_id FROM runs WHERE params.a = '2') WHERE status = 'FAILED'
--| scan_3: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.status = 'FAILED' AND params.`a` = '1'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   pushed: status = 'FAILED'
--|   pushed: params.a = '1'
--|   columns: run_id, user_id, status, params
--|   reads: every page, 1000 a page
--| scan_2: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.user_id = 'FAILED' AND params.`a` = '2'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   pushed: status = 'FAILED'
--|   pushed: params.a = '2'
--|   columns: run_id, user_id, status, params
--|   reads: every page, 1000 a page
--| local: SELECT * FROM (SELECT run_id, status FROM scan_1 AS "runs" WHERE params.a = '1' UNION ALL SELECT run_id, user_id FROM scan_2 AS "runs" WHERE params.a = '2') WHERE status = 'FAILED'

-- An EXCEPT inside: the condition from outside stays there
SELECT * FROM (SELECT run_id, status FROM runs EXCEPT SELECT run_id, status FROM runs WHERE params.a = '1') WHERE status = 'FAILED'
--| scan_3: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   columns: run_id, status, params
--|   reads: every page, 1000 a page
--| scan_2: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '1'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   pushed: params.a = '1'
--|   columns: run_id, status, params
--|   reads: every page, 1000 a page
--| local: SELECT * FROM (SELECT run_id, status FROM scan_1 AS "runs" EXCEPT SELECT run_id, status FROM scan_2 AS "runs" WHERE params.a = '1') WHERE status = 'FAILED'

-- A limit inside never feeds: another reading could give other rows
SELECT value FROM run_params WHERE run_id IN (SELECT run_id FROM runs ORDER BY start_time DESC LIMIT 10)
--| scan_3: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time DESC"],"run_view_type":"ACTIVE_ONLY","max_results":10}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   columns: run_id, start_time
--|   reads: one page of 10, ordered by the server
--| scan_2: run_params by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   local: run_id IN (SELECT run_id FROM runs ORDER BY start_time DESC LIMIT 10) (holds a subquery)
--|   columns: run_id, value
--|   reads: every page, 1000 a page
--| local: SELECT value FROM scan_2 AS "run_params" WHERE run_id IN (SELECT run_id FROM scan_1 AS "runs" ORDER BY start_time DESC LIMIT 10)

-- A subquery that the outside decides never feeds
SELECT r.run_id FROM runs r WHERE r.experiment_id IN (SELECT e.experiment_id FROM experiments e WHERE e.name = r.run_name)
--| scan_1: experiments e by search
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ACTIVE_ONLY","max_results":1000}
--|   local: e.name = r.run_name (is not a comparison of one column with a constant)
--|   columns: experiment_id, name
--|   reads: every page, 1000 a page
--| scan_3: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_2: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   local: r.experiment_id IN (SELECT e.experiment_id FROM experiments AS e WHERE e.name = r.run_name) (holds a subquery)
--|   columns: run_id, experiment_id, run_name
--|   reads: every page, 1000 a page
--| local: SELECT r.run_id FROM scan_2 r WHERE r.experiment_id IN (SELECT e.experiment_id FROM scan_1 e WHERE e.name = r.run_name)

-- EXISTS stays local
SELECT run_id FROM runs r WHERE EXISTS (SELECT 1 FROM experiments e WHERE e.experiment_id = r.experiment_id AND e.name = 'churn')
--| scan_1: experiments e by get_by_name
--|   request: GET experiments/get-by-name {"experiment_name":"churn"}
--|   pushed: e.name = 'churn'
--|   local: e.experiment_id = r.experiment_id (is checked on what comes)
--|   columns: experiment_id, name
--|   reads: one answer
--| scan_3: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_2: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   local: EXISTS(SELECT 1 FROM experiments AS e WHERE e.experiment_id = r.experiment_id AND e.name = 'churn') (holds a subquery)
--|   columns: run_id, experiment_id
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_2 r WHERE EXISTS (SELECT 1 FROM scan_1 e WHERE e.experiment_id = r.experiment_id AND e.name = 'churn')

-- A subquery over local values feeds
SELECT run_id FROM runs WHERE experiment_id IN (SELECT * FROM (VALUES ('1'), ('2')) AS v(id))
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from the statement (SELECT * FROM (VALUES ('1'), ('2')) AS v(id))
--|   pushed: experiment_id IN (SELECT * FROM (VALUES ('1'), ('2')) AS v(id))
--|   columns: run_id, experiment_id
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE experiment_id IN (SELECT * FROM (VALUES ('1'), ('2')) AS v(id))

-- A subquery with chance in it never feeds
SELECT run_id FROM runs WHERE experiment_id IN (SELECT experiment_id FROM experiments WHERE random() < 0.5)
--| scan_1: experiments by search
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ACTIVE_ONLY","max_results":1000}
--|   local: RANDOM() < 0.5 (is not a comparison of one column with a constant)
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_3: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_2: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   local: experiment_id IN (SELECT experiment_id FROM experiments WHERE RANDOM() < 0.5) (holds a subquery)
--|   columns: run_id, experiment_id
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_2 AS "runs" WHERE experiment_id IN (SELECT experiment_id FROM scan_1 AS "experiments" WHERE random() < 0.5)

-- A subquery about time: the same time everywhere
SELECT run_id FROM runs WHERE experiment_id IN (SELECT experiment_id FROM experiments WHERE creation_time > now() - INTERVAL 1 DAY)
--| scan_1: experiments by search
--|   request: POST experiments/search {"filter":"creation_time > 1772514367891","order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ACTIVE_ONLY","max_results":1000}
--|   pushed: creation_time > NOW() - INTERVAL '1' DAY
--|   columns: experiment_id, creation_time
--|   reads: every page, 1000 a page
--| scan_2: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_1 (SELECT experiment_id FROM experiments WHERE creation_time > NOW() - INTERVAL '1' DAY)
--|   pushed: experiment_id IN (SELECT experiment_id FROM experiments WHERE creation_time > NOW() - INTERVAL '1' DAY)
--|   columns: run_id, experiment_id
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_2 AS "runs" WHERE experiment_id IN (SELECT experiment_id FROM scan_1 AS "experiments" WHERE creation_time > ('2026-03-04 05:06:07.891234+00:00'::TIMESTAMPTZ) - INTERVAL 1 DAY)

-- A chain of three
SELECT key, value FROM run_params WHERE run_id IN (SELECT run_id FROM runs WHERE experiment_id IN (SELECT experiment_id FROM experiments WHERE name = 'churn') AND metrics.auc > 0.9)
--| scan_1: experiments by get_by_name
--|   request: GET experiments/get-by-name {"experiment_name":"churn"}
--|   pushed: name = 'churn'
--|   columns: experiment_id, name
--|   reads: one answer
--| scan_2: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"metrics.`auc` > 0.9","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_1 (SELECT experiment_id FROM experiments WHERE name = 'churn')
--|   pushed: experiment_id IN (SELECT experiment_id FROM experiments WHERE name = 'churn')
--|   pushed: metrics.auc > 0.9
--|   columns: run_id, experiment_id, metrics
--|   reads: every page, 1000 a page
--| scan_4: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_3: run_params by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_4 (experiment_id of experiments)
--|   keys: attributes.run_id IN (<run_id>, ...) from scan_1, scan_2 (SELECT run_id FROM runs WHERE experiment_id IN (SELECT experiment_id FROM experiments WHERE name = 'churn') AND metrics.auc > 0.9), unless there are more than 1000
--|   local: run_id IN (SELECT run_id FROM runs WHERE experiment_id IN (SELECT experiment_id FROM experiments WHERE name = 'churn') AND metrics.auc > 0.9) (holds a subquery)
--|   columns: run_id, experiment_id, key, value
--|   reads: every page, 1000 a page
--| local: SELECT key, value FROM scan_3 AS "run_params" WHERE run_id IN (SELECT run_id FROM scan_2 AS "runs" WHERE experiment_id IN (SELECT experiment_id FROM scan_1 AS "experiments" WHERE name = 'churn') AND metrics.auc > 0.9)

-- The maximum by a subquery
SELECT run_id FROM runs WHERE metrics.auc = (SELECT max(metrics.auc) FROM runs)
--| scan_3: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   columns: run_id, metrics
--|   reads: every page, 1000 a page
--| scan_2: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   local: metrics.auc = (SELECT MAX(metrics.auc) FROM runs) (holds a subquery)
--|   columns: run_id, metrics
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_2 AS "runs" WHERE metrics.auc = (SELECT max(metrics.auc) FROM scan_1 AS "runs")

-- A recursive CTE: runs below a run
WITH RECURSIVE t AS (SELECT run_id FROM runs WHERE run_id = 'abc' UNION ALL SELECT c.run_id FROM runs c JOIN t ON c.parent_run_id = t.run_id) SELECT * FROM t
--| scan_1: experiment_runs runs by get
--|   request: GET runs/get {"run_id":"abc"}
--|   pushed: run_id = 'abc'
--|   columns: run_id
--|   reads: one answer
--| scan_3: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_2: experiment_runs c by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   local: c.parent_run_id = t.run_id (compares two tables)
--|   columns: run_id, parent_run_id
--|   reads: every page, 1000 a page
--| local: WITH RECURSIVE t AS (SELECT run_id FROM scan_1 AS "runs" WHERE run_id = 'abc' UNION ALL SELECT c.run_id FROM scan_2 c JOIN t ON c.parent_run_id = t.run_id) SELECT * FROM t

-- A disjunction of two subqueries stays local
SELECT run_id FROM runs WHERE experiment_id IN (SELECT experiment_id FROM experiments WHERE name = 'a') OR experiment_id = '2'
--| scan_1: experiments by get_by_name
--|   request: GET experiments/get-by-name {"experiment_name":"a"}
--|   pushed: name = 'a'
--|   columns: experiment_id, name
--|   reads: one answer
--| scan_3: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_2: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   local: experiment_id IN (SELECT experiment_id FROM experiments WHERE name = 'a') OR experiment_id = '2' (experiment_id: the server cannot filter by it)
--|   columns: run_id, experiment_id
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_2 AS "runs" WHERE experiment_id IN (SELECT experiment_id FROM scan_1 AS "experiments" WHERE name = 'a') OR experiment_id = '2'

-- Two feeds of one scan
SELECT run_id FROM runs WHERE experiment_id IN (SELECT experiment_id FROM experiments WHERE name = 'a') AND run_id IN (SELECT run_id FROM run_params WHERE key = 'lr' AND value = '0.1')
--| scan_1: experiments by get_by_name
--|   request: GET experiments/get-by-name {"experiment_name":"a"}
--|   pushed: name = 'a'
--|   columns: experiment_id, name
--|   reads: one answer
--| scan_4: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_2: run_params by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`lr` IS NOT NULL AND params.`lr` = '0.1'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_4 (experiment_id of experiments)
--|   pushed: key = 'lr'
--|   pushed: value = '0.1'
--|   local: key = 'lr' (the server returns a superset)
--|   local: value = '0.1' (the server returns a superset)
--|   columns: run_id, experiment_id, key, value
--|   reads: every page, 1000 a page
--| scan_3: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_1 (SELECT experiment_id FROM experiments WHERE name = 'a')
--|   keys: attributes.run_id IN (<run_id>, ...) from scan_2 (SELECT run_id FROM run_params WHERE key = 'lr' AND value = '0.1'), unless there are more than 1000
--|   pushed: experiment_id IN (SELECT experiment_id FROM experiments WHERE name = 'a')
--|   local: run_id IN (SELECT run_id FROM run_params WHERE key = 'lr' AND value = '0.1') (holds a subquery)
--|   columns: run_id, experiment_id
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_3 AS "runs" WHERE experiment_id IN (SELECT experiment_id FROM scan_1 AS "experiments" WHERE name = 'a') AND run_id IN (SELECT run_id FROM scan_2 AS "run_params" WHERE key = 'lr' AND value = '0.1')

-- The newest runs of an experiment by its name: the keys are all that the condition asks for
SELECT run_id FROM runs WHERE experiment_id = (SELECT experiment_id FROM experiments WHERE name = 'churn') ORDER BY start_time DESC LIMIT 10
--| scan_1: experiments by get_by_name
--|   request: GET experiments/get-by-name {"experiment_name":"churn"}
--|   pushed: name = 'churn'
--|   columns: experiment_id, name
--|   reads: one answer
--| scan_2: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time DESC"],"run_view_type":"ACTIVE_ONLY","max_results":10}
--|   keys: experiment_id from scan_1 (SELECT experiment_id FROM experiments WHERE name = 'churn')
--|   pushed: experiment_id = (SELECT experiment_id FROM experiments WHERE name = 'churn')
--|   columns: run_id, experiment_id, start_time
--|   reads: one page of 10, ordered by the server
--| local: SELECT run_id FROM scan_2 AS "runs" WHERE experiment_id = (SELECT experiment_id FROM scan_1 AS "experiments" WHERE name = 'churn') ORDER BY start_time DESC LIMIT 10

-- The same by IN
SELECT run_id FROM runs WHERE experiment_id IN (SELECT experiment_id FROM experiments WHERE tags.team = 'vision') LIMIT 10
--| scan_1: experiments by search
--|   request: POST experiments/search {"filter":"tags.`team` = 'vision'","order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ACTIVE_ONLY","max_results":1000}
--|   pushed: tags.team = 'vision'
--|   columns: experiment_id, tags
--|   reads: every page, 1000 a page
--| scan_2: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time DESC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":10}
--|   keys: experiment_id from scan_1 (SELECT experiment_id FROM experiments WHERE tags.team = 'vision')
--|   pushed: experiment_id IN (SELECT experiment_id FROM experiments WHERE tags.team = 'vision')
--|   columns: run_id, experiment_id, tags
--|   reads: one page of 10
--| local: SELECT run_id FROM scan_2 AS "runs" WHERE experiment_id IN (SELECT experiment_id FROM scan_1 AS "experiments" WHERE tags.team = 'vision') LIMIT 10

-- A subquery over numbers never feeds: ids are sent as texts
SELECT run_id FROM runs WHERE experiment_id IN (SELECT step FROM run_metrics)
--| scan_3: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: run_metrics by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   columns: run_id, experiment_id, step
--|   reads: every page, 1000 a page
--| scan_2: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   local: experiment_id IN (SELECT step FROM run_metrics) (holds a subquery)
--|   columns: run_id, experiment_id
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_2 AS "runs" WHERE experiment_id IN (SELECT step FROM scan_1 AS "run_metrics")

-- A subquery over a tag feeds, but for values that are no ids
SELECT run_id FROM runs WHERE run_id IN (SELECT tags.best FROM experiments WHERE tags.team = 'vision')
--| scan_1: experiments by search
--|   request: POST experiments/search {"filter":"tags.`team` = 'vision'","order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ACTIVE_ONLY","max_results":1000}
--|   pushed: tags.team = 'vision'
--|   columns: tags
--|   reads: every page, 1000 a page
--| scan_3: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_2: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   keys: attributes.run_id IN (<run_id>, ...) from scan_1 (SELECT tags.best FROM experiments WHERE tags.team = 'vision'), unless there are more than 1000
--|   local: run_id IN (SELECT tags.best FROM experiments WHERE tags.team = 'vision') (holds a subquery)
--|   columns: run_id, tags
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_2 AS "runs" WHERE run_id IN (SELECT tags.best FROM scan_1 AS "experiments" WHERE tags.team = 'vision')

-- A view is a derived table with a name
SELECT run_id, auc FROM (SELECT run_id, start_time, metrics.auc AS auc, status FROM runs WHERE status = 'FINISHED') AS finished WHERE auc > 0.9 ORDER BY start_time DESC LIMIT 5
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"metrics.`auc` > 0.9 AND attributes.status = 'FINISHED'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: auc > 0.9
--|   pushed: status = 'FINISHED'
--|   columns: run_id, status, start_time, metrics
--|   reads: every page, 1000 a page
--| local: SELECT run_id, auc FROM (SELECT run_id, start_time, metrics.auc AS auc, status FROM scan_1 AS "runs" WHERE status = 'FINISHED') AS finished WHERE auc > 0.9 ORDER BY start_time DESC LIMIT 5
