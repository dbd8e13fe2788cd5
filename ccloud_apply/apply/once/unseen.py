"""Changes of earlier runs whose task is done and that do not show.

The platform may have dropped them, or somebody has undone them. They are marked as untaken, as the
run that sent them would have done, so that no plan repeats them by itself.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from ccloud_apply.apply.api import Api
from ccloud_apply.apply.once.facts import is_there
from ccloud_apply.apply.once.intent import digest_body
from ccloud_apply.apply.once.precondition import field_of
from ccloud_apply.apply.once.untaken import Name, UntakenField
from ccloud_apply.aspects.registry import ASPECTS, EFFECTS_BY_OPERATION
from ccloud_apply.errors import ApplyError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.journal import Entry
from ccloud_apply.model.ownership import read_marks
from ccloud_apply.model.results.plan import Action, Plan, ServerPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class UnseenChange:
    """An entry of a stack's journal that is open still. `since` is what its server is called by
    now, stack and key, if that is something else."""

    stack: str
    entry: Entry
    since: Name | None = None

    @property
    def name(self) -> Name:
        """The stack and the server's key, as the files call it."""
        return self.since or (self.stack, self.entry.intent.server)

    @property
    def step(self) -> str:
        """The id that a plan gives to the same step."""
        return f"{self.name[1]}/{self.entry.intent.step.partition('/')[2]}"

    @property
    def field(self) -> str:
        """The field that it was to change; empty for what belongs to none, as a deletion."""
        intent = self.entry.intent
        found = field_of(intent.operation_id, intent.step).partition(".")[0]
        return found if found in ASPECTS else ""

    @property
    def is_once(self) -> bool:
        """True if a second time destroys again."""
        effect = EFFECTS_BY_OPERATION.get(self.entry.intent.operation_id)
        return effect is not None and effect.is_once

    @property
    def reason(self) -> str:
        """How it ends."""
        return f"task {self.entry.task_id} is done, but it does not show"


def find_fields(changes: Sequence[UnseenChange], plan: Plan) -> Mapping[Name, frozenset[str]]:
    """The fields that the changes were to set, by stack and key, and that are to be marked.

    One of which the file says something else by now is not: that was never tried.
    """
    found: dict[Name, set[str]] = {}
    for change in changes:
        if change.field and not _is_another(change, plan):
            found.setdefault(change.name, set()).add(change.field)
    return {name: frozenset(fields) for name, fields in found.items()}


def _is_another(change: UnseenChange, plan: Plan) -> bool:
    """True if the plan makes the same step with another request. What destroys is not judged by it:
    there the request says more than the field."""
    intent = change.entry.intent
    effect = EFFECTS_BY_OPERATION.get(intent.operation_id)
    if effect is None or effect.is_once:
        return False
    steps = (step for one in plan.stacks if one.stack == change.name[0] for step in one.steps)
    return any(s.id == change.step and digest_body(s.body) != intent.digest for s in steps)


def is_marked(field: UntakenField) -> bool:
    """True if the field is marked, for this value or for another one: the run that sent its change
    saw to it, and what the file says since was never tried."""
    marks = read_marks(field.server.tags).untaken
    return any(mark.field == field.field for mark in marks)


def is_judged(change: UnseenChange, plan: Plan) -> bool:
    """False if the plan cannot tell what became of it: its server is not compared, or not in the
    list, although the plan declares it; or it is given up, and no mark would hold what destroys
    again, should it be declared once more. It is looked at again then, or once it is gone."""
    planned = (
        server
        for one in plan.stacks
        for server in one.servers
        if (one.stack, server.key) == change.name
    )
    return all(
        server.action is not Action.NOT_COMPARED
        and server.hostname == change.entry.hostname
        and not (change.is_once and _is_given_up(server))
        for server in planned
    )


def _is_given_up(server: ServerPlan) -> bool:
    return server.action in (Action.DESTROY, Action.RETIRE) or server.retires is not None


async def require_declared(api: Api, change: UnseenChange, declared: AbstractSet[Name]) -> None:
    """Raises ApplyError if nothing keeps a plan from doing it a second time: what destroys again is
    not left to a plan while its server is there under another key, where no mark holds it.

    Raises ApiError.
    """
    # What belongs to no field is asked for by a person, and repeated by no plan.
    if (
        not change.is_once
        or not change.field
        or change.name in declared
        or await is_gone(api, change)
    ):
        return
    intent, hostname = change.entry.intent, change.entry.hostname
    raise ApplyError(
        f"{intent.step} of an earlier run stays open, so nothing was changed:"
        f" task {change.entry.task_id} ({intent.operation}) is done, but {hostname} does not show"
        " it, and cannot be marked so that it is not done again",
        hint="run apply again, it tries to mark it; to have it done again, move the journal away"
        " (`ccloud-apply journal` says where it is)",
    )


async def is_gone(api: Api, change: UnseenChange) -> bool:
    """True if the change's server is known to be gone. Raises ApiError."""
    hostname = change.entry.hostname
    return bool(hostname) and not await is_there(api, hostname or "")
