"""Chapters Server State and Console: power state, and the URL of the console."""

import secrets
from typing import Any

from ccloud_apply.sandbox.http.call import Call, read_idle_server, read_server
from ccloud_apply.sandbox.http.errors import Invalid
from ccloud_apply.sandbox.rules.tasks import RESTART_S, SHUTDOWN_S, START_S, STOP_S, start_task

# action in the path: states it needs, state it leads to, action of its task, seconds
_CHANGES = {
    "start": (("Off", "Paused", "Saved"), "Running", "start-server", START_S),
    "stop": (("Running", "Paused"), "Off", "stop-server", STOP_S),
    "shutdown": (("Running",), "Off", "stop-server", SHUTDOWN_S),
    "shutdown-force": (("Running",), "Off", "stop-server", STOP_S),
    "reset": (("Running",), "Running", "restart-server", RESTART_S),
}


async def get_server_state(call: Call) -> dict[str, Any]:
    """Running or Off; another one only where a fault has brought the server into it.

    Oddity: docs/reference/api-oddities.md, "`GET .../state`".
    """
    return {"state": read_server(call)["state"]}


async def change_server_state(call: Call) -> dict[str, Any]:
    """Starts, stops or resets a server; refused in the wrong state."""
    server = read_idle_server(call)
    action = call.path["action"]
    needs, leads_to, task_action, seconds = _CHANGES[action]
    if server["state"] not in needs:
        raise Invalid(
            {"action": f"The action {action} is not possible: the server is {server['state']}."}
        )
    task = start_task(
        call,
        server,
        action=task_action,
        effect="set_fields",
        seconds=seconds,
        payload={"state": leads_to},
    )
    return {"id": task}


async def get_server_console(call: Call) -> dict[str, Any]:
    """A new URL of the server's console; nothing is served there."""
    server = read_server(call)
    key = secrets.token_urlsafe(16)
    return {"url": f"https://console.sandbox.example/{server['hostname']}?key={key}"}
