"""Which picture a result makes, and which of its columns goes where."""

from __future__ import annotations

import re

import pytest

from mlflow_sql.errors import BindError, UsageError
from mlflow_sql.plots.request import NothingToDraw
from plots.conftest import Draw

HISTORY = (
    "(SELECT 'r' || i % 3 AS run_id, i // 3 AS step, epoch_ms(i * 1000) AS timestamp, 'loss' AS key,"
    " 1.0 / (i + 1) AS value FROM range(30) t(i))"
)
SWEEP = (
    "(SELECT 'run-' || i AS run_name, ['0.001', '0.01', '0.1'][i % 3 + 1] AS lr, ['8', '32'][i % 2 + 1] AS width,"
    " ['relu', 'gelu'][i % 2 + 1] AS activation, 1.0 / (i + 2) AS loss, i / 40 AS acc FROM range(40) t(i))"
)
CHOICES = [
    # a history: one line a run, by step
    (f"FROM {HISTORY}", "", "line", ["step", "loss"], "run_id"),
    (f"SELECT * EXCLUDE (step) FROM {HISTORY}", "", "line", ["timestamp (UTC)", "loss"], "run_id"),
    (f"FROM {HISTORY}", "x=relative", "line", ["time since the first point (s)", "loss"], "run_id"),
    (f"SELECT step, value FROM {HISTORY} WHERE run_id = 'r0'", "", "line", ["step", "value"], None),
    ("SELECT i AS step, i * 2.0 AS loss, i * 3.0 AS val_loss FROM range(9) t(i)", "",
     "line", ["step", "value"], "metric"),
    # a step that is always the same says nothing
    (f"SELECT * REPLACE (0 AS step) FROM {HISTORY}", "", "line", ["timestamp (UTC)", "loss"], "run_id"),
    # one number for each run or param
    (f"SELECT run_name, acc FROM {SWEEP}", "", "bar", ["run_name", "acc"], None),
    (f"SELECT lr, max(acc) AS best FROM {SWEEP} GROUP BY lr", "", "bar", ["lr", "best"], None),
    (f"SELECT activation, lr, max(acc) AS best FROM {SWEEP} GROUP BY ALL", "bar x=lr",
     "bar", ["lr", "mean best"], None),
    (f"SELECT run_name, activation, acc FROM {SWEEP}", "", "bar", ["run_name", "acc"], "activation"),
    ("SELECT * FROM (VALUES ('a', 'ok', 1), ('a', 'bad', 2), ('b', 'ok', 3)) t(team, status, runs)", "",
     "bar", ["team", "runs"], "status"),
    # a number, or a param that comes again, against a number
    (f"SELECT lr, acc FROM {SWEEP}", "", "scatter", ["lr", "acc"], None),
    (f"SELECT run_name, lr, acc FROM {SWEEP}", "", "scatter", ["lr", "acc"], None),
    (f"SELECT acc, lr FROM {SWEEP}", "", "scatter", ["lr", "acc"], None),
    (f"SELECT loss, acc FROM {SWEEP}", "", "scatter", ["loss", "acc"], None),
    (f"SELECT activation, acc FROM {SWEEP}", "", "scatter", ["activation", "acc"], None),
    (f"SELECT lr, activation, acc FROM {SWEEP}", "", "scatter", ["lr", "acc"], "activation"),
    ("SELECT epoch_ms(i) AS start_time, sin(i) AS acc FROM range(20) t(i)", "",
     "scatter", ["start_time (UTC)", "acc"], None),
    # a sweep
    (f"SELECT run_name, lr, width, acc FROM {SWEEP}", "", "parallel", ["lr", "width", "acc"], "acc"),
    (f"SELECT lr, activation, width, loss, acc FROM {SWEEP}", "", "parallel",
     ["lr", "activation", "width", "loss", "acc"], "acc"),
    # as told
    (f"FROM {SWEEP}", "bar y=loss", "bar", ["run_name", "loss"], "activation"),
    (f"FROM {SWEEP}", "bar x=lr", "bar", ["lr", "mean acc"], None),
    (f"FROM {SWEEP}", "scatter x=loss y=acc color=lr", "scatter", ["loss", "acc"], "lr"),
    (f"FROM {SWEEP}", "x=lr y=acc", "scatter", ["lr", "acc"], None),
    (f"FROM {SWEEP}", "parallel x=lr,loss y=acc", "parallel", ["lr", "loss", "acc"], "acc"),
    (f"FROM {SWEEP}", "line x=loss y=acc", "line", ["loss", "acc"], "run_name"),
    (f"FROM {HISTORY}", "LINE".lower() + " x=timestamp", "line", ["timestamp (UTC)", "loss"], "run_id"),
    ("SELECT i AS x, i * i AS \"it's\" FROM range(9) t(i)", "y=\"it's\"", "scatter", ["x", "it's"], None),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "words", "kind", "axes", "color"), CHOICES)
