"""EXPLAIN of a write: the reads it makes, then every call that it would send. Only the reads are sent."""

from __future__ import annotations

import re
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

_EXEC = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*(EXEC)\b", re.DOTALL | re.IGNORECASE)
SHOWN = 100  # calls in the text; the JSON has them all


def explained_write(connection: Connection, statement: str, params: Any, as_json: bool) -> list[str] | None:
    """The lines that EXPLAIN answers for a statement that writes, or for EXEC; None for any other statement."""
    reads: Plan | None = None
    label = "write"
    start = _EXEC.match(statement)
    if start is not None:
        found = read_exec(statement[start.start(1) :], connection.names)
        calls = execute.calls_of(connection, found, params)
        reads = execute.reads_of(connection, found, params)
        label = "read" if execute.is_read(found.method) else "write"
        keeps = 0
    else:
        write = connection.write_of(statement, params)
        if write is None:
            return None
        write = writes.settled(connection, write)
        reads = connection._plan(connection._parse(write.sql, None, False), prefix="scan_")
        calls, keeps = _calls(connection, write)
    if as_json:
        whole: dict[str, Any] = {f"{label}s": [_described(c) for c in calls], "unchanged": keeps}
        if reads is not None:
            whole = {**msgspec.json.decode(explain.as_json(reads)), **whole}
        return [msgspec.json.format(msgspec.json.encode(whole), indent=2).decode()]
    lines = explain.text(reads).splitlines() if reads is not None else []
    lines += [f"{label}: {c.label} {msgspec.json.encode(c.body or c.query or {}).decode()}" for c in calls[:SHOWN]]
    if len(calls) > SHOWN:
        lines.append(f"{label}: and {len(calls) - SHOWN} calls more; EXPLAIN (FORMAT json) lists all")
    unchanged = f", {keeps} rows are so already" if keeps else ""
    lines.append(f"total: {len(calls)} {label} {'call' if len(calls) == 1 else 'calls'}, none of them sent{unchanged}")
    return lines


def _calls(connection: Connection, write: Write) -> tuple[list[Call], int]:
    now = time.time_ns() // 1_000_000
    if bulk.is_load(write):
        return bulk.calls(connection, write, now), 0
    changes, tasks = writes.prepare(connection, write, now)
    return [c for task in tasks for c in task.shown], sum(c.kind == "keep" for c in changes)


def _described(found: Call) -> dict[str, Any]:
    sent = {"body": found.body} if found.query is None else {"query": found.query}
    return {"verb": found.verb, "path": found.path, **sent}
