"""The line editor: prompt_toolkit set up for SQL.

Only what the first prompt needs is imported here; the tokenizer and completion are, when something is typed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.application import Application
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import CompleteEvent, Completer, Completion, PathCompleter
from prompt_toolkit.document import Document
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import has_focus
from prompt_toolkit.formatted_text import AnyFormattedText
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.lexers import PygmentsLexer
from prompt_toolkit.styles import Style

from mlflow_sql.cli.shell.history import History, state_folder
from mlflow_sql.cli.shell.lexer import STYLE, DialectLexer

if TYPE_CHECKING:
    from mlflow_sql.cli.shell.complete import Knowledge


class ShellCompleter(Completer):
    """Completions of SQL from what is known, and of the shell's commands. knowledge: None while nothing is.

    columns: those of the last result.
    """

    def __init__(self, columns: Callable[[], Sequence[str]] = tuple) -> None:
        self._columns = columns
        self.knowledge: Knowledge | None = None
        self._paths = PathCompleter(expanduser=True)

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        """Completions for the place of the cursor; nothing is waited for."""
        line, before = document.current_line_before_cursor.lstrip(), ""
        if "\\" in line:
            from mlflow_sql.cli.shell.reading import being_typed

            line, before = being_typed(document.text_before_cursor) or (line, "")
        if line.startswith(("\\", ".")):
            yield from self._commands(line, before, complete_event)
        elif self.knowledge is not None:
            from mlflow_sql.cli.shell.complete import suggest

            cursor = document.cursor_position
            for found in suggest(document.text, cursor, self.knowledge, eager=complete_event.completion_requested):
                yield Completion(found.text, found.start - cursor, display=found.shown, display_meta=found.note)

    def _commands(self, line: str, before: str, event: CompleteEvent) -> Iterator[Completion]:
        from mlflow_sql.cli.shell.commands import suggest
        from mlflow_sql.cli.shell.complete import columns_of

        tables: list[str] = []
        columns = self._columns()
        if self.knowledge is not None:
            tables = [*(self.knowledge.names.tables if self.knowledge.names else ()), *self.knowledge.local]
            columns = columns_of(before, self.knowledge) or columns
        found = suggest(line, tables, columns)
        if isinstance(found, str):
            yield from self._paths.get_completions(Document(found), event)
            return
        for each in found:
            yield Completion(each.text, each.start - len(line), display=each.shown or each.text, display_meta=each.note)


def _keys() -> KeyBindings:
    keys = KeyBindings()

    @keys.add("enter", filter=has_focus(DEFAULT_BUFFER))
    def _(event: KeyPressEvent) -> None:
        """Take the completion that is chosen, run what is finished, or begin a new line as indented as this one."""
        from mlflow_sql.cli.shell.reading import is_finished

        buffer = event.current_buffer
        if buffer.complete_state is not None and buffer.complete_state.current_completion is not None:
            buffer.complete_state = None
        elif is_finished(buffer.text):
            buffer.validate_and_handle()
        else:
            buffer.newline(copy_margin=True)

    return keys


def session(host: Callable[[], str], completer: ShellCompleter, first_shown: Callable[[], None]) -> PromptSession[str]:
    """The line editor. host: named by the prompt. first_shown: called once, when the first prompt is on the screen."""

    def continuation(_: int, __: int, wrapped: int) -> AnyFormattedText:
        return [("class:continuation", ("" if wrapped else "-> ").rjust(len(host()) + 2))]

    def shown(app: Application[str]) -> None:
        app.after_render -= shown
        first_shown()

    made: PromptSession[str] = PromptSession(
        lambda: [("class:prompt", host()), ("", "> ")],
        multiline=True,
        history=History(state_folder() / "history"),
        completer=completer,
        complete_while_typing=True,
        auto_suggest=AutoSuggestFromHistory(),
        lexer=PygmentsLexer(DialectLexer),
        style=Style.from_dict(STYLE),
        include_default_pygments_style=False,
        prompt_continuation=continuation,
        key_bindings=_keys(),
        enable_open_in_editor=True,
        tempfile_suffix=".sql",
        reserve_space_for_menu=6,
    )
    made.app.after_render += shown
    return made
