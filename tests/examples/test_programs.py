"""Each example does what its first lines say, on a real server, as MLflow's own client sees."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from .conftest import EXAMPLES, Done

if TYPE_CHECKING:
    from mlflow import MlflowClient

pytestmark = pytest.mark.server
Run = Callable[..., Done]
NOWHERE = "http://127.0.0.1:9"


def stages(client: MlflowClient, experiment: str) -> dict[str, str]:
    """The stage of each run that was promoted or archived, by the run's name."""
    found = client.get_experiment_by_name(experiment)
    assert found is not None
    runs = client.search_runs([found.experiment_id], max_results=1000)
    named = {run.info.run_name: run.data.tags.get("stage", "") for run in runs}
    return {name: stage for name, stage in named.items() if stage in ("production", "archived")}


def test_promote(example: Run, examples_client: MlflowClient) -> None:
    """The best run is promoted, another one in its place archives it, and a dry run changes nothing."""
    experiment = "moons-sweep"
    dry = example("python/promote.py", experiment, "val_acc", "--dry-run")
    assert dry.returncode == 0, dry.stderr
    assert "total: 1 write call, none of them sent" in dry.stdout
    assert stages(examples_client, experiment) == {}
    done = example("python/promote.py", experiment, "val_acc")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"lr *│ 0\.3 *│ *6 │ 0\.9017 ", done.stdout), "the comparison"
    assert "The best is moons-lr0.3-w32-s1 with val_acc = 0.9333" in done.stdout
    assert stages(examples_client, experiment) == {"moons-lr0.3-w32-s1": "production"}
    assert example("python/promote.py", experiment, "loss", "--least").returncode == 0
    after = {"moons-lr0.3-w32-s1": "archived", "moons-lr0.3-w32-s0": "production"}
    assert stages(examples_client, experiment) == after
    assert example("python/promote.py", experiment, "loss", "--least").returncode == 0
    assert stages(examples_client, experiment) == after


def test_promote_says_what_is_wrong(example: Run) -> None:
    """No such experiment, no such server: status 1 and one line or two."""
    done = example("python/promote.py", "no such", "val_acc")
    assert (done.returncode, done.stderr) == (1, "No finished run of 'no such' has the metric 'val_acc'.\n")
    done = example("python/promote.py", "moons-sweep", "val_acc", server=NOWHERE)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: http://127.0.0.1:9 is out of reach")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("args", "status", "said"),
    [
        (("spirals-baseline", "val_acc"), 0, "is good enough"),
        (("moons-sweep", "val_acc"), 3, "worse than the best before it by more than 0.01"),
        (("moons-sweep", "val_acc", "0.6"), 0, "is good enough"),
        (("moons-sweep", "loss"), 3, "worse"),  # its loss is NaN
        (("it's nothing", "val_acc"), 1, "There is no finished run in it's nothing."),
    ],
)
def test_gate(args: tuple[str, ...], status: int, said: str, example: Run, tmp_path: Path) -> None:
    """The newest run against the best before it; the report is JSON."""
    done = example("ci/gate.sh", *args)
    assert done.returncode == status, done.stderr
    assert said in done.stdout + done.stderr
    report: list[dict[str, Any]] = json.loads((tmp_path / "work" / "gate.json").read_text())
    assert [row["passed"] for row in report] == ([] if status == 1 else [status == 0])


def test_a_gate_that_cannot_look_is_not_open(example: Run) -> None:
    """A server that does not answer fails the job."""
    done = example("ci/gate.sh", "moons-sweep", "val_acc", server=NOWHERE)
    assert (done.returncode, done.stdout) == (1, "")
    assert "out of reach" in done.stderr


