"""Plans as text: one line for each object, with what becomes of its fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import click

from mlflow_sql.catalog.model import CATALOG
from mlflow_sql.cli.plans import Document, Step, Summary
from mlflow_sql.engine.desired import Called, Changed, Done, Field
from mlflow_sql.engine.overlay import UNKNOWN

_LOOK = {"create": ("+", "green"), "update": ("~", "yellow"), "delete": ("-", "red"), "call": ("!", "cyan")}
_LONGEST = 200  # characters of a value that are shown
_MOST = 20  # rows without a name that one statement writes to one table and that are all shown


class Diff:
    """Renders plans. color: with terminal colours. arrow: between old and new values."""

    def __init__(self, color: bool, arrow: str = "→") -> None:
        self.color = color
        self.arrow = arrow

    def plan(self, found: Document) -> Iterator[str]:
        """The lines of a plan: its statements that do something, and the summary."""
        for step in found.statements:
            if step.changes or step.calls:
                yield self.style(f"{step.place}  {step.verb}", bold=True)
                yield from self.step(step)
                yield ""
        yield self.summary(found.summary)

    def step(self, step: Step) -> Iterator[str]:
        """The lines of what one statement does."""
        shown: dict[tuple[str, str], int] = {}
        for change in step.changes:
            group = (change.action, change.resource)
            shown[group] = shown.get(group, 0) + 1
            if change.name is not None or shown[group] <= _MOST:
                yield from self.change(change)
        nameless = {(c.action, c.resource) for c in step.changes if c.name is None}
        for (action, resource), count in shown.items():
            if count > _MOST and (action, resource) in nameless:
                mark, color = _LOOK[action]
                text = f"  {mark} … {count:,} rows of {short(resource)} to {action} in all; --format json lists them"
                yield self.style(text, color)
        for call in step.calls:
            yield from self.call(call)

    def change(self, change: Changed) -> Iterator[str]:
        """The lines of one object."""
        mark, color = _LOOK[change.action]
        head = f"  {mark} {label(change)}"
        listed = [self.field(f) for f in change.fields]
        if change.action == "update" and len(listed) == 1:
            yield self.style(f"{head}: {listed[0]}", color) + _together(change, "with it")
            return
        yield self.style(f"{head} will be {change.action}d", color) + _together(change, "and with it")
        for line in listed:
            yield self.style(f"      {line}", color)

    def field(self, field: Field) -> str:
        """What becomes of one value."""
        name = field.column if field.key is None else f"{field.column}.{_plain_key(field.key)}"
        if field.before is None:
            return f"{name}: {value(field.after)}"
        if field.after is None:
            return f"{name}: {value(field.before)} {self.arrow} (removed)"
        return f"{name}: {value(field.before)} {self.arrow} {value(field.after)}"

    def call(self, call: Called) -> Iterator[str]:
        """The lines of a method that will be called."""
        mark, color = _LOOK["call"]
        given = ", ".join(f"{k} {value(v)}" for k, v in call.arguments.items())
        given = f" with {given}" if given else ""
        yield self.style(f"  {mark} {short(call.method, 2)} will be called{given}", color)
        sent = ", ".join(
            f"{count} {'call' if count == 1 else 'calls'} of {name}" for name, count in call.requests.items()
        )
        yield f"      {sent}; whether it changes anything is not known, and later statements do not see its effect"

    def summary(self, found: Summary) -> str:
        """The last line of a plan."""
        if found.empty:
            return self.style("No changes: the server is as described.", "green")
        text = f"Plan: {found.create} to create, {found.update} to update, {found.delete} to delete"
        return self.style(text + (f", {found.call} to call." if found.call else "."), bold=True)

    def drift(self, found: Sequence[tuple[Step, list[Changed | Called], list[Changed | Called]]]) -> Iterator[str]:
        """What a saved plan says and the server no longer does, and the other way round."""
        for step, gone, come in found:
            yield self.style(f"{step.place}  {step.verb}", bold=True)
            for title, some in (("planned, but not so any more:", gone), ("not planned, but needed now:", come)):
                if some:
                    yield f"  {title}"
                for one in some:
                    for line in self.change(one) if isinstance(one, Changed) else self.call(one):
                        yield f"  {line}"
            if not gone and not come:
                yield "  the same changes in another order"

    def done(self, done: Done) -> str:
        """One object that was written."""
        if done.what == "logged":
            rows = "row" if done.rows == 1 else "rows"
            return self.style(f"logged {done.rows} {rows} of {short(done.resource)}{_of(done.key)}", "green")
        color = {"created": "green", "deleted": "red"}.get(done.what, "yellow")
        return self.style(f"{done.what} {label(done)}", color)

    def style(self, text: str, fg: str | None = None, bold: bool | None = None) -> str:
        """The text in a colour, if colours are wanted."""
        return click.style(text, fg=fg, bold=bold) if self.color else text


def label(found: Changed | Done) -> str:
    """What people call an object: its table, its name and its key."""
    name = f" {value(found.name)}" if found.name is not None else ""
    known = {k: v for k, v in found.key.items() if v != UNKNOWN}
    if not known:
        return short(found.resource) + name
    if name:
        return f"{short(found.resource)}{name} ({_key(found.resource, known)})"
    return f"{short(found.resource)} {_key(found.resource, found.key)}"


def _key(resource: str, key: dict[str, Any]) -> str:
    own = resource.split(".")[-1].removesuffix("s") + "_id"
    parts = [("id" if c == own else c, v) for c, v in key.items()]
    if len(parts) == 1:
        return f"{parts[0][0]} {_bare(parts[0][1])}"
    return ", ".join(f"{c} {value(v)}" for c, v in parts)


def _of(key: dict[str, Any]) -> str:
    return " of " + ", ".join(f"{c} {_bare(v)}" for c, v in key.items()) if key else ""


def _together(change: Changed, words: str) -> str:
    tables = ", ".join(short(t) for t in change.with_rows_of)
    return f" ({words} its {tables})" if tables else ""


def short(name: str, parts: int = 1) -> str:
    """The last parts of a dotted name, and the name of an attached server before them."""
    listed = name.split(".")
    server = listed[:1] if listed[0] != CATALOG else []
    return ".".join([*server, *listed[-parts:]])


def _plain_key(key: str) -> str:
    return key if all(c.isalnum() or c in "_-./" for c in key) else value(key)


def _bare(found: Any) -> str:
    return printable(found) if isinstance(found, str) else value(found)


def value(found: Any) -> str:
    """A value as SQL would write it, on one line and not too long."""
    if found is None:
        return "NULL"
    if isinstance(found, bool):
        return "true" if found else "false"
    if not isinstance(found, str):
        return printable(str(found))
    if found == UNKNOWN:
        return found
    cut = found if len(found) <= _LONGEST else found[:_LONGEST] + "…"
    return "'" + printable(cut.replace("'", "''")) + "'"


def printable(text: str) -> str:
    """The text without what a terminal would obey: the server's values are not ours."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
