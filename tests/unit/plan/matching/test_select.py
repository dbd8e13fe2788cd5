"""Which servers --target and --exclude name."""

import pytest

from ccloud_apply.plan.build import PlanOptions, build_plan
from tests.support.builders import COMPLETE, account, live, spec, stack
from tests.unit.plan.matching.test_moves import expand, expand_each

DESIRED = stack(*expand("web", 1, 2), spec("web-db", **COMPLETE), spec("db", **COMPLETE))
LIVES = account(live(1, key="web-1"), live(3, key="web-3"), live(4, key="db-1"))


def selected(options: PlanOptions) -> list[str]:
    built, _ = build_plan([DESIRED], LIVES, options)
    assert built is not None
    return sorted(server.key for stack in built.stacks for server in stack.servers)


@pytest.mark.parametrize("pattern", ["web", "w?b"])
def test_the_key_of_a_repeated_entry_means_all_that_it_expands_to(pattern: str) -> None:
    assert selected(PlanOptions(target=(pattern,))) == ["web-1", "web-2", "web-3"]
    assert selected(PlanOptions(exclude=(pattern,))) == ["db", "web-db"]


def test_the_key_of_a_repeated_entry_means_its_live_servers_in_a_destroy() -> None:
    assert selected(PlanOptions(target=("web",), is_destroy=True)) == ["web-1", "web-3"]


def test_the_key_of_a_single_server_means_that_server_alone() -> None:
    desired = stack(spec("db", **COMPLETE))
    lives = account(live(1, key="db"), live(2, key="db-1"))
    built, _ = build_plan([desired], lives, PlanOptions(target=("db",)))
    assert built is not None
    assert [server.key for server in built.stacks[0].servers] == ["db"]


def test_a_base_key_that_is_in_no_file_is_an_error() -> None:
    built, (found,) = build_plan([DESIRED], LIVES, PlanOptions(target=("we",)))
    assert built is None
    assert (found.code, found.where) == ("no-such-server", "--target")


def test_the_key_before_a_count_within_for_each_means_the_servers_of_that_entry() -> None:
    desired = stack(*expand_each("pool", a=2, b=1))
    lives = account(live(1, key="pool-a-3"), live(2, key="pool-c-1"))

    def select(pattern: str) -> list[str]:
        built, _ = build_plan([desired], lives, PlanOptions(target=(pattern,)))
        assert built is not None
        return sorted(server.key for stack in built.stacks for server in stack.servers)

    assert select("pool-a") == ["pool-a-1", "pool-a-2", "pool-a-3"]
    assert select("pool") == ["pool-a-1", "pool-a-2", "pool-a-3", "pool-b-1", "pool-c-1"]
