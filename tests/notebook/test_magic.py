"""``%sql`` and ``%%sql`` in an IPython shell, on a real server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import mlflow_sql
from support.proxy import Proxy

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from conftest import TrackingServer

    from .conftest import Notebook


@pytest.fixture
def proxy(server: TrackingServer) -> Iterator[Proxy]:
    """The full server, by way of a proxy that counts the calls."""
    with Proxy(server.url) as found:
        yield found


@pytest.fixture
def connected(notebook: Notebook, server: TrackingServer) -> Notebook:
    """A notebook whose variable ``con`` is a connection to the full server."""
    notebook.names["con"] = mlflow_sql.connect(server.url)
    return notebook


def searches(proxy: Proxy) -> int:
    """How many pages of runs were asked for."""
    return sum(asked.path.endswith("runs/search") for asked in proxy.asked)


# -- results


def test_rows_show_as_a_table_in_which_nothing_is_markup(notebook: Notebook) -> None:
    """HTML with NULL to be seen and values escaped, and the same as text; the count stands below."""
    shown = notebook.well("%sql SELECT '<b>&' AS \"<i>\", NULL AS nothing, 1.5::DOUBLE AS number").shown
    html, text = shown["text/html"], shown["text/plain"]
    assert "<td" in html
    assert "&lt;b&gt;&amp;" in html
    assert "&lt;i&gt;" in html
    assert "<b>" not in html
    assert "NULL</i>" in html
    assert "1 row" in html
    assert "text-align: right" in html.split("1.5")[0].rsplit("<td", 1)[1]
    assert [cell.strip() for cell in text.splitlines()[3].strip("│").split("│")] == ["<b>&", "NULL", "1.5"]


def test_a_table_is_fetched_as_far_as_it_is_shown(notebook: Notebook, proxy: Proxy) -> None:
    """Of thousands of runs one page or two, and the line below says that there are more; .df() fetches the rest."""
    notebook.run(f"import mlflow_sql\ncon = mlflow_sql.connect('{proxy.url}', page_size=50, concurrency=1)")
    ran = notebook.well("%sql SELECT run_id FROM runs WHERE experiment_id = '1'")
    shown = ran.shown["text/html"]
    assert shown.count("<tr>") == 21  # and the head
    assert "the first 20 rows, and there are more" in shown
    few = searches(proxy)
    assert few < 5
    total = len(ran.value.df())
    assert total > 300
    assert searches(proxy) >= total // 50


def test_the_rows_that_are_shown_are_read_once(notebook: Notebook, proxy: Proxy) -> None:
    """The cell reads them, with one call; displaying its value, then .df(), sends nothing further."""
    notebook.run(f"%sql --server {proxy.url}")
    ran = notebook.well("%sql SELECT run_id, metrics.auc FROM runs ORDER BY metrics.auc DESC LIMIT 3")
    assert ran.shown["text/html"].count("<tr>") == 4
    assert searches(proxy) == 1
    sent = len(proxy.asked)
    assert len(ran.value.df()) == 3
    assert len(proxy.asked) == sent


def test_a_wide_result_has_a_line_for_each_value_in_a_terminal(connected: Notebook) -> None:
    """Instead of columns too narrow to read."""
    text = connected.text("%sql SELECT * FROM runs LIMIT 1")
    assert "row 1\n  run_id " in text
    assert "\n  lifecycle_stage  active\n" in text


def test_rows_says_how_many_are_shown(notebook: Notebook) -> None:
    """And exactly so many rows are no more than there are."""
    assert "the first 3 rows" in notebook.html("%sql --rows 3 FROM range(4)")
    assert "<p>3 rows</p>" in notebook.html("%sql --rows 3 FROM range(3)")


def test_a_plan_shows_as_text(connected: Notebook) -> None:
    """Line by line, whole."""
    html = connected.html("%sql EXPLAIN SELECT run_name FROM runs WHERE status = 'FAILED'")
    assert html.startswith("<pre>scan_")
    assert "status = &#x27;FAILED&#x27;" in html


def test_without_a_magic_relations_are_tables_and_frames(notebook: Notebook, server: TrackingServer) -> None:
    """con.sql(...) shows as a table too, and .df(), .pl() and .arrow() hold the same rows."""
    pytest.importorskip("polars")
    with mlflow_sql.connect(server.url) as con:
        found = con.sql("SELECT run_name, metrics.auc FROM runs WHERE metrics.auc > 0.5 ORDER BY run_id LIMIT 7")
        assert found is not None
        notebook.names["found"] = found
        assert notebook.html("found").count("<tr>") == 8
        assert found._repr_html_().count("<tr>") == 8
        rows = found.fetchall()
        assert len(rows) == 7
        assert list(found.df().itertuples(index=False, name=None)) == rows
        assert found.pl().rows() == rows
        assert [tuple(row.values()) for row in found.arrow().read_all().to_pylist()] == rows
        assert found.to_arrow_table().num_rows == 7


# -- variables


def test_the_result_goes_into_a_variable(notebook: Notebook) -> None:
    """By <<, on the line or in the cell, or by Python's own =; << shows nothing."""
    ran = notebook.run("%sql one << SELECT 1 AS a")
    assert (ran.error, ran.value, ran.printed) == (None, None, "")
    notebook.run("%%sql two <<\nSELECT 2 AS a")
    notebook.run("three = %sql SELECT 3 AS a")
    assert [notebook.names[name].fetchall() for name in ("one", "two", "three")] == [[(1,)], [(2,)], [(3,)]]


