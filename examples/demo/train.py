"""A small hyper-parameter sweep, trained with numpy alone and logged to an MLflow server.

    MLFLOW_TRACKING_URI=http://127.0.0.1:5000 python examples/demo/train.py

Two experiments with 26 runs: `moons-sweep` (a parent with learning rate x width x seed below it, one run whose loss
becomes NaN and one that fails) and `spirals-baseline` (widths on a harder problem, and a linear model without one).
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import time
import warnings
from collections.abc import Iterator

import mlflow
import mlflow.data
import numpy as np
from mlflow.entities import Metric
from numpy.typing import NDArray

Array = NDArray[np.float64]
ACTIVATIONS = {"relu": lambda x: np.maximum(x, 0.0)}
EPOCHS = 30


def moons(rng: np.random.Generator, size: int) -> tuple[Array, Array]:
    """Two half circles, one inside the other's gap."""
    angle, label = rng.uniform(0, np.pi, size), rng.integers(0, 2, size)
    sign = 1 - 2 * label
    points = np.column_stack([np.cos(angle) * sign + label, np.sin(angle) * sign + label * 0.5])
    return points + rng.normal(0, 0.25, points.shape), label.astype(float)


def spirals(rng: np.random.Generator, size: int) -> tuple[Array, Array]:
    """Two arms that wind around each other."""
    turn, label = np.sqrt(rng.uniform(0.05, 1, size)) * 3 * np.pi, rng.integers(0, 2, size)
    points = np.column_stack([np.cos(turn + np.pi * label), np.sin(turn + np.pi * label)]) * turn[:, None] / 5
    return points + rng.normal(0, 0.05, points.shape), label.astype(float)


class Network:
    """One hidden layer (none when width is 0) and a logistic output, trained by plain gradient descent."""

    def __init__(self, rng: np.random.Generator, width: int, activation: str) -> None:
        self.activate = ACTIVATIONS[activation] if width else lambda x: x
        self.hidden = rng.normal(0, 1, (3, width)) if width else np.eye(3)
        self.output = rng.normal(0, 0.5, self.hidden.shape[1] + 1)
        self.width = width

    def forward(self, points: Array) -> tuple[Array, Array, Array]:
        """The inputs and hidden layer, each with a constant 1, and the probability of label 1."""
        inputs = np.column_stack([points, np.ones(len(points))])
        hidden = np.column_stack([self.activate(inputs @ self.hidden), np.ones(len(points))])
        return inputs, hidden, 1 / (1 + np.exp(-(hidden @ self.output)))

    def score(self, points: Array, labels: Array) -> tuple[float, float]:
        """Loss (cross-entropy, with nothing done against 0 * log(0)) and accuracy."""
        chance = self.forward(points)[2]
        loss = -np.mean(labels * np.log(chance) + (1 - labels) * np.log(1 - chance))
        return float(loss), float(np.mean((chance > 0.5) == labels))

    def epochs(self, rng: np.random.Generator, points: Array, labels: Array, lr: float) -> Iterator[int]:
        """Train, and stop after each epoch to be looked at."""
        for epoch in range(EPOCHS):
            for batch in np.array_split(rng.permutation(len(points)), max(1, len(points) // 32)):
                inputs, hidden, chance = self.forward(points[batch])
                error = (chance - labels[batch]) / len(batch)
                if self.width:
                    back = np.outer(error, self.output[:-1]) * (hidden[:, :-1] > 0)
                    self.hidden -= lr * inputs.T @ back
                self.output -= lr * hidden.T @ error
            yield epoch


def train(lr: float, width: int, seed: int, *, data: str, activation: str = "relu", nested: bool = False) -> float:
    """Train and log one run; the validation accuracy it ended with."""
    rng = np.random.default_rng(seed)
    make = {"moons": moons, "spirals": spirals}[data]
    points, labels = make(rng, 600)
    held_out, truth = make(rng, 300)
    name = f"{data}-lr{lr:g}-" + (f"w{width}-s{seed}" if width else f"linear-s{seed}")
    name += f"-{activation}" if activation != "relu" else ""
    accuracy = float("nan")
    with mlflow.start_run(run_name=name, nested=nested) as run:
        params = {"lr": lr, "seed": seed, "activation": activation, "model": "mlp" if width else "linear"}
        mlflow.log_params(params | ({"width": width} if width else {}))
        mlflow.set_tags({"team": "vision" if seed % 2 else "research", "stage": "dev"})
        dataset = mlflow.data.from_numpy(points, targets=labels, name=data)
        mlflow.log_input(dataset, context="training")
        network = Network(rng, width, activation)
        curves: list[Metric] = []
        for epoch in network.epochs(rng, points, labels, lr):
            loss, _ = network.score(points, labels)
            val_loss, accuracy = network.score(held_out, truth)
            now = int(time.time() * 1000)
            seen = {"loss": loss, "val_loss": val_loss, "val_acc": accuracy}
            curves += [Metric(key, value, now, epoch) for key, value in seen.items()]
            if np.isnan(loss):
                break
        mlflow.MlflowClient().log_batch(run.info.run_id, metrics=curves)  # one request instead of one an epoch
    return accuracy


def sweep() -> None:
    """Learning rates x widths x seeds below one parent, whose best child becomes the candidate."""
    mlflow.set_experiment("moons-sweep")
    with mlflow.start_run(run_name="sweep", tags={"team": "research", "stage": "dev"}) as parent:
        for lr, width, seed in itertools.product((0.003, 0.03, 0.3), (2, 8, 32), (0, 1)):
            train(lr, width, seed, data="moons", nested=True)
        train(30, 32, 0, data="moons", nested=True)  # far too fast: the output saturates and the loss becomes NaN
        with contextlib.suppress(KeyError):  # there is no gelu, so the run is marked FAILED
            train(0.03, 8, 0, data="moons", activation="gelu", nested=True)
    best = mlflow.search_runs(
        filter_string=f"tags.mlflow.parentRunId = '{parent.info.run_id}'",
        order_by=["metrics.val_acc DESC"],
        max_results=3,
        output_format="list",
    )
    for run in best:
        mlflow.MlflowClient().set_tag(run.info.run_id, "stage", "candidate")


def baseline() -> None:
    """The linear model, and what a hidden layer adds to it."""
    mlflow.set_experiment("spirals-baseline")
    for width, seed in ((0, 0), (0, 1), (8, 0), (64, 0), (64, 1)):
        train(0.3, width, seed, data="spirals")


def main() -> None:
    """Log everything to the server that MLFLOW_TRACKING_URI names."""
    os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
    warnings.filterwarnings("ignore", category=RuntimeWarning)  # the diverged run means to
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    sweep()
    baseline()


if __name__ == "__main__":
    main()
