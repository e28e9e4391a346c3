-- In each experiment the finished run with the greatest $metric is tagged `stage = best`, and no other run is.
-- Among equals the oldest stays the best, so that running it again changes nothing.
WITH best AS (
    SELECT run_id
    FROM experiment_runs
    WHERE status = 'FINISHED' AND metrics[$metric] IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY experiment_id ORDER BY metrics[$metric] DESC, start_time, run_id) = 1
)
UPDATE experiment_runs
SET tags['stage'] = CASE WHEN run_id IN (SELECT run_id FROM best) THEN 'best' END
WHERE tags['stage'] = 'best' OR run_id IN (SELECT run_id FROM best);
