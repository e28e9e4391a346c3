"""SQL values into what a call takes, by its declared parameters; what does not fit is said before it is sent.

MLflow answers 200 to a body of the wrong types and drops what it cannot read, and cuts values that are too long. So
every rule on values is checked here, and the types on the wire are exact: text for ids, params and tags, numbers for
values, times and steps, and the string "NaN" for NaN, which JSON has no number for.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec

from mlflow_sql.catalog.model import Method, Param

_BIGINT = 2**63


class Misfit(Exception):
    """A value that a parameter does not take; the text says why, without the value when it is long."""


def encode(param: Param, value: Any, now: int = 0) -> Any:
    """The value as JSON takes it; ``now`` (ms since 1970 UTC) is the time of points that have none.

    Raises Misfit.
    """
    match param.type:
        case "string":
            return _text(param, value)
        case "bigint":
            return whole(value)
        case "millis":
            return millis(value)
        case "double":
            return number(value)
        case "boolean":
            if not isinstance(value, bool):
                raise Misfit(f"{shown(value)} is neither true nor false")
            return value
        case "string_list":
            return [_text(param, v) for v in _sequence(value)]
        case "pairs":
            return [_pair(param, k, v) for k, v in entries(value)]
        case "points":
            known: set[str] = set()
            return [_point(param, p, now, known) for p in points(value)]
        case "json":
            return _parsed(value)


def _text(param: Param, value: Any) -> str:
    if not isinstance(value, str):
        quote = f": write '{str(value).lower()}'" if isinstance(value, (int, float, Decimal)) else ""
        raise Misfit(f"{shown(value)} is not text{quote}")
    if param.values and value not in param.values:
        raise Misfit(f"{shown(value)} is none of {', '.join(param.values)}")
    if param.longest is not None and len(value) > param.longest:
        raise Misfit(f"it has {len(value)} characters, and the server takes {param.longest}")
    if param.type == "string" and param.pattern and not re.fullmatch(param.pattern, value):
        raise Misfit(f"{shown(value)} is not a name that MLflow takes" if value.strip() else "it is empty")
    return _valid(value)


def _valid(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Misfit("it holds half a surrogate pair, which is no text") from None
    return value


def _key(param: Param, key: Any) -> str:
    if not isinstance(key, str):
        raise Misfit(f"the key {shown(key)} is not text")
    if param.longest_key is not None and len(key) > param.longest_key:
        raise Misfit(f"the key {shown(key)} has {len(key)} characters, and the server takes {param.longest_key}")
    if param.key_pattern and not re.fullmatch(param.key_pattern, key):
        raise Misfit(
            f"the key {shown(key)} is not one that MLflow takes: letters, digits and _ - . : / and spaces, as a path"
        )
    return _valid(key)


def _pair(param: Param, key: Any, value: Any) -> dict[str, str]:
    name = _key(param, key)
    if isinstance(value, bool):
        value = "true" if value else "false"
    elif isinstance(value, (int, float, Decimal)):
        value = str(value)
    if not isinstance(value, str):
        raise Misfit(f"the value of {shown(key)} is {shown(value)}, not text")
    if param.longest is not None and len(value) > param.longest:
        raise Misfit(f"the value of {shown(key)} has {len(value)} characters, and the server takes {param.longest}")
    return {"key": name, "value": _valid(value)}


def _point(param: Param, point: Mapping[str, Any], now: int, known: set[str]) -> dict[str, Any]:
    """A metric value. known: keys that fit; a list of many values has few of them."""
    name = point.get("key")
    if not isinstance(name, str) or name not in known:
        name = _key(param, name)
        known.add(name)
    time, step = point.get("timestamp"), point.get("step")
    try:
        value = number(point.get("value"))
        time = now if time is None else millis(time)
        step = 0 if step is None else whole(step)
    except Misfit as why:
        raise Misfit(f"the metric {shown(name)}: {why}") from None
    return {"key": name, "value": value, "timestamp": time, "step": step}


def number(value: Any) -> float | str:
    """A DOUBLE as JSON takes it: what is not finite goes as protobuf's text."""
    if type(value) is float and math.isfinite(value):  # nearly all of many
        return value
    if value is None:
        return "NaN"
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        if value in ("NaN", "Infinity", "-Infinity"):
            return str(value)
        raise Misfit(f"{shown(value)} is not a number")
    found = float(value)
    if math.isnan(found):
        return "NaN"
    return found if math.isfinite(found) else ("Infinity" if found > 0 else "-Infinity")


