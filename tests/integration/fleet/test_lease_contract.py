"""Leases, journals, slots and permits on both databases: who may write, and who may no more."""

import asyncio
import itertools

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from ccloud_apply.fleet.model.lease import LeaseKey
from ccloud_apply.fleet.store.database import Database
from ccloud_apply.fleet.store.statements.customer import (
    find_accounts_of,
    find_customer,
    note_customer,
)
from ccloud_apply.fleet.store.statements.journal import (
    append_journal,
    cut_journal,
    read_journal,
    replace_journal,
)
from ccloud_apply.fleet.store.statements.lease import (
    find_holder,
    give_back_lease,
    renew_lease,
    take_lease,
)
from ccloud_apply.fleet.store.statements.permits import (
    NONE,
    close_account,
    read_closed,
    take_permits,
)
from ccloud_apply.fleet.store.statements.slots import (
    lock_slots,
    note_slot_task,
    release_slot,
    renew_slot,
    take_slot,
)
from tests.support.examples import examples
from tests.support.stores import Store, run

KEY = LeaseKey(kind="stack", account="a", name="web")
LONG_S = 3600


async def take(database: Database, holder: str = "w1", key: LeaseKey = KEY) -> int | None:
    async with database.write() as tx:
        return await take_lease(tx, key, holder=holder, lease_s=LONG_S)


async def end_all(database: Database) -> None:
    """Time goes by, until every lease has ended."""
    async with database.write() as tx:
        await tx.execute("update lease set until = {now} - 1")
        await tx.execute("update slot set until = {now} - 1 where until > {now}")


async def add_account(database: Database, name: str = "a", *, configured: int = 1) -> None:
    async with database.write() as tx:
        await tx.execute(
            "insert into account (name, endpoint, runs, creates, sweep_every, sweep_due,"
            " is_configured) values (:name, 'sandbox', 4, 10, 60, 0, :configured)",
            name=name,
            configured=configured,
        )


def test_one_worker_has_a_lease_until_it_gives_it_back_or_its_time_is_over(store: Store) -> None:
    async def test(database: Database) -> None:
        assert await take(database, "w1") == 1
        assert await take(database, "w2") is None
        async with database.read() as tx:
            found = await find_holder(tx, KEY)
            assert found is not None
            assert (found.holder, found.fence) == ("w1", 1)
            assert LONG_S - 600 < found.left_s <= LONG_S
        async with database.write() as tx:
            assert await give_back_lease(tx, KEY, holder="w1", fence=1)
            assert not await give_back_lease(tx, KEY, holder="w1", fence=1)
        async with database.read() as tx:
            assert await find_holder(tx, KEY) is None
        assert await take(database, "w2") == 2
        await end_all(database)
        async with database.write() as tx:
            assert not await renew_lease(
                tx, KEY, holder="w2", fence=2, lease_s=LONG_S
            )  # never revived
            assert not await give_back_lease(tx, KEY, holder="w2", fence=2)
            holder = await find_holder(tx, KEY)
            assert holder is not None
            assert holder.left_s < 0  # a dead one, whom nobody has taken over yet
        assert await take(database, "w3") == 3
        async with database.write() as tx:
            # The number of a backup that was restored while w2 went on.
            assert not await renew_lease(tx, KEY, holder="w2", fence=3, lease_s=LONG_S)
        async with database.write() as tx:
            assert not await renew_lease(tx, KEY, holder="w2", fence=2, lease_s=LONG_S)
            assert await renew_lease(tx, KEY, holder="w3", fence=3, lease_s=LONG_S)

    run(store, test)


def test_leases_of_one_name_but_another_kind_or_account_have_nothing_in_common(
    store: Store,
) -> None:
    keys = [
        KEY,
        LeaseKey(kind="stack", account="b", name="web"),
        LeaseKey(kind="source", name="web"),
        LeaseKey(kind="account", account="a"),
    ]

    async def test(database: Database) -> None:
        assert [await take(database, key=key) for key in keys] == [1, 1, 1, 1]

    run(store, test)


def test_of_many_who_want_one_lease_at_a_time_one_gets_it(store: Store) -> None:
    async def test(database: Database) -> None:
        for fence in range(1, 6):
            taken = await asyncio.gather(*(take(database, f"w{n}") for n in range(8)))
            assert [one for one in taken if one is not None] == [fence]
            await end_all(database)

    run(store, test)


