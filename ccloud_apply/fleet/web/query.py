"""What the address of a page asks for: `/?state=drift&account=a&q=web&sort=since&page=2`. Pure.

A wrong value asks for nothing: links are made by pages, and old ones still lead somewhere.
"""

from collections.abc import Mapping
from dataclasses import replace

from ccloud_apply.fleet.model.listing import (
    PAGE_SIZE,
    SORTS,
    Page,
    RunFilter,
    Sort,
    StackFilter,
)
from ccloud_apply.fleet.model.status import OUTCOMES, STATES, Outcome, State
from ccloud_apply.lazy_dataclass import dataclass

_MAX_TEXT = 200
_MAX_PAGE = 10_000_000
_MAX_DIGITS = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Which stacks a page shows, in what order; `label` is `NAME=VALUE`, `page` counts from 1."""

    text: str = ""
    state: State | None = None
    account: str = ""
    label: str = ""
    is_stale: bool = False
    is_paused: bool = False
    sort: Sort = "urgency"
    is_descending: bool = False
    page: int = 1

    @property
    def is_filtered(self) -> bool:
        """True if it leaves out any stack."""
        kept = View(sort=self.sort, is_descending=self.is_descending, page=self.page)
        return self != kept

    def choose(self, visible: tuple[str, ...] | None) -> StackFilter:
        """The stacks, of the accounts that the asker may see."""
        name, sign, value = self.label.partition("=")
        return StackFilter(
            text=self.text,
            states=frozenset() if self.state is None else frozenset({self.state}),
            accounts=(self.account,) if self.account else (),
            labels={name: value if sign else "*"} if name else {},
            is_stale=self.is_stale or None,
            is_paused=self.is_paused or None,
            visible=visible,
        )

    def cut(self) -> Page:
        """The part of them that one page has."""
        return Page(
            sort=self.sort,
            is_descending=self.is_descending,
            limit=PAGE_SIZE,
            offset=(self.page - 1) * PAGE_SIZE,
        )

    def without_state(self) -> "View":
        """The same stacks whatever their state is, from the first page on."""
        return replace(self, state=None, is_stale=False, is_paused=False, page=1)

    def query(self) -> dict[str, str]:
        """What stands in its address."""
        told = {
            "q": self.text,
            "state": self.state or "",
            "account": self.account,
            "label": self.label,
            "stale": "1" if self.is_stale else "",
            "paused": "1" if self.is_paused else "",
            "sort": "" if self.sort == "urgency" else self.sort,
            "desc": "1" if self.is_descending else "",
            "page": str(self.page) if self.page > 1 else "",
        }
        return {name: value for name, value in told.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsView:
    """Which runs a page shows: of an account, of a stack, of an outcome, older than one."""

    account: str = ""
    stack: str = ""
    outcome: Outcome | None = None
    before: int | None = None

    def choose(self, visible: tuple[str, ...] | None, *, limit: int = PAGE_SIZE) -> RunFilter:
        """The runs, of the accounts that the asker may see. Sweeps belong to no stack."""
        return RunFilter(
            stacks=StackFilter(
                accounts=(self.account,) if self.account else (),
                names=(self.stack,) if self.stack else (),
                visible=visible,
            ),
            outcomes=frozenset() if self.outcome is None else frozenset({self.outcome}),
            has_sweeps=not self.stack,
            before=self.before,
            limit=limit,
        )

    def query(self) -> dict[str, str]:
        """What stands in its address, from the newest run on."""
        told = {"account": self.account, "stack": self.stack, "outcome": self.outcome or ""}
        return {name: value for name, value in told.items() if value}


def read_runs_view(query: Mapping[str, str]) -> RunsView:
    """The runs that an address names."""
    outcome = query.get("outcome", "")
    return RunsView(
        account=read_text(query, "account"),
        stack=read_text(query, "stack"),
        outcome=next((one for one in OUTCOMES if one == outcome), None),
        before=read_number(query.get("before"), 0) or None,
    )


def read_view(query: Mapping[str, str]) -> View:
    """The view that an address names."""
    state = query.get("state", "")
    sort = query.get("sort", "")
    return View(
        text=read_text(query, "q"),
        state=next((one for one in STATES if one == state), None),
        account=read_text(query, "account"),
        label=read_text(query, "label"),
        is_stale=query.get("stale") == "1",
        is_paused=query.get("paused") == "1",
        sort=next((one for one in SORTS if one == sort), "urgency"),
        is_descending=query.get("desc") == "1",
        page=min(read_number(query.get("page"), 1), _MAX_PAGE),
    )


def read_number(text: str | None, default: int) -> int:
    """A positive number of an address; anything else is the default. The database takes it as it
    is: another number would be that of something else."""
    if text is None or not text.isascii() or not text.isdecimal() or len(text) > _MAX_DIGITS:
        return default
    return int(text) or default


def read_numbers(text: str | None, most: int) -> tuple[int, ...]:
    """`1,2,3` of an address, the first of them."""
    found = (read_number(part, 0) for part in (text or "")[: most * 20].split(","))
    return tuple(number for number in found if number)[:most]


def read_text(query: Mapping[str, str], name: str) -> str:
    """A text of an address, cut to what the database takes."""
    # PostgreSQL's text holds neither NUL nor half a character.
    text = query.get(name, "").replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    return text.strip()[:_MAX_TEXT].strip()
