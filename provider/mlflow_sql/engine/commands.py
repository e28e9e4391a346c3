"""Statements that are not DuckDB's: SHOW, DESCRIBE, EXPLAIN, EXEC, SET and views over remote tables.

They are read from the token stream, so that sqlglot need not know them; what does not fit exactly is left to DuckDB.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mlflow_sql.catalog import show
from mlflow_sql.catalog.show import Rows
from mlflow_sql.engine.dryrun import explained_write
from mlflow_sql.engine.execute import run_exec
from mlflow_sql.engine.listings import listing_rows, local_databases
from mlflow_sql.engine.local import has_setting
from mlflow_sql.engine.options import Options
from mlflow_sql.errors import BindError, Error, ParseError, StatementError, nearest
from mlflow_sql.plan.addresses import server_of
from mlflow_sql.plan.attach import read_attach, read_detach
from mlflow_sql.plan.execute import read_exec
from mlflow_sql.plan.shows import Show, read_show
from mlflow_sql.plan.statement import parse, quoted, tokenize

if TYPE_CHECKING:
    from mlflow_sql.engine.connection import Connection
    from mlflow_sql.engine.relation import Relation


@dataclass(frozen=True, slots=True)
class Command:
    """A command and its words. ``rest`` is the statement inside it, or its whole text."""

    kind: str
    words: tuple[str, ...] = ()
    rest: str = ""
    flags: frozenset[str] = field(default_factory=frozenset)
    listing: Show | None = None


_KINDS = (
    "EXPLAIN", "EXEC", "SHOW", "DESCRIBE", "DESC", "SET", "RESET", "CREATE", "DROP", "ATTACH", "DETACH", "USE",
)  # fmt: skip


def read_command(text: str) -> Command | None:
    """The command that a text is, or None when it is a statement for the planner or for DuckDB."""
    head = re.match(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*([A-Za-z]+)", text, re.DOTALL)
    if head is None or head.group(1).upper() not in _KINDS:
        return None
    if head.group(1).upper() == "EXPLAIN":
        return _explain(text[head.end() :])
    if head.group(1).upper() == "EXEC":
        return Command("exec", (), text[head.start(1) :])
    tokens = [t for t in tokenize(text) if t.text != ";"]
    words = tuple(t.text for t in tokens)
    upper = tuple(w.upper() for w in words)
    if upper[0] == "SHOW" and (listing := read_show(text, tokens)) is not None:
        return Command("listing", listing=listing)
    match upper:
        case ("ATTACH", *_) if read_attach(tokens) is not None:
            return Command("attach", (), text)
        case ("DETACH", *_) if read_detach(tokens) is not None:
            return Command("detach", (), text)
        case ("USE", *rest) if rest:
            return Command("use", tuple(w for w in words[1:] if w != "."), text)
        case ("SHOW", name) if name.lower() in Options.names():
            return Command("setting", (name.lower(),))
        case ("SHOW", "INSERT", "INTO", *_) if len(words) > 3:
            return Command("insert_template", ("".join(words[3:]),))
        case ("SHOW", *rest) if rest and all(w.isidentifier() or w == "." for w in rest):
            return Command("show", ("".join(words[1:]),), text)
        case ("DESCRIBE" | "DESC", "METHOD", *rest) | ("DESCRIBE" | "DESC", "EXTENDED", "METHOD", *rest) if rest:
            if "." not in rest:
                raise ParseError("DESCRIBE METHOD needs a table and a method", hint="DESCRIBE METHOD <table>.<method>")
            return Command("method", ("".join(w for w in words[-len(rest) :] if w.upper() != "EXTENDED"),))
        case ("DESCRIBE" | "DESC", *rest) if rest and "SELECT" not in rest and "FROM" not in rest:
            extended = rest[0] == "EXTENDED"
            name = "".join(words[2:] if extended else words[1:])
            return Command("describe", (name,), text, frozenset({"EXTENDED"} if extended else ()))
        case ("SET", *rest) if _setting(rest) in Options.names():
            sign = next(i for i, word in enumerate(upper) if word in ("=", "TO"))
            return Command("set", (_setting(rest), "".join(words[sign + 1 :])))
        case ("RESET", name) if name.lower() in Options.names():
            return Command("reset", (name.lower(),))
        case ("SET" | "RESET", *rest) if rest and _is_nearly(name := _setting(rest) or rest[-1].lower()):
            return Command("near_setting", (name,), text)
        case ("CREATE", *rest) if "VIEW" in rest[:4]:
            return Command("create_view", (), text)
        case ("DROP", "VIEW", *rest):
            return Command("drop_view", (words[-1],), text)
    return None


def _is_nearly(name: str) -> bool:
    return name not in Options.names() and bool(nearest(name, Options.names()))


def _setting(words: list[str] | tuple[str, ...]) -> str:
    kept = [w for w in words if w not in ("SESSION", "GLOBAL", "LOCAL")]
    return kept[0].lower() if len(kept) >= 3 and kept[1] in ("=", "TO") else ""


def _explain(text: str) -> Command:
    """EXPLAIN [ANALYZE] [(FORMAT json)] and a statement; ``text`` is what follows EXPLAIN."""
    tokens = tokenize(text)
    upper = [t.text.upper() for t in tokens]
    flags: set[str] = set()
    at = 0
    while at < len(tokens):
        if upper[at] in ("ANALYZE", "ANALYSE"):
            flags.add("ANALYZE")
            at += 1
        elif upper[at] == "(" and at + 1 < len(upper) and upper[at + 1] in ("FORMAT", "ANALYZE", "ANALYSE"):
            close = upper.index(")", at) if ")" in upper[at:] else len(upper) - 1
            inside = [w for w in upper[at + 1 : close] if w != ","]
            if "FORMAT" in inside:
                chosen = (inside[inside.index("FORMAT") + 1 :] or [""])[0]
                if chosen not in ("JSON", "TEXT"):
                    raise ParseError(f"EXPLAIN (FORMAT {chosen.lower()}): the formats are text and json")
                flags.add(chosen)
            if {"ANALYZE", "ANALYSE"} & set(inside):
                flags.add("ANALYZE")
            at = close + 1
        else:
            break
    if at >= len(tokens):
        raise ParseError("EXPLAIN needs a statement")
    return Command("explain", (), text[tokens[at].start :], frozenset(flags))


def run_command(connection: Connection, command: Command, params: Any) -> Relation | None:
    """Carry out a command; its answer is a relation of text, None for one without rows."""
    names = connection.names
    match command.kind:
        case "explain":
            return _run_explain(connection, command, params)
        case "listing" if command.listing is not None:
            return _listed(connection, command.listing)
        case "attach":
            attach = read_attach(tokenize(command.rest.rstrip().rstrip(";")))
            assert attach is not None
            connection.servers.attach(attach, local_databases(connection))
            return None
        case "detach" if (found := _detached(connection, command.rest)) is not None:
            connection.servers.detach(found)
            return None
        case "use" if _used_server(connection, command.words):
            return None
        case "use" | "detach":
            return _use_or_detach(connection, command)
        case "method":
            table, _, name = command.words[0].rpartition(".")
            return rows(connection, show.method(names.resource(table), name))
        case "insert_template":
            return rows(connection, show.insert_template(names.resource(command.words[0])))
        case "exec":
            call = read_exec(command.rest, names)
            connection.route(server_of(call.resource, dict(call.routing)))
            return run_exec(connection, call, params)
        case "describe" | "show":
            return _describe(connection, command, params)
        case "set":
            connection.options.set(*command.words)
            return None
        case "near_setting" if not has_setting(connection.duckdb, command.words[0]):
            raise Options.unknown(command.words[0])
        case "setting":
            name = command.words[0]
            return rows(connection, Rows((name,), [(connection.options.shown(name),)]))
        case "reset":
            connection.options.reset(command.words[0])
            return None
        case "create_view":
            if connection.views.define(parse(command.rest, params), names):
                return None
        case "drop_view" if command.words[0] in connection.views:
            connection.views.drop(command.words[0])
            return None
    return connection.run(command.rest, params)


def rows(connection: Connection, answer: Rows) -> Relation:
    """A relation of text columns."""
    import pyarrow as pa

    arrays = [pa.array([row[i] for row in answer.rows], pa.string()) for i in range(len(answer.columns))]
    return connection.table(pa.table(dict(zip(answer.columns, arrays, strict=True))))


def _listed(connection: Connection, listing: Show) -> Relation:
    """The rows that SHOW lists, those that its LIKE or WHERE chooses."""
    relation = rows(connection, listing_rows(connection, listing))
    condition = f"{quoted(relation.columns[0])} {listing.like}" if listing.like else listing.where
    return relation.filter(condition) if condition else relation  # type: ignore[return-value]


def _detached(connection: Connection, text: str) -> str | None:
    """The attached server that DETACH lets go of; None when it means one of DuckDB's databases."""
    found = read_detach(tokenize(text.rstrip().rstrip(";")))
    return found[0] if found is not None and found[0].lower() in connection.names.attached else None


