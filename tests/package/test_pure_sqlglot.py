"""sqlglot comes compiled or not (its extra ``[c]`` puts compiled modules beside the others): both must work alike."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

STATEMENTS = (
    "SELECT run_name, metrics.\"val acc\" FROM runs WHERE params.lr = '0.1' OR metrics['val/acc'] >= 0.5 LIMIT 3",
    "WITH best AS (SELECT run_id FROM runs WHERE status IN ('FINISHED', 'FAILED') ORDER BY metrics.auc DESC LIMIT 5) "
    "SELECT h.step, avg(h.value) OVER (PARTITION BY h.run_id ORDER BY h.step) "
    "FROM metric_history h WHERE h.key = 'loss' AND h.run_id IN (FROM best)",
    "SELECT e.name, count(*) FROM runs r JOIN experiments e USING (experiment_id) "
    "WHERE e.name LIKE 'a%' AND r.start_time > TIMESTAMPTZ '2026-01-01 00:00:00+00' GROUP BY ALL",
    "SELECT FROM WHERE",
)
_PLANS = """
import sys
from support.planning import planned
from mlflow_sql.errors import ParseError
from mlflow_sql.plan.explain import text
for statement in sys.stdin.read().split(";"):
    try:
        print(text(planned(statement)))
    except ParseError as error:
        print(error)
import sqlglot.parser
print(sqlglot.parser.__file__.endswith(".py"))
"""
# Python takes a compiled module before a .py of the same name; this finder sees only the latter.
_ONLY_PURE = """
import sys
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, SourceFileLoader

class OnlyPure:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] != "sqlglot":
            return None
        found = (FileFinder(p, (SourceFileLoader, SOURCE_SUFFIXES)).find_spec(name) for p in path or sys.path)
        return next((spec for spec in found if spec is not None), None)

sys.meta_path.insert(0, OnlyPure)
"""


def plans(code: str) -> tuple[str, bool]:
    """The plans of all statements, made in a process of its own, and whether its sqlglot was the pure one."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=";".join(STATEMENTS),
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUTF8": "1"},
        cwd=Path(__file__).parent,
    )
    assert done.returncode == 0, done.stderr
    text, _, pure = done.stdout.strip().rpartition("\n")
    return text, pure == "True"


def test_plans_are_the_same_without_the_compiled_modules() -> None:
    """Requests, pushed conditions, keys, local SQL and the words of a parse error do not depend on the build."""
    pure, was_pure = plans(_ONLY_PURE + _PLANS)
    assert was_pure
    assert pure.count("request:") > 5
    assert "cannot read the statement" in pure
    assert pure == plans(_PLANS)[0]
