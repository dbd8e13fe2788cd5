"""Chapter Server Actions: reinstall, custom name."""

from typing import Any

from ccloud_apply.sandbox.handlers.storage.disks import task_response
from ccloud_apply.sandbox.http.call import Call, cut_text, read_idle_server, read_settled_server
from ccloud_apply.sandbox.http.errors import Invalid
from ccloud_apply.sandbox.rules.admission import MAX_NAME, check_image
from ccloud_apply.sandbox.rules.tasks import REDEPLOY_S, start_task


async def redeploy_server(call: Call) -> dict[str, Any]:
    """Reinstalls the system disk; data disks, addresses and settings stay. No /ccloud in the path.

    Oddity: docs/reference/api-oddities.md, "addons, redeploy, subscription import/export,
    licenses".
    """
    server = read_idle_server(call)
    body = call.body
    text = check_image(call, body["image"], server)
    if text:
        raise Invalid({"image": text})
    image = call.store.read_entry("os", body["image"]) or {}
    payload = {
        "image": image["image"],
        "os_name": image["name"],
        "ostype": image["ostype"],
        "password": body.get("password", server["password"]),
    }
    # The document knows no task action for a redeploy.
    action = "redeploy-server"
    task = start_task(
        call, server, action=action, effect="redeploy", seconds=REDEPLOY_S, payload=payload
    )
    return task_response(task, action)


async def set_server_custom_name(call: Call) -> None:
    """Sets the name, or removes it. Accepts {"name": ...} and a plain JSON string.

    Oddity: the document's `name body string` can mean either.
    """
    server = read_settled_server(call)
    name = call.body.get("name") if isinstance(call.body, dict) else call.body
    if name is not None and not isinstance(name, str):
        raise Invalid({"name": "The name must be a string."})
    if name and len(name) > MAX_NAME:
        raise Invalid({"name": f"The name must not be greater than {MAX_NAME} characters."})
    server["custom_name"] = cut_text(call, name)
    call.store.write_server(server)
