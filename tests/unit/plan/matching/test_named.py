"""Which server a name of the command line means."""

from dataclasses import replace

import pytest

from ccloud_apply.errors import UsageError
from ccloud_apply.plan.matching.index import AccountIndex, index_account
from ccloud_apply.plan.matching.named import find_server, is_hostname
from tests.support.builders import account, live, spec, stack


def _index() -> AccountIndex:
    owned = [
        replace(
            live(n),
            hostname=f"vs{n}",
            tags=(f"stack:{name}", f"server:{key}"),
        )
        for n, name, key in ((1, "shop", "web"), (2, "blog", "web"), (3, "other", "db"))
    ]
    return index_account(account(*owned, replace(live(4), hostname="vs4", tags=())))


SHOP, BLOG = stack(spec("web"), name="shop"), stack(spec("web"), name="blog")


@pytest.mark.parametrize("name", ["web", "shop/web", "vs1"])
def test_a_server_of_a_stack_has_three_names(name: str) -> None:
    found = find_server(name, (SHOP,), _index())
    assert (found.live and found.live.hostname, found.stack, found.key) == ("vs1", SHOP, "web")


@pytest.mark.parametrize("hostname", ["vs3", "vs4"])
def test_a_hostname_alone_needs_no_stack(hostname: str) -> None:
    found = find_server(hostname, (SHOP,), _index())
    assert (found.live and found.live.hostname, found.stack) == (hostname, None)


def test_a_declared_server_may_not_be_there() -> None:
    found = find_server("api", (stack(spec("api")),), _index())
    assert found.live is None
    assert found.spec is not None


def test_a_server_that_left_the_file_has_its_key_still() -> None:
    found = find_server("web", (stack(spec("api")),), _index())
    assert found.live is not None
    assert found.spec is None


def test_a_key_of_several_stacks_has_to_be_told_apart() -> None:
    with pytest.raises(UsageError, match="several stacks") as raised:
        find_server("web", (SHOP, BLOG), _index())
    assert "shop/web, blog/web" in raised.value.hint
    assert find_server("blog/web", (SHOP, BLOG), _index()).stack is BLOG


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("vs44", "is it vs4"),
        ("wed", "is it web"),
        ("db", "vs3 of other"),
        ("other/db", "vs3 of other"),
        ("app", "name one of app-1, app-2"),
        ("pool-a", "name one of pool-a-1, pool-a-2"),
        ("nothing-like-it", "inventory --all"),
    ],
)
def test_a_name_of_nothing_leads_on(name: str, hint: str) -> None:
    apps = [replace(spec(f"app-{n}"), base_key="app") for n in (1, 2)]
    pool = [replace(spec(f"pool-a-{n}"), base_key="pool", group_key="pool-a") for n in (1, 2)]
    with pytest.raises(UsageError, match="no such server") as raised:
        find_server(name, (stack(spec("web"), *apps, *pool),), _index())
    assert hint in raised.value.hint


@pytest.mark.parametrize("text", ["", "..", "a/b", "a b", "vs1\n"])
def test_what_can_be_no_hostname_goes_into_no_path(text: str) -> None:
    assert not is_hostname(text)
