"""The forms of a stack: approve, reject, pause, resume, run. Each ends at the stack's page."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ccloud_apply.errors import HeldError, StalePlanError, UsageError
from ccloud_apply.fleet import decide
from ccloud_apply.fleet.config.durations import read_duration
from ccloud_apply.fleet.model.access import ROLE_OF_DECISION
from ccloud_apply.fleet.model.listing import StackFilter
from ccloud_apply.fleet.store.database import Transaction
from ccloud_apply.fleet.web.auth.people import demand
from ccloud_apply.fleet.web.guard.answers import refuse
from ccloud_apply.fleet.web.guard.forms import read_form
from ccloud_apply.fleet.web.pages.forms import PAUSE, PAUSES
from ccloud_apply.fleet.web.pages.words import path_of
from ccloud_apply.fleet.web.query import read_number
from ccloud_apply.fleet.web.site import site_of
from ccloud_apply.lazy_dataclass import dataclass

_HELD_HINT = (
    "if servers are to be destroyed, say how many may be beside the button; every other guard is"
    " lifted in the stack's file"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    account: str
    stack: str
    who: str
    form: Mapping[str, str]

    @property
    def chosen(self) -> StackFilter:
        return StackFilter(accounts=(self.account,), names=(self.stack,))


async def stack_action(request: Request) -> Response:
    """Do what the form asks for, in one transaction with its row of the audit.

    404 for an account that the asker may not see, 403 without the role, 409 where a newer plan has
    taken the place of the one that was looked at, 400 for anything else that cannot be done.
    """
    account, stack = request.path_params["account"], request.path_params["stack"]
    action = request.path_params["action"]
    if action not in _ACTIONS:
        raise HTTPException(404)
    form = read_form(request)
    person = demand(request, ROLE_OF_DECISION[action], account)
    if form.get("allow_destroy"):
        demand(request, ROLE_OF_DECISION["allow-destroy"], account)
    asked = _Asked(account=account, stack=stack, who=person.name, form=form)
    site = site_of(request)
    try:
        async with site.database.write() as tx:
            await _ACTIONS[action](tx, asked)
    except StalePlanError as error:
        return refuse(request, 409, str(error), "look at the newer plan on the stack's page")
    except HeldError as error:
        return refuse(request, 409, str(error), _HELD_HINT)
    except UsageError as error:
        return refuse(request, 400, str(error), error.hint)
    site.wake()
    return RedirectResponse(f"{path_of('stacks', account, stack)}?done={action}", status_code=303)


async def _approve(tx: Transaction, asked: _Asked) -> None:
    digest = asked.form.get("plan")
    if not digest:
        raise UsageError("the form names no plan", hint="open the stack's page again")
    cap = asked.form.get("allow_destroy")
    allow_destroy = read_number(cap, 0) if cap else None
    if allow_destroy == 0:
        raise UsageError("the number of servers that may be destroyed must be 1 or more")
    await decide.approve(
        tx, asked.account, asked.stack, asked.who, digest=digest, allow_destroy=allow_destroy
    )


async def _reject(tx: Transaction, asked: _Asked) -> None:
    why, digest = asked.form.get("reason", ""), asked.form.get("plan")
    if not digest:
        raise UsageError("the form names no plan", hint="open the stack's page again")
    await decide.reject(tx, asked.account, asked.stack, asked.who, why=why, digest=digest)


async def _pause(tx: Transaction, asked: _Asked) -> None:
    until = asked.form.get("until", PAUSE)
    if until not in PAUSES:
        raise UsageError("the form does not name an offered end of the pause")
    await decide.require_stack(tx, asked.account, asked.stack)
    why = asked.form.get("reason", "")
    await decide.pause(tx, asked.chosen, asked.who, why=why, for_s=read_duration(until))


async def _resume(tx: Transaction, asked: _Asked) -> None:
    await decide.require_stack(tx, asked.account, asked.stack)
    await decide.resume(tx, asked.chosen, asked.who)


async def _run(tx: Transaction, asked: _Asked) -> None:
    await decide.ask_run(tx, asked.account, asked.stack, asked.who)


_ACTIONS: Mapping[str, Callable[[Transaction, _Asked], Awaitable[None]]] = {
    "approve": _approve,
    "reject": _reject,
    "pause": _pause,
    "resume": _resume,
    "run": _run,
}
