"""Sends a request again that is refused for now, because the platform is at work on the server.

For requests between which nothing may be planned anew. A step as a whole is tried again by
`apply/engine/step.py`.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from ccloud_apply.apply.messages import is_busy
from ccloud_apply.clock import Clock
from ccloud_apply.errors import StatusError

T = TypeVar("T")

REFUSAL_PAUSES_S = (5.0, 10.0, 20.0)
"""Before the second try of what is refused for now, before the third, and so on."""


def _never() -> bool:
    return False


async def repeat_while_busy(
    attempt: Callable[[], Awaitable[T]], clock: Clock, is_stopping: Callable[[], bool] = _never
) -> T:
    """What `attempt` returns, by the fourth try at the latest; none follows once it is stopping.

    Raises what the last attempt raises.
    """
    for pause_s in REFUSAL_PAUSES_S:
        try:
            return await attempt()
        except StatusError as error:
            if not is_busy(error) or is_stopping():
                raise
        await clock.sleep(pause_s)
    return await attempt()
