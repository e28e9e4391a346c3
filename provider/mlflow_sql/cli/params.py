"""The option ``--param``: values of ``$name`` in SQL, always as text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from mlflow_sql.cli.script import Statement

F = TypeVar("F", bound=Callable[..., object])


def _parameters(_: click.Context, __: click.Parameter, pairs: tuple[str, ...]) -> dict[str, str]:
    values: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not re.fullmatch(r"\w+", name):
            raise click.BadParameter(f"{pair!r} is not name=value")
        if name.lower() in (known.lower() for known in values):
            raise click.BadParameter(f"{name!r} is given twice")
        values[name] = value
    return values


def option(command: F) -> F:
    """Give a command the option, as the argument ``params``: texts by name."""
    return click.option(
        "--param",
        "params",
        metavar="NAME=VALUE",
        multiple=True,
        callback=_parameters,
        help="Value of $NAME in the SQL, always as text: DuckDB casts it, or write $NAME::INT; may be repeated.",
    )(command)


def check_used(ctx: click.Context, statements: Sequence[Statement], params: dict[str, str]) -> None:
    """End the command where a value has no place to go, or a place can have no value."""
    used = {name for statement in statements for name in statement.parameters}
    for name in params:
        if name.lower() not in used:
            ctx.fail(f"no statement uses the parameter {name!r}; write it as ${name}")
    if any(statement.positional for statement in statements):
        ctx.fail("a ? has no value here; write $name in its place, and give --param name=value")
