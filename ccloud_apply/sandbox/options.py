"""The options of an emulator: storage, speed, and interpretations of the API document.

Where the document is silent or contradicts itself, its interpretation is an option, so that a
client can be tested against each. Reading options from the command line belongs to `cli/`.
"""

from collections.abc import Callable, Mapping
from math import inf
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.sandbox.clock import Clock
from ccloud_apply.sandbox.faults.plan import FaultPlan

CUSTOMER_ID = "328100"


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
    max_cores: int = 64
    max_memory_gb: int = 512
    max_disks: int = 5
    max_disk_gb: int = 5120
    max_snapshots: int = 10
    snapshot_pause_s: float = 600
    """What a server can have, and the pause between two snapshots of it."""
    customer: str | None = CUSTOMER_ID
    """The customer's number in every answer as JSON; with None no answer tells it."""

    page_limit: int = 25
    max_page_limit: int = 100
    pagination: Literal["meta", "links", "bare", "cursor", "token", "ignored"] = "meta"
    """`meta`: links and meta; `links`: links alone; `bare`: `data` and nothing else. The others
    know no `page`: `cursor` has links to the next page by a cursor, `token` a `next_cursor` and no
    link, `ignored` `data` alone, and page 1 for every page."""
    wrapped_lists: bool = False
    """Whether lists that the document shows whole (schedules, addons, images, ...) come in pages
    of `page_limit`, in the wrapper that `pagination` says."""
    refused_limit: Literal[400, 422, 500] | None = None
    """The status by which a list that is asked for with `limit` is refused; None: it is taken."""
    refused_sort: Literal[400, 422, 500] | None = None
    """The same for `sort`."""
    tag_filter: Literal["exact", "ignored", "refused", "part", "any_case", "behind"] = "exact"
    """What the server list makes of `tag`: servers that carry it, as documented; it is ignored; it
    is refused (422); a part of a tag, or another case, is enough; or the newest server with the tag
    does not show by it yet."""
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
    import_other_pool: bool = False
    """Whether a subscription takes servers of another pool than its own."""
    performance_rows: Literal["plain", "timed", "gaps"] = "plain"
    """What a row of performance holds beside its values: nothing, as documented; its time; or its
    time, and no value in every fifth row."""
    failed_build: Literal["removed", "half", "critical"] = "removed"
    """What a failed build leaves: nothing; a server that is Off, with its system disk alone; or one
    that is Critical. Both keep their hostname and tags."""
    password_shown: Literal["always", "once", "never"] = "always"  # noqa: S105
    """How often a server's password is told; then the list of credentials is empty."""
    restored_state: Literal["kept", "Off"] = "kept"
    """The power state of a server that was taken back to a snapshot."""
    restored_newer: Literal["kept", "removed"] = "kept"
    """What becomes of the snapshots that were taken after the one that is restored."""
    restored_active: bool = True
    """Whether the snapshot that was restored shows as the active one."""
    shortest_task_s: float | None = None
    longest_task_s: float | None = None
    """Seconds at speed 1 between which the time of a task is drawn, by its server and its action;
    None for both: each action has a time of its own. One of them alone counts for both."""
    text_limit: int | None = None
    """Characters after which notes, descriptions and custom names are cut without a word."""


OPERATION = frozenset({"db", "seed", "speed", "clock", "fail", "faults", "limits"})
"""The options that are no interpretation."""


def read_reading(name: str, text: str) -> Any:
    """The value of an interpretation, from its text.

    Raises KeyError for a name that is none, ValueError with what is possible for another value.
    """
    hints = get_type_hints(SandboxOptions)
    if name in OPERATION or name not in hints:
        raise KeyError(name)
    kinds = _split(hints[name])
    words = [word for kind in kinds if get_origin(kind) is Literal for word in get_args(kind)]
    if bool in kinds:
        words += [True, False]
    for word in words:
        if str(word).lower() == text.lower():
            return word
    if NoneType in kinds and text.lower() == "none":
        return None
    for kind, read, means in _NUMBERS_AND_TEXTS:
        if kind in kinds:
            try:
                return read(text)
            except ValueError:
                raise ValueError(means) from None
    raise ValueError(", ".join(str(word).lower() for word in words))


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value < inf:
        raise ValueError(text)
    return value


_NUMBERS_AND_TEXTS: tuple[tuple[type, Callable[[str], object], str], ...] = (
    (int, int, "a whole number"),
    (float, _seconds, "a number, 0 or more"),
    (str, str, "a text"),
)


def readings() -> tuple[str, ...]:
    """The names of the interpretations."""
    return tuple(name for name in get_type_hints(SandboxOptions) if name not in OPERATION)


def _split(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
