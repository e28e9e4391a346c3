-- Disjunctions and lists: one search for each part, side by side, where each can be expected to match few rows.

-- Either of two conditions
SELECT run_id FROM runs WHERE params.model = 'resnet' OR tags.team = 'vision'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`model` = 'resnet'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"tags.`team` = 'vision'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   union: 2 searches side by side, each row once
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: params.model = 'resnet' OR tags.team = 'vision'
--|   columns: run_id, params, tags
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.model = 'resnet' OR tags.team = 'vision'

-- A list of values
SELECT run_id FROM runs WHERE params.model IN ('resnet', 'vgg', 'vit')
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`model` = 'resnet'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`model` = 'vgg'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`model` = 'vit'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   union: 3 searches side by side, each row once
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: params.model IN ('resnet', 'vgg', 'vit')
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.model IN ('resnet', 'vgg', 'vit')

-- A list of one value
SELECT run_id FROM runs WHERE params.model IN ('resnet')
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`model` = 'resnet'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: params.model IN ('resnet')
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.model IN ('resnet')

-- Not in a list: one search
SELECT run_id FROM runs WHERE params.model NOT IN ('resnet', 'vgg')
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`model` != 'resnet' AND params.`model` != 'vgg'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: NOT params.model IN ('resnet', 'vgg')
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.model NOT IN ('resnet', 'vgg')

-- A list of statuses: the others are excluded, in one search
SELECT run_id FROM runs WHERE status IN ('FINISHED', 'FAILED')
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.status != 'RUNNING' AND attributes.status != 'SCHEDULED' AND attributes.status != 'KILLED'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: status IN ('FINISHED', 'FAILED')
--|   columns: run_id, status
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE status IN ('FINISHED', 'FAILED')

-- A list of all statuses says nothing
SELECT run_id FROM runs WHERE status IN ('RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED')
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: status IN ('RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED') (matches every row)
--|   columns: run_id, status
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE status IN ('RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED')

-- Either of two statuses
SELECT run_id FROM runs WHERE status = 'FINISHED' OR status = 'FAILED'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.status = 'FINISHED'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.status = 'FAILED'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   union: 2 searches side by side, each row once
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: status = 'FINISHED' OR status = 'FAILED'
--|   columns: run_id, status
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE status = 'FINISHED' OR status = 'FAILED'

-- Statuses that are none of two
SELECT run_id FROM runs WHERE status NOT IN ('RUNNING', 'SCHEDULED')
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.status != 'RUNNING' AND attributes.status != 'SCHEDULED'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: NOT status IN ('RUNNING', 'SCHEDULED')
--|   columns: run_id, status
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE status NOT IN ('RUNNING', 'SCHEDULED')

-- A status that there is not matches nothing
SELECT run_id FROM runs WHERE status IN ('DONE')
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.status != 'RUNNING' AND attributes.status != 'SCHEDULED' AND attributes.status != 'FINISHED' AND attributes.status != 'FAILED' AND attributes.status != 'KILLED'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: status IN ('DONE')
--|   columns: run_id, status
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE status IN ('DONE')

-- A disjunction inside a conjunction: the common clauses go into each search
SELECT run_id FROM runs WHERE metrics.auc > 0.9 AND (params.model = 'resnet' OR params.model = 'vgg')
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"metrics.`auc` > 0.9 AND params.`model` = 'resnet'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"metrics.`auc` > 0.9 AND params.`model` = 'vgg'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   union: 2 searches side by side, each row once
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: metrics.auc > 0.9
--|   pushed: params.model = 'resnet' OR params.model = 'vgg'
--|   columns: run_id, metrics, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE metrics.auc > 0.9 AND (params.model = 'resnet' OR params.model = 'vgg')

-- Two disjunctions: every combination
SELECT run_id FROM runs WHERE (params.a = '1' OR params.a = '2') AND (params.b = '1' OR params.b = '2')
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '1' AND params.`b` = '1'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '1' AND params.`b` = '2'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '2' AND params.`b` = '1'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '2' AND params.`b` = '2'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   union: 4 searches side by side, each row once
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: params.a = '1' OR params.a = '2'
--|   pushed: params.b = '1' OR params.b = '2'
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE (params.a = '1' OR params.a = '2') AND (params.b = '1' OR params.b = '2')

