"""When pages come and when requests end: reading ahead, faults, closing, and the union of branches."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from dataclasses import replace

import pytest

from mlflow_sql.errors import Interrupted, NotFound
from mlflow_sql.plan.nodes import Call
from mlflow_sql.rest.paging import merge
from mlflow_sql.rows.page import ItemKey, Page
from support.paging import ROOT, AtOnce, Server, keys_of, nothing, page_of, scan


def test_pages_come_before_the_scan_ends_and_a_stop_sends_no_more() -> None:
    """A consumer that closes after k pages cost k requests and what was in flight: at most 1, 2, 4, 4 ..."""
    for wanted, most in ((1, 3), (2, 6), (5, 9)):
        server = Server({str(n): n for n in range(1, 200)})
        with scan(server, size=5) as found:
            for _ in range(wanted):
                next(found)
        time.sleep(0.05)
        assert wanted <= len(server.calls) <= most


def test_one_request_at_a_time_is_sent_only_when_wanted() -> None:
    """concurrency=1 fetches nothing ahead."""
    for how in ({"offset_tokens": True}, {"offset_tokens": False}, {"keyset": False}):
        server = Server({str(n): n for n in range(1, 50)})
        with scan(server, concurrency=1, **how) as found:
            next(found)
            next(found)
            assert len(server.calls) == 2


def test_no_thread_stays() -> None:
    """After the end, a close or garbage collection the scan's threads are gone."""
    before = set(threading.enumerate())
    keys_of(scan(Server({str(n): n for n in range(1, 50)})))
    found = scan(Server({str(n): n for n in range(1, 50)}))
    next(found)
    found.close()
    forgotten = scan(Server({str(n): n for n in range(1, 50)}))
    next(forgotten)
    del forgotten
    deadline = time.monotonic() + 2
    while set(threading.enumerate()) - before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not set(threading.enumerate()) - before


@pytest.mark.parametrize("how", [{}, {"offset_tokens": False}, {"keyset": False}], ids=["windows", "serial", "tokens"])
@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_fault_comes_after_the_pages_before_it(how: dict[str, bool], concurrency: int) -> None:
    """What fetch raises comes out at its page's place, unchanged, and ends the scan."""
    server = Server({str(n): n for n in range(1, 50)})

    def failing(_: Server) -> None:
        raise NotFound("gone", status=404)

    server.script = [nothing, nothing, failing]
    found = scan(server, concurrency=concurrency, **how, executor=AtOnce())
    numbers = {key.first for page in (next(found), next(found)) for key in page.keys}
    assert numbers in ({1, 2, 3, 4}, {1, 2, 3}, {49, 48, 47, 46})
    with pytest.raises(NotFound, match="gone"):
        next(found)
    assert next(found, None) is None


@pytest.mark.parametrize("running", [True, False])
def test_stop_and_close_do_not_wait_for_a_blocked_request(running: bool) -> None:
    """close(), from this or another thread, and the stop event end a scan within half a second; not as a normal end."""
    stop, release, sent = threading.Event(), threading.Event(), threading.Event()

    def fetch(_: Call) -> Page:
        sent.set()
        release.wait(20)
        return page_of([])

    found = scan(fetch, stop=stop)
    outcome: list[BaseException] = []

    def consume() -> None:
        try:
            next(found)
        except BaseException as fault:
            outcome.append(fault)

    consumer = threading.Thread(target=consume)
    consumer.start()
    assert sent.wait(5)
    began = time.monotonic()
    found.close() if running else stop.set()
    consumer.join(5)
    assert time.monotonic() - began < 0.5
    assert isinstance(outcome[0], Interrupted)
    release.set()


def test_the_process_ends_while_a_request_is_blocked() -> None:
    """Ctrl-C ends a script at once, although the server has not answered."""
    script = """
import threading, time, _thread
from support.paging import scan
threading.Timer(0.2, _thread.interrupt_main).start()
next(scan(lambda call: time.sleep(30)))
"""
    path = os.pathsep.join([str(ROOT / "tests"), str(ROOT / "provider")])
    began = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-B", "-c", script], env={**os.environ, "PYTHONPATH": path}, capture_output=True, timeout=25
    )
    assert b"KeyboardInterrupt" in ended.stderr
    assert time.monotonic() - began < 15


def test_merge_is_the_union_without_doubles() -> None:
    """Branches that overlap give each item once; those known to be disjoint need no keys."""
    one, two = (Server({str(n): n for n in span}) for span in (range(1, 30), range(20, 50)))
    found = keys_of(merge([scan(one), scan(two)]))
    assert sorted(key.first for key in found) == list(range(1, 50))
    keyless = [iter([replace(page_of([ItemKey(1, "1")]), keys=[])]) for _ in range(6)]
    assert sum(page.items for page in merge(keyless, concurrency=2, distinct=False)) == 6


def test_merge_passes_faults_on_and_closes_its_branches() -> None:
    """A fault in one branch ends the union; no branch goes on sending."""
    endless = Server({str(n): n for n in range(1, 5000)})

    def fetch(_: Call) -> Page:
        time.sleep(0.05)
        raise NotFound("gone", status=404)

    with pytest.raises(NotFound):
        keys_of(merge([scan(endless), scan(fetch)]))
    sent, until = -1, time.monotonic() + 5  # what was on its way may still arrive
    while sent != len(endless.calls) and time.monotonic() < until:
        sent = len(endless.calls)
        time.sleep(0.3)
    assert len(endless.calls) == sent < 2500


def test_merge_closes_at_once() -> None:
    """Closing the union while every branch waits for the server takes no time and sends nothing more."""
    release = threading.Event()
    calls: list[Call] = []

    def slow(call: Call) -> Page:
        calls.append(call)
        if len(calls) > 1:
            release.wait(20)
        return page_of([ItemKey(len(calls), str(len(calls)))], "t")

    union = merge([scan(slow, keyset=False), scan(slow, keyset=False)], concurrency=1)
    next(union)
    began = time.monotonic()
    union.close()
    assert time.monotonic() - began < 0.5
    time.sleep(0.1)
    release.set()
    time.sleep(0.2)
    assert len(calls) == 2
