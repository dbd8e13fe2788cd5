"""Chapter Server Resize: cores and memory."""

from typing import Any

from ccloud_apply.sandbox.http.call import Call, read_idle_server
from ccloud_apply.sandbox.http.errors import Invalid
from ccloud_apply.sandbox.rules.admission import check_limits, check_range
from ccloud_apply.sandbox.rules.tasks import RESIZE_S, start_task
from ccloud_apply.sandbox.state.record import ServerRecord


async def resize_server_memory(call: Call) -> dict[str, Any]:
    """Changes the memory, in GB."""
    server = read_idle_server(call)
    memory = call.body["memory"]
    _refuse(check_range("memory", memory, 1, call.options.max_memory_gb), "memory")
    _refuse_limits(check_limits(call, memory=memory - server["memory"]))
    return _resize(call, server, {"memory": memory})


async def resize_server_cores(call: Call) -> dict[str, Any]:
    """Changes the number of cores."""
    server = read_idle_server(call)
    cores = call.body["cores"]
    _refuse(check_range("cores", cores, 1, call.options.max_cores), "cores")
    _refuse_limits(check_limits(call, cores=cores - server["cores"]))
    return _resize(call, server, {"cores": cores})


def _resize(call: Call, server: ServerRecord, payload: dict[str, object]) -> dict[str, Any]:
    if call.options.resize_needs_off and server["state"] == "Running":
        raise Invalid({"hostname": "The server must be off to be resized."})
    task = start_task(
        call, server, action="resize-server", effect="set_fields", seconds=RESIZE_S, payload=payload
    )
    return {"id": task}


def _refuse(text: str | None, field: str) -> None:
    if text:
        raise Invalid({field: text})


def _refuse_limits(errors: dict[str, str]) -> None:
    if errors:
        raise Invalid(errors)
