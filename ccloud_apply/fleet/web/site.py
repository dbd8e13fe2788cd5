"""What every answer of the page needs, and who asks."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse

from ccloud_apply.fleet.model.access import Person
from ccloud_apply.fleet.model.config import FleetConfig
from ccloud_apply.fleet.store.database import Database
from ccloud_apply.fleet.web.auth.people import person_of
from ccloud_apply.fleet.web.guard.forms import TOKEN_FIELD, form_token
from ccloud_apply.fleet.web.live import Streams, fingerprint
from ccloud_apply.fleet.web.pages.forms import Powers
from ccloud_apply.fleet.web.pages.frame import Part, Viewer, render_frame
from ccloud_apply.fleet.web.pages.words import address
from ccloud_apply.lazy_dataclass import dataclass

_MAX_RENDERED = 32


class Rendered:
    """HTML of what never changes, such as a saved plan; the newest are kept."""

    def __init__(self, most: int = _MAX_RENDERED) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[str, int], str | None] = OrderedDict()

    async def get(self, kind: str, number: int, render: Callable[[], str | None]) -> str | None:
        """What was made of it before, or what `render` makes in a thread: a plan of thousands of
        servers takes long, and other answers do not wait for it."""
        key = (kind, number)
        if key not in self._kept:
            self._kept[key] = await asyncio.to_thread(render)
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return self._kept[key]

    def has(self, kind: str, number: int) -> bool:
        """True if it has been made, so that nobody need read what it is made of."""
        return (kind, number) in self._kept


async def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The page of one process. `wake` has the tick look into the tables at once."""

    database: Database
    config: FleetConfig
    streams: Streams
    rendered: Rendered
    wake: Callable[[], Awaitable[None]] = _nothing


def site_of(request: Request) -> Site:
    """The site that answers."""
    site: Site = request.app.state.site
    return site


def visible_to(person: Person) -> tuple[str, ...] | None:
    """The globs of the accounts that a person may see; None for all of them."""
    if person.may_everywhere("see"):
        return None
    return tuple(sorted({grant.accounts for grant in person.grants}))


def to_moment(seconds: float) -> datetime:
    """The database's moment as a time in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


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


def show_page(
    request: Request,
    *,
    title: str,
    section: str,
    main: str,
    now: datetime,
    problems: int = 0,
    live: Sequence[Part] | None = None,
    status: int = 200,
) -> HTMLResponse:
    """A page within its frame. With `live` it changes by itself: these are its parts."""
    events = None
    if live is not None:
        query = {**request.query_params, "at": fingerprint(live)}
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
        events=events,
    )
    return HTMLResponse(page, status_code=status)


def _raw_path(request: Request) -> str:
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    return raw.decode("latin-1").partition("?")[0]