-- A conjunction inside a disjunction
SELECT run_id FROM runs WHERE (params.a = '1' AND metrics.x > 1) OR (params.a = '2' AND metrics.x < -1)
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '1' AND metrics.`x` > 1","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '2' AND metrics.`x` < -1","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   union: 2 searches side by side, each row once
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: (params.a = '1' AND metrics.x > 1) OR (params.a = '2' AND metrics.x < -1)
--|   columns: run_id, metrics, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE (params.a = '1' AND metrics.x > 1) OR (params.a = '2' AND metrics.x < -1)

-- De Morgan
SELECT run_id FROM runs WHERE NOT (params.a <> '1' AND metrics.x <= 2)
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '1'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"metrics.`x` > 2","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   union: 2 searches side by side, each row once
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: NOT (params.a <> '1' AND metrics.x <= 2)
--|   columns: run_id, metrics, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE NOT (params.a <> '1' AND metrics.x <= 2)

-- Deep parentheses
SELECT run_id FROM runs WHERE ((params.a = '1' AND (tags.t = 'x' OR (tags.t = 'y' AND metrics.m BETWEEN 0 AND 1))))
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '1' AND tags.`t` = 'x'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '1' AND tags.`t` = 'y' AND metrics.`m` >= 0 AND metrics.`m` <= 1","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   union: 2 searches side by side, each row once
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: params.a = '1'
--|   pushed: tags.t = 'x' OR (tags.t = 'y' AND metrics.m BETWEEN 0 AND 1)
--|   columns: run_id, metrics, params, tags
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE ((params.a = '1' AND (tags.t = 'x' OR (tags.t = 'y' AND metrics.m BETWEEN 0 AND 1))))

-- One part covers the other
SELECT run_id FROM runs WHERE params.a = '1' OR (params.a = '1' AND params.b = '2')
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '1'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: params.a = '1' OR (params.a = '1' AND params.b = '2')
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.a = '1' OR (params.a = '1' AND params.b = '2')

-- A part that cannot be true is left out
SELECT run_id FROM runs WHERE params.a = '1' OR params.b = NULL OR false
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '1'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: params.a = '1' OR params.b = NULL OR FALSE
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.a = '1' OR params.b = NULL OR false

-- A part that the server cannot check keeps all of it local
SELECT run_id FROM runs WHERE params.a = '1' OR duration > INTERVAL 1 HOUR
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: params.a = '1' OR duration > INTERVAL '1' HOUR (duration: the server cannot filter by it)
--|   columns: run_id, duration, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.a = '1' OR duration > INTERVAL 1 HOUR

-- A part that the server can check in part is a superset
SELECT run_id FROM runs WHERE params.a = '1' OR (params.b = '2' AND duration > INTERVAL 1 HOUR)
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '1'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`b` = '2'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   union: 2 searches side by side, each row once
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: params.a = '1' OR (params.b = '2' AND duration > INTERVAL '1' HOUR)
--|   local: params.a = '1' OR (params.b = '2' AND duration > INTERVAL '1' HOUR) (duration: the server cannot filter by it)
--|   columns: run_id, duration, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.a = '1' OR (params.b = '2' AND duration > INTERVAL 1 HOUR)

-- A branch that would match most rows keeps all of it local
SELECT run_id FROM runs WHERE params.a = '1' OR params.b <> '2'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: params.a = '1' OR params.b <> '2' (one of its searches would match most rows)
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.a = '1' OR params.b <> '2'

-- IS NULL is no reason for a search of its own
SELECT run_id FROM runs WHERE params.a = '1' OR params.a IS NULL
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: params.a = '1' OR params.a IS NULL (one of its searches would match most rows)
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.a = '1' OR params.a IS NULL

-- Sixteen searches are the most
SELECT run_id FROM runs WHERE params.a IN ('1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12', '13', '14', '15', '16')
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '1'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '2'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '3'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '4'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '5'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '6'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '7'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '8'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '9'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '10'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '11'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '12'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '13'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '14'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '15'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '16'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   union: 16 searches side by side, each row once
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: params.a IN ('1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12', '13', '14', '15', '16')
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.a IN ('1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12', '13', '14', '15', '16')

