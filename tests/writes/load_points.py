"""Loads a Parquet file of metric values, and prints how much memory that took and how long.

python load_points.py URL FILE
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import mlflow_sql


def peak() -> float:
    """The most memory (MB, resident) that this process has had."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def main() -> None:
    """Load, and tell."""
    with mlflow_sql.connect(sys.argv[1]) as con:
        con.sql(f"SELECT count(*) FROM '{sys.argv[2]}'").fetchall()
        assert con.facts  # what is imported for the first call counts as the beginning
        before, began = peak(), time.perf_counter()
        loaded = con.sql(f"INSERT INTO metric_history BY NAME FROM '{sys.argv[2]}'")
        assert loaded is not None
        rows = loaded.fetchall()[0][0]
        print(json.dumps({"rows": rows, "before": before, "peak": peak(), "seconds": time.perf_counter() - began}))


if __name__ == "__main__":
    main()
