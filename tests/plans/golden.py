"""Files of statements with their plans.

A case is a title comment, settings if any, the statement, and the text that EXPLAIN answers, behind ``--| ``::

    -- A param compared with a text
    -- capabilities: all -null_predicates
    -- pushdown: off
    -- params: ["a", 1]
    -- local: CREATE TABLE picked AS SELECT 'a' AS run_id
    SELECT run_id FROM runs WHERE params.model = ?
    --| scan_1: experiment_runs runs by search
    --| ...

Cases are kept apart by empty lines; what stands before the first case and has no statement is the file's comment.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from mlflow_sql.engine import supplying
from mlflow_sql.errors import Error
from mlflow_sql.plan import explain
from support.planning import planned

PLAN = "--| "
SETTINGS = ("capabilities", "pushdown", "params", "set", "local")


@dataclass
class Case:
    """One statement and its plan; without a statement, a comment of the file."""

    file: Path
    comments: list[str] = field(default_factory=list)
    statement: list[str] = field(default_factory=list)
    plan: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The comments that are no settings."""
        return " ".join(c for c in self.comments if not _is_setting(c))

    def setting(self, name: str) -> str:
        """What stands behind ``-- name:``, or nothing."""
        return next((c.partition(":")[2].strip() for c in self.comments if c.startswith(f"{name}:")), "")

    def planned(self) -> list[str]:
        """The plan as it is now, or the error that the statement meets."""
        words = self.setting("capabilities").split()
        assert words[:1] in ([], ["all"]), "capabilities: all -this -that"
        options: dict[str, Any] = {"without": [w.removeprefix("-") for w in words[1:]]}
        if self.setting("pushdown") == "off":
            options["pushdown"] = False
        for name in self.setting("set").split():
            options[name.removeprefix("no_")] = not name.startswith("no_")
        if self.setting("local"):
            local = duckdb.connect()
            local.execute(self.setting("local"))
            options["ask"] = lambda sql, tables: supplying.ask(local, sql, tables)
        params = json.loads(self.setting("params") or "null")
        try:
            return explain.text(planned("\n".join(self.statement), params, **options)).splitlines()
        except Error as error:
            return f"{type(error).__name__}: {error}".splitlines()

    def text(self) -> str:
        """The case as it stands in the file."""
        lines = [f"-- {c}" for c in self.comments] + self.statement + [f"{PLAN}{line}".rstrip() for line in self.plan]
        return "\n".join(lines)


def read(file: Path) -> list[Case]:
    """The cases of a file, its comment first if it has one."""
    cases = []
    for block in file.read_text(encoding="utf-8").strip().split("\n\n"):
        case = Case(file)
        for line in block.splitlines():
            if line.startswith(PLAN.rstrip()):
                case.plan.append(line.removeprefix(PLAN))
            elif line.startswith("-- ") and not case.statement:
                case.comments.append(line.removeprefix("-- "))
            else:
                case.statement.append(line)
        cases.append(case)
    return cases


def write(file: Path, cases: list[Case]) -> None:
    """The file with these cases."""
    file.write_text("\n\n".join(case.text() for case in cases) + "\n", encoding="utf-8")


def _is_setting(comment: str) -> bool:
    return comment.partition(":")[0] in SETTINGS
