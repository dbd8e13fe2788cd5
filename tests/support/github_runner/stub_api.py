"""A host's API for the comments of pull requests, as GitHub documents it, on a loopback socket."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.loopback import JsonHandler, serve

LONGEST = 65_536
"""Characters of a comment."""


@dataclass
class Api:
    """What the API knows: comments, and what each token may do.

    A token has `{"pull-requests": "write"}`, or the login of the person that it belongs to.
    `fail_with` has answers that come before the next ones, such as 502, or 0 for none at all.
    `lost` is how many new comments are written without an answer that says so, `refused_writes`
    how many are refused as by a host that is down for a moment. All comments are deleted before the
    next request of the method `delete_on`.
    """

    address: str = ""
    page: int = 100
    tokens: dict[str, Mapping[str, str] | str] = field(default_factory=dict)
    comments: list[dict[str, Any]] = field(default_factory=list)
    fail_with: list[int] = field(default_factory=list)
    fail_headers: dict[str, str] = field(default_factory=dict)
    fail_words: str = "later"
    fail_after: dict[str, list[int]] = field(default_factory=dict)
    """Answers to one request, such as `GET /user`, that come before the right ones."""
    lost: int = 0
    refused_writes: int = 0
    delete_on: str = ""
    head: str | None = None
    """The commit that the pull request is at; None if the token may not know."""
    visibility: str = "private"
    """Who can read the repository, for the token of a job; empty if that is not told."""
    link: str = ""
    """What the host's links begin with, if not with our address."""
    requests: list[str] = field(default_factory=list)
    pipelines: Mapping[str, str] = field(
        default_factory=lambda: {"login": "github-actions[bot]", "type": "Bot"}
    )
    """Whose the comments of pipelines are."""
    runs: dict[str, str] = field(default_factory=dict)
    """The addresses of runs, at a host that tells them."""

    def bodies(self, number: int = 7) -> list[str]:
        """The comments of a pull request, the oldest first."""
        return [one["body"] for one in self.comments if one["issue"] == number]

    def add(self, body: str, *, user: Mapping[str, str], number: int = 7) -> dict[str, Any]:
        """A comment of somebody."""
        made = {"id": 100 + len(self.comments), "issue": number, "body": body, "user": dict(user)}
        self.comments.append(made)
        return made

    def author(self, token: str) -> Mapping[str, str]:
        """Whose a comment is that is written with this token."""
        owner = self.tokens[token]
        if isinstance(owner, str):
            return {"login": owner, "type": "User"}
        return self.pipelines

    def may_write(self, token: str) -> bool:
        """Whether the token is allowed to comment."""
        owner = self.tokens[token]
        return isinstance(owner, str) or owner.get("pull-requests") == "write"


class _Handler(JsonHandler):
    api: Api

    def _handle(self) -> None:
        api = self.api
        path = urlsplit(self.path)
        body = self.read_body()
        api.requests.append(f"{self.command} {path.path}")
        if self._fails(path.path):
            return
        if self.command == api.delete_on:
            api.comments.clear()
            api.delete_on = ""
        kind, _, token = self.headers.get("Authorization", "").partition(" ")
        if kind.lower() not in ("token", "bearer") or token not in api.tokens:
            self.answer(401, {"message": "Bad credentials"})
        elif self.command == "GET" and path.path == "/user":
            self._user(api.tokens[token])
        elif found := re.fullmatch(r"/repos/our/repo/issues/(\d+)/comments", path.path):
            query = {name: int(values[0]) for name, values in parse_qs(path.query).items()}
            if self.command == "GET":
                self._list(int(found[1]), query)
            else:
                self._write(token, json.loads(body)["body"], number=int(found[1]))
        elif path.path in ("/repos/our/repo", "/repos/our/repo/pulls/7"):
            self._tell(path.path)
        elif found := re.fullmatch(r"/repos/our/repo/actions/runs/(\d+)", path.path):
            told = api.runs.get(found[1])
            self.answer(200 if told else 404, {"html_url": told})
        elif found := re.fullmatch(r"/repos/our/repo/issues/comments/(\d+)", path.path):
            assert self.command == "PATCH"
            self._write(token, json.loads(body)["body"], id=int(found[1]))
        else:
            self.answer(404, {"message": "Not Found"})

    do_GET = do_POST = do_PATCH = _handle  # noqa: N815 - the library's names

    def _fails(self, path: str) -> bool:
        """True if this request got no right answer, or none."""
        api = self.api
        if api.fail_with:
            status = api.fail_with.pop(0)
            if status:
                self.answer(status, {"message": api.fail_words}, api.fail_headers)
            else:
                self.close_connection = True
            return True
        if later := api.fail_after.get(f"{self.command} {path}"):
            self.answer(later.pop(0), {"message": "later"})
            return True
        return False

    def _tell(self, path: str) -> None:
        """About the repository or the pull request."""
        api = self.api
        if path.endswith("/7"):
            self.answer(200 if api.head else 404, {"head": {"sha": api.head}})
        else:
            self.answer(200 if api.visibility else 403, {"visibility": api.visibility})

    def _user(self, owner: Mapping[str, str] | str) -> None:
        if isinstance(owner, str):
            self.answer(200, {"login": owner, "type": "User"})
        else:
            self.answer(403, {"message": "Resource not accessible by integration"})

    def _list(self, number: int, query: Mapping[str, int]) -> None:
        api = self.api
        size = min(query.get("per_page", 30), api.page)
        at = query.get("page", 1)
        found = [one for one in api.comments if one["issue"] == number]
        shown = found[(at - 1) * size : at * size]
        more = f"{api.link or api.address}{urlsplit(self.path).path}?per_page={size}&page={at + 1}"
        link = {"Link": f'<{more}>; rel="next"'} if at * size < len(found) else {}
        self.answer(200, shown, link)

    def _write(self, token: str, body: str, *, number: int = 0, id: int | None = None) -> None:
        api = self.api
        if not api.may_write(token):
            self.answer(403, {"message": "Resource not accessible by integration"})
        elif len(body) > LONGEST:
            self.answer(422, {"message": "body is too long (maximum is 65536 characters)"})
        elif id is None and api.refused_writes:
            api.refused_writes -= 1
            self.answer(503, {"message": "Service Unavailable"})
        elif id is None:
            made = api.add(body, user=api.author(token), number=number)
            if api.lost:
                api.lost -= 1
                self.answer(502, {"message": "Bad Gateway"})
            else:
                self.answer(201, made)
        elif found := [one for one in api.comments if one["id"] == id]:
            found[0]["body"] = body
            self.answer(200, found[0])
        else:
            self.answer(404, {"message": "Not Found"})


@contextmanager
def serve_api() -> Iterator[Api]:
    """The API while it is needed."""
    api = Api()
    with serve(type("Handler", (_Handler,), {"api": api})) as api.address:
        yield api