def test_the_kind_and_the_parts_are_chosen(
    draw: Draw, sql: str, words: str, kind: str, axes: list[str], color: str | None
) -> None:
    """From names, types and values; what is given stays."""
    chart = draw(sql, words).chart
    assert (chart.kind, [axis.title for axis in chart.axes]) == (kind, axes)
    assert (chart.color.title if chart.color else None) == color
    assert chart.marks


def test_runs_of_one_name_have_a_line_each(draw: Draw) -> None:
    """Names may repeat: the beginning of the id tells them apart, and only then is shown."""
    sql = "SELECT i % 2 || '123456789' AS run_id, 'same' AS run_name, i // 2 AS step, i AS value FROM range(8) t(i)"
    chart = draw(sql).chart
    assert chart.color is not None
    assert set(chart.color.names) == {"01234567", "11234567"}
    named = draw(sql.replace("'same'", "'run ' || i % 2")).chart
    assert named.color is not None
    assert set(named.color.names) == {"run 0", "run 1"}


def test_logarithmic_axes_are_for_what_spans_decades(draw: Draw) -> None:
    """A learning rate has one by itself, a uniform number and a metric have none, and log= decides."""
    assert [a.log for a in draw(f"SELECT lr, acc FROM {SWEEP}").chart.axes] == [True, False]
    assert [a.log for a in draw(f"SELECT lr, acc FROM {SWEEP}", "log=off").chart.axes] == [False, False]
    uniform = "SELECT i AS a, 1 / i AS loss FROM range(1, 1000) t(i)"
    assert [a.log for a in draw(uniform).chart.axes] == [False, False]
    assert [a.log for a in draw(uniform, "log=loss").chart.axes] == [False, True]
    assert [a.log for a in draw(uniform, "log=x,y").chart.axes] == [True, True]


ERRORS = [
    ("SELECT 'a' AS name, 'b' AS t", "", "a picture needs a column of numbers; the result has name, t"),
    ("SELECT 1 AS n WHERE false", "", "the result is empty"),
    ("SELECT 'a' AS t, NULL::DOUBLE AS n", "", r"n \(no values\)"),
    ("SELECT MAP {'a': 1} AS metrics", "", r"nothing here can be drawn: metrics \(MAP\(VARCHAR, INTEGER\)\)"),
    ("SELECT 1 AS n", "", "bars need a column that names them"),
    ("SELECT 'a' AS t, 'nan'::DOUBLE AS n", "y=n", "n has no value that can be drawn"),
    ("SELECT 'a' AS t, 1 AS n", "y=t", "t holds no numbers"),
    ("SELECT 'a' AS t, 1 AS n", "bar log=y", "bars begin at 0"),
    ("SELECT -1 AS a, 1 AS n", "log=a", "none of its values is above 0"),
    ("SELECT 1 AS a, 2 AS b", "x=relative", "needs a column with a time"),
    ("SELECT 1", "pie", "there is no picture 'pie'"),
    ("SELECT 1", "lin", "did you mean line"),
    ("SELECT 1", "colour=a", "there is no colour of a picture; did you mean color"),
    ("SELECT 1", "-o a.pdf", "cannot draw into a.pdf"),
    ("SELECT 1", "x=", "x needs a value"),
]


@pytest.mark.parametrize(("sql", "words", "says"), ERRORS)
def test_what_cannot_be_drawn_is_an_error_that_helps(draw: Draw, sql: str, words: str, says: str) -> None:
    """It says what is missing."""
    with pytest.raises(UsageError, match=says):
        draw(sql, words)


def test_an_error_shows_a_statement_that_works(draw: Draw) -> None:
    """Where columns are missing."""
    for sql in ("SELECT 'a' AS name", "SELECT 1 AS n", "SELECT MAP {'a': 1} AS metrics"):
        with pytest.raises(UsageError) as caught:
            draw(sql)
        assert r"SELECT run_name, metrics.val_acc FROM runs \plot" in str(caught.value)


def test_unknown_columns_are_named_with_near_ones(draw: Draw) -> None:
    """As in statements."""
    with pytest.raises(BindError, match=re.escape("no column 'los' to draw; did you mean 'loss'?")):
        draw(f"FROM {SWEEP}", "y=los")


@pytest.mark.parametrize(
    ("sql", "words", "later"),
    [
        ("SELECT 1 AS step, 2.0 AS loss WHERE false", "", True),
        ("SELECT 1 AS step, NULL::DOUBLE AS loss", "", True),
        ("SELECT i AS step, 'nan'::DOUBLE AS loss FROM range(3) t(i)", "y=loss", True),
        ("SELECT i AS step, 0 AS loss FROM range(3) t(i)", "log=loss", True),
        ("SELECT 'a' AS a, 'b' AS b", "", False),
        ("SELECT 1 AS step, 'low' AS loss", "line y=loss", False),
    ],
)
def test_what_may_become_a_picture_is_told_apart(draw: Draw, sql: str, words: str, later: bool) -> None:
    """Rows and values may come yet, other columns will not: a picture that is repeated waits for the first only."""
    with pytest.raises(UsageError) as caught:
        draw(sql, words)
    assert isinstance(caught.value, NothingToDraw) is later, caught.value
