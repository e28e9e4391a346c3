"""``plan`` and ``apply``: files of statements as the desired state of the server.

Theory: a plan is made on a connection that is read-only, and is then a value; applying it is a second run of the same
statements at the same time of day, on a connection of its own. Both run on a thread, as scripts do, so that Ctrl-C
stops them. Exit status 2 means changes, so wrong usage of these two commands is 1.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from mlflow_sql import Connection
    from mlflow_sql.cli.diff import Diff
    from mlflow_sql.cli.main import Settings
    from mlflow_sql.cli.plans import Document
    from mlflow_sql.cli.run import Outcome, Script
    from mlflow_sql.cli.script import Statement
    from mlflow_sql.cli.variables import Bound
    from mlflow_sql.engine.desired import Done

_OK, _FAILED, _CHANGES = 0, 1, 2
At = Callable[["Statement"], None]


class _Command(click.Command):
    """A command whose wrong usage ends with 1: 2 means that there are changes."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        try:
            return super().make_context(*args, **kwargs)
        except click.ClickException as error:
            setattr(error, "exit_code", _FAILED)  # noqa: B010  # declared for the class
            raise


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    existing = click.Path(exists=True, dir_okay=False, path_type=Path)
    for option in reversed(
        [
            click.argument("files", nargs=-1, required=True, metavar="FILE...", type=existing),
            click.option("--var", "options", metavar="NAME=VALUE", multiple=True, help="Value of $NAME, as text."),
            click.option(
                "--var-file", "var_files", metavar="FILE", multiple=True, type=existing,
                help="Values of variables: flat YAML or JSON, whose types are kept; a later file wins.",
            ),
            click.option(
                "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
                help="json: one document for machines.",
            ),
            click.option("--no-color", "plain", is_flag=True, help="No colours, on a terminal too."),
        ]
    ):  # fmt: skip
        command = option(command)
    return command


_VARIABLES = (
    "Values of $NAME (or {{ NAME }}) come from --var, else from --var-file, else from the environment"
    " (MLFLOW_SQL_VAR_NAME). They are bound as parameters, never pasted into the text."
)


@click.command(
    cls=_Command,
    context_settings={"max_content_width": 120},
    epilog="Exit status: 0 no changes, 2 changes, 1 an error, 130 interrupted.",
    short_help="Show what applying files of statements would change.",
    help="Show what applying the statements in FILE... would change. Sends no write.\n\n"
    + _VARIABLES
    + "\n\nA method that EXEC calls is shown as a call: what it changes is not known. Local statements and SELECTs are"
    " run.",
)
@_options
@click.option(
    "--save", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
    help="Save the plan for apply. The file holds statements and variables as they are: keep secrets out of them.",
)  # fmt: skip
@click.pass_context
def plan(ctx: click.Context, /, files: tuple[Path, ...], save: Path | None, **given: Any) -> None:
    """Show what files of statements would change."""
    from mlflow_sql.cli import plans

    def work() -> int:
        found = _planned(ctx.obj, _bound(files, given), plans.present())
        if save is not None:
            plans.save(found, save)
        if given["form"] == "json":
            click.echo(plans.as_json(found.without_values()))
        else:
            _echo_lines(_diff(given["plain"]).plan(found))
        return _OK if found.summary.empty else _CHANGES

    ctx.exit(_guarded(work))


