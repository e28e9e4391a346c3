"""Charts as text: lines and points by plotext, bars by rich.

Theory: each axis runs from 0 to 1 here, as ``ticks.place`` says, so that plotext has no scale to choose. The title, the
legend and the remarks are lines of their own around its canvas: nothing covers a point. Without colours, lines are told
apart by letters.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.color import Color
from rich.style import Style
from rich.text import Text

from mlflow_sql.errors import UsageError
from mlflow_sql.plots import ticks
from mlflow_sql.plots.chart import Axis, Chart

# Of the 256 colours those that stand out on black and on white, blue and orange first: all eyes keep them apart.
_COLOURS = (33, 208, 36, 170, 178, 81, 99, 245)
_REST = 242
_SCALE = (99, 69, 38, 36, 71, 142, 178)  # from low to high, after viridis
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_LEAST = (40, 12)  # columns and lines
_LONGEST = 28  # cells of a name
_EDGE = 0.04  # room around a cloud, whose outermost points would lie on the axes
_plotext = threading.Lock()  # it draws on one figure that all share


def draw(chart: Chart, width: int = 80, height: int = 24, colours: bool = True) -> str:
    """The chart as lines of text, at most so wide; bars take as many lines as they need, others so many.

    Raises UsageError when the library that draws is not installed.
    """
    width, height = max(width, _LEAST[0]), max(height, _LEAST[1])
    lines = [Text(chart.title, style="bold")]
    lines += _bars(chart, width, colours) if chart.kind == "bar" else _plotted(chart, width, height, colours)
    lines += [Text(remark, style="dim") for remark in chart.remarks]
    return "\n".join(_rendered(line, width, colours) for line in lines)


def _rendered(line: Text, width: int, colours: bool) -> str:
    """A line as text, with escapes where colours are wanted, cut to the width."""
    import io

    from rich.console import Console

    if cell_len(line.plain) <= width or line.style != "dim":
        line.truncate(width, overflow="ellipsis")
    out = io.StringIO()
    console = Console(
        file=out, width=width, force_terminal=colours, no_color=not colours, color_system="256" if colours else None,
        legacy_windows=False, highlight=False, markup=False, emoji=False, _environ={},
    )  # fmt: skip
    console.print(line, end="", soft_wrap=False)
    return "\n".join(part.rstrip() if not colours else part for part in out.getvalue().split("\n"))


# -- colours


def _indexed(number: int) -> Style:
    return Style(color=Color.from_ansi(number))


def _names(chart: Chart) -> tuple[str, ...]:
    return chart.color.names if chart.color is not None and chart.color.kind == "category" else ()


def _colour(chart: Chart, value: Any) -> int:
    """The number of a value's colour among the 256."""
    axis = chart.color
    if axis is None or value is None:
        return _COLOURS[0] if axis is None else _REST
    if axis.kind == "category":
        at = axis.names.index(str(value))
        return _COLOURS[at] if at < len(_COLOURS) else _REST
    place = ticks.place(axis, value)
    return _SCALE[min(int((place or 0.0) * len(_SCALE)), len(_SCALE) - 1)]


