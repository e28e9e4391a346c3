-- Joins: a scan that reads little says which rows of the others matter.

-- Runs of an experiment by its name
SELECT r.run_id FROM runs r JOIN experiments e ON r.experiment_id = e.experiment_id WHERE e.name = 'churn'
--| scan_2: experiments e by get_by_name
--|   request: GET experiments/get-by-name {"experiment_name":"churn"}
--|   pushed: e.name = 'churn'
--|   local: r.experiment_id = e.experiment_id (is checked on what comes)
--|   columns: experiment_id, name
--|   reads: one answer
--| scan_1: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments where e.name = 'churn')
--|   local: r.experiment_id = e.experiment_id (compares two tables)
--|   columns: run_id, experiment_id
--|   reads: every page, 1000 a page
--| local: SELECT r.run_id FROM scan_1 r JOIN scan_2 e ON r.experiment_id = e.experiment_id WHERE e.name = 'churn'

-- The same by USING, the other way round
SELECT r.run_id FROM experiments e JOIN runs r USING (experiment_id) WHERE e.name = 'churn' AND r.params.model = 'resnet'
--| scan_1: experiments e by get_by_name
--|   request: GET experiments/get-by-name {"experiment_name":"churn"}
--|   pushed: e.name = 'churn'
--|   columns: experiment_id, name
--|   reads: one answer
--| scan_2: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`model` = 'resnet'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_1 (experiment_id of experiments where e.name = 'churn')
--|   pushed: r.params.model = 'resnet'
--|   columns: run_id, experiment_id, params
--|   reads: every page, 1000 a page
--| local: SELECT r.run_id FROM scan_1 e JOIN scan_2 r USING (experiment_id) WHERE e.name = 'churn' AND r.params.model = 'resnet'

-- The same as a comma join
SELECT r.run_id FROM experiments e, runs r WHERE r.experiment_id = e.experiment_id AND e.name LIKE 'churn%'
--| scan_1: experiments e by search
--|   request: POST experiments/search {"filter":"name LIKE 'churn%'","order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ACTIVE_ONLY","max_results":1000}
--|   pushed: e.name LIKE 'churn%'
--|   local: r.experiment_id = e.experiment_id (compares two tables)
--|   columns: experiment_id, name
--|   reads: every page, 1000 a page
--| scan_2: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_1 (experiment_id of experiments where e.name LIKE 'churn%')
--|   local: r.experiment_id = e.experiment_id (compares two tables)
--|   columns: run_id, experiment_id
--|   reads: every page, 1000 a page
--| local: SELECT r.run_id FROM scan_1 e, scan_2 r WHERE r.experiment_id = e.experiment_id AND e.name LIKE 'churn%'

-- Runs of all experiments, with their names
SELECT e.name, count(*) FROM runs r JOIN experiments e USING (experiment_id) GROUP BY 1
--| scan_2: experiments e by search
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ACTIVE_ONLY","max_results":1000}
--|   columns: experiment_id, name
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| local: SELECT e.name, count(*) FROM scan_1 r JOIN scan_2 e USING (experiment_id) GROUP BY 1

-- Runs and their params: ids of the few feed the many
SELECT p.key, p.value FROM runs r JOIN run_params p USING (run_id) WHERE r.params.model = 'resnet'
--| scan_3: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`model` = 'resnet'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   pushed: r.params.model = 'resnet'
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| scan_2: run_params p by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   keys: attributes.run_id IN (<run_id>, ...) from scan_1 (run_id of experiment_runs where r.params.model = 'resnet'), unless there are more than 1000
--|   columns: run_id, key, value
--|   reads: every page, 1000 a page
--| local: SELECT p.key, p.value FROM scan_1 r JOIN scan_2 p USING (run_id) WHERE r.params.model = 'resnet'

