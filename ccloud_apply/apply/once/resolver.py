"""Finds out what became of a change whose answer was lost, by looking until it is certain.

A change is taken for absent only after the grace time: a gateway may give up on a request that the
platform still carries out a minute later. What one look sees is `outcome.py`; whether the change
is then sent again is for the caller to say.
"""

from collections.abc import Callable

from ccloud_apply.apply.api import Api
from ccloud_apply.apply.engine.messages import explain
from ccloud_apply.apply.once.create import observe
from ccloud_apply.apply.once.outcome import CONSISTENCY_TIMEOUT_S, Change, Observation, Outcome
from ccloud_apply.clock import Clock
from ccloud_apply.errors import ApiError, AuthError


class Resolver:
    """Looks for lost changes. `grace_s` is how long one may still turn up after it was sent."""

    def __init__(
        self,
        api: Api,
        clock: Clock,
        *,
        grace_s: float,
        timeout_s: float,
        pause_s: float,
        warn: Callable[[str], None],
    ) -> None:
        self._api = api
        self._clock = clock
        self._grace_s = grace_s
        self._timeout_s = timeout_s
        self._pause_s = pause_s
        self._warn = warn

    async def resolve(self, change: Change, *, has_grace: bool = True) -> Observation:
        """HAPPENED, ABSENT once the grace is over, or PENDING if it is still open after all the
        time that a task may take.

        Without a grace what does not show is absent at once: for what others may have done, of
        which no request of ours is on its way. Raises ApplyError for two servers with one identity,
        AuthError if the credentials are refused.
        """
        start = self._clock.monotonic()
        grace_s = self._grace_s if has_grace else 0.0
        absent_since: float | None = None
        has_warned = False
        while True:
            try:
                observation = await observe(self._api, change)
            except AuthError:
                raise
            except ApiError as error:
                observation = Observation(outcome=Outcome.PENDING, reason=explain(error))
            now = self._clock.monotonic()
            waited_s = now - start
            shows_s = min(grace_s, CONSISTENCY_TIMEOUT_S)
            has_happened = observation.outcome is Outcome.HAPPENED
            if has_happened and (waited_s >= shows_s or not observation.may_be_old):
                return observation
            if observation.outcome is not Outcome.ABSENT:
                absent_since = None
            else:
                absent_since = now if absent_since is None else absent_since
                if waited_s >= grace_s and now - absent_since >= shows_s:
                    return observation
            if waited_s >= self._timeout_s + grace_s:
                return Observation(outcome=Outcome.PENDING, reason=observation.reason)
            if not has_warned:
                has_warned = True
                self._warn(f"looking for what became of it: {observation.reason}")
            await self._clock.sleep(self._pause(waited_s, grace_s))

    def _pause(self, waited_s: float, grace_s: float) -> float:
        """Short looks first, never past the end of the grace, at most ten seconds apart."""
        pause = max(self._pause_s, min(10.0, 0.1 * waited_s))
        left_s = grace_s - waited_s
        # Not below a moment: the rest of a float may be too small to make any clock go on.
        return min(pause, max(left_s, 0.05)) if left_s > 0 else pause
