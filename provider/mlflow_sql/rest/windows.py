"""Reads all the pages of a search so that a row which exists all the while comes exactly once.

Theory. MLflow's page token is an offset into a result that is computed anew for every page, so an insert or a delete
between two requests shifts what follows. What does not change is the *keyset order*: a total order of the items by
values fixed at their creation (start_time, run_id). The ``Frontier`` is the last item delivered; everything at or
before it in that order has been *passed*. One invariant holds after every page: each item that exists during the
whole scan and stands at or before the frontier has been delivered, once. An answer keeps it if it is a contiguous
interval of the order that begins at or before the frontier: it then holds every lasting item between the frontier and
its own end, and what it holds of passed items is dropped. Two ways to get such answers:

- ``windows``, where tokens are offsets: a page is asked for at an offset a little before the end of the page before.
  If it holds *any* passed item it begins at or before the frontier. That is all the proof needs: not which page was
  computed first, so several are fetched at once, and not that nothing moved, so small shifts cost nothing. If it holds
  none, rows before it were deleted (or created, if it was computed first): pages fetched ahead are discarded, and the
  frontier is looked for at ever lower offsets, at worst 0, where an answer begins before everything.
- ``serial``, where tokens mean nothing to us: each answer is the first page of the search narrowed to the frontier's
  number and later, so it begins at or before the frontier. It is asked to be larger than the group of passed items
  with that number, so it brings something new. Only when that is impossible (a group as large as the largest page, or
  a server that shortens pages) is the server's token followed within the group, and then a delete inside that group
  can still hide a row: no proof is possible there.

Ties are compared for equality only, never ordered: the server sorts run ids as text under its own collation and
experiment ids as numbers. An item may lack the number, which reads as 0 (experiments made before MLflow 1.29 have no
creation_time: mlflow.entities.Experiment). Databases put those at either end of the order, and a clause on the number
loses them; so ``windows`` uses none, and the numberless are told to be passed by the end at which they came.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import pairwise

from mlflow_sql.catalog.model import Keyset
from mlflow_sql.errors import ResponseError
from mlflow_sql.plan.nodes import Call, Search, call
from mlflow_sql.rest.prefetch import AHEAD, Background, Shared
from mlflow_sql.rows.page import ItemKey, Page

MISMATCHES = 20  # windows in a row that miss the frontier before the scan gives up


@dataclass(frozen=True, slots=True)
class Reading:
    """What every way of paging needs to know: the search, page sizes in items, and how many requests may be open."""

    search: Search
    background: Background
    size: int | None  # None: the method has no pages
    max_size: int
    limit: int | Shared

    @property
    def concurrency(self) -> int:
        """How many requests may be in flight now."""
        return self.limit if isinstance(self.limit, int) else self.limit.each

    def call(self, token: str | None = None, **what: tuple[str, ...] | None) -> Call:
        """The call for one page of the usual size; ``order`` and ``clauses`` as for ``plan.nodes.call``."""
        return call(self.search, size=self.size, token=token, **what)

    def fault(self, what: str, hint: str | None = None) -> ResponseError:
        """A ResponseError about this search."""
        method = self.search.method
        label = f"{method.verb} {method.path}"
        return ResponseError(f"{label}: {what}", call=label, hint=hint)

    @property
    def keyset(self) -> Keyset:
        """The method's keyset, which the caller has made sure of."""
        paging = self.search.method.paging
        assert paging is not None
        assert paging.keyset is not None
        return paging.keyset

    @property
    def order(self) -> tuple[str, ...]:
        """The order_by list of the keyset, in the direction of the search."""
        direction = "DESC" if self.search.newest_first else "ASC"
        return tuple(term.format(direction=direction) for term in self.keyset.order)

    def after(self, number: int) -> tuple[str, ...]:
        """The search's clauses and the one that leaves the items with ``number`` (ms) and those behind them."""
        op = "<=" if self.search.newest_first else ">="
        return (*self.search.clauses, self.keyset.after.format(op=op, value=number))


class NotOrdered(Exception):
    """An answer is not in the order that was asked for, or its items cannot be placed in it."""


