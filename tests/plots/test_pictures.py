"""Pictures, compared by what they show: marks, labels, data and remarks."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlflow_sql.errors import UsageError
from mlflow_sql.plots.chart import Chart
from mlflow_sql.plots.picture import Picture
from mlflow_sql.plots.theme import COLOURS
from plots.conftest import Draw

pytest.importorskip("vl_convert")
pytest.importorskip("plotext")

LINES = "SELECT 'run ' || i % {n} AS run_name, i // {n} AS step, sin(i) AS value FROM range({rows}) t(i)"


def drawn(picture: Picture, tmp_path: Path, theme: str = "light") -> ET.Element:
    """The SVG that is saved."""
    return ET.parse(picture.save(tmp_path / "chart.svg", theme)).getroot()


def texts(svg: ET.Element) -> list[str]:
    return [text.text or "" for text in svg.iter("{http://www.w3.org/2000/svg}text")]


def paths(svg: ET.Element, role: str) -> list[dict[str, str]]:
    """The marks of a kind, as Vega describes them for screen readers."""
    return [p.attrib for p in svg.iter() if p.attrib.get("aria-roledescription") == role]


def test_a_line_chart_has_a_line_for_each_run(draw: Draw, tmp_path: Path) -> None:
    """In colours that differ, with a legend, the names of the axes, and their numbers."""
    svg = drawn(draw(LINES.format(n=3, rows=300)), tmp_path)
    lines = paths(svg, "line mark")
    assert len(lines) == 3
    assert len({line["stroke"] for line in lines}) == 3
    assert {"run 0", "run 1", "run 2", "run_name", "step", "value", "value by step"} <= set(texts(svg))


def test_bars_are_as_long_as_their_numbers(draw: Draw, tmp_path: Path) -> None:
    """From 0, the longest first, with the number beside each."""
    svg = drawn(
        draw("SELECT * FROM (VALUES ('r2', 1), ('r4', 2), ('r1', 0.5), ('r3', 1.5)) t(run_name, acc)"), tmp_path
    )
    bars = {b["aria-label"].rpartition("run_name: ")[2]: b for b in paths(svg, "bar")}
    widths = {name: max(map(float, re.findall(r"L([\d.]+),", bar["d"]))) for name, bar in bars.items()}
    assert widths["r4"] > widths["r3"] > widths["r2"] > widths["r1"] > 0
    assert abs((widths["r4"] - widths["r2"]) - 2 * (widths["r3"] - widths["r2"])) < 1
    shown = texts(svg)
    assert [t for t in shown if t in bars] == ["r4", "r3", "r2", "r1"]
    assert {"0.5", "1", "1.5", "2"} <= set(shown)


def test_the_order_of_the_result_is_that_of_the_bars(draw: Draw) -> None:
    """Where the result has one: ORDER BY is for that. Params are in the order of their numbers."""
    ordered = draw("SELECT 'r' || i AS run_name, i AS loss FROM range(1, 90) t(i) ORDER BY i").chart
    assert ordered.axes[0].names[:3] == ("r1", "r2", "r3")
    assert ordered.remarks == ("the first 50 of 89 bars",)
    shuffled = draw("SELECT 'r' || i AS run_name, i AS loss FROM range(1, 90) t(i) ORDER BY hash(i)").chart
    assert shuffled.axes[0].names[:3] == ("r89", "r88", "r87")
    assert shuffled.remarks == ("the highest 50 of 89 bars",)
    params = draw("SELECT * FROM (VALUES ('10', 1), ('9', 3), ('100', 2)) t(width, loss)").chart
    assert params.axes[0].names == ("9", "10", "100")


def test_bars_of_several_rows_are_means_and_say_so(draw: Draw) -> None:
    """Nothing is added up in silence."""
    chart = draw("SELECT i % 2 || 'x' AS model, i AS acc FROM range(9) t(i)", "bar x=model").chart
    assert [mark.values for mark in chart.marks] == [("0x", 4.0), ("1x", 4.0)]
    assert chart.axes[1].title == "mean acc"
    assert chart.remarks == ("each bar is the mean of 4 to 5 rows",)


def test_points_are_where_their_numbers_are(draw: Draw, tmp_path: Path) -> None:
    """On a logarithmic axis equal factors are equal distances."""
    svg = drawn(draw("SELECT 10.0 ** (i % 3) AS lr, i AS acc, i || 'r' AS run_name FROM range(9) t(i)"), tmp_path)
    points = paths(svg, "circle")
    assert len(points) == 9
    columns = sorted({round(float(re.search(r"translate\(([\d.]+)", p["transform"])[1])) for p in points})  # type: ignore[index]
    assert len(columns) == 3
    assert abs((columns[1] - columns[0]) - (columns[2] - columns[1])) <= 1


def test_parallel_coordinates_have_a_line_for_each_run(draw: Draw, tmp_path: Path) -> None:
    """Across axes with their own names and values; texts are in order, and a missing value is a gap."""
    sql = """SELECT * FROM (VALUES ('0.001', 'relu', '8', 0.5), ('0.1', 'gelu', '8', 0.7), ('0.01', 'tanh', NULL, 0.9))
        t(lr, activation, width, acc)"""
    picture = draw(sql, "parallel")
    shown = texts(drawn(picture, tmp_path))
    assert {"lr", "activation", "width", "acc", "0.001", "0.01", "0.1", "gelu", "relu", "tanh", "8"} <= set(shown)
    assert len(paths(drawn(picture, tmp_path), "line mark")) == 3
    assert picture.chart.axes[0].log
    assert picture.chart.remarks == ("1 of 3 lines have gaps: they lack a value",)


def test_three_hundred_thousand_points_become_a_thousand(draw: Draw) -> None:
    """Evenly over all lines; peaks stay, and the picture says how many it shows."""
    sql = "SELECT 'r' || i % 3 AS run_id, i // 3 AS step, if(i = 123456, 99, random()) AS loss FROM range(300000) t(i)"
    chart = draw(sql).chart
    assert 900 < len(chart.marks) <= 1000
    assert chart.remarks == (f"{len(chart.marks):,} of 300,000 points",)
    assert max(mark.values[1] for mark in chart.marks) == 99  # type: ignore[type-var]
    counts = Counter(mark.series for mark in chart.marks)
    assert max(counts.values()) - min(counts.values()) <= 2


@pytest.mark.parametrize("kind", ["scatter", "parallel"])
def test_clouds_have_a_thousand_marks_at_most(draw: Draw, kind: str) -> None:
    """With the extremes of each axis."""
    chart = draw("SELECT i AS a, hash(i) % 1000 AS b, -i AS c FROM range(20000) t(i)", f"{kind} y=c").chart
    assert 900 < len(chart.marks) <= 1000
    what = "points" if kind == "scatter" else "lines"
    assert f"{len(chart.marks):,} of 20,000 {what}" in chart.remarks
    assert (chart.axes[-1].low, chart.axes[-1].high) == (-19999, 0)


def test_many_lines_are_named_as_far_as_there_is_room(draw: Draw, tmp_path: Path) -> None:
    """Twenty in the legend, the others grey; a hundred at all; both are said."""
    picture = draw(LINES.format(n=30, rows=900))
    svg = drawn(picture, tmp_path)
    assert len(paths(svg, "line mark")) == 30
    assert sum(line["stroke"] == COLOURS["light"].rest for line in paths(svg, "line mark")) == 10
    assert len([t for t in texts(svg) if re.fullmatch(r"run \d+", t)]) == 20
    assert "the legend names 20 of 30, the others are grey" in texts(svg)
    many = draw(LINES.format(n=300, rows=3000)).chart
    assert "the first 100 of 300 lines" in many.remarks
    assert len({mark.series for mark in many.marks}) == 100


def test_lines_that_nothing_tells_apart_are_noticed(draw: Draw) -> None:
    """Several runs in one line make a saw: the remark says what is missing."""
    assert "select what tells them apart" in str(
        draw("SELECT i % 9 AS step, i AS loss FROM range(90) t(i)").chart.remarks
    )
    assert not draw("SELECT i AS step, i AS loss FROM range(90) t(i)").chart.remarks


def test_what_has_no_place_is_counted(draw: Draw) -> None:
    """NULL, NaN, infinities (of stores on SQL too), and what is not above 0 on a logarithmic axis."""
    sql = """SELECT step, loss::DOUBLE AS loss FROM (VALUES
        (1, 1), (2, NULL), (3, 'nan'), (4, 'inf'), (5, -1.7976931348623157e308), (6, 4), (7, -2)) t(step, loss)"""
    picture = draw(sql, "line")
    assert [mark.values for mark in picture.chart.marks] == [(1, 1), (6, 4), (7, -2)]
    assert picture.chart.remarks == ("4 of 7 rows are not drawn: loss is NULL or NaN in 2; loss is infinite in 2",)
    logged = draw(sql, "line log=y").chart
    assert "loss is not above 0 in 1 (logarithmic axis)" in logged.remarks[0]
    with pytest.raises(UsageError, match="no row can be drawn"):
        draw("SELECT * FROM (VALUES (1, NULL), (NULL, 1)) t(a, b)", "scatter x=a y=b")


ODD = [
    "SELECT 'a' AS t, 0 AS n",
    "SELECT 1 AS a, 1 AS b",
    "SELECT i AS step, 5.0 AS loss FROM range(3) t(i)",
    "SELECT 0 AS step, 'r' AS run_id, 5.0 AS loss UNION ALL SELECT 1, 'r', 6 UNION ALL SELECT 1, 's', 7",
    "SELECT i AS a, i * 1e300 * 1e7 AS b FROM range(-9, 9) t(i)",
    "SELECT i AS a, i * 1e-320 AS b FROM range(9) t(i)",
    "SELECT TIMESTAMP '1969-12-31 23:59:59' + INTERVAL (i * 400) DAY AS day, i AS n FROM range(3) t(i)",
    "SELECT 'x' AS t, INTERVAL '3 hours' AS duration UNION ALL SELECT 'y', INTERVAL '3 days'",
    "SELECT repeat('very long ', 30) || i AS run_name, -i AS acc FROM range(5) t(i)",
    "SELECT ['日本語', '\"quoted\"', '<b>&amp;', 'it''s', '', '\\'][i] AS run_name, i AS acc FROM range(1, 7) t(i)",
    "SELECT NULL AS run_name, 1 AS acc UNION ALL SELECT 'NULL', 2",
    "SELECT i % 3 = 0 AS ok, 'x' || i % 4 AS t, i AS n, i AS m FROM range(40) t(i)",
    "SELECT i AS a, i AS a, -i AS a FROM range(3) t(i)",
    "SELECT i AS a, -i AS b, i % 3 AS c, now() AS at, 'x' || i AS t FROM range(5) t(i)",
]


@pytest.mark.parametrize("sql", ODD)
def test_odd_results_are_drawn(draw: Draw, tmp_path: Path, sql: str) -> None:
    """Alike, tiny, huge, long, quoted, of another script: in the terminal and in files."""
    picture = draw(sql)
    assert_sound(picture)
    for colours in (True, False):
        assert all(len(line) < 1000 for line in picture.text(80, 24, colours).splitlines())
    svg = drawn(picture, tmp_path)
    assert paths(svg, "line mark") or paths(svg, "bar") or paths(svg, "circle")
    assert not [t for t in texts(svg) if t in ("NaN", "undefined", "null", "Infinity")]


def test_an_axis_without_values_is_drawn_empty(draw: Draw) -> None:
    """A text that only rows without a metric have; and log=x,y there means each axis that can be logarithmic."""
    sql = "SELECT * FROM (VALUES ('x', 1, NULL), (NULL, 10, 1.0), (NULL, 100, 2.0)) t(activation, lr, acc)"
    picture = draw(sql, "parallel log=x,y")
    assert [axis.log for axis in assert_sound(picture).axes] == [False, True, True]
    assert "activation" in picture.text(80, 20, False)


def test_names_are_shown_as_they_are(draw: Draw, tmp_path: Path) -> None:
    """No markup of any library is read in them."""
    picture = draw("SELECT ['日本語', '<b>&amp;', '[red]x[/red]'][i] AS run_name, i AS acc FROM range(1, 4) t(i)")
    assert {"日本語", "<b>&amp;", "[red]x[/red]"} <= set(texts(drawn(picture, tmp_path)))
    assert all(name in picture.text(80, 24, False) for name in ("日本語", "<b>&amp;", "[red]x[/red]"))


def assert_sound(picture: Picture) -> Chart:
    """What holds for every picture."""
    chart = picture.chart
    assert 0 < len(chart.marks) <= 1000
    for theme in ("light", "dark"):
        json.dumps(picture.spec(theme), allow_nan=False)
    for mark in chart.marks:
        assert len(mark.values) == len(chart.axes)
        if chart.color is not None and chart.color.kind == "category":
            assert mark.color in chart.color.names
    return chart


numbers = st.none() | st.floats() | st.integers(-5, 5).map(float)
cells: dict[str, Any] = {
    "step": st.none() | st.integers(0, 9), "value": numbers, "acc": numbers,
    "lr": st.sampled_from([None, "0.1", "0.001", "x"]),
    "run_id": st.sampled_from([None, "a", "b", "c"]), "run_name": st.text("ab'\"é", max_size=3),
    "timestamp": st.none() | st.integers(-(10**12), 10**13).map(lambda ms: f"epoch_ms({ms})"),
}  # fmt: skip


@settings(max_examples=40)
@given(st.data())
def test_every_result_is_drawn_or_told_why_not(draw: Draw, data: st.DataObject) -> None:
    """Whatever its columns and values: a picture, in the terminal too, or an error for people."""
    names = data.draw(st.lists(st.sampled_from(sorted(cells)), min_size=1, max_size=5, unique=True))
    rows = data.draw(st.lists(st.tuples(*(cells[n] for n in names)), min_size=1, max_size=12))
    words = data.draw(
        st.sampled_from(["", "bar", "line", "scatter", "parallel", "log=x,y", f"x={names[0]}", "x=relative"])
    )
    listed = ", ".join(f"({', '.join(map(_literal, row))})" for row in rows)
    types = {"step": "BIGINT", "value": "DOUBLE", "acc": "DOUBLE", "timestamp": "TIMESTAMP"}
    casts = ", ".join(f'CAST(c{i} AS {types.get(n, "VARCHAR")}) AS "{n}"' for i, n in enumerate(names))
    columns = ", ".join(f"c{i}" for i in range(len(names)))
    try:
        picture = draw(f"SELECT {casts} FROM (VALUES {listed}) t({columns})", words)
    except UsageError:
        return
    assert_sound(picture)
    assert picture.text(60, 16, data.draw(st.booleans()))


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str) and value.startswith("epoch_ms"):
        return value
    return "'" + str(value).replace("'", "''") + "'" if isinstance(value, str | float) else str(value)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_stand_out_on_their_background(theme: str) -> None:
    """Texts by the 4.5 of WCAG, lines by its 3; no two lines have one colour."""
    c = COLOURS[theme]  # type: ignore[index]
    assert all(_contrast(c.background, colour) >= 4.5 for colour in (c.text, c.faint))
    assert all(_contrast(c.background, colour) >= 3 for colour in c.lines if colour != "#3d9fd3")
    assert len(set(c.lines)) == len(c.lines)


def _contrast(a: str, b: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(a), light(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_files_are_what_their_names_say(draw: Draw, tmp_path: Path) -> None:
    """PNG, SVG, and a page that loads nothing from anywhere; dark is dark."""
    picture = draw("SELECT 'a' AS run_name, 1 AS acc")
    assert picture.save(tmp_path / "a.png").read_bytes()[:4] == b"\x89PNG"
    page = picture.save(tmp_path / "a.html", theme="dark").read_text()
    assert COLOURS["dark"].background in page
    assert not re.search(r"(?:src|href)\s*=\s*[\"']?https?:|import\s+[^;]*https?:", page)
    assert '"run_name"' in page
    assert COLOURS["dark"].background in picture.save(tmp_path / "b.svg", theme="dark").read_text()
    with pytest.raises(UsageError, match=r"cannot draw into .*a\.pdf"):
        picture.save(tmp_path / "a.pdf")
    with pytest.raises(UsageError, match="there is no theme 'pink'"):
        picture.save(tmp_path / "a.svg", theme="pink")
    with pytest.raises(UsageError, match="cannot write"):
        picture.save(tmp_path / "none" / "a.svg")


def test_a_notebook_shows_it_by_itself(draw: Draw) -> None:
    """As SVG, with a word for where there are no pictures."""
    shown = draw("SELECT 'a' AS run_name, 1 AS acc")._repr_mimebundle_()
    assert ET.fromstring(shown["image/svg+xml"]).tag.endswith("svg")
    assert shown["text/plain"] == "<mlflow_sql.Picture bar: acc by run_name, 1 marks>"


def test_a_missing_library_is_told_with_what_installs_it() -> None:
    """The extra is optional: what needs none of it still works."""
    program = """
import sys
sys.modules["plotext"] = sys.modules["vl_convert"] = None
import duckdb
from mlflow_sql.plots.picture import picture
from mlflow_sql.plots.request import read
from mlflow_sql.errors import UsageError
made = picture(duckdb.sql("SELECT i AS step, i AS loss FROM range(3) t(i)"), read("").request)
for use in (made.text, lambda: made.save("/tmp/never.svg")):
    try:
        use()
    except UsageError as error:
        print(error.hint)
print(made._repr_mimebundle_()["text/plain"])
"""
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said.count("pip install 'mlflow-sql[plot]'") == 3
