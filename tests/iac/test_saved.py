"""A saved plan is applied exactly, or refused."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mlflow_sql.cli import plans

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from conftest import TrackingServer
    from iac.conftest import Infra, Proxy

OLD = 1_500_000_000_000  # ms, in 2017
SQL = """
UPDATE experiments SET tags['owner'] = $owner WHERE name LIKE 'NAME-%';
DELETE FROM experiment_runs WHERE run_name LIKE 'NAME-%' AND start_time < now() - INTERVAL ($days) DAY
    AND start_time < $until
"""


def saved(infra: Infra, sql: str = SQL) -> str:
    """A saved plan of the statements; its path."""
    path = infra.folder / "plan.json"
    values = infra.folder / "values.yaml"
    values.write_text("days: 90\nuntil: 2020-01-01 00:00:00\n")
    args = ["--var", "owner=new", "--var-file", str(values)] if sql == SQL else []
    ended = infra.plan(sql, *args, "--save", str(path))
    assert ended.status == 2, ended.err
    return str(path)


@pytest.fixture
def experiment(infra: Infra, empty_client: MlflowClient) -> str:
    """The id of an experiment with an old run."""
    found = empty_client.create_experiment(f"{infra.name}-e", tags={"owner": "old"})
    empty_client.create_run(found, start_time=OLD, run_name=f"{infra.name}-r")
    return str(found)


def test_a_saved_plan_is_applied_with_its_variables(
    infra: Infra, proxy: Proxy, empty_client: MlflowClient, experiment: str
) -> None:
    """The statements' text, values and time are in the plan: neither the file nor options are needed any more."""
    path = saved(infra)
    (infra.folder / "infra.sql").unlink()
    proxy.requests.clear()
    ended = infra.run("apply", path, "--yes")
    assert ended.status == 0, ended.err
    assert "Applied: 0 created, 1 updated, 1 deleted." in ended.out
    assert empty_client.get_experiment(experiment).tags["owner"] == "new"
    assert empty_client.search_runs([experiment]) == []
    assert len(proxy.writes) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_only_its_owner_reads_a_saved_plan(infra: Infra, experiment: str) -> None:
    """Variables may be secrets, and stand in the file as they are; the address has no credentials."""
    path = Path(saved(infra))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    found = json.loads(path.read_text())
    assert found["statements"][0]["variables"] == {"owner": "new"}
    with_password = infra.url.replace("http://", "http://someone:hush@")
    ended = infra.run("plan", infra.write("SELECT 1"), "--save", str(path), server=with_password)
    assert ended.status == 0, ended.err
    assert "hush" not in path.read_text() + ended.out


def test_a_server_that_changed_since_is_left_alone(
    infra: Infra, proxy: Proxy, empty_client: MlflowClient, experiment: str
) -> None:
    """What is planned and not so any more, and what is needed now and not planned, is shown; status 1, no write."""
    path = saved(infra)
    empty_client.set_experiment_tag(experiment, "owner", "somebody")
    empty_client.create_run(experiment, start_time=OLD, run_name=f"{infra.name}-late")
    proxy.requests.clear()
    ended = infra.run("apply", path, "--yes")
    assert ended.status == 1
    assert proxy.writes == []
    assert "the server has changed since" in ended.err
    assert "not so any more:\n    ~ experiments" in ended.err
    assert "tags.owner: 'old' → 'new'" in ended.err
    assert "tags.owner: 'somebody' → 'new'" in ended.err
    assert f"- experiment_runs '{infra.name}-late'" in ended.err
    assert f"- experiment_runs '{infra.name}-r'" not in ended.err, "that is as planned"


def test_now_is_the_time_of_the_plan(infra: Infra, empty_client: MlflowClient, experiment: str) -> None:
    """A plan that was made long ago means the rows that it meant then."""
    path = Path(saved(infra))
    found: dict[str, Any] = json.loads(path.read_text())
    found["planned_at"] = "2017-08-01T00:00:00Z"  # less than 90 days after the run
    path.write_text(json.dumps(found))
    ended = infra.run("apply", str(path), "--yes")
    assert ended.status == 1, ended
    assert f"- experiment_runs '{infra.name}-r'" in ended.err


def test_a_plan_for_another_server_is_refused(infra: Infra, empty_server: TrackingServer, experiment: str) -> None:
    """It names both servers."""
    ended = infra.run("apply", saved(infra), "--yes", server=empty_server.url)
    assert ended.status == 1
    assert infra.url in ended.err
    assert empty_server.url in ended.err


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda found: {**found, "format_version": 99}, "format 99"),
        (lambda found: {k: v for k, v in found.items() if k != "server"}, "no saved plan, or damaged"),
        (lambda found: {**found, "planned_at": "soon"}, "no saved plan, or damaged"),
        (lambda found: {**found, "more": 1}, "no saved plan, or damaged"),
        (lambda found: [found], "no saved plan, or damaged"),
        (lambda found: {}, "no saved plan, or damaged"),
    ],
)
def test_a_file_that_is_no_plan_is_an_error(change: Any, says: str, infra: Infra, tmp_path: Path) -> None:
    """A clear message, status 1, before anything is asked of the server."""
    path = tmp_path / "p.json"
    assert infra.run("plan", infra.write("SELECT 1"), "--save", str(path)).status == 0
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    ended = infra.run("apply", str(path), "--yes", server="http://127.0.0.1:9")
    assert (ended.status, says in ended.err) == (1, True), ended.err
    path.write_text('{"format_version": 1, "serv')
    cut = infra.run("apply", str(path), "--yes", server="http://127.0.0.1:9")
    assert (cut.status, "damaged" in cut.err) == (1, True)


def test_a_printed_plan_cannot_be_applied(infra: Infra, tmp_path: Path) -> None:
    """--format json leaves the statements out, so its output is no saved plan."""
    path = tmp_path / "p.json"
    path.write_text(infra.plan("SELECT 1", "--format", "json").out)
    ended = infra.run("apply", str(path), "--yes")
    assert (ended.status, "printed, not saved" in ended.err) == (1, True)


def test_a_saved_plan_takes_no_variables(infra: Infra, tmp_path: Path) -> None:
    """They are in it."""
    path = tmp_path / "p.json"
    infra.plan("SELECT 1", "--save", str(path))
    assert infra.run("apply", str(path), "--yes", "--var", "a=1").status == 1


def test_variables_keep_their_types_in_a_saved_plan(infra: Infra, tmp_path: Path) -> None:
    """Numbers, booleans, times, dates, text and null come back as they were."""
    values = tmp_path / "v.yaml"
    values.write_text("i: 1\nf: 1.5\nb: true\nd: 2020-01-02\nt: 2020-01-02 03:04:05\ns: '-1'\nn:\n")
    path = tmp_path / "p.json"
    ended = infra.plan("SELECT $i, $f, $b, $d, $t, $s, $n", "--var-file", str(values), "--save", str(path))
    assert ended.status == 0, ended.err
    (bound,) = plans.bound_of(plans.load(path))
    from datetime import date, datetime

    expected = {"i": 1, "f": 1.5, "b": True, "d": date(2020, 1, 2), "t": datetime(2020, 1, 2, 3, 4, 5), "s": "-1"}
    assert bound.values == {**expected, "n": None}
    assert [type(v) for v in bound.values.values()] == [int, float, bool, date, datetime, str, type(None)]