class Frontier:
    """The last item delivered: its number (None for one that has none), and the ties of all delivered equals."""

    def __init__(self, descending: bool) -> None:
        self._descending = descending
        self.started = False
        self.number: int | None = None
        self.ties: set[str] = set()
        self._unnumbered_first = False

    def passed(self, key: ItemKey) -> bool:
        """Whether the item stands at or before the frontier, as far as that can be told without ordering ties."""
        if not self.started:
            return False
        first = key.first or None
        if first == self.number:
            return key.tie in self.ties
        if first is None:
            return self._unnumbered_first
        if self.number is None:
            return not self._unnumbered_first
        return self._before(first, self.number)

    def take(self, page: Page) -> Page:
        """What of the page is new; the frontier moves to its end. NotOrdered, and no move, when it is out of order."""
        if len(page.keys) != page.items:
            raise NotOrdered
        numbers = [key.first for key in page.keys if key.first]
        if any(self._before(later, earlier) for earlier, later in pairwise(numbers)):
            raise NotOrdered
        dropped = [i for i, key in enumerate(page.keys) if self.passed(key)]
        fresh = page.without(dropped)
        for first, tie in fresh.keys:
            number = first or None
            if not self.started:
                self.started, self._unnumbered_first, self.number = True, number is None, number
            elif number != self.number:
                self.number, self.ties = number, set()
            self.ties.add(tie)
        return fresh

    def _before(self, number: int, other: int) -> bool:
        return number > other if self._descending else number < other


def offset_token(offset: int) -> str:
    """The page token of an open-source server: base64 of ``{"offset": N}`` (mlflow.utils.search_utils, since 1.0)."""
    return base64.b64encode(json.dumps({"offset": offset}).encode()).decode()


def token_offset(token: str) -> int | None:
    """The offset that such a token says, or None if it is any other kind of token."""
    try:
        said = json.loads(base64.b64decode(token, validate=True))
    except (binascii.Error, ValueError):
        return None
    if isinstance(said, dict) and said.keys() == {"offset"} and type(said["offset"]) is int:
        return said["offset"]
    return None


