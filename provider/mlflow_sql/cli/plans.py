"""A plan as a document: for machines, and saved to be applied later.

The keys, which stay as they are while ``format_version`` does: ``server`` (its address without credentials),
``planned_at`` (UTC; the current time of every statement), ``summary`` (numbers of objects to create, update and
delete, and of methods to call), ``statements``: each with ``file``, ``line``, ``verb``, ``changes`` and ``calls`` as
``engine.desired`` has them. A saved plan has each statement's ``text`` and ``variables`` besides, as they are: whoever
reads the file reads them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec

from mlflow_sql.cli.script import Statement
from mlflow_sql.cli.variables import Bound
from mlflow_sql.engine.desired import Called, Changed, Effect
from mlflow_sql.errors import UsageError

VERSION = 1


class Summary(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many objects are to be created, updated and deleted, and how many methods called."""

    create: int = 0
    update: int = 0
    delete: int = 0
    call: int = 0

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.create or self.update or self.delete or self.call)


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one statement does. text and variables only in a saved plan."""

    file: str
    line: int
    verb: str
    changes: tuple[Changed, ...]
    calls: tuple[Called, ...]
    text: str | msgspec.UnsetType = msgspec.UNSET
    variables: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET

    @property
    def place(self) -> str:
        """file:line."""
        return f"{self.file}:{self.line}"


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole plan."""

    server: str
    planned_at: datetime
    summary: Summary
    statements: tuple[Step, ...]
    format_version: int = VERSION

    def without_values(self) -> Document:
        """The plan without the statements' text and variables, to be shown."""
        bare = (msgspec.structs.replace(s, text=msgspec.UNSET, variables=msgspec.UNSET) for s in self.statements)
        return msgspec.structs.replace(self, statements=tuple(bare))


def document(server: str, now: datetime, bound: Sequence[Bound], effects: Sequence[Effect]) -> Document:
    """The plan of statements: with all that is needed to apply it."""
    steps = [
        Step(
            b.statement.source, b.statement.line, e.verb, e.changes, e.calls, b.statement.text,
            {name: _kept(value) for name, value in b.values.items()},
        )
        for b, e in zip(bound, effects, strict=True)
    ]  # fmt: skip
    actions = [c.action for s in steps for c in s.changes]
    summary = Summary(
        actions.count("create"), actions.count("update"), actions.count("delete"), sum(len(s.calls) for s in steps)
    )
    return Document(server, now, summary, tuple(steps))


def as_json(found: Any) -> str:
    """A document, or any other value, as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(found), indent=2).decode()


def save(found: Document, path: Path) -> None:
    """Write a plan to a file that only its owner may read, since variables may be secrets. Raises UsageError."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(as_json(found) + "\n")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None


def load(path: Path) -> Document:
    """A saved plan. Raises UsageError when the file is none, is damaged, or of another version."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    again = "make it again with: mlflow-sql plan ... --save"
    try:
        version = msgspec.json.decode(content, type=dict[str, msgspec.Raw]).get("format_version")
        if version is not None and bytes(version) != str(VERSION).encode():
            said = bytes(version).decode(errors="replace")
            raise UsageError(f"{path} is a plan of format {said}, and this program reads {VERSION}", hint=again)
        found = msgspec.json.decode(content, type=Document)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is no saved plan, or damaged: {error}", hint=again) from None
    if any(s.text is msgspec.UNSET or s.variables is msgspec.UNSET for s in found.statements):
        raise UsageError(f"{path} was printed, not saved: it has no statements", hint=again)
    if found.planned_at.tzinfo is None:
        raise UsageError(f"{path} is damaged: planned_at has no time zone", hint=again)
    return found


def bound_of(found: Document) -> list[Bound]:
    """The statements of a saved plan with their variables."""
    return [
        Bound(Statement(str(s.text), s.line, 1, s.file), {n: _restored(v) for n, v in dict(s.variables or {}).items()})
        for s in found.statements
    ]


def differences(saved: Document, now: Document) -> list[tuple[Step, list[Changed | Called], list[Changed | Called]]]:
    """For each statement that does something else by now: what was planned and is not so, and what is new."""
    found = []
    fresh = msgspec.json.decode(msgspec.json.encode(now), type=Document)
    for old, new in zip(saved.statements, fresh.statements, strict=True):
        before: list[Changed | Called] = [*old.changes, *old.calls]
        after: list[Changed | Called] = [*new.changes, *new.calls]
        if before != after:
            gone, come = _without(before, after), _without(after, before)
            found.append((old, gone, come))
    return found


def _without(some: Sequence[Changed | Called], others: Iterable[Changed | Called]) -> list[Changed | Called]:
    left = list(others)
    kept = []
    for one in some:
        if one in left:
            left.remove(one)
        else:
            kept.append(one)
    return kept


def _kept(value: Any) -> Any:
    """A variable as JSON holds it: times, which JSON has not, as an object that says so."""
    if isinstance(value, datetime):
        return {"timestamp": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    return value


def _restored(value: Any) -> Any:
    if isinstance(value, dict):
        if text := value.get("timestamp"):
            return datetime.fromisoformat(text)
        return date.fromisoformat(value["date"])
    return value


def present() -> datetime:
    """The current time."""
    return datetime.now(UTC)
