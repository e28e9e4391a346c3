"""Charts as Vega-Lite, which makes the files."""

from __future__ import annotations

from collections import Counter
from typing import Any

from mlflow_sql.plots import ticks
from mlflow_sql.plots.chart import Axis, Chart, Mark
from mlflow_sql.plots.request import Theme
from mlflow_sql.plots.theme import COLOURS, Colours, config

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
VERSION = "6.1"
MOST_SERIES = 20  # in the legend
_WIDTH, _HEIGHT = 640, 360
_BAR = 20  # pixels
_DASHES: tuple[list[int], ...] = ([1, 0], [7, 4], [2, 3])
_CUT = 120  # characters of a title or remark in a line

Spec = dict[str, Any]


def spec(chart: Chart, theme: Theme = "light") -> Spec:
    """A chart as a Vega-Lite document with its data in it."""
    colours = COLOURS[theme]
    made = {"line": _lines, "bar": _bars, "scatter": _scatter, "parallel": _parallel}[chart.kind](chart, colours)
    title: Spec = {"text": _cut(chart.title)}
    if remarks := all_remarks(chart):
        title["subtitle"] = [_cut(remark) for remark in remarks]
    return {"$schema": SCHEMA, "config": config(theme), "title": title, **made}


def all_remarks(chart: Chart) -> list[str]:
    """The remarks of a chart, and what its legend does not say."""
    more = len(names_of(chart)) - MOST_SERIES
    found = list(chart.remarks)
    if more > 0:
        found.append(f"the legend names {MOST_SERIES} of {MOST_SERIES + more}, the others are grey")
    return found


def names_of(chart: Chart) -> tuple[str, ...]:
    """What has a colour each."""
    return chart.color.names if chart.color is not None and chart.color.kind == "category" else ()


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _CUT else text[: _CUT - 1] + "…"


def _rows(chart: Chart) -> list[Spec]:
    """The marks, with what they are called and the texts of their values for who points at them."""
    found = []
    for mark in chart.marks:
        row: Spec = {"series": mark.series, "label": mark.label, "color": mark.color}
        for name, axis, value in zip("xy", chart.axes, mark.values, strict=True):
            row |= {name: value, f"{name}_text": ticks.text(axis, value)}
        if chart.color is not None:
            row["color_text"] = ticks.text(chart.color, mark.color)
        found.append(row)
    return found


def _tooltip(chart: Chart) -> list[Spec]:
    shown = [{"field": f"{name}_text", "title": axis.title} for name, axis in zip("xy", chart.axes, strict=True)]
    if chart.color is not None:
        shown.append({"field": "color_text", "title": chart.color.title})
    if chart.kind != "bar" and any(mark.label for mark in chart.marks):
        shown.insert(0, {"field": "label", "title": "line" if chart.kind == "line" else "run"})
    return shown


def _position(field: str, axis: Axis, room: bool = False) -> Spec:
    """The encoding of an axis of numbers, times or names. room: nothing lies on its ends."""
    if axis.kind == "category":
        return {
            "field": field, "type": "nominal", "title": axis.title, "sort": list(axis.names),
            "axis": {"labelAngle": -40 if len(axis.names) > 8 else 0, "labelOverlap": False, "grid": True},
        }  # fmt: skip
    scale: Spec = {"zero": False}
    look: Spec = {"tickCount": 6}
    if room:
        scale["padding"] = 10
    if axis.kind == "time":
        scale = {"type": "utc", "padding": 10 if room else 0}
        look = {"tickCount": 6, "format": ticks.pattern(axis, 6).replace("%f", "%L")}
        if "%d" not in look["format"]:  # Vega writes only what changes, and knows where months begin
            look["values"] = ticks.values(axis, 6)
    elif axis.log:
        scale = {"type": "log", "domain": [axis.low, axis.high], "nice": False, "padding": 14}
        look = {"values": ticks.values(axis, 9), "format": "~r"}
        if axis.high >= 1e7 or axis.low < 1e-4:
            look["format"] = ".1~e"
    elif form := _form(axis):
        look["format"] = form
    if axis.low == axis.high and axis.kind != "time":
        around = abs(axis.low) * 0.1 or 1.0
        scale["domain"] = [axis.low / 2, axis.low * 2] if axis.log else [axis.low - around, axis.high + around]
        look |= {"values": [axis.low]}
    kind = "temporal" if axis.kind == "time" else "quantitative"
    return {"field": field, "type": kind, "title": axis.title, "scale": scale, "axis": look}


def _form(axis: Axis) -> str:
    """d3's format for numbers too long to be written out; "" for others."""
    size = max(abs(axis.low), abs(axis.high))
    return ".2~e" if size >= 1e15 else ".3~s" if size >= 1e7 else ""


