import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.fleet.engine.port import Job
from ccloud_apply.fleet.engine.queues import (
    SOURCES,
    account_queue,
    choose_queues,
    match_accounts,
    queue_of,
)

CHANNEL_BYTES = 63 - len("procrastinate_queue_v1#")


@given(st.text())
def test_a_queue_s_name_fits_a_channel_of_postgresql_whatever_the_account_is_called(
    account: str,
) -> None:
    name = account_queue(account)

    assert len(name.encode()) <= CHANNEL_BYTES
    assert name.isascii()
    assert name != SOURCES


@given(st.lists(st.text(), unique=True, max_size=20))
def test_two_accounts_have_two_queues(accounts: list[str]) -> None:
    assert len({account_queue(account) for account in accounts}) == len(accounts)


def test_polls_wait_beside_what_is_about_an_account() -> None:
    assert queue_of(Job(kind="poll", account="", name="git")) == SOURCES
    assert queue_of(Job(kind="sweep", account="a", name="")) == account_queue("a")
    assert queue_of(Job(kind="run", account="a", name="web")) == account_queue("a")


@pytest.mark.parametrize(
    ("globs", "expected"),
    [
        ((), ("a-1", "a-2", "b-1")),
        (("a-*",), ("a-1", "a-2")),
        (("b-1", "a-2"), ("a-2", "b-1")),
        (("A-*",), ()),
    ],
)
def test_globs_choose_accounts(globs: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert match_accounts(("b-1", "a-2", "a-1"), globs) == expected


def test_a_worker_without_globs_looks_at_every_queue() -> None:
    assert choose_queues(("a",), ()) is None


def test_a_worker_with_globs_leaves_polls_and_other_accounts_alone() -> None:
    assert choose_queues(("a", "b"), ("a",)) == (account_queue("a"),)


def test_a_worker_whose_globs_match_nothing_takes_nothing() -> None:
    assert choose_queues(("a", "b"), ("c*",)) == ()
