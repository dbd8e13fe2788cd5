"""What was created and does not show is looked for before anything is created."""

import asyncio
from collections.abc import Sequence

import pytest

from ccloud_apply.apply.once.creates.audit import CreateAudit, UnaccountedCreates
from ccloud_apply.errors import ApplyError, AuthError
from ccloud_apply.model.live.account import Account, LiveServer, Task
from tests.support.scripted_api import CALL, ScriptedApi
from tests.support.virtual_time import VirtualClock, run_virtually


class _Account(ScriptedApi):
    """Its tasks, and the servers that it knows by name; what the list shows is the test's."""

    def __init__(self, *tasks: Task, there: Sequence[str] = (), deleting: bool = False) -> None:
        super().__init__()
        self.listed_tasks = tasks
        self.servers = tuple(
            LiveServer(id=number, hostname=name, is_deleting=deleting)
            for number, name in enumerate(there)
        )

    async def list_tasks(self, **query: object) -> tuple[Task, ...]:
        self._note_read(f"list_tasks {query.get('action')}")
        tasks = [
            task
            for task in self.listed_tasks
            if query.get("action") in (None, task.action)
            and query.get("status") in (None, task.status)
        ]
        return tuple(sorted(tasks, key=lambda task: -task.id))


def created(number: int, hostname: str | None, status: str = "done") -> Task:
    return Task(id=number, action="create-server", status=status, hostname=hostname)


def deleted(number: int, hostname: str, status: str = "done") -> Task:
    return Task(id=number, action="delete-server", status=status, hostname=hostname)


def arrivals(
    api: ScriptedApi, told: list[str] | None = None, *, chance: float = 0.0
) -> CreateAudit:
    return CreateAudit(
        api=api,
        clock=VirtualClock(),
        warn=(told if told is not None else []).append,
        random=lambda: chance,
        poll_s=5.0,
        timeout_s=600.0,
    )


def find(
    api: ScriptedApi,
    *listed: str,
    since: int | None = None,
    emptied: Sequence[str] = (),
    has_settled: bool = False,
) -> UnaccountedCreates:
    servers = tuple(LiveServer(id=n, hostname=name) for n, name in enumerate(listed))
    account = Account(servers=servers)
    return run_virtually(
        arrivals(api).find_unaccounted(
            account, since=since, emptied=emptied, has_settled=has_settled
        )
    )


def reads(api: ScriptedApi) -> list[str]:
    return [name for _, name in api.reads]


def test_servers_that_the_list_shows_are_accounted_for_in_one_request() -> None:
    api = _Account(created(3, "vs1"), created(7, "vs2"))
    assert find(api, "vs1", "vs2") == UnaccountedCreates(newest=7)
    assert reads(api) == ["list_tasks create-server"]


def test_what_was_accounted_for_before_is_not_asked_again() -> None:
    assert find(_Account(created(3, "vs1"), created(7, "vs2")), since=7) == UnaccountedCreates(
        newest=7
    )
    assert find(_Account(), since=7) == UnaccountedCreates(newest=7)


@pytest.mark.parametrize(("hostname", "name"), [("vs2", "vs2"), (None, "a server")])
def test_a_create_that_failed_may_have_left_a_server_that_shows_late(
    hostname: str | None, name: str
) -> None:
    api = _Account(created(7, hostname, "failed"))
    assert find(api).reason == f"the server list does not show what was created: {name} (task 7)"
    assert find(api, has_settled=True).reason is None
    left = _Account(created(7, "vs2", "failed"), there=["vs2"])
    assert find(left, has_settled=True).reason is not None


@pytest.mark.parametrize("hostname", ["vs2", None])
def test_a_create_that_runs_and_does_not_show_is_missing(hostname: str | None) -> None:
    reason = find(_Account(created(7, hostname, "processing")), has_settled=True).reason
    assert reason == "a server is being made that does not show yet (task 7)"


def test_a_server_that_does_not_show_has_to_be_given_time_first() -> None:
    api = _Account(created(7, "vs2"))
    assert find(api).reason == "the server list does not show what was created: vs2 (task 7)"
    assert find(api, has_settled=True).reason is None, "it is not there: somebody deleted it"


