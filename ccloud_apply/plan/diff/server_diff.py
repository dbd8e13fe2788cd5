"""What happens to one server, as a value."""

from collections.abc import Mapping
from dataclasses import field
from datetime import date

from ccloud_apply.aspects.base import StepDraft
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.results.plan import Action, FieldChange, loses_data
from ccloud_apply.plan.matching.match import Match


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerDiff:
    """What happens to one server, before its steps are put in order.

    `create_body` is set for create and replace; `drafts` follow it, or stand alone in an update.
    `unknown` are the declared fields whose live value cannot be compared, and why, which `warnings`
    say too. `unplanned` are those that differ without any change that could be planned, and why.
    `held` are the marks of the server that hold the plan, and `untaken` the fields that are shown
    as changes and not changed because of one.
    `tolerated` are the warnings about fields that stay as they are, which `warnings` have too.
    `why` is a clause that says why the server is not compared. `retires` as in ServerPlan.
    """

    match: Match
    action: Action
    changes: tuple[FieldChange, ...] = ()
    drafts: tuple[StepDraft, ...] = ()
    create_body: Mapping[str, object] | None = None
    warnings: tuple[str, ...] = ()
    unknown: Mapping[str, str] = field(default_factory=dict)
    unplanned: Mapping[str, str] = field(default_factory=dict)
    held: tuple[Diagnostic, ...] = ()
    untaken: frozenset[str] = frozenset()
    tolerated: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_busy: bool = False
    why: str = ""
    retires: date | None = None

    @property
    def loses_data(self) -> bool:
        """True for a server that stays while data of it is deleted."""
        return loses_data(self.action, self.changes)