def whole(value: Any) -> int:
    """A BIGINT; text that is one counts, as in StackQL's files."""
    if type(value) is int and -_BIGINT <= value < _BIGINT:
        return value
    if isinstance(value, str) and re.fullmatch(r"-?\d+", value.strip()):
        value = int(value)
    if isinstance(value, (float, Decimal)) and value == int(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Misfit(f"{shown(value)} is not a whole number")
    if not -_BIGINT <= value < _BIGINT:
        raise Misfit(f"{shown(value)} does not fit into 64 bits")
    return value


def millis(value: Any) -> int:
    """A time as ms since 1970 UTC: a time with zone or without (UTC), either as ISO 8601 text, or the number itself.

    Not before 1970.
    """
    if isinstance(value, str) and not re.fullmatch(r"-?\d+", value.strip()):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            raise Misfit(f"{shown(value)} is no time") from None
    if isinstance(value, datetime):
        moment = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
        value = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // _MILLISECOND
    found = whole(value)
    if found < 0:
        raise Misfit("it is before 1970, which MLflow does not take")
    return found


_MILLISECOND = datetime(1970, 1, 1, 0, 0, 0, 1000) - datetime(1970, 1, 1)


def _parsed(value: Any) -> Any:
    if not isinstance(value, (str, bytes)):
        return value
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError as error:
        raise Misfit(f"it is not JSON: {error}") from None


def _sequence(value: Any) -> Sequence[Any]:
    found = _parsed(value) if isinstance(value, str) and value.lstrip().startswith("[") else value
    if isinstance(found, str):
        return [found]
    if not isinstance(found, (list, tuple)):
        raise Misfit(f"{shown(value)} is not a list")
    return found


def entries(value: Any) -> Iterator[tuple[Any, Any]]:
    """Keys and values of a map, or of a list of {key, value}; JSON text of either counts."""
    found = _parsed(value)
    if isinstance(found, Mapping):
        yield from found.items()
        return
    if not isinstance(found, (list, tuple)):
        raise Misfit(f"{shown(value)} is neither a map nor a list of {{key, value}}")
    for entry in found:
        if not isinstance(entry, Mapping) or "key" not in entry or "value" not in entry:
            raise Misfit(f"{shown(entry)} is not of the form {{key, value}}")
        yield entry["key"], entry["value"]


def points(value: Any) -> Iterator[Mapping[str, Any]]:
    """Metric values of a map, or of a list of {key, value, timestamp, step}; JSON text of either counts."""
    found = _parsed(value)
    if isinstance(found, Mapping):
        yield from ({"key": k, "value": v} for k, v in found.items())
        return
    if not isinstance(found, (list, tuple)):
        raise Misfit(f"{shown(value)} is neither a map nor a list of {{key, value, timestamp, step}}")
    for entry in found:
        if not isinstance(entry, Mapping) or "key" not in entry or "value" not in entry:
            raise Misfit(f"{shown(entry)} is not of the form {{key, value, timestamp, step}}")
        yield entry


def shown(value: Any) -> str:
    """A value in a message, cut when it is long."""
    text = "NULL" if value is None else repr(value)
    return text if len(text) <= 60 else text[:59] + "…"


def slices(method: Method, lists: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, list[Any]]]:
    """The lists cut into what one call takes: each parameter's ``batch``, and the method's ``most`` in all.

    The lists of which one call takes the fewest come first and the others fill the room, which makes the fewest calls.
    """
    limits = {p.name: p.batch or len(lists.get(p.name, ())) for p in method.params}
    at = dict.fromkeys(sorted(lists, key=lambda name: limits[name]), 0)
    while any(at[name] < len(values) for name, values in lists.items()):
        room = method.most or sum(len(v) for v in lists.values())
        part: dict[str, list[Any]] = {}
        for name in at:
            values = lists[name]
            take = min(limits[name], room, len(values) - at[name])
            if take:
                part[name] = list(values[at[name] : at[name] + take])
                at[name] += take
                room -= take
        yield part
