"""Compare the runs of a sweep, pick the best, and promote it: tagged `stage = production`, its predecessor `archived`.

MLFLOW_TRACKING_URI=http://127.0.0.1:5000 python examples/python/promote.py moons-sweep val_acc
python examples/python/promote.py moons-sweep loss --least     # the least is the best
python examples/python/promote.py moons-sweep val_acc --dry-run

Run again, it changes nothing: the state is described, not the steps to it. The status is 1 when there is no such run.
"""

from __future__ import annotations

import argparse
import sys

import mlflow_sql

# What was varied, and what it was worth. A param that every run shares says nothing, so it is left out.
COMPARED = """
    SELECT p.key AS param, p.value, count(*) AS runs,
           round(avg(r.metrics[$metric]), 4) AS mean, round(min(r.metrics[$metric]), 4) AS least,
           round(max(r.metrics[$metric]), 4) AS greatest
    FROM runs r JOIN experiments e USING (experiment_id) JOIN run_params p USING (run_id)
    WHERE e.name = $experiment AND r.status = 'FINISHED' AND r.metrics[$metric] IS NOT NULL
    GROUP BY p.key, p.value
    QUALIFY count(*) OVER (PARTITION BY p.key) > 1
    ORDER BY p.key, TRY_CAST(p.value AS DOUBLE), p.value
"""

# Among equals the oldest wins, so that running it again promotes the same run. NaN reads as NULL and never wins.
BEST = """
    SELECT r.run_id, r.run_name, r.metrics[$metric] AS score, r.params, r.tags.stage AS stage
    FROM runs r JOIN experiments e USING (experiment_id)
    WHERE e.name = $experiment AND r.status = 'FINISHED' AND r.metrics[$metric] IS NOT NULL
    ORDER BY score * $sign DESC, r.start_time, r.run_id
    LIMIT 1
"""

# One statement for both tags, so that there is no second one to forget. What is so already costs no call.
PROMOTE = """
    UPDATE runs SET tags['stage'] = CASE WHEN run_id = $best THEN 'production' ELSE 'archived' END
    WHERE run_id = $best
       OR tags.stage = 'production' AND experiment_id = (SELECT experiment_id FROM experiments WHERE name = $experiment)
"""


def promote(connection: mlflow_sql.Connection, experiment: str, metric: str, *, least: bool, dry_run: bool) -> bool:
    """Print the comparison and promote the best run; False when no finished run has the metric."""
    given = {"experiment": experiment, "metric": metric}
    best = connection.sql(BEST, {**given, "sign": -1 if least else 1}).fetchall()
    if not best:
        return False
    print(f"What was varied in {experiment}, and its {metric}:")
    connection.sql(COMPARED, given).show()
    run_id, name, score, params, stage = best[0]
    settings = ", ".join(f"{key}={value}" for key, value in sorted(params.items()))
    print(f"The best is {name} with {metric} = {score:.4f} ({settings}); its stage is {stage or 'not set'}.")
    change = {"best": run_id, "experiment": experiment}
    if dry_run:
        lines = [line for (line,) in connection.sql(f"EXPLAIN {PROMOTE}", change).fetchall()]
        print("\n".join(line for line in lines if line.startswith(("write:", "total:"))))
    else:
        connection.sql(PROMOTE, change)
        rows = connection.sql(
            "SELECT run_name, r.tags.stage AS stage FROM runs r JOIN experiments e USING (experiment_id)"
            " WHERE e.name = $experiment AND r.tags.stage IN ('production', 'archived') ORDER BY ALL",
            {"experiment": experiment},
        )
        for run_name, now in rows.fetchall():
            print(f"{now:>10}: {run_name}")
    return True


def main() -> int:
    """The exit status: 0 promoted, 1 no such run or an error from the server."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("experiment")
    parser.add_argument("metric")
    parser.add_argument("--least", action="store_true", help="the least value is the best, as for a loss")
    parser.add_argument("--dry-run", action="store_true", help="show the calls that would be sent")
    args = parser.parse_args()
    try:
        with mlflow_sql.connect() as connection:  # the server of MLFLOW_TRACKING_URI
            if promote(connection, args.experiment, args.metric, least=args.least, dry_run=args.dry_run):
                return 0
            print(f"No finished run of {args.experiment!r} has the metric {args.metric!r}.", file=sys.stderr)
    except mlflow_sql.errors.Error as error:
        print(f"Error: {error}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
