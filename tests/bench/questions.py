"""The questions that the benchmark asks, each a function from a Setting to rows of the table."""

from __future__ import annotations

import json
import math
import operator
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import measure
import peak
import ways
import write_bench
from measure import Cost
from store import Running, Store, real, replayed

import mlflow_sql

ALL = "SELECT * FROM runs"
NARROW = "SELECT run_id, metrics FROM runs"
_HERE = Path(__file__).parent
_PROVIDER = _HERE.parents[1] / "provider"


@dataclass
class Setting:
    """What a question is asked of, and how often. repeats: what the user wants instead of the question's own.

    servers: ends the servers that were started; questions share them.
    """

    store: Store
    quick: bool
    repeats: int | None
    servers: ExitStack

    @cached_property
    def real(self) -> Running:
        """A real server with two workers, warm."""
        server = self.servers.enter_context(real(self.store))
        for _ in range(4):  # each worker sets up its database at its first request
            ways.search_runs(server.url, self.store.experiment_ids[:1], most=10)
        return server

    @cached_property
    def stub(self) -> Running:
        """The stub, every run once."""
        return self.servers.enter_context(replayed(self.store))

    def times(self, full: int, quick: int = 3) -> int:
        """How often each way is tried."""
        return self.repeats or (quick if self.quick else full)


class Row(NamedTuple):
    """A line of the table. ratio: what the goal is about; goal: "<= 1.05", "> 20" or empty."""

    what: str
    ours: str
    peer: str = ""
    ratio: float = math.nan
    goal: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the ratio meets the goal, None without either."""
        if not self.goal or math.isnan(self.ratio):
            return None
        symbol, number = self.goal.split()[:2]
        tests = {"<=": operator.le, "<": operator.lt, ">=": operator.ge, ">": operator.gt}
        return bool(tests[symbol](self.ratio, float(number)))


def scan(setting: Setting) -> Iterator[Row]:
    """All runs, from the real server."""
    yield from _scan(setting, setting.real, "", setting.times(3, 1), ("<= 1.05", "<= 0.65"), "<= 0.0667")


def stub(setting: Setting) -> Iterator[Row]:
    """All runs, from a server that costs next to nothing."""
    yield from _scan(setting, setting.stub, "stub: ", setting.times(5, 2), ("", ""), "<= 0.0667")


def _scan(
    setting: Setting, server: Running, prefix: str, repeats: int, goals: tuple[str, str], cpu_goal: str
) -> Iterator[Row]:
    ids = setting.store.experiment_ids
    with mlflow_sql.connect(server.url) as connection:
        costs = measure.compare(
            {
                "bare": lambda: ways.bare(server.url, ids),
                "all 1": ways.sql(connection, ALL, concurrency=1),
                "all 4": ways.sql(connection, ALL, concurrency=4),
                "narrow 1": ways.sql(connection, NARROW, concurrency=1),
                "narrow 4": ways.sql(connection, NARROW, concurrency=4),
                "client": lambda: ways.search_runs(server.url, ids),
            },
            repeats,
            group=server.group,
        )
    for name, statement in (("all", ALL), ("narrow", NARROW)):
        for concurrency, goal in zip((1, 4), goals, strict=True):
            mine, bare = costs[f"{name} {concurrency}"], costs["bare"]
            what = f"{prefix}`{statement}`, {mine.answer} runs, concurrency {concurrency}, wall time against bare"
            yield Row(what, _seconds(mine), _seconds(bare), mine.wall / bare.wall, goal)
        mine, client = costs[f"{name} 4"], costs["client"]
        what = f"{prefix}`{statement}`, processor time against `search_runs`"
        yield Row(what, _seconds(mine), _seconds(client), mine.cpu / client.cpu, cpu_goal)


def selective(setting: Setting) -> Iterator[Row]:
    """A few hundred runs found by an OR, which the server cannot filter by in one search."""
    where = "metrics.loss < 0.005 OR params.note = 'value 3' OR run_name = 'calm-owl-7'"

    def keep(frame: ways.pd.DataFrame) -> object:
        name, loss, note = frame["tags.mlflow.runName"], frame["metrics.loss"], frame["params.note"]
        return (loss < 0.005) | (note == "value 3") | (name == "calm-owl-7")

    ids, server = setting.store.experiment_ids, setting.real
    with mlflow_sql.connect(server.url) as connection:
        costs = measure.compare(
            {
                "ours": ways.sql(connection, f"SELECT * FROM runs WHERE {where}"),
                "client": lambda: ways.search_runs(server.url, ids, keep),
            },
            setting.times(3, 1),
            group=server.group,
        )
    mine, client = costs["ours"], costs["client"]
    what = f"`WHERE {where}`, {mine.answer} of {setting.store.shape.runs} runs, against `search_runs` and pandas"
    yield Row(what, _seconds(mine), _seconds(client), client.wall / mine.wall, ">= 20")


def history(setting: Setting) -> Iterator[Row]:
    """Long histories of many runs, and of a few runs whose histories are longer than a call's answer."""
    store, server = setting.store, setting.real
    with mlflow_sql.connect(server.url) as connection:
        for key, run_ids, (runs, points) in (
            ("curve", store.many_runs, store.shape.many),
            ("long curve", store.deep_runs, store.shape.deep),
        ):
            listed = ", ".join(f"'{run_id}'" for run_id in run_ids)
            given = f"SELECT * FROM metric_history WHERE key = '{key}' AND run_id IN ({listed})"
            costs = measure.compare(
                {
                    "given": ways.sql(connection, given),
                    "found": ways.sql(connection, f"SELECT * FROM metric_history WHERE key = '{key}'"),
                    "client": lambda ids=run_ids, key=key: ways.histories(server.url, ids, key),  # type: ignore[misc]
                },
                setting.times(3, 1),
                group=server.group,
            )
            for name, how in (("given", "run ids given"), ("found", "run ids looked up")):
                mine, client = costs[name], costs["client"]
                what = f"history of {runs} runs x {points} points, {how}, against `get_metric_history`"
                yield Row(what, _seconds(mine), _seconds(client), client.wall / mine.wall, ">= 3")


