"""A picture of a result: made once, shown as text, as a file, and by itself in a notebook."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from mlflow_sql.errors import UsageError
from mlflow_sql.plots.chart import Chart
from mlflow_sql.plots.choice import choose
from mlflow_sql.plots.make import chart as make
from mlflow_sql.plots.request import Request, Theme, ending_of, theme_of
from mlflow_sql.plots.rows import Rows

_SCALE = 2.0  # of PNG files: sharp on the screens of today


class Picture:
    """A picture. ``print`` shows it as text, a notebook as SVG; ``save`` writes a file.

    chart: what it shows, as a value.
    """

    def __init__(self, chart: Chart, theme: Theme = "light") -> None:
        self.chart = chart
        self.theme: Theme = theme

    def __repr__(self) -> str:
        return f"<mlflow_sql.Picture {self.chart.kind}: {self.chart.title}, {len(self.chart.marks):,} marks>"

    def __str__(self) -> str:
        return self.text(colours=False)

    def text(self, width: int | None = None, height: int | None = None, colours: bool | None = None) -> str:
        """The picture as lines of text, in columns and lines of the terminal where they are not given.

        colours: None for what the terminal and NO_COLOR say. Raises UsageError without the extra ``plot``.
        """
        from mlflow_sql.plots import terminal

        size = shutil.get_terminal_size()
        if colours is None:
            colours = sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
        return terminal.draw(self.chart, width or size.columns, height or min(size.lines - 3, 30), colours)

    def show(self) -> None:
        """Print it."""
        print(self.text())

    def spec(self, theme: str | None = None) -> dict[str, Any]:
        """The picture as a Vega-Lite document, for other programs (``altair.Chart.from_dict``)."""
        from mlflow_sql.plots import vega

        return vega.spec(self.chart, self.theme if theme is None else theme_of(theme))

    def save(self, path: str | os.PathLike[str], theme: str | None = None) -> Path:
        """Write it to a file that ends with .svg, .png or .html (which needs no network); the file's path.

        Raises UsageError for another ending, a file that cannot be written, and without the extra ``plot``.
        """
        target = Path(path).expanduser()
        data = self.data(ending_of(target), theme)
        try:
            target.write_bytes(data)
        except OSError as error:
            raise UsageError(f"cannot write {target}: {error.strerror}") from None
        return target

    def data(self, ending: str, theme: str | None = None) -> bytes:
        """What a file with this ending (.svg, .png, .html) holds. Raises UsageError without the extra ``plot``."""
        from mlflow_sql.plots import vega

        try:
            import vl_convert
        except ImportError:
            raise UsageError(
                "pictures in files need vl-convert-python, which is not installed",
                hint="pip install 'mlflow-sql[plot]'",
            ) from None
        spec = self.spec(theme)
        if ending == ".png":
            found: bytes = vl_convert.vegalite_to_png(spec, vl_version=vega.VERSION, scale=_SCALE)
            return found
        if ending == ".html":
            page: str = vl_convert.vegalite_to_html(spec, vl_version=vega.VERSION, bundle=True)
            back = f"<style>body {{ background: {spec['config']['background']}; }}</style></head>"
            return page.replace("</head>", back, 1).encode()
        svg: str = vl_convert.vegalite_to_svg(spec, vl_version=vega.VERSION)
        return svg.encode()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """What a notebook shows: the SVG, else the text."""
        try:
            return {"image/svg+xml": self.data(".svg").decode(), "text/plain": repr(self)}
        except UsageError as error:
            return {"text/plain": f"{self!r}\n{error}"}


def picture(relation: Any, request: Request, theme: Theme = "light") -> Picture:
    """Draw a relation. Reads all of it; raises what that raises, and UsageError when it makes no picture."""
    with Rows(relation) as rows:
        return Picture(make(rows, choose(rows.columns, request, rows.distinct), request.title), theme)
