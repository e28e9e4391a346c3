#!/bin/sh
# A quality gate: fails the job when the newest run of an experiment is worse than the best one before it.
#
#   MLFLOW_TRACKING_URI=http://127.0.0.1:5000 examples/ci/gate.sh EXPERIMENT METRIC [TOLERANCE] [REPORT.json]
#
# Writes a report for the job's artifacts (default gate.json). Exit status: 0 good enough, 3 worse, 1 an error (no such
# experiment, a server that does not answer): a gate that cannot look must not be open.
set -eu
experiment=${1:?name of the experiment} metric=${2:?name of the metric} tolerance=${3:-0.01} report=${4:-gate.json}

# The values are parameters: a quote in a name is no SQL. Params are text, so the number is cast.
mlflow-sql --output "$report" --param experiment="$experiment" --param metric="$metric" --param tolerance="$tolerance" -c '
    WITH scored AS (
        SELECT run_id, run_name, start_time, metrics[$metric] AS score
        FROM runs
        WHERE experiment_id = (SELECT experiment_id FROM experiments WHERE name = $experiment) AND status = $$FINISHED$$
    ),
    newest AS (FROM scored ORDER BY start_time DESC, run_id LIMIT 1),
    judged AS (
        SELECT *, (SELECT max(score) FROM scored WHERE run_id <> newest.run_id) AS best_before FROM newest
    )
    SELECT run_id, run_name, score, best_before,
           coalesce(score >= best_before - $tolerance::DOUBLE, score IS NOT NULL AND best_before IS NULL) AS passed
    FROM judged
'
cat "$report"

# A query without rows writes an empty list: then there was nothing to judge.
if grep -q '"passed":true' "$report"; then
    echo "The newest run of $experiment is good enough."
elif grep -q '"passed":false' "$report"; then
    echo "The newest run of $experiment is worse than the best before it by more than $tolerance." >&2
    exit 3
else
    echo "There is no finished run in $experiment." >&2
    exit 1
fi
