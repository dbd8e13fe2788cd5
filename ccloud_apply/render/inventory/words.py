"""What the formats for people say of a server and of all of them. Escaped, without markup."""

from collections import Counter
from collections.abc import Iterator, Sequence

from ccloud_apply.model.results.inventory import Inventory, InventoryServer, Standing
from ccloud_apply.model.text import count_of, join_names
from ccloud_apply.render.lib.account_line import account_line
from ccloud_apply.render.lib.escape import escape_short
from ccloud_apply.render.lib.money import format_amount

NO_SERVERS = "There are no servers."


def source_words(inventory: Inventory) -> str:
    """Which account it is, and when it was read."""
    return account_line(inventory.account, inventory.read_at, inventory.env)


def addresses_words(server: InventoryServer) -> tuple[str, ...]:
    """The addresses, the one first by which the server is reached; a word where there are none."""
    if server.addresses is None:
        return ("unknown",)
    every = dict.fromkeys((server.address, *server.addresses.ipv4, *server.addresses.ipv6))
    return tuple(address for address in every if address is not None) or ("none",)


def status_words(server: InventoryServer) -> tuple[str, ...]:
    """The status, and what else has to be known: being built, its last day, its marks."""
    words: list[str] = [server.status.value]
    if server.is_building:
        words.append("being built")
    if server.is_deleting:
        words.append("being deleted")
    if server.retires is not None:
        words.append(f"retires {server.retires.isoformat()}")
    words += (
        escape_short(mark)
        for mark in server.marks
        if server.retires is None or not mark.lower().startswith("retire:")
    )
    return tuple(words)


def count_statuses(inventory: Inventory) -> tuple[tuple[str, int], ...]:
    """How many servers have each status, in the order of the statuses."""
    counts = Counter(server.status for server in inventory.servers)
    return tuple((one.value, counts[one]) for one in Standing)


def count_building(inventory: Inventory) -> int:
    """How many are being built, whatever their status."""
    return sum(server.is_building for server in inventory.servers)


def conclude(inventory: Inventory) -> str:
    """One sentence about all of them."""
    if not inventory.servers:
        return NO_SERVERS
    parts = ", ".join(f"{count:,} {name}" for name, count in count_statuses(inventory) if count)
    building = count_building(inventory)
    retired = sum(server.is_retired for server in inventory.servers)
    some = ((building, "being built"), (retired, "retired"))
    told = ", ".join(f"{number:,} of them {name}" for number, name in some if number)
    built = f"; {told}" if told else ""
    cost = f"; {cost_words(inventory)}" if inventory.has_cost else ""
    return f"{count_of(len(inventory.servers), 'server')}: {parts}{built}{cost}."


def cost_words(inventory: Inventory) -> str:
    """What they come to per month, and of how many that is not known."""
    live = [s for s in inventory.servers if s.status is not Standing.MISSING]
    unknown = sum(server.monthly_cost is None for server in live)
    if unknown and inventory.monthly_total is None and not inventory.monthly_totals:
        return "the cost per month is unknown"
    rest = f", {unknown:,} unknown" if unknown else ""
    if inventory.retired_total is not None:
        retired = format_amount(inventory.retired_total, inventory.currency)
        rest = f" ({retired} of it for retired servers){rest}"
    return f"{total_words(inventory)} per month{rest}"


def total_words(inventory: Inventory) -> str:
    """`51.50 EUR`; for several currencies each sum by itself, for they are never added."""
    if not inventory.monthly_totals:
        return format_amount(inventory.monthly_total or "unknown", inventory.currency)
    sums = (
        format_amount(amount, currency or "(currency not named)")
        for currency, amount in inventory.monthly_totals
    )
    return " and ".join(sums)


def untold_words(inventory: Inventory) -> Iterator[str]:
    """Which servers a list of hosts is without, or has without an address: a sentence for each."""
    reasons = {
        "being deleted, so left out": [s for s in inventory.servers if s.is_deleting],
        "retired, so left out": [
            s for s in inventory.servers if s.is_retired and not s.is_deleting
        ],
        "declared and missing, so left out": [
            s for s in inventory.servers if s.status is Standing.MISSING
        ],
        "being built, without an address yet": [
            s for s in inventory.hosts if s.is_building and s.address is None
        ],
        "being built": [s for s in inventory.hosts if s.is_building and s.address is not None],
        "without an address": [
            s
            for s in inventory.hosts
            if not s.is_building and s.address is None and s.addresses is not None
        ],
        "without a known address": [
            s for s in inventory.hosts if not s.is_building and s.addresses is None
        ],
    }
    for reason, servers in reasons.items():
        if servers:
            verb = "is" if len(servers) == 1 else "are"
            yield f"{_names(servers)} {verb} {reason}"


def _names(servers: Sequence[InventoryServer]) -> str:
    return join_names(server.name for server in servers)
