"""The command line of mlflow-sql: options, where the SQL comes from, and the exit status."""

from __future__ import annotations

import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from mlflow_sql import Connection
    from mlflow_sql.cli.progress import Progress
    from mlflow_sql.cli.script import Statement

_FORMATS = ["table", "json", "jsonl", "csv", "markdown"]  # render.Format, which is not imported for --help
_ORDER = "mlflow_sql.order"

_EPILOG = """\b
SQL is DuckDB's, over the tables of the server; several statements are separated by ";".
In JSON and CSV times are ISO 8601 (UTC), intervals DuckDB's text, BLOBs base64; in JSON NaN is null and infinities are
"Infinity" and "-Infinity". A statement without a result prints nothing.

\b
Exit status: 0 done, 1 an error in the SQL or from the server, 2 wrong usage, 130 interrupted, 141 output closed.
"""


@dataclass(frozen=True, slots=True)
class Settings:
    """The options that every subcommand shares."""

    server: str | None
    form: str


class _Commands(click.Group):
    """Keeps the order of -c and -f among each other, which click forgets, and explains SQL given without -c."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        order = self.make_parser(ctx).parse_args(list(args))[2]
        ctx.meta[_ORDER] = [param.name for param in order if param.name in ("commands", "files")]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if " " in args[0].strip():
            ctx.fail(f"give SQL with -c: mlflow-sql -c '{args[0]}'")
        return super().resolve_command(ctx, args)


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    from mlflow_sql import __version__

    click.echo(f"mlflow-sql {__version__}")
    ctx.exit()


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


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    subcommand_metavar="",
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
)
@click.option("--server", metavar="URL", envvar="MLFLOW_TRACKING_URI", show_envvar=True, help="The tracking server.")
@click.option(
    "--format", "form", type=click.Choice(_FORMATS), default="table", show_default=True, help="Output format."
)
@click.option("-c", "--command", "commands", metavar="SQL", multiple=True, help="Run this SQL; may be repeated.")
@click.option(
    "-f",
    "--file",
    "files",
    metavar="FILE",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    help="Run the SQL in this file (- is standard input); may be repeated.",
)
@click.option(
    "--param",
    "params",
    metavar="NAME=VALUE",
    multiple=True,
    callback=_parameters,
    help="Value of $NAME in the SQL, always as text: DuckDB casts it, or write $NAME::INT; may be repeated.",
)
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_version, help="Show the version.")
@click.pass_context
def cli(
    ctx: click.Context,
    server: str | None,
    form: str,
    commands: tuple[str, ...],
    files: tuple[Path, ...],
    params: dict[str, str],
) -> None:
    """Query an MLflow tracking server with SQL."""
    ctx.obj = Settings(server, form)
    if ctx.invoked_subcommand is not None:
        if commands or files or params:
            ctx.fail(f"-c, -f and --param do not go with {ctx.invoked_subcommand!r}")
        return
    sources = _sources(ctx, commands, files)
    ctx.exit(_run(ctx, ctx.obj, sources, params))


def _sources(ctx: click.Context, commands: tuple[str, ...], files: tuple[Path, ...]) -> list[tuple[str, str]]:
    """Name and text of everything to run, in the order given."""
    if not commands and not files:
        if sys.stdin.isatty():
            click.echo(ctx.get_help(), err=True)
            click.echo("\nError: nothing to run: give SQL with -c, a file with -f, or SQL on standard input.", err=True)
            ctx.exit(2)
        return [_read(ctx, Path("-"))]
    given: dict[str, Any] = {"commands": iter(enumerate(commands, 1)), "files": iter(files)}
    sources = []
    for kind in ctx.meta[_ORDER]:
        item = next(given[kind])
        if kind == "files":
            sources.append(_read(ctx, item))
        else:
            sources.append((f"-c {item[0]}" if len(commands) > 1 else "-c", item[1]))
    return sources


def _read(ctx: click.Context, path: Path) -> tuple[str, str]:
    standard = str(path) == "-"
    name = "standard input" if standard else str(path)
    try:
        data = sys.stdin.buffer.read() if standard else path.read_bytes()
        return name, data.decode("utf-8-sig")
    except OSError as error:
        ctx.fail(f"cannot read {name}: {error.strerror}")
    except UnicodeDecodeError as error:
        ctx.fail(f"{name} is not UTF-8 text (byte {error.start})")


def _run(ctx: click.Context, settings: Settings, sources: list[tuple[str, str]], params: dict[str, str]) -> int:
    """Split, run and print; the exit status."""
    from mlflow_sql.cli.progress import Progress
    from mlflow_sql.cli.render import Format
    from mlflow_sql.cli.run import Script
    from mlflow_sql.cli.script import split
    from mlflow_sql.errors import ParseError

    # All of it before the first statement runs: a script that cannot be read changes nothing.
    try:
        statements = [statement for name, text in sources for statement in split(text, name)]
    except ParseError as error:
        click.echo(f"Error: {error}", err=True)
        return 1
    _check_used(ctx, statements, params)
    if not statements:
        return 0
    progress = Progress()
    out = sys.stdout.buffer
    width = shutil.get_terminal_size().columns if out.isatty() else None
    form = Format(settings.form)
    script = Script(lambda: connect(settings, progress), statements, params, form, out, progress, width)
    outcome = script.run()
    if outcome.message:
        click.echo(outcome.message, err=True)
    try:
        out.flush()
    except OSError:
        _discard_output()
    return outcome.status


def connect(settings: Settings, progress: Progress) -> Connection:
    """The connection for the options given. Opening it sends no request."""
    import mlflow_sql

    return mlflow_sql.connect(settings.server, progress=progress)


def _check_used(ctx: click.Context, statements: list[Statement], params: dict[str, str]) -> None:
    used = {name for statement in statements for name in statement.parameters}
    for name in params:
        if name.lower() not in used:
            ctx.fail(f"no statement uses the parameter {name!r}; write it as ${name}")


def _discard_output() -> None:
    """Let the interpreter's last flush go nowhere: the reader of the pipe has left, or the disk is full."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)


def main() -> NoReturn:
    """The entry point of ``mlflow-sql``."""
    try:
        # Not in click's standalone mode, where Ctrl-C and a closed pipe end with status 1.
        status = cli.main(prog_name="mlflow-sql", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        status = 130
    except BrokenPipeError:
        _discard_output()
        status = 141
    sys.exit(status)


if __name__ == "__main__":
    main()
