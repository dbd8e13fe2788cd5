"""What is due, and when it is due again. Pure: moments are seconds, and chance is a value.

What is read of the tables and written to them belongs to `tick.py` and `store/statements/`.
"""

from collections.abc import Mapping, Sequence
from zlib import crc32

from ccloud_apply.fleet.engine.port import Job
from ccloud_apply.fleet.model.status import PRIORITIES
from ccloud_apply.lazy_dataclass import dataclass

RETRY_S = 30.0
"""The pause after a first failure; it doubles with each further one, up to the interval."""

QUEUED_S = 60.0
"""So long after a job was made no second one is made for the same thing."""

_SPREAD = 0.1
_SWEEP_LATE = 1.25
"""So many intervals after the last one a sweep has not come."""

_MOST_DOUBLINGS = 20


def spread(name: str, now: float, every: float) -> float:
    """The first due time of what is not urgent: somewhere in its interval, always at the same place
    for a name, so that things that were added together do not stay together."""
    return now + every * (crc32(name.encode("utf-8", "surrogatepass")) / 2**32)


def plan_next(now: float, every: float, chance: float) -> float:
    """The due time after a success: an interval later, give or take a tenth by `chance` (0 to 1),
    so that what was together drifts apart."""
    return now + every * (1.0 - _SPREAD + 2.0 * _SPREAD * chance)


def plan_look(now: float, every: float, sweep_every: float, chance: float) -> float:
    """The due time of a stack that is as declared. The sweeps of its account look at it too, all at
    once, and each moves this time ahead: so where they come as often as its interval asks for, it
    runs by itself only if they do not come at all."""
    if every < sweep_every:
        return plan_next(now, every, chance)
    return now + max(every, _SWEEP_LATE * sweep_every) * (1.0 + _SPREAD * chance)


def plan_retry(now: float, every: float, failures: int, chance: float) -> float:
    """The due time after the `failures`-th failure in a row: at most an interval later."""
    doublings = min(max(failures - 1, 0), _MOST_DOUBLINGS)
    pause = RETRY_S * 2.0**doublings * (1.0 + _SPREAD * chance)
    return now + min(every, pause)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueStack:
    """A stack that is due and that nobody works on."""

    account: str
    name: str
    due: float
    priority: int = PRIORITIES["schedule"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All that is due at a moment and not queued or worked on already.

    `sources` and `accounts` are those of which the poll or the sweep is due, with the time since
    when. `free` is by account how many more of its stacks may be worked on; one that is not named
    has no room.
    """

    sources: Mapping[str, float]
    accounts: Mapping[str, float]
    stacks: Sequence[DueStack]
    free: Mapping[str, int]


def choose(situation: Situation) -> tuple[Job, ...]:
    """The jobs to make, in their order: polls and sweeps, then stacks; each time what has waited
    longest goes first, and stacks of a higher priority before others.

    Of an account no more stacks are chosen than it has room for: a job is never one that has to
    wait for another, so no account keeps the workers from those of others. For the same reason a
    commit goes before the schedule within its account alone: among the jobs of all accounts only
    what is half done and a person's wish go ahead.
    """
    polls = (Job(kind="poll", account="", name=name) for name in _oldest(situation.sources))
    sweeps = (Job(kind="sweep", account=name, name="") for name in _oldest(situation.accounts))
    return (*polls, *sweeps, *map(_run, _choose_stacks(situation)))


def _oldest(due: Mapping[str, float]) -> list[str]:
    return sorted(due, key=lambda name: (due[name], name))


def _run(stack: DueStack) -> Job:
    priority = stack.priority if stack.priority > PRIORITIES["commit"] else 0
    return Job(kind="run", account=stack.account, name=stack.name, priority=priority)


def _choose_stacks(situation: Situation) -> list[DueStack]:
    free = dict(situation.free)
    chosen = []
    for stack in sorted(
        situation.stacks, key=lambda one: (-one.priority, one.due, one.account, one.name)
    ):
        if free.get(stack.account, 0) > 0:
            free[stack.account] -= 1
            chosen.append(stack)
    return chosen
