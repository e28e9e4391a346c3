"""A connection over plain DuckDB with the interface of mlflow_sql.Connection; run as a script, the command with it.

``FAIL ...`` raises errors of ours, for what only a tracking server would cause.
"""

from __future__ import annotations

import time
from typing import Any

from mlflow_sql import errors


class Connection:
    """What the command calls of a connection."""

    def __init__(self, server: str | None = None, **_: Any) -> None:
        import duckdb

        self.server = server
        self.duck = duckdb.connect()

    def sql(self, statement: str, params: dict[str, str] | None = None) -> Any:
        """A relation, or None where there is no result."""
        match statement:
            case "FAIL server":
                raise errors.RateLimited("the server refuses", hint="wait a minute")
            case "FAIL parse":
                raise errors.ParseError("unexpected word", line=1, column=6)
            case "FAIL usage":
                raise errors.UsageError("no server is named")
            case "FAIL bug":
                raise ZeroDivisionError("a fault of ours")
            case "SHOW server":
                statement = f"SELECT '{self.server}' AS server"
            case "SLEEP":
                time.sleep(60)  # cannot be interrupted
        relation = self.duck.sql(statement, params=params) if params else self.duck.sql(statement)
        return None if relation.columns in (["Success"], ["Count"]) else relation

    def interrupt(self) -> None:
        """Stop the running statement."""
        self.duck.interrupt()

    def close(self) -> None:
        """Close it."""
        self.duck.close()


if __name__ == "__main__":
    import mlflow_sql
    from mlflow_sql.cli.main import main

    mlflow_sql.connect = Connection
    main()