def _legend(chart: Chart, width: int, mark: str, colours: bool) -> list[Text]:
    """What the colours mean, in columns."""
    axis = chart.color
    if axis is None:
        return []
    if axis.kind != "category":
        low, high = ticks.text(axis, axis.low), ticks.text(axis, axis.high)
        if not colours:
            return []
        found = Text.assemble(f"{axis.title}: {low} ")
        for colour in _SCALE:
            found.append("██", _indexed(colour))
        found.append(f" {high}")
        return [found]
    most = len(_COLOURS) if colours else len(_LETTERS)
    shown = axis.names[:most]
    room = min(max((cell_len(n) for n in shown), default=1), _LONGEST, width - 4)
    columns = max(1, width // (room + 5))
    lines = []
    for start in range(0, len(shown), columns):
        line = Text()
        for at in range(start, min(start + columns, len(shown))):
            line.append(mark if colours else f"{_LETTERS[at]} ", _indexed(_COLOURS[at % len(_COLOURS)]))
            line.append(f" {fitted(shown[at], room)}  ")
        line.rstrip()
        lines.append(line)
    if len(axis.names) > most:
        more = Text(f"and {len(axis.names) - most} more", style="dim")
        lines.append(Text.assemble((mark, _indexed(_REST)), " ", more) if colours else more)
    return lines


def fitted(name: str, room: int) -> str:
    """A name in exactly so many cells, cut with a mark where it is longer."""
    name = " ".join(name.split()) or "''"
    return set_cell_size(name, room) if cell_len(name) <= room else set_cell_size(name, room - 1) + "…"


# -- bars


def _bars(chart: Chart, width: int, colours: bool) -> Iterator[Text]:
    from rich.bar import Bar
    from rich.console import Console

    keys, axis = chart.axes
    values = [float(mark.values[1] or 0) for mark in chart.marks]
    low, high = min(*values, 0.0), max(*values, 0.0)
    span = (high - low) or 1.0
    written = [ticks.number(value) for value in values]
    if not colours and chart.color is not None:
        said = [ticks.text(chart.color, mark.color) for mark in chart.marks]
        written = [f"{text} {fitted(name, min(cell_len(name), 12))}" for text, name in zip(written, said, strict=True)]
    label = min(max((cell_len(name) for name in keys.names), default=1), max(_LONGEST, width // 3), width // 2)
    room = max(width - label - max(map(cell_len, written)) - 3, 5)
    console = Console(width=room, legacy_windows=False, _environ={})
    last = None
    for mark, value, text in zip(chart.marks, values, written, strict=True):
        name = str(mark.values[0])
        bar = Bar(1.0, min(value, 0.0) / span - low / span, max(value, 0.0) / span - low / span, width=room)
        drawn = "".join(segment.text for segment in console.render(bar)).strip("\n")
        line = Text(fitted(name, label) if name != last else " " * label)
        line.append(" ")
        line.append(drawn, _indexed(_colour(chart, mark.color)))
        line.append(f" {text}")
        last = name
        yield line
    yield Text(f"{' ' * (label + 1)}{axis.title}", style="dim")
    if colours:
        yield from _legend(chart, width, "██", colours)


# -- everything else


def _plotted(chart: Chart, width: int, height: int, colours: bool) -> list[Text]:
    legend = _legend(chart, width, "━━" if chart.kind != "scatter" else " ●", colours)
    # The title, the remarks, the names of the axes and the legend have lines of their own.
    rows = max(height - len(legend) - len(chart.remarks) - 2, 8)
    if chart.kind == "parallel":
        return [*_parallel(chart, width, rows, colours), *legend]
    x, y = chart.axes
    marked = _spread(ticks.ticks(y, max(rows // 4, 2)), rows - 2)
    left = min(max((cell_len(text) for _, text in marked), default=1), _LONGEST)
    inner = width - left - 1
    below = _beside(ticks.ticks(x, max(inner // (10 if x.kind == "number" else 14), 2)), inner)
    lines = _canvas(chart, width, rows, colours, below, [(at, fitted(text, left)) for at, text in marked])
    return [Text(y.title, style="dim"), *lines, Text(f"{x.title:^{width}}".rstrip(), style="dim"), *legend]


def _spread(marked: list[tuple[float, str]], rows: int) -> list[tuple[float, str]]:
    """Those ticks that have a line each."""
    kept: dict[int, tuple[float, str]] = {}
    for at, text in marked:
        kept.setdefault(round(at * (rows - 1)), (at, text))
    return list(kept.values())


def _beside(marked: list[tuple[float, str]], cells: int) -> list[tuple[float, str]]:
    """Those ticks whose texts stand beside each other without touching."""
    kept: list[tuple[float, str]] = []
    end = -2.0
    for at, text in marked:
        text = text if cell_len(text) <= _LONGEST else fitted(text, _LONGEST)
        begin = at * cells - cell_len(text) / 2
        if begin > end + 1:
            kept.append((at, text))
            end = begin + cell_len(text)
    return kept


def _canvas(
    chart: Chart, width: int, rows: int, colours: bool,
    below: Sequence[tuple[float, str]], beside: Sequence[tuple[float, str]],
) -> list[Text]:  # fmt: skip
    """The points between two axes, by plotext."""
    x, y = chart.axes
    with _plotext:
        plotext, figure = _figure(width, rows)
        for mark, xs, ys in _signals(chart, x, y, colours):
            shape, colour = mark
            pixel = plotext.pixel(foreground=colour) if colours else plotext.pixel()
            signal = figure.signal(xs, ys, marker=plotext.marker(shape, pixel=pixel))
            if chart.kind == "line" and len(xs) > 1:
                signal.lines(True).density("full")
            figure.draw(signal)
        for axis, marked in (("x", below), ("y", beside)):
            ruler = figure.ruler(axis)
            ruler.lim(-_EDGE, 1 + _EDGE) if chart.kind == "scatter" else ruler.lim(0, 1)
            ruler.ticks([at for at, _ in marked], labels=[text for _, text in marked])
        figure.axes(False, axis="x", side="upper")
        figure.axes(False, axis="y", side="right")
        return _lines_of(figure, colours)


def _figure(width: int, rows: int) -> tuple[Any, Any]:
    """plotext and its figure, empty, so wide and so high, without colours of its own."""
    try:
        import plotext
    except ImportError:
        raise UsageError(
            "pictures in the terminal need plotext, which is not installed", hint="pip install 'mlflow-sql[plot]'"
        ) from None
    figure = plotext.figure
    plotext.terminal.limit(False, False)
    figure.clear()
    figure.theme("colorless")
    figure.plot_size(width, rows)
    return plotext, figure


def _lines_of(figure: Any, colours: bool) -> list[Text]:
    built = figure.build().string(colorless=not colours)
    figure.clear()
    return [Text.from_ansi(line) if colours else Text(line) for line in built.rstrip("\n").split("\n")]


def _signals(
    chart: Chart, x: Axis, y: Axis, colours: bool
) -> Iterator[tuple[tuple[str, int], list[float], list[float]]]:
    """Points that are drawn in one go: those of a line, or of one colour; those in grey first, under the others."""
    found: dict[tuple[int, str, int], tuple[list[float], list[float]]] = {}
    names = _names(chart)
    dot = "●" if len(chart.marks) <= 200 else "braille"
    for mark in chart.marks:
        across, up = ticks.place(x, mark.values[0]), ticks.place(y, mark.values[1])
        if across is None or up is None:
            continue
        colour = _colour(chart, mark.color)
        shape = "braille" if chart.kind == "line" else dot
        if not colours and names:
            at = names.index(str(mark.color)) if mark.color is not None else len(_LETTERS)
            shape = _LETTERS[at] if at < len(_LETTERS) else "·"
        key = (mark.series if chart.kind == "line" else 0, shape, colour)
        xs, ys = found.setdefault(key, ([], []))
        xs.append(across)
        ys.append(up)
    for (_, shape, colour), (xs, ys) in sorted(found.items(), key=lambda item: (item[0][2] != _REST, -item[0][0])):
        lone = chart.kind == "line" and len(xs) == 1 and shape == "braille"
        yield ("●" if lone else shape, colour), xs, ys


def _parallel(chart: Chart, width: int, rows: int, colours: bool) -> list[Text]:
    """Each axis an upright line with its values beside it, its name on top."""
    count = len(chart.axes)
    marked = [_spread(ticks.ticks(axis, max(rows // 3, 2), exact=True), rows - 1) for axis in chart.axes]
    most = max(width // count - 3, 4)
    room = [min(max((cell_len(text) for _, text in m), default=1), most) for m in marked]
    left = room[0] + 1
    with _plotext:
        plotext, figure = _figure(width, rows)
        inner = width - left
        at_x = [(left + i * (inner - 2) / max(count - 1, 1)) / (width - 1) for i in range(count)]
        ordered = sorted(chart.marks, key=lambda mark: mark.color if isinstance(mark.color, float) else 0.0)
        for mark in ordered:
            places = [ticks.place(axis, value) for axis, value in zip(chart.axes, mark.values, strict=True)]
            pixel = plotext.pixel(foreground=_colour(chart, mark.color)) if colours else plotext.pixel()
            for i, (a, b) in enumerate(pairwise(places)):
                if a is not None and b is not None:
                    ends = (at_x[i : i + 2], [a, b])
                    figure.draw(figure.signal(*ends, marker=plotext.marker("braille", pixel=pixel)).lines(True))
        for i, at in enumerate(at_x):
            ends = ([at, at], [0, 1])
            upright = figure.signal(*ends, marker=plotext.marker("│", pixel=plotext.pixel()))
            figure.draw(upright.lines(True).density("full"))
            for place, text in marked[i]:
                words = plotext.marker(fitted(text, min(cell_len(text), room[i])), ha=1)
                figure.draw(figure.signal([at - 1 / (width - 1)], [place], marker=words))
        figure.axes(False)
        for side in "xy":
            figure.ruler(side).lim(0, 1)
            figure.ruler(side).ticks([], labels=[])
        lines = _lines_of(figure, colours)
    heads = Text(style="bold")
    for i, axis in enumerate(chart.axes):
        title = fitted(axis.title, min(cell_len(axis.title), width // count - 1))
        column = round(at_x[i] * (width - 1)) - (cell_len(title) // 2 if 0 < i < count - 1 else 0)
        column = max(min(column, width - cell_len(title)), 0 if i == 0 else cell_len(heads.plain) + 1)
        if i == 0:
            column = 0
        heads.append(" " * (column - cell_len(heads.plain)) + title)
    return [heads, *lines]
