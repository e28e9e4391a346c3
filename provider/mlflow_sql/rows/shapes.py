"""What is read of an answer: declared paths merged into msgspec types, which skip everything else.

A need is a path in an item (or in an element of its exploded list) and the kind of value expected there. The needs of
a scan are merged into as few layouts as possible, and each layout becomes one msgspec type, so one pass over the
answer. A second layout is needed only where two needs want the same place in two ways: a part as JSON text and a
value inside it.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Annotated, Any, Literal

import msgspec

from mlflow_sql.catalog.model import Column, Method
from mlflow_sql.types import ColumnType

Path = tuple[str, ...]


class Kind(enum.Enum):
    """What a single JSON value may be; null and absent are always allowed."""

    TEXT = "text"
    NUMBER = "number"  # int64: a number, or its decimal digits in a string, as proto3 JSON writes it
    DOUBLE = "double"  # a number or protobuf's strings for the non-finite ones
    SCALAR = "scalar"  # text, or a number
    BOOLEAN = "boolean"
    JSON = "json"  # anything, kept as its bytes


@dataclass(frozen=True)
class Pairs:
    """A list of {key, value} objects with values of one kind."""

    value: Kind


@dataclass(frozen=True)
class Elements:
    """A list of objects of one shape."""

    shape: Shape


Leaf = Kind | Pairs | Elements

_INT64 = msgspec.Meta(ge=-(2**63), le=2**63 - 1)
_INT64_FLOAT = msgspec.Meta(ge=-(2.0**63), lt=2.0**63)
_DIGITS = msgspec.Meta(pattern=r"^-?[0-9]{1,19}(\.[0-9]+)?$")
_TYPES: dict[Kind, Any] = {
    Kind.TEXT: str | None,
    Kind.NUMBER: Annotated[int, _INT64] | Annotated[float, _INT64_FLOAT] | Annotated[str, _DIGITS] | None,
    Kind.DOUBLE: float | Literal["NaN", "Infinity", "-Infinity"] | None,
    Kind.SCALAR: str | float | None,
    Kind.BOOLEAN: bool | None,
    Kind.JSON: msgspec.Raw,
}

_KINDS = {
    ColumnType.STRING: Kind.TEXT,
    ColumnType.BIGINT: Kind.NUMBER,
    ColumnType.DOUBLE: Kind.DOUBLE,
    ColumnType.BOOLEAN: Kind.BOOLEAN,
    ColumnType.TIMESTAMP: Kind.NUMBER,
    ColumnType.INTERVAL: Kind.NUMBER,
    ColumnType.JSON: Kind.JSON,
}


def leaf(column: Column) -> Leaf:
    """What is expected at the column's path."""
    match column.type:
        case ColumnType.STRING_MAP:
            return Pairs(Kind.TEXT)
        case ColumnType.DOUBLE_MAP:
            return Pairs(Kind.DOUBLE)
        case ColumnType.STRING if column.numbers:
            return Kind.SCALAR
        case simple:
            return Pairs(_KINDS[simple]) if column.pick is not None else _KINDS[simple]


def split(path: str) -> Path:
    """A resource file's dotted path as its parts; ``$`` has none."""
    return () if path == "$" else tuple(path.split("."))


class Shape:
    """What is read of one JSON object, merged from needs: its fields, or the whole of it as one leaf."""

    def __init__(self) -> None:
        self._fields: dict[str, Shape | Leaf] = {}
        self._whole: Leaf | None = None

    def add(self, path: Path, leaf: Leaf) -> bool:
        """Merge a need; False, with nothing changed, when it does not fit those already there."""
        if self._whole is not None:
            return not path and self._whole == leaf
        if not path:
            if self._fields:
                return False
            self._whole = leaf
            return True
        name, *rest = path
        there = self._fields.get(name)
        if not rest:
            if there is None:
                self._fields[name] = leaf
            return there is None or there == leaf
        if there is None:
            there = self._fields[name] = Shape()
        return isinstance(there, Shape) and there.add(tuple(rest), leaf)

    def type(self) -> Any:
        """The msgspec type that reads this shape."""
        if self._whole is not None:
            return _leaf_type(self._whole)
        return _struct(
            (name, part.type() | None if isinstance(part, Shape) else _leaf_type(part), None)
            for name, part in self._fields.items()
        )


