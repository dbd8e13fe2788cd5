"""What an earlier run left open is settled by what the account shows, in virtual time."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ccloud_apply.apply.journal.journal import Journal
from ccloud_apply.apply.once.context import Context
from ccloud_apply.apply.once.intent import digest_body
from ccloud_apply.apply.once.recovery import Recovery
from ccloud_apply.apply.once.unseen import UnseenChange, find_fields, is_judged, require_declared
from ccloud_apply.apply.result import ApplyOptions
from ccloud_apply.errors import ApplyError
from ccloud_apply.model.journal import Entry, Intent
from ccloud_apply.model.live.account import LiveDisk, LiveServer, Task
from ccloud_apply.model.results.plan import Action, Plan, ServerPlan, StackPlan, Step
from tests.support.journals import ACCOUNT, do, intent
from tests.support.scripted_api import ScriptedApi
from tests.support.virtual_time import VirtualClock, run_virtually

GB = 1024**3
SHOWS_AT = 40.0
SHUTDOWN = intent(
    "a/shutdown",
    operation_id="change_server_state",
    path="/ccloud/servers/vs1/state/shutdown",
    hostname="vs1",
    closed_by="a/start",
    baseline={},
)
START = intent(
    "a/start",
    operation_id="change_server_state",
    path="/ccloud/servers/vs1/state/start",
    hostname="vs1",
    closes="a/shutdown",
    baseline={},
)
DISK = intent(
    "a/disks.2",
    operation_id="add_server_disk",
    path="/ccloud/servers/vs1/disks",
    hostname="vs1",
    baseline={"disks": ["sc0s0"], "size": 20 * GB},
)
CORES = intent(
    "a/cores",
    operation_id="resize_server_cores",
    path="/ccloud/servers/vs1/cores",
    hostname="vs1",
    baseline={"cores": 2},
)
MEMORY = intent(
    "a/memory",
    operation_id="resize_server_memory",
    path="/ccloud/servers/vs1/memory",
    hostname="vs1",
    baseline={"memory": 8},
)
REDEPLOY = intent(
    "a/redeploy",
    operation_id="redeploy_server",
    path="/servers/vs1/redeploy",
    hostname="vs1",
    baseline={"os_name": "Debian 12"},
)
ADDON = intent(
    "a/addons.backup",
    operation_id="set_server_addon",
    path="/servers/vs1/addons/backup",
    hostname="vs1",
    baseline={"count": 1},
)
DELETE = intent(
    "a/destroy",
    operation_id="delete_server",
    path="/ccloud/servers/vs1",
    hostname="vs1",
    baseline={"id": 1},
)
GROWTH = intent(
    "a/disks.1",
    operation_id="resize_server_disk",
    path="/ccloud/servers/vs1/disks/sc0s0",
    hostname="vs1",
    baseline={"size": 30},
)
OLD = LiveDisk(id="sc0s0", size_gb=20)
NEW = LiveDisk(id="sc0s1", size_gb=20)


class _LateApi(ScriptedApi):
    """Every task is over; what it did shows from `shows_at` on, if ever."""

    def __init__(self, *, shows_at: float, before: Any = None, after: Any = None) -> None:
        super().__init__()
        self.shows_at, self.before, self.after = shows_at, before, after

    async def list_tasks(self, **query: Any) -> tuple[Task, ...]:
        done = Task(id=7, action="any", status="done", hostname="vs1")
        return () if query.get("status") == "processing" else (done,)

    async def read_part(self, operation_id: str, hostname: str) -> Any:
        self._note_read(operation_id)
        return self.after if self._now() >= self.shows_at else self.before


BEFORE = LiveServer(
    id=1,
    hostname="vs1",
    tags=("stack:web", "server:a"),
    cores=1,
    memory_gb=4,
    os_name="Debian 12",
)
AFTER = replace(BEFORE, cores=2, memory_gb=8, os_name="Rocky 9", addons={"backup": 1})


class _BehindApi(_LateApi):
    """The list and the read of one server are behind, each for a time of its own."""

    def __init__(
        self, *, list_at: float = 0, detail_at: float = 0, after: LiveServer | None = AFTER
    ) -> None:
        super().__init__(shows_at=0)
        self.list_at, self.detail_at, self.now_is = list_at, detail_at, after

    def _see_at(self, at: float) -> tuple[LiveServer, ...]:
        server = self.now_is if self._now() >= at else BEFORE
        return () if server is None else (server,)

    async def list_servers(self, *, tag: str | None = None) -> tuple[LiveServer, ...]:
        self.servers = self._see_at(self.list_at)
        return await super().list_servers(tag=tag)

    async def get_server(self, hostname: str) -> LiveServer:
        self.servers = self._see_at(self.detail_at)
        return await super().get_server(hostname)


def settle(
    folder: Path,
    api: ScriptedApi,
    write: Callable[[Journal], object],
    unseen: list[UnseenChange] | None = None,
) -> tuple[list[Entry], float]:
    """The entries after settling what `write` has left in the journal, and the seconds it took.

    What does not show is added to `unseen`, and an error where nobody expects any.
    """

    clock = VirtualClock()
    journal = Journal.open(folder, account=ACCOUNT, stack="web", clock=clock)
    do(journal.begin_run())
    write(journal)

    async def main() -> tuple[list[Entry], float]:
        context = Context.build(api, clock, ApplyOptions(poll_min_s=1), warn=lambda _text: None)
        try:
            recovery = Recovery(
                api=api,
                stack="web",
                journal=journal,
                context=context,
                timeout_s=600,
                warn=lambda _text: None,
            )
            found = await recovery.settle()
            assert unseen is not None or not found
            (unseen if unseen is not None else []).extend(found)
        finally:
            await context.close()
            journal.close()
        return list(journal.entries), clock.monotonic()

    return run_virtually(main())


def accepted(sent: Intent) -> Callable[[Journal], object]:
    return lambda journal: do(journal.write_accepted(do(journal.write_intent(sent)), 7))


def done(sent: Intent) -> Callable[[Journal], object]:
    return lambda journal: do(journal.write_ended(do(journal.write_intent(sent)), "done"))


@pytest.mark.parametrize("write", [accepted(SHUTDOWN), done(SHUTDOWN)])
def test_a_plan_is_not_made_before_the_server_shows_that_it_is_off(
    tmp_path: Path, write: Callable[[Journal], object]
) -> None:
    api = _LateApi(shows_at=30, before="Running", after="Off")
    (entry,), seconds = settle(tmp_path, api, write)
    assert entry.outcome == "done"
    assert 30 <= seconds < 45


def test_somebody_may_have_started_it_since_and_that_is_no_error(tmp_path: Path) -> None:
    api = _LateApi(shows_at=10_000, before="Running")
    (entry,), seconds = settle(tmp_path, api, accepted(SHUTDOWN))
    assert entry.outcome == "done"
    assert 60 <= seconds < 75


def test_a_plan_is_not_made_before_the_new_disk_shows(tmp_path: Path) -> None:
    api = _LateApi(shows_at=40, before=(OLD,), after=(OLD, NEW))
    (entry,), seconds = settle(tmp_path, api, accepted(DISK))
    assert entry.outcome == "done"
    assert 40 <= seconds < 60


def test_a_disk_whose_answer_was_lost_is_found_by_its_id_and_size(tmp_path: Path) -> None:
    def write(journal: Journal) -> None:
        do(journal.write_intent(DISK))

    api = _LateApi(shows_at=70, before=(OLD,), after=(OLD, NEW))
    (entry,), _ = settle(tmp_path / "found", api, write)
    assert entry.outcome == "done"
    other = LiveDisk(id="sc0s1", size_gb=30)
    api = _LateApi(shows_at=0, after=(OLD, other))
    (entry,), seconds = settle(tmp_path / "absent", api, write)
    assert entry.outcome == "failed"
    assert seconds >= 180


def test_a_lost_start_is_not_taken_for_done_while_the_shutdown_still_runs(tmp_path: Path) -> None:
    class _Stopping(_LateApi):
        async def list_tasks(self, **query: Any) -> tuple[Task, ...]:
            is_over = self._now() >= 200
            status = "done" if is_over else "processing"
            task = Task(id=6, action="shutdown-server", status=status, hostname="vs1")
            return (task,) if query.get("status") in (None, status) else ()

    api = _Stopping(shows_at=200, before="Running", after="Off")
    (entry,), seconds = settle(tmp_path, api, lambda journal: do(journal.write_intent(START)))
    assert entry.outcome == "failed"
    assert seconds >= 200


def test_a_task_that_the_platform_has_forgotten_is_told_by_what_it_did(tmp_path: Path) -> None:
    class _Forgetful(_BehindApi):
        async def list_tasks(self, **query: Any) -> tuple[Task, ...]:
            return ()

    (entry,), _ = settle(tmp_path / "done", _Forgetful(), accepted(REDEPLOY))
    assert (entry.outcome, entry.error) == ("done", None)
    (entry,), _ = settle(tmp_path / "failed", _Forgetful(after=BEFORE), accepted(REDEPLOY))
    assert entry.outcome == "failed"


def test_the_create_task_of_another_entry_holds_nothing_up(tmp_path: Path) -> None:
    class _Creating(_LateApi):
        def _show_create(self) -> Task:
            is_over = self._now() >= 200
            status = "done" if is_over else "processing"
            hostname = "vs1" if is_over else None
            return Task(id=17, action="create-server", status=status, hostname=hostname)

        async def list_tasks(self, **query: Any) -> tuple[Task, ...]:
            task = self._show_create()
            return (task,) if query.get("status") in (None, task.status) else ()

        async def get_task(self, task_id: int) -> Task:
            assert task_id == 17
            return self._show_create()

        async def list_servers(self, *, tag: str | None = None) -> tuple[LiveServer, ...]:
            created = LiveServer(id=1, hostname="vs1", tags=("stack:web", "server:b"))
            return (created,) if self._now() >= 200 else ()

    def write(journal: Journal) -> None:
        do(journal.write_accepted(do(journal.write_intent(intent("b/create"))), 17))
        do(journal.write_intent(intent("a/create")))

    entries, seconds = settle(tmp_path, _Creating(shows_at=0), write)
    assert [entry.outcome for entry in entries] == ["done", "failed"]
    assert seconds < 220


def test_a_twin_that_shows_up_at_the_read_back_is_told_with_both_names(tmp_path: Path) -> None:
    api = _LateApi(shows_at=0)
    tags = ("stack:web", "server:web-1")
    api.servers = tuple(
        LiveServer(id=number, hostname=f"vs{number}", tags=tags) for number in (1, 2)
    )
    with pytest.raises(ApplyError, match="vs1 and vs2 both carry stack:web and server:web-1"):
        settle(tmp_path, api, accepted(intent()))


@pytest.mark.parametrize("behind", ["list_at", "detail_at"])
@pytest.mark.parametrize("sent", [CORES, MEMORY, REDEPLOY, ADDON], ids=lambda sent: sent.step)
def test_a_task_that_is_done_is_done_once_the_list_and_the_server_itself_show_it(
    tmp_path: Path, sent: Intent, behind: str
) -> None:
    api = _BehindApi()
    setattr(api, behind, SHOWS_AT)
    (entry,), seconds = settle(tmp_path, api, accepted(sent))
    assert entry.outcome == "done"
    assert SHOWS_AT <= seconds < SHOWS_AT + 10


@pytest.mark.parametrize("behind", ["list_at", "detail_at"])
def test_a_deletion_is_done_once_no_read_shows_the_server(tmp_path: Path, behind: str) -> None:
    api = _BehindApi(after=None)
    setattr(api, behind, SHOWS_AT)
    (entry,), seconds = settle(tmp_path, api, accepted(DELETE))
    assert entry.outcome == "done"
    assert SHOWS_AT <= seconds < SHOWS_AT + 10


def test_a_disk_has_grown_once_it_shows_its_new_size(tmp_path: Path) -> None:
    grown = LiveDisk(id="sc0s0", size_gb=30)
    api = _LateApi(shows_at=SHOWS_AT, before=(OLD,), after=(grown,))
    (entry,), seconds = settle(tmp_path, api, accepted(GROWTH))
    assert entry.outcome == "done"
    assert seconds >= SHOWS_AT


def test_a_lost_answer_that_is_found_in_one_read_is_waited_for_in_the_list(tmp_path: Path) -> None:
    def write(journal: Journal) -> None:
        do(journal.write_intent(CORES))

    (entry,), seconds = settle(tmp_path, _BehindApi(list_at=SHOWS_AT), write)
    assert entry.outcome == "done"
    assert seconds >= SHOWS_AT


@pytest.mark.parametrize(
    ("sent", "field"),
    [(CORES, "cores"), (GROWTH, "disks"), (DISK, "disks"), (REDEPLOY, "image"), (DELETE, "")],
    ids=lambda value: value if isinstance(value, str) else value.step,
)
def test_what_a_task_has_done_and_never_shows_stays_open_until_it_is_marked(
    tmp_path: Path, sent: Intent, field: str
) -> None:
    unseen: list[UnseenChange] = []
    api = _BehindApi(after=BEFORE)
    api.before = api.after = (OLD,)
    (entry,), seconds = settle(tmp_path, api, accepted(sent), unseen)
    assert entry.is_open
    assert [(change.entry, change.field) for change in unseen] == [(entry, field)]
    assert 60 <= seconds < 75


UNSEEN = UnseenChange(
    stack="web",
    entry=Entry(number=1, run="r", time="", intent=REDEPLOY, task_id=7, hostname="vs1"),
)
DECLARED = frozenset({("web", "a")})


def test_a_redeploy_under_another_key_stays_open_so_that_nobody_repeats_it() -> None:
    api = ScriptedApi()
    api.servers = (BEFORE,)
    with pytest.raises(ApplyError, match=r"a/redeploy .* stays open.*task 7") as raised:
        asyncio.run(require_declared(api, UNSEEN, frozenset()))
    assert "move the journal away" in (raised.value.hint or "")


def test_a_redeploy_ends_that_a_mark_can_hold_or_whose_server_is_gone() -> None:
    api = ScriptedApi()
    api.servers = (BEFORE,)
    asyncio.run(require_declared(api, UNSEEN, DECLARED))
    other = replace(UNSEEN, entry=replace(UNSEEN.entry, intent=CORES))
    asyncio.run(require_declared(api, other, frozenset()))
    api.servers = ()
    asyncio.run(require_declared(api, UNSEEN, frozenset()))


@pytest.mark.parametrize(
    ("key", "hostname", "action", "is_told"),
    [
        ("a", "vs1", Action.UPDATE, True),
        ("a", "vs1", Action.UNCHANGED, True),
        ("a", "vs1", Action.NOT_COMPARED, False),
        ("a", None, Action.CREATE, False),
        ("b", "vs2", Action.CREATE, True),
    ],
)
def test_a_plan_that_does_not_show_the_server_tells_nothing_of_a_change(
    key: str, hostname: str | None, action: Action, is_told: bool
) -> None:
    server = ServerPlan(key=key, hostname=hostname, action=action)
    plan = Plan(stacks=(StackPlan(stack="web", path="web.yaml", servers=(server,)),))
    assert is_judged(UNSEEN, plan) is is_told


@pytest.mark.parametrize(
    ("action", "retires"),
    [
        (Action.RETIRE, date(2027, 1, 8)),
        (Action.UNCHANGED, date(2027, 1, 8)),
        (Action.DESTROY, None),
    ],
    ids=["retired", "waiting", "destroyed"],
)
def test_a_redeploy_of_a_server_that_is_given_up_waits_for_its_end_or_its_return(
    action: Action, retires: date | None
) -> None:
    server = ServerPlan(key="a", hostname="vs1", action=action, retires=retires)
    plan = Plan(stacks=(StackPlan(stack="web", path="web.yaml", servers=(server,)),))
    assert not is_judged(UNSEEN, plan)
    assert is_judged(replace(UNSEEN, entry=replace(UNSEEN.entry, intent=CORES)), plan)


def plan_again(sent: Intent, body: Any) -> Plan:
    """A plan that makes the same step with this request."""
    step = Step(
        id=sent.step,
        server=sent.server,
        operation=sent.operation,
        operation_id=sent.operation_id,
        method=sent.method,
        path=sent.path,
        body=body,
    )
    return Plan(stacks=(StackPlan(stack="web", path="web.yaml", steps=(step,)),))


@pytest.mark.parametrize(("cores", "is_marked"), [(4, True), (8, False)])
def test_a_field_is_marked_only_for_the_value_that_was_sent(cores: int, is_marked: bool) -> None:
    sent = replace(CORES, digest=digest_body({"cores": 4}))
    change = replace(UNSEEN, entry=replace(UNSEEN.entry, intent=sent))
    plan = plan_again(sent, {"cores": cores})
    assert find_fields([change], plan) == ({("web", "a"): {"cores"}} if is_marked else {})


def test_what_destroys_is_marked_whatever_its_next_request_says() -> None:
    sent = replace(REDEPLOY, digest=digest_body({"image": "debian12_uefi"}))
    change = replace(UNSEEN, entry=replace(UNSEEN.entry, intent=sent))
    plan = plan_again(sent, {"image": "debian12_uefi", "sshkey": "another"})
    assert find_fields([change], plan) == {("web", "a"): {"image"}}


@pytest.mark.parametrize(
    "sent",
    [
        replace(CORES, baseline={}),  # as an earlier version wrote it
        replace(GROWTH, baseline={}),
        replace(REDEPLOY, baseline={"os_name": None}),
    ],
    ids=lambda sent: sent.step,
)
def test_what_leaves_no_trace_that_could_be_told_is_done_after_the_grace(
    tmp_path: Path, sent: Intent
) -> None:
    (entry,), seconds = settle(tmp_path, _BehindApi(after=BEFORE), accepted(sent))
    assert entry.outcome == "done"
    assert 180 <= seconds < 190


def test_a_change_whose_server_has_another_name_since_is_told_by_that_name() -> None:
    renamed = replace(UNSEEN, since=("shop", "b"))
    assert (renamed.name, renamed.step) == (("shop", "b"), "b/redeploy")
    assert (UNSEEN.name, UNSEEN.step) == (("web", "a"), "a/redeploy")
    server = ServerPlan(key="b", hostname="vs1", action=Action.NOT_COMPARED)
    plan = Plan(stacks=(StackPlan(stack="shop", path="", servers=(server,)),))
    assert is_judged(UNSEEN, plan)
    assert not is_judged(renamed, plan)
    asyncio.run(require_declared(ScriptedApi(), renamed, frozenset({("shop", "b")})))
