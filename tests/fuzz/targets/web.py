"""What reaches the page of a fleet from anywhere: addresses, headers, cookies, forms, hooks.

Whatever arrives is answered, never with a failure of ours. What nobody signed wakes no source, and
what brings neither a role nor a form of the page decides nothing.
"""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qsl, unquote

from ccloud_apply.fleet.model.config import SourceConfig, WebConfig
from ccloud_apply.fleet.web.guard.hosts import find_host, is_own
from ccloud_apply.fleet.web.hooks.push import normalise, read_push
from ccloud_apply.fleet.web.hooks.routes import Hooks
from ccloud_apply.fleet.web.query import read_numbers, read_runs_view, read_view
from ccloud_apply.model.declared.reference import Reference
from tests.fuzz.target import Target
from tests.support.web import Page, hashed, open_page

_SECRET = "alpha"
_PROGRAM = "token-of-a-program-that-may-see"
_SOURCE = SourceConfig(
    name="a",
    git="https://git.example.com/ops/a.git",
    ref="main",
    webhook_secret=Reference("env", "SECRET_A", "fleet.yaml", is_secret=True),
)
_PUSH = json.dumps(
    {
        "ref": "refs/heads/dev",
        "repository": {"clone_url": "https://git.example.com/ops/b.git", "default_branch": "main"},
        "project": {"git_http_url": "https://git.example.com/ops/c.git"},
    }
).encode()
_TOKEN_BYTES = frozenset(b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz")
_OPENED: "list[_Opened]" = []


class _Opened:
    """The page with a loop of its own, open until `close_page`."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._folder = TemporaryDirectory()
        web = WebConfig(tokens=(hashed("program", _PROGRAM, "see"),))

        async def read_secret(reference: Reference) -> str:
            return _SECRET

        self._context: AbstractAsyncContextManager[Page] = open_page(
            Path(self._folder.name),
            web,
            sources=(_SOURCE,),
            hooks=lambda database: Hooks(
                sources=(_SOURCE,), database=database, read_secret=read_secret
            ),
        )
        self._app = self._runner.run(self._context.__aenter__()).app

    def ask(self, scope: Mapping[str, Any], body: bytes) -> list[Mapping[str, Any]]:
        """What the app answers."""
        return self._runner.run(self._ask(scope, body))

    async def _ask(self, scope: Mapping[str, Any], body: bytes) -> list[Mapping[str, Any]]:
        waiting = [{"type": "http.request", "body": body, "more_body": False}]
        sent: list[Mapping[str, Any]] = []

        async def receive() -> Mapping[str, Any]:
            return waiting.pop() if waiting else {"type": "http.disconnect"}

        async def send(message: Mapping[str, Any]) -> None:
            sent.append(message)

        await self._app(dict(scope), receive, send)
        return sent

    def close(self) -> None:
        self._runner.run(self._context.__aexit__(None, None, None))
        self._runner.close()
        self._folder.cleanup()


def close_page() -> None:
    """Close the page, if a target has opened it."""
    while _OPENED:
        _OPENED.pop().close()


def check_request(data: bytes) -> None:
    """A request as a server of HTTP hands it on: line, headers, an empty line, the body."""
    head, _, body = data.partition(b"\n\n")
    line, *lines = head.split(b"\n")
    method, _, target = line.decode("latin-1").partition(" ")
    path, _, query = target.partition("?")
    headers = _read_headers(lines, body)
    is_signed = any(name == b"x-sign" for name, _ in headers)
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method or "GET",
        "scheme": "http",
        "path": unquote(path) or "/",
        "raw_path": path.encode("latin-1"),
        "query_string": query.encode("latin-1"),
        "root_path": "",
        "headers": headers,
        "client": ("203.0.113.9", 40000),
        "server": ("127.0.0.1", 8090),
    }
    if not _OPENED:
        _OPENED.append(_Opened())
    sent = _OPENED[0].ask(scope, body)
    starts = [message for message in sent if message["type"] == "http.response.start"]
    assert len(starts) == 1, sent
    status = starts[0]["status"]
    assert status < 500, (status, scope)
    for name, text in starts[0]["headers"]:
        assert not set(b"\r\n\x00") & {*name, *text}, (name, text)
    if status < 300 and str(scope["path"]).startswith("/decide"):
        raise AssertionError("somebody who may only see has decided")
    if status == 202:
        assert is_signed, "a hook that nobody signed was taken"


def _read_headers(lines: list[bytes], body: bytes) -> list[tuple[bytes, bytes]]:
    """The headers that a server lets pass; `x-sign` adds the signature that fits."""
    found = []
    for line in lines:
        name, _, text = line.partition(b": ")
        if not name or not set(name.lower()) <= _TOKEN_BYTES or min(text, default=32) < 32:
            continue
        found.append((name.lower(), text))
        if name.lower() == b"x-sign":
            digest = hmac.new(_SECRET.encode(), body, hashlib.sha256).hexdigest()
            found.append((b"x-hub-signature-256", f"sha256={digest}".encode()))
    return found


def check_push(data: bytes) -> None:
    """The body of a hook that is signed: names to compare with, and nothing else."""
    push = read_push(data)
    if push is None:
        return
    assert not push.concerns("https://git.example.com/ops/never.git", "main") or b"never" in data
    for name in push.repositories:
        assert "@" not in name.partition("/")[0]
    text = data.decode("utf-8", "replace")
    found = normalise(text)
    assert found is None or found == normalise(found if found.startswith("/") else f"ssh://{found}")


def check_address(data: bytes) -> None:
    """The query of an address, and the name in a Host header."""
    text = data.decode("latin-1")
    query = dict(parse_qsl(text, keep_blank_values=True, errors="surrogateescape"))
    view = read_view(query)
    assert read_view(view.query()) == view
    assert 1 <= view.page <= 10_000_000
    view.choose(("a",)).text.encode()
    runs = read_runs_view(query)
    assert read_runs_view(runs.query()).account == runs.account
    assert all(0 < number < 10**18 for number in read_numbers(text, 5))
    host = find_host(text)
    assert not is_own(host, frozenset({"page.example"})) or host is not None
    if host is not None and "page.example" in host and host != "page.example":
        assert not is_own(host, frozenset({"page.example"})) or host.endswith(".localhost")


TARGETS = (
    Target(
        name="request",
        check=check_request,
        seeds=(
            b"GET / HTTP\nhost: 127.0.0.1:8090\naccept: text/html\nsec-fetch-site: same-origin\n\n",
            f"GET /api/v1/status\nhost: localhost\nauthorization: Bearer {_PROGRAM}\n\n".encode(),
            b"POST /decide/customer-a\nhost: localhost\norigin: http://localhost\n"
            b"content-type: application/x-www-form-urlencoded\ncookie: fleet-form=abc\n\n"
            b"form=x&text=y",
            b"POST /hooks/github\nhost: x\ncontent-type: application/json\nx-sign: y\n\n" + _PUSH,
            b"POST /hooks/gitlab\nx-gitlab-token: beta\ncontent-length: 20\n\n" + _PUSH,
            b"POST /hooks/gitea\nx-gitea-signature: 00\nx-forgejo-signature: 00\n\n" + _PUSH,
            b"POST /sign-in\nhost: localhost\ncookie: fleet-session=a; fleet-form=b\n\ntoken=x",
        ),
        words=(
            *(
                "content-length: ",
                "9" * 5000,
                "cookie: ",
                "fleet-session=",
                "authorization: Basic ",
            ),
            *(
                "webhook-timestamp: ",
                "webhook-signature: v1,",
                "%00",
                "%ff",
                "/stacks/",
                "?page=-1",
            ),
            *("host: [::1", "origin: null", "sec-fetch-site: cross-site", "transfer-encoding: x"),
            f"authorization: Bearer {_PROGRAM}\n",
        ),
    ),
    Target(
        name="push",
        check=check_push,
        seeds=(_PUSH, b"git@git.example.com:ops/b.git", b"ssh://git@h:22/a", b"file:///srv/a.git"),
        words=("refs/heads/", "refs/tags/", "://", "@", ":", "/", ".git", "[::1]", "//", "%2f"),
    ),
    Target(
        name="address",
        check=check_address,
        seeds=(
            b"state=drift&account=a&q=web&sort=since&page=2&label=team=x&stale=1&desc=1",
            b"outcome=failed&stack=web&before=17",
            b"page.example:443",
            b"1,2,3",
        ),
        words=("%00", "%ff", "+", "&", "=", "page.example", ".localhost", "[::1]", "@", "9" * 400),
    ),
)
