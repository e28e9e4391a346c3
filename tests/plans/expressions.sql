-- MLflow's own search expression: sent as it stands, behind what we send ourselves.

-- Beside conditions of ours
SELECT run_id FROM runs WHERE filter = 'metrics.auc > 0.8 and tags.team = ''x''' AND status = 'FINISHED' LIMIT 3
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.status = 'FINISHED' AND metrics.auc > 0.8 and tags.team = 'x'","order_by":["attributes.start_time DESC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":3}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: status = 'FINISHED'
--|   pushed: filter = 'metrics.auc > 0.8 and tags.team = ''x'''
--|   columns: run_id, status
--|   reads: one page of 3
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE CAST('metrics.auc > 0.8 and tags.team = ''x''' AS TEXT) = 'metrics.auc > 0.8 and tags.team = ''x''' AND status = 'FINISHED' LIMIT 3

-- In each search of an OR
SELECT run_id FROM runs WHERE filter = 'metrics.auc > 0.8' AND (params.lr = '1' OR params.lr = '2')
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`lr` = '1' AND metrics.auc > 0.8","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`lr` = '2' AND metrics.auc > 0.8","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   union: 2 searches side by side, each row once
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: params.lr = '1' OR params.lr = '2'
--|   pushed: filter = 'metrics.auc > 0.8'
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE CAST('metrics.auc > 0.8' AS TEXT) = 'metrics.auc > 0.8' AND (params.lr = '1' OR params.lr = '2')

-- By a bound parameter, and named in the select list
-- params: {"f": "metrics.auc > 0.8"}
SELECT run_id, r.filter FROM runs r WHERE r.filter = $f
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"metrics.auc > 0.8","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: filter = 'metrics.auc > 0.8'
--|   columns: run_id
--|   reads: every page, 1000 a page
--| local: SELECT run_id, CAST('metrics.auc > 0.8' AS TEXT) AS "filter" FROM scan_1 r WHERE CAST('metrics.auc > 0.8' AS TEXT) = $f

-- With a run's id: a search, since runs/get takes no filter
SELECT status FROM runs WHERE run_id = 'abc' AND filter = 'metrics.auc > 0.8'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.run_id = 'abc' AND metrics.auc > 0.8","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: run_id = 'abc'
--|   pushed: filter = 'metrics.auc > 0.8'
--|   columns: run_id, status
--|   reads: every page, 1000 a page
--| local: SELECT status FROM scan_1 AS "runs" WHERE run_id = 'abc' AND CAST('metrics.auc > 0.8' AS TEXT) = 'metrics.auc > 0.8'

-- It is sent without pushdown too
-- pushdown: off
SELECT run_id FROM runs WHERE filter = 'metrics.auc > 0.8' AND status = 'FINISHED'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"metrics.auc > 0.8","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: filter = 'metrics.auc > 0.8'
--|   local: TRUE (pushdown is off)
--|   local: status = 'FINISHED' (pushdown is off)
--|   columns: run_id, status
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE CAST('metrics.auc > 0.8' AS TEXT) = 'metrics.auc > 0.8' AND status = 'FINISHED'

-- In the ON of a left join
SELECT e.name, r.run_id FROM experiments e LEFT JOIN runs r ON r.experiment_id = e.experiment_id AND r.filter = 'metrics.auc > 0.8'
--| scan_1: experiments e by search
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ACTIVE_ONLY","max_results":1000}
--|   columns: experiment_id, name
--|   reads: every page, 1000 a page
--| scan_3: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_2: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"metrics.auc > 0.8","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   pushed: filter = 'metrics.auc > 0.8'
--|   local: r.experiment_id = e.experiment_id (compares two tables)
--|   columns: run_id, experiment_id
--|   reads: every page, 1000 a page
--| local: SELECT e.name, r.run_id FROM scan_1 e LEFT JOIN scan_2 r ON r.experiment_id = e.experiment_id AND CAST('metrics.auc > 0.8' AS TEXT) = 'metrics.auc > 0.8'

-- It feeds another table
SELECT m.key, m.value FROM runs r JOIN run_metrics m USING (run_id) WHERE r.filter = 'metrics.auc > 0.8'
--| scan_3: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"metrics.auc > 0.8","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   pushed: filter = 'metrics.auc > 0.8'
--|   columns: run_id
--|   reads: every page, 1000 a page
--| scan_2: run_metrics m by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   keys: attributes.run_id IN (<run_id>, ...) from scan_1 (run_id of experiment_runs), unless there are more than 1000
--|   columns: run_id, key, value
--|   reads: every page, 1000 a page
--| local: SELECT m.key, m.value FROM scan_1 r JOIN scan_2 m USING (run_id) WHERE CAST('metrics.auc > 0.8' AS TEXT) = 'metrics.auc > 0.8'

-- Not by itself: an error
SELECT run_id FROM runs WHERE filter = 'metrics.auc > 0.8' OR status = 'FAILED'
--| StatementError: filter = '...' must stand by itself, joined to other conditions by AND (line 1, column 31)
--| Hint: it is sent to the server as it stands: WHERE filter = 'metrics.auc > 0.8' AND (...); what else is to be compared is for SQL: metrics.auc > 0.8 OR ...