-- Seventeen values stay local
SELECT run_id FROM runs WHERE params.a IN ('1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12', '13', '14', '15', '16', '17')
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: params.a IN ('1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12', '13', '14', '15', '16', '17') (would need 17 searches, more than 16)
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.a IN ('1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12', '13', '14', '15', '16', '17')

-- Too many combinations: the shortest lists are pushed
SELECT run_id FROM runs WHERE params.a IN ('1', '2', '3', '4', '5') AND params.b IN ('1', '2', '3', '4') AND params.c IN ('1', '2')
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`c` = '1' AND params.`b` = '1'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`c` = '1' AND params.`b` = '2'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`c` = '1' AND params.`b` = '3'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`c` = '1' AND params.`b` = '4'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`c` = '2' AND params.`b` = '1'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`c` = '2' AND params.`b` = '2'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`c` = '2' AND params.`b` = '3'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`c` = '2' AND params.`b` = '4'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   union: 8 searches side by side, each row once
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: params.b IN ('1', '2', '3', '4')
--|   pushed: params.c IN ('1', '2')
--|   local: params.a IN ('1', '2', '3', '4', '5') (would need 40 searches, more than 16)
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.a IN ('1', '2', '3', '4', '5') AND params.b IN ('1', '2', '3', '4') AND params.c IN ('1', '2')

-- Too many combinations inside one disjunction
SELECT run_id FROM runs WHERE (params.a IN ('1', '2', '3', '4', '5') AND params.b IN ('1', '2', '3', '4')) OR params.c = '1'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`b` = '1'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`b` = '2'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`b` = '3'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`b` = '4'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`c` = '1'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   union: 5 searches side by side, each row once
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: (params.a IN ('1', '2', '3', '4', '5') AND params.b IN ('1', '2', '3', '4')) OR params.c = '1'
--|   local: (params.a IN ('1', '2', '3', '4', '5') AND params.b IN ('1', '2', '3', '4')) OR params.c = '1' (would need more than 16 searches)
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE (params.a IN ('1', '2', '3', '4', '5') AND params.b IN ('1', '2', '3', '4')) OR params.c = '1'

-- A list of metrics
SELECT run_id FROM runs WHERE metrics.epoch IN (10, 20)
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"metrics.`epoch` = 10","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"metrics.`epoch` = 20","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   union: 2 searches side by side, each row once
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: metrics.epoch IN (10, 20)
--|   columns: run_id, metrics
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE metrics.epoch IN (10, 20)

-- A list of times
SELECT run_id FROM runs WHERE start_time IN ('2026-03-01', '2026-03-02')
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.start_time = 1772323200000","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.start_time = 1772409600000","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   union: 2 searches side by side, each row once
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: start_time IN ('2026-03-01', '2026-03-02')
--|   columns: run_id, start_time
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE start_time IN ('2026-03-01', '2026-03-02')

-- A list with NULL in it: NULL never matches
SELECT run_id FROM runs WHERE params.a IN ('1', NULL)
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '1'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: params.a IN ('1', NULL)
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.a IN ('1', NULL)