def test_a_take_over_waits_for_the_record_that_the_holder_is_writing(postgres_store: Store) -> None:
    """The lease has ended meanwhile, and yet nobody has it before the record is there."""

    async def test(database: Database) -> None:
        fence = await take(database)
        assert fence == 1
        async with database.write() as tx:
            assert await renew_lease(tx, KEY, holder="w1", fence=fence, lease_s=-1)
            other = asyncio.create_task(take(database, "w2"))
            done, _ = await asyncio.wait([other], timeout=0.05)
            assert not done
            await append_journal(tx, "a", "web", fence=fence, after=0, lines=["one"])
        assert await other == 2
        async with database.read() as tx:
            assert await read_journal(tx, "a", "web") == ["one"]

    run(postgres_store, test)


def test_a_journal_keeps_its_lines_in_order_and_to_itself(store: Store) -> None:
    async def test(database: Database) -> None:
        async with database.write() as tx:
            await replace_journal(tx, "a", "web", fence=1, lines=["one", "two"])
            await append_journal(tx, "a", "web", fence=1, after=2, lines=["three", "no"])
            # The end of the write before was not heard of, so it counts as failed.
            await cut_journal(tx, "a", "web", after=3)
            await append_journal(tx, "a", "web", fence=2, after=3, lines=["four"])
            await replace_journal(tx, "b", "web", fence=1, lines=["other"])
            assert await read_journal(tx, "a", "web") == ["one", "two", "three", "four"]
            await replace_journal(tx, "a", "web", fence=3, lines=["anew"])
            assert await read_journal(tx, "a", "web") == ["anew"]
            assert await read_journal(tx, "b", "web") == ["other"]
            assert await read_journal(tx, "a", "we") == []

    run(store, test)


def test_a_slot_is_leased_and_what_its_holder_had_under_way_is_told(store: Store) -> None:
    async def test(database: Database) -> None:
        await add_account(database)
        async with database.write() as tx:
            assert await lock_slots(tx, "a") == []
            assert await take_slot(tx, "a", 0, holder="w1", lease_s=LONG_S)
            assert not await take_slot(tx, "a", 0, holder="w2", lease_s=LONG_S)
            await note_slot_task(tx, "a", 0, holder="w2", task_id=6)  # not its slot
            await note_slot_task(tx, "a", 0, holder="w1", task_id=7)
            await release_slot(tx, "a", 0, holder="w2", has_ended=True)
            (slot,) = await lock_slots(tx, "a")
            assert (slot.number, slot.holder, slot.task_id, slot.is_held) == (0, "w1", 7, True)
        await end_all(database)
        async with database.write() as tx:
            await renew_slot(tx, "a", 0, holder="w1", lease_s=LONG_S)  # too late
            (slot,) = await lock_slots(tx, "a")
            assert (slot.holder, slot.task_id, slot.is_held) == ("w1", 7, False)
            assert await take_slot(tx, "a", 0, holder="w2", lease_s=LONG_S)
            await release_slot(tx, "a", 0, holder="w1", has_ended=True)  # taken over meanwhile
            (slot,) = await lock_slots(tx, "a")
            assert (slot.holder, slot.task_id, slot.is_held) == ("w2", None, True)
            await note_slot_task(tx, "a", 0, holder="w2", task_id=2**40)
            await renew_slot(tx, "a", 0, holder="w2", lease_s=LONG_S)
            await release_slot(tx, "a", 0, holder="w2", has_ended=True)
            (slot,) = await lock_slots(tx, "a")
            assert (slot.holder, slot.task_id, slot.is_held) == (None, 2**40, False)
            assert await take_slot(tx, "a", 0, holder="w3", lease_s=LONG_S)
            await release_slot(tx, "a", 0, holder="w3", has_ended=False)
            (slot,) = await lock_slots(tx, "a")
            assert (slot.holder, slot.task_id, slot.is_held) == (None, None, False)

    run(store, test)


def test_permits_follow_on_each_other_whoever_takes_them(store: Store) -> None:
    async def test(database: Database) -> None:
        await add_account(database)
        async with database.write() as tx:
            begins = [(await take_permits(tx, "a", seconds=LONG_S)).begins_s for _ in range(3)]
            assert begins[0] == 0
            assert LONG_S - 600 < begins[1] <= LONG_S
            assert 2 * LONG_S - 600 < begins[2] <= 2 * LONG_S
            await tx.execute("update account set tat = {now} - 900")
            late = await take_permits(tx, "a", seconds=LONG_S)
            assert (late.begins_s, late.closed_s) == (0, 0)  # nobody saves permits up
            assert await take_permits(tx, "unknown", seconds=50) == NONE

    run(store, test)