def _colour(chart: Chart, colours: Colours, shape: str) -> Spec:
    """The encoding of colour: of names (those in the legend), or of numbers."""
    axis = chart.color
    if axis is None:
        return {"value": colours.lines[0]}
    if axis.kind == "category":
        names = list(axis.names[:MOST_SERIES])
        return {
            "field": "color", "type": "nominal", "title": _cut(axis.title), "sort": names,
            "scale": {"domain": names, "range": [colours.lines[i % len(colours.lines)] for i in range(len(names))]},
            "legend": {
                "symbolLimit": 0, "symbolOpacity": 1, "symbolType": shape,
                "symbolSize": 120 if shape == "stroke" else 70,
            },
        }  # fmt: skip
    low, high = colours.scheme
    kind = "temporal" if axis.kind == "time" else "quantitative"
    scale: Spec = {"scheme": {"name": "viridis", "extent": [low, high]}, "zero": False}
    legend: Spec = {"type": "gradient", "gradientOpacity": 1}
    if axis.low == axis.high:
        scale["domain"] = [axis.low - 1, axis.high + 1]
    if axis.kind == "number":
        legend |= {"values": [axis.low, axis.high], "format": _form(axis) or ",.3~r", "labelOverlap": False}
    if axis.log:
        scale["type"] = "log"
    return {"field": "color", "type": kind, "title": _cut(axis.title), "scale": scale, "legend": legend}


