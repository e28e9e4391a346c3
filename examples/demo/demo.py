"""The whole tour on one machine: start a local MLflow server, train a sweep, then ask about it in SQL.

python examples/demo/demo.py            # in a temporary folder, removed afterwards
python examples/demo/demo.py my-store   # in a folder, kept; trained only if it holds no experiment yet

On a terminal the tour goes on with Enter and ends in the shell, anywhere else it is printed and that is all.
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
from mlflow_sql.cli.main import cli
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


def ask(url: str, *, in_steps: bool) -> None:
    """Print every question of the tour, its SQL and its answer. in_steps: wait for Enter after each."""
    tour = list(questions(TOUR.read_text()))
    if in_steps:
        print(f"A tour of {len(tour)} questions, about two minutes; every answer comes from that server.")
    with mlflow_sql.connect(url) as connection:
        for number, (question, statement) in enumerate(tour, 1):
            title = f"{number}. {question}"
            print(f"\n{bold(title) if in_steps else title}\n\n{statement};\n")
            answer = connection.sql(statement)
            is_plan = statement.startswith("EXPLAIN")  # lines of text, which a table would cut off
            print("\n".join(line for (line,) in answer.fetchall()) if is_plan else str(answer).rstrip())
            if in_steps and not goes_on(number, len(tour)):
                return


def bold(text: str) -> str:
    """The text in bold letters, where colours are wanted."""
    return text if "NO_COLOR" in os.environ else f"\x1b[1m{text}\x1b[0m"


def goes_on(number: int, last: int) -> bool:
    """Wait for the reader; whether there is more and they want it."""
    further = "Enter: the next question" if number < last else "Enter: the shell"
    try:
        answer = input(f"\n[{number} of {last}] {further}{', q: the shell' if number < last else ''} ")
    except (EOFError, KeyboardInterrupt):
        print()
        return False
    return not answer.strip().lower().startswith("q")


def shell(url: str) -> None:
    """The interactive shell on the server, until the user leaves."""
    helps, leaves, again = (bold(command) for command in ("\\?", "\\q", f"\\i {os.path.relpath(TOUR)}"))
    print(f"\nNow it is yours. {helps} lists the commands, {leaves} leaves and stops the server.")
    print(f"The tour again, all at once: {again}")
    print("A first one: SELECT run_name, metrics.val_acc FROM runs ORDER BY metrics.val_acc DESC LIMIT 5;")
    print("Then as a picture: \\plot; and live: \\watch 10\n")
    cli.main(["--server", url], prog_name="mlflow-sql", standalone_mode=False)


def main() -> None:
    """Start the server over the folder, fill it when it is new, and go through the tour."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", help="where to keep the runs (default: a temporary folder)")
    folder = parser.parse_args().folder
    on_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    with tempfile.TemporaryDirectory() as temporary:
        place = folder or temporary
        is_new = not (Path(place) / "mlflow.db").exists()
        began = time.monotonic()
        with EmbeddedServer.start(place) as server:
            print(f"Started a local MLflow server in {time.monotonic() - began:.1f} s: {server.url}", flush=True)
            if is_new:
                train(server.url)
            ask(server.url, in_steps=on_terminal)
            if on_terminal:
                shell(server.url)
    if folder:
        store = "sqlite:///" + shlex.quote(f"{folder}/mlflow.db")
        print(f"\nThe runs are kept in {folder}; ask on with: mlflow-sql --server {store} -c 'FROM experiments'")
    else:
        print("\nThe runs are gone now; to keep them and ask on: python examples/demo/demo.py my-store")


if __name__ == "__main__":
    main()
