"""Answers of a method to pages of Arrow rows.

A Decoder is made once per scan from the declared columns that the statement uses. It holds no state between pages and
may be used by several threads. All of the answer's other fields are skipped, not built: their cost is that of
scanning over the bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, repeat
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from mlflow_sql.catalog.model import Column, Method, Resource
from mlflow_sql.errors import ResourceFileError, ResponseError
from mlflow_sql.rows import columns as arrays
from mlflow_sql.rows import kinds as several
from mlflow_sql.rows import shapes
from mlflow_sql.rows.page import ItemKey, Page
from mlflow_sql.types import ColumnType, arrow_type

if TYPE_CHECKING:
    import pyarrow as pa


_Built = TypeVar("_Built")


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a column's values stand: in which layout's objects, under which paths, in the item or in the element."""

    column: Column
    layout: int
    path: shapes.Path
    minus: shapes.Path | None
    minus_layout: int
    in_element: bool
    fill: str | None  # instead of a missing value


class Decoder:
    """Reads the answers of ``method`` into batches of some columns of ``resource``.

    columns: names of columns of the resource, at least one (DuckDB refuses a batch without columns).
    stages: the lifecycle stages to keep, for a method that ignores the view (runs/get returns deleted runs too, from
    its source); an item that does not say its stage counts as active. None keeps all.
    constants: column name -> the value of that column in every row, for keys that the answer does not repeat.
    kinds: of a resource with several lists, those whose elements are wanted; None for all.

    Raises LookupError for an unknown column and ResourceFileError for one whose values stand nowhere.
    """

    schema: pa.Schema

    def __init__(
        self,
        resource: Resource,
        method: Method,
        columns: Sequence[str],
        *,
        stages: frozenset[str] | None = None,
        constants: Mapping[str, Any] | None = None,
        kinds: Sequence[str] | None = None,
    ) -> None:
        if not columns:
            raise ValueError(f"no column of {resource.full_name} was asked for")
        self._resource = resource
        self._method = method
        self._constants = dict(constants or {})
        explode = resource.explode
        self._parts: list[Decoder] = []  # one for each kind; each reads over the answer by itself
        if explode is not None and explode.kinds:
            for kind in explode.kinds if kinds is None else kinds:
                fixed = {**several.constants_of(resource, kind), **self._constants}
                alone = resource.of_kind(kind)
                self._parts.append(Decoder(alone, method, columns, stages=stages, constants=fixed))
            self.schema = _schema([_column(resource, name) for name in columns])
            return
        self._explode = shapes.split(explode.path) if explode and explode.path else None
        self._layouts = [shapes.Layout(self._explode)]
        self._columns = [_column(resource, name) for name in columns]
        self._stages = stages if resource.lifecycle is not None else None
        if self._stages is not None and resource.lifecycle is not None:
            self._stage = self._placed(resource.lifecycle.path, shapes.Kind.TEXT)
        keyset = method.paging.keyset if method.paging else None
        if keyset is not None:
            self._first = self._placed(keyset.path, shapes.Kind.NUMBER)
            self._tie = self._placed(keyset.tie, shapes.Kind.TEXT)
        self._keyset = keyset
        self._sources = [None if c.name in self._constants else self._source(c) for c in self._columns]
        self._decoders = [layout.decoder(method) for layout in self._layouts]
        self._probe: Any = None  # for a single item: tells an empty object from one without the needed fields
        if method.items is None and method.item is not None:
            probe = [("item", dict[str, msgspec.Raw] | None, None)]
            self._probe = msgspec.json.Decoder(msgspec.defstruct("Probe", probe, rename={"item": method.item}))
        self._compact = any(source is not None and source.column.type is ColumnType.JSON for source in self._sources)
        self.schema = _schema(self._columns)

    def page(self, content: bytes, label: str) -> Page:
        """The page that an answer's body holds; ``label`` says in messages which call was answered.

        Values: missing is NULL (a missing map is empty); NaN is NULL, ±Infinity stays; of a repeated key the last
        value wins; JSON columns hold compact text. ``items`` counts the items kept.

        Raises ResponseError when the body is not JSON, or not of the declared shape, or an error in disguise; then
        nothing of the page is used.
        """
        import pyarrow as pa

        if self._parts:
            return several.interleaved([part.page(content, label) for part in self._parts])
        answers = self._answers(content, label)
        if answers is None:
            objects: list[list[Any]] = [[] for _ in self._layouts]
            token = None
        else:
            objects = [self._items(answer) for answer in answers]
            token = getattr(answers[0], "token", None) or None
        objects = self._kept(objects)
        keys = self._keys(objects, label)
        starts: list[int] | None = None
        elements: list[list[Any]] = []
        parents: pa.Array | None = None
        count = rows = len(objects[0])
        if self._explode is not None:
            lists = [self._lists(layout, items) for layout, items in zip(self._layouts, objects, strict=True)]
            elements = [list(chain.from_iterable(each)) for each in lists]
            starts = [0, *accumulate(map(len, lists[0]))]
            rows = starts[-1]
            parents = pa.array(list(chain.from_iterable(map(repeat, range(count), map(len, lists[0])))), pa.int64())
        batch = []
        for column, source in zip(self._columns, self._sources, strict=True):
            if source is None:
                value = pa.scalar(self._constants[column.name], arrow_type(column.type))
                batch.append(pa.repeat(value, rows))
                continue
            built = self._array(source, elements if source.in_element else objects, label)
            batch.append(built if parents is None or source.in_element else built.take(parents))
        return Page(
            pa.RecordBatch.from_arrays(batch, schema=self.schema), keys, starts, token, count, size=len(content)
        )

    def _placed(self, declared: str, leaf: shapes.Leaf, *, in_element: bool = False) -> tuple[int, shapes.Path]:
        path = shapes.split(declared)
        return shapes.place(self._layouts, self._explode, path, leaf, in_element), path

    def _source(self, column: Column) -> _Source:
        in_element = column.each is not None
        declared = column.path if column.each is None else column.each
        explode = self._resource.explode
        if declared is None or (in_element and explode is None):
            raise ResourceFileError([f"{self._resource.name}: column {column.name} says no place in the answer"])
        layout, path = self._placed(declared, shapes.leaf(column), in_element=in_element)
        minus, minus_layout = None, 0
        if column.minus is not None:
            minus_layout, minus = self._placed(column.minus, shapes.Kind.NUMBER, in_element=in_element)
        # As in a map: protobuf leaves an empty string out.
        text_value = explode is not None and explode.value == column.name and column.type is ColumnType.STRING
        return _Source(column, layout, path, minus, minus_layout, in_element, "" if text_value else None)

    def _answers(self, content: bytes, label: str) -> list[Any] | None:
        """One decoded answer per layout; None for a single item that is not there."""
        try:
            try:
                return self._decoded(content, label)
            except msgspec.ValidationError:
                raise
            except msgspec.DecodeError:
                legal = _without_constants(content)
                if legal is None:
                    raise
            return self._decoded(legal, label)
        except msgspec.ValidationError as fault:
            hint = _OTHER_COLUMNS if _INSIDE_AN_ITEM.search(str(fault)) else None
            raise _unusable(label, f"its JSON has another shape than expected: {fault}", hint=hint) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
            raise _not_json(content, label, fault) from None

    def _decoded(self, content: bytes, label: str) -> list[Any] | None:
        if self._compact:
            content = msgspec.json.format(content, indent=-1)
        answers = [decoder.decode(content) for decoder in self._decoders]
        if answers[0].error is not None:
            said = msgspec.json.decode(content).get("message")
            raise _unusable(label, f"it is an error though its status is that of success: {answers[0].error}: {said}")
        if self._method.items is not None and answers[0].items is None and not _is_empty(content):
            raise _unusable(label, f"it has no {self._method.items}, and is no empty answer: {_start(content)}")
        if self._probe is not None and not self._probe.decode(content).item:
            return None
        return answers

    def _items(self, answer: Any) -> list[Any]:
        if self._method.items is not None:
            return answer.items or []
        return [answer.items] if self._method.item is not None else []

    def _kept(self, objects: list[list[Any]]) -> list[list[Any]]:
        if self._stages is None:
            return objects
        layout, path = self._stage
        stages = shapes.values(objects[layout], path)
        kept = [position for position, stage in enumerate(stages) if (stage or "active") in self._stages]
        return objects if len(kept) == len(stages) else [[items[position] for position in kept] for items in objects]

    def _keys(self, objects: list[list[Any]], label: str) -> list[ItemKey]:
        if self._keyset is None:
            return []
        firsts = shapes.values(objects[self._first[0]], self._first[1])
        ties = shapes.values(objects[self._tie[0]], self._tie[1])
        if not all(ties):
            # Two such items would be taken for one, and a row would be lost.
            raise _unusable(label, f"an item has no {self._keyset.tie}")
        numbers = _fitting(arrays.whole, firsts, label, self._keyset.path)
        return [ItemKey(first or 0, tie) for first, tie in zip(numbers, ties, strict=True)]

    def _lists(self, layout: shapes.Layout, items: list[Any]) -> list[Any]:
        if self._explode is None or not layout.exploded:
            return []
        return [elements or () for elements in shapes.values(items, self._explode)]

    def _array(self, source: _Source, objects: Sequence[list[Any]], label: str) -> pa.Array:
        column = source.column
        found = shapes.values(objects[source.layout], source.path)
        if column.pick is not None and not column.type.is_map:
            found = arrays.picked(found, column.pick)
        if source.fill is not None:
            found = [source.fill if value is None else value for value in found]
        if column.numbers:
            found = arrays.texts(found)
        where = ".".join(source.path) or "$"
        if source.minus is not None:
            found = arrays.difference(found, shapes.values(objects[source.minus_layout], source.minus))
        return _fitting(lambda values: arrays.array(column.type, values), found, label, where)


