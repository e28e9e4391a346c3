-- Where required keys come from, and the long tables, whose rows are the elements of a run's lists.

-- Params of all runs
SELECT * FROM run_params
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: run_params by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, experiment_id, key, value
--|   reads: every page, 1000 a page
--| local: SELECT * FROM scan_1 AS "run_params"

-- One param of all runs
SELECT run_id, value FROM run_params WHERE key = 'lr'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: run_params by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`lr` IS NOT NULL","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: key = 'lr'
--|   local: key = 'lr' (the server returns a superset)
--|   columns: run_id, key, value
--|   reads: every page, 1000 a page
--| local: SELECT run_id, value FROM scan_1 AS "run_params" WHERE key = 'lr'

-- One param with one value
SELECT run_id FROM run_params WHERE key = 'lr' AND value = '0.1'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: run_params by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`lr` IS NOT NULL AND params.`lr` = '0.1'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: key = 'lr'
--|   pushed: value = '0.1'
--|   local: key = 'lr' (the server returns a superset)
--|   local: value = '0.1' (the server returns a superset)
--|   columns: run_id, key, value
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "run_params" WHERE key = 'lr' AND value = '0.1'

-- A value without its key
SELECT run_id FROM run_params WHERE value = '0.1'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: run_params by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: value = '0.1' (needs one key to go with it)
--|   columns: run_id, value
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "run_params" WHERE value = '0.1'

-- Some keys
SELECT run_id FROM run_params WHERE key IN ('lr', 'depth')
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: run_params by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: key IN ('lr', 'depth') (the server cannot search among keys)
--|   columns: run_id, key
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "run_params" WHERE key IN ('lr', 'depth')

-- Pairs of key and value
SELECT run_id FROM run_params WHERE (key = 'lr' AND value = '0.1') OR (key = 'depth' AND value = '3')
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: run_params by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`lr` IS NOT NULL AND params.`lr` = '0.1'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`depth` IS NOT NULL AND params.`depth` = '3'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   union: 2 searches side by side, each row once
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: (key = 'lr' AND value = '0.1') OR (key = 'depth' AND value = '3')
--|   local: (key = 'lr' AND value = '0.1') OR (key = 'depth' AND value = '3') (the server returns a superset)
--|   columns: run_id, key, value
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "run_params" WHERE (key = 'lr' AND value = '0.1') OR (key = 'depth' AND value = '3')

-- A key in a pattern
SELECT run_id FROM run_params WHERE key LIKE 'opt_%'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: run_params by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: key LIKE 'opt_%' (the server cannot search among keys)
--|   columns: run_id, key
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "run_params" WHERE key LIKE 'opt_%'

-- Two keys at once hold for no row
SELECT run_id FROM run_params WHERE key = 'lr' AND key = 'depth' AND value = '1'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: run_params by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`lr` IS NOT NULL AND params.`depth` IS NOT NULL AND params.`lr` = '1'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: key = 'lr'
--|   pushed: key = 'depth'
--|   pushed: value = '1'
--|   local: key = 'lr' (the server returns a superset)
--|   local: key = 'depth' (the server returns a superset)
--|   local: value = '1' (the server returns a superset)
--|   columns: run_id, key, value
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "run_params" WHERE key = 'lr' AND key = 'depth' AND value = '1'

-- Tags of one experiment's runs
SELECT run_id, value FROM run_tags WHERE key = 'mlflow.note.content' AND experiment_id = '7'
--| scan_1: run_tags by search
--|   request: POST runs/search {"experiment_ids":["7"],"filter":"tags.`mlflow.note.content` IS NOT NULL","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   pushed: key = 'mlflow.note.content'
--|   pushed: experiment_id = '7'
--|   local: key = 'mlflow.note.content' (the server returns a superset)
--|   columns: run_id, experiment_id, key, value
--|   reads: every page, 1000 a page
--| local: SELECT run_id, value FROM scan_1 AS "run_tags" WHERE key = 'mlflow.note.content' AND experiment_id = '7'

-- Metrics: whether one is there takes two searches
SELECT run_id, value FROM run_metrics WHERE key = 'auc'
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
--|   reads: every page, 1000 a page
--| local: SELECT run_id, value FROM scan_1 AS "run_metrics" WHERE key = 'auc'

-- Metrics by key and value
SELECT run_id, value FROM run_metrics WHERE key = 'auc' AND value > 0.9
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: run_metrics by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"metrics.`auc` > 0.9","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: value > 0.9
--|   local: key = 'auc' (whether it is there takes two searches)
--|   local: value > 0.9 (the server returns a superset)
--|   columns: run_id, key, value
--|   reads: every page, 1000 a page
--| local: SELECT run_id, value FROM scan_1 AS "run_metrics" WHERE key = 'auc' AND value > 0.9

-- Metrics by key and value, the step local
SELECT run_id, value FROM run_metrics WHERE key = 'auc' AND value > 0.9 AND step >= 100
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: run_metrics by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"metrics.`auc` > 0.9","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: value > 0.9
--|   local: key = 'auc' (whether it is there takes two searches)
--|   local: value > 0.9 (the server returns a superset)
--|   local: step >= 100 (the server cannot filter by it)
--|   columns: run_id, key, value, step
--|   reads: every page, 1000 a page
--| local: SELECT run_id, value FROM scan_1 AS "run_metrics" WHERE key = 'auc' AND value > 0.9 AND step >= 100

-- Everything about one run
SELECT key, value FROM run_params WHERE run_id = 'abc'
--| scan_1: run_params by get
--|   request: GET runs/get {"run_id":"abc"}
--|   pushed: run_id = 'abc'
--|   columns: run_id, key, value
--|   reads: one answer
--| local: SELECT key, value FROM scan_1 AS "run_params" WHERE run_id = 'abc'

-- Some runs
SELECT key, value FROM run_params WHERE run_id IN ('abc', 'def') AND key = 'lr'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: run_params by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.run_id IN ('abc', 'def') AND params.`lr` IS NOT NULL","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: run_id IN ('abc', 'def')
--|   pushed: key = 'lr'
--|   local: key = 'lr' (the server returns a superset)
--|   columns: run_id, key, value
--|   reads: every page, 1000 a page
--| local: SELECT key, value FROM scan_1 AS "run_params" WHERE run_id IN ('abc', 'def') AND key = 'lr'

-- Old server: a param is there
-- capabilities: all -null_predicates
SELECT run_id, value FROM run_params WHERE key = 'lr'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: run_params by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`lr` LIKE '%'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: key = 'lr'
--|   local: key = 'lr' (the server returns a superset)
--|   columns: run_id, key, value
--|   reads: every page, 1000 a page
--| local: SELECT run_id, value FROM scan_1 AS "run_params" WHERE key = 'lr'
