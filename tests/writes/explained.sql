-- An experiment
INSERT INTO experiments (name, tags) VALUES ('a', {'k': 'it''s'})
--| local: SELECT 0 AS mlflow_sql_action, "name" AS mlflow_sql_new_0_0, "tags" AS mlflow_sql_new_0_1 FROM (VALUES ('a', {'k': 'it''s'})) AS source("name", "tags")
--| write: POST experiments/create {"name":"a","tags":[{"key":"k","value":"it's"}]}
--| total: 1 write call, none of them sent

-- A run with all that it needs
INSERT INTO runs (experiment_id, run_name, metrics, params, status) VALUES ('1', 'a', MAP{'loss': 0.5}, {'lr': 0.1}, 'FINISHED')
--| local: SELECT 0 AS mlflow_sql_action, "experiment_id" AS mlflow_sql_new_0_0, "run_name" AS mlflow_sql_new_0_1, "metrics" AS mlflow_sql_new_0_2, "params" AS mlflow_sql_new_0_3, "status" AS mlflow_sql_new_0_4 FROM (VALUES ('1', 'a', MAP {'loss': 0.5}, {'lr': 0.1}, 'FINISHED')) AS source("experiment_id", "run_name", "metrics", "params", "status")
--| write: POST runs/create {"experiment_id":"1","run_name":"a","start_time":<now>,"tags":[{"key":"mlflow_sql.request_id","value":"<mark>"}]}
--| write: POST runs/log-batch {"run_id":"<run_id>","params":[{"key":"lr","value":"0.1"}],"metrics":[{"key":"loss","value":0.5,"timestamp":<now>,"step":0}]}
--| write: POST runs/update {"run_id":"<run_id>","status":"FINISHED"}
--| total: 3 write calls, none of them sent

-- Tags of runs that a condition selects
INSERT INTO run_tags (run_id, key, value) SELECT run_id, 'stage', 'prod' FROM runs WHERE metrics.loss > 0
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"metrics.`loss` > 0","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: metrics.loss > 0
--|   columns: run_id, metrics
--|   reads: every page, 1000 a page
--| local: SELECT 0 AS mlflow_sql_action, "run_id" AS mlflow_sql_new_0_0, "key" AS mlflow_sql_new_0_1, "value" AS mlflow_sql_new_0_2 FROM (SELECT run_id, 'stage', 'prod' FROM scan_1 AS "runs" WHERE metrics.loss > 0) AS source("run_id", "key", "value")
--| write: POST runs/log-batch {"run_id":"run0001","tags":[{"key":"stage","value":"prod"}]}
--| write: POST runs/log-batch {"run_id":"run0002","tags":[{"key":"stage","value":"prod"}]}
--| total: 2 write calls, none of them sent

-- An update
UPDATE runs SET status = 'KILLED', tags['why'] = params.lr WHERE experiment_id = '1' AND status = 'FINISHED'
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["1"],"filter":"attributes.status = 'FINISHED'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   pushed: experiment_id = '1'
--|   pushed: status = 'FINISHED'
--|   columns: run_id, experiment_id, status, params, tags
--|   reads: every page, 1000 a page
--| local: SELECT "runs"."run_id" AS mlflow_sql_old_0, "runs"."status" AS mlflow_sql_old_1, "runs"."tags" AS mlflow_sql_old_2, 0 AS mlflow_sql_action, 'KILLED' AS mlflow_sql_new_0_0, params.lr AS mlflow_sql_new_0_1 FROM scan_1 AS "runs" WHERE (experiment_id = '1' AND status = 'FINISHED')
--| write: POST runs/update {"run_id":"run0001","status":"KILLED"}
--| write: POST runs/log-batch {"run_id":"run0001","tags":[{"key":"why","value":"0.1"}]}
--| total: 2 write calls, none of them sent

