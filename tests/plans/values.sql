-- The long table of metrics, params and tags.

-- Everything
SELECT * FROM run_values
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: run_values by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, experiment_id, kind, key, value, number, step, timestamp, run_name, status, start_time, lifecycle_stage
--|   reads: every page, 1000 a page
--| local: SELECT * FROM scan_1 AS "run_values"

-- One kind and key, and the value of it
SELECT run_id, value FROM run_values WHERE kind = 'param' AND key = 'lr' AND value = '0.1'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: run_values by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`lr` IS NOT NULL AND params.`lr` = '0.1'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: kind = 'param'
--|   pushed: key = 'lr'
--|   pushed: value = '0.1'
--|   local: key = 'lr' (the server returns a superset)
--|   local: value = '0.1' (the server returns a superset)
--|   columns: run_id, kind, key, value
--|   reads: every page, 1000 a page
--| local: SELECT run_id, value FROM scan_1 AS "run_values" WHERE kind = 'param' AND key = 'lr' AND value = '0.1'

-- A metric's number
SELECT run_id, number FROM run_values WHERE kind = 'metric' AND key = 'auc' AND number > 0.9
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: run_values by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"metrics.`auc` > 0.9","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: kind = 'metric'
--|   pushed: number > 0.9
--|   local: key = 'auc' (whether it is there takes two searches)
--|   local: number > 0.9 (the server returns a superset)
--|   columns: run_id, kind, key, number
--|   reads: every page, 1000 a page
--| local: SELECT run_id, number FROM scan_1 AS "run_values" WHERE kind = 'metric' AND key = 'auc' AND number > 0.9

-- Two kinds: the lists that are read are known, a key alone cannot be said
SELECT run_id, key, value FROM run_values WHERE kind <> 'tag' AND key = 'lr'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: run_values by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: kind <> 'tag'
--|   local: key = 'lr' (needs one kind to go with it)
--|   columns: run_id, kind, key, value
--|   reads: every page, 1000 a page
--| local: SELECT run_id, key, value FROM scan_1 AS "run_values" WHERE kind <> 'tag' AND key = 'lr'

-- Attributes of the run, and its stage
SELECT run_id, key, value FROM run_values WHERE status = 'FAILED' AND run_name LIKE 'a%' AND lifecycle_stage = 'deleted'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: run_values by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.status = 'FAILED' AND tags.`mlflow.runName` LIKE 'a%'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"DELETED_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: status = 'FAILED'
--|   pushed: run_name LIKE 'a%'
--|   pushed: lifecycle_stage = 'deleted'
--|   columns: run_id, key, value, run_name, status, lifecycle_stage
--|   reads: every page, 1000 a page
--| local: SELECT run_id, key, value FROM scan_1 AS "run_values" WHERE status = 'FAILED' AND run_name LIKE 'a%' AND lifecycle_stage = 'deleted'

-- One run
SELECT kind, key, value FROM run_values WHERE run_id = 'abc'
--| scan_1: run_values by get
--|   request: GET runs/get {"run_id":"abc"}
--|   pushed: run_id = 'abc'
--|   columns: run_id, kind, key, value
--|   reads: one answer
--| local: SELECT kind, key, value FROM scan_1 AS "run_values" WHERE run_id = 'abc'

-- No such kind
SELECT key FROM run_values WHERE kind = 'model'
--| scan_1: run_values by search
--|   no request: the conditions can hold for no row
--|   pushed: kind = 'model'
--| local: SELECT key FROM scan_1 AS "run_values" WHERE kind = 'model'
