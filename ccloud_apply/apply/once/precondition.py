"""Whether what a step rests on still holds, looked at right before its request.

The server is read again before each of its steps, and compared again; only the step's own field
counts. What a step may do to a server that is somebody else's by now is nothing at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from urllib.parse import unquote

from ccloud_apply.apply.api import Api
from ccloud_apply.apply.engine.devices import CHECKED, LOOKED_UP, check_device
from ccloud_apply.apply.once.outcome import CREATE, REDEPLOY
from ccloud_apply.errors import ApplyError, NotFoundError
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.diagnostic import has_errors
from ccloud_apply.model.live.account import Account, LiveServer
from ccloud_apply.model.ownership import PREVENT_DESTROY, describe_owner, read_ownership
from ccloud_apply.model.results.plan import ACCOUNT, ServerPlan, Step
from ccloud_apply.plan.diff import diff_server
from ccloud_apply.plan.matching.match import Match, match_servers

_DISKS = "list_server_disks"
_DELETE = "delete_server"
_DELETE_DISK = "delete_server_disk"
_SET_TAGS = "set_server_tags"
_HELD_BY_PROTECTION = frozenset({_DELETE, _DELETE_DISK, REDEPLOY})
"""What a protection that was set since the plan stops."""


class Standing(StrEnum):
    """Whether a step is still to be made."""

    NEEDED = "needed"
    ALREADY_DONE = "already done"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedState:
    """What the plan of one server rests on."""

    stack: Stack
    match: Match
    account: Account
    plan: ServerPlan


class Precondition:
    """Reads each server again before each of its steps; what was read earlier never counts.

    A server that this apply has created is the one that was read back, or else the one that is
    found before its first step.
    """

    def __init__(self, api: Api, planned: Mapping[tuple[str, str], PlannedState]) -> None:
        self._api = api
        self._planned = planned
        self._created: dict[tuple[str, str], LiveServer] = {}
        self._redeployed: set[tuple[str, str]] = set()

    def identity(self, stack: str, key: str) -> Mapping[str, Any]:
        """What tells a server from another one that got its hostname later."""
        basis = self._planned.get((stack, key))
        live = basis.match.live if basis is not None else None
        if live is None:
            return {}
        return _identity(live)

    def learn(self, stack: str, key: str, server: LiveServer) -> None:
        """Keep which server was created for the key, as it was read back."""
        self._created[stack, key] = server

    async def check(self, stack: str, step: Step, hostname: str | None) -> Standing:
        """Whether the step is still due. Raises ApplyError "changed since the plan", ApiError.

        `hostname` is that of a server which the plan did not know yet.
        """
        if step.operation_id == CREATE or step.server == ACCOUNT:
            return Standing.NEEDED
        name = (stack, step.server)
        basis = self._planned.get(name)
        live = None if basis is None else basis.match.live
        if basis is None or live is None or _is_of_next(basis, step):
            await self._check_created(name, hostname)
            return Standing.NEEDED
        fresh = await self._read(live, step)
        if fresh is None:
            if step.operation_id == _DELETE:
                return Standing.ALREADY_DONE
            raise _changed(f"{live.name} is gone")
        has_new_system = name in self._redeployed and step.operation_id != REDEPLOY
        _require_same(live, fresh, has_new_system=has_new_system)
        _require_owned(basis, fresh, step)
        if step.operation_id in _HELD_BY_PROTECTION:
            _require_unprotected(live, fresh)
        if step.operation_id == _DELETE:
            return Standing.NEEDED
        if step.operation_id == REDEPLOY:
            self._redeployed.add(name)
        return _compare(basis, fresh, step)

    async def _check_created(self, name: tuple[str, str], hostname: str | None) -> None:
        stack, key = name
        fresh = await self._get(hostname or "")
        if fresh is None:
            raise _changed(f"{hostname} is gone")
        _require_same(self._created.setdefault(name, fresh), fresh)
        owner = read_ownership(fresh.tags)
        if owner.stacks != {stack} or owner.keys != {key}:
            raise _changed(f"{fresh.name} belongs to {describe_owner(owner)}")

    async def _read(self, live: LiveServer, step: Step) -> LiveServer | None:
        """The server itself last: whose it is must not have had time to change."""
        hostname = live.hostname or ""
        parts = dict(live.parts)
        try:
            for part in _find_parts(step):
                parts[part] = await self._api.read_part(part, hostname)
        except NotFoundError:
            if await self._get(hostname) is None:
                return None
            raise
        fresh = await self._get(hostname)
        return None if fresh is None else replace(fresh, parts=parts)

    async def _get(self, hostname: str) -> LiveServer | None:
        """One server by itself, never the list: a list may be behind, or lack it."""
        try:
            return await self._api.get_server(hostname)
        except NotFoundError:
            return None


def build_planned_states(
    stacks: Sequence[Stack], account: Account, servers: Mapping[tuple[str, str], ServerPlan]
) -> Mapping[tuple[str, str], PlannedState]:
    """What each planned server rests on, by stack and key."""
    return {
        (stack.name, match.key): PlannedState(
            stack=stack, match=match, account=account, plan=servers[stack.name, match.key]
        )
        for stack in stacks
        for match in match_servers(stack, account)[0]
        if (stack.name, match.key) in servers
    }


def _identity(server: LiveServer) -> Mapping[str, Any]:
    return {"id": server.id, "created_at": server.created_at, "generation": server.generation}


def _find_parts(step: Step) -> Sequence[str]:
    """What has to be read beside the server itself to compare the step's field."""
    disks = [_DISKS] if _field(step).startswith("disks") else []
    return [*disks, *(CHECKED[id] for id in [step.operation_id] if id in CHECKED)]


