"""Making rows: a call whose answer was lost may have been carried out, so the row is looked for before asking again.

A row carries a mark of its own, or has a unique name.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from mlflow_sql.engine.unique import reserved, told
from mlflow_sql.errors import BadRequest, Error, ResponseError, ServerFailure, Unreachable
from mlflow_sql.plan import filters
from mlflow_sql.plan.changes import Change
from mlflow_sql.plan.nodes import Search, call
from mlflow_sql.rows.calls import Making
from mlflow_sql.rows.decode import Decoder

if TYPE_CHECKING:
    from mlflow_sql.catalog.model import Resource
    from mlflow_sql.rest.transport import Transport

_TRIES = 3
_EXISTS = "RESOURCE_ALREADY_EXISTS"


class Maker:
    """Makes rows of a resource; may be used from several threads at once."""

    def __init__(self, transport: Transport, resource: Resource) -> None:
        self.transport = transport
        self.resource = resource

    def make(self, change: Change, made: Making) -> tuple[dict[str, Any], dict[str, Any]]:
        """Make a row; its key, and the row as far as the answer tells it.

        Raises ServerError, and StatementError for a unique name that a deleted row keeps.
        """
        for attempt in range(_TRIES):
            lost: Error | None = None
            try:
                answer = self.transport.send(made.call)
                found = msgspec.json.decode(answer.content)
                key = {column: _at(found, path) for column, path in made.key.items()}
                if None in key.values():
                    label = made.call.label
                    raise ResponseError(f"{label} answered without {', '.join(made.key)}", call=label)
                return key, self.decoded(made, answer.content, made.call.label)
            except (Unreachable, ServerFailure, ResponseError) as why:
                lost = why
            except msgspec.DecodeError as why:
                lost = ResponseError(f"the answer to {made.call.label} is not JSON: {why}", call=made.call.label)
            except BadRequest as why:
                if why.code != _EXISTS or made.natural is None:
                    raise
                if attempt == 0:
                    raise self.reserved(change, made, why) from why
                lost = why  # made by an attempt that the server had not finished when we looked
            there = self.lookup(change, made)
            if there is not None:
                return there, {}
            if attempt == _TRIES - 1 or isinstance(lost, BadRequest):
                raise lost
            time.sleep(0.2 * 2**attempt)
        raise AssertionError("unreachable")

    def reserved(self, change: Change, made: Making, why: BadRequest) -> Error:
        """What to say of a name that is taken: by whom, and what to do."""
        resource = self.resource
        column = made.natural or ""
        name = change.set.get(column)
        found = self.natural(change, made, [*made.key, *([s] if (s := _stage(resource)) else [])])
        if found is not None and found.get(_stage(resource) or "") == "deleted":
            return reserved(resource, column, name, {c: found[c] for c in made.key})
        holder = f": {told({c: found[c] for c in made.key})} has it" if found is not None else ""
        return BadRequest(
            f"{resource.label} {column} {name!r} exists already{holder}",
            call=why.call, status=why.status, code=why.code,
            hint=f"ON CONFLICT ({column}) DO NOTHING, or DO UPDATE SET ..., leaves or changes what is there",
        )  # fmt: skip

    def decoded(self, made: Making, content: bytes, label: str) -> dict[str, Any]:
        """The made row as far as the answer tells it."""
        if made.method.item is None:
            return {}
        resource = self.resource
        page = Decoder(resource, made.method, resource.answered).page(content, label)
        rows = page.batch.to_pylist(maps_as_pydicts="lossy")
        return dict(rows[0]) if rows else {}

    def lookup(self, change: Change, made: Making) -> dict[str, Any] | None:
        """The key of a row whose making was not answered, or None when it is not there."""
        resource = self.resource
        given = change.set
        if made.natural is not None:
            stage = _stage(resource)
            there = self.natural(change, made, [*made.key, *([stage] if stage else [])])
            if there is None or (stage and there[stage] == "deleted"):  # that one is older: the server refuses the name
                return None
            return {c: there[c] for c in made.key}
        assert made.mark is not None
        method = next(m for m in resource.methods_for("select") if m.items)
        tags = next(p.column for p in made.method.params if p.type == "pairs")
        column = resource.column(tags or "")
        assert column is not None
        assert column.push is not None
        field = column.push.field.replace("{key}", filters.key(made.mark[0]) or "")
        values = {
            p.name: [given[p.column]]
            for p in method.params
            if p.column and p.column in given and p.type == "string_list"
        }
        search = Search(method, values, (f"{field} = {filters.string(made.mark[1])}",), "all", limit=2)
        return self._first(search, list(made.key))

    def natural(self, change: Change, made: Making, columns: Sequence[str]) -> dict[str, Any] | None:
        """The row that has the unique name of the one to be made, deleted or not, or None."""
        assert made.natural is not None
        method = next(
            m for m in self.resource.methods_for("select")
            if m.item and [p.column for p in m.params if p.required] == [made.natural]
        )  # fmt: skip
        param = next(p for p in method.params if p.required)
        return self._first(Search(method, {param.name: change.set[made.natural]}), columns)

    def _first(self, search: Search, columns: Sequence[str]) -> dict[str, Any] | None:
        found = call(search)
        answer = self.transport.send(found)
        decoder = Decoder(self.resource, search.method, list(columns))
        rows = decoder.page(answer.content, found.label).batch.to_pylist()
        return dict(rows[0]) if rows else None


def _stage(resource: Resource) -> str | None:
    return resource.lifecycle.column if resource.lifecycle else None


def _at(found: Any, path: str) -> Any:
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found