-- Two scans of one table
SELECT a.run_id, b.run_id FROM runs a JOIN runs b ON a.run_id = b.parent_run_id WHERE a.run_name = 'sweep'
--| scan_3: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs a by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"tags.`mlflow.runName` = 'sweep'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   pushed: a.run_name = 'sweep'
--|   local: a.run_id = b.parent_run_id (compares two tables)
--|   columns: run_id, run_name
--|   reads: every page, 1000 a page
--| scan_2: experiment_runs b by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   local: a.run_id = b.parent_run_id (compares two tables)
--|   columns: run_id, parent_run_id
--|   reads: every page, 1000 a page
--| local: SELECT a.run_id, b.run_id FROM scan_1 a JOIN scan_2 b ON a.run_id = b.parent_run_id WHERE a.run_name = 'sweep'

-- A tag as a join key stays local
SELECT a.run_id FROM runs a JOIN runs b ON a.tags.parent = b.run_id WHERE b.run_name = 'sweep'
--| scan_3: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs a by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   local: a.tags.parent = b.run_id (compares two tables)
--|   columns: run_id, tags
--|   reads: every page, 1000 a page
--| scan_2: experiment_runs b by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"tags.`mlflow.runName` = 'sweep'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   pushed: b.run_name = 'sweep'
--|   local: a.tags.parent = b.run_id (compares two tables)
--|   columns: run_id, run_name, tags
--|   reads: every page, 1000 a page
--| local: SELECT a.run_id FROM scan_1 a JOIN scan_2 b ON a.tags.parent = b.run_id WHERE b.run_name = 'sweep'

-- A left join: the right side is not fed, a row of the left may have no match
SELECT e.name, r.run_id FROM experiments e LEFT JOIN runs r USING (experiment_id) WHERE e.name = 'churn'
--| scan_1: experiments e by get_by_name
--|   request: GET experiments/get-by-name {"experiment_name":"churn"}
--|   pushed: e.name = 'churn'
--|   columns: experiment_id, name
--|   reads: one answer
--| scan_3: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_2: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   columns: run_id, experiment_id
--|   reads: every page, 1000 a page
--| local: SELECT e.name, r.run_id FROM scan_1 e LEFT JOIN scan_2 r USING (experiment_id) WHERE e.name = 'churn'

-- A left join: conditions of ON narrow the right side alone
SELECT e.name, r.run_id FROM experiments e LEFT JOIN runs r ON e.experiment_id = r.experiment_id AND r.params.model = 'resnet' AND e.tags.team = 'vision'
--| scan_1: experiments e by search
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ACTIVE_ONLY","max_results":1000}
--|   columns: experiment_id, name, tags
--|   reads: every page, 1000 a page
--| scan_3: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_2: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`model` = 'resnet'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   pushed: r.params.model = 'resnet'
--|   local: e.experiment_id = r.experiment_id (compares two tables)
--|   columns: run_id, experiment_id, params, tags
--|   reads: every page, 1000 a page
--| local: SELECT e.name, r.run_id FROM scan_1 e LEFT JOIN scan_2 r ON e.experiment_id = r.experiment_id AND r.params.model = 'resnet' AND e.tags.team = 'vision'

-- A left join: a condition of WHERE that rejects NULL narrows the right side
SELECT e.name FROM experiments e LEFT JOIN runs r USING (experiment_id) WHERE r.params.model = 'resnet'
--| scan_1: experiments e by search
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ACTIVE_ONLY","max_results":1000}
--|   columns: experiment_id, name
--|   reads: every page, 1000 a page
--| scan_3: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_2: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`model` = 'resnet'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   pushed: r.params.model = 'resnet'
--|   columns: experiment_id, params
--|   reads: every page, 1000 a page
--| local: SELECT e.name FROM scan_1 e LEFT JOIN scan_2 r USING (experiment_id) WHERE r.params.model = 'resnet'

