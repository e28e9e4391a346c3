"""What a server is told of a scan's conditions: filter clauses, in one or several searches."""

from __future__ import annotations

from dataclasses import dataclass, field

MAX_CLAUSES = 20  # each is a join on the server; MLflow answers 503 at 64


@dataclass(frozen=True, slots=True)
class Clause:
    """One term of a filter. ``selective``: it matches few rows, so it can carry a search of its own.

    listed: its column has a closed list of values, so even a selective one may match many.
    """

    text: str
    exact: bool
    selective: bool
    timely: bool = False
    listed: bool = False


Alternative = tuple[Clause, ...]


@dataclass(slots=True)
class Narrowing:
    """What the server is told. No alternatives at all: no row can matter. One without clauses: nothing is filtered."""

    alternatives: list[Alternative] = field(default_factory=lambda: [()])
    pushed: list[str] = field(default_factory=list)
    residual: list[tuple[str, str]] = field(default_factory=list)  # condition, why it stays local
    timely: bool = False  # a clause holds a bound computed from the current time
    halves: tuple[Clause, ...] = ()  # see catalog.model.Rule; of ``halved``, which is residual until they are used
    halved: str = ""

    def in_halves(self) -> Narrowing:
        """The same with one search for each of the halves, where that spares the reading of everything."""
        if not self.halves or len(self.alternatives) != 1:
            return self
        (common,) = self.alternatives
        if len(common) == MAX_CLAUSES or any(c.selective and not c.listed for c in common):
            return self
        residual = [(t, "the server returns a superset" if t == self.halved else why) for t, why in self.residual]
        alternatives = [(*common, half) for half in self.halves]
        return Narrowing(alternatives, [*self.pushed, self.halved], residual, self.timely)

    @property
    def exact(self) -> bool:
        """Whether the server returns exactly the rows that DuckDB keeps."""
        return not self.residual

    @property
    def selective(self) -> bool:
        """Whether every search can be expected to match few rows."""
        return all(any(c.selective for c in alternative) for alternative in self.alternatives)


def minimal(alternatives: list[Alternative]) -> list[Alternative]:
    """Without alternatives that another one covers: those with all of its clauses."""
    kept: list[Alternative] = []
    for alternative in sorted(dict.fromkeys(alternatives), key=len):
        texts = {c.text for c in alternative}
        if not any({c.text for c in other} <= texts for other in kept):
            kept.append(alternative)
    return kept
