"""Chapter Servers: list, create, read, delete; a server's tasks and password."""

from typing import Any

from ccloud_apply.sandbox.handlers.account.tasks import list_page
from ccloud_apply.sandbox.http.call import Call, cut_text, read_idle_server, read_server
from ccloud_apply.sandbox.http.errors import Invalid
from ccloud_apply.sandbox.http.paging import read_page, show_page
from ccloud_apply.sandbox.rules.admission import check_order
from ccloud_apply.sandbox.rules.building import build_server
from ccloud_apply.sandbox.rules.tasks import CREATE_S, DELETE_S, EXTRA_DISK_S, start_task
from ccloud_apply.sandbox.state.record import ServerRecord
from ccloud_apply.sandbox.state.store import SORTABLE_SERVERS
from ccloud_apply.sandbox.state.tag_filter import TagFilter
from ccloud_apply.sandbox.state.view import read_flag, read_sort, show_server, tells_password


async def list_servers(call: Call) -> dict[str, Any]:
    """A page of the servers, by id unless sorted otherwise.

    A server is in the list from the moment that its create task was accepted.
    """
    page, limit = read_page(call)
    servers, total = call.store.list_servers(
        tag=_read_tag(call),
        search=call.query.get("search"),
        building=read_flag(call.query, "build_in_progress"),
        deleting=read_flag(call.query, "deletion_in_progress"),
        sort=read_sort(call, SORTABLE_SERVERS),
        limit=limit,
        offset=max(0, (page - 1) * limit + call.row_shift),
    )
    shown = [
        show_server(
            call,
            server,
            nameless=_is_nameless(call, server),
            memory_factor=_memory_factor(call, "list"),
        )
        for server in servers
    ]
    if call.has_newcomer and shown and len(shown) < min(limit, total - (page - 1) * limit):
        shown.append(_show_newcomer(shown[-1]))
    return show_page(call, "/ccloud/servers", shown, total=total)


def _read_tag(call: Call) -> TagFilter | None:
    """What `tag` asks for, as this platform reads it; None: no server is left out."""
    tag, how = call.query.get("tag"), call.options.tag_filter
    if tag is None or how == "ignored":
        return None
    if how == "refused":
        raise Invalid({"tag": "The tag field is prohibited."})
    return TagFilter(tag=tag, how=how)


async def create_server(call: Call) -> dict[str, Any]:
    """Starts the build of a server. Disks are in GB; the answer is only the task's id.

    Oddity: docs/reference/api-oddities.md, "`POST /ccloud/servers`" and "create answers only a
    task id".
    """
    errors = check_order(call, call.body)
    if errors:
        raise Invalid(errors)
    most = call.options.parallel_creates
    if call.store.count_building() >= most:
        # Which status the platform answers is not known.
        raise Invalid({"pool": f"No more than {most} servers can be created at the same time."})
    texts = {name: cut_text(call, call.body.get(name)) for name in ("custom_name", "description")}
    order = {**call.body, **texts}
    server = build_server(
        call.store, order, username=_email(call.username), now=call.stamp, building=True
    )
    seconds = CREATE_S + EXTRA_DISK_S * (len(server["disks"]) - 1)
    return {
        "id": start_task(
            call, server, action="create-server", effect="finish_build", seconds=seconds
        )
    }


async def get_server(call: Call) -> dict[str, Any]:
    """One server, with the flag of custom prices."""
    server = read_server(call)
    shown = show_server(call, server, memory_factor=_memory_factor(call, "server"))
    has_own = server.get("custom_price", False) or call.options.custom_prices
    return {**shown, "custom_price": has_own}


async def delete_server(call: Call) -> dict[str, Any]:
    """Starts a deletion; the body must repeat the hostname.

    Oddity: docs/reference/api-oddities.md, "`DELETE /ccloud/servers/{hostname}` wants a body".
    """
    server = read_idle_server(call)
    if call.body["hostname"] != server["hostname"]:
        raise Invalid({"hostname": "The hostname must match the server's hostname."})
    server["deleting"] = True
    call.store.write_server(server)
    return {
        "id": start_task(
            call, server, action="delete-server", effect="remove_server", seconds=DELETE_S
        )
    }


async def list_server_tasks(call: Call) -> list[dict[str, Any]]:
    """The tasks of one server, newest first."""
    return list_page(call, hostname=read_server(call)["hostname"])


async def get_server_password(call: Call) -> list[dict[str, Any]]:
    """The password that the server was deployed with; a list of one, or of none."""
    server = read_server(call)
    if not tells_password(call, server):
        return []
    server["is_password_told"] = True
    call.store.write_server(server)
    username = "Administrator" if server["ostype"] == "Windows" else "root"
    return [{"username": username, "password": server["password"]}]


def _show_newcomer(last: dict[str, Any]) -> dict[str, Any]:
    """A server of nobody's stack that was made while the list was read."""
    number = last["id"] + 1_000_000
    hostname = f"vs{number}"
    data = {**last["data"], "hostname": hostname}
    changes = {"id": number, "hostname": hostname, "custom_name": "newcomer", "tags": []}
    return {**last, **changes, "data": data}


def _is_nameless(call: Call, server: ServerRecord) -> bool:
    return server["building"] and not call.options.hostname_during_build


def _memory_factor(call: Call, answer: str) -> int:
    options = call.options
    is_plain = options.memory_unit_of not in ("both", answer)
    return 1 if is_plain else {"gb": 1, "mb": 1024, "bytes": 1024**3}[options.memory_unit]


def _email(username: str) -> str:
    # ServerData.username is an e-mail address; a token's client is none.
    return username if "@" in username else f"{username}@sandbox.example"
