"""Which step may start now: the plan as a graph, with what is over and what is in flight.

No requests, no time, no events: a step is taken, its outcome is recorded, others become free.
Every edge is visited once, so that a plan costs its steps and edges and not their square.

A step waits for three kinds of steps, until they are over: those that it `needs`, the one that it
`closes`, and the step before it on the same server. Then it is ready, or it is skipped.
"""

from collections import deque
from collections.abc import Collection, Iterator
from heapq import heappop, heappush

from ccloud_apply.apply.queued_step import QueuedStep
from ccloud_apply.apply.result import StepOutcome
from ccloud_apply.model.limits import DEFAULT_LIMITS
from ccloud_apply.model.results.plan import Plan

_TASK_WEIGHT = 10
"""A step with a task counts as so many without one: minutes against the blink of a request."""


Skipped = tuple[QueuedStep, StepOutcome]


class Schedule:
    """The steps of a plan on their way from waiting to over.

    Ready steps start in the order of the longest chain that hangs on them (a rough count of its
    tasks), then in the plan's order: what others wait for goes first. Before all of them go the
    steps of servers that are down, so that no server is down while it waits for its turn. Raises
    ValueError for a plan that is no plan: an id twice, a need that does not exist, steps that wait
    for each other.
    """

    def __init__(
        self, plan: Plan, *, parallelism: int, max_creates: int = DEFAULT_LIMITS.creates
    ) -> None:
        self.steps = _queue(plan)
        self._parallelism = parallelism
        self._max_creates = max_creates
        self._prerequisites = _find_prerequisites(self.steps)
        self._followers = _turn_round(self._prerequisites)
        self._ranks = _rank(self.steps, self._prerequisites, self._followers)
        self._places = {(queued.stack, queued.step.id): queued.index for queued in self.steps}
        self._outcomes: list[StepOutcome | None] = [None] * len(self.steps)
        self._open = [len(prerequisites) for prerequisites in self._prerequisites]
        self._ready: list[tuple[int, int, int]] = []
        self._ready_creates: list[tuple[int, int, int]] = []
        self._down: set[tuple[str, str]] = set()
        self._in_flight = 0
        self._creates_in_flight = 0
        self._ended: set[int] = set()
        self._placeless = 0
        self._held = dict(_find_resting(plan))
        self.skipped_at_start = self._begin()
        """The steps that must not be made, as far as nothing else has to end before."""

    def _begin(self) -> tuple[Skipped, ...]:
        skipped: list[Skipped] = []
        for queued in self.steps:
            if self._open[queued.index] or self._outcomes[queued.index] is not None:
                continue
            because = self._held.get(queued.server)
            if because is None:
                self._make_ready(queued)
                continue
            outcome = _skip(queued, because)
            self._outcomes[queued.index] = outcome
            skipped += [(queued, outcome), *self._release(queued)]
        return tuple(skipped)

    @property
    def outcomes(self) -> tuple[StepOutcome, ...]:
        """The outcomes so far, in the plan's order."""
        return tuple(outcome for outcome in self._outcomes if outcome is not None)

    @property
    def is_complete(self) -> bool:
        """True once every step has an outcome."""
        return None not in self._outcomes

    def find_unclosed(self, abandoned: Collection[int]) -> tuple[QueuedStep, ...]:
        """The closing steps still to come although what they close has happened, or may have.

        `abandoned` are the indices of steps that were left to themselves on their way.
        """
        unclosed = []
        for queued in self.steps:
            if queued.step.closes is None or self._outcomes[queued.index] is not None:
                continue
            place = self._places[queued.stack, queued.step.closes]
            opening = self._outcomes[place]
            if place in abandoned or (opening and (opening.is_done or opening.is_unknown)):
                unclosed.append(queued)
        return tuple(unclosed)

    def take(self) -> QueuedStep | None:
        """The next step to start, which counts as in flight from here on, or None for now.

        With one place it is one step after the other; else at most twice as many are under way as
        there are places, those that gave theirs back among them.
        """
        most = 2 * self._parallelism if self._parallelism > 1 else 1
        if self._in_flight >= self._parallelism or self._in_flight + self._placeless >= most:
            return None
        creates = self._ready_creates if self._creates_in_flight < self._max_creates else []
        heaps = [heap for heap in (self._ready, creates) if heap]
        if not heaps:
            return None
        *_, index = heappop(min(heaps, key=lambda heap: heap[0]))
        queued = self.steps[index]
        if queued.step.causes_downtime:
            self._down.add(queued.server)
        self._in_flight += 1
        self._creates_in_flight += queued.is_create
        return queued

    def give_back(self, queued: QueuedStep) -> None:
        """The task of a step in flight has ended, and the step only waits until that shows.

        A create is no longer under way. The place is free, unless a step waits for this one: it is
        to follow at once, and no other one comes before it.
        """
        self._ended.add(queued.index)
        self._creates_in_flight -= queued.is_create
        if not self._followers[queued.index]:
            self._in_flight -= 1
            self._placeless += 1

    def record(self, queued: QueuedStep, outcome: StepOutcome) -> tuple[Skipped, ...]:
        """Note how a step in flight ended. Returns the steps that are skipped because of it.

        A create that ran into its time limit gives its place back, although it may go on at the
        platform: places kept for ever would end in an apply that stands still.
        """
        has_ended = queued.index in self._ended
        if has_ended and not self._followers[queued.index]:
            self._placeless -= 1
        else:
            self._in_flight -= 1
        if not has_ended:
            self._creates_in_flight -= queued.is_create
        if outcome.is_unknown and queued.has_task:
            self._held[queued.server] = f"{queued.step.id} may still be running"
        self._outcomes[queued.index] = outcome
        if queued.step.closes is not None:
            self._down.discard(queued.server)
        return self._release(queued)

    def skip_rest(self, because: str) -> tuple[Skipped, ...]:
        """Skip every step that has no outcome; nothing may be in flight any more."""
        skipped = []
        for queued in self.steps:
            if self._outcomes[queued.index] is None:
                outcome = _skip(queued, because)
                self._outcomes[queued.index] = outcome
                skipped.append((queued, outcome))
        return tuple(skipped)

    def _release(self, over: QueuedStep) -> tuple[Skipped, ...]:
        skipped: list[Skipped] = []
        unreleased = deque([over])
        while unreleased:
            for index in self._followers[unreleased.popleft().index]:
                self._open[index] -= 1
                if self._open[index]:
                    continue
                queued = self.steps[index]
                because = self._find_obstacle(queued)
                if because is None:
                    self._make_ready(queued)
                else:
                    outcome = _skip(queued, because)
                    self._outcomes[index] = outcome
                    skipped.append((queued, outcome))
                    unreleased.append(queued)
        return tuple(skipped)

    def _make_ready(self, queued: QueuedStep) -> None:
        heap = self._ready_creates if queued.is_create else self._ready
        is_up = queued.server not in self._down
        heappush(heap, (is_up, -self._ranks[queued.index], queued.index))

    def _find_obstacle(self, queued: QueuedStep) -> str | None:
        """Why the step cannot be done, now that all it waited for is over; None if it can.

        A step that closes another runs after an unknown opening too: to start a server that runs
        is refused and harms nothing, a server left off does. For the same reason it runs although
        a step before it may still be running; any other change of such a server would be a second
        one at the same time, so it is skipped.
        """
        step = queued.step
        if step.closes is not None:
            opening = self._outcome(queued.stack, step.closes)
            if opening.is_done or opening.is_unknown:
                return None
            reason = f": {opening.because}" if opening.because else ""
            return f"{step.closes} did not happen{reason}"
        for need in step.needs:
            outcome = self._outcome(queued.stack, need)
            if not outcome.is_done:
                return _name_cause(outcome)
        return self._held.get(queued.server)

    def _outcome(self, stack: str, step_id: str) -> StepOutcome:
        outcome = self._outcomes[self._places[stack, step_id]]
        if outcome is None:
            raise RuntimeError(f"{step_id} was decided upon before it was over")
        return outcome


