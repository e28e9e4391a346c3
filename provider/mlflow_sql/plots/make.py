"""A chart from rows and a choice: units, the order of names, what is left out and thinned, and the remarks on it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

from mlflow_sql.plots import thin
from mlflow_sql.plots.chart import Axis, Chart, Mark, Value
from mlflow_sql.plots.choice import Choice
from mlflow_sql.plots.request import NothingToDraw
from mlflow_sql.plots.rows import Column, Rows

MOST_BARS = 50
MOST_NAMES = 50  # on an axis
MOST_SERIES = 20  # in a legend
_FEW = 8  # values that an axis marks one by one
_SEPARATOR = " · "
_ID = 8  # characters of an id, as MLflow shows it
_UNITS = ((0.001, "ms", 0.5), (1, "s", 120), (60, "min", 7200), (3600, "h", 259_200), (86_400, "days", float("inf")))


def chart(rows: Rows, choice: Choice, title: str | None = None) -> Chart:
    """Draw up the chart. Raises NothingToDraw when no row has all that a mark needs."""
    made: dict[str, Callable[[Rows, Choice, str | None], Chart]] = {
        "line": _lines, "bar": _bars, "scatter": _scatter, "parallel": _parallel
    }  # fmt: skip
    return made[choice.kind](rows, choice, title)


# -- axes


def _unit(c: Column, high: float | None = None) -> tuple[float, str]:
    """By what a duration in seconds is divided, and the name of that; 1 and nothing for other columns."""
    if c.kind != "elapsed":
        return 1.0, ""
    reach = max(abs(c.low), abs(c.high)) if high is None else high
    return next((float(size), name) for size, name, end in _UNITS if reach < end or end == float("inf"))


def _value(c: Column) -> str:
    """SQL for what is drawn of a column."""
    size, _ = _unit(c)
    return f"({c.number} / {size!r})" if size != 1 else c.number


def _title(c: Column) -> str:
    unit = _unit(c)[1]
    return f"{c.name} (UTC)" if c.kind == "time" else f"{c.name} ({unit})" if unit else c.name


def _is_category(c: Column) -> bool:
    return not c.measured and not c.numeric


def _axis(rows: Rows, c: Column, table: str, at: str, log: bool, title: str = "") -> Axis:
    """The axis of the values ``at`` in a table of what is drawn."""
    title = title or _title(c)
    if _is_category(c):
        names = rows.query(f"SELECT {at} FROM {table} WHERE {at} NOTNULL GROUP BY 1 ORDER BY 1")
        return Axis(title, "category", names=tuple(sorted((name for (name,) in names), key=_natural)))
    low, high, count = rows.one(f"SELECT min({at}), max({at}), count(DISTINCT {at}) FROM {table}")
    marks: tuple[float, ...] = ()
    if count <= _FEW and c.kind != "time":
        marks = tuple(v for (v,) in rows.query(f"SELECT DISTINCT {at} FROM {table} WHERE {at} NOTNULL ORDER BY 1"))
    return Axis(title, "time" if c.kind == "time" else "number", log, low or 0.0, high or 0.0, marks)


def _natural(name: str) -> list[tuple[int, str]]:
    """A key that sorts "run 9" before "run 10"."""
    parts = re.split(r"(\d{1,15})", name)
    return [(int(part) if part.isascii() and part.isdigit() else -1, part) for part in parts]


def _drawn(c: Column, log: bool) -> str:
    """SQL for whether a row has a value on an axis."""
    return f"{_value(c)} > 0" if log else f"{c.at} NOTNULL" if _is_category(c) else f"{_value(c)} NOTNULL"


def _missing(rows: Rows, columns: Sequence[Column], logs: frozenset[str], drawn: int) -> tuple[str, ...]:
    """The remark on rows that have no place in the picture. Raises NothingToDraw when all are such."""
    if drawn == rows.count:
        return ()
    why = []
    for c in {c.at: c for c in columns}.values():
        absent = rows.count - c.present - c.infinite
        if c.numeric or c.measured or absent:
            under = rows.one(f"SELECT count(*) FROM rows WHERE {c.number} <= 0")[0] if c.at in logs else 0
            why += [f"{c.name} is NULL or NaN in {absent:,}"] if absent else []
            why += [f"{c.name} is infinite in {c.infinite:,}"] if c.infinite else []
            why += [f"{c.name} is not above 0 in {under:,} (logarithmic axis)"] if under else []
    if not drawn:
        raise NothingToDraw(f"no row can be drawn: {'; '.join(why)}", hint="choose other columns with x= and y=")
    return (f"{rows.count - drawn:,} of {rows.count:,} rows are not drawn: {'; '.join(why)}",)


def _thinned(drawn: int, found: int, what: str) -> tuple[str, ...]:
    return (f"{drawn:,} of {found:,} {what}",) if drawn < found else ()


def _text(c: Column, short: bool = False) -> str:
    """SQL for a value as a name; short: of an id only its beginning."""
    cut = f"CAST({c.at} AS VARCHAR)"
    if short and c.name.lower().endswith(("_id", "_uuid")):
        cut = f"left({cut}, {_ID})"
    return f"coalesce({cut}, 'NULL')"


def _label(columns: Sequence[Column], short: bool = False) -> str:
    """SQL for a name made of columns. short: ids are cut also where they are the whole name."""
    if not columns:
        return "''"
    return f" || '{_SEPARATOR}' || ".join(_text(c, short=short or i > 0) for i, c in enumerate(columns))


# -- lines


def _lines(rows: Rows, choice: Choice, title: str | None) -> Chart:
    x = choice.x
    assert x is not None
    key = " || chr(31) || ".join([_text(c) for c in choice.series] or ["''"])
    several = len(choice.y) > 1
    color = _color_sql(choice.color)
    parts = []
    for number, y in enumerate(choice.y):
        label = _label(choice.series, short=True)
        if several:
            name = "'" + y.name.replace("'", "''") + "'"
            label = f"{label} || '{_SEPARATOR}' || {name}" if choice.series else name
        log_x = x.at in choice.log and not choice.relative
        where = f"{_drawn(x, log_x)} AND {_drawn(y, y.at in choice.log)}"
        parts.append(
            f"SELECT rowid AS n, {key} || chr(31) || {number} AS k, {label} AS l, {color} AS c,"
            f" {_value(x)} AS x, {_value(y)} AS y FROM rows WHERE {where}"
        )
    rows.query(f"CREATE TABLE points AS {' UNION ALL '.join(parts)}")
    axis = x
    if choice.relative:
        axis = _made_relative(rows, x)
    found = rows.one("SELECT count(*), count(DISTINCT k) FROM points")
    remarks = _missing(rows, [x, *choice.y], choice.log, found[0]) if not several or not found[0] else ()
    rows.query(
        "CREATE TABLE series AS SELECT k, any_value(l) AS l, first(c ORDER BY n) AS c, count(*) AS m,"
        " row_number() OVER (ORDER BY min(n), k) - 1 AS s FROM points GROUP BY k"
    )
    if found[1] > thin.MOST_LINES:
        remarks += (f"the first {thin.MOST_LINES} of {found[1]:,} lines",)
    rows.query(
        f"CREATE TABLE placed AS SELECT s, n, x, y FROM points JOIN series USING (k) WHERE s < {thin.MOST_LINES}"
    )
    series = rows.query(f"SELECT l, c, m FROM series WHERE s < {thin.MOST_LINES} ORDER BY s")
    labels = _unique([str(label) for label, _, _ in series])
    points = rows.query(thin.lines("placed", thin.budget([m for _, _, m in series])))
    by_line = choice.color is None or choice.color in choice.series[:1]
    marks = tuple(
        Mark((px, py), labels[s] if choice.color is None else series[s][1], s, labels[s]) for s, _, px, py in points
    )
    if not by_line or choice.color is not None:
        assert choice.color is not None
        scale: Axis | None = _color_axis(choice.color, [c for _, c, _ in series])
    else:
        scale = Axis(_series_title(choice, several), "category", names=tuple(labels)) if len(labels) > 1 else None
    remarks = _thinned(len(points), sum(m for _, _, m in series), "points") + remarks + _doubled(rows, x)
    y_title = _y_title(rows, choice)
    axes = (
        _axis(rows, axis, "placed", "x", x.at in choice.log and not choice.relative),
        _axis(rows, choice.y[0], "placed", "y", choice.y[0].at in choice.log, y_title),
    )
    about = choice.y[0].name if several else y_title.split(" (")[0]
    if several:
        about = ", ".join(y.name for y in choice.y)
    one = f" of {labels[0]}" if len(labels) == 1 and choice.series else ""
    return Chart("line", title or f"{about} by {axis.name}{one}", axes, marks, scale, remarks)


def _doubled(rows: Rows, x: Column) -> tuple[str, ...]:
    """The remark on lines that go up and down at one x: they are several, and nothing in the result tells which."""
    doubled, lines = rows.one(
        "SELECT coalesce(sum(m - d), 0), count(*) FILTER (m > d)"
        " FROM (SELECT count(*) AS m, count(DISTINCT x) AS d FROM placed GROUP BY s)"
    )
    count = rows.one("SELECT count(*) FROM placed")[0]
    if doubled * 5 < count:
        return ()
    told = "the line has" if lines == 1 else f"{lines:,} lines have"
    return (f"{told} several points at one {x.name}: select what tells them apart, such as run_id or key",)


def _made_relative(rows: Rows, x: Column) -> Column:
    """Count x from the first point of each line, in the unit that fits."""
    since = "(x - min(x) OVER (PARTITION BY k)) / 1000"
    rows.query(f"CREATE OR REPLACE TABLE points AS SELECT * REPLACE ({since} AS x) FROM points")
    low, high = rows.one("SELECT coalesce(min(x), 0), coalesce(max(x), 0) FROM points")
    size, _ = _unit(Column("", "", "elapsed"), high)
    rows.query(f"UPDATE points SET x = x / {size!r}")
    return Column("time since the first point", x.at, "elapsed", low=low, high=high)


def _y_title(rows: Rows, choice: Choice) -> str:
    """The name of what is drawn: of a column "value" that is the one key it holds."""
    if len(choice.y) > 1:
        return "value"
    y = choice.y[0]
    keys = [c for c in rows.columns if c.name.lower() == "key" and c.constant is not None]
    return keys[0].constant or "" if y.name.lower() == "value" and keys else _title(y)


def _series_title(choice: Choice, several: bool) -> str:
    names = [c.name for c in choice.series if c.name.lower() != "run_id" or len(choice.series) == 1]
    return _SEPARATOR.join([*names, *(["metric"] if several else [])]) or "line"


def _unique(labels: list[str]) -> list[str]:
    """Names of lines: those that look the same get a number."""
    seen: dict[str, int] = {}
    found = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        found.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return found


# -- colours


def _color_sql(color: Column | None) -> str:
    if color is None:
        return "NULL"
    return _value(color) if not _is_category(color) else f"coalesce({color.at}, 'NULL')"


def _color_axis(color: Column | None, values: Sequence[Value], log: bool = False) -> Axis | None:
    """The scale of colours for what is drawn."""
    present = [v for v in values if v is not None]
    if color is None or not present:
        return None
    if _is_category(color):
        often = Counter(sorted(str(v) for v in present))
        return Axis(_title(color), "category", names=tuple(name for name, _ in often.most_common()))
    numbers = [float(v) for v in present]
    return Axis(_title(color), "time" if color.kind == "time" else "number", log, min(numbers), max(numbers))


# -- bars


def _bars(rows: Rows, choice: Choice, title: str | None) -> Chart:
    key, y, color = choice.x, choice.y[0], choice.color
    assert key is not None
    names = [key, *choice.series]
    label = _label(names) if key.kind == "text" else f"CAST({_value(key)} AS VARCHAR)"
    if key.kind == "time":
        label = f"strftime(make_timestamp(CAST({key.at} * 1000 AS BIGINT)), '%Y-%m-%d %H:%M:%S')"
    elif key.kind == "number":
        label = f"format('{{:g}}', {key.at})"
    grouped = color is not None and _is_category(color)
    order = "min(x)" if key.measured or key.numeric else "min(n)"
    rows.query(
        f"CREATE TABLE points AS SELECT rowid AS n, coalesce({label}, 'NULL') AS l, {_color_sql(color)} AS c,"
        f" {key.number} AS x, {_value(y)} AS y FROM rows WHERE {_drawn(y, False)}"
    )
    drawn = rows.one("SELECT count(*) FROM points")[0]
    remarks = _missing(rows, [y], frozenset(), drawn)
    rows.query(
        f"CREATE TABLE bars AS SELECT l, {'c' if grouped else 'any_value(c) AS c'}, avg(y) AS y, count(*) AS m,"
        f" min(n) AS n, {order} AS o FROM points GROUP BY l{', c' if grouped else ''}"
    )
    keys, bars = rows.one("SELECT count(DISTINCT l), count(*) FROM bars")
    is_sorted = rows.one(
        "SELECT bool_and(d >= 0) OR bool_and(d <= 0) FROM (SELECT y - lag(y) OVER (ORDER BY n) AS d FROM bars)"
    )[0]
    by = "o" if key.measured or key.numeric else "n"
    if keys > MOST_BARS:
        by = "n" if is_sorted else "-y"
        remarks = (f"{'the first' if is_sorted else 'the highest'} {MOST_BARS} of {keys:,} bars", *remarks)
    elif not is_sorted and not (key.measured or key.numeric) and keys == bars:
        by = "-y"
    kept = rows.query(f"SELECT l, min({by}) AS b FROM bars GROUP BY l ORDER BY b NULLS LAST, l LIMIT {MOST_BARS}")
    order_of = {name: i for i, (name, _) in enumerate(kept)}
    found = [row for row in rows.query("SELECT l, c, y, m FROM bars ORDER BY n") if row[0] in order_of]
    found.sort(key=lambda row: order_of[row[0]])
    most = max((m for *_, m in found), default=1)
    if choice.mean and most > 1:
        least = min(m for *_, m in found)
        each = f"{most:,}" if least == most else f"{least:,} to {most:,}"
        remarks += (f"each bar is the mean of {each} rows",)
    marks = tuple(Mark((name, value), c, 0, name) for name, c, value, _ in found)
    values = [value for _, _, value, _ in found]
    y_axis = Axis(("mean " if choice.mean and most > 1 else "") + _title(y), "number", False, min(values), max(values))
    x_axis = Axis(_title(key), "category", names=tuple(order_of))
    scale = _color_axis(color, [c for _, c, _, _ in found]) if color is not None and color != key else None
    return Chart("bar", title or f"{y_axis.title} by {key.name}", (x_axis, y_axis), marks, scale, remarks)


# -- clouds


def _scatter(rows: Rows, choice: Choice, title: str | None) -> Chart:
    x, y, color = choice.x, choice.y[0], choice.color
    assert x is not None
    at = {"x": x, "y": y}
    where = " AND ".join(_drawn(c, c.at in choice.log) for c in at.values())
    category = f"{x.at}" if _is_category(x) else _value(x)
    rows.query(
        f"CREATE TABLE points AS SELECT rowid AS n, {category} AS x, {_value(y)} AS y, {_color_sql(color)} AS c,"
        f" {_label(choice.series)} AS l FROM rows WHERE {where}"
    )
    drawn = rows.one("SELECT count(*) FROM points")[0]
    remarks = _missing(rows, [x, y], choice.log, drawn)
    remarks += _most_names(rows, x) if _is_category(x) else ()
    left = rows.one("SELECT count(*) FROM points")[0]
    points = rows.query(
        f"SELECT x, y, c, l FROM ({thin.cloud('points', ['y'] if _is_category(x) else ['x', 'y'])}) ORDER BY n"
    )
    axes = (_axis(rows, x, "points", "x", x.at in choice.log), _axis(rows, y, "points", "y", y.at in choice.log))
    marks = tuple(Mark((px, py), c, 0, label) for px, py, c, label in points)
    scale = _color_axis(color, [c for _, _, c, _ in points], color is not None and color.at in choice.log)
    remarks = _thinned(len(points), left, "points") + remarks
    return Chart("scatter", title or f"{y.name} by {x.name}", axes, marks, scale, remarks)


def _most_names(rows: Rows, x: Column) -> tuple[str, ...]:
    """Leave the names that come most often, when there are more than an axis can show."""
    names = rows.one("SELECT count(DISTINCT x) FROM points")[0]
    if names <= MOST_NAMES:
        return ()
    often = f"SELECT x FROM points GROUP BY x ORDER BY count(*) DESC, x LIMIT {MOST_NAMES}"
    rows.query(f"DELETE FROM points WHERE x NOT IN ({often})")
    return (f"{MOST_NAMES} of {names:,} values of {x.name}: those with the most rows",)


def _parallel(rows: Rows, choice: Choice, title: str | None) -> Chart:
    axes, color = choice.y, choice.color
    assert color is not None
    values = ", ".join(f"{c.at if _is_category(c) else _value(c)} AS v{i}" for i, c in enumerate(axes))
    rows.query(
        f"CREATE TABLE points AS SELECT rowid AS n, {values}, {_value(color)} AS c, {_label(choice.series)} AS l"
        f" FROM rows WHERE {_drawn(color, color.at in choice.log)}"
    )
    drawn = rows.one("SELECT count(*) FROM points")[0]
    remarks = _missing(rows, [color], choice.log, drawn)
    for i, c in enumerate(axes):
        if c.at in choice.log:  # what is not above 0 has no place there
            rows.query(f"UPDATE points SET v{i} = NULL WHERE v{i} <= 0")
    gaps = " OR ".join(f"v{i} IS NULL" for i in range(len(axes)))
    broken = rows.one(f"SELECT count(*) FROM points WHERE {gaps}")[0]
    if broken:
        remarks += (f"{broken:,} of {drawn:,} lines have gaps: they lack a value",)
    numbers = [f"v{i}" for i, c in enumerate(axes) if not _is_category(c)]
    points = rows.query(f"SELECT * EXCLUDE (n) FROM ({thin.cloud('points', numbers)}) ORDER BY n")
    made = tuple(_axis(rows, c, "points", f"v{i}", c.at in choice.log) for i, c in enumerate(axes))
    marks = tuple(Mark(tuple(row[:-2]), row[-2], 0, row[-1]) for row in points)
    scale = _color_axis(color, [m.color for m in marks])
    remarks = choice.remarks + _thinned(len(points), drawn, "lines") + remarks
    others = ", ".join(c.name for c in axes if c != color)
    return Chart("parallel", title or f"{color.name} by {others}", made, marks, scale, remarks)