STATEMENTS = (
    "SELECT * FROM runs LIMIT 10",
    "SELECT run_id, metrics.auc FROM runs WHERE metrics.auc > 0.9 AND params.optimizer = 'adam'"
    " AND start_time > now() - INTERVAL 7 DAY ORDER BY start_time DESC LIMIT 20",
    "SELECT e.name, count(*), max(r.metrics.auc) FROM runs r JOIN experiments e USING (experiment_id)"
    " WHERE e.name LIKE 'churn%' AND (r.status = 'FINISHED' OR r.tags.stage = 'prod') GROUP BY ALL ORDER BY 3 DESC",
    "WITH best AS (SELECT run_id, metrics.auc AS auc, row_number() OVER (PARTITION BY experiment_id ORDER BY"
    " metrics.auc DESC) AS place FROM runs WHERE status = 'FINISHED') SELECT b.run_id, h.step, h.value FROM best b"
    " JOIN metric_history h ON h.run_id = b.run_id AND h.key = 'loss' WHERE b.place <= 3",
)
_PLAN = """
import json, statistics, sys, time
import mlflow_sql
from mlflow_sql.plan.statement import parse
import sqlglot.parser
url, repeats, statements = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])
connection = mlflow_sql.connect(url)
seconds = []
for statement in statements:
    took = []
    for _ in range(repeats + 3):
        began = time.perf_counter()
        connection.plan(statement)
        took.append(time.perf_counter() - began)
    seconds.append(statistics.median(took[3:]))
print(json.dumps([seconds, not sqlglot.parser.__file__.endswith(".py")]))
"""
# An import hook that finds a package's .py files only, as if its compiled twin were not installed.
_PURE = """
import importlib.machinery, sys
from pathlib import Path
_find = importlib.machinery.PathFinder.find_spec
class Pure:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition('.')[0] != 'sqlglot' or path is None:
            return None
        source = [importlib.machinery.FileFinder(p, (importlib.machinery.SourceFileLoader, ['.py'])) for p in path]
        return next((spec for finder in source if (spec := finder.find_spec(name)) is not None), None)
sys.meta_path.insert(0, Pure)
"""


def plan(setting: Setting) -> Iterator[Row]:
    """The time from a statement's text to its plan, warm."""
    for build, before in (("compiled", ""), ("pure", _PURE)):
        repeats = str(setting.times(50, 20))
        arguments = [sys.executable, "-c", before + _PLAN, setting.stub.url, repeats, json.dumps(STATEMENTS)]
        seconds, compiled = json.loads(_output(arguments))
        if compiled != (build == "compiled"):
            yield Row(f"plan with {build} sqlglot: not to be had here", "")
            continue
        for statement, took in zip(STATEMENTS, seconds, strict=True):
            short = statement if len(statement) < 60 else statement[:57] + "..."
            yield Row(f"plan of `{short}`, {build} sqlglot, ms", f"{took * 1000:.2f} ms", "", took * 1000, "< 5")


