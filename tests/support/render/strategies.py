"""Plans and events full of what somebody could write to harm the reader of an output."""

from datetime import UTC, datetime
from typing import Any, get_args

from hypothesis import strategies as st

from ccloud_apply.model.declared.ignored import IgnoredField
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.event import Event, EventType
from ccloud_apply.model.live.addresses import Addresses
from ccloud_apply.model.results.plan import (
    Action,
    Deferred,
    FieldChange,
    Plan,
    PlanAccount,
    Reversibility,
    ServerPlan,
    StackPlan,
    Step,
    ValueKind,
)
from ccloud_apply.model.results.present import PresentServer

_PIECES = (
    "::add-mask::x",
    "\n::set-env name=A::b",
    " ::error::",
    "##[error]",
    "##vso[task.complete]",
    "###[x]",
    "##teamcity[x]",
    "#",
    "[",
    ":",
    " ",
    "\x1b[31m",
    "\x9b2J",
    "\r",
    "\r\n",
    "\t",
    "\x00",
    "\x7f",
    "\u202e",
    "\u2066",
    "\u200b",
    "\ufeff",
    "\u2028",
    "\u0085",
    "\u00a0",
    "\ud800",
    "\U000e0041",
    "\\",
    '"',
    "${key}",
    "web-1",
    "`",
    "\n```\n",
    "````",
    "|",
    "\\|",
    "*",
    "_",
    "~",
    "@octocat",
    "#1",
    "[a](http://b.example)",
    "https://b.example",
    "<img src=x>",
    "</details>",
    "<!--",
    "-->",
    "&lt;",
    "%{",
    "ünï",
    "x" * 100,
)

hostile_texts = st.lists(st.sampled_from(_PIECES) | st.text(max_size=8), max_size=5).map("".join)

values = st.recursive(
    st.none() | st.booleans() | st.integers() | hostile_texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(hostile_texts, inner, max_size=3),
    max_leaves=4,
)

_fields = hostile_texts | st.sampled_from(
    ["notes", "tags", "memory", "disks.1", "scheduled_snapshots", "custom_name", "addons.x"]
)
_tags = st.lists(hostile_texts, max_size=4)

changes = st.builds(
    FieldChange,
    field=_fields,
    before=values,
    after=values,
    forces_replace=st.booleans(),
    is_destructive=st.booleans(),
    note=hostile_texts,
    reversibility=st.sampled_from(Reversibility),
    undo=hostile_texts,
    kind=st.sampled_from(ValueKind),
) | st.builds(
    FieldChange, field=st.just("tags"), before=_tags, after=_tags, kind=st.just(ValueKind.TAGS)
)

diagnostics = st.builds(
    Diagnostic,
    code=hostile_texts,
    what=hostile_texts,
    where=hostile_texts,
    hint=hostile_texts,
    severity=st.sampled_from(Severity),
    source=st.none() | st.builds(SourceRange, hostile_texts, st.integers(), st.integers()),
)

_optional_texts = st.none() | hostile_texts

steps = st.builds(
    Step,
    id=hostile_texts,
    server=hostile_texts,
    operation=hostile_texts,
    operation_id=hostile_texts,
    method=st.sampled_from(["PUT", "POST", "DELETE"]),
    path=hostile_texts,
    body=values,
    needs=st.lists(hostile_texts, max_size=3).map(tuple),
    closes=_optional_texts,
    is_destructive=st.booleans(),
    causes_downtime=st.booleans(),
)

