#!/bin/sh
# A nightly job: what are the rules for old runs going to delete, may that be, and then do it.
#
#   MLFLOW_TRACKING_URI=http://127.0.0.1:5000 examples/ci/nightly.sh [DAYS] [MOST]
#
# `mlflow-sql plan` says by its exit status whether there is anything to do: 0 no, 2 yes, 1 it could not look.
# `apply` of the saved plan does exactly what was shown, or refuses. More than MOST deletions need a person (status 4).
set -eu
days=${1:-90} most=${2:-100}
rules=$(dirname "$0")/../infra/retention.sql
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

status=0
mlflow-sql --max-writes 100000 plan --var retention_days="$days" --save "$folder/plan.json" "$rules" > "$folder/plan.txt" ||
    status=$?
cat "$folder/plan.txt"
case $status in
    0) echo "No run is older than $days days and failed." ;;
    2)
        count=$(sed -n 's/^Plan: .* \([0-9]*\) to delete.*/\1/p' "$folder/plan.txt")
        if [ "${count:-0}" -gt "$most" ]; then
            echo "The plan deletes more than $most runs ($count): that needs a person." >&2
            exit 4
        fi
        mlflow-sql --max-writes "$most" apply --yes "$folder/plan.json"
        ;;
    *) exit "$status" ;;
esac
