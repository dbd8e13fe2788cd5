"""When a created server counts as shown, and how many reads of the list that takes."""

import asyncio

import pytest

from ccloud_apply.apply.once.confirm import Confirmation
from ccloud_apply.errors import ApplyError
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.ownership import build_ownership_tags
from tests.support.scripted_api import ScriptedApi
from tests.support.virtual_time import VirtualClock, run_virtually

TAGS = build_ownership_tags("web", "a", is_protected=False)
OLD, NEW = (LiveServer(id=number, hostname=f"vs{number}", tags=TAGS) for number in (1, 2))


class ListApi(ScriptedApi):
    """A list that takes its time, and that shows the second server late."""

    def __init__(self, *servers: LiveServer, late: tuple[LiveServer, ...] = ()) -> None:
        super().__init__()
        self.servers, self.late = servers, late
        self.takes_s = 0.0

    async def list_servers(self, *, tag: str | None = None) -> tuple[LiveServer, ...]:
        if self._now() >= 30:
            self.servers = (*self.servers, *self.late)
            self.late = ()
        shown = await super().list_servers(tag=tag)
        await asyncio.sleep(self.takes_s)
        return shown


def confirmation(api: ScriptedApi) -> Confirmation:
    return Confirmation(api, VirtualClock(), timeout_s=60, pause_s=1)


def test_another_server_of_the_same_identity_is_no_proof_and_both_are_named() -> None:
    async def main() -> str:
        return await confirmation(ListApi(OLD, late=(NEW,))).confirm("web", "a", "vs2")

    with pytest.raises(ApplyError, match="vs1 and vs2 both carry stack:web and server:a"):
        run_virtually(main())


def test_a_task_that_was_wrong_about_the_hostname_is_overruled_at_the_end_of_the_time() -> None:
    async def main() -> tuple[str, float]:
        hostname = await confirmation(ListApi(OLD)).confirm("web", "a", "vs2")
        return hostname, asyncio.get_running_loop().time()

    hostname, seconds = run_virtually(main())
    assert (hostname, seconds >= 60) == ("vs1", True)


class HidingApi(ListApi):
    """A filter by tags that shows nothing."""

    async def list_servers(self, *, tag: str | None = None) -> tuple[LiveServer, ...]:
        shown = await super().list_servers(tag=tag)
        return shown if tag is None else ()


def test_a_filter_that_goes_on_hiding_a_server_is_overruled_by_the_whole_list() -> None:
    async def main() -> tuple[str, float]:
        hostname = await confirmation(HidingApi(OLD)).confirm("web", "a", "vs1")
        return hostname, asyncio.get_running_loop().time()

    hostname, seconds = run_virtually(main())
    assert (hostname, seconds >= 60) == ("vs1", True)


def test_what_the_whole_list_does_not_show_as_ours_is_not_there() -> None:
    stranger = LiveServer(id=3, hostname="vs3", tags=())
    with pytest.raises(ApplyError, match="the list does not show it under its tags after 6"):
        run_virtually(confirmation(HidingApi(stranger)).confirm("web", "a", "vs3"))
    with pytest.raises(ApplyError, match="vs1 and vs2 both carry"):
        run_virtually(confirmation(HidingApi(OLD, NEW)).confirm("web", "a", "vs1"))


def test_reads_of_one_stack_never_overlap_and_callers_share_the_next_one() -> None:
    api = ListApi(OLD)
    api.takes_s = 5

    async def main() -> None:
        shared = confirmation(api)

        async def find_after(seconds: float) -> None:
            await asyncio.sleep(seconds)
            await shared.find("web", "a")

        await asyncio.gather(*(find_after(seconds) for seconds in (0, 1, 2, 3, 4)))

    run_virtually(main())
    assert [at for at, _ in api.reads] == [0, 5]


def test_a_wait_for_what_does_not_show_is_told_once_and_a_short_one_not_at_all() -> None:
    told: list[str] = []

    async def find(api: ScriptedApi) -> None:
        looking = Confirmation(api, VirtualClock(), timeout_s=60, pause_s=1, warn=told.append)
        await looking.find("web", "a")

    run_virtually(find(ListApi(OLD)))
    assert told == []
    run_virtually(find(ListApi(late=(NEW,))))
    (line,) = told
    assert line.startswith("the platform says that web/a is created; waiting until that can be")
    assert line.endswith("s more at most")
