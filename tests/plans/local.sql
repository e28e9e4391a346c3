-- What surrounds remote tables: other statements, other tables, names, comments and faults.

-- No remote table: DuckDB alone
SELECT 42
--| local: SELECT 42

-- CREATE TABLE AS
CREATE TABLE mine AS SELECT run_id, params FROM runs WHERE params.model = 'resnet'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`model` = 'resnet'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: params.model = 'resnet'
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: CREATE TABLE mine AS SELECT run_id, params FROM scan_1 AS "runs" WHERE params.model = 'resnet'

-- INSERT INTO a local table
INSERT INTO mine SELECT run_id FROM runs WHERE status = 'FAILED'
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
--| local: INSERT INTO mine SELECT run_id FROM scan_1 AS "runs" WHERE status = 'FAILED'

-- COPY to a file
COPY (SELECT run_id FROM runs WHERE status = 'FAILED') TO 'failed.parquet'
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
--| local: COPY (SELECT run_id FROM scan_1 AS "runs" WHERE status = 'FAILED') TO 'failed.parquet'

-- COPY a whole table
COPY runs TO 'runs.parquet'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, experiment_id, run_name, user_id, status, start_time, end_time, duration, artifact_uri, lifecycle_stage, parent_run_id, metrics, params, tags, inputs, outputs, run
--|   reads: every page, 1000 a page
--| local: COPY scan_1 TO 'runs.parquet'

-- FROM first
FROM runs WHERE status = 'FAILED'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.status = 'FAILED'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: status = 'FAILED'
--|   columns: run_id, experiment_id, run_name, user_id, status, start_time, end_time, duration, artifact_uri, lifecycle_stage, parent_run_id, metrics, params, tags, inputs, outputs, run
--|   reads: every page, 1000 a page
--| local: FROM scan_1 AS "runs" WHERE status = 'FAILED'

-- SUMMARIZE
SUMMARIZE runs
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, experiment_id, run_name, user_id, status, start_time, end_time, duration, artifact_uri, lifecycle_stage, parent_run_id, metrics, params, tags, inputs, outputs, run
--|   reads: every page, 1000 a page
--| local: SUMMARIZE scan_1

-- PIVOT reads every column
PIVOT runs ON status USING count(*)
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, experiment_id, run_name, user_id, status, start_time, end_time, duration, artifact_uri, lifecycle_stage, parent_run_id, metrics, params, tags, inputs, outputs, run
--|   reads: every page, 1000 a page
--| local: PIVOT scan_1 ON status USING count(*)

-- A sample of the table is taken locally, by a name that still means the table
SELECT runs.run_id FROM runs TABLESAMPLE 10 ROWS WHERE runs.status = 'FAILED'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, experiment_id, run_name, user_id, status, start_time, end_time, duration, artifact_uri, lifecycle_stage, parent_run_id, metrics, params, tags, inputs, outputs, run
--|   reads: every page, 1000 a page
--| local: SELECT runs.run_id FROM scan_1 AS "runs" TABLESAMPLE 10 ROWS WHERE runs.status = 'FAILED'

-- Columns by a pattern
SELECT COLUMNS('.*_time') FROM runs
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, experiment_id, run_name, user_id, status, start_time, end_time, duration, artifact_uri, lifecycle_stage, parent_run_id, metrics, params, tags, inputs, outputs, run
--|   reads: every page, 1000 a page
--| local: SELECT COLUMNS('.*_time') FROM scan_1 AS "runs"

-- A star but for some
SELECT * EXCLUDE (run, inputs) FROM runs
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, experiment_id, run_name, user_id, status, start_time, end_time, duration, artifact_uri, lifecycle_stage, parent_run_id, metrics, params, tags, inputs, outputs, run
--|   reads: every page, 1000 a page
--| local: SELECT * EXCLUDE (run, inputs) FROM scan_1 AS "runs"

-- A whole row
SELECT r FROM runs r
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, experiment_id, run_name, user_id, status, start_time, end_time, duration, artifact_uri, lifecycle_stage, parent_run_id, metrics, params, tags, inputs, outputs, run
--|   reads: every page, 1000 a page
--| local: SELECT r FROM scan_1 r

-- Columns of one table by a star, of another by name
SELECT e.*, r.run_id FROM runs r JOIN experiments e USING (experiment_id)
--| scan_2: experiments e by search
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ACTIVE_ONLY","max_results":1000}
--|   columns: experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time, tags
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, experiment_id
--|   reads: every page, 1000 a page
--| local: SELECT e.*, r.run_id FROM scan_1 r JOIN scan_2 e USING (experiment_id)

-- A CTE hides a remote table
WITH runs AS (SELECT 1 AS run_id) SELECT * FROM runs
--| local: WITH runs AS (SELECT 1 AS run_id) SELECT * FROM runs

-- A schema of ours is never hidden
WITH runs AS (SELECT 1 AS run_id) SELECT * FROM tracking.runs
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, experiment_id, run_name, user_id, status, start_time, end_time, duration, artifact_uri, lifecycle_stage, parent_run_id, metrics, params, tags, inputs, outputs, run
--|   reads: every page, 1000 a page
--| local: WITH runs AS (SELECT 1 AS run_id) SELECT * FROM scan_1 AS "runs"

-- Comments, quotes and dollar quotes stay as they are
SELECT run_id /* runs */, 'runs', $$runs$$, "run_name" -- runs
FROM "runs" -- the table
WHERE params.a = 'FROM runs'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = 'FROM runs'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: params.a = 'FROM runs'
--|   columns: run_id, run_name, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id /* runs */, 'runs', $$runs$$, "run_name" -- runs
--|        FROM scan_1 AS "runs" -- the table
--|        WHERE params.a = 'FROM runs'

-- A table that is not there
SELECT * FROM tracking.rums
--| BindError: no table 'tracking.rums'; did you mean 'runs'?
--| Hint: SHOW TABLES lists the tables

-- A column that is not there
SELECT r.run_idd FROM runs r
--| BindError: no column 'run_idd' in experiment_runs (line 1, column 10); did you mean 'run_id' or 'run'?
--| Hint: DESCRIBE experiment_runs lists its columns

-- A statement that is no SQL
SELECT FROM WHERE
--| ParseError: cannot read the statement near 'WHERE': Expected table name but got 'WHERE' (line 1, column 17)

-- A quote that is not closed
SELECT 'abc FROM runs
--| ParseError: cannot read the statement: ' is not closed (line 1, column 8)

-- Two statements
SELECT 1; SELECT 2
--| ParseError: give one statement at a time

-- Reading all columns by a set operation
SELECT run_id FROM (SELECT * FROM runs UNION ALL BY NAME SELECT * FROM runs)
--| scan_3: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   columns: run_id, experiment_id, run_name, user_id, status, start_time, end_time, duration, artifact_uri, lifecycle_stage, parent_run_id, metrics, params, tags, inputs, outputs, run
--|   reads: every page, 1000 a page
--| scan_2: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   columns: run_id, experiment_id, run_name, user_id, status, start_time, end_time, duration, artifact_uri, lifecycle_stage, parent_run_id, metrics, params, tags, inputs, outputs, run
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM (SELECT * FROM scan_1 AS "runs" UNION ALL BY NAME SELECT * FROM scan_2 AS "runs")
