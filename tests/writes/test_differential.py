"""The same random changes by SQL to one experiment and by MLflow's client to another leave the same state."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from mlflow_sql import Connection, errors

from .conftest import OURS, Held

if TYPE_CHECKING:
    from mlflow import MlflowClient

_numbers = itertools.count(1)
NAMES = st.sampled_from(["a", "b", "c"])
KEYS = st.sampled_from(["k", "key two", "a/b.c", "ü", "mlflow.note.content"])
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8) | st.sampled_from(
    ["it's", '"q"', "{{ x }}", "$1", "?", "\\", "NaN", "x" * 5000]
)
NUMBERS = st.floats() | st.sampled_from([0.0, 1e308, -1.5])
STATUS = st.sampled_from(["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"])
MOMENTS = st.integers(1, 4_102_444_800_000)
POINTS = st.lists(st.tuples(KEYS, NUMBERS, MOMENTS, st.integers(-5, 5)), max_size=4)
PAIRS = st.dictionaries(KEYS, TEXT, max_size=3)


@dataclass
class Step:
    """One change. of: the runs that it is for, by name."""

    what: str
    of: list[str] = field(default_factory=list)
    pairs: dict[str, str] = field(default_factory=dict)
    points: list[tuple[str, float, int, int]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    status: str = "RUNNING"
    moment: int = 0


STEPS = st.lists(
    st.builds(
        Step,
        what=st.sampled_from(
            [
                "insert",
                "tags",
                "untag",
                "params",
                "points",
                "update",
                "rename",
                "delete",
                "restore",
                "whole",
                "experiment",
            ]
        ),
        of=st.lists(NAMES, min_size=1, max_size=2, unique=True),
        pairs=PAIRS,
        points=POINTS,
        keys=st.lists(KEYS, max_size=2, unique=True),
        status=STATUS,
        moment=MOMENTS,
    ),
    min_size=1,
    max_size=8,
)


class BySql:
    """Each step as a statement with bound values."""

    def __init__(self, con: Connection, id: str) -> None:
        self.con = con
        self.id = id

    def do(self, step: Step, changeable: dict[str, str]) -> None:
        """Carry out a step. changeable: the params that the step may add."""
        where = "WHERE experiment_id = $id AND run_name IN (SELECT unnest($of))"
        args: dict[str, Any] = {"id": self.id, "of": step.of}
        runs = f"(SELECT run_id FROM runs {where})"
        points = [{"key": k, "value": v, "timestamp": t, "step": s} for k, v, t, s in step.points]
        match step.what:
            case "insert":
                for name in step.of:
                    self.run(
                        """INSERT INTO runs
                        (experiment_id, run_name, start_time, status, end_time, params, tags, metrics) VALUES
                        ($id, $name, $moment, $status, $end, $params, $tags, $points)""",
                        id=self.id, name=name, moment=step.moment, status=step.status, end=step.moment + 1,
                        params=changeable, tags=step.pairs, points=points,
                    )  # fmt: skip
            case "tags":
                for key, value in step.pairs.items():
                    quoted = key.replace("'", "''")
                    self.run(f"UPDATE runs SET tags['{quoted}'] = $value {where}", **args, value=value)
            case "untag":
                self.run(f"DELETE FROM run_tags WHERE run_id IN {runs} AND key IN (SELECT unnest($keys))", **args,
                         keys=step.keys or ["nobody"])  # fmt: skip
            case "params":
                for key, value in changeable.items():
                    self.run(
                        f"""INSERT INTO run_params (run_id, key, value) SELECT run_id, $key, $value FROM runs {where}
                        ON CONFLICT DO NOTHING""", **args, key=key, value=value,
                    )  # fmt: skip
            case "points":
                self.run(
                    f"""INSERT INTO metric_history (run_id, key, value, timestamp, step)
                    SELECT run_id, p.key, p.value, p.timestamp, p.step FROM {runs} r, (SELECT unnest($points) AS p)""",
                    **args, points=points or [{"key": "x", "value": 0.0, "timestamp": 1, "step": 0}],
                )  # fmt: skip
            case "update":
                self.run(f"UPDATE runs SET status = $status, end_time = $end {where}", **args, status=step.status,
                         end=step.moment)  # fmt: skip
            case "rename":
                self.run(
                    f"UPDATE runs SET run_name = run_name || $suffix {where}", **args, suffix=f" {step.moment % 7}"
                )
            case "delete":
                self.run(f"DELETE FROM runs {where}", **args)
            case "restore":
                self.run(f"UPDATE runs SET lifecycle_stage = 'active' {where} AND lifecycle_stage = 'deleted'", **args)
            case "whole":
                tags = {k: v for k, v in step.pairs.items() if not k.startswith("mlflow.")}
                self.run(f"UPDATE runs SET tags = $tags {where}", **args, tags=tags)
            case "experiment":
                self.run("UPDATE experiments SET tags = $tags WHERE experiment_id = $id", id=self.id, tags=step.pairs)

    def run(self, statement: str, **values: Any) -> None:
        self.con.sql(statement, values)


class ByClient:
    """Each step as calls of MLflow's client."""

    def __init__(self, client: MlflowClient, id: str) -> None:
        self.client = client
        self.id = id

    def runs(self, step: Step, deleted: bool = False) -> list[str]:
        view = 2 if deleted else 1
        found = self.client.search_runs([self.id], run_view_type=view, max_results=1000)
        return [r.info.run_id for r in found if r.info.run_name in step.of]

    def do(self, step: Step, changeable: dict[str, str]) -> None:
        """The same as BySql.do."""
        from mlflow.entities import Metric, Param, RunTag

        client = self.client
        points = [Metric(k, v, t, s) for k, v, t, s in step.points]
        match step.what:
            case "insert":
                for name in step.of:
                    run = client.create_run(self.id, start_time=step.moment, run_name=name, tags=step.pairs)
                    client.log_batch(run.info.run_id, points, [Param(k, v) for k, v in changeable.items()])
                    client.set_terminated(run.info.run_id, step.status, step.moment + 1)
            case "tags":
                for run_id in self.runs(step):
                    client.log_batch(run_id, tags=[RunTag(k, v) for k, v in step.pairs.items()])
            case "untag":
                for run_id in self.runs(step):
                    for key in step.keys:
                        if key in client.get_run(run_id).data.tags:
                            client.delete_tag(run_id, key)
            case "params":
                for run_id in self.runs(step):
                    there = client.get_run(run_id).data.params
                    new = [Param(k, v) for k, v in changeable.items() if k not in there]
                    client.log_batch(run_id, params=new)
            case "points":
                for run_id in self.runs(step):
                    client.log_batch(run_id, points or [Metric("x", 0.0, 1, 0)])
            case "update":
                for run_id in self.runs(step):
                    client.set_terminated(run_id, step.status, step.moment)
            case "rename":
                for run_id in self.runs(step):
                    client.update_run(run_id, name=f"{client.get_run(run_id).info.run_name} {step.moment % 7}")
            case "delete":
                for run_id in self.runs(step):
                    client.delete_run(run_id)
            case "restore":
                for run_id in self.runs(step, deleted=True):
                    client.restore_run(run_id)
            case "whole":
                for run_id in self.runs(step):
                    wanted = {k: v for k, v in step.pairs.items() if not k.startswith("mlflow.")}
                    for key in client.get_run(run_id).data.tags:
                        if key not in wanted and not key.startswith(OURS):
                            client.delete_tag(run_id, key)
                    client.log_batch(run_id, tags=[RunTag(k, v) for k, v in wanted.items()])
            case "experiment":
                for key in client.get_experiment(self.id).tags:
                    if key not in step.pairs and not key.startswith(OURS):
                        client.delete_experiment_tag(self.id, key)
                for key, value in step.pairs.items():
                    client.set_experiment_tag(self.id, key, value)


