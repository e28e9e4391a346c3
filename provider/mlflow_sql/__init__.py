"""Every MLflow-compatible tracking server as a SQL database.

::

    import mlflow_sql

    con = mlflow_sql.connect("http://127.0.0.1:5000")
    con.sql("SELECT run_name, metrics.auc FROM runs ORDER BY metrics.auc DESC LIMIT 5").show()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["Connection", "Relation", "__version__", "connect", "errors"]

if TYPE_CHECKING:
    from mlflow_sql import errors
    from mlflow_sql.engine.connection import Connection, connect
    from mlflow_sql.engine.relation import Relation

_HOMES = {
    "Connection": "mlflow_sql.engine.connection",
    "connect": "mlflow_sql.engine.connection",
    "Relation": "mlflow_sql.engine.relation",
}


def __getattr__(name: str) -> Any:
    """Import on first use: the command answers ``--version`` without loading DuckDB."""
    from importlib import import_module

    if name == "errors":
        return import_module("mlflow_sql.errors")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def load_ipython_extension(shell: Any) -> None:
    """``%load_ext mlflow_sql``: the magics ``%sql`` and ``%%sql``."""
    from importlib import import_module

    import_module("mlflow_sql.cli.notebook.magic").load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """``%unload_ext mlflow_sql``: takes them away, and closes the connections that they made."""
    from importlib import import_module

    import_module("mlflow_sql.cli.notebook.magic").unload(shell)
