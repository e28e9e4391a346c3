"""EXPLAIN of a write: the reads and every call it would make, none of which is sent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mlflow_sql import Connection, errors
from support.faulty import FaultyServer
from support.proxy import Asked, Proxy

from .conftest import Held, rows

STATEMENTS = {
    "insert experiment": "INSERT INTO experiments (name, tags) VALUES ('explained {n}', {{'k': 'it''s'}})",
    "insert runs": """INSERT INTO runs (experiment_id, run_name, params, metrics, status, tags)
        SELECT '{id}', 'new' || i, map_from_entries(list_transform(range(120), j -> {{k: 'p' || j, v: j}})),
          MAP{{'m': 'nan'::DOUBLE}}, 'FINISHED', MAP{{'t': 'v'}} FROM range(2) t(i) RETURNING run_id""",
    "insert points": """INSERT INTO metric_history (run_id, key, value, timestamp, step)
        SELECT run_id, 'm', i / 2, to_timestamp(i), i FROM runs, range(1500) t(i) WHERE experiment_id = '{id}'
        ORDER BY run_id, i""",
    "insert tags": """INSERT INTO run_tags (run_id, key, value) SELECT run_id, 'x', 'y' FROM runs
        WHERE experiment_id = '{id}' ORDER BY run_id""",
    "on conflict": """INSERT INTO runs (experiment_id, run_name, tags) VALUES ('{id}', 'a', {{'k': 'v'}}),
        ('{id}', 'z', NULL) ON CONFLICT (experiment_id, run_name) DO UPDATE SET tags = excluded.tags""",
    "update runs": """UPDATE runs SET status = 'FAILED', tags['a'] = 'b', tags['old'] = NULL, params['q'] = 1
        WHERE experiment_id = '{id}'""",
    "update experiment": "UPDATE experiments SET name = name || ' 2', tags = {{'k': 'v'}} WHERE experiment_id = '{id}'",
    "delete": "DELETE FROM runs WHERE experiment_id = '{id}' AND run_name = 'a'",
    "delete tags": """DELETE FROM run_tags WHERE key = 'old'
        AND run_id IN (SELECT run_id FROM runs WHERE experiment_id = '{id}')""",
    "merge": """MERGE INTO runs USING (VALUES ('a', 'x'), ('b', 'x'), ('c', 'x')) AS s(n, v)
        ON runs.experiment_id = '{id}' AND runs.run_name = s.n WHEN MATCHED AND s.n = 'a' THEN DELETE
        WHEN MATCHED THEN UPDATE SET tags['v'] = s.v
        WHEN NOT MATCHED THEN INSERT (experiment_id, run_name) VALUES ('{id}', s.n)""",
    "exec": "EXEC runs.log_batch @run_id = '{run}', @tags = {{'a': 'b'}}, @params = MAP{{'p': '1'}}",
    "exec instead": "EXEC runs.delete_bulk @experiment_id = '{id}', @max_timestamp_millis = 1800000000000",
}  # fmt: skip


def masked(path: str, body: object) -> tuple[str, str]:
    """A call without what is new each time: ids that the server or we make, and the time now."""
    text = json.dumps(body, sort_keys=True)
    text = re.sub(r'"<\w+>"|"[0-9a-f]{32}"', '"<id>"', text)
    return path, re.sub(r'"?\b1[789]\d{11}\b"?', "<now>", text)


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS.keys())
def test_the_calls_are_those_that_are_then_sent(
    proxy: Proxy, connect: Callable[..., Connection], held: Held, name: str, statement: str
) -> None:
    """In the same order; EXPLAIN itself, as text or JSON, sends reads only and changes nothing."""
    run = held.make("a", tags={"old": "x"}, params={"p": "1"})
    held.make("b", tags={"old": "x"})
    con = connect(proxy.url, concurrency=1)
    sql = statement.format(id=held.id, n=name, run=run)
    before = held.everything()
    ((explained,),) = rows(con.sql(f"EXPLAIN (FORMAT json) {sql}"))
    text = [line for (line,) in rows(con.sql(f"EXPLAIN {sql}"))]
    assert proxy.writes == []
    assert held.everything() == before
    calls = [masked(c["path"], c["body"]) for c in json.loads(explained)["writes"]]
    assert text[-1].startswith(f"total: {len(calls)} write call")
    shown = [line.split(" ", 3) for line in text if line.startswith("write: ")]
    assert [masked(path, json.loads(body)) for _, _, path, body in shown] == calls
    con.sql(sql)
    sent: list[Asked] = proxy.writes
    assert [masked(a.path, a.body) for a in sent] == calls
    assert len(calls) > 0


def test_a_read_that_is_called_by_name_is_told_as_one(through: Connection, proxy: Proxy, held: Held) -> None:
    """EXEC of a method that changes nothing."""
    lines = rows(through.sql(f"EXPLAIN EXEC runs.search @experiment_ids = ['{held.id}']"))
    assert lines[0] == (f'read: POST runs/search {{"experiment_ids":["{held.id}"]}}',)
    assert proxy.asked == []


def test_what_would_be_refused_is_refused(through: Connection, proxy: Proxy, held: Held) -> None:
    """EXPLAIN runs every check that the statement would."""
    for sql in ("UPDATE runs SET status = 'X' WHERE experiment_id = '{id}'", "DELETE FROM runs",
                "INSERT INTO runs (experiment_id, params) VALUES ('{id}', MAP{{'p': NULL}})",
                "EXEC runs.delete @run = 'x'"):  # fmt: skip
        held.make("a") if not held.runs() else None
        with pytest.raises(errors.StatementError):
            through.sql(f"EXPLAIN {sql.format(id=held.id)}")
    assert proxy.writes == []


@pytest.fixture
def same(connect: Callable[..., Connection]) -> Iterator[Connection]:
    """A connection to a server that always holds the same three runs."""
    with FaultyServer(3) as server:
        yield connect(server.url)


def cases() -> dict[str, tuple[str, str]]:
    """The statements of explained.sql by their titles, each with the text that EXPLAIN answers."""
    found = {}
    for block in Path(__file__).with_name("explained.sql").read_text(encoding="utf-8").strip().split("\n\n"):
        lines = block.splitlines()
        answer = [line.removeprefix("--| ") for line in lines if line.startswith("--| ")]
        found[lines[0].removeprefix("-- ")] = ("\n".join(lines[1 : -len(answer)]), "\n".join(answer))
    return found


@pytest.mark.parametrize(("statement", "answer"), cases().values(), ids=cases().keys())
def test_the_text_is_the_one_in_the_file(same: Connection, statement: str, answer: str) -> None:
    """What people read: reads, then calls with their bodies, then how many."""
    assert plain([line for (line,) in rows(same.sql(f"EXPLAIN {statement}"))]) == answer


def plain(lines: list[str]) -> str:
    """EXPLAIN's lines without the current time and the marks of runs to be made."""
    text = re.sub(r"\b1[789]\d{11}\b", "<now>", "\n".join(lines))
    return re.sub(r'"[0-9a-f]{32}"', '"<mark>"', text)
