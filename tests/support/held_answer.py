"""A way to an API on which the answer to one request stays until a test lets it go on: what happens
meanwhile happens while the answer is out, however slow the machine is."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import httpx

from tests.conftest import PATIENCE_S
from tests.support.loopback import serve

_HEADERS = ("Accept", "Authorization", "Content-Type")


class Held:
    """The answer that is held. `address` leads to the API, by way of here."""

    def __init__(self) -> None:
        self.address = ""
        self._has_come, self._may_go = threading.Event(), threading.Event()

    def wait(self) -> None:
        """Come back once the API has acted."""
        assert self._has_come.wait(PATIENCE_S), "the request never came"

    def release(self) -> None:
        """Let the answer go on to who waits for it."""
        self._may_go.set()

    def keep(self) -> None:
        """The answer is here, and stays until it is released."""
        self._has_come.set()
        self._may_go.wait()


@contextmanager
def holding(api: str, method: str, end: str) -> Iterator[Held]:
    """Hold the answer to requests of this method whose path ends so. `api` is `http://HOST:PORT`."""
    held = Held()

    class Handler(BaseHTTPRequestHandler):
        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name: self.headers[name] for name in _HEADERS if name in self.headers}
            answer = httpx.request(
                self.command,
                f"{api}{self.path}",
                content=body,
                headers=headers,
                trust_env=False,
                verify=False,
                timeout=PATIENCE_S,
            )
            if self.command == method and self.path.endswith(end):
                held.keep()
            self.send_response(answer.status_code)
            self.send_header("Content-Type", answer.headers.get("content-type", ""))
            self.send_header("Content-Length", f"{len(answer.content)}")
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = do_PUT = do_DELETE = _pass_on  # noqa: N815 - the library's names

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    with serve(Handler) as address:
        held.address = address
        try:
            yield held
        finally:
            held.release()
