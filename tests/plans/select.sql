-- One predicate at a time: what of it the server is told, and what stays to be checked locally.

-- All runs: the experiments are listed first, deleted ones too, since a search names its experiments
SELECT * FROM runs
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, experiment_id, run_name, user_id, status, start_time, end_time, duration, artifact_uri, lifecycle_stage, parent_run_id, metrics, params, tags, inputs, outputs, run
--|   reads: every page, 1000 a page
--| local: SELECT * FROM scan_1 AS "runs"

-- Only the columns that are named are read
SELECT run_id, metrics.auc FROM runs
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id, metrics
--|   reads: every page, 1000 a page
--| local: SELECT run_id, metrics.auc FROM scan_1 AS "runs"

-- A param equal to a text
SELECT run_id FROM runs WHERE params.model = 'resnet'
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
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.model = 'resnet'

-- The text on the left
SELECT run_id FROM runs WHERE 'resnet' = params.model
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`model` = 'resnet'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: 'resnet' = params.model
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE 'resnet' = params.model

-- A key in brackets, with spaces and a slash
SELECT run_id FROM runs WHERE tags['val acc/top 5'] = 'x'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"tags.`val acc/top 5` = 'x'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: tags['val acc/top 5'] = 'x'
--|   columns: run_id, tags
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE tags['val acc/top 5'] = 'x'

-- A key in double quotes
SELECT run_id FROM runs WHERE params."lr-schedule" = 'cosine'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`lr-schedule` = 'cosine'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: params."lr-schedule" = 'cosine'
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params."lr-schedule" = 'cosine'

-- A tag other than a text
SELECT run_id FROM runs WHERE tags.team <> 'infra'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"tags.`team` != 'infra'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: tags.team <> 'infra'
--|   columns: run_id, tags
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE tags.team <> 'infra'

-- NOT over an equality
SELECT run_id FROM runs WHERE NOT (tags.team = 'infra')
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"tags.`team` != 'infra'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: NOT (tags.team = 'infra')
--|   columns: run_id, tags
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE NOT (tags.team = 'infra')

-- A param that is not there
SELECT run_id FROM runs WHERE params.lr IS NULL
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`lr` IS NULL","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: params.lr IS NULL
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.lr IS NULL

-- A param that is there
SELECT run_id FROM runs WHERE params.lr IS NOT NULL
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`lr` IS NOT NULL","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: NOT params.lr IS NULL
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.lr IS NOT NULL

-- LIKE with % only
SELECT run_id FROM runs WHERE params.model LIKE 'res%'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`model` LIKE 'res%'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: params.model LIKE 'res%'
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.model LIKE 'res%'

-- LIKE with _ is widened: the server returns more
SELECT run_id FROM runs WHERE params.model LIKE 'resnet_0'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`model` LIKE 'resnet%0'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: params.model LIKE 'resnet_0'
--|   local: params.model LIKE 'resnet_0' (the server returns a superset)
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.model LIKE 'resnet_0'

-- LIKE with ESCAPE stays local
SELECT run_id FROM runs WHERE params.model LIKE '50!%' ESCAPE '!'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: params.model LIKE '50!%' ESCAPE '!' (is not a comparison of one column with a constant)
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.model LIKE '50!%' ESCAPE '!'

