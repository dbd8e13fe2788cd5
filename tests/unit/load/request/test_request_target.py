"""Which operation is meant, by its id or by a method and a path."""

import pytest

from ccloud_apply.errors import UsageError
from ccloud_apply.load.request.document import read_operations
from ccloud_apply.load.request.target import find_target
from tests.sandbox.test_sandbox_operations import CALLS


@pytest.mark.parametrize("name", CALLS)
def test_a_method_and_a_path_are_the_operation(name: str) -> None:
    method, path, _ = CALLS[name]
    target = find_target((method.lower(), path))
    assert target.operation.id == name
    filled = target.operation.path
    for parameter, value in target.path_values.items():
        filled = filled.replace(f"{{{parameter}}}", value)
    assert filled == path
    assert find_target((name,)).operation.id == name
    by_template = find_target((method, target.operation.path))
    assert (by_template.operation.id, dict(by_template.path_values)) == (name, {})


def test_a_path_alone_is_read_with_its_query() -> None:
    target = find_target(("ccloud/servers?tag=stack%3Ashop&limit=5",))
    assert target.operation.id == "list_servers"
    assert target.query == (("tag", "stack:shop"), ("limit", "5"))


def test_what_a_path_spells_stands_above_a_parameter() -> None:
    assert find_target(("/ccloud/customers/invoices/preview",)).operation.id == "preview_invoice"
    assert find_target(("/ccloud/customers/invoices/7",)).operation.id == "get_invoice"
    schedule = find_target(("POST", "/ccloud/servers/vs1/snapshots/scheduled"))
    assert schedule.operation.id == "set_server_snapshot_schedule"


@pytest.mark.parametrize(
    ("words", "what", "hint"),
    [
        (("get_servr",), 'no operation "get_servr"', 'did you mean "get_server"?'),
        (("zzz",), 'no operation "zzz"', "ccloud-apply api --list"),
        (("/ccloud/server",), 'no path "/ccloud/server"', 'did you mean "/ccloud/servers"?'),
        (("DELETE", "/ccloud/servers/vs1/"), 'no path "/ccloud/servers/vs1/"', "did you mean"),
        (("DELETE", "/ccloud/tasks"), "no DELETE /ccloud/tasks, only GET", "--list"),
        (("PATCH", "/ccloud/tasks"), '"PATCH" is not a method: GET, POST, PUT, DELETE', "--list"),
        ((), "which operation?", "--list"),
        (("a", "b", "c"), "which operation?", "--list"),
        (("GET", "https://evil.example/ccloud/tasks"), "is an address", "--endpoint"),
        (("GET", "//evil.example/ccloud/tasks"), "is an address", "--endpoint"),
        (("GET", "http://[x/"), "is not a path", "--list"),
    ],
)
def test_what_is_none_is_said_with_the_nearest_name(
    words: tuple[str, ...], what: str, hint: str
) -> None:
    with pytest.raises(UsageError) as raised:
        find_target(words)
    assert what in raised.value.message
    assert hint in raised.value.hint


def test_a_slash_at_the_end_names_something_that_is_empty() -> None:
    target = find_target(("/ccloud/pools/",))
    assert (target.operation.id, dict(target.path_values)) == ("get_pool", {"tag": ""})
    assert find_target(("ccloud/pools",)).operation.id == "list_pools"


def test_every_operation_has_another_method_or_path() -> None:
    pairs = {(each.method, each.path) for each in read_operations().values()}
    assert len(pairs) == 79
