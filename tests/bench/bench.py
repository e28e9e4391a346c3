"""Compare mlflow-sql with MLflow's own client and with bare requests, on this machine, in one run.

    python tests/bench/bench.py                           everything, some 25 minutes
    python tests/bench/bench.py --quick                   a tenth of the rows, about a minute
    python tests/bench/bench.py --only history --only plan
    python tests/bench/bench.py --store FOLDER            keeps the seeded store there for the next time

Ways that are compared take turns, and medians are told. Ratios are what to look at: seconds depend on the machine, so
nothing here fails because of them. "bare" is a loop of requests over the same pages that looks at nothing but tokens.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import sys
import tempfile
from contextlib import AbstractContextManager, ExitStack, nullcontext
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "provider"))

from questions import QUESTIONS, Row, Setting
from store import FULL, QUICK, prepare

_PACKAGES = ("mlflow", "duckdb", "sqlglot", "sqlglotc", "pyarrow", "msgspec", "requests", "urllib3", "pandas")


class _Options(NamedTuple):
    quick: bool
    only: list[str]
    store: Path | None
    json: Path | None
    repeats: int | None


def main() -> None:
    """Answer the questions asked for and print the table."""
    options = _options()
    for name in [name for name in os.environ if name.startswith(("MLFLOW_", "DATABRICKS_"))]:
        del os.environ[name]
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    machine = _machine()
    print("\n".join(f"- {name}: {value}" for name, value in machine.items()) + "\n", flush=True)
    folder: AbstractContextManager[str | Path] = (
        tempfile.TemporaryDirectory() if options.store is None else nullcontext(options.store)
    )
    rows: list[Row] = []
    with folder as place, ExitStack() as servers:
        store = prepare(Path(place), QUICK if options.quick else FULL)
        print(f"| {' | '.join(_HEAD)} |\n|{' --- |' * len(_HEAD)}", flush=True)
        setting = Setting(store, options.quick, options.repeats, servers)
        for name in options.only or QUESTIONS:
            for row in QUESTIONS[name](setting):
                print(_line(row), flush=True)
                rows.append(row)
    if options.json is not None:
        told = {
            "machine": machine | {"load after": _load()},
            "rows": [row._asdict() | {"met": row.met} for row in rows],
        }
        options.json.write_text(json.dumps(told, indent=1))


_HEAD = ("what", "ours", "peer", "ratio", "goal", "")


def _line(row: Row) -> str:
    verdict = {None: "", True: "met", False: "**missed**"}[row.met]
    ratio = "" if math.isnan(row.ratio) else f"{row.ratio:.3g}"
    return f"| {row.what} | {row.ours} | {row.peer} | {ratio} | {row.goal} | {verdict} |"


def _machine() -> dict[str, str]:
    versions = []
    for package in _PACKAGES:
        try:
            versions.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            versions.append(f"no {package}")
    return {
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "versions": ", ".join(versions),
        "load before": _load(),
    }


def _load() -> str:
    return " ".join(f"{load:.2f}" for load in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"


def _options() -> _Options:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="2,000 runs instead of 20,000, fewer repeats")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        choices=list(QUESTIONS),
        metavar="NAME",
        help="one of: %(choices)s; may be repeated",
    )
    parser.add_argument("--store", type=Path, metavar="FOLDER", help="keep the seeded store here and use it again")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write machine and figures there too")
    parser.add_argument("--repeats", type=int, metavar="N", help="of each way, instead of what each question takes")
    return _Options(**vars(parser.parse_args()))


if __name__ == "__main__":
    main()
