"""The command line of mlflow-sql: options, where the SQL comes from, and the exit status."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from mlflow_sql.cli import infra
from mlflow_sql.cli.params import check_used
from mlflow_sql.cli.params import option as param_option
from mlflow_sql.cli.plot import plot
from mlflow_sql.cli.target import Target, format_of

if TYPE_CHECKING:
    from mlflow_sql import Connection
    from mlflow_sql.cli.progress import Progress
    from mlflow_sql.cli.run import Outcome

# render.Format, which is not imported for --help
_FORMATS = ["table", "box", "markdown", "json", "jsonl", "csv", "tsv", "html", "parquet", "arrow"]
_ORDER = "mlflow_sql.order"

_EPILOG = """\b
SQL is DuckDB's, over the tables of the server; several statements are separated by ";".
In JSON and CSV times are ISO 8601 (UTC), intervals DuckDB's text, BLOBs base64; in JSON NaN is null and infinities are
"Infinity" and "-Infinity". A statement without a result prints nothing. Without a statement, a terminal gets a shell.
"table" is fitted to a terminal, "box" is whole. "tsv" is PostgreSQL's COPY text. "arrow" is Arrow's file format with -o
and its stream format in a pipe. FILE is there when all is written, and its ending (.csv, .parquet ...) names a format.

\b
Exit status: 0 done, 1 an error in the SQL or from the server, 2 wrong usage, 130 interrupted, 141 output closed.
"""


@dataclass(frozen=True, slots=True)
class Settings:
    """The options that every subcommand shares."""

    server: str | None
    form: str
    read_only: bool = False
    max_writes: int | None = None
    config: Path | None = None


class _Commands(click.Group):
    """Keeps the order of -c and -f among each other, which click forgets, and explains SQL given without -c."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        order = self.make_parser(ctx).parse_args(list(args))[2]
        ctx.meta[_ORDER] = [param.name for param in order if param.name in ("commands", "files")]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        known = args[0] in self.commands
        if " " in args[0].strip() or (not known and len(args) > 1 and not args[1].startswith("-")):
            ctx.fail(f'give SQL with -c: mlflow-sql -c "{" ".join(args)}"')
        if not known and Path(args[0]).is_file():
            ctx.fail(f"run a file with -f: mlflow-sql -f {args[0]}")
        return super().resolve_command(ctx, args)


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    from mlflow_sql import __version__

    click.echo(f"mlflow-sql {__version__}")
    ctx.exit()


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    subcommand_metavar="",
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
)
@click.option("--server", metavar="URL", envvar="MLFLOW_TRACKING_URI", show_envvar=True, help="The tracking server.")
@click.option(
    "--config",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Servers by name, with their credentials; default ~/.config/mlflow-sql/config.toml.",
)
@click.option(
    "--format", "form", type=click.Choice(_FORMATS), default="table", show_default=True, help="Output format."
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write results to this file.",
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
@param_option
@click.option("--read-only", is_flag=True, help="Refuse every statement that writes to the server.")
@click.option(
    "--max-writes",
    metavar="N",
    type=click.IntRange(min=1),
    help="The most rows that one statement may change or delete; default 1000.",
)
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_version, help="Show the version.")
@click.pass_context
def cli(
    ctx: click.Context,
    server: str | None,
    config: Path | None,
    form: str,
    output: Path | None,
    commands: tuple[str, ...],
    files: tuple[Path, ...],
    params: dict[str, str],
    read_only: bool,
    max_writes: int | None,
) -> None:
    """Query an MLflow tracking server with SQL."""
    if output is not None and ctx.get_parameter_source("form") is click.core.ParameterSource.DEFAULT:
        form = format_of(output) or form
    ctx.obj = Settings(server, form, read_only, max_writes, config)
    if ctx.invoked_subcommand is not None:
        if commands or files or params or output:
            name = ctx.invoked_subcommand
            ctx.fail(f"-c, -f, -o and --param do not go before {name!r}; mlflow-sql {name} --help lists its options")
        return
    if not commands and not files and sys.stdin.isatty() and sys.stdout.isatty():
        ctx.exit(_shell(ctx.obj, output, params))
    sources = _sources(ctx, commands, files)
    ctx.exit(_run(ctx, ctx.obj, sources, params, output))


cli.add_command(infra.plan)
cli.add_command(infra.apply)
cli.add_command(plot)


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


def _shell(settings: Settings, output: Path | None, params: dict[str, str]) -> int:
    """The interactive shell; the exit status."""
    from dataclasses import replace

    from mlflow_sql.cli.shell.repl import Shell

    def open_to(server: str | None, progress: Progress | None) -> Connection:
        return connect(replace(settings, server=server), progress)

    return Shell(open_to, settings.server, settings.form, params).run(output)


def _run(
    ctx: click.Context,
    settings: Settings,
    sources: list[tuple[str, str]],
    params: dict[str, str],
    output: Path | None = None,
) -> int:
    """Split, run and print; the exit status."""
    from mlflow_sql.cli.progress import Progress
    from mlflow_sql.cli.render import Format
    from mlflow_sql.cli.run import Script
    from mlflow_sql.cli.script import split
    from mlflow_sql.errors import ParseError, UsageError

    form = Format(settings.form)
    if form.binary and output is None and sys.stdout.isatty():
        ctx.fail(f"{form} is no text for a terminal: name a file with -o, or send it into a pipe")
    # All of it before the first statement runs: a script that cannot be read changes nothing.
    try:
        statements = [statement for name, text in sources for statement in split(text, name)]
    except ParseError as error:
        click.echo(f"Error: {error}", err=True)
        return 1
    check_used(ctx, statements, params)
    if not statements:
        return 0
    progress = Progress()
    try:
        target = Target(output) if output is not None else None
    except UsageError as error:
        ctx.fail(error.message)
    out = target.out if target is not None else sys.stdout.buffer
    width = shutil.get_terminal_size().columns if out.isatty() else None
    seekable = target is not None and target.seekable
    script = Script(lambda: connect(settings, progress), statements, params, form, out, progress, width, seekable)
    outcome = script.run()
    if target is not None:
        outcome = _finish(target, outcome)
    if outcome.message:
        click.echo(outcome.message, err=True)
    try:
        sys.stdout.flush()
    except OSError:
        _discard_output()
    return outcome.status


def _finish(target: Target, outcome: Outcome) -> Outcome:
    """Keep the file of a run that succeeded; the outcome, which may be that this fails."""
    from mlflow_sql.cli.run import Outcome

    if outcome.status:
        target.drop()
        return outcome
    try:
        target.keep()
    except OSError as error:
        target.drop()
        return Outcome(1, f"Error: cannot write {target.path}: {error.strerror}")
    return outcome


def connect(settings: Settings, progress: Progress | None) -> Connection:
    """The connection for the options given. Opening it sends no request."""
    import mlflow_sql

    limits = {} if settings.max_writes is None else {"max_writes": settings.max_writes}
    return mlflow_sql.connect(
        settings.server, progress=progress, read_only=settings.read_only, config=settings.config, **limits
    )


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