-- A list with a value that cannot be written stays local
SELECT run_id FROM runs WHERE params.a IN ('1', 'C:\tmp')
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: params.a IN ('1', 'C:\tmp') (the value cannot be written in MLflow's filter grammar)
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.a IN ('1', 'C:\tmp')

-- A list with a value from elsewhere stays local
SELECT run_id FROM runs WHERE params.a IN ('1', params.b)
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: params.a IN ('1', params.b) (is not a comparison of one column with a constant)
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.a IN ('1', params.b)

-- A bound list
-- params: [["1", "2"]]
SELECT run_id FROM runs WHERE params.a IN ?
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '1'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` = '2'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   union: 2 searches side by side, each row once
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: params.a IN ['1', '2']
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.a IN $1

-- Twenty clauses are the most: the others stay local
SELECT run_id FROM runs WHERE params.a NOT IN ('1', '2', '3', '4', '5', '6', '7', '8', '9', '10') AND params.b NOT IN ('1', '2', '3', '4', '5', '6', '7', '8', '9', '10') AND params.c = '1'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` != '1' AND params.`a` != '2' AND params.`a` != '3' AND params.`a` != '4' AND params.`a` != '5' AND params.`a` != '6' AND params.`a` != '7' AND params.`a` != '8' AND params.`a` != '9' AND params.`a` != '10' AND params.`b` != '1' AND params.`b` != '2' AND params.`b` != '3' AND params.`b` != '4' AND params.`b` != '5' AND params.`b` != '6' AND params.`b` != '7' AND params.`b` != '8' AND params.`b` != '9' AND params.`b` != '10'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: NOT params.a IN ('1', '2', '3', '4', '5', '6', '7', '8', '9', '10')
--|   pushed: NOT params.b IN ('1', '2', '3', '4', '5', '6', '7', '8', '9', '10')
--|   local: params.c = '1' (a search takes 20 clauses)
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.a NOT IN ('1', '2', '3', '4', '5', '6', '7', '8', '9', '10') AND params.b NOT IN ('1', '2', '3', '4', '5', '6', '7', '8', '9', '10') AND params.c = '1'

-- Twenty clauses are the most in each of several searches
SELECT run_id FROM runs WHERE params.a NOT IN ('1', '2', '3', '4', '5', '6', '7', '8', '9', '10') AND params.b NOT IN ('1', '2', '3', '4', '5', '6', '7', '8', '9') AND (params.c = '1' AND params.d = '1' OR params.d = '2')
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`a` != '1' AND params.`a` != '2' AND params.`a` != '3' AND params.`a` != '4' AND params.`a` != '5' AND params.`a` != '6' AND params.`a` != '7' AND params.`a` != '8' AND params.`a` != '9' AND params.`a` != '10' AND params.`b` != '1' AND params.`b` != '2' AND params.`b` != '3' AND params.`b` != '4' AND params.`b` != '5' AND params.`b` != '6' AND params.`b` != '7' AND params.`b` != '8' AND params.`b` != '9'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: NOT params.a IN ('1', '2', '3', '4', '5', '6', '7', '8', '9', '10')
--|   pushed: NOT params.b IN ('1', '2', '3', '4', '5', '6', '7', '8', '9')
--|   local: params.c = '1' AND params.d = '1' OR params.d = '2' (a search takes 20 clauses)
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.a NOT IN ('1', '2', '3', '4', '5', '6', '7', '8', '9', '10') AND params.b NOT IN ('1', '2', '3', '4', '5', '6', '7', '8', '9') AND (params.c = '1' AND params.d = '1' OR params.d = '2')

-- More than a thousand ids would be too many in one list; these are few
SELECT run_id FROM runs WHERE run_id IN ('a', 'b') OR run_id = 'c'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.run_id IN ('a', 'b')","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.run_id = 'c'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   union: 2 searches side by side, each row once
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: run_id IN ('a', 'b') OR run_id = 'c'
--|   columns: run_id
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE run_id IN ('a', 'b') OR run_id = 'c'

-- Experiments with either name
SELECT * FROM experiments WHERE name IN ('churn', 'fraud')
--| scan_1: experiments by search
--|   request: POST experiments/search {"filter":"name = 'churn'","order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST experiments/search {"filter":"name = 'fraud'","order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ACTIVE_ONLY","max_results":1000}
--|   union: 2 searches side by side, each row once
--|   pushed: name IN ('churn', 'fraud')
--|   columns: experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time, tags
--|   reads: every page, 1000 a page
--| local: SELECT * FROM scan_1 AS "experiments" WHERE name IN ('churn', 'fraud')

-- One experiment or another in disjunction with a param: the searches look in all experiments
SELECT run_id FROM runs WHERE experiment_id = '1' OR params.a = '1'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: experiment_id = '1' OR params.a = '1' (experiment_id: the server cannot filter by it)
--|   columns: run_id, experiment_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE experiment_id = '1' OR params.a = '1'
