"""A number that the platform adds to, where what is left after the DELETE cannot be read."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from ccloud_apply.errors import ApiError, AuthError, StatusError
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.results.plan import Step
from ccloud_apply.operations import OPERATIONS, operation_path
from tests.support.run_apply import run
from tests.support.scripted_api import CALL, Answer, ScriptedApi
from tests.support.step_plans import plan

BROKEN = StatusError("broken", **CALL, status=500)
REFUSED = AuthError("refused", **CALL, status=401)


class _Adding(ScriptedApi):
    """Adds what is to be set; after a DELETE the server cannot be read for so many times."""

    def __init__(self, error: ApiError, unreadable: int) -> None:
        super().__init__()
        self.count, self.error, self.left, self.unreadable = 1, error, 0, unreadable

    async def send(
        self,
        operation_id: str,
        method: str,
        path: str,
        body: Any,
        *,
        before_each: Callable[[], Awaitable[None]] | None = None,
    ) -> Answer:
        answer = await super().send(operation_id, method, path, body, before_each=before_each)
        if method == "DELETE":
            self.count, self.left = 0, self.unreadable
        else:
            self.count += body["count"]
        return answer

    async def get_server(self, hostname: str) -> LiveServer:
        if self.left > 0:
            self.left -= 1
            raise self.error
        server = LiveServer(id=1, hostname=hostname)
        return replace(server, addons={"backup": self.count} if self.count else {})


def set_three() -> Step:
    operation = OPERATIONS["set_server_addon"]
    return Step(
        id="a/addons.backup",
        server="a",
        operation=operation.label,
        operation_id=operation.id,
        method=operation.method,
        path=operation_path(operation.id, hostname="vs1", addon="backup"),
        body={"count": 3},
    )


def test_a_read_that_fails_for_a_while_after_the_delete_is_repeated() -> None:
    api = _Adding(BROKEN, unreadable=3)
    done = run(plan(set_three(), hostnames={"a": "vs1"}), api)
    assert done.reasons() == {}
    assert [sent.method for sent in api.sent] == ["PUT", "DELETE", "PUT"]
    assert api.count == 3


@pytest.mark.parametrize("error", [BROKEN, REFUSED], ids=["broken", "refused"])
def test_what_cannot_be_read_after_the_delete_is_said_and_not_sent_again(error: ApiError) -> None:
    api = _Adding(error, unreadable=10_000)
    done = run(plan(set_three(), hostnames={"a": "vs1"}), api)
    (reason,) = done.reasons().values()
    assert reason is not None
    assert "accepted, but what is left cannot be read" in reason
    assert "it was not sent again" in reason
    assert [sent.method for sent in api.sent] == ["PUT", "DELETE"]
