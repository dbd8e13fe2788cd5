"""Observes a change whose answer was lost until its outcome is certain.

A change counts as absent only after the grace: a gateway may give up on a request that the platform
still carries out a minute later. One observation is `outcome.py`. The caller decides whether the
change is sent again.
"""

from collections.abc import Callable
from dataclasses import replace

from ccloud_apply.apply.api import Api
from ccloud_apply.apply.engine.messages import explain
from ccloud_apply.apply.once.create import observe
from ccloud_apply.apply.once.outcome import CONSISTENCY_TIMEOUT_S, Change, Observation, Outcome
from ccloud_apply.clock import Clock
from ccloud_apply.errors import ApiError, AuthError


class Resolver:
    """Resolves lost changes. `grace_s`: seconds in which a request may still be carried out."""

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
        """HAPPENED, ABSENT after the grace, or PENDING if a task's whole timeout did not tell.

        Without a grace, what does not show is absent at once: others may have done it, and no
        request of ours is in flight. What is over and does not show as ours is PENDING as soon as
        it had time to show: its tags may never come. Raises ApplyError for two servers with one
        identity, AuthError if the credentials are refused.
        """
        start = self._clock.monotonic()
        grace_s = self._grace_s if has_grace else 0.0
        patience_s = min(self._grace_s, CONSISTENCY_TIMEOUT_S)
        absent_since: float | None = None
        over_since: float | None = None
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
            if not observation.is_over:
                over_since = None
            elif over_since is None:
                over_since = now
            has_had_time = over_since is not None and now - over_since >= patience_s
            if waited_s >= self._timeout_s + grace_s or (has_had_time and not has_grace):
                return replace(observation, outcome=Outcome.PENDING)
            if not has_warned:
                has_warned = True
                self._warn(f"looking for what became of it: {observation.reason}")
            await self._clock.sleep(self._pause(waited_s, grace_s))

    def _pause(self, waited_s: float, grace_s: float) -> float:
        """Seconds to the next look: few at first, at most ten, never past the end of the grace."""
        pause = max(self._pause_s, min(10.0, 0.1 * waited_s))
        left_s = grace_s - waited_s
        # A lower bound: the rest of a float can be too small to advance any clock.
        return min(pause, max(left_s, 0.05)) if left_s > 0 else pause
