"""The shell, driven as a person does."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shell.conftest import CTRL_C, CTRL_D, CTRL_R, DOWN, ENTER, Terminal

if TYPE_CHECKING:
    from conftest import TrackingServer

pytestmark = pytest.mark.filterwarnings("ignore:.*forkpty:DeprecationWarning")
_ENDLESS = "SELECT count(*) FROM range(100000000000) t(i) WHERE i % 7 = 3;"
Open = Callable[..., Terminal]


def test_the_first_prompt_waits_for_nothing_and_names_the_server(opened: Open) -> None:
    """Not for the engine, which is loaded behind it, nor for a server that is down."""
    terminal = opened("--server", "http://127.0.0.1:9")
    assert "127.0.0.1:9>" in terminal.screen
    assert "is out of reach" in terminal.run("SELECT * FROM runs;", r"Error(?s:.*)> *$")


def test_a_statement_goes_on_over_lines_until_its_semicolon(shell: Terminal) -> None:
    """A ; in a text or a comment does not end it; the result says rows, time and REST calls."""
    screen = shell.run("SELECT 'a;b' AS x, -- not; here" + ENTER + "count(*) AS n" + ENTER + "FROM experiments;")
    assert "-> " in screen
    assert re.search(r"│ a;b +│ +\d+ │", screen)
    assert re.search(r"\n1 row \([\d.]+ m?s, 1 REST call\)", screen)


def test_null_is_visible_numbers_are_to_the_right_and_long_values_are_cut(shell: Terminal) -> None:
    """NULL is not an empty text; an ellipsis marks a cut."""
    screen = shell.run("SELECT NULL::INT AS a, '' AS b, 1 AS number, repeat('x', 100) AS long;")
    assert re.search(r"│ +NULL │ +│ +1 │ x+… │", screen)
    assert max(map(len, screen.splitlines())) <= 80


def test_a_result_too_wide_has_one_column_per_line(shell: Terminal) -> None:
    """By itself (\\x auto), with a line for each key of a map; \\x does it always, \\x off never."""
    wide = "SELECT repeat('x', 39) AS a, repeat('y', 39) AS b, MAP {'k': 1.5, 'l': NULL} AS m;"
    assert re.search(r"─\[ 1 \]─+\n a │ x+\n b │ y+\n m │ k  1.5\n   │ l  NULL\n1 row", shell.run(wide))
    assert "always" in shell.run("\\x", "always")
    assert " a │ 1\n" in shell.run("SELECT 1 AS a;")
    shell.run("\\x off", "is not used")
    assert ">" in shell.run(wide, r"\(END\)").splitlines()[2], "the pager marks what is beyond the screen"
    shell.type("\x1bOC")
    assert "y │" in shell.wait(r"k")
    shell.type("q")
    shell.wait("1 row")
    shell.run("\\x auto", "wider than the screen")


def test_a_long_result_goes_through_the_pager(shell: Terminal) -> None:
    """The first screen, then the next, then back to the prompt with the summary."""
    screen = shell.run("SELECT i FROM range(1000) t(i);", r"\n:$")
    assert "999" not in screen
    shell.type("G")
    shell.wait("999")
    shell.type("q")
    shell.wait(r"1,000 rows \(\d+ ms, 0 REST calls\)")


def test_what_nobody_reads_is_not_fetched(shell: Terminal) -> None:
    """Rows for the screen have an end, and the summary says so."""
    shell.run("SELECT i FROM range(100000000000) t(i);", r"\n:$")
    shell.type("q")
    shell.wait(r"10,000 rows, and more that were not fetched")


def test_a_pager_that_is_left_early_is_quiet(shell: Terminal) -> None:
    """Rows that stream into it stop; the shell goes on."""
    shell.run("\\format csv", "csv")
    shell.run("SELECT i FROM range(100000000000) t(i);", r"\n:$")
    shell.type("q")
    assert "rror" not in shell.wait(r"rows, and more")
    shell.run("SELECT i FROM range(100000000000) t(i);", r"\n:$")
    shell.type(CTRL_C)
    while "Interrupted" not in shell.screen:  # a terminal forgets what is typed just after Ctrl-C
        shell.type("q")
        time.sleep(0.3)
    assert "a\n1\n1 row" in shell.run("SELECT 1 AS a;")
    shell.run("\\format table", "table")


def test_ctrl_c_cancels_the_statement_and_clears_the_line(shell: Terminal) -> None:
    """The shell and its connection go on."""
    shell.run("CREATE OR REPLACE TABLE kept AS SELECT 42 AS answer;", "OK")
    shell.run(_ENDLESS, "= 3;")
    time.sleep(0.3)
    shell.type(CTRL_C)
    shell.wait("Interrupted")
    shell.type("SELECT nonsense")
    shell.type(CTRL_C)
    assert re.search(r"│ +42 │", shell.run("FROM kept;"))


def test_ctrl_c_cancels_a_request(opened: Open) -> None:
    """Also one that the server never answers."""
    import socket

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        terminal = opened("--server", f"http://127.0.0.1:{silent.getsockname()[1]}")
        terminal.wait("> *$")
        terminal.type("SELECT * FROM runs;" + ENTER)
        terminal.wait("runs;")
        time.sleep(1)
        terminal.type(CTRL_C)
        terminal.wait(r"Interrupted\.\n\S+> *$")
        terminal.type(CTRL_D)
        assert terminal.ended() == 0


def test_errors_show_the_place(shell: Terminal) -> None:
    """The line of the statement with marks under what is wrong, and the advice."""
    screen = shell.run("SELECT run_id" + ENTER + "FROM runs WHERE statsu = 'x';", r"Hint[^\n]*\n[^\n]*> *$")
    assert "Error: no column 'statsu'" in screen
    assert "LINE 2: FROM runs WHERE statsu = 'x'\n                        ^^^^^^\n" in screen
    assert shell.style("Error:").fg == "red"
    screen = shell.run("SELECT 1 FROM runs WHERE (status;", r"\^")
    assert "LINE 1:" in screen
    screen = shell.run("SELECT 'abc'::INT, 1;", r"\^")
    assert "LINE 1: SELECT 'abc'::INT, 1\n                    ^^^^^" in screen


def test_what_follows_an_error_is_not_run(shell: Terminal) -> None:
    """Statements typed in one go stop at the first that fails."""
    assert "(1 more was not run)" in shell.run("SELECT nope; SELECT 2 AS two;", "not run")


def test_completion_knows_the_keys_and_names_on_the_server(shell: Terminal, server: TrackingServer) -> None:
    """Metrics behind ``metrics.``, experiments inside ``name = '``; what is chosen is put in, quoted as it must be."""
    shell.type("SELECT metrics.val")
    assert '"val acc"' not in shell.wait(r"\n +val.acc +metrics")
    shell.type(DOWN)
    shell.wait(r'metrics\.("val.acc"|val_acc)')
    shell.type(CTRL_C)
    shell.type("SELECT * FROM experiments e WHERE e.name = 'chu")
    shell.wait(r"\n +churn +name")
    shell.type(DOWN + ENTER)
    shell.wait(r"e\.name = 'churn'")
    assert "rows" not in shell.screen, "Enter took the completion, it did not run the statement"
    shell.type(CTRL_C)


