-- Joins with local tables: they are asked for their values first, and the scan asks for those only.

-- A table of ids
-- local: CREATE TABLE picked AS SELECT * FROM (VALUES ('a', 'x'), ('b', 'x'), ('c', 'y'), (NULL, 'x')) t(run_id, team)
SELECT r.run_name FROM picked p JOIN runs r ON r.run_id = p.run_id WHERE p.team = 'x'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.run_id IN ('a', 'b')","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: r.run_id IN ('a', 'b')
--|   local: p.team = 'x' (is not a comparison of one column with a constant)
--|   local: r.run_id = p.run_id (is not a comparison of one column with a constant)
--|   columns: run_id, run_name
--|   reads: every page, 1000 a page
--| local: SELECT r.run_name FROM picked p JOIN scan_1 r ON r.run_id = p.run_id WHERE p.team = 'x'

-- Histories of the runs in it, FROM first
-- local: CREATE TABLE picked AS SELECT unnest(['a', 'b']) AS run_id
FROM picked p JOIN metric_history h USING (run_id) WHERE h.key = 'loss'
--| scan_3: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_2: run_metrics by search, for keys
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.run_id IN ('a', 'b')","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   pushed: h.run_id IN ('a', 'b')
--|   local: h.key = 'loss' (whether it is there takes two searches)
--|   columns: run_id, key
--|   reads: every page, 1000 a page
--| scan_1: metric_history h by get_history_bulk
--|   request: GET /ajax-api/2.0/mlflow/metrics/get-history-bulk {"run_id":["<run_id>"],"metric_key":"<key>","max_results":25000}
--|   keys: run_id, key from scan_2 (run_id, key of run_metrics where h.key = 'loss')
--|   pushed: h.key = 'loss'
--|   local: h.run_id IN ('a', 'b') (the server has no filter here)
--|   columns: run_id, key, timestamp, step, value
--|   reads: every page, 25000 a page
--| local: FROM picked p JOIN scan_1 h USING (run_id) WHERE h.key = 'loss'

-- One value: one row by its key
-- local: CREATE TABLE picked AS SELECT 'churn' AS name
SELECT r.run_id FROM picked JOIN experiments e USING (name) JOIN runs r USING (experiment_id)
--| scan_1: experiments e by get_by_name
--|   request: GET experiments/get-by-name {"experiment_name":"churn"}
--|   pushed: e.name IN ('churn')
--|   columns: experiment_id, name
--|   reads: one answer
--| scan_2: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_1 (experiment_id of experiments)
--|   columns: run_id, experiment_id
--|   reads: every page, 1000 a page
--| local: SELECT r.run_id FROM picked JOIN scan_1 e USING (name) JOIN scan_2 r USING (experiment_id)

-- None: no request
-- local: CREATE TABLE picked (run_id VARCHAR)
SELECT count(*) FROM picked JOIN run_params USING (run_id)
--| scan_1: run_params by search
--|   no request: the conditions can hold for no row
--|   pushed: run_params.run_id IN (NULL)
--| local: SELECT count(*) FROM picked JOIN scan_1 AS "run_params" USING (run_id)

-- A left join: rows of the right side without a match are not wanted
-- local: CREATE TABLE picked AS SELECT * FROM (VALUES ('1', 'x'), ('2', 'y')) t(lr, team)
SELECT p.team, r.run_id FROM picked p LEFT JOIN runs r ON r.params.lr = p.lr AND p.team = 'x'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`lr` = '1'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: r.params.lr IN ('1')
--|   local: r.params.lr = p.lr (is not a comparison of one column with a constant)
--|   local: p.team = 'x' (is not a comparison of one column with a constant)
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT p.team, r.run_id FROM picked p LEFT JOIN scan_1 r ON r.params.lr = p.lr AND p.team = 'x'

-- The other way round every row is wanted
-- local: CREATE TABLE picked AS SELECT 'a' AS run_id
SELECT p.run_id, r.run_id FROM runs r LEFT JOIN picked p ON r.run_id = p.run_id
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id
--|   reads: every page, 1000 a page
--| local: SELECT p.run_id, r.run_id FROM scan_1 r LEFT JOIN picked p ON r.run_id = p.run_id

-- A list of constants, and a CTE
-- local: CREATE TABLE picked AS SELECT 'a' AS run_id
WITH p AS (SELECT run_id FROM picked) SELECT m.value FROM run_metrics m JOIN p USING (run_id), (VALUES ('auc')) v(k) WHERE m.key = v.k
--| scan_1: run_metrics m by get
--|   request: GET runs/get {"run_id":"a"}
--|   pushed: m.run_id IN ('a')
--|   local: m.key = v.k (is checked on what comes)
--|   local: m.key IN ('auc') (is checked on what comes)
--|   columns: run_id, key, value
--|   reads: one answer
--| local: WITH p AS (SELECT run_id FROM picked) SELECT m.value FROM scan_1 m JOIN p USING (run_id), (VALUES ('auc')) v(k) WHERE m.key = v.k

-- Numbers are compared as numbers, which the server does not do
-- local: CREATE TABLE picked AS SELECT 1 AS experiment_id
SELECT r.run_id FROM picked p JOIN runs r ON r.experiment_id = p.experiment_id
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: r.experiment_id = p.experiment_id (is not a comparison of one column with a constant)
--|   columns: run_id, experiment_id
--|   reads: every page, 1000 a page
--| local: SELECT r.run_id FROM picked p JOIN scan_1 r ON r.experiment_id = p.experiment_id

-- Rows that may be others next time
-- local: CREATE TABLE picked AS SELECT 'a' AS run_id
SELECT r.run_id FROM (SELECT run_id FROM picked LIMIT 1) p JOIN runs r USING (run_id)
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id
--|   reads: every page, 1000 a page
--| local: SELECT r.run_id FROM (SELECT run_id FROM picked LIMIT 1) p JOIN scan_1 r USING (run_id)

-- A collation by which more texts are equal
-- local: CREATE TABLE picked (run_name VARCHAR COLLATE nocase)
SELECT r.run_id FROM picked p JOIN runs r USING (run_name)
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, run_name
--|   reads: every page, 1000 a page
--| local: SELECT r.run_id FROM picked p JOIN scan_1 r USING (run_name)

-- A table that the statement itself changes
-- local: CREATE TABLE picked AS SELECT 'a' AS run_id
INSERT INTO picked SELECT r.parent_run_id FROM picked p JOIN runs r USING (run_id)
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, parent_run_id
--|   reads: every page, 1000 a page
--| local: INSERT INTO picked SELECT r.parent_run_id FROM picked p JOIN scan_1 r USING (run_id)
