"""Pictures as text: labels, cells and width."""

from __future__ import annotations

import re

import pytest
from rich.cells import cell_len
from rich.text import Text

from plots.conftest import Draw

pytest.importorskip("plotext")

KINDS = {
    "line": "SELECT 'run ' || i % 3 AS run_name, i // 3 AS step, i % 3 - exp(i / 90) AS loss FROM range(300) t(i)",
    "bar": "SELECT 'a long name of a run ' || i AS run_name, i - 3 AS acc FROM range(9) t(i)",
    "scatter": "SELECT ['0.01', '0.1', '1'][i % 3 + 1] AS lr, i AS acc FROM range(30) t(i)",
    "parallel": "SELECT ['0.01', '1'][i % 2 + 1] AS lr, i % 4 || 'x' AS m, -i AS loss, i AS acc FROM range(30) t(i)",
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [40, 80, 133])
def test_pictures_fit_the_terminal(draw: Draw, kind: str, width: int) -> None:
    """No line is wider than it, with colours or without; without, there are no escapes; no row is lost to a colour."""
    picture = draw(KINDS[kind])
    assert picture.chart.kind == kind
    plain, coloured = picture.text(width, 20, False), picture.text(width, 20, True)
    assert "\x1b" not in plain
    assert "\x1b[" in coloured
    assert len(plain.splitlines()) <= 21
    for text in (plain, Text.from_ansi(coloured).plain):
        assert max(map(cell_len, text.splitlines())) <= width
    assert picture.chart.title in plain


def test_lines_fall_where_their_numbers_do(draw: Draw) -> None:
    """A falling line runs from the upper left to the lower right; its axes have numbers and names."""
    text = draw("SELECT i AS step, 100 - i AS loss FROM range(101) t(i)").text(60, 20, False)
    lines = text.splitlines()
    canvas = [line.partition("│")[2] or line.partition("┤")[2] for line in lines if "│" in line or "┤" in line]
    starts = [len(row) - len(row.lstrip()) for row in canvas if row.strip()]
    assert starts == sorted(starts)
    assert starts[-1] > 40
    assert re.search(r"^100┤", text, re.MULTILINE)
    assert re.search(r"^ +0 +20 +40 +60 +80", text, re.MULTILINE)
    assert re.search(r"^ +step$", text, re.MULTILINE)
    assert lines[:2] == ["loss by step", "loss"]


def test_without_colours_letters_tell_lines_apart(draw: Draw) -> None:
    """The legend says which is whose."""
    text = draw(KINDS["line"]).text(70, 20, False)
    assert re.search(r"a  run 0 +b  run 1 +c  run 2", text)
    canvas = "\n".join(line for line in text.splitlines() if "│" in line or "┤" in line)
    assert all(canvas.count(letter) > 10 for letter in "abc")


def test_with_colours_lines_have_colours(draw: Draw) -> None:
    """Those of the legend."""
    text = Text.from_ansi(draw(KINDS["line"]).text(70, 20, True))
    found = {
        str(span.style.color.number)  # type: ignore[union-attr]
        for span in text.spans
        if getattr(span.style, "color", None) is not None and text.plain[span.start : span.end].strip()
    }
    assert {"33", "208", "36"} <= found


def test_bars_are_as_long_as_their_numbers(draw: Draw) -> None:
    """To the left of the others when they are below 0; the names are there, and the numbers."""
    sql = "SELECT * FROM (VALUES ('a', 10), ('b', 5), ('c', -5)) t(run_name, acc)"
    rows = {line[0]: line for line in draw(sql).text(60, 20, False).splitlines()[1:4]}
    blocks = {name: len(re.findall("[▏-▐█]", row)) for name, row in rows.items()}
    assert abs(blocks["a"] - 2 * blocks["b"]) <= 2
    assert abs(blocks["b"] - blocks["c"]) <= 1
    assert rows["c"].index("█") < rows["a"].index("█")
    assert [row.split()[-1] for row in rows.values()] == ["10", "5", "-5"]


def test_legends_end_where_colours_do(draw: Draw) -> None:
    """Eight colours, twenty-six letters; how many more there are is said."""
    many = draw("SELECT 'run ' || i % 30 AS run_name, i // 30 AS step, i AS loss FROM range(300) t(i)")
    assert "and 22 more" in Text.from_ansi(many.text(100, 30, True)).plain
    assert "and 4 more" in many.text(100, 30, False)


def test_long_names_are_cut_with_a_mark(draw: Draw) -> None:
    """In bars and legends, by what they take on the screen."""
    text = draw("SELECT repeat('日本', 40) || i AS run_name, i AS acc FROM range(3) t(i)").text(80, 20, False)
    assert all("…" in line for line in text.splitlines()[1:4])