-- A left join: a condition of WHERE that takes NULL does not
SELECT e.name FROM experiments e LEFT JOIN runs r USING (experiment_id) WHERE r.params.model IS NULL
--| scan_1: experiments e by search
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ACTIVE_ONLY","max_results":1000}
--|   columns: experiment_id, name
--|   reads: every page, 1000 a page
--| scan_3: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_2: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   columns: experiment_id, params
--|   reads: every page, 1000 a page
--| local: SELECT e.name FROM scan_1 e LEFT JOIN scan_2 r USING (experiment_id) WHERE r.params.model IS NULL

-- A right join
SELECT e.name FROM runs r RIGHT JOIN experiments e USING (experiment_id) WHERE e.name = 'churn' AND r.params.model = 'resnet'
--| scan_3: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`model` = 'resnet'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   pushed: r.params.model = 'resnet'
--|   columns: experiment_id, params
--|   reads: every page, 1000 a page
--| scan_2: experiments e by get_by_name
--|   request: GET experiments/get-by-name {"experiment_name":"churn"}
--|   pushed: e.name = 'churn'
--|   columns: experiment_id, name
--|   reads: one answer
--| local: SELECT e.name FROM scan_1 r RIGHT JOIN scan_2 e USING (experiment_id) WHERE e.name = 'churn' AND r.params.model = 'resnet'

-- A full join: nothing of ON is told
SELECT e.name FROM runs r FULL JOIN experiments e ON r.experiment_id = e.experiment_id AND r.params.model = 'resnet'
--| scan_3: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   columns: experiment_id, params
--|   reads: every page, 1000 a page
--| scan_2: experiments e by search
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ACTIVE_ONLY","max_results":1000}
--|   columns: experiment_id, name
--|   reads: every page, 1000 a page
--| local: SELECT e.name FROM scan_1 r FULL JOIN scan_2 e ON r.experiment_id = e.experiment_id AND r.params.model = 'resnet'

-- A semi join
SELECT run_id FROM runs r SEMI JOIN experiments e ON r.experiment_id = e.experiment_id AND e.name = 'churn'
--| scan_2: experiments e by get_by_name
--|   request: GET experiments/get-by-name {"experiment_name":"churn"}
--|   pushed: e.name = 'churn'
--|   local: r.experiment_id = e.experiment_id (is checked on what comes)
--|   columns: experiment_id, name
--|   reads: one answer
--| scan_1: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: r.experiment_id = e.experiment_id (compares two tables)
--|   columns: run_id, experiment_id
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 r SEMI JOIN scan_2 e ON r.experiment_id = e.experiment_id AND e.name = 'churn'

-- An anti join never feeds
SELECT run_id FROM runs r ANTI JOIN experiments e ON r.experiment_id = e.experiment_id AND e.name = 'churn'
--| scan_3: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   columns: run_id, experiment_id
--|   reads: every page, 1000 a page
--| scan_2: experiments e by get_by_name
--|   request: GET experiments/get-by-name {"experiment_name":"churn"}
--|   pushed: e.name = 'churn'
--|   local: r.experiment_id = e.experiment_id (is checked on what comes)
--|   columns: experiment_id, name
--|   reads: one answer
--| local: SELECT run_id FROM scan_1 r ANTI JOIN scan_2 e ON r.experiment_id = e.experiment_id AND e.name = 'churn'

-- An ASOF join matches by order: nothing is left out
SELECT a.run_id, b.run_id FROM runs a ASOF JOIN runs b ON a.experiment_id = b.experiment_id AND a.start_time >= b.start_time WHERE b.params.model = 'resnet'
--| scan_3: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs a by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   columns: run_id, experiment_id, start_time, params
--|   reads: every page, 1000 a page
--| scan_2: experiment_runs b by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   columns: run_id, experiment_id, start_time, params
--|   reads: every page, 1000 a page
--| local: SELECT a.run_id, b.run_id FROM scan_1 a ASOF JOIN scan_2 b ON a.experiment_id = b.experiment_id AND a.start_time >= b.start_time WHERE b.params.model = 'resnet'

