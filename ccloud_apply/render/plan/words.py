"""The words that the formats of a plan share: conclusions, dangers, costs.

Every text from here is one harmless line. The modules named after the formats add markup and escape
the text for it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.results.plan import (
    DESTROYS_DATA,
    DESTRUCTIVE,
    Action,
    Plan,
    ServerPlan,
    StackPlan,
)
from ccloud_apply.model.text import count_of, join_names
from ccloud_apply.render.lib.escape import escape_short
from ccloud_apply.render.lib.money import format_amount
from ccloud_apply.render.lib.timing_text import downtime_total_words
from ccloud_apply.render.plan.fold_names import join_runs, name_server
from ccloud_apply.render.plan.later import count_deferred, count_waiting, destroyed_from

_RARE = frozenset({Action.REINSTALL, Action.RETIRE, Action.RESTORE})
"""Counted only where it happens."""

_MAX_NAMES = 20
_MAX_UNKNOWN = 5
_MAX_CALM_NAMES = 10


def conclude(plan: Plan) -> str:
    """The whole plan in one sentence."""
    if not plan.stacks:
        return "No stacks."
    if len(plan.stacks) == 1:
        return conclude_stack(plan.stacks[0])
    return f"{len(plan.stacks):,} stacks. {_summary(plan.stacks, plan.summary)}"


def conclude_stack(stack: StackPlan) -> str:
    """The plan of a stack in one sentence."""
    if stack.deferred or not stack.matches:
        return _summary([stack], stack.summary)
    name = escape_short(stack.stack)
    count = count_of(len(stack.servers), "server")
    waiting = f", {len(stack.retired):,} of them retired" if stack.retired else ""
    return f"No changes. The account matches {name} ({count}{waiting})."


def conclude_calm(stacks: Sequence[StackPlan]) -> str:
    """The same for many stacks without changes together."""
    names = join_names((escape_short(stack.stack) for stack in stacks), most=_MAX_CALM_NAMES)
    count = count_of(sum(len(stack.servers) for stack in stacks), "server")
    return f"No changes. The account matches {len(stacks):,} stacks ({count}): {names}."


def _summary(stacks: Sequence[StackPlan], counts: Mapping[str, int]) -> str:
    changes = ", ".join(
        f"{counts[action]:,} to {action.value}"
        for action in Action
        if action not in (Action.UNCHANGED, Action.NOT_COMPARED)
        if action not in _RARE or counts[action]
    )
    unknown, deferred = counts[Action.NOT_COMPARED], count_deferred(stacks)
    waiting = count_waiting(stacks)
    rest = (
        f"{counts[Action.UNCHANGED]:,} unchanged"
        + (f", {waiting:,} of them retired" if waiting else ""),
        f"{unknown:,} not compared" if unknown else "",
        f"{deferred:,} deferred" if deferred else "",
        describe_losing(counts[DESTROYS_DATA]),
    )
    return f"Plan: {changes}{''.join(f'; {words}' for words in rest if words)}."


def describe_losing(number: int) -> str:
    """How many servers lose data while they stay; nothing for none."""
    return f"{count_of(number, 'server loses', 'servers lose')} data" if number else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Danger:
    """What a reviewer has to see once more: how bad it is, what happens, and to which servers.

    `rank` is 0 for the worst. `words` has a place for the number of servers, and may have one for
    the day from which on they are destroyed. Where something is lost, each server is named by
    itself.
    """

    kind: Literal["danger", "caution"]
    rank: int
    words: str
    servers: tuple[ServerPlan, ...]

    @property
    def head(self) -> str:
        """What happens and to how many: `DESTROYS 2 servers with all data:`."""
        number = len(self.servers)
        return self.words.format(
            count_of(number, "server"),
            number=f"{number:,}",
            later=destroyed_from(self.servers),
            times=downtime_total_words(self.servers),
        )

    @property
    def names(self) -> str:
        """The names on one line, and how many more there are."""
        if self.kind == "danger":
            return join_names(map(name_server, self.servers), most=_MAX_NAMES)
        return join_runs(self.servers, most=_MAX_NAMES)


def find_dangers(stack: StackPlan) -> Iterator[Danger]:
    """Everything that loses data, stops or is not compared; the worst first."""
    destructive = {step.server for step in stack.steps if step.is_destructive}
    gone = [server for server in stack.servers if server.action is Action.DESTROY]
    anew = [server for server in stack.servers if server.action is Action.REPLACE]
    reinstalled = [server for server in stack.servers if server.action is Action.REINSTALL]
    staying = [server for server in stack.servers if server.action not in DESTRUCTIVE]
    parts = [server for server in staying if server.loses_data]
    older = [s for s in staying if s.key in destructive and not s.loses_data]
    retired = [server for server in staying if server.action is Action.RETIRE]
    stopped = list(stack.stopped)
    found: tuple[tuple[Literal["danger", "caution"], list[ServerPlan], str], ...] = (
        ("danger", gone, "DESTROYS {} with all data:"),
        ("danger", anew, "REPLACES {}, destroying all data:"),
        ("danger", reinstalled, "REINSTALLS {}, destroying all data of the system disk:"),
        ("danger", parts, "DESTROYS DATA on {}:"),
        ("danger", older, "DELETES SNAPSHOTS of {}:"),
        ("caution", retired, "RETIRES {}, DESTROYED with all data {later}:"),
        ("caution", stopped, "DOWNTIME on {}, {times}:"),
        (
            "caution",
            list(stack.uncompared_servers()),
            "NOT COMPARED, so nothing is done to {number}:",
        ),
    )
    for rank, (kind, servers, words) in enumerate(found):
        if servers:
            yield Danger(kind=kind, rank=rank, words=words, servers=tuple(servers))


def cost_lines(stack: StackPlan) -> list[str]:
    """The monthly cost before and after, on one line; empty if it is not known."""
    cost, currency = stack.cost, stack.currency
    if cost is None:
        return []
    before, after, change, fees = (
        escape_short(str(cost.get(name, "0")))
        for name in ("monthly_before", "monthly_after", "monthly_change", "setup_fees")
    )
    unknown = [escape_short(str(key)) for key in cost.get("unknown", ())]
    names = f"unknown for {join_names(unknown, most=_MAX_UNKNOWN)}"
    if unknown and not cost.get("servers"):
        return [f"Monthly cost: {names}"]
    text = cost_words(before, after, change, currency)
    if fees.strip("0."):
        text += f", setup fees: {format_amount(fees, currency)}"
    return [f"Monthly cost: {text}{f'; {names}' if unknown else ''}"]


def cost_words(before: str, after: str, change: str, currency: str | None) -> str:
    """`10.00 -> 12.00 EUR (+2.00)`, or `10.00 EUR (unchanged)`."""
    sign = "" if change.startswith(("-", "+")) else "+"
    if not change.strip("+-0."):
        return f"{format_amount(after, currency)} (unchanged)"
    return f"{before} -> {format_amount(after, currency)} ({sign}{change})"