def windows(reading: Reading) -> Iterator[Page]:
    """All pages, several in flight: 1, 2, 4 ... ``concurrency``, and as many more in the queue behind them.

    Goes on as ``serial`` if tokens are not offsets.

    Errors: ResponseError when rows move faster than they can be read; whatever fetch raises, in its page's place.
    """
    background = reading.background
    size = max(reading.size or 0, 2)  # one item to recognise, one to win
    if size > reading.max_size:
        yield from serial(reading)
        return
    overlap = 1 + size // 200  # a shift by that many rows is no mismatch, for half a percent more rows
    frontier = Frontier(reading.search.newest_first)
    ahead: deque[tuple[int, Future[Page]]] = deque()
    width = 1  # requests in flight
    start = 0  # offset of the next window to send
    back = 0  # how far below the expected offset the frontier is looked for
    misses = 0

    def send() -> None:
        nonlocal start
        while len(ahead) < width and not any(_is_last(future) for _, future in ahead):
            token = offset_token(start) if start else None
            ahead.append((start, background.send(call(reading.search, size=size, token=token, order=reading.order))))
            start += size - overlap

    while True:
        send()
        at, future = ahead.popleft()
        page = background.wait(future)
        if at > 0 and not any(frontier.passed(key) for key in page.keys):
            misses += 1
            if misses > MISMATCHES:
                raise reading.fault(
                    f"rows keep moving: {misses} pages in a row did not continue the one before",
                    hint="Try again when fewer rows are being deleted, or narrow the statement by its start time.",
                )
            background.drop([later for _, later in ahead])
            ahead.clear()
            back = back * 2 or max(1, size // 8)
            start = max(0, at - back)
            width = 1
            continue
        try:
            fresh = frontier.take(page)
        except NotOrdered:
            background.drop([later for _, later in ahead])
            yield from _unordered(reading, frontier, page)
            return
        if fresh.items:
            back = misses = 0
        full = page.items >= size and page.token is not None and token_offset(page.token) == at + page.items
        width = min(reading.concurrency * (AHEAD if reading.concurrency > 1 else 1), width * 2)
        if full and reading.concurrency > 1:
            send()
        if fresh.items:
            yield fresh
        if page.token is None:
            return
        if not full:  # not a server whose offsets we understand
            background.drop([later for _, later in ahead])
            yield from serial(reading, frontier, page.token)
            return


def _is_last(future: Future[Page]) -> bool:
    """Whether a page is there already and has none behind it."""
    return future.done() and not future.cancelled() and future.exception() is None and future.result().token is None


def serial(
    reading: Reading, frontier: Frontier | None = None, token: str | None = None, *, enough: int | None = None
) -> Iterator[Page]:
    """All pages behind ``frontier``, one request after the other, the next one sent while a page is consumed.

    token: where to go on when nothing with a number has been delivered yet. enough: end after that many items.
    Errors: ResponseError when a token does not move; whatever fetch raises, in its page's place.
    """
    background = reading.background
    base = reading.size or reading.max_size
    frontier = frontier or Frontier(reading.search.newest_first)
    clauses = reading.search.clauses
    size = base
    sent: set[str] = set()
    items = 0
    if frontier.number is not None:
        clauses, token, size = reading.after(frontier.number), None, _grown(base, len(frontier.ties), reading.max_size)

    def send() -> Future[Page]:
        if token is not None:
            if token in sent:
                raise stuck_token(reading)
            sent.add(token)
        return background.send(call(reading.search, size=size, token=token, order=reading.order, clauses=clauses))

    future: Future[Page] | None = None
    while True:
        page = background.wait(future or send())
        future = None
        asked = size
        try:
            fresh = frontier.take(page)
        except NotOrdered:
            yield from _unordered(reading, frontier, page)
            return
        token = page.token
        items += fresh.items
        more = token is not None and (enough is None or items < enough)
        # A server that shortens pages cannot be asked for longer ones.
        room = reading.max_size if page.items >= asked else page.items
        if token is not None and fresh.items and frontier.number is not None and len(frontier.ties) < room:
            clauses, token = reading.after(frontier.number), None
            size = _grown(base, len(frontier.ties), reading.max_size)
            sent.clear()
        if more and reading.concurrency > 1 and token not in sent:
            future = send()
        if fresh.items:
            yield fresh
        if not more:
            return


def follow(
    reading: Reading,
    *,
    token: str | None = None,
    order: tuple[str, ...] | None = None,
    enough: int | None = None,
) -> Iterator[Page]:
    """Pages by the server's own tokens until there is none, or ``enough`` items came; empty pages are gone past.

    Without a keyset nothing better can be proved: on a server whose tokens are offsets a row deleted between two
    pages hides another, and a new one may double one.
    """
    background = reading.background
    sent = {token}
    items = 0
    future = background.send(reading.call(token, order=order))
    while True:
        page = background.wait(future)
        items += page.items
        more = page.token is not None and (enough is None or items < enough)
        moves = page.token not in sent
        early = more and moves and reading.concurrency > 1
        if early:
            future = background.send(reading.call(page.token, order=order))
        if page.items:
            yield page
        if not more:
            return
        if not moves:
            raise stuck_token(reading)
        if not early:
            future = background.send(reading.call(page.token, order=order))
        sent.add(page.token)


def stuck_token(reading: Reading) -> ResponseError:
    """The fault of a server that gives the same page token twice."""
    return reading.fault(
        "the page token does not move: the server gave one that it had given before",
        hint="The rows read so far are not all there are. This is a fault of the server; a newer one may not have it.",
    )


def _unordered(reading: Reading, frontier: Frontier, page: Page) -> Iterator[Page]:
    """Goes on by tokens from a first page that ignores the order asked for; later that would lose rows: a fault."""
    if frontier.started:
        raise reading.fault("a page is not in the order that was asked for, so rows could be missed")
    yield page
    if page.token is not None:
        yield from follow(reading, token=page.token, order=reading.order)


def _grown(size: int, group: int, most: int) -> int:
    """``size`` doubled until a page of it holds more than a group of ``group`` items, as far as ``most`` allows."""
    while size <= group:
        size *= 2
    return min(size, most)
