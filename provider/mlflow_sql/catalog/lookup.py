"""Names into resources: aliases, schemas, other products' addresses, and suggestions for what is nearly right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec

from mlflow_sql.catalog.model import Catalog, Column, Resource
from mlflow_sql.errors import BindError, nearest
from mlflow_sql.types import ColumnType


def _addressed(resource: Resource) -> Resource:
    """The resource as another product's name means it: with the columns that only route a call there."""
    extra = [
        Column(name=name, type=ColumnType.STRING, description="Names the server, nothing else.", given=True)
        for name in resource.address_params
    ]
    return msgspec.structs.replace(resource, columns=(*resource.columns, *extra))


def on(server: str, resource: Resource) -> Resource:
    """The same table on an attached server, "" for the connection's own."""
    return msgspec.structs.replace(resource, server=server) if server else resource


class Names:
    """The table names of a catalog, of one server and of those that are attached. Case does not matter.

    Theory: an attached server's name stands in the place of the catalog's. The Resource that such a name means says
    which server it is on, and is always the same object. ``default`` is the server that names without one mean.
    """

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.default = ""  # the connection's own
        self._attached: set[str] = set()
        self._elsewhere: dict[tuple[str, int], Resource] = {}  # by server and identity of the resource here
        self._tables: dict[tuple[str, ...], Resource] = {}
        self._schemas: set[tuple[str, ...]] = set()
        for resource in catalog.resources:
            for name in (resource.name, *resource.aliases):
                for full in ((name,), (resource.schema, name), (resource.catalog, resource.schema, name)):
                    self._tables[full] = resource
            for address in resource.addresses:
                self._tables[tuple(address.split("."))] = _addressed(resource)
            self._schemas |= {(resource.schema,), (resource.catalog, resource.schema)}
            self._schemas |= {tuple(a.split(".")[:-1]) for a in resource.addresses}

    @property
    def tables(self) -> list[str]:
        """The plain names of all tables and their aliases."""
        return sorted(name[0] for name in self._tables if len(name) == 1)

    def is_schema(self, name: str) -> bool:
        """Whether a server has a schema of that name."""
        return (name.lower(),) in self._schemas

    @property
    def attached(self) -> list[str]:
        """The names of the attached servers."""
        return sorted(self._attached)

    def attach(self, name: str) -> None:
        """Let a name stand for another server. Raises BindError when it means something already."""
        folded = name.lower()
        if folded in self._attached:
            raise BindError(f"a server is attached as {name!r} already", hint=f"DETACH {name} lets go of it")
        if (folded,) in self._tables or any(folded in schema for schema in self._schemas):
            raise BindError(
                f"{name!r} is the name of a table, schema or catalog here", hint="ATTACH it AS another name"
            )
        self._attached.add(folded)

    def detach(self, name: str) -> None:
        """Forget a server. Raises BindError when none is attached under that name."""
        if name.lower() not in self._attached:
            raise BindError(f"no server is attached as {name!r}", suggestions=nearest(name, self.attached))
        self._attached.remove(name.lower())
        self._elsewhere = {k: r for k, r in self._elsewhere.items() if k[0] != name.lower()}
        if self.default == name.lower():
            self.default = ""

    def server(self, qualifiers: Sequence[str]) -> str | None:
        """What stands for the server before a name: an attached one or our catalog, "" for none; None if not ours."""
        folded = tuple(q.lower() for q in qualifiers)
        if not folded or folded in self._schemas:
            return folded[0] if len(folded) > 1 else ""
        rest = folded[1:]
        known = folded[0] in self._attached or any(
            schema[0] == folded[0] for schema in self._schemas if len(schema) > 1
        )
        return folded[0] if known and (not rest or rest in self._schemas) else None

    @contextmanager
    def using(self, server: str) -> Iterator[None]:
        """Meanwhile names without a server mean those of this one."""
        before, self.default = self.default, server
        try:
            yield
        finally:
            self.default = before

    def table(self, parts: Sequence[str]) -> Resource | None:
        """The resource of a dotted name, or None when it is no name of ours.

        Raises BindError when the schema is ours but has no such table.
        """
        folded = tuple(p.lower() for p in parts)
        server = self.default
        if len(folded) > 1 and folded[0] in self._attached:
            server, folded = folded[0], folded[1:]
        found = self._tables.get(folded)
        if found is None and (folded[:-1] in self._schemas or len(folded) < len(parts)):
            raise self.unknown(".".join(parts))
        own = len(folded) > 2 and found is not None and folded[0] == found.catalog
        return self._on(server, found) if found is not None and not own else found

    def _on(self, server: str, resource: Resource) -> Resource:
        return self._elsewhere.setdefault((server, id(resource)), on(server, resource))

    def on(self, server: str, name: str) -> Resource:
        """The resource of a plain name on a server ("" for the connection's own). Raises BindError."""
        found = self._tables.get((name.lower(),))
        if found is None:
            raise self.unknown(name)
        return self._on(server, found)

    def resource(self, name: str) -> Resource:
        """The resource of a dotted name. Raises BindError with near names when there is none."""
        found = self.table(name.split("."))
        if found is None:
            raise self.unknown(name)
        return found

    def unknown(self, name: str, others: Sequence[str] = ()) -> BindError:
        """The error for a table that does not exist."""
        first, _, rest = name.partition(".")
        here = first.lower() in self._attached
        near = nearest(first.lower(), self.attached) if rest and not here else []
        before, _, last = name.rpartition(".")
        tables = [f"{before}.{table}" if here else table for table in nearest(last, [*self.tables, *others])]
        return BindError(
            f"no table {name!r}",
            suggestions=[f"{server}.{rest}" for server in near] or tables,
            hint="SHOW TABLES lists the tables",
        )