def start(setting: Setting) -> Iterator[Row]:
    """The time of the command from its start to its end."""
    bin = Path(sys.executable).parent / "mlflow-sql"
    command = [str(bin)] if bin.exists() else [sys.executable, "-m", "mlflow_sql.cli.main"]
    for arguments, goal in ((["--version"], "< 0.25"), (["-c", "SELECT 1"], "< 0.6")):
        took = []
        for _ in range(setting.times(15, 5) + 1):
            began = time.perf_counter()
            _output([*command, *arguments])
            took.append(time.perf_counter() - began)
        seconds = statistics.median(took[1:])
        bare = _interpreter()
        what = f"`mlflow-sql {' '.join(arguments)}`, s, beside an interpreter that does nothing"
        yield Row(what, f"{seconds:.3f} s", f"{bare:.3f} s", seconds, goal)
    seconds = statistics.median(_first_prompt(command) for _ in range(setting.times(15, 5)))
    yield Row("the shell to its first prompt, s", f"{seconds:.3f} s", "", seconds, "< 0.5")


def _first_prompt(command: list[str]) -> float:
    """Seconds until the shell asks for a statement, in a pseudo-terminal."""
    import pexpect

    began = time.perf_counter()
    child = pexpect.spawn(command[0], [*command[1:], "--server", "http://127.0.0.1:9"], timeout=30)
    child.expect_exact("127.0.0.1:9>")
    took = time.perf_counter() - began
    child.close(force=True)
    return took


def memory(setting: Setting) -> Iterator[Row]:
    """The most memory of a process that does nothing but one aggregate over all runs."""
    peaks: dict[tuple[str, int], dict[str, float]] = {}
    for copies in (1, 10):
        with replayed(setting.store, copies) as server:
            for who in ("ours", "client") if copies == 1 else ("ours",):
                arguments = [sys.executable, str(_HERE / "peak.py"), who, server.url]
                peaks[who, copies] = json.loads(_output(arguments))
    for copies in (1, 10):
        mine, client = peaks["ours", copies], peaks.get(("client", copies))
        what = f"`{peak.STATEMENT.format(metric='auc')}`, {mine['rows']} runs, peak memory against `search_runs`"
        ours = f"{mine['megabytes']:.0f} MB ({mine['wall']:.1f} s)"
        theirs = f"{client['megabytes']:.0f} MB ({client['wall']:.1f} s)" if client else ""
        yield Row(what, ours, theirs, mine["megabytes"] / client["megabytes"] if client else math.nan)


def order(setting: Setting) -> Iterator[Row]:
    """The greatest ten by a metric: ordered by the server, or found here among all."""
    statement = "SELECT run_id, metrics.auc FROM runs ORDER BY metrics.auc DESC NULLS LAST LIMIT 10"
    what = f"`ORDER BY metrics.auc DESC LIMIT 10` of {setting.store.shape.runs} runs on SQLite, pushed against not"
    yield _pushed(setting, what, statement, setting.times(3, 1))


def presence(setting: Setting) -> Iterator[Row]:
    """A metric that few runs have, and one that all have: what asking the server for it spares, and what it costs."""
    shape = setting.store.shape
    for key, who in (("curve", shape.many[0]), ("val_acc", shape.runs)):
        what = f"`WHERE metrics.{key} IS NOT NULL`, which {who} runs have, pushed against not"
        statement = f"SELECT count(*) FROM runs WHERE metrics.{key} IS NOT NULL"
        yield _pushed(setting, what, statement, setting.times(2, 1))


def _pushed(setting: Setting, what: str, statement: str, times: int) -> Row:
    """A statement with pushdown against the same without."""
    server = setting.real
    with mlflow_sql.connect(server.url) as connection:
        ways_to = {
            "pushed": ways.sql(connection, statement),
            "local": ways.sql(connection, statement, pushdown="off"),
        }
        costs = measure.compare(ways_to, times, group=server.group)
    pushed, local = costs["pushed"], costs["local"]
    return Row(what, _seconds(pushed), _seconds(local), pushed.wall / local.wall)


def writes(setting: Setting) -> Iterator[Row]:
    """Runs and history points written, by us and by MLflow's client, to a new server."""
    for line in write_bench.lines(setting.quick, setting.repeats):
        yield Row(*line)


QUESTIONS: dict[str, Callable[[Setting], Iterator[Row]]] = {
    "start": start,
    "plan": plan,
    "stub": stub,
    "memory": memory,
    "selective": selective,
    "order": order,
    "presence": presence,
    "history": history,
    "scan": scan,
    "writes": writes,
}


def _seconds(cost: Cost) -> str:
    server = "" if math.isnan(cost.server) else f", server {cost.server:.2f}"
    return f"{cost.wall:.2f} s (cpu {cost.cpu:.2f}{server}; {cost.repeats}x)"


def _interpreter() -> float:
    took = []
    for _ in range(5):
        began = time.perf_counter()
        _output([sys.executable, "-c", "pass"])
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def _output(command: list[str]) -> str:
    environment = os.environ | {"PYTHONPATH": str(_PROVIDER)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=3600)
    if done.returncode:
        raise RuntimeError(f"{command[:3]} failed: {done.stderr[-2000:]}")
    return done.stdout
