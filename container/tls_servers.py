"""Servers that speak TLS with a certificate nobody has signed, for the trial of an image."""

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit


def make_certificate(folder: Path) -> Path:
    """A certificate for localhost with its key, in one file with an absolute path."""
    folder.mkdir()
    key, certificate, both = (folder / name for name in ("key.pem", "certificate.pem", "both.pem"))
    options = (
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
        " -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    subprocess.run(
        ["openssl", *options.split(), "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    both.write_text(key.read_text() + certificate.read_text())
    return both.resolve()


@contextmanager
def forward(certificate: Path, target: int) -> Iterator[int]:
    """Pass on what TLS connections carry to a port of this machine; the port that takes them."""
    plain = socket.create_server(("127.0.0.1", 0))
    with _context(certificate).wrap_socket(plain, server_side=True) as listener:
        threading.Thread(target=_accept, args=(listener, target), daemon=True).start()
        yield listener.getsockname()[1]


def _accept(listener: ssl.SSLSocket, target: int) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except ssl.SSLError:
            continue  # a client that does not trust us
        except OSError:
            return
        server = socket.create_connection(("127.0.0.1", target))
        for one, other in ((client, server), (server, client)):
            threading.Thread(target=_pump, args=(one, other), daemon=True).start()


@contextmanager
def serve_git(certificate: Path, folder: Path) -> Iterator[int]:
    """Serve the repositories of a folder by https, with git's own program for that; the port."""
    handler = type("Handler", (_GitHandler,), {"folder": folder.resolve()})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.socket = _context(certificate).wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()


class _GitHandler(BaseHTTPRequestHandler):
    folder: Path

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def handle(self) -> None:
        with suppress(ssl.SSLError, ConnectionError):  # of a client that does not trust us
            super().handle()

    def _answer(self) -> None:
        """Call git as a CGI program, and pass on what it says (RFC 3875)."""
        address = urlsplit(self.path)
        length = int(self.headers.get("Content-Length", 0))
        ended = subprocess.run(
            ["git", "http-backend"],
            input=self.rfile.read(length),
            env={
                "PATH": "/usr/local/bin:/usr/bin:/bin",
                "GIT_PROJECT_ROOT": str(self.folder),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                "REQUEST_METHOD": self.command,
                "PATH_INFO": address.path,
                "QUERY_STRING": address.query,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(length),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            },
            stdout=subprocess.PIPE,
            check=True,
        )
        head, _, body = ended.stdout.partition(b"\r\n\r\n")
        fields = [line.split(": ", 1) for line in head.decode("latin-1").split("\r\n")]
        status = next((value for name, value in fields if name == "Status"), "200 OK")
        self.send_response(int(status.split()[0]))
        for name, value in fields:
            if name != "Status":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        shutil.copyfileobj(source.makefile("rb", buffering=0), target.makefile("wb", buffering=0))
    except OSError:
        pass  # one of them has gone
    finally:
        source.close()
        target.close()
