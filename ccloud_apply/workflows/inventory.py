"""What there is: the servers of stacks, or of the account. Reads, and changes nothing.

One server list, and the image catalogue where images are shown; states and prices are further
reads, which are made only where they are asked for.
"""

from collections.abc import Sequence

from ccloud_apply.api.account_reader import read
from ccloud_apply.api.client import Client
from ccloud_apply.concurrency import map_bounded, task_group
from ccloud_apply.errors import ApiError, UsageError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.limits import DEFAULT_LIMITS, Limits
from ccloud_apply.model.live.account import Account, LiveServer
from ccloud_apply.model.live.read import SERVERS, Read
from ccloud_apply.model.results.cost import Quote, Shape
from ccloud_apply.model.results.inventory import Inventory
from ccloud_apply.model.text import count_of, join_names
from ccloud_apply.plan.cost.shapes import read_shape
from ccloud_apply.plan.matching.select import MatchedAccount, PlanOptions, match_account
from ccloud_apply.plan.views.inventory import (
    NO_COSTS,
    Costs,
    InventoryOptions,
    build_inventory,
    listed_servers,
    state_reads,
)
from ccloud_apply.workflows.account.identity import describe_account
from ccloud_apply.workflows.account.run import Run
from ccloud_apply.workflows.planning.own_prices import OwnPrices
from ccloud_apply.workflows.planning.plan import set_limits


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryRequest:
    """Which servers, and what of them: those of the `stacks`, with `is_all` all of the account.

    `has_state` reads the state of each, `has_cost` what each costs per month. Without `has_images`
    the image catalogue is not read. A size beyond `limits` is none, so it is unknown. Raises
    UsageError where no server is asked for.
    """

    stacks: tuple[Stack, ...] = ()
    is_all: bool = False
    has_state: bool = False
    has_cost: bool = False
    has_images: bool = True
    limits: Limits = DEFAULT_LIMITS

    def __post_init__(self) -> None:
        if not self.stacks and not self.is_all:
            raise UsageError(
                "which servers?",
                hint="name stack files or folders, or give --all for every server of the account",
            )


async def list_inventory(run: Run, request: InventoryRequest) -> Inventory:
    """Read the account and tell what there is.

    What cannot be read of one server alone, and a catalogue or a price that cannot be had, is
    unknown and a warning. Raises ApiError.
    """
    client = run.client
    images = {Read("list_os", is_optional=True)} if request.has_images else set()
    account = await read(client, Account(), {Read(SERVERS), *images})
    account = set_limits(account, request.limits)
    listed = listed_servers(_match(request, account), is_all=request.is_all)
    async with task_group() as group:
        states = group.create_task(_read_states(client, request, account, listed))
        costs = group.create_task(_read_costs(client, request, account, listed))
    options = InventoryOptions(
        is_all=request.is_all,
        has_state=request.has_state,
        has_cost=request.has_cost,
        account=describe_account(run.connection),
    )
    return build_inventory(_match(request, states.result()), options, costs.result())


def _match(request: InventoryRequest, account: Account) -> MatchedAccount:
    return match_account(request.stacks, account, PlanOptions())


async def _read_states(
    client: Client, request: InventoryRequest, account: Account, listed: Sequence[LiveServer]
) -> Account:
    if not request.has_state:
        return account
    return await read(client, account, state_reads(listed), may_lack=True)


async def _read_costs(
    client: Client, request: InventoryRequest, account: Account, listed: Sequence[LiveServer]
) -> Costs:
    """What each server costs: the quote for its shape, unless its price is another one."""
    if not request.has_cost or not listed:
        return NO_COSTS
    shapes = {live.id: shape for live in listed if (shape := read_shape(live)) is not None}
    quotes: dict[Shape, Quote | None] = {}

    async def quote(shape: Shape) -> None:
        try:
            quotes[shape] = await client.create_quote(shape)
        except ApiError:
            quotes[shape] = None

    own = OwnPrices(client)
    billed = [live for live in listed if live.hostname and live.id in shapes]
    async with task_group() as group:
        group.create_task(own.look_at(billed, billed, account.read_at))
        group.create_task(map_bounded(dict.fromkeys(shapes.values()), quote, client.concurrency))
    amounts = {}
    unknown: dict[str, list[str]] = {}
    for live in listed:
        found = quotes.get(shapes[live.id]) if live.id in shapes else None
        why = own.why.get(live.hostname or "")
        if found is None or why is not None:
            unknown.setdefault(why or "no quote for it could be had", []).append(live.name)
        else:
            amounts[live.id] = found.monthly_total
    return Costs(amounts=amounts, warnings=tuple(map(_warn, unknown.items())))


def _warn(found: tuple[str, list[str]]) -> Diagnostic:
    why, names = found
    return Diagnostic(
        code="price-unknown",
        where="cost",
        what=f"the cost of {count_of(len(names), 'server')} is unknown, and in no sum"
        f" ({join_names(names)}): {why}",
        severity=Severity.WARNING,
    )
