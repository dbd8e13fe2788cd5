"""How long an apply is expected to take, and when each server is done: the steps laid out in time.

As an apply does: so many steps at once, no two tasks of one server at a time, servers that are down
first, and then the longest chain. What nobody knows takes no time here, and is named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from heapq import heappop, heappush
from math import ceil

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.results.plan import Plan, Step
from ccloud_apply.model.results.timing import ApplyLength
from ccloud_apply.plan.timing.history import Durations
from ccloud_apply.plan.timing.steps import actions_of, expect_seconds

PARALLELISM = 10
"""Steps at once, where an apply is not told otherwise."""

Name = tuple[str, str]
"""A stack, and a key or a step's id."""

_Ready = tuple[bool, float, int, Name]
"""False for a step of a server that is down; the length of its chain as a negative number; its
place in the plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The seconds after which each server is done, and the labels of steps that nobody can time,
    by server: then the seconds are the least that it can be."""

    ends: Mapping[Name, float]
    untold: Mapping[Name, tuple[str, ...]]

    @property
    def seconds(self) -> float:
        """After which all of it is done."""
        return max(self.ends.values(), default=0.0)


def find_length(plan: Plan, durations: Durations, *, parallelism: int = PARALLELISM) -> ApplyLength:
    """How long an apply of the plan takes."""
    layout = lay_out(plan, durations, parallelism=parallelism)
    used = {action for one in plan.stacks for step in one.steps for action in actions_of(step)}
    tasks = sum(len(durations.samples.get(action, ())) for action in used)
    untold = dict.fromkeys(label for labels in layout.untold.values() for label in labels)
    endpoint = "" if plan.account is None else plan.account.endpoint
    return ApplyLength(
        seconds=ceil(layout.seconds) if tasks else None,
        unknown=tuple(untold),
        tasks=tasks,
        source="sandbox" if endpoint.split(" ")[0] == "sandbox" else "account",
    )


def lay_out(plan: Plan, durations: Durations, *, parallelism: int = PARALLELISM) -> Layout:
    """When the steps of each server end, in seconds from the beginning of the apply."""
    steps = {(stack.stack, step.id): step for stack in plan.stacks for step in stack.steps}
    times = {name: expect_seconds(step, durations) for name, step in steps.items()}
    ends = _Run(steps, times, parallelism).play()
    last: dict[Name, float] = {}
    untold: dict[Name, dict[str, None]] = {}
    for (stack, id), step in steps.items():
        server = (stack, step.server)
        last[server] = max(last.get(server, 0.0), ends.get((stack, id), 0.0))
        if times[stack, id] is None:
            untold.setdefault(server, {})[step.operation] = None
    return Layout(ends=last, untold={server: tuple(found) for server, found in untold.items()})


@dataclass(slots=True)
class _Run:
    """The steps, ready and running. `waiting` are ready ones of a server that is busy, `down` are
    servers that wait to be started again."""

    steps: Mapping[Name, Step]
    times: Mapping[Name, float | None]
    parallelism: int
    ends: dict[Name, float] = field(default_factory=dict)
    ready: list[_Ready] = field(default_factory=list)
    running: list[tuple[float, int, Name]] = field(default_factory=list)
    waiting: dict[Name, list[_Ready]] = field(default_factory=dict)
    busy: set[Name] = field(default_factory=set)
    down: set[Name] = field(default_factory=set)

    def play(self) -> Mapping[Name, float]:
        """The second at which each step ends. One that waits for itself is left out."""
        followers, open_needs = _link(self.steps)
        chains = _find_chains(self.steps, followers, open_needs, self.times)
        places = {name: place for place, name in enumerate(self.steps)}
        for name, number in open_needs.items():
            if not number:
                heappush(self.ready, (True, -chains[name], places[name], name))
        now = 0.0
        while self.ready or self.running:
            self._start(now)
            now, _, name = heappop(self.running)
            self.ends[name] = now
            self._free(name)
            for follower in followers[name]:
                open_needs[follower] -= 1
                if not open_needs[follower]:
                    is_up = self._server_of(follower) not in self.down
                    entry = (is_up, -chains[follower], places[follower], follower)
                    heappush(self.ready, entry)
        return self.ends

    def _start(self, now: float) -> None:
        while self.ready and len(self.running) < self.parallelism:
            entry = heappop(self.ready)
            *_, place, name = entry
            server = self._server_of(name)
            if server in self.busy:
                heappush(self.waiting.setdefault(server, []), entry)
                continue
            self.busy.add(server)
            if self.steps[name].causes_downtime:
                self.down.add(server)
            heappush(self.running, (now + (self.times[name] or 0.0), place, name))

    def _free(self, name: Name) -> None:
        server = self._server_of(name)
        self.busy.discard(server)
        if self.steps[name].closes is not None:
            self.down.discard(server)
        if waiting := self.waiting.get(server):
            entry = heappop(waiting)
            heappush(self.ready, (server not in self.down, *entry[1:]))

    def _server_of(self, name: Name) -> Name:
        return name[0], self.steps[name].server


def _link(steps: Mapping[Name, Step]) -> tuple[dict[Name, list[Name]], dict[Name, int]]:
    """What follows each step, and how many steps each one waits for."""
    followers: dict[Name, list[Name]] = {name: [] for name in steps}
    open_needs: dict[Name, int] = {}
    for (stack, id), step in steps.items():
        needs = {(stack, need) for need in step.needs} & steps.keys()
        open_needs[stack, id] = len(needs)
        for need in needs:
            followers[need].append((stack, id))
    return followers, open_needs


def _find_chains(
    steps: Mapping[Name, Step],
    followers: Mapping[Name, Sequence[Name]],
    open_needs: Mapping[Name, int],
    times: Mapping[Name, float | None],
) -> Mapping[Name, float]:
    """The seconds of the longest chain that begins with each step."""
    left = dict(open_needs)
    order = [name for name, number in left.items() if not number]
    for name in order:
        for follower in followers[name]:
            left[follower] -= 1
            if not left[follower]:
                order.append(follower)
    chains: dict[Name, float] = {}
    for name in reversed(order):
        longest = max((chains[follower] for follower in followers[name]), default=0.0)
        chains[name] = longest + (times[name] or 0.0)
    return chains
