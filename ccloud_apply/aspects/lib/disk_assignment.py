"""Which live disk is which declared one, or why that is not certain.

A disk has no name of its own, so a wrong guess destroys data. What is certain is done; everything
else is a problem that prints the live ids, with which the file can pin each disk."""

from collections.abc import Mapping, Sequence

from ccloud_apply.aspects.base import (
    Problem,
)
from ccloud_apply.aspects.lib.disk_doubts import ambiguous, is_mixed, list_disks
from ccloud_apply.aspects.lib.ignored_disks import leave_ignored, strict_first
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.live.account import BootDevice, LiveDisk

_DRIVE = "drive"


@dataclass(frozen=True, slots=True)
class Disk:
    """A declared disk; `id` pins a live one."""

    size_gb: int
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Declared positions (0-based) and the live disks they are; the rest is added or removed."""

    matched: Mapping[int, LiveDisk]
    added: tuple[int, ...] = ()
    removed: tuple[LiveDisk, ...] = ()


def assign_disks(
    declared: Sequence[Disk],
    live: Sequence[LiveDisk],
    system: LiveDisk | None = None,
    ignored: frozenset[int] = frozenset(),
) -> Assignment | Problem:
    """Which live disk each declared one is, or why that is not certain.

    By pinned id, then the system disk (the first on both sides), then equal sizes, then growth in
    order. Growth must not cross an equal-sized pair, and a removal must leave no doubt.

    Disks on different controllers have no order. There `system` is the disk that the server boots
    from, if that is known; what neither it nor a pin nor the sizes decide is not certain.

    `ignored` are positions (0-based) whose disk may have any size, and none where the file has no
    such disk: that many more may be there. The others choose first. Whoever asks leaves what is
    matched or added at such a position as it is.
    """
    if not is_mixed(live):
        system = live[0]
    pinned = _match_pins(declared, live, system, ignored)
    if isinstance(pinned, Problem):
        return pinned
    matched = dict(pinned)
    taken = {disk.id for disk in matched.values()}
    open_positions = [i for i in range(len(declared)) if i not in matched]
    open_live = [disk for disk in live if disk.id not in taken]
    if 0 not in matched and len(open_live) > len(open_positions):
        return ambiguous(live, "it is not certain which of them is the system disk")
    if (0 not in matched or is_mixed(open_live)) and len(open_live) <= len(open_positions):
        return _assign_unordered(declared, live, matched, open_positions, open_live, ignored)
    exact = _match_sizes(declared, strict_first(open_positions, ignored), open_live)
    rest_positions = [i for i in open_positions if i not in exact]
    exact_ids = {disk.id for disk in exact.values()}
    rest_live = [disk for disk in open_live if disk.id not in exact_ids]
    matched |= exact
    if ignored and rest_live:
        left = leave_ignored(len(declared), live, rest_positions, rest_live, ignored)
        if isinstance(left, Problem):
            return left
        rest_positions, rest_live = left
    if len(rest_live) > len(rest_positions):
        doubt = _doubt_about_removal(declared, live, matched, exact, rest_positions, rest_live)
        if doubt:
            return doubt
        return _check_growth(
            declared, live, ignored, Assignment(matched=matched, removed=tuple(rest_live))
        )
    grown = dict(zip(rest_positions, rest_live, strict=False))
    if grown and _crosses(exact | grown, live):
        return ambiguous(live, "it is not certain which of them grows")
    added = tuple(rest_positions[len(rest_live) :])
    return _check_growth(declared, live, ignored, Assignment(matched=matched | grown, added=added))


def find_boot_disk(live: Sequence[LiveDisk], devices: Sequence[BootDevice]) -> LiveDisk | None:
    """The disk that is tried first, if the boot order was read and tells it."""
    drives = [device for device in devices if (device.type or "").casefold() == _DRIVE]
    name = (drives[0].device or "").casefold() if drives else ""
    return next((disk for disk in live if disk.id.casefold() == name), None)


def find_system_disk(live: Sequence[LiveDisk], devices: Sequence[BootDevice]) -> LiveDisk | None:
    """The system disk: the first one, or, of disks on different controllers, the one that is
    booted; None if that is not known."""
    if is_mixed(live):
        return find_boot_disk(live, devices)
    return live[0] if live else None


def _assign_unordered(
    declared: Sequence[Disk],
    live: Sequence[LiveDisk],
    matched: Mapping[int, LiveDisk],
    positions: Sequence[int],
    open_live: Sequence[LiveDisk],
    ignored: frozenset[int],
) -> Assignment | Problem:
    """The disks that no pin tells, where nothing is removed and their order means nothing.

    Certain is what the sizes alone decide: every live disk has a declared size, or there is a
    single way in which the disks grow to the declared sizes and none shrinks.
    """
    exact = _match_sizes(declared, strict_first(positions, ignored), open_live)
    if all(position in exact or position in ignored for position in positions):
        every = Assignment(matched={**matched, **exact})
        return _check_growth(declared, live, ignored, every)
    if len(exact) == len(open_live):
        added = tuple(position for position in positions if position not in exact)
        every = Assignment(matched={**matched, **exact}, added=added)
        return _check_growth(declared, live, ignored, every)
    if not ignored.isdisjoint(positions):
        return ambiguous(live, "it is not certain which of them is ignored")
    wanted = sorted(positions, key=lambda position: declared[position].size_gb)
    held = sorted(open_live, key=lambda disk: disk.size_gb)
    sizes_gb = [declared[position].size_gb for position in wanted]
    if len(held) < len(wanted) or any(
        larger.size_gb <= here_gb < next_gb
        for larger, here_gb, next_gb in zip(held[1:], sizes_gb, sizes_gb[1:], strict=False)
    ):
        return ambiguous(live, "it is not certain which of them grows")
    grown = dict(zip(wanted, held, strict=True))
    return _check_growth(declared, live, ignored, Assignment(matched={**matched, **grown}))


def _match_pins(
    declared: Sequence[Disk],
    live: Sequence[LiveDisk],
    system: LiveDisk | None,
    ignored: frozenset[int],
) -> Mapping[int, LiveDisk] | Problem:
    """The disks pinned by id, and the system disk, which needs no pin where it is known."""
    by_id = {disk.id: disk for disk in live}
    matched: dict[int, LiveDisk] = {}
    for position, disk in enumerate(declared):
        if disk.id is not None:
            if disk.id not in by_id and position in ignored:
                continue
            if disk.id not in by_id:
                return Problem(
                    code="disk-unknown",
                    what=f"the server has no disk {disk.id}; it has {list_disks(live)}",
                    hint="name one of these ids, or leave the id out to add a disk",
                    detail=f"[{position}]",
                )
            matched[position] = by_id[disk.id]
    if system is None:
        return matched
    first = matched.setdefault(0, system)
    if first is not system or any(disk is system for i, disk in matched.items() if i):
        return Problem(
            code="disk-system",
            what=f"{system.id} is the system disk, which always comes first",
            hint=f"begin disks with {{id: {system.id}, size: {system.size_gb}}}, and name it"
            " nowhere else",
        )
    return matched


def _match_sizes(
    declared: Sequence[Disk], positions: Sequence[int], live: Sequence[LiveDisk]
) -> dict[int, LiveDisk]:
    """Disks of equal size, in order; the order of disks cannot be changed and means nothing."""
    free = list(live)
    matched: dict[int, LiveDisk] = {}
    for position in positions:
        for disk in free:
            if disk.size_gb == declared[position].size_gb:
                matched[position] = disk
                free.remove(disk)
                break
    return matched


def _doubt_about_removal(
    declared: Sequence[Disk],
    live: Sequence[LiveDisk],
    matched: Mapping[int, LiveDisk],
    exact: Mapping[int, LiveDisk],
    rest_positions: Sequence[int],
    removed: Sequence[LiveDisk],
) -> Problem | None:
    """Why a removal is not certain, or None.

    Certain means: nothing unpinned grows at the same time, and no disk that stays has the size of
    one that goes, unless that one is pinned.
    """
    if rest_positions:
        return ambiguous(live, "it is not certain which of them goes and which grows")
    sizes = {disk.size_gb for disk in removed}
    if any(disk.size_gb in sizes for disk in exact.values()):
        return ambiguous(live, "disks of equal size cannot be told apart")
    if declared[0].id is None and matched[0].size_gb != declared[0].size_gb:
        return ambiguous(live, "it is not certain whether the system disk was left out")
    return None


def _crosses(matched: Mapping[int, LiveDisk], live: Sequence[LiveDisk]) -> bool:
    """True if the declared order and the live order disagree."""
    place = {disk.id: index for index, disk in enumerate(live)}
    order = [place[matched[position].id] for position in sorted(matched)]
    return order != sorted(order)


def _check_growth(
    declared: Sequence[Disk],
    live: Sequence[LiveDisk],
    ignored: frozenset[int],
    assignment: Assignment,
) -> Assignment | Problem:
    for position, disk in sorted(assignment.matched.items()):
        size = declared[position].size_gb
        if size < disk.size_gb and position not in ignored:
            return Problem(
                code="disk-shrinks",
                what=f"disk {position + 1} ({disk.id}) has {disk.size_gb} GB and cannot shrink"
                f" to {size} GB; live are {list_disks(live)}",
                hint=f"write {_spell(declared[position], disk)}, or add a smaller disk, move the"
                " data and then remove this one (never the first: for that the server has to be"
                " replaced)",
                detail=f"[{position}]",
            )
    return assignment


def _spell(declared: Disk, live: LiveDisk) -> str:
    """The live disk as the file writes it: a pin stays."""
    return f"{{id: {live.id}, size: {live.size_gb}}}" if declared.id else str(live.size_gb)
