"""The settings of a connection, changed by SET and RESET."""

from __future__ import annotations

from dataclasses import dataclass, fields

from mlflow_sql.errors import BindError, UsageError, nearest

_ON = {"on": True, "true": True, "1": True, "off": False, "false": False, "0": False}


@dataclass(slots=True)
class Options:
    """pushdown: let the server filter, order and limit. concurrency: most requests of a scan at a time.

    page_size: rows a page, None for each method's own. max_writes: the most rows that one statement may change or
    delete. read_only: refuse every write (not changed by SET).
    """

    pushdown: bool = True
    concurrency: int = 4
    page_size: int | None = None
    max_writes: int = 1000
    read_only: bool = False

    def __post_init__(self) -> None:
        for name in ("concurrency", "page_size", "max_writes"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
                raise UsageError(f"{name} must be a whole number of at least 1, not {value!r}")

    @classmethod
    def names(cls) -> list[str]:
        """The names of all settings."""
        return [f.name for f in fields(cls) if f.name != "read_only"]

    def set(self, name: str, text: str) -> None:
        """Change a setting from what SET gives. Raises BindError for a value or name that does not fit."""
        if name == "pushdown":
            if text.lower() not in _ON:
                raise BindError(f"SET pushdown takes on or off, not {text!r}")
            self.pushdown = _ON[text.lower()]
        elif name in self.names():
            if not text.isdigit() or int(text) < 1:
                raise BindError(f"SET {name} takes a whole number of at least 1, not {text!r}")
            setattr(self, name, int(text))
        else:
            raise self.unknown(name)

    @classmethod
    def unknown(cls, name: str) -> BindError:
        """The error for a setting that does not exist."""
        return BindError(
            f"no setting {name!r}",
            suggestions=nearest(name, cls.names()),
            hint=f"the settings are {', '.join(cls.names())}, and DuckDB's: FROM duckdb_settings()",
        )

    def shown(self, name: str) -> str:
        """A setting's value as SET takes it."""
        value = getattr(self, name)
        return ("on" if value else "off") if isinstance(value, bool) else "default" if value is None else str(value)

    def reset(self, name: str) -> None:
        """Give a setting its default again."""
        setattr(self, name, getattr(type(self)(), name))