def test_nightly(example: Run, examples_client: MlflowClient) -> None:
    """Nothing is old enough at first; more than may be deleted stops; then the failed run is deleted, and only it."""
    experiment = examples_client.get_experiment_by_name("moons-sweep")
    assert experiment is not None

    def count() -> int:
        return len(examples_client.search_runs([experiment.experiment_id], max_results=1000))

    before = count()
    done = example("ci/nightly.sh")
    assert (done.returncode, "No run is older than 90 days" in done.stdout) == (0, True), done.stderr
    done = example("ci/nightly.sh", "0", "0")
    assert (done.returncode, count()) == (4, before)
    assert "deletes more than 0 runs (1)" in done.stderr
    done = example("ci/nightly.sh", "0")
    assert done.returncode == 0, done.stderr
    assert "moons-lr0.03-w8-s0-gelu" in done.stdout
    assert count() == before - 1
    done = example("ci/nightly.sh", "0")
    assert (done.returncode, count()) == (0, before - 1)
    assert example("ci/nightly.sh", server=NOWHERE).returncode == 1


def test_refresh(example: Run, examples_client: MlflowClient, tmp_path: Path) -> None:
    """A second refresh reads what is new or was running, --full what was deleted too; a failed one leaves the files."""
    folder = tmp_path / "work" / "my warehouse"

    def read(sql: str) -> list[tuple[Any, ...]]:
        return duckdb.sql(sql.format(*(f"'{folder / name}.parquet'" for name in ("runs", "metrics")))).fetchall()

    done = example("bi/refresh.py", str(folder))
    assert done.returncode == 0, done.stderr
    [(total,)] = read("SELECT count(*) FROM {0}")
    assert total > 20
    assert read("SELECT max(value) FROM {1} WHERE key = 'val_acc'") == [(0.95,)]
    experiment = examples_client.create_experiment("refreshed")
    running = examples_client.create_run(experiment, run_name="running").info.run_id
    assert "Read 2 runs" in example("bi/refresh.py", str(folder)).stdout  # and the newest of before
    newer = examples_client.create_run(experiment, run_name="newer").info.run_id
    examples_client.log_metric(running, "val_acc", 0.99)
    examples_client.set_terminated(running)
    assert "Read 2 runs" in example("bi/refresh.py", str(folder)).stdout
    names = "SELECT run_name, status FROM {0} WHERE run_name IN ('running', 'newer') ORDER BY ALL"
    assert read(names) == [("newer", "RUNNING"), ("running", "FINISHED")]
    assert read("SELECT max(value), count(*) FROM {1} WHERE key = 'val_acc' AND value > 0.96") == [(0.99, 1)]
    assert read("SELECT count(*) FROM {0}") == [(total + 2,)]
    examples_client.delete_run(newer)
    failed = example("bi/refresh.py", str(folder), "--full", server=NOWHERE)
    assert failed.returncode == 1
    assert read("SELECT count(*) FROM {0}") == [(total + 2,)]
    assert example("bi/refresh.py", str(folder), "--full").returncode == 0
    assert read(names) == [("running", "FINISHED")]
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as file:
        assert file.sql("SELECT count(*) FROM bi.runs").fetchall() == [(total + 1,)]


def test_the_notebook_runs(examples_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every cell of it, in a kernel: tables as HTML, the picture, and the tags that it wrote."""
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    pytest.importorskip("vl_convert")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", examples_url)
    book = nbformat.read(EXAMPLES / "notebook" / "sweep.ipynb", as_version=4)
    shown = outputs(book)
    assert shown, "it is kept with its outputs"
    nbclient.NotebookClient(book, timeout=60, kernel_name="python3").execute()
    now = outputs(book)
    assert [sorted(data) for data in now] == [sorted(data) for data in shown], "they are outputs of these cells"
    html = [data["text/html"] for data in now if "text/html" in data]
    assert "experiment_runs" in html[0]
    assert ">0.93</td>" in html[1], "the best accuracy of the sweep"
    assert sum("image/svg+xml" in data for data in now) == 1
    assert sum(text.count("in the notebook") for text in html) == 3


def outputs(book: Any) -> list[dict[str, Any]]:
    """What the cells of a notebook show; what they print, such as a warning, is none of it."""
    found = [o for cell in book.cells if cell.cell_type == "code" for o in cell.outputs]
    assert [o for o in found if o.output_type == "error"] == []
    return [o.data for o in found if o.output_type == "execute_result"]
