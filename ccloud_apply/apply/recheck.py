"""Whether what a step rests on still holds, looked at right before its request.

The server is read again and compared again; only the step's own field counts. What a step may do
to a server that is somebody else's by now is nothing at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from urllib.parse import unquote

from ccloud_apply.apply.api import Api
from ccloud_apply.apply.devices import CHECKED, LOOKED_UP, check_device
from ccloud_apply.apply.evidence import REDEPLOY
from ccloud_apply.clock import Clock
from ccloud_apply.errors import ApplyError, NotFoundError
from ccloud_apply.model.account import Account, LiveServer
from ccloud_apply.model.diagnostic import has_errors
from ccloud_apply.model.ownership import PREVENT_DESTROY, read_ownership
from ccloud_apply.model.plan import ServerPlan, Step
from ccloud_apply.model.stack import Stack
from ccloud_apply.plan.diff import diff_server
from ccloud_apply.plan.match import Match, match_servers

_DISKS = "list_server_disks"


class Standing(StrEnum):
    """Whether a step is still to be made."""

    DUE = "due"
    ALREADY_SO = "already so"


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What the plan of one server rests on."""

    stack: Stack
    match: Match
    account: Account
    plan: ServerPlan


class Recheck:
    """Reads servers again before their steps.

    A harmless step of a server that was read less than `fresh_s` seconds ago is taken as it is;
    what destroys is always looked at again.
    """

    def __init__(
        self,
        api: Api,
        clock: Clock,
        bases: Mapping[tuple[str, str], Basis],
        *,
        read_at_s: float,
        fresh_s: float = 5.0,
    ) -> None:
        self._api = api
        self._clock = clock
        self._bases = bases
        self._fresh_s = fresh_s
        self._read_at_s = dict.fromkeys(bases, read_at_s)

    def identity(self, stack: str, key: str) -> Mapping[str, Any]:
        """What tells a server from another one that got its hostname later."""
        basis = self._bases.get((stack, key))
        live = basis.match.live if basis is not None else None
        if live is None:
            return {}
        return _identity(live)

    async def check(self, stack: str, step: Step) -> Standing:
        """Whether the step is still due. Raises ApplyError "changed since the plan", ApiError."""
        name = (stack, step.server)
        basis = self._bases.get(name)
        if basis is None or basis.match.live is None or not basis.match.live.hostname:
            return Standing.DUE
        if step.operation_id == "create_server":
            return Standing.DUE
        age_s = self._clock.monotonic() - self._read_at_s[name]
        if age_s < self._fresh_s and not step.is_destructive:
            return Standing.DUE
        is_remade = f"{step.server}/destroy" in basis.plan.steps
        if is_remade and step.operation_id != "delete_server":
            return Standing.DUE  # its server is the new one, which nobody has seen yet
        fresh = await self._read(basis.match.live, step)
        if fresh is None:
            if step.operation_id == "delete_server":
                return Standing.ALREADY_SO
            raise _changed(f"{basis.match.live.name} is gone")
        self._read_at_s[name] = self._clock.monotonic()
        _require_same(basis.match.live, fresh, basis)
        if step.operation_id == "delete_server":
            _require_unprotected(basis.match.live, fresh)
            return Standing.DUE
        if step.operation_id == REDEPLOY:
            _require_unprotected(basis.match.live, fresh)
        return _compare(basis, fresh, step)

    async def _read(self, live: LiveServer, step: Step) -> LiveServer | None:
        hostname = live.hostname or ""
        try:
            fresh = await self._api.get_server(hostname)
        except NotFoundError:
            return None
        parts = dict(live.parts)
        if _field(step).startswith("disks"):
            parts[_DISKS] = await self._api.read_part(_DISKS, hostname)
        if step.operation_id in CHECKED:
            part = CHECKED[step.operation_id]
            parts[part] = await self._api.read_part(part, hostname)
        return replace(fresh, parts=parts)


