"""Observes a change whose answer was lost until its outcome is certain.

A change counts as absent only after the grace: a gateway may give up on a request that the platform
still carries out a minute later. One observation is `outcome.py`. The caller decides whether the
change is sent again.
"""

from collections.abc import Callable
from dataclasses import replace

from ccloud_apply.apply.api import Api
from ccloud_apply.apply.messages import explain
from ccloud_apply.apply.once.create import observe
from ccloud_apply.apply.once.outcome import CONSISTENCY_TIMEOUT_S, Change, Observation, Outcome
from ccloud_apply.clock import Clock, poll_until
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
        grace_s = self._grace_s if has_grace else 0.0
        search = _Search(
            grace_s=grace_s,
            patience_s=None if has_grace else min(self._grace_s, CONSISTENCY_TIMEOUT_S),
            clock=self._clock,
        )

        async def observe_again() -> Observation | None:
            begun_s = self._clock.monotonic()
            return search.weigh(await self._observe(change), begun_s)

        def give_up(waited_s: float) -> Observation:
            return replace(search.last, outcome=Outcome.PENDING)

        return await poll_until(
            observe_again,
            clock=self._clock,
            timeout_s=self._timeout_s + grace_s,
            pause=lambda waited_s: self._pause(waited_s, grace_s),
            give_up=give_up,
            before_wait=lambda: self._warn(f"looking for what became of it: {search.last.reason}"),
        )

    async def _observe(self, change: Change) -> Observation:
        try:
            return await observe(self._api, change)
        except AuthError:
            raise
        except ApiError as error:
            return Observation(outcome=Outcome.PENDING, reason=explain(error))

    def _pause(self, waited_s: float, grace_s: float) -> float:
        """Seconds to the next observation: few at first, at most ten, never past the grace."""
        pause = max(self._pause_s, min(10.0, 0.1 * waited_s))
        left_s = grace_s - waited_s
        # A lower bound: the rest of a float can be too small to advance any clock.
        return min(pause, max(left_s, 0.05)) if left_s > 0 else pause


class _Search:
    """The observations of one change so far: which of them is certain, and why none is yet.

    What is over and does not show as ours stays open after `patience_s`; None: only at the timeout.
    """

    def __init__(self, *, grace_s: float, patience_s: float | None, clock: Clock) -> None:
        self._grace_s = grace_s
        self._patience_s = patience_s
        self._shows_s = min(grace_s, CONSISTENCY_TIMEOUT_S)
        self._start = self._since = clock.monotonic()
        self.last = Observation(outcome=Outcome.PENDING, reason="")

    def weigh(self, observation: Observation, begun_s: float) -> Observation | None:
        """The observation if it is certain, else None. It is as old as its begin: what a process
        has read before it stood still for a while says nothing of the while."""
        if _kind(observation) != _kind(self.last):
            self._since = begun_s
        self.last = observation
        waited_s, unchanged_s = begun_s - self._start, begun_s - self._since
        match observation.outcome:
            case Outcome.HAPPENED:
                is_certain = waited_s >= self._shows_s or not observation.may_be_old
            case Outcome.ABSENT:
                is_certain = waited_s >= self._grace_s and unchanged_s >= self._shows_s
            case Outcome.PENDING:
                is_certain = (
                    observation.is_over
                    and self._patience_s is not None
                    and unchanged_s >= self._patience_s
                )
        return observation if is_certain else None


def _kind(observation: Observation) -> tuple[Outcome, bool]:
    """What has to stay the same for a while before it is certain."""
    return observation.outcome, observation.is_over