def state(client: MlflowClient, id: str) -> Any:
    """Everything that a client sees of an experiment, without ids and our own mark."""
    found = []
    for run in client.search_runs([id], run_view_type=3, max_results=1000):
        tags = {k: v for k, v in run.data.tags.items() if not k.startswith("mlflow_sql.")}
        histories = {
            key: sorted((p.timestamp, p.step, repr(p.value)) for p in client.get_metric_history(run.info.run_id, key))
            for key in run.data.metrics
        }
        info = run.info
        latest = {k: repr(v) for k, v in run.data.metrics.items()}
        attributes = (info.run_name, info.status, info.start_time, info.end_time, info.lifecycle_stage)
        found.append((repr(attributes), run.data.params, tags, latest, histories))
    return sorted(found, key=repr), client.get_experiment(id).tags


@settings(
    max_examples=settings.default.max_examples * 3 // 10, phases=[Phase.explicit, Phase.reuse, Phase.generate]
)  # to shrink one takes many minutes
@given(steps=STEPS)
def test_the_same_changes_leave_the_same_state(con: Connection, empty_client: MlflowClient, steps: list[Step]) -> None:
    """Statuses, times, params, tags and metric histories of active and deleted runs, and the experiment's tags."""
    sides = [empty_client.create_experiment(f"{side} {next(_numbers)}") for side in ("sql", "client")]
    ours, theirs = BySql(con, sides[0]), ByClient(empty_client, sides[1])
    added: dict[str, str] = {}
    for step in steps:
        # A param that was given once must not be given otherwise: both would be refused, at different moments.
        changeable = {k: added.setdefault(k, v) for k, v in step.pairs.items()}
        ours.do(step, changeable)
        theirs.do(step, changeable)
        assert state(empty_client, sides[0]) == state(empty_client, sides[1]), step


def test_what_the_client_cannot_log_we_cannot_either(con: Connection, held: Held) -> None:
    """Keys and values at the edges of what is allowed: we refuse exactly what the server refuses or cuts."""
    run = held.make("a")
    for key in (
        "x" * 250,
        "x" * 251,
        "a.",
        ".a",
        "..a",
        "a/../b",
        "/a",
        "a/",
        "a//b",
        "a:b",
        "a b",
        "a\nb",
        "ü",
        "a?",
    ):
        try:
            held.client.set_tag(run, key, "v")
            allowed = True
        except Exception:
            allowed = False
        try:
            con.sql("INSERT INTO run_tags (run_id, key, value) VALUES ($run, $key, 'w')", {"run": run, "key": key})
            ours = True
        except errors.StatementError:
            ours = False
        assert ours == allowed, key