def build_bases(
    stacks: Sequence[Stack], account: Account, servers: Mapping[tuple[str, str], ServerPlan]
) -> Mapping[tuple[str, str], Basis]:
    """What each planned server rests on, by stack and key."""
    return {
        (stack.name, match.key): Basis(
            stack=stack, match=match, account=account, plan=servers[stack.name, match.key]
        )
        for stack in stacks
        for match in match_servers(stack, account)[0]
        if (stack.name, match.key) in servers
    }


def _identity(server: LiveServer) -> Mapping[str, Any]:
    return {"id": server.id, "created_at": server.created_at, "generation": server.generation}


def _field(step: Step) -> str:
    field = step.id.split("/", 1)[1]
    return "image" if step.operation_id == REDEPLOY else field


def _changed(what: str) -> ApplyError:
    return ApplyError(f"changed since the plan: {what}", hint="plan again")


def _require_same(live: LiveServer, fresh: LiveServer, basis: Basis) -> None:
    before_it, after_it = _identity(live), _identity(fresh)
    if f"{basis.match.key}/redeploy" in basis.plan.steps:  # another system may need another one
        before_it, after_it = {**before_it, "generation": None}, {**after_it, "generation": None}
    if before_it != after_it:
        raise _changed(f"{live.name} is another server now")
    if fresh.is_deleting:
        raise _changed(f"{live.name} is being deleted")
    before, after = read_ownership(live.tags), read_ownership(fresh.tags)
    ours = {basis.stack.name}
    is_ours = after.stacks == ours and after.keys in (before.keys, {basis.match.key})
    if not is_ours and after.stacks | after.keys != before.stacks | before.keys:
        whose = ", ".join(sorted(after.stacks)) or "no stack"
        raise _changed(f"{live.name} belongs to {whose}")


def _require_unprotected(live: LiveServer, fresh: LiveServer) -> None:
    if PREVENT_DESTROY in fresh.tags and PREVENT_DESTROY not in live.tags:
        raise _changed(f"{live.name} is protected by {PREVENT_DESTROY}")


def _compare(basis: Basis, fresh: LiveServer, step: Step) -> Standing:
    """The field's difference as it was planned, or none any more, or another one."""
    if step.operation_id == "delete_server_disk":
        return _compare_disk(basis, fresh, step)
    if step.operation_id in LOOKED_UP:
        return Standing.DUE
    if step.operation_id in CHECKED:
        assert basis.match.live is not None
        part = CHECKED[step.operation_id]
        is_due = check_device(step, basis.match.live.part(part), fresh.part(part))
        return Standing.DUE if is_due else Standing.ALREADY_SO
    field = _field(step)
    planned = [change for change in basis.plan.changes if change.field == field]
    if not planned or step.operation_id == "set_server_tags":
        return Standing.DUE  # no field of its own, or a list that is united when it is sent
    match = replace(basis.match, live=replace(fresh, is_building=False))
    diff, diagnostics = diff_server(basis.stack, match, basis.account)
    now = [change for change in diff.changes if change.field == field]
    if field in diff.unknown:
        raise _changed(diff.unknown[field])
    if not now:
        if has_errors(diagnostics):
            raise _changed("; ".join(d.what for d in diagnostics if d.is_error))
        return Standing.ALREADY_SO
    if [(c.before, c.after) for c in now] != [(c.before, c.after) for c in planned]:
        raise _changed(f"{field} of {fresh.name} is {now[0].before}, not {planned[0].before}")
    return Standing.DUE


def _compare_disk(basis: Basis, fresh: LiveServer, step: Step) -> Standing:
    """The disk that is to be deleted is the one that was seen, or is gone already."""
    disk_id = unquote(step.path.rsplit("/", 1)[1])
    assert basis.match.live is not None
    before = {disk.id: disk.size_gb for disk in basis.match.live.part(_DISKS)}
    after = {disk.id: disk.size_gb for disk in fresh.part(_DISKS)}
    if disk_id not in after:
        return Standing.ALREADY_SO
    if after[disk_id] != before.get(disk_id):
        raise _changed(f"disk {disk_id} of {fresh.name} has {after[disk_id]} GB")
    return Standing.DUE
