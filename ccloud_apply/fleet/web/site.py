"""What every answer of the page needs, and who asks."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse

from ccloud_apply.fleet.model.config import FleetConfig
from ccloud_apply.fleet.store.database import Database, Transaction
from ccloud_apply.fleet.store.statements.history import (
    read_plan_document,
    read_report_document,
)
from ccloud_apply.fleet.store.statements.overview import count_problems
from ccloud_apply.fleet.store.statements.workers import read_tick_age
from ccloud_apply.fleet.web.auth.people import person_of
from ccloud_apply.fleet.web.guard.forms import TOKEN_FIELD, form_token
from ccloud_apply.fleet.web.live import Streams, fingerprint
from ccloud_apply.fleet.web.pages.documents import render_drift_document, render_plan_document
from ccloud_apply.fleet.web.pages.forms import Powers
from ccloud_apply.fleet.web.pages.frame import Part, Viewer, render_frame, tick_part
from ccloud_apply.fleet.web.pages.words import address
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.results.fleet import FleetStack

_MAX_CHARACTERS = 32_000_000
"""So much HTML is kept."""


class Rendered:
    """HTML of documents that never change, such as saved plans. The newest are kept, so that
    whoever follows a page has its document made once."""

    def __init__(self, database: Database, *, most: int = _MAX_CHARACTERS) -> None:
        self._database = database
        self._most = most
        self._kept: OrderedDict[tuple[str, int], str] = OrderedDict()

    async def plan(self, number: int) -> str | None:
        """The saved plan of this number; None if there is none, or not of this version."""
        return await self._get("plan", number, read_plan_document, render_plan_document)

    async def report(self, number: int) -> str | None:
        """The drift report of this number."""
        return await self._get("report", number, read_report_document, render_drift_document)

    async def _get(
        self,
        kind: str,
        number: int,
        read: Callable[[Transaction, int], Awaitable[str | None]],
        render: Callable[[str], str | None],
    ) -> str | None:
        found = self._kept.get((kind, number))
        if found is None:
            async with self._database.read() as tx:
                document = await read(tx, number)
            # In a thread: a plan of thousands of servers takes long, and nobody waits for it.
            found = None if document is None else await asyncio.to_thread(render, document)
        if found is not None:
            self._kept[kind, number] = found
            self._kept.move_to_end((kind, number))
            while len(self._kept) > 1 and sum(map(len, self._kept.values())) > self._most:
                self._kept.popitem(last=False)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The page of one process. `wake` has the tick look into the tables at once, `read_file` gives
    the text of a stack's file if this machine has it."""

    database: Database
    config: FleetConfig
    streams: Streams
    rendered: Rendered
    wake: Callable[[], None]
    read_file: Callable[[FleetStack], str | None]


def site_of(request: Request) -> Site:
    """The site that answers."""
    site: Site = request.app.state.site
    return site


def visible_to(request: Request) -> tuple[str, ...] | None:
    """The accounts that the asker may see; None for all of them, also those that are not configured
    any more. Names and no globs: the database matches those in its own way."""
    person = person_of(request)
    if person.may_everywhere("see"):
        return None
    return person.choose("see", site_of(request).config.accounts)


def to_moment(seconds: float) -> datetime:
    """The database's moment as a time in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


async def read_tick(tx: Transaction, now: datetime) -> Part:
    """Whether somebody looks for what is due. Raises StoreError."""
    age_s = await read_tick_age(tx)
    return tick_part(None if age_s is None else now - timedelta(seconds=age_s), now)


def viewer_of(request: Request) -> Viewer:
    """Whoever asks, as the frame of a page shows it."""
    person = person_of(request)
    return Viewer(
        name=None if person.way == "local" else person.name,
        csrf=_csrf(request),
        may_audit=person.may_everywhere("administer"),
        can_sign_out=person.way in ("token", "oidc"),
    )


def powers_of(request: Request, account: str) -> Powers:
    """What whoever asks may do in this account."""
    person = person_of(request)
    return Powers(
        csrf=_csrf(request),
        may_approve=person.may("approve", account),
        may_administer=person.may("administer", account),
    )


def _csrf(request: Request) -> str:
    return f'<input type="hidden" name="{TOKEN_FIELD}" value="{escape(form_token(request))}">'


async def show_page(
    request: Request,
    *,
    title: str,
    section: str,
    main: str,
    now: datetime,
    live: Sequence[Part] | None = None,
    shown: Mapping[str, str] | None = None,
    status: int = 200,
) -> HTMLResponse:
    """A page within its frame. With `live` it changes by itself: these are its parts, and `shown`
    is what their stream has to know beside the page's own query."""
    events, problems = None, 0
    async with site_of(request).database.read() as tx:
        tick = await read_tick(tx, now)
        if person_of(request).may_everywhere("see"):  # of a broken file nobody knows whose it is
            problems = await count_problems(tx)
    if live is not None:
        query = {**request.query_params, **(shown or {}), "at": fingerprint(live)}
        query.pop("done", None)
        # Its stream has the page's own path below /events.
        events = address(f"/events{_raw_path(request)}", query)
    page = render_frame(
        title=title,
        section=section,
        main=main,
        now=now,
        viewer=viewer_of(request),
        problems=problems,
        notice=tick.render(),
        events=events,
    )
    return HTMLResponse(page, status_code=status)


def _raw_path(request: Request) -> str:
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    return raw.decode("latin-1").partition("?")[0]
