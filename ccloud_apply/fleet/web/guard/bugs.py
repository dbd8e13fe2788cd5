"""An exception that nobody has expected: the log has its place, and nobody its text."""

import logging

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ccloud_apply.fleet.web.guard.answers import refuse
from ccloud_apply.load.text.format_values import escape
from ccloud_apply.model.internal_error import describe_places

_log = logging.getLogger(__name__)


class TellBugs:
    """Answers 500. The server would log the exception with its text, which could hold a secret."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_begun = False

        async def send_and_note(message: Message) -> None:
            nonlocal is_begun
            is_begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        except Exception as error:
            place = escape(scope.get("path", ""), limit=200)
            _log.error("%s has failed:\n%s", place, describe_places(error))
            if scope["type"] == "http" and not is_begun:
                hint = "the log of `fleet serve` says where"
                answer = refuse(HTTPConnection(scope), 500, "an internal error", hint)
                await answer(scope, receive, send)
