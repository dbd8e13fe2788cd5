"""A host's API for the comments of pull requests, as GitHub documents it, on a loopback socket."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

LONGEST = 65_536
"""Characters of a comment."""


@dataclass
class Api:
    """What the API knows: comments, and what each token may do.

    A token has `{"pull-requests": "write"}`, or the login of the person that it belongs to.
    `fail_with` has answers that come before the next ones, such as 502, or 0 for none at all;
    `lose` that many answers to what was done; before a request of the method `delete_on` all
    comments are removed.
    """

    address: str = ""
    page: int = 100
    tokens: dict[str, Mapping[str, str] | str] = field(default_factory=dict)
    comments: list[dict[str, Any]] = field(default_factory=list)
    fail_with: list[int] = field(default_factory=list)
    fail_headers: dict[str, str] = field(default_factory=dict)
    fail_after: dict[str, list[int]] = field(default_factory=dict)
    """Answers to one request, such as `GET /user`, that come before the right ones."""
    lose: int = 0
    delete_on: str = ""
    head: str | None = None
    """The commit that the pull request is at; None if nobody may know."""
    visibility: str = "private"
    """Who can read the repository, for the token of a job; nothing if that is not told."""
    link: str = ""
    """Where the host's links lead to, if that is not our address."""
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


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the test looks at what was asked."""

    def _answer(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", f"{len(text)}")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def _handle(self) -> None:
        api = self.server.api
        path = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        api.requests.append(f"{self.command} {path.path}")
        if api.fail_with:
            status = api.fail_with.pop(0)
            if status:
                self._answer(status, {"message": "later"}, api.fail_headers)
            else:
                self.close_connection = True
            return
        if later := api.fail_after.get(f"{self.command} {path.path}"):
            self._answer(later.pop(0), {"message": "later"})
            return
        if self.command == api.delete_on:
            api.comments.clear()
            api.delete_on = ""
        kind, _, token = self.headers.get("Authorization", "").partition(" ")
        if kind.lower() not in ("token", "bearer") or token not in api.tokens:
            self._answer(401, {"message": "Bad credentials"})
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
            self._answer(200 if told else 404, {"html_url": told})
        elif found := re.fullmatch(r"/repos/our/repo/issues/comments/(\d+)", path.path):
            assert self.command == "PATCH"
            self._write(token, json.loads(body)["body"], id=int(found[1]))
        else:
            self._answer(404, {"message": "Not Found"})

    do_GET = do_POST = do_PATCH = _handle  # noqa: N815 - the library's names

    def _tell(self, path: str) -> None:
        """Of the repository or the pull request."""
        api = self.server.api
        if path.endswith("/7"):
            self._answer(200 if api.head else 404, {"head": {"sha": api.head}})
        else:
            self._answer(200 if api.visibility else 403, {"visibility": api.visibility})

    def _user(self, owner: Mapping[str, str] | str) -> None:
        if isinstance(owner, str):
            self._answer(200, {"login": owner, "type": "User"})
        else:
            self._answer(403, {"message": "Resource not accessible by integration"})

    def _list(self, number: int, query: Mapping[str, int]) -> None:
        api = self.server.api
        size = min(query.get("per_page", 30), api.page)
        at = query.get("page", 1)
        found = [one for one in api.comments if one["issue"] == number]
        shown = found[(at - 1) * size : at * size]
        more = f"{api.link or api.address}{urlsplit(self.path).path}?per_page={size}&page={at + 1}"
        link = {"Link": f'<{more}>; rel="next"'} if at * size < len(found) else {}
        self._answer(200, shown, link)

    def _write(self, token: str, body: str, *, number: int = 0, id: int | None = None) -> None:
        api = self.server.api
        if not api.may_write(token):
            self._answer(403, {"message": "Resource not accessible by integration"})
        elif len(body) > LONGEST:
            self._answer(422, {"message": "body is too long (maximum is 65536 characters)"})
        elif id is None:
            made = api.add(body, user=api.author(token), number=number)
            if api.lose:
                api.lose -= 1
                self._answer(502, {"message": "lost"})
            else:
                self._answer(201, made)
        elif found := [one for one in api.comments if one["id"] == id]:
            found[0]["body"] = body
            self._answer(200, found[0])
        else:
            self._answer(404, {"message": "Not Found"})


class _Server(ThreadingHTTPServer):
    api: Api


@contextmanager
def serve_api() -> Iterator[Api]:
    """The API while it is needed."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.api = Api(address=f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.api
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