-- A positional join matches by place: nothing is left out
SELECT a.run_id FROM runs a POSITIONAL JOIN runs b WHERE b.params.model = 'resnet'
--| scan_3: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs a by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| scan_2: experiment_runs b by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   columns: params
--|   reads: every page, 1000 a page
--| local: SELECT a.run_id FROM scan_1 a POSITIONAL JOIN scan_2 b WHERE b.params.model = 'resnet'

-- A natural join reads every column
SELECT run_id FROM runs NATURAL JOIN run_params WHERE key = 'lr'
--| scan_3: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   columns: run_id, experiment_id, run_name, user_id, status, start_time, end_time, duration, artifact_uri, lifecycle_stage, parent_run_id, metrics, params, tags, inputs, outputs, run
--|   reads: every page, 1000 a page
--| scan_2: run_params by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`lr` IS NOT NULL","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   pushed: key = 'lr'
--|   local: key = 'lr' (the server returns a superset)
--|   columns: run_id, experiment_id, key, value
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" NATURAL JOIN scan_2 AS "run_params" WHERE key = 'lr'

-- A condition on either side stays local
SELECT r.run_id FROM runs r JOIN experiments e USING (experiment_id) WHERE r.params.a = '1' OR e.name = 'churn'
--| scan_2: experiments e by search
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ACTIVE_ONLY","max_results":1000}
--|   local: r.params.a = '1' OR e.name = 'churn' (is about another table)
--|   columns: experiment_id, name
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: r.params.a = '1' OR e.name = 'churn' (is about another table)
--|   columns: run_id, experiment_id, params
--|   reads: every page, 1000 a page
--| local: SELECT r.run_id FROM scan_1 r JOIN scan_2 e USING (experiment_id) WHERE r.params.a = '1' OR e.name = 'churn'

