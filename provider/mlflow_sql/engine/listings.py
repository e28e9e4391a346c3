"""What SHOW lists of a connection: the tables, databases and servers of this moment, and what the catalog says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlflow_sql.catalog import show
from mlflow_sql.catalog.show import Rows
from mlflow_sql.engine.scan import SCANS
from mlflow_sql.errors import BindError, nearest
from mlflow_sql.plan.shows import Show

if TYPE_CHECKING:
    from mlflow_sql.engine.connection import Connection


def listing_rows(connection: Connection, listing: Show) -> Rows:
    """Everything that a SHOW could list, before its LIKE or WHERE. Raises BindError with near names."""
    catalog, names = connection.catalog, connection.names
    of, attached = ".".join(listing.of), names.attached
    match listing.what:
        case "tables":
            return _tables_in(connection, of) if of else _all_tables(connection, names.default)
        case "functions":
            return show.functions(catalog, _server(connection, of) if of else "")
        case "providers":
            return show.providers(catalog, attached)
        case "databases":
            return _databases(connection)
        case "services":
            return show.services(catalog, of, attached)
        case "resources":
            return show.resources(catalog, of, attached, listing.extended)
        case _:
            return show.methods(names.resource(of), listing.extended)


def _server(connection: Connection, name: str) -> str:
    """What stands before names of a server's tables: nothing for the connection's own. Raises BindError."""
    known = [connection.catalog.resources[0].catalog, *connection.names.attached]
    if name.lower() not in known:
        raise BindError(f"no server {name!r}", suggestions=nearest(name, known), hint="SHOW DATABASES lists them")
    return "" if name.lower() == known[0] and not connection.names.default else name.lower()


def _all_tables(connection: Connection, server: str = "") -> Rows:
    """The tables of one server, "" for the connection's own, and the local ones."""
    answer = show.tables(connection.catalog, server)
    found = connection.duckdb.sql(
        "SELECT table_name, database_name, schema_name, NULL, 'local' FROM duckdb_tables() WHERE NOT internal"
        " UNION ALL SELECT view_name, database_name, schema_name, NULL, 'local view' FROM duckdb_views()"
        f" WHERE NOT internal AND NOT starts_with(view_name, '{SCANS}') ORDER BY 1"
    ).fetchall()
    views = [(v.name, None, None, None, "view over remote tables") for v in connection.views.all()]
    return Rows(answer.columns, [*answer.rows, *views, *found])


def _tables_in(connection: Connection, name: str) -> Rows:
    """The tables of a schema or catalog. Raises BindError with near names when there is no such one."""
    answer = _all_tables(connection)
    found = [*answer.rows, *show.elsewhere(connection.catalog, connection.names.attached)]
    places = [(row[1], row[2]) for row in found]
    places += connection.duckdb.sql("SELECT database_name, schema_name FROM duckdb_schemas()").fetchall()
    known = {n.lower() for c, s in places if c and s for n in (c, s, f"{c}.{s}")}
    if name.lower() not in known:
        raise BindError(
            f"no schema or catalog {name!r}",
            suggestions=nearest(name, known),
            hint="SHOW DATABASES lists the servers and databases",
        )
    in_it = [row for row in found if row[1] and row[2] and name.lower() in (
        row[1].lower(), row[2].lower(), f"{row[1]}.{row[2]}".lower())]  # fmt: skip
    return Rows(answer.columns, in_it)


def local_databases(connection: Connection) -> list[str]:
    """The names of DuckDB's databases."""
    return [name for (name,) in connection.duckdb.sql("SELECT database_name FROM duckdb_databases()").fetchall()]


def _databases(connection: Connection) -> Rows:
    """The tracking servers by the names that statements give them, then DuckDB's own databases."""
    own = connection.catalog.resources[0].catalog
    servers = [(name or own, "mlflow", link.told) for name, link in connection.servers.all()]
    local = [(n, "duckdb", p) for n, p in connection.duckdb.sql(
        "SELECT database_name, path FROM duckdb_databases() WHERE NOT internal ORDER BY 1").fetchall()]  # fmt: skip
    return Rows(("database_name", "type", "path"), [*servers, *local])
