"""GitLab's API for the notes of merge requests, as it is documented, on a loopback socket.

After https://docs.gitlab.com/api/notes/: a job's own token may not use it.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.loopback import JsonHandler, serve

_NOTES = re.compile(r"/api/v4/projects/1/merge_requests/7/notes(?:/(\d+))?")


@dataclass
class NotesApi:
    """The notes of merge request 7 of project 1. `may_write` has users whose tokens may do so."""

    address: str = ""
    own_name: str = ""
    """What its links to other pages begin with: behind a proxy, not where it is reached."""
    page: int = 100
    tokens: dict[str, str] = field(default_factory=lambda: {"the-token": "project_1_bot"})
    may_write: set[str] = field(default_factory=lambda: {"project_1_bot"})
    notes: list[dict[str, Any]] = field(default_factory=list)

    def add(self, body: str, author: str) -> dict[str, Any]:
        """A note of somebody."""
        note = {"id": 500 + len(self.notes), "body": body, "author": {"username": author}}
        self.notes.append(note)
        return note

    def bodies(self) -> list[str]:
        return [note["body"] for note in self.notes]


class _Handler(JsonHandler):
    api: NotesApi

    def _handle(self) -> None:
        api, path = self.api, urlsplit(self.path)
        sent = self.read_body()
        kind, _, token = self.headers.get("Authorization", "").partition(" ")
        user = api.tokens.get(token)
        found = _NOTES.fullmatch(path.path)
        if kind != "Bearer" or user is None:
            self.answer(401, {"message": "401 Unauthorized"})
        elif path.path == "/api/v4/user":
            self.answer(200, {"username": user})
        elif not found:
            self.answer(404, {"message": "404 Not Found"})
        elif self.command == "GET":
            self._list(parse_qs(path.query))
        elif user not in api.may_write:
            self.answer(403, {"message": "403 Forbidden"})
        elif self.command == "POST":
            self.answer(201, api.add(json.loads(sent)["body"], user))
        else:
            self._update(int(found[1]), user, json.loads(sent)["body"])

    do_GET = do_POST = do_PUT = _handle  # noqa: N815 - the library's names

    def _list(self, query: dict[str, list[str]]) -> None:
        api = self.api
        assert (query["sort"], query["order_by"]) == (["asc"], ["created_at"])
        size, at = min(int(query["per_page"][0]), api.page), int(query.get("page", ["1"])[0])
        more = f"{self.path.partition('&page=')[0]}&page={at + 1}"
        has_more = at * size < len(api.notes)
        link = {"Link": f'<{api.own_name or api.address}{more}>; rel="next"'} if has_more else {}
        self.answer(200, api.notes[(at - 1) * size : at * size], link)

    def _update(self, number: int, user: str, body: str) -> None:
        (note,) = (note for note in self.api.notes if note["id"] == number)
        if note["author"]["username"] != user:
            self.answer(403, {"message": "403 Forbidden"})
        else:
            note["body"] = body
            self.answer(200, note)


@contextmanager
def serve_notes(tls: SSLContext | None = None) -> Iterator[NotesApi]:
    """The API while it is needed."""
    api = NotesApi()
    handler = type("Handler", (_Handler,), {"api": api})
    with serve(handler, host="localhost", tls=tls) as api.address:
        yield api
