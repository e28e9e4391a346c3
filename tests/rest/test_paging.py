"""Which pages come: every lasting item once, in order, whatever the server does meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlflow_sql.errors import ResponseError
from mlflow_sql.plan.nodes import Call, Search
from mlflow_sql.rows.page import ItemKey, Page
from support.paging import HISTORY, RUNS, SEARCH, AtOnce, Server, create, delete, keys_of, nothing, page_of, scan


@st.composite
def changing_servers(draw: st.DrawFn, least: int) -> tuple[Server, set[ItemKey]]:
    """A server whose script creates, deletes and restores items, and those that exist all the while."""
    numbers = draw(st.lists(st.integers(least, least + 4), max_size=24))
    ties = draw(st.permutations(range(40)))  # so that creation puts items anywhere among their equals
    items = {str(tie): number for tie, number in zip(ties, numbers, strict=False)}
    changing = set(draw(st.lists(st.sampled_from(sorted(items)), max_size=16))) if items else set()
    unborn = [str(tie) for tie in ties[len(numbers) :]]
    step = st.one_of(
        st.builds(create, st.sampled_from(unborn), st.integers(1, 6)),
        st.builds(lambda some: delete(*some), st.lists(st.sampled_from(sorted(changing) or unborn), max_size=6)),
        st.builds(lambda tie: create(tie, items[tie]), st.sampled_from(sorted(changing))) if changing else st.nothing(),
    )
    # An item's number is fixed by its creation: a second creation under the same tie would be another item.
    born: dict[str, int] = dict(items)

    def once(change: Callable[[Server], None]) -> Callable[[Server], None]:
        def apply(server: Server) -> None:
            change(server)
            for tie, number in server.items.items():
                server.items[tie] = born.setdefault(tie, number)

        return apply

    script = [once(change) for change in draw(st.lists(step, max_size=20))]
    lasting = {ItemKey(number, tie) for tie, number in items.items() if tie not in changing}
    return Server(items, script, numberless_last=draw(st.booleans())), lasting


def check(found: list[ItemKey], lasting: set[ItemKey], newest_first: bool) -> None:
    assert len({key.tie for key in found}) == len(found), "an item came twice"
    kept = [key for key in found if key in lasting]
    assert set(kept) == lasting, "an item was lost"
    sign = -1 if newest_first else 1
    numbered = [key for key in kept if key.first]
    assert numbered == sorted(numbered, key=lambda key: (sign * key.first, int(key.tie)))


@settings(max_examples=400, deadline=None)
@given(changing_servers(0), st.integers(1, 5), st.integers(1, 4), st.booleans(), st.booleans())
def test_lasting_items_come_once_by_offset_windows(
    given_server: tuple[Server, set[ItemKey]], size: int, concurrency: int, newest_first: bool, threads: bool
) -> None:
    """Whatever is created, deleted or restored between requests, an item that lasts comes exactly once, in order;
    so do items without a number, at whichever end the database puts them."""
    server, lasting = given_server
    found = scan(
        server,
        replace(SEARCH, newest_first=newest_first),
        size=size,
        concurrency=concurrency,
        executor=None if threads else AtOnce(),
    )
    check(keys_of(found), lasting, newest_first)


@settings(max_examples=400, deadline=None)
@given(
    changing_servers(1), st.integers(1, 5), st.integers(1, 4), st.booleans(), st.booleans(), st.sets(st.integers(1, 9))
)
def test_lasting_items_come_once_by_keyset(
    given_server: tuple[Server, set[ItemKey]],
    size: int,
    concurrency: int,
    newest_first: bool,
    says_offset_tokens: bool,
    blank: set[int],
) -> None:
    """The same where tokens are opaque, even if the server was said to have offsets, and with empty pages between."""
    server, lasting = given_server
    server.opaque, server.blank = True, tuple(blank)
    search = replace(SEARCH, newest_first=newest_first)
    found = scan(server, search, size=size, concurrency=concurrency, offset_tokens=says_offset_tokens)
    check(keys_of(found), lasting, newest_first)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 20), st.integers(1, 5), st.integers(1, 4), st.integers(1, 6), st.booleans(), st.booleans())
def test_every_way_reads_a_quiet_server(
    count: int, size: int, concurrency: int, cap: int, keyset: bool, opaque: bool
) -> None:
    """Nothing moves: by tokens too, all items come once, though pages are cut below what was asked, though all items
    share one number and no page can hold them."""
    server = Server(dict.fromkeys(map(str, range(count)), 7), cap=cap, opaque=opaque)
    found = keys_of(scan(server, size=size, concurrency=concurrency, keyset=keyset, offset_tokens=not opaque))
    assert [int(key.tie) for key in found] == list(range(count))


def test_deletes_beyond_the_overlap_lose_nothing() -> None:
    """Many rows deleted before the next page: the place is found again."""
    server = Server({str(n): n for n in range(1, 201)}, [nothing, delete(*map(str, range(1, 120)))])
    found = keys_of(scan(server, size=50, concurrency=1))
    assert [key.first for key in found] == [*range(1, 51), *range(120, 201)]


def test_a_large_group_of_equals_is_not_read_again_and_again() -> None:
    """Where pages cannot be made larger than the group, each part of it costs about one request."""
    server = Server(dict.fromkeys(map(str, range(60)), 7), cap=3, opaque=True)
    assert len(keys_of(scan(server, size=5, offset_tokens=False))) == 60
    assert len(server.calls) <= 24


def test_inserts_cost_no_request() -> None:
    """Rows created before the next page shift it, but it still holds a row that is known: nothing is read again."""
    quiet, busy = (Server({str(n): 10 for n in range(10, 50)}) for _ in range(2))
    busy.script = [nothing, nothing, create("1", 10), nothing, create("2", 10)]
    assert keys_of(scan(quiet, size=10, executor=AtOnce())) == keys_of(scan(busy, size=10, executor=AtOnce()))
    assert len(busy.calls) <= len(quiet.calls) + 1


@pytest.mark.parametrize("how", [{"keyset": False}, {"offset_tokens": False}])
def test_a_token_that_does_not_move_is_an_error(how: dict[str, bool]) -> None:
    """The bug of get-history in some releases, an empty page with the same token for ever, ends in an error."""
    calls: list[Call] = []

    def fetch(call: Call) -> Page:
        calls.append(call)
        return page_of([], "same")

    with pytest.raises(ResponseError, match="token does not move") as caught:
        keys_of(scan(fetch, **how))
    assert caught.value.call == "POST runs/search"
    assert len(calls) == 2


def test_a_pushed_limit_is_one_request() -> None:
    """A limit that one page holds asks for exactly that many and follows no token once they came."""
    server = Server({str(n): n for n in range(1, 50)})
    found = keys_of(scan(server, replace(SEARCH, limit=7, newest_first=True)))
    assert [key.first for key in found] == [49, 48, 47, 46, 45, 44, 43]
    assert [call.body and call.body["max_results"] for call in server.calls] == [7]
    assert keys_of(scan(server, replace(SEARCH, limit=0))) == []
    assert len(server.calls) == 1


@pytest.mark.parametrize("order", [(), ("attributes.start_time DESC",)])
def test_a_limit_is_reached_though_pages_come_short(order: tuple[str, ...]) -> None:
    """A server that gives fewer items than asked, or none, and a token is asked on until the limit is reached."""
    server = Server({str(n): n for n in range(1, 50)}, cap=3, blank=(2,), opaque=True)
    found = keys_of(scan(server, replace(SEARCH, limit=7, order=order), offset_tokens=False))
    assert len(found) >= 7
    assert len({key.tie for key in found}) == len(found)
    assert len(server.calls) <= 5


def test_a_limit_above_the_largest_page_ends_the_scan() -> None:
    """Such a limit is read in pages of the usual size and stops once it is reached."""
    small = msgspec.structs.replace(RUNS, paging=msgspec.structs.replace(RUNS.paging, max_size=10))
    server = Server({str(n): n for n in range(1, 100)})
    found = keys_of(scan(server, Search(small, limit=30), size=50))
    assert 30 <= len(found) < 60
    assert {call.body and call.body["max_results"] for call in server.calls} == {10}


def test_a_server_that_ignores_the_order_is_followed_by_its_tokens() -> None:
    """Nothing is dropped as passed when the first page shows that the order was not kept; later it is an error."""
    token = Server({}).token(2)

    def answers(first: list[int], second: list[int]) -> Callable[[Call], Page]:
        def fetch(call: Call) -> Page:
            assert call.body is not None
            part, more = (second, None) if "page_token" in call.body else (first, token)
            return page_of([ItemKey(n, str(n)) for n in part], more)

        return fetch

    assert [key.first for key in keys_of(scan(answers([9, 3], [1, 5])))] == [9, 3, 1, 5]
    with pytest.raises(ResponseError, match="order"):
        keys_of(scan(answers([1, 2], [3, 2])))


def test_a_method_without_keyset_follows_tokens() -> None:
    """A metric's history is read by its tokens, each page asked for before the one before it is consumed."""
    parts = {None: (["1", "2"], "t1"), "t1": ([], "t2"), "t2": (["3"], None)}
    calls: list[Call] = []

    def fetch(call: Call) -> Page:
        calls.append(call)
        ties, token = parts[call.query.get("page_token")]  # type: ignore[union-attr]
        return replace(page_of([ItemKey(0, tie) for tie in ties], token), keys=[])

    found = scan(fetch, Search(HISTORY, {"run_id": "r", "metric_key": "m"}), size=None)
    assert [page.items for page in found] == [2, 1]
    assert [call.query and call.query["max_results"] for call in calls] == [25_000] * 3
