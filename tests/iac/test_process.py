"""The commands as processes: exit status, terminals, colours, and the files in examples/infra."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from iac.conftest import Infra, Proxy

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "infra"
PROGRAM = [sys.executable, "-m", "mlflow_sql.cli.main"]
SQL = "INSERT INTO experiments (name) VALUES ('NAME-p') ON CONFLICT (name) DO NOTHING"

posix = pytest.mark.skipif(sys.platform == "win32", reason="terminals and shells of POSIX")


def environment(url: str) -> dict[str, str]:
    """The environment of a command that is to use that server."""
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT / "provider"),
        "MLFLOW_TRACKING_URI": url,
        "PYTHONIOENCODING": "utf-8",
        "TERM": "xterm",
    }


def finished(infra: Infra, *args: str) -> subprocess.CompletedProcess[str]:
    """The command, ended; it has no terminal."""
    return subprocess.run(
        [*PROGRAM, *args], input="", capture_output=True, text=True, encoding="utf-8", timeout=60,
        env=environment(infra.url),
    )  # fmt: skip


def on_a_terminal(infra: Infra, answer: str, *args: str) -> tuple[int, str]:
    """The exit status and all that the command shows on a terminal where somebody types ``answer`` when asked."""
    import pty

    main, side = pty.openpty()
    with subprocess.Popen(
        [*PROGRAM, *args], stdin=side, stdout=side, stderr=side, env=environment(infra.url)
    ) as process:
        os.close(side)
        shown, asked = b"", False
        while True:
            try:
                part = os.read(main, 4096)
            except OSError:  # the other side is closed
                break
            if not part:
                break
            shown += part
            if not asked and b"[y/N]" in shown:
                asked = True
                os.write(main, answer.encode() + b"\n")
        status = process.wait(timeout=30)
    os.close(main)
    return status, shown.decode()


def test_exit_status(infra: Infra) -> None:
    """plan: 2 for changes, 0 for none, 1 for errors and wrong usage alike; apply needs a terminal or --yes."""
    file = infra.write(SQL)
    planned = finished(infra, "plan", file)
    assert (planned.returncode, planned.stderr) == (2, "")
    assert "\x1b" not in planned.stdout
    assert finished(infra, "plan", "--no-such-option", file).returncode == 1
    assert finished(infra, "plan", str(infra.folder / "missing.sql")).returncode == 1
    refused = finished(infra, "apply", file)
    assert refused.returncode == 1
    assert "standard input is no terminal" in refused.stderr
    assert "--yes" in refused.stderr
    assert finished(infra, "apply", "--yes", file).returncode == 0
    assert finished(infra, "plan", file).returncode == 0


@posix
def test_apply_asks_on_a_terminal(infra: Infra, proxy: Proxy, empty_client: MlflowClient) -> None:
    """Anything but yes writes nothing and ends with 1; colours are shown there, unless told otherwise."""
    file = infra.write(SQL)
    status, shown = on_a_terminal(infra, "", "apply", file)
    assert (status, "Nothing was applied" in shown, proxy.writes) == (1, True, [])
    assert "\x1b[32m  + experiments" in shown
    status, shown = on_a_terminal(infra, "y", "apply", "--no-color", file)
    assert status == 0, shown
    assert "\r\n  + experiments" in shown
    assert "\r\ncreated experiments" in shown
    assert empty_client.get_experiment_by_name(f"{infra.name}-p") is not None


def run_at(client: MlflowClient, experiment: str, days: int, status: str, **what: object) -> str:
    """A run that started so many days ago; its id."""
    start = int((time.time() - days * 86400) * 1000)
    run = client.create_run(experiment, start_time=start, tags=what.get("tags")).info.run_id  # type: ignore[arg-type]
    if "val_acc" in what:
        client.log_metric(run, "val_acc", float(what["val_acc"]))  # type: ignore[arg-type]
    client.set_terminated(run, status)
    return str(run)


def test_the_examples(infra: Infra, proxy: Proxy, empty_client: MlflowClient) -> None:
    """Experiments are made, old failures deleted, the best run of each is tagged; then all is as described."""
    client = empty_client
    one, two = (client.create_experiment(f"{infra.name}-{n}") for n in "ab")
    kept = {
        "recent failure": run_at(client, one, 3, "FAILED"),
        "old failure, tagged": run_at(client, one, 100, "FAILED", tags={"keep": "yes"}),
        "old success": run_at(client, one, 100, "FINISHED", val_acc=0.5, tags={"stage": "best"}),
        "best": run_at(client, one, 2, "FINISHED", val_acc=0.9),
        "equal but younger": run_at(client, one, 1, "FINISHED", val_acc=0.9),
        "diverged": run_at(client, one, 1, "FINISHED", val_acc=float("nan")),
        "best of the other": run_at(client, two, 1, "FINISHED", val_acc=0.1),
    }
    gone = run_at(client, one, 100, "FAILED")
    files = [str(EXAMPLES / name) for name in ("experiments.sql", "retention.sql", "promotion.sql")]
    args = [*files, "--var-file", str(EXAMPLES / "prod.yaml")]
    planned = infra.run("plan", *args)
    assert planned.status == 2, planned.err
    assert proxy.writes == [], "a plan writes nothing"
    applied = infra.run("apply", "--yes", *args)
    assert applied.status == 0, applied.err
    owners = {e.name: e.tags.get("owner") for e in client.search_experiments()}
    assert owners["growth/churn"] == "growth-ml@example.com"
    assert client.get_run(gone).info.lifecycle_stage == "deleted"
    assert {client.get_run(run).info.lifecycle_stage for run in kept.values()} == {"active"}
    best = {name for name, run in kept.items() if client.get_run(run).data.tags.get("stage") == "best"}
    assert best == {"best", "best of the other"}
    proxy.requests.clear()
    assert infra.run("apply", "--yes", *args).status == 0
    assert proxy.writes == []


@posix
def test_the_ci_script(infra: Infra, empty_client: MlflowClient) -> None:
    """It ends with 0 when the server is as described, and with another status and a message when it is not."""
    args = [str(p) for p in sorted(EXAMPLES.glob("*.sql"))]
    assert infra.run("apply", "--yes", "--var-file", str(EXAMPLES / "prod.yaml"), *args).status == 0
    command = infra.folder / "mlflow-sql"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m mlflow_sql.cli.main "$@"\n')
    command.chmod(0o755)
    env = environment(infra.url)
    env["PATH"] = f"{infra.folder}{os.pathsep}{env['PATH']}"

    def script() -> subprocess.CompletedProcess[str]:
        return subprocess.run(["sh", str(EXAMPLES / "ci.sh")], capture_output=True, text=True, timeout=60, env=env)

    assert script().returncode == 0
    churn = empty_client.get_experiment_by_name("growth/churn")
    assert churn is not None
    empty_client.set_experiment_tag(churn.experiment_id, "owner", "somebody else")
    drifted = script()
    assert (drifted.returncode, "has drifted" in drifted.stderr) == (2, True)
    assert "tags.owner: 'somebody else' → 'growth-ml@example.com'" in drifted.stdout
