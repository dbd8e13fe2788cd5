"""The account's data in SQLite: servers, tasks, addresses, catalogues.

All SQL of the emulator is here and in ledger.py. Rules of the platform, time and HTTP do not belong
here. Several processes may use one file in turn, because nothing is cached between requests.
"""

import json
import sqlite3
import threading
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from ccloud_apply.sandbox.state.ledger import Ledger, order_by
from ccloud_apply.sandbox.state.record import ServerRecord, TaskRecord, disk_sum_gb
from ccloud_apply.sandbox.state.tag_filter import TagFilter

Entry = dict[str, Any]
SORTABLE_SERVERS = ("id", "hostname", "created_at", "custom_name")
SORTABLE_TASKS = ("id", "action", "status", "hostname", "created_at")
_TASK_COLUMNS = (
    "id, action, username, hostname, status, error_message, created_at, due, server_id, effect,"
    " payload, failure"
)


class Store:
    """One database, in a file or in memory."""

    def __init__(self, path: str = ":memory:") -> None:
        """Opens the database and makes its tables where there are none. Raises sqlite3.Error."""
        self.path = path
        if path != ":memory:":
            file = Path(path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch(mode=0o600)  # it holds the servers' passwords
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        self._finalizer = weakref.finalize(self, self._db.close)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self.ledger = Ledger(self._db)
        self._create_tables()

    def _create_tables(self) -> None:
        with self.transaction(write=True):
            # A database of an earlier version gets the tables that it lacks.
            if {row[0] for row in self._rows("SELECT name FROM sqlite_master")}.issuperset(_TABLES):
                return
            script = Path(__file__).with_name("schema.sql").read_text(encoding="utf-8")
            for statement in _statements(script):
                self._db.execute(statement)

    def close(self) -> None:
        """Closes the database; it may be closed already."""
        self._finalizer()

    @contextmanager
    def transaction(self, *, write: bool) -> Iterator[None]:
        """A transaction; with `write` it locks out other processes from its start."""
        with self._lock:
            if self._db.in_transaction:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def set_savepoint(self) -> None:
        """Sets a savepoint in the transaction, for `roll_back`."""
        self._db.execute("SAVEPOINT handling")

    def roll_back(self) -> None:
        """Rolls the transaction back to its savepoint."""
        self._db.execute("ROLLBACK TO handling")

    def is_empty(self) -> bool:
        """Whether the database was never seeded."""
        return not self._value("SELECT count(*) FROM catalogue")

    def clear(self) -> None:
        """Removes everything, catalogues and counters too."""
        with self.transaction(write=True):
            for table in _TABLES:
                self._db.execute(f"DELETE FROM {table}")  # noqa: S608 (our own names)
            self._db.execute("DELETE FROM sqlite_sequence")

    def _rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return self._db.execute(sql, values).fetchall()

    def _value(self, sql: str, values: Sequence[object] = ()) -> Any:
        row = self._db.execute(sql, values).fetchone()
        return None if row is None else row[0]

    # Catalogues

    def read_catalogue(self, kind: str) -> list[Entry]:
        """All entries of a catalogue, in its order."""
        rows = self._rows("SELECT entry FROM catalogue WHERE kind = ? ORDER BY position", (kind,))
        return [json.loads(row[0]) for row in rows]

    def read_entry(self, kind: str, name: str) -> Entry | None:
        """One entry of a catalogue by its name (pool tag, image, addon name, subnet id, ...)."""
        text = self._value("SELECT entry FROM catalogue WHERE kind = ? AND name = ?", (kind, name))
        return None if text is None else cast("Entry", json.loads(text))

    def write_entry(self, kind: str, name: str, position: int, entry: Mapping[str, object]) -> None:
        """Adds an entry to a catalogue or replaces it."""
        self._db.execute(
            "INSERT OR REPLACE INTO catalogue VALUES (?, ?, ?, ?)",
            (kind, name, position, json.dumps(entry)),
        )

    def replace_catalogue(self, kind: str, entries: Iterable[tuple[str, Entry]]) -> None:
        """Replaces the entries of a catalogue by these, given with their names."""
        self._db.execute("DELETE FROM catalogue WHERE kind = ?", (kind,))
        for position, (name, entry) in enumerate(entries):
            self.write_entry(kind, name, position, entry)

    # Servers

    def add_server(self, server: ServerRecord, *, server_id: int | None = None) -> None:
        """Adds a server under a new id, or under `server_id`."""
        cursor = self._db.execute(
            "INSERT INTO servers (id, hostname, created_at, building, deleting, tags, search,"
            " cores, memory, disk, record) VALUES (?, ?, ?, 0, 0, '', '', 0, 0, 0, '')",
            (server_id, server["hostname"], server["created_at"]),
        )
        server["id"] = cast("int", cursor.lastrowid)

    def write_server(self, server: ServerRecord) -> None:
        """Updates a server that was added before."""
        schedule = server["schedule"]
        self._db.execute(
            "UPDATE servers SET custom_name = ?, building = ?, deleting = ?, tags = ?, search = ?,"
            " cores = ?, memory = ?, disk = ?, frequency = ?, next_run = ?, record = ?"
            " WHERE id = ?",
            (
                server["custom_name"],
                server["building"],
                server["deleting"],
                "\n".join(["", *server["tags"], ""]),
                _search_text(server),
                server["cores"],
                server["memory"],
                disk_sum_gb(server),
                schedule and schedule["frequency"],
                schedule and schedule["next_run"],
                json.dumps(server),
                server["id"],
            ),
        )

    def find_server(self, hostname: str) -> ServerRecord | None:
        """The server with that hostname."""
        return _record(self._value("SELECT record FROM servers WHERE hostname = ?", (hostname,)))

    def read_server_by_id(self, server_id: int) -> ServerRecord:
        """The server with that id. Raises LookupError if there is none."""
        server = self.find_server_by_id(server_id)
        if server is None:
            raise LookupError(f"there is no server {server_id}")
        return server

    def find_server_by_id(self, server_id: int) -> ServerRecord | None:
        """The server with that id, if there is one."""
        return _record(self._value("SELECT record FROM servers WHERE id = ?", (server_id,)))

    def all_servers(self) -> list[ServerRecord]:
        """Every server, by id."""
        return [json.loads(row[0]) for row in self._rows("SELECT record FROM servers ORDER BY id")]

    def remove_server(self, server_id: int) -> None:
        """Removes a server and frees its addresses."""
        self._db.execute("DELETE FROM addresses WHERE server_id = ?", (server_id,))
        self._db.execute("DELETE FROM servers WHERE id = ?", (server_id,))

    def list_servers(
        self,
        *,
        tag: TagFilter | None = None,
        search: str | None = None,
        building: bool | None = None,
        deleting: bool | None = None,
        sort: Sequence[tuple[str, bool]] = (),
        limit: int,
        offset: int,
    ) -> tuple[list[ServerRecord], int]:
        """A page of the servers and how many there are in all. `sort`: (column, descending)."""
        conditions, values = ["1"], list[object]()
        if tag is not None:
            condition, of_tag = tag.to_sql()
            conditions.append(condition)
            values += of_tag
        if search is not None:
            conditions.append("instr(search, ?)")
            values.append(search.lower())
        for column, wanted in (("building", building), ("deleting", deleting)):
            if wanted is not None:
                conditions.append(f"{column} = ?")
                values.append(wanted)
        where = " AND ".join(conditions)
        total = self._value(f"SELECT count(*) FROM servers WHERE {where}", values)  # noqa: S608
        rows = self._rows(
            f"SELECT record FROM servers WHERE {where}"  # noqa: S608
            f" ORDER BY {order_by(sort, SORTABLE_SERVERS)}id LIMIT ? OFFSET ?",
            [*values, limit, offset],
        )
        return [json.loads(row[0]) for row in rows], total

    def count_building(self) -> int:
        """How many servers are being built."""
        return cast("int", self._value("SELECT count(*) FROM servers WHERE building"))

    def sum_resources(self) -> dict[str, int]:
        """Cores, memory (GB) and disk (GB) of all servers together."""
        row = self._rows("SELECT sum(cores), sum(memory), sum(disk) FROM servers")[0]
        return {"cores": row[0] or 0, "memory": row[1] or 0, "disk": row[2] or 0}

    def list_schedules(self) -> list[tuple[str, int, str]]:
        """Hostname, frequency and first run of every schedule."""
        rows = self._rows(
            "SELECT hostname, frequency, next_run FROM servers"
            " WHERE frequency IS NOT NULL ORDER BY id"
        )
        return [(row[0], row[1], row[2]) for row in rows]

    def count_addon(self, name: str) -> int:
        """How many of an addon all servers have together."""
        rows = self._rows(
            "SELECT sum(json_extract(addon.value, '$.count'))"
            " FROM servers, json_each(record, '$.addons') AS addon"
            " WHERE json_extract(addon.value, '$.name') = ?",
            (name,),
        )
        return cast("int", rows[0][0] or 0)

    # Tasks

    def add_task(self, task: TaskRecord) -> int:
        """Adds a task; returns its id."""
        cursor = self._db.execute(
            "INSERT INTO tasks (action, username, hostname, status, error_message, created_at, due,"
            " server_id, effect, payload, failure) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                task["action"],
                task["username"],
                task["hostname"],
                task["status"],
                task["error_message"],
                task["created_at"],
                task["due"],
                task["server_id"],
                task["effect"],
                json.dumps(task["payload"]),
                task["failure"],
            ),
        )
        return cast("int", cursor.lastrowid)

    def end_task(
        self, task_id: int, *, status: str, hostname: str | None, error_message: str | None
    ) -> None:
        """Marks a task as done or failed."""
        self._db.execute(
            "UPDATE tasks SET status = ?, hostname = ?, error_message = ? WHERE id = ?",
            (status, hostname, error_message, task_id),
        )

    def set_task_due(self, task_id: int, due: str | None) -> None:
        """Sets the time at which a task ends; None: never by itself."""
        self._db.execute("UPDATE tasks SET due = ? WHERE id = ?", (due, task_id))

    def remove_task(self, task_id: int) -> None:
        """Forgets a task."""
        self._db.execute("DELETE FROM tasks WHERE id = ?", (task_id,))

    def is_task_due(self, now: str) -> bool:
        """Whether the moment of any running task has passed."""
        return bool(
            self._value(
                "SELECT EXISTS (SELECT 1 FROM tasks WHERE status = 'processing' AND due <= ?)",
                (now,),
            )
        )

    def list_due_tasks(self, now: str) -> list[TaskRecord]:
        """Running tasks whose moment has passed, in the order of their moments."""
        rows = self._rows(
            f"SELECT {_TASK_COLUMNS} FROM tasks WHERE status = 'processing' AND due <= ?"  # noqa: S608
            " ORDER BY due, id",
            (now,),
        )
        return [_task(row) for row in rows]

    def find_task(self, task_id: int) -> TaskRecord | None:
        """A task by its id."""
        rows = self._rows(f"SELECT {_TASK_COLUMNS} FROM tasks WHERE id = ?", (task_id,))  # noqa: S608
        return _task(rows[0]) if rows else None

    def find_running_task(self, server_id: int) -> TaskRecord | None:
        """The task that is running on a server, if any."""
        rows = self._rows(
            f"SELECT {_TASK_COLUMNS} FROM tasks"  # noqa: S608
            " WHERE server_id = ? AND status = 'processing'",
            (server_id,),
        )
        return _task(rows[0]) if rows else None

    def list_tasks(
        self,
        *,
        hostname: str | None = None,
        action: str | None = None,
        status: str | None = None,
        search: str | None = None,
        sort: Sequence[tuple[str, bool]] = (),
        limit: int,
        offset: int,
    ) -> list[TaskRecord]:
        """A page of the tasks, newest first unless sorted otherwise."""
        conditions, values = ["1"], list[object]()
        for column, wanted in (("hostname", hostname), ("action", action), ("status", status)):
            if wanted is not None:
                conditions.append(f"{column} = ?")
                values.append(wanted)
        if search is not None:
            conditions.append(
                "instr(lower(coalesce(hostname, '') || char(10) || coalesce(error_message, '')), ?)"
            )
            values.append(search.lower())
        rows = self._rows(
            f"SELECT {_TASK_COLUMNS} FROM tasks WHERE {' AND '.join(conditions)}"  # noqa: S608
            f" ORDER BY {order_by(sort, SORTABLE_TASKS)}id DESC LIMIT ? OFFSET ?",
            [*values, limit, offset],
        )
        return [_task(row) for row in rows]

    # Addresses

    def add_address(
        self, *, subnet_id: int, offset: int, ip: str, server_id: int, adapter_id: str, now: str
    ) -> int:
        """Gives an address of a subnet to a server; returns the address's id."""
        cursor = self._db.execute(
            "INSERT INTO addresses (subnet_id, offset, ip, server_id, adapter_id, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (subnet_id, offset, ip, server_id, adapter_id, now),
        )
        return cast("int", cursor.lastrowid)

    def find_next_offset(self, subnet_id: int, first: int) -> int:
        """The place after the highest one in use of a subnet; `first` in an unused one."""
        highest = self._value("SELECT max(offset) FROM addresses WHERE subnet_id = ?", (subnet_id,))
        return first if highest is None else cast("int", highest) + 1

    def find_gap(self, subnet_id: int, first: int) -> int:
        """The lowest place in a subnet, from `first` on, that no server has."""
        rows = self._rows(
            "SELECT offset FROM addresses WHERE subnet_id = ? ORDER BY offset", (subnet_id,)
        )
        place = first
        for (taken,) in rows:
            if taken > place:
                break
            place = taken + 1
        return place

    def list_addresses(self, subnet_id: int | None = None) -> list[Entry]:
        """The addresses in use, of one subnet or of all, with their servers' hostnames."""
        where, values = ("WHERE subnet_id = ?", [subnet_id]) if subnet_id is not None else ("", [])
        names = ("id", "subnet_id", "ip", "server_id", "adapter_id", "created_at", "hostname")
        rows = self._rows(
            "SELECT a.id, a.subnet_id, a.ip, a.server_id, a.adapter_id, a.created_at, s.hostname"  # noqa: S608
            f" FROM addresses AS a JOIN servers AS s ON s.id = a.server_id {where} ORDER BY a.id",
            values,
        )
        return [dict(zip(names, row, strict=True)) for row in rows]

    # Tags, tokens, counters

    def canonical_tag(self, name: str) -> str:
        """The account's spelling of a tag: the first one that was ever used."""
        self._db.execute("INSERT OR IGNORE INTO tags VALUES (?)", (name,))
        return cast("str", self._value("SELECT name FROM tags WHERE name = ?", (name,)))

    def list_tags(self) -> list[str]:
        """Every tag of the account."""
        return [row[0] for row in self._rows("SELECT name FROM tags ORDER BY name")]

    def add_token(self, digest: str, client: str, expires_at: str) -> None:
        """Remembers a token by its digest."""
        self._db.execute("INSERT INTO tokens VALUES (?, ?, ?)", (digest, client, expires_at))

    def forget_tokens(self) -> None:
        """Makes every token void."""
        self._db.execute("DELETE FROM tokens")

    def find_client(self, digest: str, now: str) -> str | None:
        """The client that a token was given to, unless it has expired."""
        return cast(
            "str | None",
            self._value(
                "SELECT client FROM tokens WHERE digest = ? AND expires_at > ?", (digest, now)
            ),
        )

    def count_up(self, name: str, first: int) -> int:
        """The next number of a counter; a number never comes twice."""
        return cast(
            "int",
            self._value(
                "INSERT INTO counters VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
                (name, first),
            ),
        )

    def set_counter(self, name: str, value: int) -> None:
        """Makes this the last number that a counter has given."""
        self._db.execute("INSERT OR REPLACE INTO counters VALUES (?, ?)", (name, value))


_TABLES = (
    "catalogue", "servers", "tasks", "addresses", "tags", "tokens", "counters",
    "subscriptions", "account_addons", "invoices",
)  # fmt: skip


def _statements(script: str) -> list[str]:
    bare = "\n".join(line.split("--")[0] for line in script.splitlines())
    return [statement for statement in bare.split(";") if statement.strip()]


def _record(text: str | None) -> ServerRecord | None:
    return None if text is None else cast("ServerRecord", json.loads(text))


def _task(row: tuple[Any, ...]) -> TaskRecord:
    names = _TASK_COLUMNS.split(", ")
    task = dict(zip(names, row, strict=True))
    task["payload"] = json.loads(task["payload"])
    return cast("TaskRecord", task)


def _search_text(server: ServerRecord) -> str:
    addresses = (
        str(address["ip"]) for adapter in server["adapters"] for address in adapter["ip_addresses"]
    )
    words = [server["hostname"], server["os_name"], *addresses, *server["tags"]]
    return "\n".join(words).lower()
