"""Values and keys as MLflow's filter grammar writes them.

The grammar has no escapes: what cannot be written safely gives None, and is then evaluated locally. The rules are
those of MLflow's own parser: keys in back-ticks, strings in whichever quote they do not hold, plain decimal numbers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

# MLflow refuses other characters in keys of metrics, params and tags.
_KEY = re.compile(r"[\w.\-:/ ]{1,250}")
_MAX_MILLIS = 2**63 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Characters that fold together with an ASCII letter in DuckDB's ILIKE but not in SQLite's: the Kelvin sign with k and
# the dotted capital I with i. A pattern with those letters is widened, so that no such row is lost.
_FOLDS_BEYOND_ASCII = re.compile(r"[kKiI]")


def key(name: str) -> str | None:
    """The key of a metric, param or tag in back-ticks, or None when no such key can be written."""
    return f"`{name}`" if _KEY.fullmatch(name) else None


def string(value: str) -> str | None:
    """A string literal, or None for one with both quotes, a backslash, NUL or half a surrogate pair."""
    if "\\" in value or "\0" in value or not _is_text(value):
        return None
    if "'" not in value:
        return f"'{value}'"
    return None if '"' in value else f'"{value}"'


def _is_text(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def number(value: float) -> str | None:
    """A finite number in its shortest exact digits; the grammar refuses ``+`` in an exponent."""
    if not math.isfinite(value):
        return None
    if value == int(value) and abs(value) < 2**53:
        return str(int(value))
    return repr(value).replace("e+", "e")


def exact_float(value: Any) -> float | None:
    """The DOUBLE that DuckDB compares a column with, or None when it is not surely this one.

    A decimal literal of more than 15 digits is a DECIMAL in DuckDB, whose conversion may differ in the last bit.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return value
    if isinstance(value, int):
        return float(value) if abs(value) <= 2**53 else None
    if isinstance(value, Decimal):
        digits = value.as_tuple()
        if value.is_finite() and len(digits.digits) <= 15 and isinstance(digits.exponent, int):
            return float(value) if -22 <= digits.exponent <= 22 else None
    return None


_PLAIN_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")


def double(value: Any) -> float | None:
    """The DOUBLE that text or a number is cast to, or None when DuckDB may read it otherwise."""
    if isinstance(value, str):
        return float(value) if _PLAIN_NUMBER.fullmatch(value) else None
    return exact_float(value)


def millis(value: datetime, op: str) -> str | None:
    """A time as whole milliseconds since 1970 UTC for ``column op value``, or None when no millisecond equals it.

    Stored times are whole milliseconds, so ``> v`` and ``<= v`` are rounded down, ``>= v`` and ``< v`` up.
    """
    delta = value - _EPOCH
    micros = (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds
    down, rest = divmod(micros, 1000)
    if rest and op in ("eq", "ne"):
        return None
    up = down + (1 if rest else 0)
    whole = up if op in ("ge", "lt") else down
    return str(max(-_MAX_MILLIS, min(_MAX_MILLIS, whole)))


def like(pattern: str) -> str | None:
    """A LIKE pattern; ``_`` counts bytes on some stores, so it is widened to ``%``."""
    return string(pattern.replace("_", "%"))


def ilike(pattern: str) -> str | None:
    """An ILIKE pattern, or None beyond ASCII, which SQLite does not fold. Matches at least what DuckDB matches."""
    if not pattern.isascii():
        return None
    return like(_FOLDS_BEYOND_ASCII.sub("%", pattern))


def string_list(values: list[str]) -> str | None:
    """A list for IN, or None when one of the values cannot be written.

    MLflow reads it as Python literals, which end at a line break.
    """
    texts = [None if "\n" in v or "\r" in v else string(v) for v in values]
    return None if None in texts or not texts else "(" + ", ".join(t for t in texts if t) + ")"


_LITERALS = re.compile(r"'[^']*'|\"[^\"]*\"|(?<![\w`.])-?\d[\w.\-]*")
_KEYS = re.compile(r"`[^`]*`")


def shape(clauses: Iterable[str], order: Iterable[str]) -> str:
    """A filter and an order without their values and keys: what a server refuses once, it always will."""
    text = " AND ".join(sorted({_KEYS.sub("k", _LITERALS.sub("?", c)) for c in clauses}))
    ordered = ", ".join(_KEYS.sub("k", o) for o in order)
    return f"{text} ORDER BY {ordered}" if ordered else text
