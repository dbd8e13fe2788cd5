"""Which declared servers are there at the end of an apply, and what is known of their addresses."""

from dataclasses import replace

from ccloud_apply.model.live.account import Account, LiveAdapter, LiveServer
from ccloud_apply.model.live.addresses import Addresses
from ccloud_apply.model.results.plan import Action, ServerPlan
from ccloud_apply.plan.views.present import SinceRead, find_present
from tests.support.builders import COMPLETE, account, live, spec, stack
from tests.support.step_plans import plan, step

SHOP = stack(spec("web", **COMPLETE), spec("db", **COMPLETE))
NOTHING = plan(stack="shop")
V4, V6 = "198.18.0.10", "2001:db8:1200::a"


def at(address: str, *more: str, number: int = 10001, key: str = "web") -> LiveServer:
    return live(number, key=key, adapters=(LiveAdapter(id="a", addresses=(address, *more)),))


def known(
    lives: Account, since: SinceRead | None = None
) -> dict[str, tuple[str | None, Addresses | None]]:
    found = find_present([SHOP], lives, NOTHING, since or SinceRead())
    return {server.key: (server.hostname, server.addresses) for server in found}


def test_only_servers_that_are_declared_and_there_are_told() -> None:
    others = (live(10007, key="old"), live(10008, key="web", stack="other"), live(10009))
    assert known(account(at(V4, V6), *others)) == {
        "web": ("vs10001", Addresses(ipv4=(V4,), ipv6=(V6,)))
    }


def test_no_address_and_addresses_that_are_not_told_are_two_things() -> None:
    untold = live(10002, key="db", adapters=None)
    assert known(account(live(key="web", adapters=()), untold)) == {
        "web": ("vs10001", Addresses()),
        "db": ("vs10002", None),
    }


def test_of_a_server_that_was_touched_since_the_read_only_the_hostname_is_known() -> None:
    lives = account(at(V4), at("198.18.0.11", number=10002, key="db"))
    found = known(lives, SinceRead(touched={("shop", "web")}))
    assert found["web"] == ("vs10001", None)
    assert found["db"] == ("vs10002", Addresses(ipv4=("198.18.0.11",)))


def test_a_server_that_was_made_since_the_read_is_known_by_what_the_api_answered() -> None:
    web = ("shop", "web")
    since = SinceRead(touched={web}, hostnames={web: "vs10050"})
    assert known(account(), since) == {"web": ("vs10050", None)}


def test_a_server_that_was_deleted_since_the_read_is_not_there() -> None:
    web = ("shop", "web")
    assert known(account(at(V4)), SinceRead(touched={web}, gone={web})) == {}
    again = SinceRead(touched={web}, gone={web}, hostnames={web: "vs10050"})
    assert known(account(at(V4)), again) == {"web": ("vs10050", None)}


def test_a_restored_server_is_worth_telling_and_a_retired_one_is_not_there() -> None:
    lives = account(at(V4), at("198.18.0.11", number=10007, key="old"))
    servers = (
        ServerPlan(key="web", hostname="vs10001", action=Action.RESTORE),
        ServerPlan(key="old", hostname="vs10007", action=Action.RETIRE),
    )
    (one,) = NOTHING.stacks
    restored = replace(NOTHING, stacks=(replace(one, servers=servers),))
    (found,) = find_present([SHOP], lives, restored)
    assert (found.key, found.is_made) == ("web", True)


def test_a_create_and_an_added_address_make_a_server_worth_telling() -> None:
    notes = step("db/notes")
    address = replace(notes, id="db/ip", operation_id="add_server_ip")
    lives = account(at(V4), at("198.18.0.11", number=10002, key="db"))

    def made(*steps: object) -> list[str]:
        found = find_present([SHOP], lives, plan(*steps, stack="shop"))  # type: ignore[arg-type]
        return [server.key for server in found if server.is_made]

    assert made(step("web/create"), notes) == ["web"]
    assert made(step("web/create"), address) == ["web", "db"]
