"""The pause that the platform asks for between two snapshots of one server.

A snapshot before a change that is younger than the pause can be reused: an apply that was cut off
has left it, and the platform would refuse another one. Pure: `apply/once/pacing.py` waits.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from ccloud_apply.aspects.effects import Facts, Paced, Pacing, Turn
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.model.live.account import Task
from ccloud_apply.model.live.catalog import Snapshot
from ccloud_apply.model.results.plan import Step

SNAPSHOTS = "list_server_snapshots"
TAKE = "create_server_snapshot"
DELETE = "delete_server_snapshot"

SAFETY_NAME = lazy_pattern(r"ccloud-apply-([1-9][0-9]{0,8})-before-([a-z]+(?:-[a-z]+)*)")
"""The name of a snapshot before a change: its number, and the kinds of changes."""

_OTHERS = ("delete", "remove", "restore", "rename", "schedule")
"""In the names of actions that concern snapshots and take none."""

_SKEW = timedelta(minutes=1)
"""How far the platform's clock may be ahead of this machine's. A later moment says nothing: the API
names no time zone, and then the platform itself decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """The newest snapshot of a server, younger than the pause."""

    name: str
    age_s: float
    pause_s: float

    @property
    def left_s(self) -> float:
        """How much of the pause is left, in seconds."""
        return self.pause_s - self.age_s

    def can_reuse(self, name: str) -> bool:
        """True if it may stand for the snapshot of this name: both are from before a change."""
        return is_safety_name(name) and is_safety_name(self.name)


def is_safety_name(name: str | None) -> bool:
    """True for the name of a snapshot that was taken before a change."""
    return SAFETY_NAME.fullmatch((name or "").strip()) is not None


def find_recent(snapshots: Iterable[Snapshot], now: datetime, pause_s: float) -> Recent | None:
    """The youngest that is younger than the pause; its moment is read as UTC where it says none."""
    moments = (((s.name or "").strip(), s.created_at) for s in snapshots)
    return _find_newest(moments, now, pause_s)


def find_recent_task(tasks: Iterable[Task], now: datetime, pause_s: float) -> Recent | None:
    """The newest task that has taken a snapshot, or tried to, if it is younger than the pause.

    The document names no actions for snapshots.
    """
    taking = (
        task
        for task in tasks
        if "snapshot" in task.action.lower() and not any(w in task.action.lower() for w in _OTHERS)
    )
    return _find_newest(((f"task {task.id}", task.created_at) for task in taking), now, pause_s)


def _find_newest(
    moments: Iterable[tuple[str, str | None]], now: datetime, pause_s: float
) -> Recent | None:
    found = [
        Recent(name=name, age_s=max(0.0, (now - moment).total_seconds()), pause_s=pause_s)
        for name, text in moments
        if (moment := read_moment(text)) is not None and now - moment > -_SKEW
    ]
    newest = min(found, key=lambda recent: recent.age_s, default=None)
    return newest if newest is not None and newest.left_s > 0 else None


def read_moment(text: str | None) -> datetime | None:
    """When a snapshot was taken, or a task begun, in UTC, which is how the API's time is read where
    it names no zone; None where it does not say."""
    try:
        moment = datetime.fromisoformat(text or "")
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):  # no time, or the first or last day that there is
        return None


def _reads_to_take(_paced: Paced) -> frozenset[str]:
    return frozenset({SNAPSHOTS})


def _find_turn_to_take(paced: Paced, facts: Facts, now: datetime) -> Turn:
    recent = find_recent(facts.part(SNAPSHOTS), now, paced.snapshot_pause_s)
    if recent is None:
        return Turn()
    if recent.can_reuse(paced.step.body["name"]):
        text = f"{recent.name}, taken less than {_minutes(recent)} ago, serves this one too"
        return Turn(is_needless=True, text=text)
    text = (
        f"the platform takes a snapshot every {_minutes(recent)} at most, so this one waits"
        f" {recent.left_s:.0f} s"
    )
    return Turn(wait_s=recent.left_s, text=text)


def _minutes(recent: Recent) -> str:
    return f"{recent.pause_s / 60:g} minutes"


def _find_turn_after_refusal(paced: Paced, tasks: Sequence[Task], now: datetime) -> Turn | None:
    """A snapshot that failed, or that somebody has deleted since, asks for the pause too."""
    recent = find_recent_task(tasks, now, paced.snapshot_pause_s)
    if recent is None:
        return None
    text = f"refused so soon after {recent.name}, so this one waits {recent.left_s:.0f} s"
    return Turn(wait_s=recent.left_s, text=text)


def _find_take(paced: Paced) -> Step | None:
    """The snapshot before a change that the same plan takes of this server."""
    takes = (step for step in paced.others if step.operation_id == TAKE)
    return next((step for step in takes if is_safety_name(step.body["name"])), None)


def _makes_room(paced: Paced) -> bool:
    """True for a deletion that goes before the snapshot, because there is room for no more."""
    take = _find_take(paced)
    return take is not None and paced.step.id in take.needs


def _reads_to_delete(paced: Paced) -> frozenset[str]:
    return frozenset({SNAPSHOTS}) if _makes_room(paced) else frozenset()


def _find_turn_to_delete(paced: Paced, facts: Facts, now: datetime) -> Turn:
    """An older snapshot stays if none is taken in its place."""
    take = _find_take(paced)
    if take is None:
        return Turn()
    if _makes_room(paced):
        recent = find_recent(facts.part(SNAPSHOTS), now, paced.snapshot_pause_s)
        is_kept = recent is not None and recent.can_reuse(take.body["name"])
    else:
        is_kept = take.id in paced.step.needs and take.id in paced.needless
    if not is_kept:
        return Turn()
    return Turn(is_needless=True, text="no snapshot is taken in its place, so it stays")


TAKE_PACING = Pacing(
    reads=_reads_to_take,
    find_turn=_find_turn_to_take,
    find_turn_after_refusal=_find_turn_after_refusal,
    may_wait=True,
)
DELETE_PACING = Pacing(reads=_reads_to_delete, find_turn=_find_turn_to_delete)