def _field(step: Step) -> str:
    field = step.id.split("/", 1)[1]
    return "image" if step.operation_id == REDEPLOY else field


def _changed(what: str) -> ApplyError:
    return ApplyError(f"changed since the plan: {what}", hint="plan again")


def _is_of_next(basis: PlannedState, step: Step) -> bool:
    """True for a step of the server that takes the place of the one that is destroyed."""
    return f"{step.server}/destroy" in basis.plan.steps and step.operation_id != _DELETE


def _require_same(live: LiveServer, fresh: LiveServer, *, has_new_system: bool = False) -> None:
    before, after = _identity(live), _identity(fresh)
    if has_new_system:  # another system may need another generation
        before, after = {**before, "generation": None}, {**after, "generation": None}
    if before != after:
        raise _changed(f"{live.name} is another server now")
    if fresh.is_deleting:
        raise _changed(f"{live.name} is being deleted")


def _require_owned(basis: PlannedState, fresh: LiveServer, step: Step) -> None:
    """The server is the stack's own, under its key or the one that it had before.

    One that is adopted belongs to nobody until its tags are set, and to the stack from then on.
    """
    match = basis.match
    assert match.live is not None
    now = read_ownership(fresh.tags)
    keys = read_ownership(match.live.tags).keys | {match.key}
    if now.stacks == {basis.stack.name} and len(now.keys) == 1 and now.keys <= keys:
        return
    is_adopting = match.by == "hostname" and step.operation_id == _SET_TAGS
    if not (is_adopting and not now.stacks and not now.keys):
        raise _changed(f"{fresh.name} belongs to {describe_owner(now)}")


def _require_unprotected(live: LiveServer, fresh: LiveServer) -> None:
    if PREVENT_DESTROY in fresh.tags and PREVENT_DESTROY not in live.tags:
        raise _changed(f"{live.name} is protected by {PREVENT_DESTROY}")


def _compare(basis: PlannedState, fresh: LiveServer, step: Step) -> Standing:
    """The field's difference as it was planned, or none any more, or another one."""
    if step.operation_id == _DELETE_DISK:
        return _compare_disk(basis, fresh, step)
    if step.operation_id in LOOKED_UP:
        return Standing.NEEDED
    if step.operation_id in CHECKED:
        assert basis.match.live is not None
        part = CHECKED[step.operation_id]
        is_due = check_device(step, basis.match.live.part(part), fresh.part(part))
        return Standing.NEEDED if is_due else Standing.ALREADY_DONE
    field = _field(step)
    planned = [change for change in basis.plan.changes if change.field == field]
    if not planned or step.operation_id == _SET_TAGS:
        return Standing.NEEDED  # no field of its own, or a list that is united when it is sent
    match = replace(basis.match, live=replace(fresh, is_building=False))
    diff, diagnostics = diff_server(basis.stack, match, basis.account)
    now = [change for change in diff.changes if change.field == field]
    if field in diff.unknown:
        raise _changed(diff.unknown[field])
    if not now:
        if has_errors(diagnostics):
            raise _changed("; ".join(d.what for d in diagnostics if d.is_error))
        return Standing.ALREADY_DONE
    if [(c.before, c.after) for c in now] != [(c.before, c.after) for c in planned]:
        raise _changed(f"{field} of {fresh.name} is {now[0].before}, not {planned[0].before}")
    return Standing.NEEDED


def _compare_disk(basis: PlannedState, fresh: LiveServer, step: Step) -> Standing:
    """The disk that is to be deleted is the one that was seen, or is gone already."""
    disk_id = unquote(step.path.rsplit("/", 1)[1])
    assert basis.match.live is not None
    before = {disk.id: disk.size_gb for disk in basis.match.live.part(_DISKS)}
    after = {disk.id: disk.size_gb for disk in fresh.part(_DISKS)}
    if disk_id not in after:
        return Standing.ALREADY_DONE
    if after[disk_id] != before.get(disk_id):
        raise _changed(f"disk {disk_id} of {fresh.name} has {after[disk_id]} GB")
    return Standing.NEEDED
