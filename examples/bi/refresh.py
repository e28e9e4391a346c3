"""Keep a DuckDB file and Parquet files of a server's runs fresh, for a BI tool to read.

MLFLOW_TRACKING_URI=http://127.0.0.1:5000 python examples/bi/refresh.py my-warehouse           # every few minutes
MLFLOW_TRACKING_URI=http://127.0.0.1:5000 python examples/bi/refresh.py my-warehouse --full    # every night

Without --full only runs are read that started since the last refresh, or since the first of those that were still
running then (up to a week back): the server is asked for them alone. What is not seen that way are old runs that were
deleted or changed afterwards, hence the night.

The tables are flat, as BI tools like them: `experiments`, `runs`, and one line for each value in `metrics`, `params`
and `tags`. Point the tool at the Parquet files (each is replaced at once when it is whole), or at `warehouse.duckdb`
where its driver opens the file only to read, and not while this runs: DuckDB lets one process write or many read.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import mlflow_sql

COLUMNS = """
    run_id, experiment_id, run_name, status, user_id, start_time, end_time, epoch(duration) AS seconds, parent_run_id
"""
MAPS = ("metrics", "params", "tags")
TABLES = ("experiments", "runs", *MAPS)

# What has to be read again: nothing that started earlier can have changed, but for deleting and tagging.
SINCE = """
    SELECT least(max(start_time), min(start_time) FILTER (
        status IN ('RUNNING', 'SCHEDULED') AND start_time > now() - INTERVAL 7 DAY
    )) FROM bi.runs
"""


def refresh(connection: mlflow_sql.Connection, *, full: bool) -> int:
    """Bring the tables of schema ``bi`` up to date; how many runs were read."""
    db = connection.duckdb
    known = db.sql("SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'bi' AND table_name = 'runs'").fetchall()
    since = None if full or known == [(0,)] else db.sql(SINCE).fetchall()[0][0]
    # Read to the end before anything is changed: a server that fails leaves yesterday's tables as they were.
    # A bound value is a constant when the statement is planned, so the server itself leaves the older runs out.
    where, given = ("WHERE start_time >= $since", {"since": since}) if since is not None else ("", None)
    connection.sql(
        f"CREATE OR REPLACE TEMP TABLE fresh AS SELECT {COLUMNS}, {', '.join(MAPS)} FROM runs {where}", given
    )
    connection.sql("""
        CREATE OR REPLACE TEMP TABLE fresh_experiments AS
        SELECT experiment_id, name, creation_time, lifecycle_stage FROM experiments WHERE lifecycle_stage IS NOT NULL
    """)
    db.execute("BEGIN")
    try:
        db.execute("CREATE SCHEMA IF NOT EXISTS bi")
        db.execute("CREATE OR REPLACE TABLE bi.experiments AS FROM fresh_experiments")
        parts = {"runs": f"SELECT * EXCLUDE ({', '.join(MAPS)}) FROM fresh"}
        for name in MAPS:
            pairs = f"SELECT run_id, unnest(map_entries({name})) AS pair FROM fresh"
            parts[name] = f"SELECT run_id, pair.key AS key, pair.value AS value FROM ({pairs})"
        for name, select in parts.items():
            if since is None:
                db.execute(f"CREATE OR REPLACE TABLE bi.{name} AS {select}")
            else:
                db.execute(f"DELETE FROM bi.{name} WHERE run_id IN (SELECT run_id FROM fresh)")
                db.execute(f"INSERT INTO bi.{name} {select}")
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise
    (read,) = db.sql("SELECT count(*) FROM fresh").fetchall()[0]
    return int(read)


def export(connection: mlflow_sql.Connection, folder: Path) -> None:
    """Write each table to a Parquet file beside the old one, and put it in its place."""
    for name in TABLES:
        draft = folder / f".{name}.parquet"
        path = str(draft).replace("'", "''")
        connection.duckdb.sql(f"COPY bi.{name} TO '{path}' (FORMAT parquet)")
        draft.replace(folder / f"{name}.parquet")


def main() -> None:
    """Refresh the folder that is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--full", action="store_true", help="read every run again")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    with mlflow_sql.connect(database=str(args.folder / "warehouse.duckdb"), read_only=True) as connection:
        read = refresh(connection, full=args.full)
        export(connection, args.folder)
        (total,) = connection.duckdb.sql("SELECT count(*) FROM bi.runs").fetchall()[0]
        print(f"Read {read:,} runs; {args.folder} now holds {total:,}.")


if __name__ == "__main__":
    main()