def _name_cause(outcome: StepOutcome) -> str:
    if outcome.because is not None:
        return outcome.because
    if outcome.is_unknown:
        return f"the outcome of {outcome.step} is unknown"
    return f"{outcome.step} failed"


def _skip(queued: QueuedStep, because: str) -> StepOutcome:
    step = queued.step
    return StepOutcome(
        stack=queued.stack, server=step.server, step=step.id, status="skipped", because=because
    )


def _find_resting(plan: Plan) -> Iterator[tuple[tuple[str, str], str]]:
    """The servers that rest on others which are not compared, by stack and key, and why."""
    for stack in plan.stacks:
        whys = {server.key: server.why for server in stack.servers}
        for server in stack.servers:
            if server.rests_on:
                parts = (f"{key} is not compared: {whys.get(key, '')}" for key in server.rests_on)
                yield (stack.stack, server.key), "; ".join(parts)


def _queue(plan: Plan) -> tuple[QueuedStep, ...]:
    steps = ((stack.stack, step) for stack in plan.stacks for step in stack.steps)
    return tuple(
        QueuedStep(index=index, stack=stack, step=step) for index, (stack, step) in enumerate(steps)
    )


def _find_prerequisites(steps: tuple[QueuedStep, ...]) -> list[frozenset[int]]:
    places: dict[tuple[str, str], int] = {}
    for queued in steps:
        if places.setdefault((queued.stack, queued.step.id), queued.index) != queued.index:
            raise ValueError(f"two steps of stack {queued.stack} are called {queued.step.id}")
    latest: dict[tuple[str, str], int] = {}
    prerequisites = []
    for queued in steps:
        closes = queued.step.closes
        names = queued.step.needs if closes is None else (*queued.step.needs, closes)
        indices = {_find(places, queued, name) for name in names}
        if queued.server in latest:
            indices.add(latest[queued.server])
        latest[queued.server] = queued.index
        prerequisites.append(frozenset(indices))
    return prerequisites


def _find(places: dict[tuple[str, str], int], queued: QueuedStep, name: str) -> int:
    try:
        return places[queued.stack, name]
    except KeyError:
        raise ValueError(f"{queued.step.id} needs {name}, which is not in the plan") from None


def _turn_round(prerequisites: list[frozenset[int]]) -> list[list[int]]:
    followers: list[list[int]] = [[] for _ in prerequisites]
    for index, earlier in enumerate(prerequisites):
        for prerequisite in earlier:
            followers[prerequisite].append(index)
    return followers


def _rank(
    steps: tuple[QueuedStep, ...],
    prerequisites: list[frozenset[int]],
    followers: list[list[int]],
) -> list[int]:
    """The weight of the longest chain that starts at each step. Raises ValueError for a circle."""
    unmet = [len(earlier) for earlier in prerequisites]
    order = [index for index, count in enumerate(unmet) if not count]
    for index in order:  # the list grows while it is walked
        for follower in followers[index]:
            unmet[follower] -= 1
            if not unmet[follower]:
                order.append(follower)
    if len(order) < len(steps):
        stuck = next(index for index, count in enumerate(unmet) if count)
        raise ValueError(f"{steps[stuck].step.id} waits for steps that wait for it")
    ranks = [0] * len(steps)
    for index in reversed(order):
        weight = _TASK_WEIGHT if steps[index].has_task else 1
        ranks[index] = weight + max((ranks[follower] for follower in followers[index]), default=0)
    return ranks
