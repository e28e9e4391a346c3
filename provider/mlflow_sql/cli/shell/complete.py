"""What could come next: a pure function from a text, a cursor in it and what is known to suggestions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from mlflow_sql.catalog.lookup import Names
from mlflow_sql.catalog.model import Column, Method, Resource
from mlflow_sql.cli.shell.scope import Around, Piece, Source, answered, around, dotted_before
from mlflow_sql.cli.shell.words import BEHIND_SHOW, COMMON, KEYWORDS, RESERVED, STARTS
from mlflow_sql.errors import BindError

_PLAIN = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_COMPARED = frozenset(("=", "==", "<>", "!=", "<", ">", "<=", ">=", "LIKE", "ILIKE"))
_TABLES_NEXT = frozenset(("FROM", "JOIN", "INTO", "UPDATE", "DESCRIBE", "DESC", "SUMMARIZE", "TABLE"))
_CLAUSES = frozenset(("SELECT", "FROM", "WHERE", "BY", "HAVING", "SET", "VALUES", "ON", "QUALIFY", "RETURNING"))
_MOST = 300  # suggestions; nobody scrolls through more


class Knowledge(Protocol):
    """What is known without asking anyone now. ``near``: texts of the statement, that may name an experiment."""

    @property
    def names(self) -> Names | None:
        """The tables; None while they are not loaded."""

    @property
    def functions(self) -> Sequence[str]:
        """DuckDB's functions."""

    @property
    def settings(self) -> Mapping[str, Sequence[str]]:
        """What SET takes, with the values where they are few."""

    @property
    def local(self) -> Mapping[str, Sequence[str]]:
        """The columns of local tables and views."""

    def keys(self, resource: Resource, column: Column, near: frozenset[str]) -> Sequence[str]:
        """Keys that a map column holds."""

    def values(self, resource: Resource, column: Column, key: str | None, near: frozenset[str]) -> Sequence[str]:
        """Texts that a column, or one key of a map column, holds."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """text takes the place of what stands from ``start`` (an offset in the text) to the cursor; note: beside it."""

    text: str
    start: int
    note: str = ""
    shown: str = ""


@dataclass(frozen=True, slots=True)
class _Word:
    """A candidate. exact: inserted as it is, not as a name that may need quotes. loose: also found by its middle."""

    text: str
    note: str = ""
    exact: bool = False
    loose: bool = True


def suggest(text: str, cursor: int, knowledge: Knowledge, *, eager: bool = True) -> list[Suggestion]:
    """Suggestions for the place of the cursor, best first.

    eager: the user asked for them; otherwise there are none where anything could follow.
    """
    found = around(text, cursor)
    if found.quote == "skip" or (found.prefix[:1].isdigit() and not found.quote):
        return []
    return list(_rendered(text, cursor, found, _Place(found, knowledge, eager or bool(found.prefix)).words()))


def columns_of(query: str, knowledge: Knowledge) -> list[str]:
    """The columns that the last statement of a text answers with, as far as they have names that can be read off it."""
    place = _Place(around("", 0), knowledge, eager=True)
    return [word.text for word in place.columns_of(answered(query))]


def _rendered(text: str, cursor: int, found: Around, words: Iterable[_Word]) -> Iterator[Suggestion]:
    quote, prefix = found.quote, found.prefix
    start = cursor - len(prefix)
    lower = prefix.islower()
    end = quote if quote and not text[cursor:].startswith(quote) else ""
    for word in _matching(words, prefix.replace(quote * 2, quote) if quote else prefix):
        shown = word.text
        if quote:
            inserted = word.text.replace(quote, quote * 2) + end
        elif word.exact:
            inserted = shown = word.text.lower() if lower and word.note == "keyword" else word.text
            if inserted.endswith("(") and text[cursor:].startswith("("):
                inserted = inserted[:-1]
        else:
            inserted = name(word.text)
        yield Suggestion(inserted, start, word.note, shown)


def _matching(words: Iterable[_Word], prefix: str) -> Iterator[_Word]:
    """Those that begin with the prefix, then those that hold it; each text once, in any case of letters."""
    folded, begins, holds = prefix.casefold(), [], []
    seen: set[tuple[str, bool]] = set()
    for word in words:
        key = word.text.casefold()
        if (word.text, word.exact) in seen:
            continue
        seen.add((word.text, word.exact))
        if key.startswith(folded):
            begins.append(word)
        elif word.loose and len(prefix) > 1 and folded in key:
            holds.append(word)
    yield from [*begins, *holds][:_MOST]


def name(text: str) -> str:
    """A name as SQL takes it, in quotes where it needs them."""
    if _PLAIN.fullmatch(text) and text.upper() not in RESERVED:
        return text
    return '"' + text.replace('"', '""') + '"'


class _Place:
    """The candidates for one place."""

    def __init__(self, found: Around, knowledge: Knowledge, eager: bool) -> None:
        self._found = found
        self._known = knowledge
        self._eager = eager
        self._before = found.before

    def words(self) -> Iterator[_Word]:
        """The candidates, best first."""
        before, found = self._before, self._found
        last = before[-1].upper if before else ""
        if found.quote == "'":
            return self._texts()
        if not before:
            return self._starts()
        if last == ".":
            return self._qualified(dotted_before(before[:-1]))
        if found.first in ("EXEC", "EXECUTE"):
            return self._exec(last)
        if found.first == "SHOW" and len(before) == 2 and last == "EXTENDED":
            return self._shows()
        if found.first in ("SET", "RESET") or (found.first == "SHOW" and len(before) == 1):
            return self._settings()
        if found.first in ("EXPLAIN", "ANALYZE") and len(before) < 3 and last in ("EXPLAIN", "ANALYZE"):
            return self._starts()
        if self._wants_table(last):
            return self._tables()
        if found.first == "SHOW" and all(piece.upper != "WHERE" for piece in before):
            return (_Word(word, "keyword", exact=True, loose=False) for word in BEHIND_SHOW)
        if found.first == "DESCRIBE" and len(before) > 1 and before[1].upper == "METHOD":
            return self._tables()
        return self._expression()

    # -- where we are

    def _wants_table(self, last: str) -> bool:
        if last in _TABLES_NEXT or (last == "IN" and self._found.first == "SHOW"):
            return not (last == "FROM" and len(self._before) > 1 and self._before[-2].upper == "DISTINCT")
        if last == "USING":
            return self._found.first == "MERGE"
        if last != ",":
            return False
        group = self._found.group
        clause = next((p for p in reversed(self._before) if p.group == group and p.upper in _CLAUSES), None)
        return clause is not None and clause.upper == "FROM"

    def _resource(self, parts: Sequence[str]) -> Resource | None:
        names = self._known.names
        if names is None or not parts:
            return None
        try:
            return names.table(parts)
        except BindError:
            return None

    def _meant(self, parts: Sequence[str]) -> Iterator[tuple[Resource, Column, str | None]]:
        """The columns, and the keys in them, that a dotted name may mean here; a query has one, the first."""
        names, sources = self._known.names, self._found.sources
        read = [(source.alias, self._resource(source.name)) for source in sources if source.columns is None]
        if not sources and names is not None:  # FROM comes later: any table may be meant
            read = [(resource.name, resource) for resource in names.catalog.resources]
        for alias, resource in read:
            rest = parts[1:] if len(parts) > 1 and parts[0].lower() == alias.lower() else parts
            column = resource.column(rest[0]) if resource is not None and rest else None
            if resource is None or column is None or len(rest) > (2 if column.type.is_map else 1):
                continue
            yield resource, column, rest[1] if len(rest) == 2 else None
            if sources:
                return

    def _keys(self, parts: Sequence[str]) -> Iterator[_Word]:
        """The keys of the map column that a dotted name means."""
        for resource, column, key in self._meant(parts):
            if column.type.is_map and key is None:
                keys = self._known.keys(resource, column, self._found.texts)
                yield from (_Word(each, column.name) for each in keys)

    # -- candidates

    def _starts(self) -> Iterator[_Word]:
        if self._eager:
            yield from (_Word(word, "keyword", exact=True, loose=False) for word in STARTS)

    def _texts(self) -> Iterator[_Word]:
        """Inside an open quote: keys, or the values of the column that it is compared with."""
        before, near = self._before, self._found.texts
        if before and before[-1].upper == "[":
            yield from self._keys(dotted_before(before[:-1]))
            return
        compared = _compared(before)
        if compared and compared[-1].is_name and len(compared) > 1 and compared[-2].upper == "@":
            yield from self._parameter_values(compared[-1].value)
            return
        for resource, column, key in self._meant(dotted_before(compared)):
            values = self._known.values(resource, column, key, near)
            yield from (_Word(value, column.name if key is None else key) for value in values)

    def _qualified(self, parts: list[str]) -> Iterator[_Word]:
        """Behind a dot."""
        if self._found.first in ("EXEC", "EXECUTE") or self._in_method_statement():
            resource = self._resource(parts)
            if resource is not None:
                yield from (_Word(m.name, m.description, exact=True) for m in resource.methods)
        else:
            for source in self._found.sources:
                if len(parts) == 1 and source.alias.lower() == parts[0].lower():
                    yield from self.columns_of(source)
            yield from self._keys(parts)
        yield from self._in_schema(parts)

    def _in_method_statement(self) -> bool:
        return self._found.first == "DESCRIBE" and len(self._before) > 1 and self._before[1].upper == "METHOD"

    def _in_schema(self, parts: list[str]) -> Iterator[_Word]:
        names, folded = self._known.names, [part.lower() for part in parts]
        if names is None:
            return
        for resource in names.catalog.resources:
            for catalog in (resource.catalog, *names.attached):
                full = [catalog, resource.schema, resource.name]
                if folded == full[:1]:
                    yield _Word(resource.schema, "schema")
                elif folded == full[:2] or (catalog == resource.catalog and folded == full[1:2]):
                    yield _Word(resource.name, resource.description)

    def _exec(self, last: str) -> Iterator[_Word]:
        if len(self._before) == 1:
            yield from self._tables(local=False)
            return
        called = self._called()
        if called is None:
            return
        given = {p.value.lower() for b, p in zip(self._before, self._before[1:], strict=False) if b.upper == "@"}
        if last == "@":
            marks = ""
        elif last == "=" or not self._eager:
            return
        else:
            marks = "@"
        for param in called[1].params:
            if param.name not in given and param.role != "fixed":
                note = f"{param.type}{', required' if param.required else ''}"
                yield _Word(f"{marks}{param.name} = ", note, exact=True)

    def _called(self) -> tuple[Resource, Method] | None:
        parts: list[str] = []
        for piece in self._before[1:]:
            if piece.upper == "@":
                break
            if piece.is_name:
                parts.append(piece.value)
        resource = self._resource(parts[:-1])
        method = resource.method(parts[-1].lower()) if resource is not None else None
        return (resource, method) if resource is not None and method is not None else None

    def _parameter_values(self, parameter: str) -> Iterator[_Word]:
        called = self._called()
        param = next((p for p in called[1].params if p.name == parameter.lower()), None) if called else None
        if called is None or param is None:
            return
        yield from (_Word(value, param.name) for value in param.values)
        column = called[0].column(param.column or param.name)
        if column is not None and not param.values:
            values = self._known.values(called[0], column, None, self._found.texts)
            yield from (_Word(value, param.name) for value in values)

    def _shows(self) -> Iterator[_Word]:
        after = (word.removeprefix("SHOW ") for word in STARTS if word.startswith("SHOW "))
        yield from (_Word(word, "keyword", exact=True) for word in after)

    def _settings(self) -> Iterator[_Word]:
        settings = self._known.settings
        if len(self._before) == 1:
            if self._found.first == "SHOW":
                yield from self._shows()
            yield from (_Word(setting, "setting", exact=True) for setting in settings)
        elif self._before[-1].upper in ("=", "TO"):
            values = settings.get(self._before[-2].value.lower(), ())
            yield from (_Word(value, "value", exact=True) for value in values)

    def _tables(self, local: bool = True) -> Iterator[_Word]:
        names = self._known.names
        if local:
            yield from (_Word(cte.alias, "with") for cte in self._found.ctes)
        if names is not None:
            for resource in names.catalog.resources:
                for alias in (*resource.aliases, resource.name):
                    yield _Word(alias, resource.description)
        if local:
            yield from (_Word(table, "local") for table in self._known.local)
            functions = names.catalog.functions if names is not None else ()
            yield from (_Word(f"{f.name}(", f.description, exact=True, loose=False) for f in functions)
        if names is not None:
            catalogs = dict.fromkeys([*(r.catalog for r in names.catalog.resources), *names.attached])
            yield from (_Word(catalog, "catalog") for catalog in catalogs)

    def columns_of(self, source: Source) -> Iterator[_Word]:
        """Those of something that is read."""
        if source.columns is not None:
            yield from (_Word(column, source.alias) for column in source.columns)
            return
        resource = self._resource(source.name)
        if resource is not None:
            yield from (_Word(column.name, column.type.sql) for column in resource.columns)
            return
        local = {table.lower(): columns for table, columns in self._known.local.items()}
        columns = local.get(source.name[-1].lower(), ()) if source.name else ()
        yield from (_Word(column, source.alias) for column in columns)

    def _expression(self) -> Iterator[_Word]:
        if not self._eager and not self._found.quote:
            return
        sources = self._found.sources
        for source in sources:
            yield from self.columns_of(source)
        yield from (_Word(source.alias, "alias") for source in sources if source.alias)
        if not sources and self._known.names is not None:  # FROM comes later: any table's columns may be meant
            for resource in self._known.names.catalog.resources:
                yield from (_Word(column.name, resource.name) for column in resource.columns)
        if self._found.quote:
            return
        yield from (_Word(word, "keyword", exact=True, loose=False) for word in KEYWORDS)
        if self._found.prefix:
            functions = [f for f in COMMON if f in self._known.functions] + list(self._known.functions)
            yield from (_Word(f"{f}(", "function", exact=True, loose=False) for f in functions)


def _compared(before: Sequence[Piece]) -> Sequence[Piece]:
    """The pieces up to what a text that begins here is compared with; empty when it is not compared."""
    at = len(before) - 1
    if at >= 0 and before[at].upper in ("(", ","):
        group = before[at].group if before[at].upper == "," else None
        while at >= 0 and (before[at].upper != "(" or (group is not None and before[at].group != group[:-1])):
            at -= 1
        if at < 1 or before[at - 1].upper != "IN":
            return ()
        at -= 1
        return before[: at - 1] if before[at - 1].upper == "NOT" else before[:at]
    if at < 0 or before[at].upper not in _COMPARED:
        return ()
    return before[: at - 1] if at and before[at - 1].upper == "NOT" else before[:at]