def test_completion_of_commands_and_methods(shell: Terminal) -> None:
    """Commands with their help, methods and parameters behind EXEC."""
    shell.type("\\exp")
    shell.wait(r"\\explain +show the plan")
    shell.type(CTRL_C)
    shell.type("EXEC runs.set_tag @")
    shell.wait(r"run_id = +string, required")
    shell.type(CTRL_C)


def test_colours(shell: Terminal) -> None:
    """Words of the language, texts and functions, in the terminal's own colours."""
    shell.type("SELECT count(x), 'abc' -- note")
    shell.wait("note")
    styles = [shell.style(text) for text in ("SELECT", "count(", "'abc'", "-- note")]
    assert len({(style.fg, style.bold) for style in styles}) == 4
    shell.type(CTRL_C)


def test_tables_and_columns(shell: Terminal) -> None:
    """\\d, \\dt, .tables and .schema."""
    for command in ("\\dt", ".tables", "\\d"):
        shell.run(command, r"\n:$|REST")
        shell.type("q")
        assert "experiments" in shell.screen
    screen = shell.run("\\d experiments", r"\n:$|REST")
    shell.type("q")
    assert "lifecycle_stage" in screen
    assert "CREATE TABLE mlflow.tracking.experiments (" in shell.run(".schema experiments", r"\);")
    assert "did you mean 'experiments' or" in shell.run("\\d experimentz", "Hint")


def test_settings_of_the_view(shell: Terminal) -> None:
    """\\timing, \\format, .mode; an unknown command suggests near ones."""
    shell.run("\\timing off", "not shown")
    shell.run("SELECT 1;", r"1 row\n\S+> *$")
    shell.run("\\timing", "are shown")
    shell.run(".mode jsonlines", "jsonlines")
    assert '{"a":1}' in shell.run("SELECT 1 AS a;")
    shell.run("\\format table", "table")
    assert "did you mean markdown?" in shell.run("\\format markdwn", "Hint")
    assert "did you mean \\timing?" in shell.run("\\timin", "Hint")
    assert "\\watch [SECONDS]" in shell.run("\\?", "Ctrl-D")


def test_a_command_inside_a_statement_leaves_it_to_be_typed_on(shell: Terminal) -> None:
    """As one looks up a table while writing."""
    shell.run("SELECT 'kept'" + ENTER + "\\timing off", r"not shown\.\n\S+> SELECT 'kept'$")
    shell.type(" AS x;" + ENTER)
    shell.wait(r"│ kept +│")