def test_a_pause_is_told_to_all_and_a_shorter_one_does_not_end_it(store: Store) -> None:
    async def test(database: Database) -> None:
        await add_account(database)
        async with database.write() as tx:
            assert (await read_closed(tx, "a")).closed_s == 0
            await close_account(tx, "a", seconds=LONG_S)
            await close_account(tx, "a", seconds=10)
            assert LONG_S - 600 < (await read_closed(tx, "a")).closed_s <= LONG_S
            assert LONG_S - 600 < (await take_permits(tx, "a", seconds=1)).closed_s <= LONG_S
            assert await read_closed(tx, "unknown") == NONE

    run(store, test)


def test_the_customer_of_an_account_is_noted_once(store: Store) -> None:
    async def test(database: Database) -> None:
        for name in ("b", "a"):
            await add_account(database, name)
        await add_account(database, "left", configured=0)
        async with database.write() as tx:
            assert await find_customer(tx, "a") is None
            assert await find_customer(tx, "unknown") is None
            for name in ("a", "b", "left"):
                await note_customer(tx, name, "10001")
            await note_customer(tx, "a", "20002")
            assert await find_customer(tx, "a") == "10001"
            assert await find_accounts_of(tx, "10001") == ["a", "b"]
            assert await find_accounts_of(tx, "20002") == []

    run(store, test)


class LeaseMachine(RuleBasedStateMachine):
    """Workers that take, renew, write and give back in any order, and time that ends leases.

    Each believes for as long as it likes that it has the lease. The model knows who has."""

    runner: asyncio.Runner
    database: Database
    names = itertools.count()

    def __init__(self) -> None:
        super().__init__()
        self.key = LeaseKey(kind="stack", account="a", name=f"stack-{next(self.names)}")
        self.believed: dict[str, int] = {}
        self.has: int | None = None
        self.highest = 0
        self.written: list[int] = []

    @rule(worker=st.sampled_from("abc"))
    def take(self, worker: str) -> None:
        fence = self.runner.run(take(self.database, worker, self.key))
        assert (fence is not None) == (self.has is None)
        if fence is not None:
            assert fence > self.highest
            self.highest = self.has = self.believed[worker] = fence

    @rule(worker=st.sampled_from("abc"))
    def renew(self, worker: str) -> None:
        async def renew() -> bool:
            async with self.database.write() as tx:
                fence = self.believed.get(worker, 0)
                return await renew_lease(tx, self.key, holder=worker, fence=fence, lease_s=LONG_S)

        assert self.runner.run(renew()) == self._is_holder(worker)

    @rule(worker=st.sampled_from("abc"))
    def write(self, worker: str) -> None:
        async def write() -> bool:
            fence = self.believed.get(worker, 0)
            async with self.database.write() as tx:
                if not await renew_lease(tx, self.key, holder=worker, fence=fence, lease_s=LONG_S):
                    return False
                lines, after = [str(fence)], len(self.written)
                name = self.key.name
                await append_journal(tx, "a", name, fence=fence, after=after, lines=lines)
            return True

        is_written = self.runner.run(write())
        assert is_written == self._is_holder(worker)
        if is_written:
            self.written.append(self.believed[worker])

    @rule(worker=st.sampled_from("abc"))
    def give_back(self, worker: str) -> None:
        async def give_back() -> bool:
            async with self.database.write() as tx:
                fence = self.believed.get(worker, 0)
                return await give_back_lease(tx, self.key, holder=worker, fence=fence)

        assert self.runner.run(give_back()) == self._is_holder(worker)
        if self._is_holder(worker):
            self.has = None

    @rule()
    def let_it_end(self) -> None:
        self.runner.run(end_all(self.database))
        self.has = None

    @invariant()
    def nobody_else_has_written(self) -> None:
        async def read() -> list[int]:
            async with self.database.read() as tx:
                return [int(line) for line in await read_journal(tx, "a", self.key.name)]

        found = self.runner.run(read())
        assert found == self.written == sorted(found)

    def _is_holder(self, worker: str) -> bool:
        return self.has is not None and self.believed.get(worker) == self.has


def test_whatever_the_order_at_most_one_worker_can_write_and_fences_never_go_back(
    store: Store,
) -> None:
    with asyncio.Runner() as runner:
        context = store.open()

        class Machine(LeaseMachine):
            pass

        Machine.runner, Machine.database = runner, runner.run(context.__aenter__())
        try:
            few = settings(max_examples=examples(25), stateful_step_count=20)
            run_state_machine_as_test(Machine, settings=few)
        finally:
            runner.run(context.__aexit__(None, None, None))


@pytest.mark.parametrize("key", [KEY, LeaseKey(kind="account", account="a")])
def test_a_lease_says_what_it_is_about(key: LeaseKey) -> None:
    assert str(key) in ("the stack web in the account a", "the account a")
