"""What is read right before a step, and what it means for the step."""

import asyncio
from dataclasses import replace
from typing import Any, cast

import pytest

from ccloud_apply.apply.api import Api
from ccloud_apply.apply.recheck import Recheck, Standing, build_bases
from ccloud_apply.clock import SystemClock
from ccloud_apply.errors import ApplyError
from ccloud_apply.model.account import LiveServer
from ccloud_apply.model.stack import Lifecycle
from tests.builders import account, live, plan, spec, stack


class OneServer:
    """An API that shows this server."""

    def __init__(self, server: LiveServer) -> None:
        self._server = server

    async def get_server(self, hostname: str, /) -> LiveServer:
        return self._server


def check_redeploy(**now: Any) -> Standing:
    """What becomes of a redeploy with Rocky Linux if the server shows this meanwhile."""
    lifecycle = Lifecycle(on_create_only_change="redeploy")
    desired = stack(spec(image="rocky9_uefi", lifecycle=lifecycle))
    before = live(key="web")
    lives = account(before)
    built, _ = plan(desired, lives)
    (step,) = built.steps
    bases = build_bases([desired], lives, {("shop", "web"): built.servers[0]})
    api = cast("Api", OneServer(replace(before, **now)))
    recheck = Recheck(api, SystemClock(), bases, read_at_s=0.0)
    return asyncio.run(recheck.check("shop", step))


def test_a_redeploy_is_due_while_the_old_system_shows_and_done_once_the_new_one_does() -> None:
    assert check_redeploy() is Standing.DUE
    assert check_redeploy(os_name="Rocky Linux 9") is Standing.ALREADY_SO


def test_a_system_that_is_not_known_meanwhile_is_not_taken_for_a_redeploy_that_is_done() -> None:
    with pytest.raises(ApplyError, match=r"changed since the plan: .* so image is not"):
        check_redeploy(os_name="Debian 13")
    with pytest.raises(ApplyError, match="does not say which image"):
        check_redeploy(os_name=None)
