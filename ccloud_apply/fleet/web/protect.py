"""All that stands in front of the pages, in the only order that works."""

from starlette.types import ASGIApp

from ccloud_apply.fleet.web.auth.entrance import Entrance
from ccloud_apply.fleet.web.auth.sign_in import SignIn
from ccloud_apply.fleet.web.guard.bugs import TellBugs
from ccloud_apply.fleet.web.guard.forms import OwnForms
from ccloud_apply.fleet.web.guard.headers import SecurityHeaders
from ccloud_apply.fleet.web.guard.hosts import OwnNames, own_names


def protect(app: ASGIApp, entrance: Entrance, *, listen: str) -> ASGIApp:
    """The app behind headers, names, sign-in and forms; `listen` is the address it listens on.

    Sign-in stands outside of forms, which need to know whether a program or a browser asks.
    """
    web = entrance.web
    with_forms = OwnForms(app, cookies=entrance.cookies, url=web.url)
    with_people = SignIn(with_forms, entrance=entrance)
    with_names = OwnNames(with_people, names=own_names(web, listen))
    return SecurityHeaders(TellBugs(with_names), is_https=entrance.cookies.is_https)
