"""What becomes of values on their way: JSON that MLflow's own parser reads as it was meant, in as few calls as fit."""

from __future__ import annotations

import json
import math
import posixpath
import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mlflow_sql.plan.changes import Change, as_map, reduced
from mlflow_sql.rows.calls import ValueFault, changing, following, making
from mlflow_sql.rows.encode import Misfit, encode, slices
from support.planning import catalog

if TYPE_CHECKING:
    from mlflow_sql.catalog.model import Method, Param, Resource

NOW = 1_767_225_600_000


def resource(name: str) -> Resource:
    return next(r for r in catalog().resources if r.name == name)


def method(table: str, name: str) -> Method:
    found = resource(table).method(name)
    assert found is not None
    return found


def param(table: str, name: str, of: str) -> Param:
    return next(p for p in method(table, name).params if p.name == of)


def parsed(kind: str, body: dict[str, Any]) -> Any:
    """A body as the server reads it, by MLflow's own parser and messages."""
    pytest.importorskip("mlflow")
    from mlflow.protos import service_pb2
    from mlflow.utils.proto_json_utils import parse_dict

    message = getattr(service_pb2, kind)()
    parse_dict(json.loads(json.dumps(body, allow_nan=False)), message)
    return message


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
KEYS = st.from_regex(r"[\w\-. :/]{1,12}", fullmatch=True)
PAIRS = st.dictionaries(KEYS, TEXT | st.integers() | st.booleans() | st.decimals(allow_nan=False), max_size=4)
NUMBERS = st.floats() | st.integers(-(2**60), 2**60) | st.decimals(allow_nan=False, allow_infinity=False, places=3)
POINTS = st.lists(
    st.fixed_dictionaries(
        {"key": KEYS, "value": NUMBERS},
        optional={
            "timestamp": st.integers(0, 2**50) | st.datetimes(datetime(1970, 1, 1), timezones=st.just(UTC)) | st.none(),
            "step": st.integers(-(2**63), 2**63 - 1) | st.none(),
        },
    ),
    max_size=4,
)


def encoded(of: Param, value: Any) -> Any:
    """The value as it is sent; examples that are refused are no examples."""
    try:
        return encode(of, value, NOW)
    except Misfit:
        assume(False)


@given(PAIRS, PAIRS)
def test_params_and_tags_survive(params: dict[str, Any], tags: dict[str, Any]) -> None:
    """Each as one {key, value} of two texts; a number or boolean is written as SQL writes it."""
    log = "experiment_runs", "log_batch"
    body = {"run_id": "r", "params": encoded(param(*log, "params"), params), "tags": encoded(param(*log, "tags"), tags)}
    message = parsed("LogBatch", body)
    for given_, read in ((params, message.params), (tags, message.tags)):
        assert {p.key: p.value for p in read} == {
            k: v if isinstance(v, str) else str(v).lower() if isinstance(v, bool) else str(v) for k, v in given_.items()
        }


@given(POINTS)
def test_points_survive(points: list[dict[str, Any]]) -> None:
    """Values to the last bit, NaN and infinities included; times to the ms; steps to the last of 64 bits."""
    body = {"run_id": "r", "metrics": encoded(param("experiment_runs", "log_batch", "metrics"), points)}
    read = parsed("LogBatch", body).metrics
    assert len(read) == len(points)
    for point, metric in zip(points, read, strict=True):
        value, moment, step = float(point["value"]), point.get("timestamp"), point.get("step")
        assert metric.key == point["key"]
        assert (math.isnan(value) and math.isnan(metric.value)) or metric.value == value
        if isinstance(moment, datetime):
            moment = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
        assert metric.timestamp == (NOW if moment is None else moment)
        assert metric.step == (step or 0)