servers = st.builds(
    ServerPlan,
    key=hostile_texts,
    hostname=_optional_texts,
    action=st.sampled_from(Action),
    changes=st.lists(changes, max_size=4).map(tuple),
    steps=st.lists(hostile_texts, max_size=2).map(tuple),
    has_downtime=st.booleans(),
    warnings=st.lists(hostile_texts, max_size=2).map(tuple),
    instance=_optional_texts,
    moved_from=_optional_texts,
    is_released=st.booleans(),
    is_busy=st.booleans(),
    goes=st.dictionaries(_fields, values, max_size=2).map(
        lambda facts: tuple(FieldChange(field=name, before=fact) for name, fact in facts.items())
    ),
    live=st.dictionaries(_fields, values, max_size=2),
    why=hostile_texts,
    rests_on=st.lists(hostile_texts, max_size=2).map(tuple),
    retires=st.none() | st.dates(),
    reversibility=st.none() | st.sampled_from(Reversibility),
    undo=hostile_texts,
)

deferred = st.builds(
    Deferred,
    key=hostile_texts,
    hostname=_optional_texts,
    action=st.sampled_from(Action),
    why=hostile_texts,
    opens_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    changes=st.lists(changes, max_size=2).map(tuple),
)


def _many(several: tuple[ServerPlan, ...], times: int) -> tuple[ServerPlan, ...]:
    return tuple(server for server in several for _ in range(times))


_costs: st.SearchStrategy[dict[str, Any] | None] = st.none() | st.fixed_dictionaries(
    {
        "monthly_before": hostile_texts,
        "monthly_after": hostile_texts,
        "monthly_change": hostile_texts,
        "setup_fees": hostile_texts,
        "servers": st.just({}),
        "unknown": st.lists(hostile_texts, max_size=3),
    }
)

ignored = st.builds(
    IgnoredField,
    key=hostile_texts,
    field=hostile_texts,
    until=st.none() | st.dates(),
    reason=hostile_texts,
)

stacks = st.builds(
    StackPlan,
    stack=hostile_texts,
    path=hostile_texts,
    servers=st.builds(_many, st.lists(servers, max_size=3).map(tuple), st.sampled_from([1, 4])),
    steps=st.lists(steps, max_size=3).map(tuple),
    warnings=st.lists(diagnostics, max_size=3).map(tuple),
    held=st.lists(diagnostics, max_size=2).map(tuple),
    ignored=st.lists(ignored, max_size=2).map(tuple),
    deferred=st.lists(deferred, max_size=2).map(tuple),
    cost=_costs,
    fingerprints=st.dictionaries(hostile_texts, hostile_texts, max_size=2),
)

accounts = st.builds(PlanAccount, endpoint=hostile_texts, customer_id=_optional_texts)

plans = st.builds(
    Plan,
    stacks=st.lists(stacks, max_size=2).map(tuple),
    account=st.none() | accounts,
    read_at=st.none() | st.just(datetime(2027, 1, 1, 3, tzinfo=UTC)),
    invoice_preview=_optional_texts,
    at=st.none() | st.datetimes(timezones=st.just(UTC)),
    override_window=hostile_texts,
)

_lines = st.lists(hostile_texts, max_size=2).map(tuple)
addresses = st.none() | st.builds(Addresses, ipv4=_lines, ipv6=_lines)
"""Decoding lets no other text than an address through. A renderer does not rely on it."""

present_servers = st.lists(
    st.builds(
        PresentServer,
        stack=hostile_texts,
        key=hostile_texts,
        hostname=_optional_texts,
        addresses=addresses,
        is_made=st.booleans(),
    ),
    max_size=3,
).map(tuple)

events = st.builds(
    Event,
    type=st.sampled_from(get_args(EventType)),
    time=st.just(datetime(2027, 1, 1, 3, tzinfo=UTC)),
    stack=_optional_texts,
    server=_optional_texts,
    step=_optional_texts,
    operation=_optional_texts,
    hostname=_optional_texts,
    task_id=st.none() | st.integers(),
    status=_optional_texts,
    message=_optional_texts,
    error=_optional_texts,
    because=_optional_texts,
    diagnostic=st.none() | diagnostics,
    done=st.none() | st.integers(0, 9),
    failed=st.none() | st.integers(0, 9),
    skipped=st.none() | st.integers(0, 9),
    converged=st.none() | st.booleans(),
    seconds=st.none() | st.floats(0, 1e6),
    servers=present_servers,
)
