"""Where a server's comparisons differ from SQL's: what each statement answers, with pushdown and without."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

import mlflow_sql

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from conftest import TrackingServer

PARAMS = {"A": "a", "B": "b", "D": "", "F": "A"}
METRICS = {"A": 0.7, "B": math.nan, "C": math.inf, "D": -math.inf, "F": 0.3}
BOTH_QUOTES = "both ' and \""
ODD = {"A": "50%", "B": "50\\%x", "C": "a\nb", "D": "a b ", "E": "a b", "F": BOTH_QUOTES}
FOLDED = {"A": "K", "B": "k", "C": "\u212a", "D": "É", "E": "é", "F": "İ"}
ENDS = {"A": 2000, "B": 5000, "C": 2000}
GREATEST = 1.7976931348623157e308


@dataclass
class Runs:
    """Runs A to F, and G, which is deleted: their ids by letter, and how to ask for them."""

    connections: dict[str, mlflow_sql.Connection]
    experiment_id: str
    ids: dict[str, str]

    def where(self, pushdown: str, condition: str, params: dict[str, Any] | None = None) -> str:
        """The letters of the runs that meet a condition, in order."""
        found = self.connections[pushdown].sql(self.query(condition), params)
        assert found is not None
        letters = {run_id: letter for letter, run_id in self.ids.items()}
        return "".join(sorted(letters[row[0]] for row in found.fetchall()))

    def query(self, condition: str) -> str:
        return f"SELECT run_id FROM runs WHERE experiment_id = '{self.experiment_id}' AND ({condition})"


@pytest.fixture(scope="module")
def runs(empty_server: TrackingServer, empty_client: MlflowClient) -> Iterator[Runs]:
    from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag

    experiment = empty_client.create_experiment("semantics")
    ids = {}
    for number, letter in enumerate("ABCDEFG"):
        ids[letter] = run_id = empty_client.create_run(
            experiment, start_time=1000 + number, run_name=letter
        ).info.run_id
        empty_client.log_batch(
            run_id,
            [Metric("x", METRICS[letter], 1, 0)] if letter in METRICS else [],
            [Param("p", PARAMS[letter])] if letter in PARAMS else [],
            [RunTag(k, v[letter]) for k, v in {"odd": ODD, "folded": FOLDED}.items() if letter in v],
        )
        if letter in ENDS:
            empty_client.set_terminated(run_id, "FINISHED", end_time=ENDS[letter])
    train = [InputTag("mlflow.data.context", "train")]
    datasets = [Dataset(name, f"digest {name}", "code", "{}") for name in ("d1", "d2")]
    empty_client.log_inputs(ids["A"], [DatasetInput(datasets[0], train), DatasetInput(datasets[1])])
    empty_client.log_inputs(ids["B"], [DatasetInput(datasets[1], train)])
    empty_client.delete_tag(ids["E"], "mlflow.runName")
    empty_client.delete_run(ids["G"])
    with mlflow_sql.connect(empty_server.url) as on, mlflow_sql.connect(empty_server.url) as off:
        off.sql("SET pushdown = off")
        yield Runs({"on": on, "off": off}, experiment, ids)


CONDITIONS = {
    # A missing key is NULL, an empty text is not.
    "params.p <> 'a'": "BDF",
    "params.p IS NULL": "CE",
    "params.p IS NOT NULL": "ABDF",
    "params.p = ''": "D",
    "NOT (params.p = 'a')": "BDF",
    "params.p NOT IN ('a', 'b')": "DF",
    "params.p IN ('a', 'A', 'x')": "AF",
    "params.p = 'a' OR params.p IS NULL": "ACE",
    "params.nope IS NULL": "ABCDEF",
    "params.nope <> 'a'": "",
    "params.p IS DISTINCT FROM 'a'": "BCDEF",
    # Case matters, but for ILIKE and lower().
    "params.p = 'a'": "A",
    "params.p = 'A'": "F",
    "params.p LIKE 'a'": "A",
    "params.p ILIKE 'a'": "AF",
    "lower(params.p) = 'a'": "AF",
    "params.P = 'a'": "",
    "tags.folded ILIKE 'K'": "ABC",
    "tags.folded ILIKE 'é'": "DE",
    "lower(tags.folded) = 'k'": "ABC",
    "lower(tags.folded) = 'i'": "F",
    "status = 'finished'": "",
    "status ILIKE 'finished'": "ABC",
    "status = 'FINISHED'": "ABC",
    "status IN ('FINISHED', 'finished')": "ABC",
    "status <> 'FINISHED'": "DEF",
    # Wildcards: a backslash is none and escapes none, % spans lines, blanks at the end count.
    "tags.odd LIKE '50\\%%'": "B",
    "tags.odd LIKE '50!%' ESCAPE '!'": "A",
    "tags.odd LIKE '50_'": "A",
    "tags.odd LIKE 'a%b'": "CE",
    "tags.odd LIKE 'a_b'": "CE",
    "tags.odd = 'a b'": "E",
    "tags.odd = 'a b '": "D",
    "tags.odd LIKE 'a b'": "E",
    "starts_with(tags.odd, '50%')": "A",
    "contains(tags.odd, '\n')": "C",
    "tags.odd LIKE '%''%\"%'": "F",
    # NaN is NULL, infinity the greatest number.
    "metrics.x > 0.6": "AC",
    "metrics.x >= 0.7": "AC",
    "metrics.x <= 0": "D",
    "metrics.x = 0": "",
    "metrics.x <> 0.7": "CDF",
    "metrics.x <> 0": "ACDF",
    "metrics.x NOT IN (0.7, 0)": "CDF",
    "metrics.x IS NULL": "BE",
    "metrics.x IS NOT NULL": "ACDF",
    "metrics.x > 0.6 AND metrics.x < 0.8": "A",
    "NOT (metrics.x > 0.5)": "DF",
    "metrics.x BETWEEN 0.3 AND 0.7": "AF",
    f"metrics.x = {GREATEST}": "C",
    "metrics.x < 'inf'::DOUBLE": "ACDF",
    "metrics.x < 'nan'::DOUBLE": "ACDF",
    "list_contains(map_keys(metrics), 'x')": "ABCDF",
    # A time that is not there is NULL; times are whole milliseconds.
    "end_time <> '1970-01-01 00:00:02+00'": "B",
    "end_time IS NULL": "DEF",
    "start_time > '1970-01-01 00:00:01.0015+00'": "CDEF",
    "start_time >= '1970-01-01 00:00:01.0015+00'": "CDEF",
    "start_time < '1970-01-01 00:00:01.0015+00'": "AB",
    "start_time <= '1970-01-01 00:00:01.0015+00'": "AB",
    "start_time = '1970-01-01 00:00:01.0015+00'": "",
    "start_time <> '1970-01-01 00:00:01.0015+00'": "ABCDEF",
    "start_time = '1970-01-01 00:00:01.001+00'": "B",
    # The name is the tag.
    "run_name = 'A'": "A",
    "run_name LIKE '%'": "ABCDF",
    "run_name <> 'A'": "BCDF",
    "run_name IS NULL": "E",
    "run->>'$.info.run_name' = 'E'": "E",
    # Deleted rows are not seen unless asked for.
    "lifecycle_stage = 'deleted'": "G",
    "lifecycle_stage <> 'active'": "G",
    "lifecycle_stage = 'Deleted'": "",
    "lifecycle_stage IN ('active', 'deleted')": "ABCDEFG",
    "lifecycle_stage = 'deleted' OR params.p = 'a'": "AG",
    "run_id = '{G}'": "",
    "run_id = '{G}' AND lifecycle_stage = 'deleted'": "G",
    "run_id IN ('{A}', '{G}')": "A",
}


@pytest.mark.parametrize("pushdown", ["on", "off"])
@pytest.mark.parametrize("condition", CONDITIONS)
def test_condition(runs: Runs, condition: str, pushdown: str) -> None:
    """The runs that the condition is true for in SQL."""
    written = condition
    for letter, run_id in runs.ids.items():
        written = written.replace(f"{{{letter}}}", run_id)
    assert runs.where(pushdown, written) == CONDITIONS[condition]


@pytest.mark.parametrize("pushdown", ["on", "off"])
@pytest.mark.parametrize(
    ("value", "found"), [(BOTH_QUOTES, "F"), ("50\\%x", "B"), ("a b\0", ""), ("\\", ""), ("' OR '\"", "")]
)
def test_a_value_that_the_server_s_grammar_cannot_say(runs: Runs, value: str, found: str, pushdown: str) -> None:
    """Such a value is compared locally, and right."""
    for condition in (
        "tags.odd = $v",
        "tags.odd IN ($v, 'nope')",
        "tags.odd LIKE $v",
        "tags.odd <> 'x' AND tags.odd = $v",
    ):
        assert runs.where(pushdown, condition, {"v": value}) == found
    plan = runs.connections["on"].explain(runs.query("tags.odd = $v"), {"v": value})
    assert "tags.`odd`" not in plan
    assert "cannot be written in MLflow's filter grammar" in plan
    others = runs.connections["on"].sql(runs.query("tags.odd <> $v"), {"v": value})
    assert others is not None
    assert len(others.fetchall()) == 6 - len(found)


def test_what_can_be_said_is_pushed(runs: Runs) -> None:
    """The server filters by one kind of quote, newlines and wildcards; otherwise the test above would prove nothing."""
    plan = runs.connections["on"].explain(runs.query("tags.odd = 'it''s' AND params.p LIKE '%\n%' AND metrics.x > 0.6"))
    for clause in ('tags.`odd` = \\"it\'s\\"', "params.`p` LIKE '%\\n%'", "metrics.`x` > 0.6"):
        assert clause in plan


@pytest.mark.parametrize("pushdown", ["on", "off"])
@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("name = 'd2'", [("A", "d2", None), ("B", "d2", "train")]),
        ("name = 'd2' AND context = 'train'", [("B", "d2", "train")]),
        ("name <> 'd1'", [("A", "d2", None), ("B", "d2", "train")]),
        ("context IS NULL", [("A", "d2", None)]),
        ("context = 'train'", [("A", "d1", "train"), ("B", "d2", "train")]),
        ("digest = 'digest d1' OR context IS NULL", [("A", "d1", "train"), ("A", "d2", None)]),
        ("context <> 'train'", []),
    ],
)
def test_each_pair_of_run_and_dataset_is_a_row(
    runs: Runs, condition: str, found: list[tuple[str, str, str | None]], pushdown: str
) -> None:
    """Conditions are about one use of a dataset, where the server's ask whether there is some use for each."""
    letters = {run_id: letter for letter, run_id in runs.ids.items()}
    rows = runs.connections[pushdown].sql(
        f"SELECT run_id, name, context FROM run_inputs WHERE experiment_id = '{runs.experiment_id}' AND ({condition})"
    )
    assert rows is not None
    assert sorted((letters[r], *more) for r, *more in rows.fetchall()) == found


