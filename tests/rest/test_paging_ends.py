"""When pages come and when requests end: reading ahead, faults, closing, and the union of branches."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from mlflow_sql.errors import Interrupted, NotFound
from mlflow_sql.plan.nodes import Call
from mlflow_sql.rest.paging import merge
from mlflow_sql.rest.prefetch import AHEAD, Shared
from mlflow_sql.rows.page import ItemKey, Page
from support.faulty import until
from support.paging import ROOT, AtOnce, Server, keys_of, nothing, page_of, scan


def test_pages_come_before_the_scan_ends_and_a_stop_sends_no_more() -> None:
    """A consumer that closes after k pages cost k requests and those asked for ahead: at most 2, 4, 8, 8 ..."""
    for wanted, ahead in ((1, 2), (2, 4), (3, 4 * AHEAD), (5, 4 * AHEAD)):
        server = Server({str(n): n for n in range(1, 200)})
        threads = set(threading.enumerate())
        with scan(server, size=5) as found:
            for _ in range(wanted):
                next(found)
        joined(threads)
        assert wanted <= len(server.calls) <= wanted + ahead


def joined(before: set[threading.Thread]) -> None:
    """Wait for the threads started since: what was on its way when a scan was closed has then arrived."""
    for thread in set(threading.enumerate()) - before:
        thread.join(20)
        assert not thread.is_alive()


def test_a_stop_drops_what_was_asked_for_ahead_and_is_not_in_flight() -> None:
    """While four requests wait for the server four more are queued: those are never sent."""
    release = threading.Event()
    server = Server({str(n): n for n in range(1, 200)})
    began: list[Call] = []

    def fetch(call: Call) -> Page:
        began.append(call)
        if len(began) > 6:
            release.wait(60)
        return server(call)

    threads = set(threading.enumerate())
    found = scan(fetch, size=5, concurrency=4)
    for _ in range(4):
        next(found)
    assert until(lambda: len(began) == 10)
    found.close()
    release.set()
    joined(threads)
    assert len(began) == 10


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
    joined(before)


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
    """close(), from this or another thread, and the stop event end a scan, which is then no normal end."""
    stop, release, sent = threading.Event(), threading.Event(), threading.Event()

    def fetch(_: Call) -> Page:
        sent.set()
        release.wait(60)
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
    found.close() if running else stop.set()
    consumer.join(20)
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
    ended = subprocess.run(
        [sys.executable, "-B", "-c", script], env={**os.environ, "PYTHONPATH": path}, capture_output=True, timeout=25
    )
    assert b"KeyboardInterrupt" in ended.stderr


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
    threads = set(threading.enumerate())

    def fetch(_: Call) -> Page:
        assert until(lambda: len(endless.calls) > 20)
        raise NotFound("gone", status=404)

    with pytest.raises(NotFound):
        keys_of(merge([scan(endless), scan(fetch)]))
    joined(threads)
    assert len(endless.calls) < 2500


def test_merge_closes_at_once() -> None:
    """Closing the union while every branch waits for the server does not wait for it and sends nothing more."""
    release = threading.Event()
    calls: list[Call] = []

    def slow(call: Call) -> Page:
        calls.append(call)
        if len(calls) > 1:
            release.wait(60)
        return page_of([ItemKey(len(calls), str(len(calls)))], "t")

    threads = set(threading.enumerate())
    union = merge([scan(slow, keyset=False), scan(slow, keyset=False)], concurrency=1)
    next(union)
    assert until(lambda: len(calls) == 2)
    union.close()
    release.set()
    joined(threads)
    assert len(calls) == 2


def test_a_branch_that_remains_uses_the_requests_of_those_that_ended() -> None:
    """Four searches share four requests; when the short ones have ended, the long one has all four in flight."""
    shared = Shared(4, 4)
    inside, most, lock = 0, 0, threading.Lock()
    together = threading.Event()
    short, long = Server({"1": 1}), Server({str(n): n for n in range(1, 400)})

    def fetch(call: Call) -> Page:
        nonlocal inside, most
        if not long.calls:
            until(lambda: shared.each == 4)  # the others have ended
        with lock:
            inside += 1
            most = max(most, inside)
        if most == 4:
            together.set()
        if 8 <= len(long.calls) < 16:
            together.wait(5)
        try:
            return long(call)
        finally:
            with lock:
                inside -= 1

    branches = [scan(server, concurrency=shared) for server in (short, short, short, fetch)]
    union = merge(branches, shared=shared)
    assert len(keys_of(union)) == 399
    assert most == 4
