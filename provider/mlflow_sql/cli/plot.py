"""``mlflow-sql plot``: the picture of a statement, in the terminal or as a file."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlflow_sql.cli.params import check_used, option

if TYPE_CHECKING:
    from mlflow_sql import Connection
    from mlflow_sql.cli.main import Settings
    from mlflow_sql.cli.progress import Progress
    from mlflow_sql.cli.script import Statement
    from mlflow_sql.plots.picture import Picture
    from mlflow_sql.plots.request import Words

_WIDTH, _HEIGHT = 80, 24  # where there is no terminal


@click.command(
    context_settings={"max_content_width": 120},
    epilog="Exit status: 0 drawn, 1 an error, 2 wrong usage, 130 interrupted.",
    short_help="Draw what a statement answers, in the terminal or as a file.",
    help="Draw what a statement answers, in the terminal or as a file.\n\n"
    "HOW is a kind (bar, line, scatter or parallel) and the parts of the columns: x=step y=value color=run_name"
    " log=y title=Loss. What is not given is chosen from the columns of the answer.\n\n"
    "  mlflow-sql plot line log=y -c \"SELECT run_id, step, value FROM ... WHERE key = 'loss'\" -o loss.svg",
)
@click.argument("how", nargs=-1, metavar="[HOW]...")
@click.option("-c", "--command", "statement", metavar="SQL", required=True, help="The statement; - is standard input.")
@click.option("-o", "--output", metavar="FILE", help="Write it to this file, a .svg, .png or .html.")
@option
@click.option("--theme", metavar="NAME", help="light (the default) or dark, for a file.")
@click.option("--no-color", "plain", is_flag=True, help="No colours, on a terminal too.")
@click.pass_context
def plot(
    ctx: click.Context,
    how: tuple[str, ...],
    statement: str,
    output: str | None,
    params: dict[str, str],
    theme: str | None,
    plain: bool,
) -> None:
    """Draw what a statement answers."""
    from mlflow_sql.cli.script import split
    from mlflow_sql.errors import ParseError, UsageError
    from mlflow_sql.plots.request import read

    options = [*(["-o", output] if output is not None else []), *(["--theme", theme] if theme is not None else [])]
    try:
        words = read([*how, *options])
    except UsageError as error:
        ctx.fail(str(error))
    text = sys.stdin.read() if statement == "-" else statement
    try:
        statements = split(text)
    except ParseError as error:
        click.echo(f"Error: {error}", err=True)
        ctx.exit(1)
    if len(statements) != 1:
        ctx.fail(f"a picture is of one statement, not of {len(statements) or 'none'}")
    check_used(ctx, statements, params)
    ctx.exit(_run(ctx.obj, statements[0], params, words, plain))


def _run(settings: Settings, statement: Statement, params: dict[str, str], words: Words, plain: bool) -> int:
    """Draw; the exit status."""
    from mlflow_sql.cli.progress import Progress
    from mlflow_sql.cli.run import expected_errors
    from mlflow_sql.cli.shell.worker import Fault, Worker
    from mlflow_sql.errors import Interrupted, UsageError

    progress = Progress()
    worker = Worker(lambda: _connected(settings, progress), quiet=True)
    worker.start()
    try:
        picture = worker.call(lambda connection: _drawn(connection, statement, params, words, progress))
        if words.output is None:
            size = shutil.get_terminal_size((_WIDTH, _HEIGHT))
            colours = sys.stdout.isatty() and not plain and "NO_COLOR" not in os.environ
            click.echo(picture.text(size.columns, min(size.lines - 2, 30), colours), color=colours)
        else:
            _tell(picture, words.output)
    except Interrupted:
        click.echo("Interrupted.", err=True)
        return 130
    except Fault as error:
        click.echo(error, err=True)
        return 1
    except expected_errors() as error:
        click.echo(f"Error: {error}", err=True)
        return 2 if isinstance(error, UsageError) else 1
    finally:
        progress.finish()
        worker.close()
    return 0


def _connected(settings: Settings, progress: Progress) -> Connection:
    from mlflow_sql.cli.main import connect

    return connect(settings, progress)


def _drawn(
    connection: Connection, statement: Statement, params: dict[str, str], words: Words, progress: Progress
) -> Picture:
    from mlflow_sql.cli.target import write
    from mlflow_sql.errors import UsageError
    from mlflow_sql.plots.picture import picture
    from mlflow_sql.plots.request import ending_of

    progress.start()
    relation = connection.sql(statement.text, params or None)
    if relation is None:
        raise UsageError("the statement has no rows, so there is nothing to draw")
    found = picture(relation, words.request, words.theme)
    progress.finish()
    if words.output is not None:
        write(words.output, found.data(ending_of(words.output)))
    return found


def _tell(picture: Picture, path: Path) -> None:
    """The remarks of a picture that went to a file."""
    for remark in picture.chart.remarks:
        click.echo(f"{path}: {remark}", err=True)