-- A condition for each side in a disjunction narrows both
SELECT r.run_id FROM runs r JOIN experiments e USING (experiment_id) WHERE (r.params.a = '1' AND e.name = 'x') OR (r.params.a = '2' AND e.name = 'y')
--| scan_2: experiments e by search
--|   request: POST experiments/search {"filter":"name = 'x'","order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST experiments/search {"filter":"name = 'y'","order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ACTIVE_ONLY","max_results":1000}
--|   union: 2 searches side by side, each row once
--|   pushed: (r.params.a = '1' AND e.name = 'x') OR (r.params.a = '2' AND e.name = 'y')
--|   local: (r.params.a = '1' AND e.name = 'x') OR (r.params.a = '2' AND e.name = 'y') (is about another table)
--|   columns: experiment_id, name
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '1'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '2'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   union: 2 searches side by side, each row once
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: (r.params.a = '1' AND e.name = 'x') OR (r.params.a = '2' AND e.name = 'y')
--|   local: (r.params.a = '1' AND e.name = 'x') OR (r.params.a = '2' AND e.name = 'y') (is about another table)
--|   columns: run_id, experiment_id, params
--|   reads: every page, 1000 a page
--| local: SELECT r.run_id FROM scan_1 r JOIN scan_2 e USING (experiment_id) WHERE (r.params.a = '1' AND e.name = 'x') OR (r.params.a = '2' AND e.name = 'y')

-- A join with a local table does not feed
SELECT r.run_id FROM runs r JOIN favourites f ON r.run_id = f.run_id
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: r.run_id = f.run_id (is not a comparison of one column with a constant)
--|   columns: run_id
--|   reads: every page, 1000 a page
--| local: SELECT r.run_id FROM scan_1 r JOIN favourites f ON r.run_id = f.run_id

-- A column of a merged USING
SELECT run_id FROM runs JOIN run_params USING (run_id) WHERE run_id = 'abc'
--| scan_1: experiment_runs runs by get
--|   request: GET runs/get {"run_id":"abc"}
--|   pushed: run_id = 'abc'
--|   columns: run_id
--|   reads: one answer
--| scan_3: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_2: run_params by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   keys: attributes.run_id IN (<run_id>, ...) from scan_1 (run_id of experiment_runs where run_id = 'abc'), unless there are more than 1000
--|   columns: run_id
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" JOIN scan_2 AS "run_params" USING (run_id) WHERE run_id = 'abc'

-- A lateral join
SELECT e.name, l.run_id FROM experiments e, LATERAL (SELECT run_id FROM runs r WHERE r.experiment_id = e.experiment_id ORDER BY start_time DESC LIMIT 1) l
--| scan_3: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   local: r.experiment_id = e.experiment_id (is not a comparison of one column with a constant)
--|   columns: run_id, experiment_id, start_time
--|   reads: every page, 1000 a page; ORDER BY and LIMIT are local: conditions are checked first
--| scan_2: experiments e by search
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ACTIVE_ONLY","max_results":1000}
--|   columns: experiment_id, name
--|   reads: every page, 1000 a page
--| local: SELECT e.name, l.run_id FROM scan_2 e, LATERAL (SELECT run_id FROM scan_1 r WHERE r.experiment_id = e.experiment_id ORDER BY start_time DESC LIMIT 1) l

-- A table function over a column
SELECT r.run_id, k.key FROM runs r, unnest(map_keys(r.params)) k(key) WHERE r.params.model = 'resnet'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`model` = 'resnet'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: r.params.model = 'resnet'
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT r.run_id, k.key FROM scan_1 r, unnest(map_keys(r.params)) k(key) WHERE r.params.model = 'resnet'

-- Every name of a table
SELECT a.run_id FROM mlflow.tracking.experiment_runs a, tracking.runs b, databricks_workspace.ml.experiment_runs c WHERE a.run_id = b.run_id AND b.run_id = c.run_id AND c.run_id = 'abc'
--| scan_4: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs a by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_4 (experiment_id of experiments)
--|   local: a.run_id = b.run_id (compares two tables)
--|   columns: run_id
--|   reads: every page, 1000 a page
--| scan_3: experiment_runs c by get
--|   request: GET runs/get {"run_id":"abc"}
--|   pushed: c.run_id = 'abc'
--|   local: b.run_id = c.run_id (is checked on what comes)
--|   columns: run_id
--|   reads: one answer
--| scan_2: experiment_runs b by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_4 (experiment_id of experiments)
--|   keys: attributes.run_id IN (<run_id>, ...) from scan_3 (run_id of experiment_runs where c.run_id = 'abc'), unless there are more than 1000
--|   local: a.run_id = b.run_id (compares two tables)
--|   local: b.run_id = c.run_id (compares two tables)
--|   columns: run_id
--|   reads: every page, 1000 a page
--| local: SELECT a.run_id FROM scan_1 a, scan_2 b, scan_3 c WHERE a.run_id = b.run_id AND b.run_id = c.run_id AND c.run_id = 'abc'

-- A full name without an alias
SELECT mlflow.tracking.runs.run_id, runs.params.lr FROM mlflow.tracking.runs WHERE tracking.runs.status = 'FINISHED'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.status = 'FINISHED'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: tracking.runs.status = 'FINISHED'
--|   columns: run_id, status, params
--|   reads: every page, 1000 a page
--| local: SELECT runs.run_id, runs.params.lr FROM scan_1 AS "runs" WHERE runs.status = 'FINISHED'

-- A join on a number does not feed: ids are sent as texts
SELECT r.run_id FROM runs r JOIN run_metrics m ON r.experiment_id = m.step
--| scan_3: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   local: r.experiment_id = m.step (compares two tables)
--|   columns: run_id, experiment_id
--|   reads: every page, 1000 a page
--| scan_2: run_metrics m by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_3 (experiment_id of experiments)
--|   local: r.experiment_id = m.step (compares two tables)
--|   columns: step
--|   reads: every page, 1000 a page
--| local: SELECT r.run_id FROM scan_1 r JOIN scan_2 m ON r.experiment_id = m.step

-- A join with constant texts feeds
SELECT r.run_id FROM runs r JOIN (VALUES ('1'), ('2')) AS v(id) ON r.experiment_id = v.id
--| scan_1: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from the statement (id of v)
--|   local: r.experiment_id = v.id (compares two tables)
--|   columns: run_id, experiment_id
--|   reads: every page, 1000 a page
--| local: SELECT r.run_id FROM scan_1 r JOIN (VALUES ('1'), ('2')) AS v(id) ON r.experiment_id = v.id

-- A join with constant numbers does not
SELECT r.run_id FROM runs r JOIN (VALUES (1), (2)) AS v(id) ON r.experiment_id = v.id
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: r.experiment_id = v.id (compares two tables)
--|   columns: run_id, experiment_id
--|   reads: every page, 1000 a page
--| local: SELECT r.run_id FROM scan_1 r JOIN (VALUES (1), (2)) AS v(id) ON r.experiment_id = v.id

-- An inner join inside a left join
SELECT e.name, r.run_id, p.value FROM experiments e LEFT JOIN (runs r JOIN run_params p USING (run_id)) ON e.experiment_id = r.experiment_id WHERE e.name = 'churn'
--| scan_1: experiments e by search
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ACTIVE_ONLY","max_results":1000}
--|   columns: experiment_id, name
--|   reads: every page, 1000 a page
--| scan_4: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_2: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_4 (experiment_id of experiments)
--|   columns: run_id, experiment_id, run_name, user_id, status, start_time, end_time, duration, artifact_uri, lifecycle_stage, parent_run_id, metrics, params, tags, inputs, outputs, run
--|   reads: every page, 1000 a page
--| scan_3: run_params p by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_4 (experiment_id of experiments)
--|   columns: run_id, experiment_id, key, value
--|   reads: every page, 1000 a page
--| local: SELECT e.name, r.run_id, p.value FROM scan_1 e LEFT JOIN (scan_2 r JOIN scan_3 p USING (run_id)) ON e.experiment_id = r.experiment_id WHERE e.name = 'churn'

-- A null-supplying side never feeds
SELECT p.value FROM experiments e LEFT JOIN runs r ON e.experiment_id = r.experiment_id AND r.run_name = 'sweep' JOIN run_params p ON p.run_id = r.run_id OR r.run_id IS NULL
--| scan_1: experiments e by search
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ACTIVE_ONLY","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_4: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_2: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"tags.`mlflow.runName` = 'sweep'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_4 (experiment_id of experiments)
--|   pushed: r.run_name = 'sweep'
--|   local: e.experiment_id = r.experiment_id (compares two tables)
--|   columns: run_id, experiment_id, run_name
--|   reads: every page, 1000 a page
--| scan_3: run_params p by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_4 (experiment_id of experiments)
--|   local: p.run_id = r.run_id OR r.run_id IS NULL (compares two tables)
--|   columns: run_id, value
--|   reads: every page, 1000 a page
--| local: SELECT p.value FROM scan_1 e LEFT JOIN scan_2 r ON e.experiment_id = r.experiment_id AND r.run_name = 'sweep' JOIN scan_3 p ON p.run_id = r.run_id OR r.run_id IS NULL

-- The top of a join is found locally
SELECT r.run_id FROM runs r JOIN experiments e USING (experiment_id) WHERE e.name = 'churn' ORDER BY r.start_time DESC LIMIT 10
--| scan_2: experiments e by get_by_name
--|   request: GET experiments/get-by-name {"experiment_name":"churn"}
--|   pushed: e.name = 'churn'
--|   columns: experiment_id, name
--|   reads: one answer
--| scan_1: experiment_runs r by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments where e.name = 'churn')
--|   columns: run_id, experiment_id, start_time
--|   reads: every page, 1000 a page; ORDER BY and LIMIT are local: tables are joined first
--| local: SELECT r.run_id FROM scan_1 r JOIN scan_2 e USING (experiment_id) WHERE e.name = 'churn' ORDER BY r.start_time DESC LIMIT 10
