"""Sends calls in the background and hands their pages back to one consumer.

Theory: the consumer decides which calls are worth sending and when a page is worth waiting for; this module only runs
them. Waiting never lasts beyond a stop or a close by more than ``POLL`` seconds, and nothing here waits for a request
that is no longer wanted: threads are daemons that end with the request they are in.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, wait
from queue import Empty, SimpleQueue
from typing import Any

from mlflow_sql.errors import Interrupted
from mlflow_sql.plan.nodes import Call
from mlflow_sql.rows.page import Page

AHEAD = 2  # pages asked for, as a multiple of those in flight: while a slow one is waited for, no connection is idle
POLL = 0.05  # seconds between two looks at the stop flag; a page that arrives wakes the consumer at once

Fetch = Callable[[Call], Page]
_Task = tuple[Future[Any], Callable[[], Any]]


class DaemonExecutor(Executor):
    """A pool whose threads never keep the process alive.

    The standard ThreadPoolExecutor is joined when the interpreter exits, so Ctrl-C would hang until a slow server
    answers. Threads are started as tasks need them, at most ``workers``, and kept until ``shutdown``.
    """

    def __init__(self, workers: int, name: str = "mlflow-sql") -> None:
        self._workers = workers
        self._name = name
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._busy = 0  # tasks queued or running
        self._closed = False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run ``fn`` in a thread of the pool; RuntimeError after ``shutdown``."""
        future: Future[Any] = Future()
        with self._lock:
            if self._closed:
                raise RuntimeError("the executor is shut down")
            self._tasks.put((future, lambda: fn(*args, **kwargs)))
            self._busy += 1
            if self._busy > self._threads < self._workers:
                self._threads += 1
                threading.Thread(target=self._run, name=f"{self._name}-{self._threads}", daemon=True).start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let the threads end; with ``cancel_futures`` what has not begun is dropped. Never waits."""
        with self._lock:
            self._closed = True
            if cancel_futures:
                try:
                    while True:
                        if (task := self._tasks.get_nowait()) is not None:
                            task[0].cancel()
                except Empty:
                    pass
            for _ in range(self._threads):
                self._tasks.put(None)

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None:
            future, work = task
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(work())
                except BaseException as fault:  # whatever it is, it belongs to the one who waits for this page
                    future.set_exception(fault)
            with self._lock:
                self._busy -= 1
            # An idle thread must not keep the last page, or the stack of the last fault, in memory.
            del task, future, work


class Shared:
    """The requests that several scans together may have in flight: as many for each, and more for those that remain.

    concurrency: of all. scans: how many there are; each says when it has ``ended``.
    """

    def __init__(self, concurrency: int, scans: int) -> None:
        self.executor = DaemonExecutor(concurrency, "mlflow-sql-page")
        self._concurrency = concurrency
        self._open = scans
        self._lock = threading.Lock()

    @property
    def each(self) -> int:
        """The requests that one scan may have in flight now."""
        return max(1, self._concurrency // max(1, self._open))

    def ended(self) -> None:
        """Say that one of the scans needs no more requests."""
        with self._lock:
            self._open -= 1

    def close(self) -> None:
        """Drop what has not begun; returns at once."""
        self.executor.shutdown(wait=False, cancel_futures=True)


class Background:
    """The requests of one scan.

    stop: set by anyone, in any thread, to interrupt; closing: the same, set by the iterator's ``close``.
    executor: where requests run; without it the scan has threads of its own, at most ``threads``.
    """

    def __init__(
        self,
        fetch: Fetch,
        stop: threading.Event,
        closing: threading.Event,
        executor: Executor | None,
        threads: int,
    ) -> None:
        self._fetch = fetch
        self._signals = (stop, closing)
        self._own = DaemonExecutor(threads, "mlflow-sql-page") if executor is None else None
        self._executor = executor or self._own
        self._pending: set[Future[Page]] = set()

    def send(self, call: Call) -> Future[Page]:
        """Start one request; Interrupted instead when the scan was stopped."""
        self._check()
        assert self._executor is not None
        future = self._executor.submit(self._fetch, call)
        self._pending.add(future)
        return future

    def wait(self, future: Future[Page]) -> Page:
        """The page of a request, or whatever its fetch raised; Interrupted when the scan is stopped meanwhile."""
        while True:
            self._check()
            if wait((future,), timeout=POLL).done:
                self._pending.discard(future)
                if future.cancelled():  # whoever lent the executor has shut it down
                    raise Interrupted("the scan was stopped before its last page")
                return future.result()

    def drop(self, futures: list[Future[Page]]) -> None:
        """Forget requests: what has not begun is never sent, answers and faults of the others are ignored."""
        for future in futures:
            future.cancel()
            self._pending.discard(future)

    def close(self) -> None:
        """Drop everything; returns at once, requests in flight end by themselves."""
        self.drop(list(self._pending))
        if self._own is not None:
            self._own.shutdown(wait=False, cancel_futures=True)

    def _check(self) -> None:
        if any(signal.is_set() for signal in self._signals):
            raise Interrupted("the scan was stopped before its last page")