_OTHER_COLUMNS = "only the columns that a statement uses are read: without that one it may succeed"
_INSIDE_AN_ITEM = re.compile(r"`\$\.\w+(\[[0-9]+\])?\.")  # msgspec's path, longer than that of the item


def _schema(columns: Sequence[Column]) -> pa.Schema:
    import pyarrow as pa

    return pa.schema([(column.name, arrow_type(column.type)) for column in columns])


def _column(resource: Resource, name: str) -> Column:
    column = resource.column(name)
    if column is None:
        raise LookupError(f"{resource.full_name} has no column {name!r}")
    return column


def _fitting(build: Callable[[Sequence[Any]], _Built], found: Sequence[Any], label: str, where: str) -> _Built:
    try:
        return build(found)
    except arrays.Misfit as misfit:
        raise _unusable(label, f"{where}: {misfit}", hint=_OTHER_COLUMNS) from None


def _without_constants(content: bytes) -> bytes | None:
    """The answer with its bare NaN and Infinity as strings, as most methods send them; None if that cannot help.

    metrics/get-history-bulk sends them bare (tried), which is not JSON: msgspec refuses it, the standard library reads
    it, several times slower.
    """
    if b"NaN" not in content and b"Infinity" not in content:
        return None
    try:
        return json.dumps(json.loads(content, parse_constant=str), allow_nan=False).encode()
    except (ValueError, RecursionError):
        return None


