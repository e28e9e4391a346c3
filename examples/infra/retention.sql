-- Runs that failed more than $retention_days days ago are deleted, unless they are tagged `keep`.
-- Deleted runs can be restored until `mlflow gc` removes them:
--   UPDATE experiment_runs SET lifecycle_stage = 'active' WHERE lifecycle_stage = 'deleted' AND run_id = '...';
DELETE FROM experiment_runs
WHERE status = 'FAILED'
  AND start_time < now() - INTERVAL ($retention_days) DAY
  AND tags['keep'] IS NULL;