@pytest.mark.parametrize("pushdown", ["on", "off"])
def test_nan_and_infinity_are_ordered_and_aggregated(runs: Runs, pushdown: str) -> None:
    """NaN counts as missing: last in any order, and not seen by an aggregate."""
    sql, of = runs.connections[pushdown].sql, f"FROM runs WHERE experiment_id = '{runs.experiment_id}'"
    highest = sql(f"SELECT metrics.x {of} ORDER BY metrics.x DESC LIMIT 2")
    lowest = sql(f"SELECT metrics.x {of} ORDER BY metrics.x LIMIT 5")
    total = sql(f"SELECT count(*), count(metrics.x), max(metrics.x), min(metrics.x) {of}")
    assert highest is not None
    assert lowest is not None
    assert total is not None
    assert highest.fetchall() == [(GREATEST,), (0.7,)]
    assert lowest.fetchall() == [(-GREATEST,), (0.3,), (0.7,), (GREATEST,), (None,)]
    assert total.fetchall() == [(6, 4, GREATEST, -GREATEST)]
    points = sql(f"SELECT value FROM run_metrics WHERE experiment_id = '{runs.experiment_id}' AND key = 'x' ORDER BY 1")
    history = sql(f"SELECT value FROM metric_history WHERE run_id = '{runs.ids['B']}' AND key = 'x'")
    assert points is not None
    assert history is not None
    assert points.fetchall() == [(-GREATEST,), (0.3,), (0.7,), (GREATEST,), (None,)]
    assert history.fetchall() == [(None,)]


@pytest.mark.xfail(reason="an experiment's pattern takes ids that MLflow reads as other numbers, or not at all")
@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("experiment_id <> '01'", True),
        ("experiment_id = '123456789012345678901234567890123456'", False),
        ("experiment_id = 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa'", False),
    ],
)
def test_ids_are_texts(runs: Runs, condition: str, found: bool) -> None:
    """An id is compared as text: '01' is not '1', and one that no experiment can have finds none."""
    for table in ("experiments", "runs"):
        rows = runs.connections["on"].sql(f"SELECT experiment_id FROM {table} WHERE {condition}")
        assert rows is not None
        assert ("1" in {row[0] for row in rows.fetchall()}) == found
