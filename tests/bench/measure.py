"""What a piece of work costs: wall time, processor time of this process and of the server's, peak memory.

Theory: a shared machine is never equally fast twice, so ways that are to be compared take turns within one run, each
time beginning with another one, and the median of each is kept. Processor time of other processes and peak memory are
read from /proc, so where there is none they are unknown (NaN).
"""

from __future__ import annotations

import gc
import math
import os
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


@dataclass(frozen=True)
class Cost:
    """Medians, in seconds. server: processor time of the server's processes, NaN where it cannot be told."""

    wall: float
    cpu: float
    server: float
    repeats: int
    answer: object


def compare(
    ways: Mapping[str, Callable[[], object]], repeats: int, *, group: int | None = None, same: bool = True
) -> dict[str, Cost]:
    """The cost of each way of answering one question, taken in turns.

    group: the process group of the server, to count its processor time. same: all answers must be equal, else
    AssertionError: a comparison of ways that do not do the same says nothing.
    """
    taken: dict[str, list[tuple[float, float, float]]] = {name: [] for name in ways}
    answers: dict[str, object] = {}
    names = list(ways)
    for repeat in range(repeats):
        first = repeat % len(names)
        for name in names[first:] + names[:first]:
            gc.collect()
            server, cpu, wall = group_seconds(group), time.process_time(), time.perf_counter()
            answers[name] = ways[name]()
            spent = time.perf_counter() - wall, time.process_time() - cpu, group_seconds(group) - server
            taken[name].append(spent)
    if same and len(set(answers.values())) > 1:
        raise AssertionError(f"the ways gave different answers: {answers}")
    return {
        name: Cost(*(statistics.median(column) for column in zip(*costs, strict=True)), repeats, answers[name])
        for name, costs in taken.items()
    }


def group_seconds(group: int | None) -> float:
    """Processor seconds that the living processes of a process group have used."""
    if group is None or not _PROC.is_dir():
        return math.nan
    ticks = 0
    for stat in _PROC.glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # ended meanwhile
            continue
        if int(fields[2]) == group:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICK


def peak_memory() -> float:
    """The most memory (MB, resident) that this process has had since it was started; NaN where it cannot be told.

    Not getrusage: what that tells of a child process includes its parent's memory at the fork.
    """
    try:
        status = (_PROC / "self/status").read_text()
    except OSError:
        return math.nan
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
