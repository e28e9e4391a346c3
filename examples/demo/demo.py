"""The whole tour on one machine: start a local MLflow server, train a sweep, then ask about it in SQL.

python examples/demo/demo.py            # in a temporary folder, removed afterwards
python examples/demo/demo.py my-store   # in a folder, kept; trained only if it holds no experiment yet
"""

from __future__ import annotations

import argparse
import itertools
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import mlflow_sql
from mlflow_sql.cli.script import split
from mlflow_sql.embedded import EmbeddedServer

HERE = Path(__file__).resolve().parent
TOUR = HERE.parent / "tour.sql"


def questions(text: str) -> Iterator[tuple[str, str]]:
    """Each statement of a script with the comment that stands right above it."""
    lines = text.splitlines()
    for statement in split(text):
        above = itertools.takewhile(lambda line: line.startswith("--"), reversed(lines[: statement.line - 1]))
        yield " ".join(line.removeprefix("--").strip() for line in reversed(list(above))), statement.text


def train(url: str) -> None:
    """Run train.py against the server at ``url``."""
    began = time.monotonic()
    environment = os.environ | {"MLFLOW_TRACKING_URI": url, "MLFLOW_DISABLE_TELEMETRY": "true"}
    subprocess.run([sys.executable, str(HERE / "train.py")], check=True, env=environment)
    print(f"Trained and logged the runs in {time.monotonic() - began:.1f} s.")


def ask(url: str) -> None:
    """Print every question of the tour, its SQL and its answer."""
    with mlflow_sql.connect(url) as connection:
        for number, (question, statement) in enumerate(questions(TOUR.read_text()), 1):
            print(f"\n{number}. {question}\n\n{statement};\n")
            answer = connection.sql(statement)
            is_plan = statement.startswith("EXPLAIN")  # lines of text, which a table would cut off
            print("\n".join(line for (line,) in answer.fetchall()) if is_plan else str(answer).rstrip())


def main() -> None:
    """Start the server over the folder, fill it when it is new, and go through the tour."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", help="where to keep the runs (default: a temporary folder)")
    folder = parser.parse_args().folder
    with tempfile.TemporaryDirectory() as temporary:
        place = folder or temporary
        is_new = not (Path(place) / "mlflow.db").exists()
        began = time.monotonic()
        with EmbeddedServer.start(place) as server:
            print(f"Started a local MLflow server in {time.monotonic() - began:.1f} s: {server.url}", flush=True)
            if is_new:
                train(server.url)
            ask(server.url)
    if folder:
        store = "sqlite:///" + shlex.quote(f"{folder}/mlflow.db")
        print(f"\nThe runs are kept in {folder}; ask on with: mlflow-sql --server {store} -c 'FROM experiments'")
    else:
        print("\nThe runs are gone now; to keep them and ask on: python examples/demo/demo.py my-store")


if __name__ == "__main__":
    main()