def test_explain_shows_the_calls_before_the_result(shell: Terminal) -> None:
    """\\explain on and off; what is local has no plan to show."""
    shell.run("\\explain on", "before each")
    assert "POST experiments/search" in shell.run("SELECT count(*) AS n FROM experiments;")
    assert "request" not in shell.run("SELECT 1;")
    shell.run("\\explain off", "not shown")


def test_results_go_to_a_file_and_back(shell: Terminal, tmp_path: Path) -> None:
    """\\o with a file holds whole results in the format chosen; \\i runs a file."""
    out, script = tmp_path / "out.csv", tmp_path / "in.sql"
    shell.run("\\format csv", "csv")
    shell.run(f"\\o {out}", "Results go")
    assert "1 row to" in shell.run("SELECT 1 AS a, NULL AS b;")
    shell.run("\\o", r"> *$")
    shell.run("\\format table", "table")
    shell.run("SELECT 2;")
    assert out.read_text() == "a,b\n1,\n"
    script.write_text("SELECT 41 + 1 AS answer;\n\\timing off\nSELECT 'last' AS word")
    screen = shell.run(f"\\i {script}", r"last[^>]*1 row\n")
    assert re.search(r"│ +42 │", screen)
    shell.run("\\timing on", "are shown")
    assert "cannot read" in shell.run("\\i /nosuch.sql", "rror")


def test_watch_repeats_until_ctrl_c(shell: Terminal) -> None:
    """The screen shows the latest answer and the time."""
    shell.run("SELECT nextval('s') AS beat; ", "rror")
    shell.run("CREATE SEQUENCE beats;", "OK")
    shell.run("SELECT 'beat ' || nextval('beats') AS x;")
    shell.run("\\watch 0.2", r"every 0.2 s")
    shell.wait(r"beat [5-9]")
    assert shell.screen.count("│ beat") == 1
    shell.type(CTRL_C)
    shell.wait(r"\S+> *$")
    assert re.search(r"beat \d", shell.run("SELECT 'beat ' || currval('beats') AS x;"))
    shell.run("SELECT 'now' AS then \\watch 5", "every 5 s")
    shell.type(CTRL_C)
    assert "only what reads" in shell.run("DELETE FROM runs WHERE run_id = 'none'; \\watch", "only")


def test_the_server_is_described(shell: Terminal, server: TrackingServer) -> None:
    """Its address, version and store."""
    screen = shell.run("\\server", "cannot|can ")
    assert server.url in screen
    assert re.search(r"version +\d", screen)
    assert "SqlStore" in screen


def test_the_editor_gets_the_statement(opened: Open, server: TrackingServer, tmp_path: Path) -> None:
    """\\e opens what is being typed, else the last statement, and what the editor leaves is there to be run."""
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nsed -i.bak s/one/two/ "$1"\n')
    editor.chmod(0o755)
    terminal = opened("--server", server.url, EDITOR=str(editor))
    terminal.run("SELECT 'one' AS x;")
    terminal.run("\\e", r"SELECT 'two' AS x;")
    terminal.type(ENTER)
    terminal.wait(r"│ two +│")
    terminal.run("SELECT 'one' AS" + ENTER + "\\e", r"SELECT 'two' AS *$")
    terminal.type(" y;" + ENTER)
    terminal.wait(r"│ y +│")


def test_history_is_kept_and_searched_but_holds_no_secrets(
    opened: Open, server: TrackingServer, tmp_path: Path
) -> None:
    """Its file is for the user alone; Ctrl-R finds what an earlier session typed."""
    terminal = opened("--server", server.url, home=tmp_path)
    terminal.run("SELECT 'findable' AS x;")
    terminal.run("SELECT 'hush' AS token;")
    terminal.run("\\q", r"\\q")
    assert terminal.ended() == 0
    file = tmp_path / "mlflow-sql" / "history"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "findable" in file.read_text()
    assert "hush" not in file.read_text()
    terminal = opened("--server", server.url, home=tmp_path)
    terminal.type(CTRL_R + "dable")
    terminal.wait("'findable' AS x")
    terminal.type(ENTER)
    terminal.type(ENTER)
    terminal.wait("│ findable │")


def test_without_a_server_what_is_local_works(opened: Open) -> None:
    """The prompt says so, and a remote table says what to give."""
    terminal = opened()
    assert "no server>" in terminal.screen
    terminal.type("SELECT 42 AS x;" + ENTER)
    terminal.wait(r"│ +42 │")
    terminal.type("SELECT * FROM runs;" + ENTER)
    terminal.wait(r"Error[^>]*\S+> *$")
    terminal.type(CTRL_D)
    assert terminal.ended() == 0


def test_a_wide_terminal_shows_more(opened: Open, server: TrackingServer) -> None:
    """What fits is a table with whole values."""
    terminal = opened("--server", server.url, columns=200, lines=50)
    screen = terminal.run("SELECT run_id, status, metrics.auc, start_time, end_time FROM runs LIMIT 3;")
    assert "…" not in screen
    assert "│ run_id" in screen
