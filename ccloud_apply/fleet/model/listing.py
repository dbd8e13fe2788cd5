"""Which stacks and runs are asked for, in what order, and which part of them."""

from collections.abc import Mapping
from dataclasses import field
from typing import Literal, get_args

from ccloud_apply.fleet.model.status import Outcome, State
from ccloud_apply.lazy_dataclass import dataclass

Sort = Literal["urgency", "name", "state", "since", "seen", "due", "run"]
"""What stacks are ordered by. `urgency`: what needs a person first; `since`: when the state has
changed; `seen`: when it was compared; `run`: when it last ran. Ties go by account and name."""

SORTS: tuple[Sort, ...] = get_args(Sort)

PAGE_SIZE = 100
"""Rows of one page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StackFilter:
    """Stacks for which everything holds that is said; an empty one takes all stacks.

    `names` (`NAME` or `ACCOUNT/NAME`) and `accounts` are globs of which one has to match: exactly,
    or, with `*` and `?`, small and capital letters alike. It has one of the `states`, and all
    `labels`, whose values are globs. Each word of `text` is a part of its name, account, path,
    a label, or of what holds it. `visible` are globs of the accounts that the asker may see at all;
    None is every account, an empty one none. `ids` are those of rows.
    """

    ids: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    states: frozenset[State] = frozenset()
    labels: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    is_stale: bool | None = None
    is_paused: bool | None = None
    visible: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A part of the stacks, in an order. `limit` None takes all from `offset` on."""

    sort: Sort = "urgency"
    is_descending: bool = False
    limit: int | None = PAGE_SIZE
    offset: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    """Runs of these stacks, newest first. `before` is the id of a run: older ones alone.

    Sweeps of a whole account belong to no stack: `has_sweeps` takes those of the accounts too.
    """

    stacks: StackFilter = field(default_factory=StackFilter)
    outcomes: frozenset[Outcome] = frozenset()
    has_sweeps: bool = False
    before: int | None = None
    limit: int = PAGE_SIZE
