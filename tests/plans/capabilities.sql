-- Servers that can do less: what is not sent to them.

-- Before 3.11: IS NOT NULL as a pattern, IS NULL not at all
-- capabilities: all -null_predicates
SELECT run_id FROM runs WHERE params.a IS NOT NULL AND tags.b IS NULL
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` LIKE '%'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: NOT params.a IS NULL
--|   local: NOT params.a IS NULL (the server returns a superset)
--|   local: tags.b IS NULL (this server lacks null_predicates)
--|   columns: run_id, params, tags
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.a IS NOT NULL AND tags.b IS NULL

-- Before 3.11 on a file store: neither
-- capabilities: all -null_predicates -sql_store
SELECT run_id FROM runs WHERE params.a IS NOT NULL AND tags.b IS NULL
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: NOT params.a IS NULL (this server lacks sql_store)
--|   local: tags.b IS NULL (this server lacks null_predicates)
--|   columns: run_id, params, tags
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.a IS NOT NULL AND tags.b IS NULL

-- A file store: LIKE stops at line breaks, so it is not sent
-- capabilities: all -sql_store
SELECT run_id FROM runs WHERE params.a LIKE 'x%' AND params.b ILIKE 'x%' AND params.c = 'x'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`c` = 'x'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: params.c = 'x'
--|   local: params.a LIKE 'x%' (this server lacks sql_store)
--|   local: params.b ILIKE 'x%' (this server lacks sql_store)
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.a LIKE 'x%' AND params.b ILIKE 'x%' AND params.c = 'x'

-- Before 3.17: a comparison of a metric may return diverged runs, and an inequality may lose them
-- capabilities: all -nan_shielded
SELECT run_id FROM runs WHERE metrics.a > 0 AND metrics.b <> 0 AND metrics.c IN (0, 1)
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"metrics.`a` > 0 AND metrics.`c` = 0","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"metrics.`a` > 0 AND metrics.`c` = 1","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   union: 2 searches side by side, each row once
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: metrics.a > 0
--|   pushed: metrics.c IN (0, 1)
--|   local: metrics.a > 0 (the server returns a superset)
--|   local: metrics.b <> 0 (this server lacks nan_shielded)
--|   local: metrics.c IN (0, 1) (the server returns a superset)
--|   columns: run_id, metrics
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE metrics.a > 0 AND metrics.b <> 0 AND metrics.c IN (0, 1)

-- Azure ML: no filters on attributes, order only by start time
-- capabilities: all -attribute_filters -metric_order -null_predicates -sql_store -experiment_filters
SELECT run_id FROM runs WHERE status = 'FINISHED' AND start_time > '2026-01-01' AND params.a = '1' AND experiment_id = '3f2504e0-4f89-11d3-9a0c-0305e82c3301'
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["3f2504e0-4f89-11d3-9a0c-0305e82c3301"],"filter":"params.`a` = '1'","run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   pushed: params.a = '1'
--|   pushed: experiment_id = '3f2504e0-4f89-11d3-9a0c-0305e82c3301'
--|   local: status = 'FINISHED' (this server lacks attribute_filters)
--|   local: start_time > '2026-01-01' (this server lacks attribute_filters)
--|   columns: run_id, experiment_id, status, start_time, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE status = 'FINISHED' AND start_time > '2026-01-01' AND params.a = '1' AND experiment_id = '3f2504e0-4f89-11d3-9a0c-0305e82c3301'

-- Azure ML: the newest
-- capabilities: all -attribute_filters -metric_order -null_predicates -sql_store -experiment_filters
SELECT run_id FROM runs WHERE params.a = '1' ORDER BY start_time DESC LIMIT 3
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '1'","order_by":["attributes.start_time DESC"],"run_view_type":"ACTIVE_ONLY","max_results":3}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: params.a = '1'
--|   columns: run_id, start_time, params
--|   reads: one page of 3, ordered by the server
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.a = '1' ORDER BY start_time DESC LIMIT 3

-- Azure ML: the best by a metric is found locally
-- capabilities: all -attribute_filters -metric_order -null_predicates -sql_store -experiment_filters
SELECT run_id FROM runs WHERE params.a = '1' ORDER BY metrics.auc DESC LIMIT 3
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '1'","run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: params.a = '1'
--|   columns: run_id, metrics, params
--|   reads: every page, 1000 a page; ORDER BY and LIMIT are local: the server cannot order so
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.a = '1' ORDER BY metrics.auc DESC LIMIT 3

-- Azure ML: a limit alone
-- capabilities: all -attribute_filters -metric_order -null_predicates -sql_store -experiment_filters
SELECT run_id FROM runs LIMIT 3
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id
--|   reads: until LIMIT is reached, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" LIMIT 3

-- Azure ML: one run by its id is still one request
-- capabilities: all -attribute_filters -metric_order -null_predicates -sql_store -experiment_filters
SELECT run_id FROM runs WHERE run_id = 'abc'
--| scan_1: experiment_runs runs by get
--|   request: GET runs/get {"run_id":"abc"}
--|   pushed: run_id = 'abc'
--|   columns: run_id
--|   reads: one answer
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE run_id = 'abc'

-- Azure ML: an experiment by its name is still one request
-- capabilities: all -attribute_filters -metric_order -null_predicates -sql_store -experiment_filters
SELECT run_id FROM runs r JOIN experiments e USING (experiment_id) WHERE e.name = 'churn'
--| scan_2: experiments e by get_by_name
--|   request: GET experiments/get-by-name {"experiment_name":"churn"}
--|   pushed: e.name = 'churn'
--|   columns: experiment_id, name
--|   reads: one answer
--| scan_1: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments where e.name = 'churn')
--|   columns: run_id, experiment_id
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 r JOIN scan_2 e USING (experiment_id) WHERE e.name = 'churn'

-- Before 2.4: datasets are filtered locally
-- capabilities: all -dataset_filters
SELECT run_id FROM run_inputs WHERE name = 'mnist'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: run_inputs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: name = 'mnist' (this server lacks dataset_filters)
--|   columns: run_id, name
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "run_inputs" WHERE name = 'mnist'

-- Before 3.17: a list of experiment ids is one search each
-- capabilities: all -experiment_id_lists
SELECT name FROM experiments WHERE experiment_id IN ('1', '2')
--| scan_1: experiments by search
--|   request: POST experiments/search {"filter":"experiment_id = '1'","order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST experiments/search {"filter":"experiment_id = '2'","order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ACTIVE_ONLY","max_results":1000}
--|   union: 2 searches side by side, each row once
--|   pushed: experiment_id IN ('1', '2')
--|   columns: experiment_id, name
--|   reads: every page, 1000 a page
--| local: SELECT name FROM scan_1 AS "experiments" WHERE experiment_id IN ('1', '2')

-- Before 3.10: tags of experiments that are not there are found locally
-- capabilities: all -experiment_tag_null
SELECT name FROM experiments WHERE tags.done IS NULL
--| scan_1: experiments by search
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ACTIVE_ONLY","max_results":1000}
--|   local: tags.done IS NULL (this server lacks experiment_tag_null)
--|   columns: name, tags
--|   reads: every page, 1000 a page
--| local: SELECT name FROM scan_1 AS "experiments" WHERE tags.done IS NULL

-- A server that tells nothing
-- capabilities: all -attribute_filters -dataset_filters -experiment_filters -experiment_id_lists -experiment_tag_null -history_bulk -long_id_lists -metric_order -nan_shielded -null_predicates -offset_tokens -sql_store -start_time_order
SELECT r.run_id FROM runs r JOIN experiments e USING (experiment_id) WHERE e.name LIKE 'churn%' AND r.params.a = '1' AND r.status = 'FINISHED' AND r.metrics.auc > 0.5 ORDER BY r.start_time DESC LIMIT 5
--| scan_2: experiments e by search
--|   request: POST experiments/search {"view_type":"ACTIVE_ONLY","max_results":1000}
--|   local: e.name LIKE 'churn%' (this server lacks experiment_filters)
--|   columns: experiment_id, name
--|   reads: every page, 1000 a page; ORDER BY and LIMIT are local: tables are joined first
--| scan_1: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '1' AND metrics.`auc` > 0.5","run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments where e.name LIKE 'churn%')
--|   pushed: r.params.a = '1'
--|   pushed: r.metrics.auc > 0.5
--|   local: r.status = 'FINISHED' (this server lacks attribute_filters)
--|   local: r.metrics.auc > 0.5 (the server returns a superset)
--|   columns: run_id, experiment_id, status, start_time, metrics, params
--|   reads: every page, 1000 a page; ORDER BY and LIMIT are local: tables are joined first
--| local: SELECT r.run_id FROM scan_1 r JOIN scan_2 e USING (experiment_id) WHERE e.name LIKE 'churn%' AND r.params.a = '1' AND r.status = 'FINISHED' AND r.metrics.auc > 0.5 ORDER BY r.start_time DESC LIMIT 5
