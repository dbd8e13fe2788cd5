"""The account's limits, walked in the order of the plan's steps: the peak on the way counts.

Of what others do in the account meanwhile nothing is known here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.diagnostic import Severity
from ccloud_apply.model.live.catalog import Resources
from ccloud_apply.model.results.plan import Step
from ccloud_apply.model.units import BYTES_PER_GB
from ccloud_apply.plan.checks.lib.base import Check, Finding, Planned, Subject
from ccloud_apply.plan.diff.server_diff import ServerDiff

_UNITS: Mapping[str, str] = {
    "cores": "cores",
    "memory": "GB of memory",
    "disks": "GB of disk",
}
"""The fields of a stack file that limits are about, and what is counted."""

_EXAMPLE = Resources(cores=2, memory_gb=2, disk_gb=100)
"""What the API document's example says of both use and limits: stand-ins answer like that."""

_MAX_LOOKS = 50
"""The most steps that are tried beside others; each try goes through the whole plan."""

_Amounts = dict[str, int]


@dataclass(frozen=True, slots=True)
class _Move:
    """What one step takes (or gives, below zero) of each amount."""

    stack: str
    step: Step
    amounts: _Amounts


@dataclass(slots=True)
class _Size:
    """A server's size on its way through its steps; what is not known is not there."""

    amounts: _Amounts = field(default_factory=dict)
    disks: _Amounts = field(default_factory=dict)


def _find_excess(planned: Planned) -> Iterator[Finding]:
    resources = planned.account.resources
    if resources is None or not resources.is_limited:
        return
    usage, limits = _amounts(resources.usage), _amounts(resources.limits)
    moves = tuple(_walk(planned))
    subjects = {(s.stack.name, s.spec.key): s for s in planned.changed}
    # A server on its way out still counts, and may be gone when its room is needed.
    is_sure = not any(server.is_deleting for server in planned.account.servers)
    is_sure = is_sure and not resources.usage == resources.limits == _EXAMPLE
    for name in _UNITS:
        if name in usage and limits.get(name, 0) > 0:  # zero stands where nothing is limited
            for finding in _find_first(name, usage[name], limits[name], moves, subjects):
                yield finding if is_sure else replace(finding, severity=Severity.WARNING)


def _amounts(resources: Resources) -> _Amounts:
    found = {
        "cores": resources.cores,
        "memory": resources.memory_gb,
        "disks": resources.disk_gb,
    }
    return {name: amount for name, amount in found.items() if amount is not None}


def _find_first(
    name: str,
    used: int,
    limit: int,
    moves: Sequence[_Move],
    subjects: Mapping[tuple[str, str], Subject],
) -> Iterator[Finding]:
    """The first step that does not fit; else the first that fits only if others are done before."""
    doubtful: Finding | None = None
    given = looks = 0
    for at, move in enumerate(moves):
        more = move.amounts.get(name, 0)
        subject = subjects.get((move.stack, move.step.server))
        if more > 0 and subject is not None:
            if used + more > limit:
                yield _refuse(name, subject, move.step, more, (used, limit), moves[at + 1 :])
                return
            if doubtful is None and looks < _MAX_LOOKS and used + given + more > limit:
                looks += 1
                doubtful = _doubt(name, subject, move, limit - used - more, moves[:at])
        given += max(0, -more)
        used += more
    if doubtful is not None:
        yield doubtful


def _refuse(
    name: str,
    subject: Subject,
    step: Step,
    more: int,
    state: tuple[int, int],
    later: Sequence[_Move],
) -> Finding:
    used, limit = state
    return Finding(
        subject=subject,
        field=name,
        path=_path_of(name, step),
        what=f"{step.id} takes {_spell(more, name)} more, and by then {used} of the account's"
        f" {limit} are in use",
        hint=_find_way_out(name, used + more - limit, step, later),
    )


def _find_way_out(name: str, short: int, step: Step, later: Sequence[_Move]) -> str:
    """What would free enough: later steps of this plan, if there are such."""
    givers: dict[str, int] = {}
    for move in later:
        given = -move.amounts.get(name, 0)
        if given > 0 and move.step.server != step.server:
            givers[move.step.server] = givers.get(move.step.server, 0) + given
    enough: list[str] = []
    missing = short
    for key, given in sorted(givers.items(), key=lambda item: -item[1]):
        if missing > 0:
            enough.append(key)
            missing -= given
    if enough and missing <= 0:
        freed = sum(givers[key] for key in enough)
        targets = " ".join(f"--target {key}" for key in enough)
        return f"this plan frees {_spell(freed, name)} later: apply that first, with {targets}"
    return f"free {_spell(short, name)}, or ask the vendor for a higher limit"


