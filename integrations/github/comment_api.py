"""Requests to a host's API for comments: with a token, sent again where that helps, page by page.

What each host calls its comments belongs to comment.py and ../gitlab/note.py. Standard library
alone.
"""

import json
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

TRIES = 4
_PATIENCE_S = 30


class CommentError(Exception):
    """The comment cannot be read or written; the argument says why and what to do."""


class UnansweredError(CommentError):
    """The host did not answer, or with a passing failure: a change may have been made."""


class _NoRedirect(HTTPRedirectHandler):
    """Follows no redirect: it would take the token to another host."""

    def redirect_request(self, *_: Any) -> None:
        return None


class CommentApi(ABC):
    """The comments of one pull request, as its host has them. `root` is the API's address."""

    scheme: str
    """How the token is announced."""
    advice: str
    """What helps where the token is refused."""

    def __init__(self, root: str, token: str, environment: Mapping[str, str]) -> None:
        self.root = root.rstrip("/")
        self._token = token
        self._opener = build_opener(_NoRedirect)
        self._wait_s = float(environment.get("COMMENT_WAIT_S", "1"))

    @abstractmethod
    def comments(self) -> Iterator[Mapping[str, Any]]:
        """All comments, the oldest first."""

    @abstractmethod
    def create(self, body: str) -> None:
        """Add a comment. Sent once: UnansweredError if it may have been added all the same."""

    @abstractmethod
    def update(self, number: int, body: str) -> None:
        """Give a comment another text."""

    @abstractmethod
    def login(self) -> str | None:
        """The user whose token it is; None for a pipeline's or an app's, which has no user."""

    @abstractmethod
    def run_link(self, environment: Mapping[str, str]) -> str:
        """Where the run of this environment is shown, in Markdown."""

    def pages(self, first: str) -> Iterator[Mapping[str, Any]]:
        """The entries of a list, from this address on; no page leads to another API."""
        address: str | None = first
        while address:
            body, headers = self.send("GET", address)
            yield from body
            found = re.search(r'<([^>]+)>;\s*rel="next"', headers.get("link", ""))
            address = found[1] if found and found[1].startswith(f"{self.root}/") else None

    def send(
        self, method: str, address: str, body: object = None, *, tries: int = TRIES
    ) -> tuple[Any, Mapping[str, str]]:
        """The answer to a request, and its headers. Raises CommentError."""
        request = self._make_request(method, address, body)
        for left in reversed(range(tries)):
            try:
                with self._opener.open(request, timeout=_PATIENCE_S) as answer:
                    headers = {name.lower(): value for name, value in answer.headers.items()}
                    return json.load(answer), headers
            except HTTPError as error:
                why = f"the API of the host answers {error.code} to {method}"
                if error.code in (401, 403, 404):
                    raise CommentError(f"{why}; {self.advice}") from None
                if error.code < 500 and error.code != 429:
                    raise CommentError(why) from None
                if not left:
                    raise UnansweredError(why) from None
            except (URLError, TimeoutError, ValueError) as error:
                if not left:
                    why = f"the API of the host does not answer: {error}"
                    raise UnansweredError(why) from None
            self.pause(tries - left)
        raise AssertionError("the last try returns or raises")

    def _make_request(self, method: str, address: str, body: object) -> Request:
        request = Request(address, method=method)  # noqa: S310 - the runner names it
        request.add_header("Authorization", f"{self.scheme} {self._token}")
        request.add_header("Accept", "application/json")
        request.add_header("User-Agent", "ccloud-apply")
        if body is not None:
            request.add_header("Content-Type", "application/json")
            request.data = json.dumps(body).encode()
        return request

    def pause(self, tried: int) -> None:
        """Wait before the next try, longer after each one."""
        time.sleep(self._wait_s * 2**tried)