def test_a_server_that_was_deleted_since_is_not_missing_and_nothing_waits_for_it() -> None:
    assert find(_Account(created(7, "vs2"), deleted(9, "vs2"))).reason is None
    assert find(_Account(created(7, "vs2"), deleted(9, "vs2", "processing"))).reason is None


def test_a_hostname_that_was_deleted_before_and_given_again_is_missing() -> None:
    assert find(_Account(deleted(5, "vs2"), created(7, "vs2"))).reason is not None
    assert find(_Account(created(7, "vs2"), deleted(9, "vs2", "failed"))).reason is not None


def test_a_list_that_lacks_a_server_which_is_there_is_never_believed() -> None:
    reason = find(_Account(created(7, "vs2"), there=["vs2"]), has_settled=True).reason
    assert reason == "the server list does not show what was created: vs2 (task 7)"
    gone = _Account(created(7, "vs2"), there=["vs2"], deleting=True)
    assert find(gone, has_settled=True).reason is None


def test_a_stack_that_shows_no_server_is_listed_once_more() -> None:
    api = _Account()
    api.servers = (LiveServer(id=1, hostname="vs1", tags=("stack:web", "server:a")),)
    reason = find(api, "vs9", emptied=["web"], has_settled=True).reason
    assert reason == "a list has just lacked vs1"
    assert find(_Account(), "vs9", emptied=["web"]).reason is None


def test_a_list_of_tasks_that_does_not_filter_by_action_is_read_for_creates_alone() -> None:
    class Unfiltered(_Account):
        async def list_tasks(self, **query: object) -> tuple[Task, ...]:
            return await super().list_tasks(**{**query, "action": None})

    resized = Task(id=8, action="resize-memory", status="done", hostname="vs3")
    assert find(Unfiltered(created(7, "vs2"), resized), "vs2") == UnaccountedCreates(newest=7)


def test_a_server_that_is_forbidden_is_somebody_elses_by_now() -> None:
    class Forbidding(_Account):
        async def get_server(self, hostname: str) -> LiveServer:
            raise AuthError("not yours", status=403, **CALL)

    assert find(Forbidding(created(7, "vs2")), has_settled=True).reason is None


def test_of_many_servers_that_are_gone_a_few_of_the_newest_are_asked_for() -> None:
    api = _Account(*(created(number, f"vs{number}") for number in range(1, 50)))
    assert find(api, has_settled=True).reason is None
    assert reads(api).count("get_server") == 5


def test_the_pause_begins_anew_when_a_server_was_created_in_it() -> None:
    api = _Account(created(7, "vs2"))

    async def main() -> float:
        def create() -> None:
            api.listed_tasks = (created(7, "vs2"), created(8, "vs3"))

        asyncio.get_running_loop().call_later(15, create)
        await arrivals(api).settle("nobody knows", pause_s=20)
        return VirtualClock().monotonic()

    assert run_virtually(main()) == 40


def test_chance_makes_the_pause_longer_so_that_two_machines_see_each_other() -> None:
    async def main(chance: float) -> float:
        await arrivals(_Account(), chance=chance).settle("nobody knows", pause_s=20)
        return VirtualClock().monotonic()

    assert (run_virtually(main(0)), run_virtually(main(1))) == (20, 30)


def test_other_tasks_of_an_api_that_ignores_the_filters_are_not_waited_for() -> None:
    class Unfiltered(_Account):
        async def list_tasks(self, **query: object) -> tuple[Task, ...]:
            return self.listed_tasks

    told: list[str] = []

    async def main() -> float:
        api = Unfiltered(Task(id=9, action="resize-memory", status="processing", hostname="vs1"))
        await arrivals(api, told).settle("why", pause_s=20)
        return VirtualClock().monotonic()

    assert run_virtually(main()) == 20
    assert told == ["why; looking again in 20 s"]


def test_a_create_of_unknown_origin_that_never_ends_stops_the_apply() -> None:
    told: list[str] = []

    async def main() -> None:
        await arrivals(_Account(created(7, None, "processing")), told).settle("why", pause_s=20)

    with pytest.raises(ApplyError, match=r"task 7.*nothing was changed"):
        run_virtually(main())
    assert told == [
        "why; looking again in 20 s",
        "waiting for create tasks of unknown origin: 7",
    ]
