"""Any statement, with pushdown and without, gives the same rows."""

from __future__ import annotations

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from differential.conftest import Lab
from differential.oracle import _BIG, Answered, ask, assert_same
from differential.statements import Made, statements
from differential.vocabulary import Vocabulary, vocabulary

FORMS = ("plain", "limited", "joined", "grouped", "combined", "with", "nested")


@pytest.fixture(scope="module")
def words(lab: Lab) -> Vocabulary:
    return vocabulary(lab.oracle)


@pytest.mark.parametrize("form", FORMS)
@given(data=st.data())
def test_pushdown_changes_no_answer(lab: Lab, words: Vocabulary, form: str, data: st.DataObject) -> None:
    """Rows, columns, types and order are those of the same statement over complete copies of the tables."""
    made = data.draw(statements(words, form))
    # Drawn before the answer is known: a LIMIT without ORDER BY gives other rows each time, and draws must not differ.
    connection = data.draw(st.sampled_from([lab.default] * 4 + [lab.pages] * 2 + [lab.off]))
    wanted = lab.oracle.answer(made.whole or made.sql, made.params or None)
    if len(wanted.rows) > _BIG:
        return
    note("pushdown off" if connection is lab.off else "")
    got = ask(connection, made.sql, made.params or None)
    check(got, wanted, made)


def check(got: Answered, wanted: Answered, made: Made) -> None:
    """Compare as far as the statement says which rows come."""
    assert_same(got, wanted, made.sql, rows=made.rows)
    if made.limit is not None and not wanted.failed and not got.failed:
        count = min(made.limit, max(0, len(wanted.rows) - made.offset))
        assert len(got.rows) == count, f"{made.sql}\n  wanted {count} rows, got {len(got.rows)}"
