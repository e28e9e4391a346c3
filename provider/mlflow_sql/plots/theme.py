"""The colours of pictures in files, in a light and a dark theme.

The colours of lines keep apart for people who see no red or no green (after Okabe and Ito), darkened or lightened to
stand out on their background; viridis, which numbers are coloured by, is cut where it would vanish into it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mlflow_sql.plots.request import Theme


@dataclass(frozen=True, slots=True)
class Colours:
    """Names say what for. scheme: the part of viridis, from 0 to 1."""

    background: str
    text: str
    faint: str
    grid: str
    rest: str
    lines: tuple[str, ...]
    scheme: tuple[float, float]


COLOURS: dict[Theme, Colours] = {
    "light": Colours(
        "#ffffff", "#1f2328", "#59636e", "#e4e8ec", "#b3bac2",
        ("#0072b2", "#d55e00", "#009e73", "#b6488e", "#a87800", "#3d9fd3", "#5c4fa8", "#6e6e6e"),
        (0.0, 0.88),
    ),
    "dark": Colours(
        "#0d1117", "#e6edf3", "#9aa4af", "#262c34", "#5c6570",
        ("#58a6ff", "#ff9248", "#35c79b", "#ec8fc5", "#f0cf4e", "#9fdcf6", "#b7a5f3", "#c2c2c2"),
        (0.3, 1.0),
    ),
}  # fmt: skip


def config(theme: Theme) -> dict[str, Any]:
    """What Vega-Lite is told of looks."""
    c = COLOURS[theme]
    words = {"labelColor": c.faint, "titleColor": c.text, "labelFontSize": 11, "titleFontSize": 12}
    return {
        "background": c.background,
        "padding": 16,
        "font": "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', Arial, sans-serif",
        "view": {"stroke": None},
        "title": {
            "anchor": "start", "frame": "group", "color": c.text, "fontSize": 15, "fontWeight": 600, "offset": 14,
            "subtitleColor": c.faint, "subtitleFontSize": 11, "subtitlePadding": 5,
        },
        "axis": {
            **words, "titleFontWeight": "normal", "titlePadding": 10, "labelPadding": 5, "labelLimit": 220,
            "gridColor": c.grid, "domainColor": c.rest, "tickColor": c.rest, "labelOverlap": "greedy",
            "labelSeparation": 6, "maxExtent": 260,
        },
        "legend": {
            **words, "titleFontWeight": "normal", "labelLimit": 220, "titleLimit": 240, "symbolStrokeWidth": 2.5,
            "gradientLength": 160, "rowPadding": 3, "offset": 22,
        },
        "range": {"category": list(c.lines)},
    }  # fmt: skip
