"""What an apply holds its stacks with in a fleet: leases of all names, journals, whose account."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from ccloud_apply.api.client import Client
from ccloud_apply.errors import ApplyError, JournalError, LockedError
from ccloud_apply.fleet.lease.hold import LeaseHold
from ccloud_apply.fleet.lease.lease import Lease, hold_lease
from ccloud_apply.fleet.model.lease import LeaseKey
from ccloud_apply.fleet.store.statements.customer import find_customer, note_customer
from ccloud_apply.fleet.store.statements.lease import take_lease
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.declared.stack import Rename, Stack
from ccloud_apply.workflows.account.connection import Connection, Execution
from ccloud_apply.workflows.account.held_stacks import Held
from ccloud_apply.workflows.account.run import Run
from tests.support.builders import stack
from tests.support.journals import INTENT
from tests.support.leases import Test, Unreliable, run_with_store
from tests.support.virtual_time import VirtualClock

ENDPOINT = "https://api.example/api/v1"


class Asked:
    """A client that knows whose account it is, and how often it was asked."""

    def __init__(self, customer: str | None = "10001") -> None:
        self.customer = customer
        self.asked = 0

    async def find_customer(self) -> str | None:
        self.asked += 1
        return self.customer


def run(folder: Path, test: Test) -> Any:
    return run_with_store(folder, test, accounts=("a", "b"))


def named(name: str, *earlier: str) -> Stack:
    here = SourceRange("web.yaml", 1, 1)
    renamed = tuple(Rename(before=before, source=here) for before in earlier)
    return replace(stack(name=name), renamed=renamed)


def build_run(client: Asked, endpoint: str = ENDPOINT) -> Run:
    connection = Connection(endpoint=endpoint, client_id="id", client_secret="secret")
    return Run(client=cast("Client", client), clock=VirtualClock(), connection=connection)


@asynccontextmanager
async def hold(
    database: Unreliable, run: Run, one: Stack, *, creates: int = 10
) -> AsyncIterator[tuple[Lease, Held]]:
    """The stack as a worker holds it: by its lease, and by what an apply takes beside it."""
    async with hold_lease(database, VirtualClock(), "stack", "a", "web", "w1", 30) as lease:
        assert lease is not None
        holding = LeaseHold(database=database, lease=lease, creates=creates)
        async with holding(run, (one,), Execution(), lambda text: None) as held:
            yield lease, held


async def take(database: Unreliable, name: str) -> int | None:
    async with database.write() as tx:
        key = LeaseKey(kind="stack", account="a", name=name)
        return await take_lease(tx, key, holder="other", lease_s=30)


def test_the_earlier_names_of_a_stack_are_held_with_it_and_given_back(tmp_path: Path) -> None:
    async def test(database: Unreliable) -> None:
        async with hold(database, build_run(Asked()), named("web", "old")) as (_, held):
            assert await take(database, "old") is None
            journals = await held.open_journals()
            assert list(journals) == ["web", "old"]
            await held.may_send()
            for name, journal in journals.items():
                await journal.begin_run()
                await journal.write_intent(INTENT)
                async with database.read() as tx:
                    rows = await tx.fetch("select n from journal where stack = :name", name=name)
                assert len(rows) == 2
        assert await take(database, "old") == 2
        assert await take(database, "web") == 2

    run(tmp_path, test)


def test_a_stack_of_which_another_worker_has_an_earlier_name_is_left_alone(tmp_path: Path) -> None:
    async def test(database: Unreliable) -> None:
        assert await take(database, "older") == 1
        with pytest.raises(LockedError, match=r"the stack older .*: other has its lease"):
            async with hold(database, build_run(Asked()), named("web", "old", "older")):
                raise AssertionError("it is not held")
        assert await take(database, "old") == 2  # what was taken is given back

    run(tmp_path, test)


def test_a_lease_of_an_earlier_name_that_is_lost_lets_nothing_leave(tmp_path: Path) -> None:
    async def test(database: Unreliable) -> None:
        async with hold(database, build_run(Asked()), named("web", "old")) as (lease, held):
            async with database.write() as tx:
                await tx.execute("update lease set until = {now} - 1 where name = 'old'")
            assert await take(database, "old") == 2
            await VirtualClock().sleep(11)  # until it is to be renewed
            assert lease.is_safe
            with pytest.raises(ApplyError, match="not sent: the lease of the stack old"):
                await held.may_send()

    run(tmp_path, test)


def test_whose_account_it_is_is_asked_once_and_kept(tmp_path: Path) -> None:
    async def test(database: Unreliable) -> None:
        client = Asked()
        for _ in range(3):
            async with hold(database, build_run(client), named("web")) as (_, held):
                await held.learn("10001")
        assert client.asked == 1
        async with database.read() as tx:
            assert await find_customer(tx, "a") == "10001"

    run(tmp_path, test)


def test_an_account_that_leads_to_another_customer_than_before_changes_nothing(
    tmp_path: Path,
) -> None:
    async def test(database: Unreliable) -> None:
        async with database.write() as tx:
            await note_customer(tx, "a", "10001")
        async with hold(database, build_run(Asked()), named("web")) as (_, held):
            with pytest.raises(ApplyError, match=r"customer 10001, .* customer 20002") as told:
                await held.learn("20002")
            assert told.value.hint == "give the account another name than a in fleet.yaml"

    run(tmp_path, test)


def test_an_empty_account_with_another_access_than_before_changes_nothing(tmp_path: Path) -> None:
    """It may be that of another customer, who has nothing yet that tells it."""

    async def test(database: Unreliable) -> None:
        async with hold(database, build_run(Asked()), named("web")) as (_, held):
            await held.learn("10001")
        async with hold(database, build_run(Asked()), named("web")) as (_, held):
            await held.learn(None)  # all of its servers have gone, and it is the same access
        other = build_run(Asked(None), "https://other.example/api/v1")
        async with hold(database, other, named("web")) as (_, held):
            with pytest.raises(ApplyError, match="nothing says whose account it is now"):
                await held.learn(None)
            await held.learn("10001")  # it says so: the address has moved
        async with hold(database, other, named("web")) as (_, held):
            await held.learn(None)

    run(tmp_path, test)


def test_two_accounts_of_one_customer_are_one_and_change_nothing(tmp_path: Path) -> None:
    """Two leases of one stack would be two runs at a time."""

    async def test(database: Unreliable) -> None:
        async with database.write() as tx:
            await note_customer(tx, "b", "10001")
        async with hold(database, build_run(Asked()), named("web")) as (_, held):
            with pytest.raises(ApplyError, match="a and b are both of customer 10001"):
                await held.learn("10001")
        local = build_run(Asked(), "http://127.0.0.1:8080/api/v1")
        async with hold(database, local, named("web")) as (_, held):
            await held.learn("10001")  # sandboxes all have the same number

    run(tmp_path, test)


def test_a_customer_that_is_known_only_later_keeps_the_journal(tmp_path: Path) -> None:
    async def test(database: Unreliable) -> None:
        client = Asked(None)
        async with hold(database, build_run(client), named("web")) as (_, held):
            journal = (await held.open_journals())["web"]
            await journal.begin_run()
            await journal.write_intent(INTENT)
            await held.learn(None)
            await held.note("10001")  # its first server tells it
        async with hold(database, build_run(client), named("web")) as (_, held):
            assert len((await held.open_journals())["web"].open_entries) == 1
        assert client.asked == 1
        other = build_run(Asked(), "https://other.example/api/v1")
        async with database.write() as tx:
            await tx.execute("update account set customer_id = '20002'")
        async with hold(database, other, named("web")) as (_, held):
            with pytest.raises(JournalError, match="another customer"):
                await held.open_journals()

    run(tmp_path, test)


def test_the_account_says_how_many_creates_it_takes(tmp_path: Path) -> None:
    async def test(database: Unreliable) -> None:
        here = build_run(Asked())
        async with hold(database, here, named("web"), creates=2) as (_, held):
            slots: Any = held.slots(10)(here.client, here.clock, poll_s=1, timeout_s=1)
            assert slots.place.limit == 2

    run(tmp_path, test)