def _use_or_detach(connection: Connection, command: Command) -> Relation | None:
    """USE or DETACH of what is no server. Raises BindError with near names, of servers too, for what is nothing."""
    own = connection.catalog.resources[0].catalog
    found = read_detach(tokenize(command.rest.rstrip().rstrip(";"))) if command.kind == "detach" else None
    name = found[0] if found is not None else ".".join(command.words)
    local = local_databases(connection)
    if found is not None and name.lower() == own and own not in local:
        raise StatementError(f"{name} is the connection's own server, which stays", hint="DETACH takes attached ones")
    try:
        return connection.run(command.rest)
    except Error as why:
        if command.kind == "detach" and "not found" not in why.message:
            raise
        servers = [own, *connection.names.attached]
        known = {*servers, *local, *(f"{s}.{r.schema}" for s in servers for r in connection.catalog.resources)}
        near = nearest(name, known)
        raise BindError(
            f"no server, database or schema {name!r}", suggestions=near, hint="SHOW DATABASES lists them"
        ) from None


def _used_server(connection: Connection, words: tuple[str, ...]) -> bool:
    """Let names without a server mean those of the one that USE names; False when it names a database of DuckDB's."""
    names, folded = connection.names, tuple(w.lower() for w in words)
    if len(folded) > 2 or (len(folded) == 2 and not names.is_schema(folded[1])):
        return False
    if folded[0] in names.attached:
        names.default = folded[0]
    elif folded[0] == connection.catalog.resources[0].catalog:
        names.default = ""
    else:
        return False
    return True


