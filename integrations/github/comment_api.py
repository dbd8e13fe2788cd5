"""Requests to a host's API for comments: with a token, sent again where that helps, page by page.

What each host calls its comments belongs to comment.py and ../gitlab/note.py. Standard library
alone.
"""

from __future__ import annotations

import json
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import BaseHandler, HTTPRedirectHandler, Request, build_opener

TRIES = 4
_PATIENCE_S = 30
_MOST_WAIT_S = 60


class CommentError(Exception):
    """The comment cannot be read or written; the argument says why and what to do."""


class RefusedError(CommentError):
    """The token may not do this."""


class GoneError(RefusedError):
    """The comment, or what it belongs to, does not exist; or the token may not know of it."""


class UnansweredError(CommentError):
    """The host did not answer, or with a passing failure: a change may have been made."""


class _NoRedirect(HTTPRedirectHandler):
    """Follows no redirect: it would take the token to another host."""

    def redirect_request(self, *_: Any) -> None:
        return None


class CommentApi(ABC):
    """The comments of one pull request, as its host has them.

    `root` is the API's address; `handlers` open it in addition to the library's own.
    """

    scheme: str
    """How the token is announced."""
    advice: str
    """What helps where the token is refused."""

    def __init__(
        self, root: str, token: str, environment: Mapping[str, str], *handlers: BaseHandler
    ) -> None:
        self.root = root.rstrip("/")
        self._token = token
        self._opener = build_opener(_NoRedirect, *handlers)
        self._wait_s = float(environment.get("COMMENT_WAIT_S", "1"))

    @abstractmethod
    def comments(self) -> Iterator[Mapping[str, Any]]:
        """All comments, the oldest first."""

    @abstractmethod
    def create(self, body: str) -> None:
        """Add a comment. Sent once: UnansweredError if it may have been added all the same."""

    @abstractmethod
    def update(self, number: int, body: str) -> None:
        """Give a comment another text. GoneError if it has been deleted."""

    @abstractmethod
    def login(self) -> str | None:
        """The user whose token it is; None for a pipeline's or an app's, which has no user."""

    @abstractmethod
    def head(self) -> str | None:
        """The commit that the pull request proposes now; None if that is not known."""

    @abstractmethod
    def run_link(self, environment: Mapping[str, str]) -> str:
        """Where the run of this environment is shown, in Markdown."""

    def pages(self, first: str) -> Iterator[Mapping[str, Any]]:
        """The entries of a list, from this address on.

        A host behind a proxy may link to itself by another name. Only the query of a link is
        followed, so the token never leaves the address that it belongs to.
        """
        address: str | None = first
        while address:
            body, headers = self.send("GET", address)
            yield from body
            found = re.search(r'<([^>]+)>;\s*rel="?next\b', headers.get("link", ""))
            query = urlsplit(found[1]).query if found else ""
            address = f"{first.partition('?')[0]}?{query}" if query else None

    def send(
        self, method: str, address: str, body: object = None, *, tries: int = TRIES
    ) -> tuple[Any, Mapping[str, str]]:
        """The answer to a request, and its headers. Raises CommentError."""
        request = self._make_request(method, address, body)
        for tried in range(1, tries + 1):
            least_s = 0.0
            try:
                with self._opener.open(request, timeout=_PATIENCE_S) as answer:
                    headers = {name.lower(): value for name, value in answer.headers.items()}
                    return json.load(answer), headers
            except HTTPError as error:
                problem = self._explain(error, method)
                if not isinstance(problem, UnansweredError):
                    raise problem from None
                least_s = _asked_to_wait(error)
            except (OSError, HTTPException, ValueError) as error:
                problem = UnansweredError(f"the API of the host does not answer: {error}")
            if tried == tries or least_s > _MOST_WAIT_S:
                raise problem
            self.pause(tried, least_s)
        raise AssertionError("the last try returns or raises")

    def _explain(self, error: HTTPError, method: str) -> CommentError:
        why = f"the API of the host answers {error.code} to {method}"
        said = f"; it says: {text}" if (text := _message(error)) else ""
        if error.code >= 500 or _is_limit(error, text):
            return UnansweredError(f"{why}{said}")
        if error.code in (401, 403, 404, 410):
            kind = GoneError if error.code in (404, 410) else RefusedError
            return kind(f"{why}; {self.advice}{said}")
        return CommentError(f"{why}{said}")

    def _make_request(self, method: str, address: str, body: object) -> Request:
        request = Request(address, method=method)  # noqa: S310 - the runner names it
        request.add_header("Authorization", f"{self.scheme} {self._token}")
        request.add_header("Accept", "application/json")
        request.add_header("User-Agent", "ccloud-apply")
        if body is not None:
            request.add_header("Content-Type", "application/json")
            request.data = json.dumps(body).encode()
        return request

    def pause(self, tried: int, least_s: float = 0) -> None:
        """Wait before the next try: longer after each one, and as long as the host asks for."""
        time.sleep(self._wait_s * max(2**tried, least_s))


def _message(error: HTTPError) -> str:
    """What the host says of it, such as that the conversation is locked."""
    try:
        text = str(json.loads(error.read())["message"])
    except (OSError, HTTPException, ValueError, LookupError, TypeError):
        return ""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[:200]


def _is_limit(error: HTTPError, said: str) -> bool:
    """True if the host was asked too often, which GitHub also says by 403, maybe in words alone."""
    named = "retry-after" in error.headers or error.headers.get("x-ratelimit-remaining") == "0"
    named = named or "rate limit" in said.lower()
    return error.code == 429 or (error.code == 403 and named)


def _asked_to_wait(error: HTTPError) -> float:
    """For how many seconds the host wants no further request."""
    told = str(error.headers.get("retry-after", ""))
    return float(told) if re.fullmatch(r"\d{1,9}", told) else 0