@click.command(
    cls=_Command,
    context_settings={"max_content_width": 120},
    epilog="Exit status: 0 applied or nothing to do, 1 an error or not confirmed, 130 interrupted.",
    short_help="Show what files of statements would change, ask, and change it.",
    help="Show what the statements in FILE... would change, ask, and change it.\n\n"
    "FILE may be one plan saved by plan --save (its name ends with .json): it is applied exactly, or refused when the"
    " server has changed since.\n\n" + _VARIABLES,
)
@_options
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def apply(ctx: click.Context, /, files: tuple[Path, ...], yes: bool, **given: Any) -> None:
    """Carry out files of statements, or a saved plan."""
    from mlflow_sql.cli import plans
    from mlflow_sql.errors import UsageError

    def work() -> int:
        machine, diff = given["form"] == "json", _diff(given["plain"])
        if not yes and (machine or not sys.stdin.isatty()):
            why = "--format json leaves no room to ask" if machine else "standard input is no terminal"
            raise UsageError(f"apply asks before it writes, and {why}", hint="--yes applies without asking")
        saved = _saved(files, given)
        now = saved.planned_at if saved is not None else plans.present()
        bound = plans.bound_of(saved) if saved is not None else _bound(files, given)
        found = _planned(ctx.obj, bound, now, saved)
        if saved is not None and (drift := plans.differences(saved, found)):
            _echo_lines(diff.drift(drift), err=True)
            raise UsageError(
                f"the server has changed since {files[0]} was planned; nothing was applied",
                hint="look at the differences, and make a new plan",
            )
        if not machine:
            _echo_lines(diff.plan(found))
        if found.summary.empty:
            if machine:
                click.echo(plans.as_json(_applied(found, [], None)))
            return _OK
        if not yes and not click.confirm("Apply these changes?", default=False):
            click.echo("Nothing was applied.")
            return _FAILED
        return _apply(ctx.obj, bound, found, now, diff, machine)

    ctx.exit(_guarded(work))


def _apply(
    settings: Settings, bound: Sequence[Bound], found: Document, now: datetime, diff: Diff, machine: bool
) -> int:
    """Carry out a plan's statements; says each object as it is done. The exit status."""
    from mlflow_sql.cli import plans
    from mlflow_sql.engine.desired import Applier, names_of

    done: list[Done] = []
    called = 0

    def report(one: Done) -> None:
        done.append(one)
        if not machine:
            job.progress.finish()
            click.echo(diff.done(one))

    def work(connection: Connection, at: At) -> int:
        nonlocal called
        applier = Applier(connection, now, report, names_of(c for step in found.statements for c in step.changes))
        for b, step in zip(bound, found.statements, strict=True):
            at(b.statement)
            applier.apply(b.statement.text, dict(b.values) or None)
            for call in step.calls:
                called += 1
                if not machine:
                    click.echo(f"called {'.'.join(call.method.split('.')[-2:])}")
        return _OK

    job = _job(settings, [b.statement for b in bound], work)
    outcome = job.run()
    if machine:
        click.echo(plans.as_json(_applied(found, done, outcome.message or None)))
    else:
        click.echo(_counted(done, called, "Applied" if outcome.status == _OK else "Stopped"))
    if outcome.message:
        click.echo(outcome.message, err=True)
    return outcome.status


def _applied(found: Document, done: Sequence[Done], error: str | None) -> dict[str, Any]:
    return {"plan": found.without_values(), "applied": list(done), "error": error}


def _counted(done: Sequence[Done], called: int, word: str) -> str:
    kinds = [one.what for one in done]
    counts = {
        "created": kinds.count("created"),
        "updated": kinds.count("updated") + kinds.count("restored"),
        "deleted": kinds.count("deleted"),
        "logged": sum(one.rows for one in done if one.what == "logged"),
        "called": called,
    }
    text = ", ".join(f"{n} {what}" for what, n in counts.items() if n or what in ("created", "updated", "deleted"))
    return f"{word}: {text}." + ("" if word == "Applied" else " Applying again does the rest.")


def _bound(files: Sequence[Path], given: dict[str, Any]) -> list[Bound]:
    """The statements of all files, with their variables; nothing has run by then."""
    from mlflow_sql.cli.script import split
    from mlflow_sql.cli.variables import Variables
    from mlflow_sql.errors import UsageError

    statements = []
    for path in files:
        try:
            text = path.read_bytes().decode("utf-8-sig")
        except OSError as error:
            raise UsageError(f"cannot read {path}: {error.strerror}") from None
        except UnicodeDecodeError as error:
            raise UsageError(f"{path} is not UTF-8 text (byte {error.start})") from None
        statements += split(text, str(path))
    return Variables(given["options"], given["var_files"], os.environ).bind(statements)


