"""What a plan rests on, in short, and whether a saved plan still fits.

A fingerprint holds one digest per fact of a live server, so that a stale plan can say which fact
has changed without having kept its value.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date
from typing import Any

from ccloud_apply.aspects.effects import ADDRESSES_READ
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.aspects.shapes import LiveFact
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.reference import Template, find_references, find_templates
from ccloud_apply.model.live.account import LiveServer, Schedule
from ccloud_apply.model.results.plan import (
    ACCOUNT,
    AccountChange,
    Action,
    Plan,
    ServerPlan,
    StackPlan,
    Step,
)

_NOT_FACTS = {
    *("limits", "parts", "facts", "odd", "unread"),
    *("has_custom_price", "adapters", "customer_id"),
}
_NOT_COUNTED = {"list_server_snapshots", ADDRESSES_READ}
"""A schedule adds to the ones by itself; the others are read where any server needs them. What a
plan does with one of them is in its steps."""


def build_fingerprint(live: LiveServer) -> str:
    """`fact=digest` for every fact that was read of the server, in a fixed order."""
    facts = {f.name: getattr(live, f.name) for f in fields(live) if f.name not in _NOT_FACTS}
    facts["tags"] = sorted(live.tags)
    # What no field of a stack file is about moves on by itself, and no plan rests on it.
    names = {
        aspect.live_name or name for name, aspect in ASPECTS.items() if isinstance(aspect, LiveFact)
    }
    facts |= {name: live.facts[name] for name in names & live.facts.keys()}
    facts |= {name: part for name, part in live.parts.items() if name not in _NOT_COUNTED}
    return " ".join(f"{name}={_digest(value)}" for name, value in sorted(facts.items()))


def _digest(value: Any) -> str:
    text = json.dumps(_plain(value), sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _plain(value: Any) -> Any:
    """JSON for any part; a schedule counts without `next_run`, which moves on by itself."""
    if isinstance(value, Schedule):
        return value.frequency
    if isinstance(value, Template):  # its text counts by its digest: a saved plan does not hold it
        return [value.name, value.base, _plain(value.secrets)]
    if is_dataclass(value):
        return [_plain(getattr(value, f.name)) for f in fields(value)]
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


@dataclass(frozen=True, slots=True)
class StaleServer:
    """Why a saved plan no longer fits a server; `hostname` is None where it is none yet."""

    reason: str
    hostname: str | None = None


def compare_plans(saved: Plan, fresh: Plan) -> tuple[StaleServer, ...]:
    """Where the saved plan no longer fits, an entry per server and per file; empty if it does.

    Servers that the saved plan does not touch are not looked at, nor are the files of those. Nor is
    what the fresh plan defers: nothing happens to it, whatever it is like.
    """
    fresh_stacks = {stack.stack: stack for stack in fresh.stacks}
    reasons: list[StaleServer] = []
    for stack in saved.stacks:
        if stack.stack not in fresh_stacks:
            reasons.append(StaleServer(f"stack {stack.stack} is gone"))
        else:
            reasons.extend(_compare_stack(stack, fresh_stacks[stack.stack]))
            reasons.extend(_compare_contents(stack, fresh_stacks[stack.stack]))
    return tuple(reasons)


def find_left_out(saved: Plan, fresh: Plan) -> tuple[StaleServer, ...]:
    """The servers that the fresh plan touches and the saved one does not."""
    known = {stack.stack: _touched(stack).keys() for stack in saved.stacks}
    return tuple(
        StaleServer(f"{stack.stack}/{key} is not in the plan, and would go too", server.hostname)
        for stack in fresh.stacks
        for key, server in _touched(stack).items()
        if key not in known.get(stack.stack, ())
    )


def find_overdue(saved: Plan, today: date) -> tuple[StaleServer, ...]:
    """The servers that the saved plan retires until a day (UTC) that has come by now: they would
    wait for nothing."""
    return tuple(
        StaleServer(
            f"{stack.stack}/{server.key} would be retired until {server.retires}, which has come",
            server.hostname,
        )
        for stack in saved.stacks
        for server in stack.servers
        if server.action is Action.RETIRE and server.retires is not None
        if server.retires <= today
    )


def restrict_plan(fresh: Plan, saved: Plan) -> Plan:
    """The fresh plan of those servers only that the saved one touches, or could not compare.

    Nothing of the latter was approved: one that differs by now is still not compared.
    """
    known = {stack.stack: stack for stack in saved.stacks}
    return replace(
        fresh,
        stacks=tuple(
            _restrict_stack(stack, known[stack.stack])
            for stack in fresh.stacks
            if stack.stack in known
        ),
    )


_DIFFERS_NOW = "it was not compared when the plan was saved, and is not as declared: plan again"


def _restrict_stack(stack: StackPlan, saved: StackPlan) -> StackPlan:
    keys = _touched(saved).keys()
    unknown = {server.key for server in saved.uncompared_servers()}
    steps = [step for step in stack.steps if step.server in keys]
    ids = {step.id for step in steps}
    unapproved = {s.key for s in stack.changed_servers() if s.key in unknown}
    # What follows on changes that nobody approved of must not be made before them.
    lacking: dict[str, list[str]] = {}
    for step in steps:
        servers = {need.split("/")[0] for need in step.needs} & unapproved
        lacking.setdefault(step.server, []).extend(sorted(servers))
    account = stack.account if ACCOUNT in keys or ACCOUNT in unknown else None
    if account is not None and ACCOUNT in unapproved:
        account = AccountChange(why=_DIFFERS_NOW, source=account.source)
    return replace(
        stack,
        servers=tuple(
            _leave_unapproved(server)
            if server.key in unapproved
            else _rest_on(server, lacking.get(server.key, ()))
            for server in stack.servers
            if server.key in keys or server.key in unknown
        ),
        account=account,
        steps=tuple(replace(s, needs=tuple(n for n in s.needs if n in ids)) for s in steps),
        deferred=tuple(one for one in stack.deferred if one.key in keys),
    )


def _leave_unapproved(server: ServerPlan) -> ServerPlan:
    return ServerPlan(
        key=server.key,
        hostname=server.hostname,
        action=Action.NOT_COMPARED,
        why=_DIFFERS_NOW,
        instance=server.instance,
        source=server.source,
    )


def _rest_on(server: ServerPlan, keys: Iterable[str]) -> ServerPlan:
    more = tuple(dict.fromkeys((*server.rests_on, *keys)))
    return replace(server, rests_on=more) if more != server.rests_on else server


def _touched(stack: StackPlan) -> Mapping[str, ServerPlan]:
    return {server.key: server for server in stack.entries if server.steps}


def _compare_stack(saved: StackPlan, fresh: StackPlan) -> Iterator[StaleServer]:
    plans = {server.key: server for server in fresh.entries}
    deferred = {one.key for one in fresh.deferred}
    keys = _touched(saved).keys() - deferred
    saved_steps = _requests(saved, keys)
    fresh_steps = _requests(fresh, keys)
    for key, server in _touched(saved).items():
        if key in deferred:
            continue
        name = f"{saved.stack}/{key}" + (f" ({server.hostname})" if server.hostname else "")
        facts = _changed_facts(saved.fingerprints.get(key, ""), fresh.fingerprints.get(key, ""))
        other = plans.get(key)
        if facts:
            reason = f"{name}: {', '.join(facts)} changed since the plan"
        elif other is None:
            reason = f"{name} is no longer in the plan"
        elif other.why:
            reason = f"{name} cannot be compared with the plan: {other.why}"
        elif other.action is not server.action:
            reason = f"{name}: the plan says {server.action}, now it is {other.action}"
        elif _shown(other) != _shown(server) or saved_steps[key] != fresh_steps.get(key):
            fields = _explain(_shown(server), _shown(other)) or "its requests"
            reason = f"{name}: the plan for it has changed: {fields}"
        elif fresh.fingerprints.get(key) and not saved.fingerprints.get(key):
            reason = f"{name}: the plan does not say what the server was like"
        else:
            continue
        hostname = server.hostname or (other.hostname if other is not None else None)
        yield StaleServer(reason, hostname)


def _compare_contents(saved: StackPlan, fresh: StackPlan) -> Iterator[StaleServer]:
    """The files that would now be sent with other contents, or with contents nobody knew of."""
    keys = _touched(saved).keys() - {one.key for one in fresh.deferred}
    bodies = [step.body for step in fresh.steps if step.server in keys]
    for path in sorted({r.path for r in find_references(bodies) if r.is_bound}):
        approved = saved.contents.get(path)
        if approved is None:
            yield StaleServer(f"{saved.stack}: the plan does not say what the file {path} held")
        elif approved != fresh.contents.get(path):
            yield StaleServer(f"{saved.stack}: the file {path} changed since the plan")
    changed: dict[str, list[str]] = {}
    for step in fresh.steps:
        for template in find_templates(step.body) if step.server in keys else ():
            name = template.bound_name(step.server)
            approved = saved.contents.get(name)
            if approved is None or approved != fresh.contents.get(name):
                changed.setdefault(template.path, []).append(step.server)
    for path, servers in sorted(changed.items()):
        named = servers[0] if len(servers) == 1 else f"{servers[0]} and {len(servers) - 1} more"
        what = f"what the template {path} gives for {named} changed since the plan"
        yield StaleServer(f"{saved.stack}: {what}")


def _changed_facts(saved: str, fresh: str) -> list[str]:
    if not saved or not fresh:
        return []
    before = dict(fact.split("=", 1) for fact in saved.split())
    after = dict(fact.split("=", 1) for fact in fresh.split())
    return sorted(f for f in before.keys() | after.keys() if before.get(f) != after.get(f))


def _shown(server: ServerPlan) -> Mapping[str, Any]:
    """The changes by field, as a saved plan can hold them."""
    return {
        change.field: [_plain(change.before), _plain(change.after), change.is_sensitive]
        for change in server.changes
    }


def _explain(saved: Mapping[str, Any], fresh: Mapping[str, Any]) -> str:
    """The fields whose changes differ."""
    from deepdiff import DeepDiff  # heavy, and only a stale plan needs it

    keys = DeepDiff(saved, fresh, ignore_numeric_type_changes=True).affected_root_keys
    return ", ".join(sorted(str(key) for key in keys))


def _json(value: Any) -> str:
    return json.dumps(_plain(value), sort_keys=True)


def _requests(stack: StackPlan, keys: Any) -> Mapping[str, list[Any]]:
    requests: dict[str, list[Any]] = {}
    for step in stack.steps:
        if step.server in keys:
            requests.setdefault(step.server, []).append(_request(step, keys))
    return requests


def _request(step: Step, keys: Any) -> Any:
    """What a step would send; a schedule's first run depends on the time of planning."""
    body = step.body
    if step.operation_id == "set_server_snapshot_schedule":
        body = {"frequency": body["frequency"]}
    needs = sorted(need for need in step.needs if need.split("/")[0] in keys)
    return (step.id, step.operation_id, step.method, step.path, _json(body), needs, step.closes)