@given(KEYS | TEXT)
def test_a_key_is_accepted_when_mlflow_accepts_it(key: str) -> None:
    """By the rule of mlflow.utils.validation: its characters, and a path that names itself."""
    good = (
        re.fullmatch(r"[\w.\-:/ ]+", key) is not None and posixpath.normpath(key) == key
        and key != "." and not key.startswith(("..", "/"))
    )  # fmt: skip
    try:
        encode(param("experiment_runs", "log_batch", "tags"), {key: "v"})
        accepted = True
    except Misfit:
        accepted = False
    assume(not key.startswith("./"))
    assert accepted == good


@pytest.mark.parametrize(
    ("kind", "value", "sent"),
    [
        ("millis", "2026-01-01T00:00:00+01:00", NOW - 3_600_000),
        ("millis", "2026-01-01 00:00:00.0019", NOW + 1),
        ("millis", datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))), NOW),
        ("millis", str(NOW), NOW),
        ("bigint", "12", 12),
        ("bigint", 3.0, 3),
        ("double", Decimal("0.1"), 0.1),
        ("double", None, "NaN"),
        ("double", float("-inf"), "-Infinity"),
        ("boolean", True, True),
        ("string_list", '["a", "b"]', ["a", "b"]),
        ("string_list", "a", ["a"]),
        ("json", '{"a": [1]}', {"a": [1]}),
    ],
)
def test_other_values(kind: str, value: Any, sent: Any) -> None:
    """Each form that is taken, and what is sent for it."""
    from mlflow_sql.catalog.model import Param

    assert encode(Param(name="p", type=kind), value) == sent  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("string", 5), ("string", None), ("string", "\ud800"), ("bigint", 1.5), ("bigint", True), ("bigint", 2**63),
        ("bigint", "x"), ("millis", -1), ("millis", "soon"), ("double", "much"), ("double", True), ("boolean", 1),
        ("string_list", [1]), ("string_list", 5), ("pairs", 5), ("pairs", [1]), ("pairs", {"k": None}),
        ("pairs", {1: "v"}), ("points", [{"value": 1}]), ("points", [{"key": "k", "value": "x"}]), ("json", "{"),
    ],
)  # fmt: skip
def test_values_that_are_refused(kind: str, value: Any) -> None:
    """The server would answer 200 and keep something else."""
    from mlflow_sql.catalog.model import Param

    with pytest.raises(Misfit):
        encode(Param(name="p", type=kind), value)  # type: ignore[arg-type]


SIZES = st.sampled_from([0, 1, 99, 100, 101, 250, 999, 1000, 1001, 2500])


@given(SIZES, SIZES, SIZES)
def test_slices_keep_the_limits_and_lose_nothing(metrics: int, params: int, tags: int) -> None:
    """At most 1000 metrics, 100 params, 100 tags and 1000 in all a call, in order, in as few calls as can be."""
    lists = {"metrics": list(range(metrics)), "params": list(range(params)), "tags": list(range(tags))}
    parts = list(slices(method("experiment_runs", "log_batch"), lists))
    for part in parts:
        assert part
        assert all(part.values())
        assert max(len(part.get("params", ())), len(part.get("tags", ()))) <= 100
        assert sum(map(len, part.values())) <= 1000
    assert {name: [x for p in parts for x in p.get(name, ())] for name in lists} == lists
    least = max(math.ceil(params / 100), math.ceil(tags / 100), math.ceil((metrics + params + tags) / 1000))
    assert len(parts) == least


MAPS = st.dictionaries(st.sampled_from(["a", "b", "mlflow.x", "mlflow_sql.y"]), st.sampled_from(["1", "2"]))


def applied(change: Change, table: Resource) -> dict[str, Any]:
    """A row after the calls of a change, as a server would carry them out."""
    row = {**change.before, "tags": dict(as_map(change.before["tags"]))}
    if change.kind == "keep":
        return row
    for call in changing(table, change, NOW):
        body = call.body or {}
        if call.path == "runs/delete-tag":
            row["tags"].pop(body["key"])
        row["tags"].update({t["key"]: t["value"] for t in body.get("tags", ())})
        row.update({k: v for k, v in body.items() if k in row and k != "tags"})
    return row