def _describe(connection: Connection, command: Command, params: Any) -> Relation | None:
    name = command.words[0]
    resource = connection.names.table(name.split(".")) if name not in connection.views else None
    if resource is None:
        return connection.run(command.rest, params)
    has = None
    with suppress(Error):  # without a server, what any server can do is told
        has = connection.servers.of(resource).facts.has
    return rows(connection, show.columns(resource, connection.catalog, has, "EXTENDED" in command.flags))


def _run_explain(connection: Connection, command: Command, params: Any) -> Relation | None:
    from mlflow_sql.plan import explain

    writing = explained_write(connection, command.rest, params, "JSON" in command.flags)
    if writing is not None:
        return rows(connection, Rows(("plan",), [(line,) for line in writing]))
    planned = connection.plan(command.rest, params)
    if not planned.scans:
        analyze = "ANALYZE " if "ANALYZE" in command.flags else ""
        form = "(FORMAT json) " if "JSON" in command.flags else ""
        return connection.run(f"EXPLAIN {analyze}{form}{command.rest}", params)
    measured = connection.measure(command.rest, params) if "ANALYZE" in command.flags else None
    if "JSON" in command.flags:
        return rows(connection, Rows(("plan",), [(explain.as_json(planned, measured),)]))
    return rows(connection, Rows(("plan",), [(line,) for line in explain.text(planned, measured).splitlines()]))
