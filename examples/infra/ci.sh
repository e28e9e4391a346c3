#!/bin/sh
# Fails when the server is not as the files describe it. For a nightly job; the server is MLFLOW_TRACKING_URI.
here=$(dirname "$0")
mlflow-sql plan --var-file "$here/prod.yaml" \
    "$here/experiments.sql" "$here/retention.sql" "$here/promotion.sql"
status=$?
case $status in
    0) ;;
    2) echo "The server has drifted from $here; see the plan above." >&2 ;;
    *) echo "The plan could not be made." >&2 ;;
esac
exit $status
