"""Decode an answer of a declared resource, in one call."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec

from mlflow_sql.catalog.load import load
from mlflow_sql.catalog.model import Catalog, Resource
from mlflow_sql.rows.decode import Decoder
from mlflow_sql.rows.page import Page

LABEL = "POST runs/search"

# What the shipped resources do not have: every type, NULLs of each, and one place read in two ways.
THINGS = msgspec.convert(
    {
        "name": "things",
        "description": "Things.",
        "lifecycle": {"path": "stage"},
        "columns": [
            {"name": "s", "type": "string", "path": "s", "description": "d"},
            {"name": "i", "type": "bigint", "path": "i", "description": "d"},
            {"name": "d", "type": "double", "path": "in.d", "description": "d"},
            {"name": "b", "type": "boolean", "path": "b", "description": "d"},
            {"name": "t", "type": "timestamp", "path": "t", "description": "d"},
            {"name": "v", "type": "interval", "path": "t", "minus": "u", "description": "d"},
            {"name": "w", "type": "interval", "path": "t", "minus": "in.from", "description": "d"},
            {"name": "sm", "type": "string_map", "path": "sm", "description": "d"},
            {"name": "dm", "type": "double_map", "path": "dm", "description": "d"},
            {"name": "picked", "type": "string", "path": "sm", "pick": "k", "description": "d"},
            {"name": "part", "type": "json", "path": "in", "description": "d"},
            {"name": "whole", "type": "json", "path": "$", "description": "d"},
            {"name": "nowhere", "type": "string", "description": "d"},
        ],
        "methods": [
            {"name": "list", "verb": "GET", "path": "things/list", "description": "d", "items": "things"},
            {"name": "get", "verb": "GET", "path": "things/get", "description": "d", "item": "thing"},
        ],
    },
    Resource,
)


@cache
def catalog() -> Catalog:
    return load()


def resource(name: str) -> Resource:
    return THINGS if name == "things" else next(r for r in catalog().resources if r.name == name)


def decoder(table: str, columns: Sequence[str], method: str = "search", **options: Any) -> Decoder:
    found = resource(table)
    return Decoder(found, next(m for m in found.methods if m.name == method), columns, **options)


def decode(table: str, columns: Sequence[str], answer: Any, method: str = "search", **options: Any) -> Page:
    """The page of an answer: bytes as they are, anything else as pretty-printed JSON."""
    content = answer if isinstance(answer, bytes) else json.dumps(answer, indent=2).encode()
    return decoder(table, columns, method, **options).page(content, LABEL)


def things(columns: Sequence[str], *items: Any) -> list[tuple[Any, ...]]:
    """The rows of a list of things."""
    return rows(decode("things", columns, {"things": list(items)}, "list"))


def rows(page: Page) -> list[tuple[Any, ...]]:
    """The page's rows as Python values."""
    page.batch.validate(full=True)
    return list(zip(*(column.to_pylist() for column in page.batch.columns), strict=True))
