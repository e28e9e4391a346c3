"""A plan in words: for each scan its requests, what is pushed, what stays local and why, where keys come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from mlflow_sql.plan.nodes import Plan, Scan, Search, call


@dataclass(frozen=True, slots=True)
class Measured:
    """What running a scan took. bytes: of answers; seconds: of waiting for answers, summed over concurrent calls."""

    requests: int
    rows: int
    bytes: int
    retries: int
    seconds: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """What running a whole statement took."""

    seconds: float
    rows: int
    scans: Mapping[int, Measured]


def text(plan: Plan, run: Run | None = None) -> str:
    """The plan as lines of text."""
    lines = []
    for scan in plan.scans:
        lines += _scan(scan, plan, run)
    lines += ("local: " + plan.sql.strip()).replace("\n", "\n       ").splitlines()
    if run is not None:
        requests = sum(m.requests for m in run.scans.values())
        lines.append(f"total: {run.rows} rows in {run.seconds:.3f} s, {_count(requests, 'request')}")
    return "\n".join(lines)


def _scan(scan: Scan, plan: Plan, run: Run | None) -> list[str]:
    purpose = ", for keys" if scan.hidden else ""
    alias = f" {scan.alias}" if scan.alias != scan.resource.name else ""
    lines = [f"{scan.name}: {scan.resource.label}{alias} by {scan.method.name}{purpose}"]
    if not scan.searches:
        lines.append(f"  no request: {_why_none(scan)}")
    for search in scan.searches:
        lines.append(f"  request: {_request(scan, search)}")
    if len(scan.searches) > 1:
        lines.append(f"  union: {len(scan.searches)} searches side by side, each row once")
    if scan.keys:
        lines.append(f"  keys: {', '.join(scan.keys.columns)} from {_names(plan, scan.keys.scans)} ({scan.keys.text})")
    if scan.key_filter:
        keys = scan.key_filter.keys
        lines.append(
            f"  keys: {scan.key_filter.clause.replace('{values}', f'(<{keys.columns[0]}>, ...)')} from"
            f" {_names(plan, keys.scans)} ({keys.text}), unless there are more than {scan.key_filter.most}"
        )
    lines += [f"  pushed: {condition}" for condition in scan.pushed]
    lines += [f"  local: {condition} ({why})" for condition, why in scan.residual]
    if scan.searches:
        lines.append(f"  columns: {', '.join(scan.columns)}")
        how, _, why = _reads(scan).partition("; ")
        size = f", {_size(scan)} a page" if scan.method.paging and not how.startswith("one page") else ""
        lines.append(f"  reads: {how}{size}" + (f"; {why}" if why else ""))
    measured = run.scans.get(scan.index) if run else None
    if measured is not None:
        retries = f", {_count(measured.retries, 'retry', 'retries')}" if measured.retries else ""
        lines.append(
            f"  took: {_count(measured.requests, 'request')}, {_count(measured.rows, 'row')}, {_bytes(measured.bytes)}"
            f"{retries}, {measured.seconds:.3f} s"
        )
        lines += [f"  note: {note}" for note in measured.notes]
    return lines


def _why_none(scan: Scan) -> str:
    return scan.stop if scan.stop.startswith("nothing") else "the conditions can hold for no row"


def _reads(scan: Scan) -> str:
    if scan.method.item:
        return "one answer"
    return scan.stop or "every page"


def _size(scan: Scan) -> int:
    assert scan.method.paging is not None
    return scan.method.paging.size


def _names(plan: Plan, indexes: tuple[int, ...]) -> str:
    return ", ".join(plan.scan(i).name for i in indexes) or "the statement"


def _request(scan: Scan, search: Search) -> str:
    found = call(_with_templates(scan, search))
    sent = found.body if found.body is not None else found.query
    body = msgspec.json.encode(sent).decode() if sent else ""
    return f"{found.verb} {found.path} {body}".rstrip()


def _with_templates(scan: Scan, search: Search) -> Search:
    """The search with a mark in place of each value that is only known when the statement runs."""
    values: dict[str, Any] = {}
    for param in search.method.params:
        if scan.keys and param.column in scan.keys.columns and param.name not in search.values:
            mark = f"<{param.column}>"
            values[param.name] = [mark] if param.type == "string_list" else mark
    return search.with_values(**values) if values else search


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _bytes(number: int) -> str:
    return f"{number / 1e6:.1f} MB" if number >= 100_000 else f"{number / 1e3:.1f} kB"


def as_json(plan: Plan, run: Run | None = None) -> str:
    """The plan as one JSON object, for machines."""
    scans = []
    for scan in plan.scans:
        entry: dict[str, Any] = {
            "scan": scan.name,
            "table": scan.resource.full_name,
            "alias": scan.alias,
            "method": scan.method.name,
            "for_keys": scan.hidden,
            "requests": [_json_call(scan, s) for s in scan.searches],
            "keys": _json_keys(plan, scan),
            "pushed": list(scan.pushed),
            "local": [{"condition": c, "reason": why} for c, why in scan.residual],
            "columns": list(scan.columns),
            "reads": _reads(scan),
            "page_size": _size(scan) if scan.method.paging else None,
        }
        if run is not None and scan.index in run.scans:
            entry["took"] = msgspec.to_builtins(run.scans[scan.index])
        scans.append(entry)
    whole: dict[str, Any] = {"scans": scans, "local_sql": plan.sql}
    if run is not None:
        whole |= {"rows": run.rows, "seconds": run.seconds}
    return msgspec.json.format(msgspec.json.encode(whole), indent=2).decode()


def _json_call(scan: Scan, search: Search) -> dict[str, Any]:
    found = call(_with_templates(scan, search))
    return {"verb": found.verb, "path": found.path, "query": found.query, "body": found.body}


def _json_keys(plan: Plan, scan: Scan) -> list[dict[str, Any]]:
    found = [k for k in (scan.keys, scan.key_filter.keys if scan.key_filter else None) if k is not None]
    return [
        {"columns": list(k.columns), "scans": [plan.scan(i).name for i in k.scans], "from": k.text, "sql": k.sql}
        for k in found
    ]
