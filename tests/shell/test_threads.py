"""The shell's threads import the same modules at the same time, when the first statement is typed at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_PROVIDER = Path(__file__).parents[2] / "provider"
_SCRIPT = """
import faulthandler, importlib.abc, sys, threading
faulthandler.dump_traceback_later(30, exit=True)
from mlflow_sql.cli.shell.reading import is_finished

typed = threading.Thread(target=lambda: print(is_finished("SELECT 'a';")), daemon=True)

class Watch(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "sqlglot.generators.duckdb" and typed.ident is None:  # the engine's thread is in the midst of it
            typed.start()
            typed.join(0.5)
        return None

sys.meta_path.insert(0, Watch())

def engine():
    import mlflow_sql
    with mlflow_sql.connect("http://127.0.0.1:9") as connection:
        connection.sql("SELECT 1")

thread = threading.Thread(target=engine, daemon=True)
thread.start()
thread.join()
typed.join()
"""


def test_a_statement_typed_while_the_engine_loads_does_not_hang() -> None:
    """sqlglot guards its package of dialects by a lock of its own, which an import of a dialect takes inside.

    Whoever took that lock first, by asking the package for the dialect, waited for ever.
    """
    env = {**os.environ, "PYTHONPATH": str(_PROVIDER)}
    ended = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True, timeout=60, env=env)
    assert (ended.stdout, ended.stderr, ended.returncode) == ("True\n", "", 0)
