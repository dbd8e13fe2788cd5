"""Which requests a look at the server list takes, and what a list of one key does not prove."""

import asyncio
from collections.abc import Mapping

import pytest

from ccloud_apply.apply.once.confirm import Confirmation
from ccloud_apply.apply.once.outcome import Change
from ccloud_apply.errors import ApiError, ApplyError, InvalidError, UnseenError
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.ownership import build_ownership_tags
from tests.support.scripted_api import CALL, ScriptedApi
from tests.support.virtual_time import VirtualClock, run_virtually


def owned(number: int, *, stack: str = "web", key: str | None = None) -> LiveServer:
    tags = build_ownership_tags(stack, key or f"s{number}", is_protected=False)
    return LiveServer(id=number, hostname=f"vs{number}", tags=tags, memory_gb=4)


class TaggedApi(ScriptedApi):
    """Lists, by tag or whole, in pages of 100; counts requests, and may do it in another way."""

    def __init__(self, *servers: LiveServer) -> None:
        super().__init__()
        self.servers = servers
        self.asked: list[str] = []
        self.requests = 0
        self.is_loose = False
        self.lacks_keys_until = 0.0
        self.shows_at: dict[str, float] = {}
        self.refusal: ApiError | None = None

    async def list_servers(self, *, tag: str | None = None) -> tuple[LiveServer, ...]:
        self.asked.append(tag or "all")
        now, is_key = self._now(), (tag or "").startswith("server:")
        if is_key and self.refusal is not None:
            raise self.refusal
        shown = tuple(
            server
            for server in self.servers
            if (tag is None or self.is_loose or tag in server.tags)
            and now >= self.shows_at.get(server.hostname or "", 0)
            and not (is_key and now < self.lacks_keys_until)
        )
        self.requests += max(1, -(-len(shown) // 100))
        await asyncio.sleep(0.02)
        return shown


def confirm(
    api: TaggedApi, *keys: str, sizes: Mapping[str, int] | None = None, stack: str = "web"
) -> float:
    """Find all these servers at once; how many seconds that took."""

    async def main() -> float:
        shared = Confirmation(
            api, VirtualClock(), timeout_s=60, pause_s=0.5, sizes=sizes or {stack: 1000}
        )
        found = await asyncio.gather(*(shared.confirm(stack, key) for key in keys))
        assert found == [f"vs{key.removeprefix('s')}" for key in keys]
        await shared.close()
        return VirtualClock().monotonic()

    return run_virtually(main())


BIG = tuple(owned(number) for number in range(1000))


def test_few_servers_of_a_big_stack_are_confirmed_by_a_request_each() -> None:
    api = TaggedApi(*BIG)
    confirm(api, "s1", "s500", "s999")
    assert (sorted(api.asked), api.requests) == (["server:s1", "server:s500", "server:s999"], 3)


def test_many_servers_are_confirmed_by_the_pages_of_their_stack() -> None:
    api = TaggedApi(*BIG)
    confirm(api, *(f"s{number}" for number in range(50)))
    assert (api.asked, api.requests) == (["stack:web"], 10)


def test_a_stack_of_one_page_is_read_as_a_whole_for_one_server_too() -> None:
    api = TaggedApi(*BIG[:100])
    confirm(api, "s5", sizes={"web": 99})
    assert api.asked == ["stack:web"]


def test_what_was_created_counts_among_the_stacks_servers() -> None:
    api = TaggedApi(*BIG[:101])
    confirm(api, "s100", sizes={"web": 100})
    assert api.asked == ["server:s100"]


def test_a_stack_of_unknown_size_is_read_as_a_whole_and_its_size_is_known_then() -> None:
    api = TaggedApi(*BIG)

    async def main() -> None:
        shared = Confirmation(api, VirtualClock(), timeout_s=60, pause_s=0.5)
        await shared.confirm("web", "s1")
        await shared.confirm("web", "s2")

    run_virtually(main())
    assert api.asked == ["stack:web", "server:s2"]


def test_two_servers_of_one_identity_are_found_by_the_list_of_their_key_too() -> None:
    api = TaggedApi(*BIG, owned(2000, key="s7"))
    with pytest.raises(ApplyError, match="vs7 and vs2000 both carry stack:web and server:s7"):
        confirm(api, "s7")
    assert api.asked == ["server:s7"]


def test_a_server_of_another_stack_with_the_same_key_is_none_of_ours() -> None:
    api = TaggedApi(owned(3000, stack="shop", key="s7"), *BIG)
    confirm(api, "s7")
    assert api.asked == ["server:s7"]


def test_a_server_that_the_list_of_its_key_lacks_is_found_in_the_stacks_list() -> None:
    api = TaggedApi(*BIG)
    api.lacks_keys_until = 1e9
    assert confirm(api, "s1") < 3
    assert api.asked == ["server:s1", "server:s1", "stack:web", "server:s1"]


def test_lists_of_keys_that_lack_what_is_there_are_not_read_again() -> None:
    api = TaggedApi(*BIG)
    api.lacks_keys_until = 1e9

    async def main() -> None:
        shared = Confirmation(api, VirtualClock(), timeout_s=60, pause_s=0.5, sizes={"web": 1000})
        for number in range(6):
            await shared.confirm("web", f"s{number}")

    run_virtually(main())
    assert api.asked[-3:] == ["stack:web"] * 3


def test_a_list_that_is_only_late_stays_in_use() -> None:
    api = TaggedApi(*BIG)
    api.shows_at = {f"vs{number}": 3.0 * number + 0.8 for number in range(6)}

    async def main() -> None:
        shared = Confirmation(api, VirtualClock(), timeout_s=60, pause_s=0.5, sizes={"web": 1000})
        for number in range(6):
            await asyncio.sleep(max(0.0, 3.0 * number - VirtualClock().monotonic()))
            await shared.confirm("web", f"s{number}")
        await shared.confirm("web", "s900")

    run_virtually(main())
    assert api.asked.count("stack:web") == 1
    assert api.asked[-1] == "server:s900"


def test_a_filter_that_lets_everything_through_costs_one_read_and_finds_the_right_one() -> None:
    api = TaggedApi(*BIG)
    api.is_loose = True

    async def main() -> None:
        shared = Confirmation(api, VirtualClock(), timeout_s=60, pause_s=0.5, sizes={"web": 1000})
        assert await shared.confirm("web", "s1") == "vs1"
        assert await shared.confirm("web", "s2") == "vs2"
        assert await asyncio.gather(shared.confirm("web", "s3"), shared.confirm("web", "s4"))

    run_virtually(main())
    assert api.asked == ["server:s1", "stack:web", "stack:web"]


def test_overlapping_lists_of_two_keys_make_no_server_two() -> None:
    api = TaggedApi(*BIG[:150])
    api.is_loose = True
    confirm(api, "s1", "s2", sizes={"web": 500})
    assert sorted(api.asked) == ["server:s1", "server:s2"]


def test_a_refused_filter_fails_nobody() -> None:
    api = TaggedApi(*BIG)
    api.refusal = InvalidError("no such filter", status=422, **CALL)
    assert confirm(api, "s1", "s2") < 3
    assert api.asked[-1] == "stack:web"


def test_what_no_list_shows_is_an_error_in_time_and_all_lists_were_read_for_it() -> None:
    api = TaggedApi(*BIG)
    with pytest.raises(ApplyError, match="the list does not show it under its tags after 6"):
        confirm(api, "s5000")
    assert api.asked.count("stack:web") >= 3
    assert api.asked.count("all") == 1
    assert api.asked[-1] == "all"


def resize(key: str, hostname: str, memory_gb: int) -> Change:
    return Change(
        stack="web",
        server=key,
        operation_id="resize_server_memory",
        path=f"/ccloud/servers/{hostname}/memory",
        hostname=hostname,
        body={"memory": memory_gb},
        baseline={"memory": memory_gb},
    )


def confirm_change(api: TaggedApi, change: Change) -> None:
    async def main() -> None:
        shared = Confirmation(api, VirtualClock(), timeout_s=60, pause_s=0.5, sizes={"web": 1000})
        await shared.confirm_change(change, what="it is done", timeout_s=10)

    run_virtually(main())


def test_a_change_of_one_server_is_confirmed_by_the_list_of_its_key() -> None:
    api = TaggedApi(*BIG)
    confirm_change(api, resize("s5", "vs5", 4))
    assert api.asked == ["server:s5"]


def test_a_changed_server_that_the_list_of_its_key_lacks_is_looked_for_in_the_stacks_list() -> None:
    class Behind(TaggedApi):
        """The server's own read is ahead of the list, which has it under its former key alone."""

        async def get_server(self, hostname: str) -> LiveServer:
            return LiveServer(id=5, hostname=hostname, memory_gb=8)

    api = Behind(*BIG)
    with pytest.raises(UnseenError, match="does not show after 10"):
        confirm_change(api, resize("new", "vs5", 8))
    assert {*api.asked} == {"server:new", "stack:web"}
