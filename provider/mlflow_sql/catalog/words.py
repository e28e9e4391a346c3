"""The words of ``_functions.yaml`` and ``_server.yaml``, and what all words of resource files have in common."""

from __future__ import annotations

import re

import msgspec


class Struct(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all parts of a resource file: immutable, and a word it does not know is a fault."""


class Listed(Struct, frozen=True, kw_only=True):
    """Some of a function's arguments: those that are wholly like one pattern, and not like another."""

    like: str | None = None
    unlike: str | None = None

    def takes(self, value: str) -> bool:
        """Whether an argument is one of them."""
        return (self.like is None or re.fullmatch(self.like, value) is not None) and (
            self.unlike is None or re.fullmatch(self.unlike, value) is None
        )


class Function(Struct, frozen=True, kw_only=True):
    """A table function: SQL over the tables, in which its arguments, all texts, are put.

    usage: how it is called. least and most: how many arguments. sql: ``{count}`` is their number, the name of a list
    the arguments in it, joined by commas (NULL for none); ``{* ... *}`` is repeated for each argument, joined by
    commas, with its ``{place}`` (from 1), its ``{value}``, and its value as a column's ``{name}``.
    """

    name: str
    usage: str
    description: str
    sql: str
    least: int = 1
    most: int = 100
    lists: dict[str, Listed] = msgspec.field(default_factory=dict)


class Capability(Struct, frozen=True, kw_only=True):
    """Something that not every server can do.

    since: first open-source version that can. flavours: what is known of servers that tell no version.
    store: the kind of store that can (``SqlStore``), as the server's own description says it.
    """

    name: str
    description: str
    since: str | None = None
    store: str | None = None
    flavours: dict[str, bool] = msgspec.field(default_factory=dict)
