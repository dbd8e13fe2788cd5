"""Servers as the embedded API has them, past the product's own code."""

from contextlib import closing
from typing import Any

from ccloud_apply.sandbox.state.record import ServerRecord
from ccloud_apply.sandbox.state.store import Store


def read_server(env: dict[str, str], hostname: str) -> ServerRecord:
    """The server of this hostname, which is there."""
    with closing(Store(env["CCLOUD_SANDBOX_DB"])) as store:
        server = store.find_server(hostname)
        assert server is not None
        return server


def read_tagged(env: dict[str, str], tag: str) -> list[ServerRecord]:
    """The servers that carry this tag."""
    with closing(Store(env["CCLOUD_SANDBOX_DB"])) as store:
        return [server for server in store.all_servers() if tag in server["tags"]]


def change_server(env: dict[str, str], hostname: str, **facts: Any) -> None:
    """Somebody, or the platform, has changed what the account shows of the server."""
    server = read_server(env, hostname)
    with closing(Store(env["CCLOUD_SANDBOX_DB"])) as store, store.transaction(write=True):
        store.write_server({**server, **facts})  # type: ignore[typeddict-item]
