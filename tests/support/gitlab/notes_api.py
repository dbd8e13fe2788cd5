"""GitLab's API for the notes of merge requests, as it is documented, on a loopback socket.

After https://docs.gitlab.com/api/notes/: a job's own token may not use it.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

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


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""

    def _answer(self, status: int, body: Any, link: str = "") -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", f"{len(text)}")
        if link:
            self.send_header("Link", link)
        self.end_headers()
        self.wfile.write(text)

    def _handle(self) -> None:
        api, path = self.server.api, urlsplit(self.path)
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kind, _, token = self.headers.get("Authorization", "").partition(" ")
        user = api.tokens.get(token)
        found = _NOTES.fullmatch(path.path)
        if kind != "Bearer" or user is None:
            self._answer(401, {"message": "401 Unauthorized"})
        elif path.path == "/api/v4/user":
            self._answer(200, {"username": user})
        elif not found:
            self._answer(404, {"message": "404 Not Found"})
        elif self.command == "GET":
            self._list(parse_qs(path.query))
        elif user not in api.may_write:
            self._answer(403, {"message": "403 Forbidden"})
        elif self.command == "POST":
            self._answer(201, api.add(json.loads(sent)["body"], user))
        else:
            self._update(int(found[1]), user, json.loads(sent)["body"])

    do_GET = do_POST = do_PUT = _handle  # noqa: N815 - the library's names

    def _list(self, query: dict[str, list[str]]) -> None:
        api = self.server.api
        assert (query["sort"], query["order_by"]) == (["asc"], ["created_at"])
        size, at = min(int(query["per_page"][0]), api.page), int(query.get("page", ["1"])[0])
        more = f"{self.path.partition('&page=')[0]}&page={at + 1}"
        next_page = f'<{api.own_name or api.address}{more}>; rel="next"'
        link = next_page if at * size < len(api.notes) else ""
        self._answer(200, api.notes[(at - 1) * size : at * size], link)

    def _update(self, number: int, user: str, body: str) -> None:
        (note,) = (note for note in self.server.api.notes if note["id"] == number)
        if note["author"]["username"] != user:
            self._answer(403, {"message": "403 Forbidden"})
        else:
            note["body"] = body
            self._answer(200, note)


class _Server(ThreadingHTTPServer):
    api: NotesApi


@contextmanager
def serve_notes(tls: SSLContext | None = None) -> Iterator[NotesApi]:
    """The API while it is needed."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.api = NotesApi(address=f"http://127.0.0.1:{server.server_port}")
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        server.api.address = f"https://localhost:{server.server_port}"
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.api
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