def _saved(files: Sequence[Path], given: dict[str, Any]) -> Document | None:
    """The saved plan that is to be applied; None for files of statements."""
    from mlflow_sql.cli import plans
    from mlflow_sql.errors import UsageError

    if not any(path.suffix.lower() == ".json" for path in files):
        return None
    if len(files) > 1:
        raise UsageError("a saved plan is applied alone, without other files")
    if given["options"] or given["var_files"]:
        raise UsageError("a saved plan has its variables: --var and --var-file do not go with it")
    return plans.load(files[0])


def _planned(settings: Settings, bound: Sequence[Bound], now: datetime, saved: Document | None = None) -> Document:
    """The plan of the statements. Raises _Stopped when it cannot be made."""
    from mlflow_sql.cli import plans
    from mlflow_sql.engine.desired import Effect, Planner
    from mlflow_sql.errors import UsageError

    effects: list[Effect] = []
    server = ""

    def work(connection: Connection, at: At) -> int:
        nonlocal server
        if saved is not None and saved.server != (server := _address(settings.server, connection)):
            raise UsageError(f"the plan was made for {saved.server}, and this is {server}; nothing was applied")
        connection.options.read_only = True
        planner = Planner(connection, now)
        for b in bound:
            at(b.statement)
            effects.append(planner.plan(b.statement.text, dict(b.values) or None))
        server = _address(settings.server, connection)  # a statement may have named it
        return _OK

    outcome = _job(settings, [b.statement for b in bound], work).run()
    if outcome.status != _OK:
        raise _Stopped(outcome)
    return plans.document(server, now, bound, effects)


def _address(given: str | None, connection: Connection) -> str:
    """The server as a saved plan names it: its address without credentials, or the place of a local store."""
    from mlflow_sql.engine.link import is_store

    given = given or os.environ.get("MLFLOW_TRACKING_URI")
    if given is None or not is_store(given):
        return connection.server
    kind, slashes, path = given.partition("://") if "://" in given else ("", "", given)
    place = Path(path.removeprefix("/") if kind == "sqlite" else path).resolve()
    return f"{kind}{slashes}{place}" if kind else str(place)


class _Stopped(Exception):
    """A run that ended with an error, which its outcome says."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.message)
        self.outcome = outcome


def _job(settings: Settings, statements: Sequence[Statement], work: Callable[[Connection, At], int]) -> Script:
    """The work over a connection of its own, to be run on a thread; ``run()`` gives its Outcome."""
    from mlflow_sql.cli.main import connect
    from mlflow_sql.cli.progress import Progress
    from mlflow_sql.cli.render import Format
    from mlflow_sql.cli.run import Outcome, Script

    class Job(Script):
        def _statements(self, connection: Connection) -> Outcome:
            def at(statement: Statement) -> None:
                self._current = statement
                self.progress.start()

            try:
                return Outcome(work(connection, at))
            except BaseException as error:
                connection.interrupt()
                self.progress.finish()
                return self._describe(error)
            finally:
                self.progress.finish()

        def _describe(self, error: BaseException) -> Outcome:
            found = super()._describe(error)
            return Outcome(_FAILED, found.message) if found.status == _CHANGES else found

    progress = Progress()
    return Job(lambda: connect(settings, progress), statements, {}, Format("table"), sys.stdout.buffer, progress)


def _guarded(work: Callable[[], int]) -> int:
    """The exit status of some work; its errors go to standard error."""
    from mlflow_sql.errors import Error

    try:
        return work()
    except _Stopped as stopped:
        if stopped.outcome.message:
            click.echo(stopped.outcome.message, err=True)
        return stopped.outcome.status
    except Error as error:
        click.echo(f"Error: {error}", err=True)
        return _FAILED


def _diff(plain: bool) -> Diff:
    from mlflow_sql.cli.diff import Diff

    color = sys.stdout.isatty() and not plain and not os.environ.get("NO_COLOR")
    try:
        "→…".encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
        return Diff(color, "->")
    return Diff(color)


def _echo_lines(lines: Any, err: bool = False) -> None:
    for line in lines:
        click.echo(line, err=err, color=True)  # colours are decided on already
