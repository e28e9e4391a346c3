"""EXPLAIN of a write: the reads it makes, then every call that it would send. Only the reads are sent."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import msgspec

from mlflow_sql.engine import bulk, execute, writes
from mlflow_sql.plan import explain
from mlflow_sql.plan.execute import read_exec
from mlflow_sql.plan.nodes import Call, Plan
from mlflow_sql.plan.write import Write

if TYPE_CHECKING:
    from mlflow_sql.engine.connection import Connection

SHOWN = 100  # calls in the text; the JSON has them all


def explained_write(connection: Connection, statement: str, params: Any, as_json: bool) -> list[str] | None:
    """The lines that EXPLAIN answers for a statement that writes, or for EXEC; None for any other statement."""
    reads: Plan | None = None
    if statement.lstrip()[:5].upper() in ("EXEC ", "EXEC\n", "EXEC\t"):
        calls = execute.calls_of(connection, read_exec(statement, connection.names), params)
        keeps = 0
    else:
        write = connection.write_of(statement, params)
        if write is None:
            return None
        reads = connection.plan(write.sql)
        calls, keeps = _calls(connection, write)
    if as_json:
        whole: dict[str, Any] = {"writes": [_described(c) for c in calls], "unchanged": keeps}
        if reads is not None:
            whole = {**msgspec.json.decode(explain.as_json(reads)), **whole}
        return [msgspec.json.format(msgspec.json.encode(whole), indent=2).decode()]
    lines = explain.text(reads).splitlines() if reads is not None else []
    lines += [f"write: {c.label} {msgspec.json.encode(c.body or c.query or {}).decode()}" for c in calls[:SHOWN]]
    if len(calls) > SHOWN:
        lines.append(f"write: and {len(calls) - SHOWN} calls more; EXPLAIN (FORMAT json) lists all")
    unchanged = f", {keeps} rows are so already" if keeps else ""
    lines.append(f"total: {len(calls)} write {'call' if len(calls) == 1 else 'calls'}, none of them sent{unchanged}")
    return lines


def _calls(connection: Connection, write: Write) -> tuple[list[Call], int]:
    now = time.time_ns() // 1_000_000
    if bulk.is_load(write):
        return bulk.calls(connection, write, now), 0
    changes, tasks = writes.prepare(connection, write, now)
    return [c for task in tasks for c in task.shown], sum(c.kind == "keep" for c in changes)


def _described(found: Call) -> dict[str, Any]:
    return {"verb": found.verb, "path": found.path, "body": found.body}
