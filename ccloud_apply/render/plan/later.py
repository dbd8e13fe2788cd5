"""What a plan leaves for later, in words that all its formats share: retired servers that wait for
their day, and what is deferred; and for which moment the plan is, if that is not now.

Every text from here is one harmless line. What happens now belongs to `server_text.py`.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.results.plan import (
    MONTHLY_COST,
    Action,
    Deferred,
    Plan,
    ServerPlan,
    StackPlan,
)
from ccloud_apply.model.text import count_of
from ccloud_apply.render.lib.escape import escape_short
from ccloud_apply.render.lib.moments import moment_words
from ccloud_apply.render.lib.money import format_amount, show_amount
from ccloud_apply.render.plan.fold import Fold, fold_servers
from ccloud_apply.render.plan.fold_names import join_runs

_MAX_NAMES = 20
_MAX_WHY = 400
_MAX_REASON = 400

_WOULD = {
    Action.CREATE: "would be created",
    Action.UPDATE: "would be updated",
    Action.REPLACE: "would be REPLACED: destroyed with all its data, then created again",
    Action.REINSTALL: "would be REINSTALLED: its system disk is wiped",
    Action.RETIRE: "would be retired",
    Action.RESTORE: "would be restored",
    Action.DESTROY: "would be DESTROYED with all its data",
    Action.ADOPT: "would be adopted",
    Action.UNCHANGED: "would be updated",
    Action.NOT_COMPARED: "would not be compared",
}


# The moment.


def moment_lines(plan: Plan) -> list[str]:
    """That the plan is not for now, where it was asked for another moment."""
    if plan.at is None:
        return []
    return [f"As of {moment_words(plan.at)} (--at): what a run at that moment would do"]


def override_lines(plan: Plan) -> list[str]:
    """That windows and freezes do not count, and the reason, where that is so."""
    if not plan.override_window:
        return []
    reason = escape_short(plan.override_window, _MAX_REASON)
    return [f"Windows and freezes are overridden: {reason}"]


# Retired servers.


def day_words(day: date) -> str:
    """`2027-01-08 (UTC)`: the day as the marks say it."""
    return f"{day.isoformat()} (UTC)"


def destroyed_from(servers: Iterable[ServerPlan]) -> str:
    """`from 2027-01-08 (UTC) on`; of several days the first one."""
    days = {server.retires for server in servers if server.retires is not None}
    if not days:
        return "once the day has come"
    return f"{'' if len(days) == 1 else 'the first '}from {day_words(min(days))} on"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Retired servers of a stack that may be destroyed from the same day on.

    `cost` is what they cost in a month until then, in words; empty where nothing was asked.
    """

    day: date
    servers: tuple[ServerPlan, ...]
    cost: str = ""

    @property
    def names(self) -> str:
        """All names, numbered ones as runs."""
        count = len(self.servers)
        names = join_runs(self.servers, most=_MAX_NAMES)
        return names if count == 1 else f"{names} ({count:,} servers)"

    @property
    def fate(self) -> str:
        """What becomes of them."""
        whose = "its" if len(self.servers) == 1 else "their"
        return f"off, DESTROYED with all {whose} data from {day_words(self.day)} on"


def find_waiting(stack: StackPlan) -> list[Waiting]:
    """The retired servers whose day has not come, by their days, the next one first."""
    days: dict[date, list[ServerPlan]] = {}
    for server in stack.retired:
        if server.retires is not None:
            days.setdefault(server.retires, []).append(server)
    return [
        Waiting(day=day, servers=tuple(servers), cost=_cost_words(servers, stack))
        for day, servers in sorted(days.items(), key=lambda pair: pair[0])
    ]


def retired_lines(stack: StackPlan) -> list[str]:
    """`old-1 (vs10003): retired, off, DESTROYED with all its data from 2027-01-08 (UTC) on; 42.50
    EUR per month until then`: a line for each day."""
    return [
        f"{one.names}: retired, {one.fate}{f'; {one.cost} until then' if one.cost else ''}"
        for one in find_waiting(stack)
    ]


def _cost_words(servers: Sequence[ServerPlan], stack: StackPlan) -> str:
    costs = [monthly_cost(server, stack) for server in servers]
    known = [cost for cost in costs if cost is not None]
    if not known:
        return ""
    amount = format_amount(show_amount(sum(known, Decimal(0))), stack.currency)
    unknown = len(costs) - len(known)
    rest = f" (unknown for {count_of(unknown, 'server')})" if unknown else ""
    return f"{amount} per month{rest}"


def monthly_cost(server: ServerPlan, stack: StackPlan) -> Decimal | None:
    """What a retired server goes on costing; None where that is not known."""
    told = [fact.before for fact in server.goes if fact.field == MONTHLY_COST]
    own = (stack.cost or {}).get("servers", {}).get(server.key, {})
    try:
        amount = Decimal(str(told[0] if told else own["monthly_after"]))
    except (InvalidOperation, KeyError):
        return None
    return amount if amount.is_finite() else None


# What is deferred.


def fold_deferred(stack: StackPlan, *, is_full: bool = False) -> tuple[Fold, ...]:
    """The servers that are deferred, those alike as one. `why` of a fold says for how long too."""
    return fold_servers(map(to_server, stack.deferred), is_full=is_full)


def to_server(deferred: Deferred) -> ServerPlan:
    """What is put off as the plan of its server would be; `why` says for how long, and why."""
    return ServerPlan(
        key=deferred.key,
        hostname=deferred.hostname,
        action=deferred.action,
        changes=deferred.changes,
        why=f"{_until(deferred)}: {deferred.why}" if deferred.why else _until(deferred),
    )


def _until(deferred: Deferred) -> str:
    if deferred.opens_at is None:
        return "deferred, no time for it is known"
    return f"deferred until {moment_words(deferred.opens_at)}"


def describe_deferred(fold: Fold) -> str:
    """`would be updated; deferred until 2027-01-02 02:00 UTC: ...`, to follow the names."""
    return f"{_WOULD[fold.first.action]}; {escape_short(fold.why, _MAX_WHY)}"


def count_deferred(stacks: Iterable[StackPlan]) -> int:
    """How many servers are deferred in all."""
    return sum(len(stack.deferred) for stack in stacks)


def count_waiting(stacks: Iterable[StackPlan]) -> int:
    """How many retired servers wait for their day in all."""
    return sum(len(stack.retired) for stack in stacks)