-- LIKE with a backslash cannot be written
SELECT run_id FROM runs WHERE params.model LIKE '50\%'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: params.model LIKE '50\%' (the value cannot be written in MLflow's filter grammar)
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.model LIKE '50\%'

-- NOT LIKE stays local
SELECT run_id FROM runs WHERE params.model NOT LIKE 'res%'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: params.model NOT LIKE 'res%' (MLflow's filters have no NOT LIKE)
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.model NOT LIKE 'res%'

-- ILIKE of ASCII: wide enough for the Kelvin sign
SELECT run_id FROM runs WHERE params.model ILIKE 'ResNet-50k%'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`model` ILIKE 'ResNet-50%%'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: params.model ILIKE 'ResNet-50k%'
--|   local: params.model ILIKE 'ResNet-50k%' (the server returns a superset)
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.model ILIKE 'ResNet-50k%'

-- ILIKE beyond ASCII stays local
SELECT run_id FROM runs WHERE params.model ILIKE 'café%'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: params.model ILIKE 'café%' (not every server ignores the case of letters beyond ASCII)
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.model ILIKE 'café%'

-- lower() equal to a text
SELECT run_id FROM runs WHERE lower(params.model) = 'resnet'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`model` ILIKE 'resnet'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: LOWER(params.model) = 'resnet'
--|   local: LOWER(params.model) = 'resnet' (the server returns a superset)
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE lower(params.model) = 'resnet'

-- lower() LIKE
SELECT run_id FROM runs WHERE lower(params.model) LIKE 'res%'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`model` ILIKE 'res%'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: LOWER(params.model) LIKE 'res%'
--|   local: LOWER(params.model) LIKE 'res%' (the server returns a superset)
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE lower(params.model) LIKE 'res%'

-- starts_with and contains are patterns
SELECT run_id FROM runs WHERE starts_with(params.model, 'res') AND contains(tags.note, '100%')
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`model` LIKE 'res%' AND tags.`note` LIKE '%100%%'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: STARTS_WITH(params.model, 'res')
--|   pushed: CONTAINS(tags.note, '100%')
--|   local: CONTAINS(tags.note, '100%') (the server returns a superset)
--|   columns: run_id, params, tags
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE starts_with(params.model, 'res') AND contains(tags.note, '100%')

-- A regular expression stays local
SELECT run_id FROM runs WHERE regexp_matches(params.model, '^res')
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: REGEXP_MATCHES(params.model, '^res') (is not a comparison of one column with a constant)
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE regexp_matches(params.model, '^res')

-- A param compared by order stays local
SELECT run_id FROM runs WHERE params.model > 'm'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: params.model > 'm' (the server has no such comparison)
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.model > 'm'

-- A param as a number stays local
SELECT run_id FROM runs WHERE CAST(params.lr AS DOUBLE) < 0.1
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: CAST(params.lr AS DOUBLE) < 0.1 (is not a comparison of one column with a constant)
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE CAST(params.lr AS DOUBLE) < 0.1

-- A param compared with a number stays local, since DuckDB casts
SELECT run_id FROM runs WHERE params.depth = 3
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: params.depth = 3 (is text, and is compared with a value that is not)
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.depth = 3

-- Two columns compared stay local
SELECT run_id FROM runs WHERE params.a = params.b
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: params.a = params.b (is not a comparison of one column with a constant)
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.a = params.b

-- A metric above a bound
SELECT run_id FROM runs WHERE metrics.auc > 0.9
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"metrics.`auc` > 0.9","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: metrics.auc > 0.9
--|   columns: run_id, metrics
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE metrics.auc > 0.9

-- Every comparison of a metric
SELECT run_id FROM runs WHERE metrics.a >= 1 AND metrics.b < 2.5 AND metrics.c <= -1e-7 AND metrics.d = 1e300 AND 0 < metrics.e
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"metrics.`a` >= 1 AND metrics.`b` < 2.5 AND metrics.`c` <= -1e-07 AND metrics.`d` = 1e300 AND metrics.`e` > 0","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: metrics.a >= 1
--|   pushed: metrics.b < 2.5
--|   pushed: metrics.c <= -1e-7
--|   pushed: metrics.d = 1e300
--|   pushed: 0 < metrics.e
--|   columns: run_id, metrics
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE metrics.a >= 1 AND metrics.b < 2.5 AND metrics.c <= -1e-7 AND metrics.d = 1e300 AND 0 < metrics.e

-- A metric unlike a number: a run that diverged comes too
SELECT run_id FROM runs WHERE metrics.loss <> 0
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"metrics.`loss` != 0","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: metrics.loss <> 0
--|   local: metrics.loss <> 0 (the server returns a superset)
--|   columns: run_id, metrics
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE metrics.loss <> 0

-- A metric between two numbers
SELECT run_id FROM runs WHERE metrics.auc BETWEEN 0.5 AND 0.75
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"metrics.`auc` >= 0.5 AND metrics.`auc` <= 0.75","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: metrics.auc BETWEEN 0.5 AND 0.75
--|   columns: run_id, metrics
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE metrics.auc BETWEEN 0.5 AND 0.75

-- A metric outside two numbers
SELECT run_id FROM runs WHERE metrics.auc NOT BETWEEN 0.5 AND 0.75
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"metrics.`auc` < 0.5","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"metrics.`auc` > 0.75","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   union: 2 searches side by side, each row once
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: NOT metrics.auc BETWEEN 0.5 AND 0.75
--|   columns: run_id, metrics
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE metrics.auc NOT BETWEEN 0.5 AND 0.75

-- A metric that is or is not there stays local
SELECT run_id FROM runs WHERE metrics.auc IS NULL OR metrics.loss IS NOT NULL
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: metrics.auc IS NULL OR NOT metrics.loss IS NULL (metrics['auc']: the server has no such comparison)
--|   columns: run_id, metrics
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE metrics.auc IS NULL OR metrics.loss IS NOT NULL

-- A metric compared with NaN or infinity stays local
SELECT run_id FROM runs WHERE metrics.auc = 'nan'::DOUBLE AND metrics.loss < 'infinity'::DOUBLE
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: metrics.auc = CAST('nan' AS DOUBLE) (is not a comparison of one column with a constant)
--|   local: metrics.loss < CAST('infinity' AS DOUBLE) (is not a comparison of one column with a constant)
--|   columns: run_id, metrics
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE metrics.auc = 'nan'::DOUBLE AND metrics.loss < 'infinity'::DOUBLE

-- A metric compared with too many digits stays local
SELECT run_id FROM runs WHERE metrics.auc > 0.12345678901234567
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: metrics.auc > 0.12345678901234567 (DuckDB may round the value otherwise than the server)
--|   columns: run_id, metrics
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE metrics.auc > 0.12345678901234567

-- A metric in an expression stays local
SELECT run_id FROM runs WHERE metrics.auc * 2 > 1
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: metrics.auc * 2 > 1 (is not a comparison of one column with a constant)
--|   columns: run_id, metrics
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE metrics.auc * 2 > 1

-- A metric compared with an expression stays local
SELECT run_id FROM runs WHERE metrics.auc > 1 + 1
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: metrics.auc > 1 + 1 (is a number, and is compared with something else than a plain number)
--|   columns: run_id, metrics
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE metrics.auc > 1 + 1

-- A time as a text, in the connection's zone
SELECT run_id FROM runs WHERE start_time >= '2026-03-01' AND start_time < '2026-03-02 12:30:00+02'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.start_time >= 1772323200000 AND attributes.start_time < 1772447400000","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: start_time >= '2026-03-01'
--|   pushed: start_time < '2026-03-02 12:30:00+02'
--|   columns: run_id, start_time
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE start_time >= '2026-03-01' AND start_time < '2026-03-02 12:30:00+02'

-- A time as a typed literal
SELECT run_id FROM runs WHERE start_time >= TIMESTAMPTZ '2026-03-01 00:00:00Z' AND end_time < DATE '2026-04-01'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.start_time >= 1772323200000 AND attributes.end_time < 1775001600000","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: start_time >= CAST('2026-03-01 00:00:00Z' AS TIMESTAMPTZ)
--|   pushed: end_time < CAST('2026-04-01' AS DATE)
--|   columns: run_id, start_time, end_time
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE start_time >= TIMESTAMPTZ '2026-03-01 00:00:00Z' AND end_time < DATE '2026-04-01'

-- A time finer than a millisecond is rounded so that no row is lost
SELECT run_id FROM runs WHERE start_time > '2026-03-01 00:00:00.0005' AND start_time >= '2026-03-01 00:00:00.0005' AND end_time < '2026-03-01 00:00:00.0005' AND end_time <= '2026-03-01 00:00:00.0005'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.start_time > 1772323200000 AND attributes.start_time >= 1772323200001 AND attributes.end_time < 1772323200001 AND attributes.end_time <= 1772323200000","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: start_time > '2026-03-01 00:00:00.0005'
--|   pushed: start_time >= '2026-03-01 00:00:00.0005'
--|   pushed: end_time < '2026-03-01 00:00:00.0005'
--|   pushed: end_time <= '2026-03-01 00:00:00.0005'
--|   columns: run_id, start_time, end_time
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE start_time > '2026-03-01 00:00:00.0005' AND start_time >= '2026-03-01 00:00:00.0005' AND end_time < '2026-03-01 00:00:00.0005' AND end_time <= '2026-03-01 00:00:00.0005'

-- A time equal to no millisecond stays local
SELECT run_id FROM runs WHERE start_time = '2026-03-01 00:00:00.0005'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: start_time = '2026-03-01 00:00:00.0005' (no whole millisecond equals the value)
--|   columns: run_id, start_time
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE start_time = '2026-03-01 00:00:00.0005'

-- A time between two
SELECT run_id FROM runs WHERE start_time BETWEEN '2026-03-01' AND '2026-03-02'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.start_time >= 1772323200000 AND attributes.start_time <= 1772409600000","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: start_time BETWEEN '2026-03-01' AND '2026-03-02'
--|   columns: run_id, start_time
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE start_time BETWEEN '2026-03-01' AND '2026-03-02'

-- A time before all milliseconds that the server can hold
SELECT run_id FROM runs WHERE start_time > '200000-01-01 BC'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: start_time > '200000-01-01 BC' (is a time, and is compared with a value that is none)
--|   columns: run_id, start_time
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE start_time > '200000-01-01 BC'

-- A time that is NULL or not stays local
SELECT run_id FROM runs WHERE end_time IS NULL
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: end_time IS NULL (the server has no such comparison)
--|   columns: run_id, end_time
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE end_time IS NULL

-- A lower bound computed from now(): DuckDB compares with the same time
SELECT run_id FROM runs WHERE start_time > now() - INTERVAL 7 DAY
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.start_time > 1771995967891","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: start_time > NOW() - INTERVAL '7' DAY
--|   columns: run_id, start_time
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE start_time > ('2026-03-04 05:06:07.891234+00:00'::TIMESTAMPTZ) - INTERVAL 7 DAY

-- An upper bound computed from now(): DuckDB compares with the same time
SELECT run_id, now() FROM runs WHERE start_time < now() - INTERVAL 7 DAY AND end_time <= current_timestamp
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.start_time < 1771995967892 AND attributes.end_time <= 1772600767891","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: start_time < NOW() - INTERVAL '7' DAY
--|   pushed: end_time <= CURRENT_TIMESTAMP
--|   columns: run_id, start_time, end_time
--|   reads: every page, 1000 a page
--| local: SELECT run_id, ('2026-03-04 05:06:07.891234+00:00'::TIMESTAMPTZ) FROM scan_1 AS "runs" WHERE start_time < ('2026-03-04 05:06:07.891234+00:00'::TIMESTAMPTZ) - INTERVAL 7 DAY AND end_time <= ('2026-03-04 05:06:07.891234+00:00'::TIMESTAMPTZ)

-- Today, and the start of the month
SELECT run_id FROM runs WHERE start_time >= today() OR end_time < date_trunc('month', now())
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.start_time >= 1772582400000","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.end_time < 1772323200000","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   union: 2 searches side by side, each row once
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: start_time >= CURRENT_DATE OR end_time < DATE_TRUNC('MONTH', NOW())
--|   columns: run_id, start_time, end_time
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE start_time >= (('2026-03-04 05:06:07.891234+00:00'::TIMESTAMPTZ)::DATE) OR end_time < date_trunc('month', ('2026-03-04 05:06:07.891234+00:00'::TIMESTAMPTZ))

-- A duration stays local
SELECT run_id FROM runs WHERE duration > INTERVAL 1 HOUR
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: duration > INTERVAL '1' HOUR (the server cannot filter by it)
--|   columns: run_id, duration
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE duration > INTERVAL 1 HOUR

-- A status
SELECT run_id FROM runs WHERE status = 'FINISHED'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.status = 'FINISHED'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: status = 'FINISHED'
--|   columns: run_id, status
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE status = 'FINISHED'

-- A status unlike one
SELECT run_id FROM runs WHERE status <> 'FINISHED'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.status != 'FINISHED'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: status <> 'FINISHED'
--|   columns: run_id, status
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE status <> 'FINISHED'

-- A status in a pattern
SELECT run_id FROM runs WHERE status LIKE 'F%'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.status LIKE 'F%'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: status LIKE 'F%'
--|   columns: run_id, status
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE status LIKE 'F%'

-- The run's name is its tag
SELECT run_id FROM runs WHERE run_name = 'bold-ant-7' AND parent_run_id IS NULL
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"tags.`mlflow.runName` = 'bold-ant-7' AND tags.`mlflow.parentRunId` IS NULL","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: run_name = 'bold-ant-7'
--|   pushed: parent_run_id IS NULL
--|   columns: run_id, run_name, parent_run_id
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE run_name = 'bold-ant-7' AND parent_run_id IS NULL

-- Who started it and where its artifacts are
SELECT run_id FROM runs WHERE user_id = 'ada' AND artifact_uri LIKE 's3://%'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.user_id = 'ada' AND attributes.artifact_uri LIKE 's3://%'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: user_id = 'ada'
--|   pushed: artifact_uri LIKE 's3://%'
--|   columns: run_id, user_id, artifact_uri
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE user_id = 'ada' AND artifact_uri LIKE 's3://%'

-- One run by its id: a single request, no experiments listed
SELECT * FROM runs WHERE run_id = '0a1b2c3d4e5f60718293a4b5c6d7e8f9'
--| scan_1: experiment_runs runs by get
--|   request: GET runs/get {"run_id":"0a1b2c3d4e5f60718293a4b5c6d7e8f9"}
--|   pushed: run_id = '0a1b2c3d4e5f60718293a4b5c6d7e8f9'
--|   columns: run_id, experiment_id, run_name, user_id, status, start_time, end_time, duration, artifact_uri, lifecycle_stage, parent_run_id, metrics, params, tags, inputs, outputs, run
--|   reads: one answer
--| local: SELECT * FROM scan_1 AS "runs" WHERE run_id = '0a1b2c3d4e5f60718293a4b5c6d7e8f9'

-- One run by its id, and more conditions
SELECT * FROM runs WHERE run_id = 'abc' AND experiment_id = '7' AND metrics.auc > 0.5
--| scan_1: experiment_runs runs by get
--|   request: GET runs/get {"run_id":"abc"}
--|   pushed: run_id = 'abc'
--|   local: experiment_id = '7' (is checked on what comes)
--|   local: metrics.auc > 0.5 (is checked on what comes)
--|   columns: run_id, experiment_id, run_name, user_id, status, start_time, end_time, duration, artifact_uri, lifecycle_stage, parent_run_id, metrics, params, tags, inputs, outputs, run
--|   reads: one answer
--| local: SELECT * FROM scan_1 AS "runs" WHERE run_id = 'abc' AND experiment_id = '7' AND metrics.auc > 0.5

-- Some runs by their ids
SELECT * FROM runs WHERE run_id IN ('abc', 'def')
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.run_id IN ('abc', 'def')","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: run_id IN ('abc', 'def')
--|   columns: run_id, experiment_id, run_name, user_id, status, start_time, end_time, duration, artifact_uri, lifecycle_stage, parent_run_id, metrics, params, tags, inputs, outputs, run
--|   reads: every page, 1000 a page
--| local: SELECT * FROM scan_1 AS "runs" WHERE run_id IN ('abc', 'def')

-- All runs but some
SELECT run_id FROM runs WHERE run_id NOT IN ('abc', 'def') AND run_id <> 'ghi'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.run_id NOT IN ('abc', 'def') AND attributes.run_id != 'ghi'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: NOT run_id IN ('abc', 'def')
--|   pushed: run_id <> 'ghi'
--|   columns: run_id
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE run_id NOT IN ('abc', 'def') AND run_id <> 'ghi'

-- Runs whose ids begin alike
SELECT run_id FROM runs WHERE run_id LIKE 'abc%'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"attributes.run_id LIKE 'abc%'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: run_id LIKE 'abc%'
--|   columns: run_id
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE run_id LIKE 'abc%'

-- An id that no run can have
SELECT run_id FROM runs WHERE run_id = 'x'' OR 1=1'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: run_id = 'x'' OR 1=1' (the server takes no such value)
--|   columns: run_id
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE run_id = 'x'' OR 1=1'

-- Runs of one experiment
SELECT run_id FROM runs WHERE experiment_id = '7'
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["7"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   pushed: experiment_id = '7'
--|   columns: run_id, experiment_id
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE experiment_id = '7'

-- Runs of some experiments
SELECT run_id FROM runs WHERE experiment_id IN ('7', '8')
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["7","8"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   pushed: experiment_id IN ('7', '8')
--|   columns: run_id, experiment_id
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE experiment_id IN ('7', '8')

-- Runs of all experiments but one: the condition is on the listing
SELECT run_id FROM runs WHERE experiment_id <> '7'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"filter":"experiment_id != '7'","order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   pushed: experiment_id <> '7'
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments where experiment_id <> '7')
--|   pushed: experiment_id <> '7'
--|   columns: run_id, experiment_id
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE experiment_id <> '7'

-- An experiment id that is no id
SELECT run_id FROM runs WHERE experiment_id = 'churn'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   local: experiment_id = 'churn' (the server takes no such value)
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments where experiment_id = 'churn')
--|   pushed: experiment_id = 'churn'
--|   columns: run_id, experiment_id
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE experiment_id = 'churn'

-- Deleted runs
SELECT run_id FROM runs WHERE lifecycle_stage = 'deleted'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"DELETED_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: lifecycle_stage = 'deleted'
--|   columns: run_id, lifecycle_stage
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE lifecycle_stage = 'deleted'

-- Runs of every stage
SELECT run_id FROM runs WHERE lifecycle_stage IN ('active', 'deleted')
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ALL","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: lifecycle_stage IN ('active', 'deleted')
--|   columns: run_id, lifecycle_stage
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE lifecycle_stage IN ('active', 'deleted')

-- A stage that there is not
SELECT run_id FROM runs WHERE lifecycle_stage = 'archived'
--| scan_1: experiment_runs runs by search
--|   no request: the conditions can hold for no row
--|   pushed: lifecycle_stage = 'archived'
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE lifecycle_stage = 'archived'

-- Any condition that mentions the stage reads every stage
SELECT run_id FROM runs WHERE lifecycle_stage LIKE 'del%'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ALL","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: lifecycle_stage LIKE 'del%' (the server cannot filter by it)
--|   columns: run_id, lifecycle_stage
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE lifecycle_stage LIKE 'del%'

-- A stage or something else
SELECT run_id FROM runs WHERE lifecycle_stage = 'deleted' OR params.keep = 'yes'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ALL","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: lifecycle_stage = 'deleted' OR params.keep = 'yes' (lifecycle_stage: the server cannot filter by it)
--|   columns: run_id, lifecycle_stage, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE lifecycle_stage = 'deleted' OR params.keep = 'yes'

-- A deleted run by its id: the method returns every stage
SELECT run_id FROM runs WHERE run_id = 'abc' AND lifecycle_stage = 'deleted'
--| scan_1: experiment_runs runs by get
--|   request: GET runs/get {"run_id":"abc"}
--|   pushed: run_id = 'abc'
--|   pushed: lifecycle_stage = 'deleted'
--|   columns: run_id, lifecycle_stage
--|   reads: one answer
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE run_id = 'abc' AND lifecycle_stage = 'deleted'

-- JSON columns and whole maps stay local
SELECT run_id FROM runs WHERE inputs IS NOT NULL AND cardinality(metrics) > 3 AND params = MAP {}
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: NOT inputs IS NULL (the server cannot filter by it)
--|   local: CARDINALITY(metrics) > 3 (is not a comparison of one column with a constant)
--|   local: params = MAP {} (is not a comparison of one column with a constant)
--|   columns: run_id, metrics, params, inputs
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE inputs IS NOT NULL AND cardinality(metrics) > 3 AND params = MAP {}

-- Datasets of runs: the server answers with runs that have some such dataset
SELECT run_id, name FROM run_inputs WHERE name = 'mnist' AND context IN ('train', 'eval') AND digest LIKE 'a%'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: run_inputs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"dataset.name = 'mnist' AND dataset.context IN ('train', 'eval') AND dataset.digest LIKE 'a%'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: name = 'mnist'
--|   pushed: context IN ('train', 'eval')
--|   pushed: digest LIKE 'a%'
--|   local: name = 'mnist' (the server returns a superset)
--|   local: context IN ('train', 'eval') (the server returns a superset)
--|   local: digest LIKE 'a%' (the server returns a superset)
--|   columns: run_id, name, digest, context
--|   reads: every page, 1000 a page
--| local: SELECT run_id, name FROM scan_1 AS "run_inputs" WHERE name = 'mnist' AND context IN ('train', 'eval') AND digest LIKE 'a%'

-- A dataset's column that the server cannot filter by
SELECT run_id FROM run_inputs WHERE source_type = 's3'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: run_inputs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: source_type = 's3' (the server cannot filter by it)
--|   columns: run_id, source_type
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "run_inputs" WHERE source_type = 's3'

-- Experiments
SELECT * FROM experiments
--| scan_1: experiments by search
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ACTIVE_ONLY","max_results":1000}
--|   columns: experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time, tags
--|   reads: every page, 1000 a page
--| local: SELECT * FROM scan_1 AS "experiments"

-- An experiment by its name
SELECT * FROM experiments WHERE name = 'churn'
--| scan_1: experiments by get_by_name
--|   request: GET experiments/get-by-name {"experiment_name":"churn"}
--|   pushed: name = 'churn'
--|   columns: experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time, tags
--|   reads: one answer
--| local: SELECT * FROM scan_1 AS "experiments" WHERE name = 'churn'

-- An experiment by its id
SELECT * FROM experiments WHERE experiment_id = '7'
--| scan_1: experiments by get
--|   request: GET experiments/get {"experiment_id":"7"}
--|   pushed: experiment_id = '7'
--|   columns: experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time, tags
--|   reads: one answer
--| local: SELECT * FROM scan_1 AS "experiments" WHERE experiment_id = '7'

-- Experiments by a pattern, a time and a tag
SELECT * FROM experiments WHERE name ILIKE 'Churn%' AND creation_time > '2026-01-01' AND tags.owner = 'ada' AND tags.done IS NULL
--| scan_1: experiments by search
--|   request: POST experiments/search {"filter":"name ILIKE 'Churn%' AND creation_time > 1767225600000 AND tags.`owner` = 'ada' AND tags.`done` IS NULL","order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ACTIVE_ONLY","max_results":1000}
--|   pushed: name ILIKE 'Churn%'
--|   pushed: creation_time > '2026-01-01'
--|   pushed: tags.owner = 'ada'
--|   pushed: tags.done IS NULL
--|   local: name ILIKE 'Churn%' (the server returns a superset)
--|   columns: experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time, tags
--|   reads: every page, 1000 a page
--| local: SELECT * FROM scan_1 AS "experiments" WHERE name ILIKE 'Churn%' AND creation_time > '2026-01-01' AND tags.owner = 'ada' AND tags.done IS NULL

-- Experiments by their ids
SELECT * FROM experiments WHERE experiment_id IN ('1', '2', '3')
--| scan_1: experiments by search
--|   request: POST experiments/search {"filter":"experiment_id IN ('1', '2', '3')","order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ACTIVE_ONLY","max_results":1000}
--|   pushed: experiment_id IN ('1', '2', '3')
--|   columns: experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time, tags
--|   reads: every page, 1000 a page
--| local: SELECT * FROM scan_1 AS "experiments" WHERE experiment_id IN ('1', '2', '3')

-- Deleted experiments
SELECT name FROM experiments WHERE lifecycle_stage <> 'active'
--| scan_1: experiments by search
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"DELETED_ONLY","max_results":1000}
--|   pushed: lifecycle_stage <> 'active'
--|   columns: name, lifecycle_stage
--|   reads: every page, 1000 a page
--| local: SELECT name FROM scan_1 AS "experiments" WHERE lifecycle_stage <> 'active'

-- Bound parameters
-- params: ["resnet", 0.5]
SELECT run_id FROM runs WHERE params.model = ? AND metrics.auc > ?
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`model` = 'resnet' AND metrics.`auc` > 0.5","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: params.model = 'resnet'
--|   pushed: metrics.auc > 0.5
--|   columns: run_id, metrics, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.model = $1 AND metrics.auc > $2

-- A value with an apostrophe
SELECT run_id FROM runs WHERE params.note = 'it''s'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`note` = \"it's\"","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: params.note = 'it''s'
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.note = 'it''s'

-- A value with both quotes cannot be written
SELECT run_id FROM runs WHERE params.note = 'it''s "fine"'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: params.note = 'it''s "fine"' (the value cannot be written in MLflow's filter grammar)
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.note = 'it''s "fine"'

-- A value with a backslash cannot be written
SELECT run_id FROM runs WHERE params.path = 'C:\tmp'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: params.path = 'C:\tmp' (the value cannot be written in MLflow's filter grammar)
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.path = 'C:\tmp'

-- A value with a line break can be written, but not in a list
SELECT run_id FROM run_inputs WHERE digest = 'a
b' AND name IN ('a
b', 'c')
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: run_inputs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"dataset.digest = 'a\nb'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: digest = 'a
--| b'
--|   local: digest = 'a
--| b' (the server returns a superset)
--|   local: name IN ('a
--| b', 'c') (the value cannot be written in MLflow's filter grammar)
--|   columns: run_id, name, digest
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "run_inputs" WHERE digest = 'a
--|        b' AND name IN ('a
--|        b', 'c')

-- A key that MLflow refuses cannot be written
SELECT run_id FROM runs WHERE params['a`b'] = 'x'
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: params['a`b'] = 'x' (its key cannot be written in MLflow's filter grammar)
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params['a`b'] = 'x'

-- A contradiction sends nothing
SELECT run_id FROM runs WHERE false
--| scan_1: experiment_runs runs by search
--|   no request: the conditions can hold for no row
--|   pushed: FALSE
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE false

-- A comparison with NULL sends nothing
SELECT run_id FROM runs WHERE params.model = NULL
--| scan_1: experiment_runs runs by search
--|   no request: the conditions can hold for no row
--|   pushed: params.model = NULL
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.model = NULL

-- NOT IN a list with NULL: what the NULL means is left to DuckDB
SELECT run_id FROM runs WHERE params.model NOT IN ('a', NULL)
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"params.`model` != 'a'","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: NOT params.model IN ('a', NULL)
--|   local: NOT params.model IN ('a', NULL) (is not a comparison of one column with a constant)
--|   columns: run_id, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.model NOT IN ('a', NULL)

-- A false comparison of constants sends nothing, as BI tools ask for the columns alone
SELECT * FROM runs WHERE 1 = 0
--| scan_1: experiment_runs runs by search
--|   no request: the conditions can hold for no row
--|   pushed: 1 = 0
--| local: SELECT * FROM scan_1 AS "runs" WHERE 1 = 0

-- A true one says nothing
SELECT run_id FROM runs WHERE 1 = 1 AND true
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   columns: run_id
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE 1 = 1 AND true

-- Pushdown off: everything is read
-- pushdown: off
SELECT run_id FROM runs WHERE params.model = 'resnet' AND run_id = 'abc' AND lifecycle_stage = 'deleted' ORDER BY start_time LIMIT 3
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ALL","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: params.model = 'resnet' (pushdown is off)
--|   local: run_id = 'abc' (pushdown is off)
--|   local: lifecycle_stage = 'deleted' (pushdown is off)
--|   columns: run_id, start_time, lifecycle_stage, params
--|   reads: every page, 1000 a page; ORDER BY and LIMIT are local: conditions are checked first
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.model = 'resnet' AND run_id = 'abc' AND lifecycle_stage = 'deleted' ORDER BY start_time LIMIT 3

-- A collation keeps texts local
-- set: no_text_order
SELECT run_id FROM runs WHERE params.model = 'resnet' AND metrics.auc > 0.5 AND status IN ('FINISHED', 'FAILED')
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"filter":"metrics.`auc` > 0.5","order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   pushed: metrics.auc > 0.5
--|   local: params.model = 'resnet' (a collation is set)
--|   local: status IN ('FINISHED', 'FAILED') (a collation is set)
--|   columns: run_id, status, metrics, params
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.model = 'resnet' AND metrics.auc > 0.5 AND status IN ('FINISHED', 'FAILED')

-- A false constant in a conjunction
SELECT run_id FROM runs WHERE params.model = 'resnet' AND 1 > 2
--| scan_1: experiment_runs runs by search
--|   no request: the conditions can hold for no row
--|   pushed: 1 > 2
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE params.model = 'resnet' AND 1 > 2

-- A list of statuses with something that is no plain text stays local
SELECT run_id FROM runs WHERE status IN ('FINISHED'::stage, 'FAILED')
--| scan_2: experiments by search, for keys
--|   request: POST experiments/search {"order_by":["creation_time ASC","experiment_id ASC"],"view_type":"ALL","max_results":1000}
--|   columns: experiment_id
--|   reads: every page, 1000 a page
--| scan_1: experiment_runs runs by search
--|   request: POST runs/search {"experiment_ids":["<experiment_id>"],"order_by":["attributes.start_time ASC","attributes.run_id ASC"],"run_view_type":"ACTIVE_ONLY","max_results":1000}
--|   keys: experiment_id from scan_2 (experiment_id of experiments)
--|   local: status IN (CAST('FINISHED' AS stage), 'FAILED') (is text, and is compared with a value that is not)
--|   columns: run_id, status
--|   reads: every page, 1000 a page
--| local: SELECT run_id FROM scan_1 AS "runs" WHERE status IN ('FINISHED'::stage, 'FAILED')
