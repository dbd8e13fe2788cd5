"""The options of an emulator: storage, speed, and interpretations of the API document.

Where the document is silent or contradicts itself, its interpretation is an option, so that a
client can be tested against each. Reading options from the command line belongs to `cli/`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ccloud_apply.sandbox.clock import Clock
from ccloud_apply.sandbox.faults.plan import FaultPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxOptions:
    """How an emulator behaves. The first block is its operation, the second interpretations."""

    db: str = ":memory:"
    """Path of the SQLite file; `:memory:` keeps nothing."""
    seed: Literal["demo", "empty"] = "demo"
    """The content of a fresh database: catalogues and the example account, or catalogues only."""
    speed: float = 1.0
    """Divides the duration of tasks. With 0 they never end by themselves."""
    clock: Clock | None = None
    """The source of time; the machine's clock if None."""
    fail: tuple[str, ...] = ()
    """Tasks that end as failed, `ACTION:NAME`: `resize-server:vs10001`, `create-server:web *`.
    NAME is a glob over hostname and custom name; without it every task of that action fails."""
    faults: FaultPlan | None = None
    """The faults to inject. A plan counts requests, so it is for one emulator only."""
    limits: Mapping[str, int] | None = None
    """The account's resource limits: cores, memory (GB), disk (GB); none means unlimited."""
    parallel_creates: int = 10

    page_limit: int = 25
    max_page_limit: int = 100
    pagination: Literal["meta", "links", "bare"] = "meta"
    """`meta`: links and meta; `links`: links alone; `bare`: `data` and nothing else."""
    hostname_during_build: bool = True
    """Whether a server and its create task show the hostname before the build is done."""
    disk_size_unit: Literal["gb", "mb", "bytes"] = "gb"
    """The unit of `size` in the disk list, which the document does not give."""
    memory_unit: Literal["gb", "mb", "bytes"] = "gb"
    """The unit of a server's memory in answers, which the document does not give."""
    memory_unit_of: Literal["both", "list", "server"] = "both"
    """What tells memory in `memory_unit`: the list of servers, the details of one, or both."""
    empty_schedule: Literal["404", "204", "null", "object", "list"] = "404"
    """The answer for a server without a snapshot schedule."""
    existing_schedule: Literal["replace", "409", "422", "ignore"] = "replace"
    """What a new schedule comes to where one stands: it replaces it, is refused with this status,
    or is accepted and changes nothing."""
    custom_prices: bool = False
    """Whether the account has a price of its own for every server, which the vendor gives it."""
    new_address_shows: Literal["all", "servers", "adapters", "ips", "none"] = "all"
    """Which list shows an address that was added: the servers', the server's adapters, the
    account's addresses, all of them, or none."""
    addon_put: Literal["set", "add"] = "set"
    """What a count of an addon that is there comes to: it is set, or added to what is there."""
    schedule_taken: Literal["utc", "berlin"] = "utc"
    """The zone in which a schedule's first run is taken; the document names none."""
    schedule_told: Literal["utc", "berlin"] = "utc"
    """The zone in which its next run is told. Instants are kept: what is told in Berlin's time
    moves by an hour when clocks change."""
    frequency_as_string: bool = True
    """Whether the account's list of schedules writes the frequency as a string, as documented."""
    error_lists: bool = False
    """422: the texts of a field as a list, as Laravel sends them, or one string, as documented."""
    single_as_object: bool = False
    """Whether a list of one entry is sent as that entry, where the document shows an object."""
    resize_needs_off: bool = False
    """Whether cores and memory can only be changed while the server is off."""
