"""What is asked about a server that is still being built: nothing that needs its hostname."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ccloud_apply.errors import ApplyError
from ccloud_apply.model.ownership import build_ownership_tags
from ccloud_apply.workflows.access import AccessRequest, read_console, read_password
from ccloud_apply.workflows.account.connection import Connection
from ccloud_apply.workflows.account.run import Run
from ccloud_apply.workflows.performance import read_performance
from tests.support.builders import spec, stack
from tests.support.scripted_network import Network, reply, server, talk
from tests.support.virtual_time import VirtualClock

STACK = stack(spec("web"))
REQUEST = AccessRequest(name="web", stacks=(STACK,))


def nothing(_: Any) -> None:
    pytest.fail("there is nothing to read")


@pytest.mark.parametrize(
    "ask",
    [
        lambda run: read_performance(run, "web", (STACK,), ("cpu",), "day"),
        lambda run: read_password(run, REQUEST, on_found=nothing, keep=nothing),
        lambda run: read_console(run, REQUEST, on_found=nothing),
    ],
)
def test_a_server_without_a_hostname_is_an_error_that_says_to_wait(
    ask: Callable[[Run], Awaitable[Any]],
) -> None:
    tags = build_ownership_tags(STACK.name, "web", is_protected=False)
    built = server(1, hostname=None, tags=list(tags), build_in_progress=True)
    network = Network([reply(200, {"data": [built]}), reply(200, {"data": []})])
    with pytest.raises(ApplyError, match="has no hostname yet"):
        talk(
            network,
            lambda client: ask(Run(client=client, clock=VirtualClock(), connection=Connection())),
        )
    assert set(network.lines) == {"GET /ccloud/servers"}