def _lines(chart: Chart, colours: Colours) -> Spec:
    rows = _rows(chart)
    counts = Counter(mark.series for mark in chart.marks)
    names = names_of(chart)
    known = set(names[:MOST_SERIES]) if names else None
    base: Spec = {"x": _position("x", chart.axes[0]), "y": _position("y", chart.axes[1])}
    base |= {"detail": {"field": "series"}, "order": {"field": "order"}, "tooltip": _tooltip(chart)}
    for number, row in enumerate(rows):
        row["order"] = number
    main = [row for row in rows if known is None or row["color"] in known]
    rest = [row for row in rows if known is not None and row["color"] not in known]
    encoding: Spec = base | {"color": _colour(chart, colours, "stroke")}
    if len(names) > len(colours.lines):
        shown = list(names[:MOST_SERIES])
        dashes = [_DASHES[i // len(colours.lines) % len(_DASHES)] for i in range(len(shown))]
        encoding["strokeDash"] = {
            "field": "color", "type": "nominal", "title": encoding["color"]["title"], "sort": shown,
            "scale": {"domain": shown, "range": dashes},
        }  # fmt: skip
    many = len(counts) > 10
    mark: Spec = {"type": "line", "strokeWidth": 1.3 if many else 1.8, "strokeJoin": "round", "clip": True}
    layers: list[Spec] = []
    if rest:
        grey = {"type": "line", "strokeWidth": 0.8, "color": colours.rest, "opacity": 0.6}
        layers.append({"data": {"values": rest}, "mark": grey, "encoding": base})
    layers.append({"data": {"values": main}, "mark": mark, "encoding": encoding})
    few = len(rows) <= 120
    dots = main if few else [row for row in main if counts[row["series"]] == 1]
    if dots:
        dotted = {k: v for k, v in encoding.items() if k not in ("strokeDash", "order")}
        point = {"type": "circle", "size": 22 if few else 36, "opacity": 1}
        layers.append({"data": {"values": dots}, "mark": point, "encoding": dotted})
    return {"width": _WIDTH, "height": _HEIGHT, "layer": layers}


def _scatter(chart: Chart, colours: Colours) -> Spec:
    encoding: Spec = {
        "x": _position("x", chart.axes[0], room=True), "y": _position("y", chart.axes[1], room=True),
        "color": _colour(chart, colours, "circle"), "tooltip": _tooltip(chart),
    }  # fmt: skip
    names, rows = names_of(chart), _rows(chart)
    mark = {"type": "circle", "size": 55 if len(rows) <= 200 else 26, "opacity": 0.8 if len(rows) <= 200 else 0.6}
    known = set(names[:MOST_SERIES]) if names else None
    layers: list[Spec] = []
    if rest := [row for row in rows if known is not None and row["color"] not in known]:
        grey = {k: v for k, v in encoding.items() if k != "color"}
        layers.append({"data": {"values": rest}, "mark": mark | {"color": colours.rest}, "encoding": grey})
    main = [row for row in rows if known is None or row["color"] in known]
    layers.append({"data": {"values": main}, "mark": mark, "encoding": encoding})
    wide = chart.axes[0].kind == "category" and len(chart.axes[0].names) > 20
    return {"width": 26 * len(chart.axes[0].names) if wide else _WIDTH, "height": _HEIGHT, "layer": layers}


def _bars(chart: Chart, colours: Colours) -> Spec:
    keys, axis = chart.axes
    rows = _rows(chart)
    low, high = min(axis.low, 0.0), max(axis.high, 0.0)
    longest = max(len(row["y_text"]) for row in rows)
    room = (high - low) * (longest * 7 + 12) / (_WIDTH - 80) * 1.15 or 1.0
    domain = [low - room if axis.low < 0 else 0.0, high + room if axis.high > 0 or axis.low == 0 else 0.0]
    names = names_of(chart)
    pairs = Counter(mark.values[0] for mark in chart.marks)
    grouped = bool(names) and max(pairs.values(), default=1) > 1
    number = _position("x", axis) | {"field": "y", "scale": {"domain": domain, "nice": False}, "stack": None}
    number["axis"] = {k: v for k, v in number["axis"].items() if k != "values"} | {"grid": True}
    encoding: Spec = {
        "y": {
            "field": "x", "type": "nominal", "title": keys.title, "sort": list(keys.names),
            "axis": {"labelOverlap": False, "ticks": False, "domain": False},
            "scale": {"paddingInner": 0.22, "paddingOuter": 0.15},
        },
        "x": number, "tooltip": _tooltip(chart),
    }  # fmt: skip
    if grouped:
        encoding["yOffset"] = {"field": "color", "sort": list(names)}
    colour = {"color": _colour(chart, colours, "square")}
    value: Spec = {"type": "text", "baseline": "middle", "fontSize": 10.5, "color": colours.faint, "clip": False}
    right = value | {"align": "left", "dx": 5}
    left = value | {"align": "right", "dx": -5}
    written = encoding | {"text": {"field": "y_text"}}
    layers: list[Spec] = [
        {"mark": {"type": "bar", "cornerRadiusEnd": 2}, "encoding": encoding | colour},
        {"mark": right, "encoding": written, "transform": [{"filter": "datum.y >= 0"}]},
        {"mark": left, "encoding": written, "transform": [{"filter": "datum.y < 0"}]},
    ]
    if axis.low >= 0:
        layers.pop()
    each = _BAR if not grouped else 12 * max(pairs.values()) + 8
    height = max(each * len(keys.names), 60)
    return {"width": _WIDTH - 80, "height": height, "data": {"values": rows}, "layer": layers}


def _parallel(chart: Chart, colours: Colours) -> Spec:
    """Each axis from 0 to 1, so that all can stand side by side; its ticks are texts."""
    count = len(chart.axes)
    points: list[Spec] = []
    for number, mark in enumerate(chart.marks):
        points += _across(chart, number, mark)
    labels: list[Spec] = []
    for i, axis in enumerate(chart.axes):
        labels += [{"at": i, "y": at, "text": _short(text)} for at, text in ticks.ticks(axis, 10, exact=True)]
    heads = [{"at": i, "text": _short(axis.title, 22)} for i, axis in enumerate(chart.axes)]
    x: Spec = {"field": "at", "type": "quantitative", "axis": None, "scale": {"domain": [-0.45, count - 0.85]}}
    flat: Spec = {"type": "quantitative", "axis": None, "scale": {"domain": [0, 1]}}
    y: Spec = {"field": "y", **flat}
    many = len(chart.marks) > 100
    line = {
        "mark": {
            "type": "line", "strokeWidth": 1 if many else 1.6, "opacity": 0.45 if many else 0.8,
            "invalid": "break-paths-show-path-domains", "strokeJoin": "round",
        },
        "data": {"values": points},
        "encoding": {
            "x": x, "y": y, "detail": {"field": "line"}, "color": _colour(chart, colours, "stroke"),
            "tooltip": [{"field": "name", "title": "run"}, {"field": "all", "title": "values"}],
        },
    }  # fmt: skip
    rule = {
        "data": {"values": heads}, "mark": {"type": "rule", "color": colours.faint, "strokeWidth": 1.2},
        "encoding": {"x": x, "y": {"datum": 0, **flat}, "y2": {"datum": 1}},
    }  # fmt: skip
    halo = {"type": "text", "align": "right", "dx": -7, "fontSize": 11, "baseline": "middle"}
    at = {"x": x, "y": y, "text": {"field": "text"}}
    data = {"data": {"values": labels}}
    texts: list[Spec] = [
        data | {"mark": halo | {"stroke": colours.background, "strokeWidth": 4, "strokeJoin": "round"}, "encoding": at},
        data | {"mark": halo | {"color": colours.text}, "encoding": at},
        {"data": {"values": heads},
         "mark": {"type": "text", "baseline": "bottom", "dy": -14, "fontSize": 12, "fontWeight": 600,
                  "color": colours.text},
         "encoding": {"x": x, "y": {"datum": 1, **flat}, "text": {"field": "text"}}},
    ]  # fmt: skip
    return {"width": max(_WIDTH, 120 * count), "height": _HEIGHT, "layer": [line, rule, *texts]}


def _across(chart: Chart, number: int, mark: Mark) -> list[Spec]:
    pairs = list(zip(chart.axes, mark.values, strict=True))
    said = ", ".join(f"{axis.title} {ticks.text(axis, value)}" for axis, value in pairs)
    return [
        {"at": i, "y": ticks.place(axis, value), "line": number, "color": mark.color, "name": mark.label, "all": said}
        for i, (axis, value) in enumerate(pairs)
    ]


def _short(text: str, most: int = 14) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
