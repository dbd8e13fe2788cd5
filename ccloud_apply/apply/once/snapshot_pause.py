"""The pause that the platform asks for between two snapshots of one server.

A snapshot before a change that is younger than the pause serves once more: it is what an apply
that was cut off has left, and another one would be refused.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ccloud_apply.apply.api import Api
from ccloud_apply.apply.engine.schedule import QueuedStep
from ccloud_apply.clock import Clock
from ccloud_apply.model.limits import SNAPSHOT_PAUSE_S
from ccloud_apply.model.live.account import Task
from ccloud_apply.model.live.catalog import Snapshot
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.plan.safety_snapshot import DELETE, READ, TAKE, is_safety_name

_TASKS = 100
_OTHERS = ("delete", "remove", "restore", "rename", "schedule")
"""In the names of actions that concern snapshots and take none."""

_SKEW = timedelta(minutes=1)
"""So far the platform's clock may be ahead of this machine's. What is later than that says nothing:
the API names no time zone, and then the platform itself decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """The newest snapshot of a server, younger than the pause."""

    name: str
    age_s: float

    @property
    def left_s(self) -> float:
        """How much of the pause is left, in seconds."""
        return SNAPSHOT_PAUSE_S - self.age_s

    def can_reuse(self, name: str) -> bool:
        """True if it may stand for the snapshot of this name: both were asked for by changes."""
        return is_safety_name(name) and is_safety_name(self.name)


class SnapshotPause:
    """Keeps the pause for the snapshots of one plan."""

    def __init__(self, plan: Plan, api: Api, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._takes = {
            (stack.stack, step.server): step
            for stack in plan.stacks
            for step in stack.steps
            if step.operation_id == TAKE and is_safety_name(step.body["name"])
        }
        self._served: set[tuple[str, str]] = set()

    async def is_needless(
        self, queued: QueuedStep, hostname: str | None, tell: Callable[[str], None]
    ) -> bool:
        """True if a snapshot need not be taken, or stays because none is taken in its place.

        Where one is to be taken, the pause after the newest one is over when this returns. Raises
        ApiError.
        """
        if hostname is None or queued.step.operation_id not in (TAKE, DELETE):
            return False
        if queued.step.operation_id == DELETE:
            is_kept = await self._is_kept(queued, hostname)
            if is_kept:
                tell("no snapshot is taken in its place, so it stays")
            return is_kept
        recent = await self._read_recent(hostname)
        if recent is None:
            return False
        if recent.can_reuse(queued.step.body["name"]):
            self._served.add(queued.server)
            tell(f"{recent.name}, taken less than 10 minutes ago, serves this one too")
            return True
        tell(
            "the platform takes a snapshot every 10 minutes at most, so this one waits"
            f" {recent.left_s:.0f} s"
        )
        await self._clock.sleep(recent.left_s)
        return False

    async def wait_out(
        self, queued: QueuedStep, hostname: str | None, tell: Callable[[str], None]
    ) -> bool:
        """True if a snapshot was refused because of one that does not show, and the pause after
        that is over now: one that failed, or that somebody has deleted since. Raises ApiError."""
        if hostname is None or queued.step.operation_id != TAKE:
            return False
        tasks = await self._api.list_tasks(search=hostname, limit=_TASKS)
        recent = find_recent_task([t for t in tasks if t.hostname == hostname], self._clock.now())
        if recent is None:
            return False
        tell(f"refused so soon after {recent.name}, so this one waits {recent.left_s:.0f} s")
        await self._clock.sleep(recent.left_s)
        return True

    async def _is_kept(self, queued: QueuedStep, hostname: str) -> bool:
        take = self._takes.get(queued.server)
        if take is None:
            return False
        if queued.step.id not in take.needs:
            return take.id in queued.step.needs and queued.server in self._served
        recent = await self._read_recent(hostname)
        return recent is not None and recent.can_reuse(take.body["name"])

    async def _read_recent(self, hostname: str) -> Recent | None:
        snapshots = await self._api.read_part(READ, hostname)
        return find_recent(snapshots, self._clock.now())


def find_recent(snapshots: Iterable[Snapshot], now: datetime) -> Recent | None:
    """The youngest that is younger than the pause; its moment is read as UTC where it says none."""
    return _find_newest((((s.name or "").strip(), s.created_at) for s in snapshots), now)


def find_recent_task(tasks: Iterable[Task], now: datetime) -> Recent | None:
    """The newest task that has taken a snapshot, or tried to, if it is younger than the pause.

    The document names no actions for snapshots.
    """
    taking = (
        task
        for task in tasks
        if "snapshot" in task.action.lower() and not any(w in task.action.lower() for w in _OTHERS)
    )
    return _find_newest(((f"task {task.id}", task.created_at) for task in taking), now)


def _find_newest(moments: Iterable[tuple[str, str | None]], now: datetime) -> Recent | None:
    found = [
        Recent(name=name, age_s=max(0.0, (now - moment).total_seconds()))
        for name, text in moments
        if (moment := _read_moment(text)) is not None and now - moment > -_SKEW
    ]
    newest = min(found, key=lambda recent: recent.age_s, default=None)
    return newest if newest is not None and newest.left_s > 0 else None


def _read_moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