@given(
    before=st.fixed_dictionaries(
        {"status": st.sampled_from(["RUNNING", "FAILED"]), "run_name": st.just("n"), "tags": MAPS}
    ),
    status=st.sampled_from(["RUNNING", "FINISHED", ""]),
    put=MAPS,
    drop=st.lists(st.sampled_from(["a", "b", "c"]), unique=True),
    whole=st.none() | MAPS,
)
def test_a_reduced_change_does_the_same(
    before: dict[str, Any], status: str, put: dict[str, str], drop: list[str], whole: dict[str, str] | None
) -> None:
    """The row ends as the full change wants it; what is so already is not sent again; twice is nothing."""
    new: dict[str, Any] = {"status": status} if status else {}
    if whole is not None:
        new["tags"], put, drop = whole, {}, []
    put = {k: v for k, v in put.items() if k not in drop}
    table = resource("experiment_runs")
    full = Change("update", {"run_id": "r"}, before, new, {"tags": put}, {"tags": tuple(drop)}, before)
    small = reduced(full, table)
    kept = {k: v for k, v in before["tags"].items() if k.startswith(("mlflow.", "mlflow_sql."))}
    tags = {k: v for k, v in {**before["tags"], **put}.items() if k not in drop} if whole is None else {**kept, **whole}
    after = applied(small, table)
    assert after == {**before, **({"status": status} if status else {}), "tags": tags}
    assert small.kind == ("update" if after != before else "keep")
    again = Change("update", {"run_id": "r"}, after, new, {"tags": put}, {"tags": tuple(drop)}, after)
    assert reduced(again, table).kind == "keep"


def test_a_run_is_made_in_as_few_calls_as_can_be() -> None:
    """What create does not take follows; nothing follows when nothing is left, and a copied mark is not taken over."""
    table = resource("experiment_runs")
    bare = Change("insert", {}, set={"experiment_id": "1", "tags": {"mlflow_sql.request_id": "old", "a": "b"}})
    body = making(table, bare, NOW, "new").call.body or {}
    assert body["tags"] == [{"key": "mlflow_sql.request_id", "value": "new"}, {"key": "a", "value": "b"}]
    assert body["start_time"] == NOW
    assert following(table, bare, {"run_id": "r"}, NOW) == []
    full = Change("insert", {}, set={**bare.set, "status": "FAILED", "params": {"p": "1"}, "metrics": {"m": 1.0}})
    calls = following(table, full, {"run_id": "r"}, NOW)
    assert [c.path for c in calls] == ["runs/log-batch", "runs/update"]
    assert calls[1].body == {"run_id": "r", "status": "FAILED"}
    some = Change("insert", {}, set={**bare.set, "params": {"p": "1"}})
    assert [c.path for c in following(table, some, {"run_id": "r"}, NOW)] == ["runs/log-batch"]


def test_the_name_that_is_given_is_the_name() -> None:
    """A copied tag mlflow.runName does not contradict the column; alone it is the name."""
    table = resource("experiment_runs")
    tags = {"mlflow.runName": "old", "mlflow.parentRunId": "p"}
    for name, expected in (("new", ["mlflow.parentRunId"]), (None, ["mlflow.runName", "mlflow.parentRunId"])):
        change = Change("insert", {}, set={"experiment_id": "1", "run_name": name, "tags": tags})
        body = making(table, change, NOW, "m").call.body or {}
        assert [t["key"] for t in body["tags"][1:]] == expected


def test_a_method_that_makes_keys_takes_none() -> None:
    """A run's id is the server's to make: given, it would lead what follows to another run."""
    with pytest.raises(ValueFault, match="the server makes it"):
        making(resource("experiment_runs"), Change("insert", {}, set={"experiment_id": "1", "run_id": "r"}), NOW, "m")