def test_variables_are_bound_and_never_pasted(connected: Notebook) -> None:
    """A quote in one is a character, and the server filters by it; {braces} are no Python either."""
    connected.names["status"] = "FAILED' OR status = 'FINISHED"
    assert connected.value("%sql SELECT run_id FROM runs WHERE status = $status").fetchall() == []
    connected.names["status"] = "FAILED"
    found = connected.value("%%sql\nSELECT DISTINCT status, '{status}' AS same FROM runs WHERE status = $status")
    assert found.fetchall() == [("FAILED", "{status}")]
    plan = connected.text("%sql EXPLAIN SELECT run_id FROM runs WHERE status = $status")
    assert "attributes.status = 'FAILED'" in plan


def test_a_list_is_a_value(connected: Notebook) -> None:
    """For IN."""
    connected.names["wanted"] = ["FAILED", "KILLED"]
    found = connected.value("%sql SELECT DISTINCT status FROM runs WHERE status IN $wanted ORDER BY 1")
    assert found.fetchall() == [("FAILED",), ("KILLED",)]


def test_a_missing_variable_stops_the_cell_before_its_first_statement(notebook: Notebook) -> None:
    """It is named, with a near one, and nothing has happened."""
    notebook.names["least"] = 1
    ran = notebook.run("%%sql\nCREATE TABLE made AS SELECT 1 AS a;\nSELECT $lest")
    assert isinstance(ran.error, mlflow_sql.errors.UsageError)
    assert "no variable 'lest' for $lest; did you mean $least?" in ran.printed
    assert "no table 'made'" in notebook.run("%sql FROM made").printed


def test_a_place_without_a_name_has_no_value(notebook: Notebook) -> None:
    """The error says what to write, before the first statement."""
    ran = notebook.run("%%sql\nCREATE TABLE made AS SELECT 1 AS a;\nSELECT * FROM made WHERE a = ? -- or '?'")
    assert isinstance(ran.error, mlflow_sql.errors.UsageError)
    assert "a ? has no value in %sql" in ran.printed
    assert "write $name in its place" in ran.printed
    assert "no table 'made'" in notebook.run("%sql FROM made").printed
    assert notebook.value("%sql SELECT '?' AS q -- ?").fetchall() == [("?",)]


def test_a_variable_of_a_function_is_bound(notebook: Notebook) -> None:
    """Not only those of the notebook."""
    notebook.run("def ask(least):\n    return get_ipython().run_line_magic('sql', 'SELECT $least + 1')")
    assert notebook.value("ask(41).fetchall()") == [(42,)]


# -- several statements, writes


def test_all_statements_of_a_cell_run_and_the_last_one_answers(notebook: Notebook) -> None:
    """Also one with a semicolon in a text."""
    found = notebook.value("%%sql\nCREATE TABLE t AS SELECT ';' AS a; INSERT INTO t VALUES ('b');\nFROM t ORDER BY a;")
    assert found.fetchall() == [(";",), ("b",)]


def test_a_cell_stops_at_the_first_error(notebook: Notebook) -> None:
    """What was before it is done, and what is behind it is told as not done; no Python traceback is printed."""
    ran = notebook.run("%%sql\nCREATE TABLE t AS SELECT 1 AS a;\nSELECT nothing FROM t;\nDROP TABLE t;\nSELECT 3")
    assert isinstance(ran.error, mlflow_sql.errors.Error)
    assert "Traceback" not in ran.printed
    lines = ran.printed.splitlines()
    assert lines[0].startswith("Error: ")
    assert "LINE 1: SELECT nothing FROM t" in lines
    assert lines[lines.index("LINE 1: SELECT nothing FROM t") + 1].strip() == "^^^^^^^"
    assert lines[-1] == "(2 more were not run)"
    assert notebook.value("%sql FROM t").fetchall() == [(1,)]


def test_an_error_while_rows_are_read_fails_the_cell(notebook: Notebook) -> None:
    """Not only the display of its value: "Run all" must stop there."""
    ran = notebook.run("%sql SELECT error('broken') FROM range(3)")
    assert isinstance(ran.error, mlflow_sql.errors.LocalError)
    assert "broken" in ran.printed


def test_python_code_can_catch_the_error(notebook: Notebook) -> None:
    """It is the same error as con.sql raises."""
    code = "try:\n    get_ipython().run_line_magic('sql', 'FROM nothing')\nexcept {} as e:\n    print(e.suggestions)"
    ran = notebook.run("import mlflow_sql\n" + code.format("mlflow_sql.errors.BindError"))
    assert (ran.error, ran.printed[0]) == (None, "[")