def _doubt(
    name: str, subject: Subject, move: _Move, room: int, earlier: Sequence[_Move]
) -> Finding | None:
    """A warning where the step needs room that steps give which run beside it, not before it."""
    before = _find_ancestors(move, earlier)
    beside = [
        other
        for other in earlier
        if other.amounts.get(name, 0) < 0 and (other.stack, other.step.id) not in before
    ]
    if sum(-other.amounts[name] for other in beside) <= room:
        return None
    names = ", ".join(dict.fromkeys(other.step.server for other in beside))
    return Finding(
        subject=subject,
        field=name,
        path=_path_of(name, move.step),
        what=f"{move.step.id} fits the account's limit only once {names} has freed"
        f" {_UNITS[name]}, and nothing makes it wait",
        hint=f"write depends_on, or apply with --target {beside[0].step.server} first",
        severity=Severity.WARNING,
    )


def _find_ancestors(move: _Move, earlier: Sequence[_Move]) -> set[tuple[str, str]]:
    """The steps that are over before this one starts: its needs, and those of its own server."""
    ids = {move.step.id, *move.step.needs}
    servers = {move.step.server}
    found: set[tuple[str, str]] = set()
    for other in reversed(earlier):
        if other.stack == move.stack and (other.step.id in ids or other.step.server in servers):
            ids.update(other.step.needs)
            servers.add(other.step.server)
            found.add((other.stack, other.step.id))
    return found


def _spell(amount: int, name: str) -> str:
    unit = _UNITS[name]
    return f"{amount} {unit.removesuffix('s') if amount == 1 else unit}"


def _path_of(name: str, step: Step) -> tuple[int, ...]:
    """The disk that a step is about, as its place in the file's list."""
    position = step.id.rpartition(f"/{name}.")[2]
    return (int(position) - 1,) if name == "disks" and position.isdigit() else ()


def _walk(planned: Planned) -> Iterator[_Move]:
    """Every step in the plan's order, but none before those that it waits for."""
    for stack in planned.stacks:
        moves: dict[str, _Move] = {}
        before: dict[str, list[str]] = {}
        for diff in stack.diffs:
            size = _read_size(diff)
            last: list[str] = []
            for step in stack.steps.get(diff.match.key, ()):
                moves[step.id] = _Move(stack.stack.name, step, _take(step, size))
                before[step.id] = [*last, *step.needs]
                last = [step.id]
        yield from (moves[step] for step in _sort(before))


def _sort(before: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The steps as they are named, each after those before it; what waits in a circle is let be."""
    done: set[str] = set()
    for first in before:
        path = [first]
        waiting = {first}
        while path:
            step = path[-1]
            open_ = (n for n in before[step] if n not in done and n not in waiting)
            other = next((n for n in open_ if n in before), None)
            if other is not None:
                path.append(other)
                waiting.add(other)
                continue
            path.pop()
            if step not in done:
                done.add(step)
                yield step


def _read_size(diff: ServerDiff) -> _Size:
    live = diff.match.live
    if live is None:
        return _Size()
    read = live.parts.get("list_server_disks", ())
    disks = {disk.id: disk.size_gb for disk in read}
    disk_gb = sum(disks.values()) if disks else live.disk_gb
    known = {"cores": live.cores, "memory": live.memory_gb, "disks": disk_gb}
    return _Size({name: size for name, size in known.items() if size is not None}, disks)


def _take(step: Step, size: _Size) -> _Amounts:
    """What the step takes; `size` becomes that after it."""
    body = step.body if isinstance(step.body, Mapping) else {}
    match step.operation_id:
        case "create_server":
            disks = list(body.get("disks", ()))
            size.disks = {f"new {at}": gb for at, gb in enumerate(disks)}
            size.amounts = {
                "cores": body.get("cores", 0),
                "memory": body.get("memory", 0),
                "disks": sum(disks),
            }
            return dict(size.amounts)
        case "delete_server":
            return {name: -amount for name, amount in size.amounts.items()}
        case "resize_server_cores":
            return _resize("cores", body.get("cores", 0), size)
        case "resize_server_memory":
            return _resize("memory", body.get("memory", 0), size)
        case "add_server_disk":
            return {"disks": body.get("size", 0) // BYTES_PER_GB}
        case "resize_server_disk":
            disk = step.path.rpartition("/")[2]
            return {"disks": body.get("size", 0) - size.disks.get(disk, body.get("size", 0))}
        case "delete_server_disk":
            return {"disks": -size.disks.get(step.path.rpartition("/")[2], 0)}
        case _:
            return {}


def _resize(name: str, wanted: int, size: _Size) -> _Amounts:
    before = size.amounts.get(name, wanted)
    size.amounts[name] = wanted
    return {name: wanted - before}


LIMITS = Check(
    code="CCA170",
    title="the sizes fit the account's limits, at every step",
    find=_find_excess,
    use="sizes",
    reads=frozenset({"get_resource_info"}),
)