def _unusable(label: str, what: str, *, hint: str | None = None) -> ResponseError:
    return ResponseError(f"the answer to {label} cannot be used: {what}; no row of it was used", call=label, hint=hint)


def _not_json(content: bytes, label: str, fault: Exception) -> ResponseError:
    start = content[:200].lstrip()
    if not start:
        return _unusable(label, "it is empty")
    if start.startswith(b"<"):
        return _unusable(
            label,
            "it is a web page (HTML), not JSON",
            hint="check that the address is a tracking server's and that no sign-in page of a proxy stands before it",
        )
    return _unusable(
        label,
        f"its {len(content)} bytes are not JSON, or not all of it: {fault}",
        hint="if it happens again, look whether a proxy on the way cuts or changes long answers",
    )


def _is_empty(content: bytes) -> bool:
    """Whether an answer without items says no more than that: MLflow leaves empty lists out, so it is ``{}``.

    A token may stand beside the missing list (an empty page in the middle); a message or an error may not.
    """
    found = msgspec.json.decode(content)
    return isinstance(found, dict) and not {k.lower() for k in found} & {"message", "error", "errors", "detail"}


def _start(content: bytes) -> str:
    text = " ".join(content[:120].decode("utf-8", "replace").split())
    return text if len(content) <= 120 else text + "…"