-- A deletion
DELETE FROM runs WHERE experiment_id = '2'
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["2"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   pushed: experiment_id = '2'
--|   columns: run_id, experiment_id
--|   reads: every page, 1000 a page
--| local: SELECT "runs"."run_id" AS mlflow_sql_old_0, 0 AS mlflow_sql_action FROM scan_1 AS "runs" WHERE (experiment_id = '2')
--| write: POST runs/delete {"run_id":"run0000"}
--| total: 1 write call, none of them sent

-- A merge
MERGE INTO runs USING (VALUES ('name 1', 'x'), ('name 9', 'y')) AS s(n, v) ON runs.experiment_id = '1' AND runs.run_name = s.n WHEN MATCHED THEN UPDATE SET tags['v'] = s.v WHEN NOT MATCHED THEN INSERT (experiment_id, run_name) VALUES ('1', s.n)
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["1"],"filter":"tags.`mlflow.runName` = 'name 1'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["1"],"filter":"tags.`mlflow.runName` = 'name 9'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   union: 2 searches side by side, each row once
--|   pushed: runs.experiment_id = '1'
--|   pushed: "runs"."run_name" IN ('name 1', 'name 9')
--|   local: runs.run_name = s.n (compares two tables)
--|   columns: run_id, experiment_id, run_name, lifecycle_stage, tags
--|   reads: every page, 1000 a page
--| local: SELECT "runs"."run_id" AS mlflow_sql_old_0, "runs"."tags" AS mlflow_sql_old_1, CASE WHEN "runs"."run_id" IS NOT NULL AND "s".mlflow_sql_here THEN 0 WHEN "runs"."run_id" IS NULL THEN 1 END AS mlflow_sql_action, CASE WHEN (CASE WHEN "runs"."run_id" IS NOT NULL AND "s".mlflow_sql_here THEN 0 WHEN "runs"."run_id" IS NULL THEN 1 END) = 0 THEN s.v END AS mlflow_sql_new_0_0, CASE WHEN (CASE WHEN "runs"."run_id" IS NOT NULL AND "s".mlflow_sql_here THEN 0 WHEN "runs"."run_id" IS NULL THEN 1 END) = 1 THEN '1' END AS mlflow_sql_new_1_0, CASE WHEN (CASE WHEN "runs"."run_id" IS NOT NULL AND "s".mlflow_sql_here THEN 0 WHEN "runs"."run_id" IS NULL THEN 1 END) = 1 THEN s.n END AS mlflow_sql_new_1_1 FROM (SELECT *, TRUE AS mlflow_sql_here FROM (VALUES ('name 1', 'x'), ('name 9', 'y')) AS s(n, v)) AS "s" LEFT JOIN (SELECT "run_id", "experiment_id", "run_name", "lifecycle_stage", "tags" FROM scan_1 AS "runs" WHERE ("runs"."run_name" IN ('name 1', 'name 9'))) AS "runs" ON runs.experiment_id = '1' AND runs.run_name = s.n
--| write: POST runs/log-batch {"run_id":"run0001","tags":[{"key":"v","value":"x"}]}
--| write: POST runs/create {"experiment_id":"1","run_name":"name 9","start_time":<now>,"tags":[{"key":"mlflow_sql.request_id","value":"<mark>"}]}
--| total: 2 write calls, none of them sent

-- A method that open-source servers lack
EXEC runs.delete_bulk @experiment_id = '1', @max_timestamp_millis = 1767225660000
--| scan_1: experiment_runs by search
--|   request: POST runs/search {"experiment_ids":["1"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   pushed: experiment_id = '1'
--|   local: start_time <= TO_TIMESTAMP(<now> / 1000.0) (is not a comparison of one column with a constant)
--|   columns: run_id, experiment_id, start_time
--|   reads: every page, 1000 a page; ORDER BY and LIMIT are local: conditions are checked first
--| local: SELECT run_id FROM scan_1 AS "experiment_runs" WHERE experiment_id = $experiment_id AND start_time <= to_timestamp($max_timestamp_millis / 1000.0) ORDER BY start_time LIMIT $max_runs
--| write: POST runs/set-tag {"run_id":"run0001","key":"mlflow_sql.deleted_at","value":"<now>"}
--| write: POST runs/delete {"run_id":"run0001"}
--| total: 2 write calls, none of them sent