def test_writes_and_exec(notebook: Notebook, empty_server: TrackingServer, empty_client: MlflowClient) -> None:
    """They are sent, as MLflow's own client sees, with values of variables."""
    notebook.names.update(url=empty_server.url, team="it's")
    notebook.run("%sql --server $url")
    assert (
        notebook.run("%sql INSERT INTO experiments (name, tags) VALUES ('notebook', MAP {'team': $team})").error is None
    )
    found = empty_client.get_experiment_by_name("notebook")
    assert found is not None
    assert found.tags["team"] == "it's"
    notebook.names["id"] = found.experiment_id
    notebook.well("%%sql\nEXEC mlflow.tracking.experiments.update @experiment_id = $id, @new_name = 'renamed'")
    assert empty_client.get_experiment(found.experiment_id).name == "renamed"


# -- connections


def test_the_connection_among_the_variables_is_used(notebook: Notebook, server: TrackingServer) -> None:
    """Whatever its name; of two the error names both, and --connection chooses, for the next cells too."""
    notebook.names["tracking"] = mlflow_sql.connect(server.url)
    notebook.run("%sql CREATE TABLE mine AS SELECT 'tracking' AS a")
    assert notebook.names["tracking"].sql("FROM mine").fetchall() == [("tracking",)]
    notebook.names["other"] = mlflow_sql.connect(server.url)
    ran = notebook.run("%sql FROM mine")
    assert isinstance(ran.error, mlflow_sql.errors.UsageError)
    assert "which connection is meant? There are other, tracking" in ran.printed
    assert notebook.run("%sql --connection tracking").value is notebook.names["tracking"]
    assert notebook.value("%sql FROM mine").fetchall() == [("tracking",)]
    assert "the variable is not defined" in notebook.run("%sql --connection no FROM mine").printed


def test_server_is_kept_and_env_is_the_default(
    notebook: Notebook, server: TrackingServer, empty_server: TrackingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MLFLOW_TRACKING_URI, until --server names another; without either the error says so."""
    assert "no tracking server is named" in notebook.run("%sql SELECT run_id FROM runs").printed
    notebook.run("%unload_ext mlflow_sql\n%load_ext mlflow_sql")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.url)
    count = "%sql SELECT count(*) FROM experiments"
    many = notebook.value(count).fetchall()
    con = notebook.value(f"%sql --server {empty_server.url}")
    assert con.sql("SELECT 1").fetchall() == [(1,)]
    assert empty_server.url in repr(con)
    few = notebook.value(count).fetchall()
    assert few != many


def test_help_and_unload(notebook: Notebook) -> None:
    """The magic explains itself; taken away, it is no more, and its connections are closed."""
    assert "--connection NAME" in notebook.run("%sql").printed
    assert "--connection NAME" in notebook.run("%sql --help").printed
    relation = notebook.value("%sql SELECT 1")
    notebook.run("%unload_ext mlflow_sql")
    assert "not found" in notebook.run("%sql SELECT 1").printed
    with pytest.raises(mlflow_sql.errors.UsageError, match="closed"):
        relation.fetchall()


# -- while it runs


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_an_interrupt_stops_the_statement_and_the_notebook_goes_on(connected: Notebook) -> None:
    """As the kernel's interrupt and Ctrl-C in IPython: within a second or two, by an error that stops "Run all"."""
    threading.Timer(0.7, os.kill, (os.getpid(), signal.SIGINT)).start()
    ran = connected.run("%sql SELECT count(*) FROM range(40000000000) AS a(i) WHERE i % 7 = 3")
    assert isinstance(ran.error, mlflow_sql.errors.Interrupted)
    assert ran.printed == "Error: the statement was interrupted\n"
    assert connected.value("%sql SELECT count(*) > 0 FROM experiments").fetchall() == [(True,)]


def test_tab_completes_columns_and_what_the_server_holds(connected: Notebook) -> None:
    """After the first statement, in %sql and in the cells of %%sql; Python is completed as ever."""
    from IPython.core.completer import provisionalcompleter

    connected.run("%sql SELECT count(*) FROM runs")
    completer = connected.shell.Completer
    completer.use_jedi = False

    def completed(code: str) -> set[str]:
        at = code.index("|")
        with provisionalcompleter():
            return {found.text for found in completer.completions(code.replace("|", ""), at)}

    def wanted(code: str, text: str) -> None:
        until = time.monotonic() + 30
        while text not in (found := completed(code)):
            assert time.monotonic() < until, found
            time.sleep(0.05)

    wanted("%sql SELECT run_na| FROM runs", "run_name")
    wanted("%%sql best <<\nSELECT metrics.au| FROM runs", "auc")
    assert "open" in completed("ope|")
    assert completed("os|") == completed("x = 1\nos|")


def test_importing_the_package_loads_nothing_heavy() -> None:
    """Nor does IPython have to be there."""
    code = "import sys, mlflow_sql; print([m for m in ('IPython', 'duckdb', 'pyarrow', 'rich') if m in sys.modules])"
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "provider")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, env=env)
    assert done.stdout == "[]\n"