class Layout:
    """The needs that one pass over the answer serves, in an item and in an element of its exploded list, if any."""

    def __init__(self, explode: Path | None) -> None:
        self.exploded = explode is not None
        self._item = Shape()
        self._element = Shape()
        if explode is not None:
            self._item.add(explode, Elements(self._element))

    def add(self, path: Path, leaf: Leaf, in_element: bool) -> bool:
        """Merge a need; False, with nothing changed, when another layout must serve it."""
        if in_element:
            return self.exploded and self._element.add(path, leaf)
        return self._item.add(path, leaf)

    def decoder(self, method: Method) -> msgspec.json.Decoder[Any]:
        """Reads the method's answer into an object with ``error`` and, where declared, ``items`` and ``token``."""
        item = self._item.type()
        names = {"error": "error_code"}
        fields: list[Any] = [("error", str | int | None, None)]
        if method.items is not None:
            names["items"] = method.items
            fields.append(("items", list[item] | None, None))  # type: ignore[valid-type]
        elif method.item is not None:
            names["items"] = method.item
            fields.append(("items", item if item is msgspec.Raw else item | None, None))
        if method.paging is not None and method.paging.token is not None:
            names["token"] = method.paging.token
            fields.append(("token", str | None, None))
        return msgspec.json.Decoder(msgspec.defstruct("Answer", fields, rename=names, gc=False))


def place(layouts: list[Layout], explode: Path | None, path: Path, leaf: Leaf, in_element: bool) -> int:
    """Add a need to the first layout that can serve it, or to a new one; the position of that layout."""
    for position, layout in enumerate(layouts):
        if layout.add(path, leaf, in_element):
            return position
    new = Layout(explode)
    if not new.add(path, leaf, in_element):  # a column that overlaps the exploded list: served without that list
        new = Layout(None)
        new.add(path, leaf, in_element)
    layouts.append(new)
    return len(layouts) - 1


def values(objects: Iterable[Any], path: Path) -> list[Any]:
    """The value at ``path`` in each object, None where it or anything on the way is missing."""
    if not path:
        return list(objects)
    attributes = [_attribute(name) for name in path]
    objects = objects if isinstance(objects, Sequence) else list(objects)
    try:
        return list(map(attrgetter(".".join(attributes)), objects))
    except AttributeError:  # some object on the way is missing: one step at a time, None stays None
        found: list[Any] = list(objects)
        for attribute in attributes:
            get = attrgetter(attribute)
            found = [None if each is None else get(each) for each in found]
        return found


def _attribute(name: str) -> str:
    # A JSON name need not be a Python one, and a keyword or a dunder must not become an attribute.
    return "f" + name.encode().hex()


def _leaf_type(leaf: Leaf) -> Any:
    match leaf:
        case Kind():
            return _TYPES[leaf]
        case Pairs(value):
            # protobuf leaves an empty string out, so a present key without a value is '' for text; a missing number
            # has no such reading and is NULL.
            pair = msgspec.defstruct(
                "Pair", [("key", str), ("value", _TYPES[value], "" if value is Kind.TEXT else None)], gc=False
            )
            return list[pair] | None  # type: ignore[valid-type]
        case Elements(shape):
            return list[shape.type()] | None  # type: ignore[misc]


def _struct(fields: Iterable[tuple[str, Any, Any]]) -> Any:
    # gc=False: the objects hold no cycles and live for one page, and tracking 200,000 of them would cost more than
    # building them.
    named = list(fields)
    return msgspec.defstruct(
        "Object",
        [(_attribute(name), type_, default) for name, type_, default in named],
        rename={_attribute(name): name for name, _, _ in named},
        gc=False,
    )
