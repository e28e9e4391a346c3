"""Names into resources: aliases, schemas, other products' addresses, and suggestions for what is nearly right."""

from __future__ import annotations

from collections.abc import Sequence

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


class Names:
    """The table names of a catalog. Case does not matter."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
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

    def table(self, parts: Sequence[str]) -> Resource | None:
        """The resource of a dotted name, or None when it is no name of ours.

        Raises BindError when the schema is ours but has no such table.
        """
        folded = tuple(p.lower() for p in parts)
        found = self._tables.get(folded)
        if found is None and folded[:-1] in self._schemas:
            raise self.unknown(".".join(parts))
        return found

    def resource(self, name: str) -> Resource:
        """The resource of a dotted name. Raises BindError with near names when there is none."""
        found = self.table(name.split("."))
        if found is None:
            raise self.unknown(name)
        return found

    def unknown(self, name: str, others: Sequence[str] = ()) -> BindError:
        """The error for a table that does not exist."""
        last = name.split(".")[-1]
        return BindError(
            f"no table {name!r}",
            suggestions=nearest(last, [*self.tables, *others]),
            hint="SHOW TABLES lists the tables",
        )
