"""A desk at which tests talk to the emulator: in process, with a clock moved by hand.

Every reply is held against the API document before a test sees it.
"""

import asyncio
from functools import lru_cache
from typing import Any

import httpx
import jsonschema_rs

from ccloud_apply.sandbox.app import create_app
from ccloud_apply.sandbox.clock import ManualClock
from ccloud_apply.sandbox.http.document import read_document, resolve
from ccloud_apply.sandbox.options import SandboxOptions
from ccloud_apply.schemas import read_schema

ACTIONS_WITHOUT_A_NAME = [
    "redeploy-server",
    "create-snapshot",
    "restore-snapshot",
    "rename-snapshot",
    "delete-snapshot",
    "add-dvd",
    "set-dvd",
    "delete-dvd",
    "set-bootorder",
]
"""Tasks that the document has no action for: the emulator's own words."""

WITHOUT_A_SCHEMA = ("get_translations", "get_config")
"""The document says no more of them than that they succeed; the emulator answers JSON."""

ORDER: dict[str, Any] = {
    "pool": "pool_iw_ssd",
    "type": "unmanaged",
    "image": "debian12_uefi",
    "cores": 2,
    "memory": 4,
    "disks": [50],
}
HEADERS = {"Accept": "application/json", "Authorization": "Bearer sandbox-test"}


class Desk:
    """One emulator and its clock."""

    def __init__(self, **options: Any) -> None:
        self.clock: ManualClock = options.pop("clock", None) or ManualClock()
        self.app = create_app(SandboxOptions(clock=self.clock, **options))
        self.store = self.app.state.sandbox.store

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        content: bytes | None = None,
        checked: bool = True,
    ) -> httpx.Response:
        """One request; its reply, checked against the document."""
        extra: dict[str, Any] = {"content": content} if content is not None else {"json": body}
        if body is None and content is None:
            extra = {}

        async def talk() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://sandbox/api/v1"
            ) as http:
                return await http.request(
                    method, path, headers=HEADERS if headers is None else headers, **extra
                )

        response = asyncio.run(talk())
        if checked:
            check_reply(method, path.split("?")[0], response)
        return response

    def get(self, path: str) -> Any:
        """The value of a GET that succeeds."""
        return self.done("GET", path)

    def done(self, method: str, path: str, body: Any = None) -> Any:
        """The value of a request that succeeds; None for 204."""
        response = self.send(method, path, body)
        assert response.is_success, (method, path, response.status_code, response.text)
        return response.json() if response.content else None

    def refused(self, method: str, path: str, body: Any = None) -> dict[str, str]:
        """The field errors of a request that is refused with 422."""
        response = self.send(method, path, body)
        assert response.status_code == 422, (response.status_code, response.text)
        errors: dict[str, str] = response.json()["errors"]
        return errors

    def run(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """The finished task that a request started."""
        answer = self.done(method, path, body)
        task_id = answer[0]["id"] if isinstance(answer, list) else answer["id"]
        self.clock.advance(120)
        task: dict[str, Any] = self.get(f"/ccloud/tasks/{task_id}")
        assert task["status"] != "processing"
        return task

    def create(self, **changes: Any) -> str:
        """The hostname of a new, running server."""
        return str(self.run("POST", "/ccloud/servers", {**ORDER, **changes})["hostname"])

    def server(self, hostname: str) -> dict[str, Any]:
        """A server as the API shows it."""
        server: dict[str, Any] = self.get(f"/ccloud/servers/{hostname}")
        return server


def check_reply(method: str, path: str, response: httpx.Response) -> None:
    """Holds a reply against what the document has for its status: media type and schema."""
    endpoints, _ = read_document().match(path)
    if method not in endpoints or response.status_code == 302:
        return
    operation_id, status = endpoints[method].operation_id, str(response.status_code)
    media = response.headers.get("content-type", "")
    if operation_id in WITHOUT_A_SCHEMA and status == "200":
        assert media == "application/json"
        return
    documented, schema = _reply_schema(operation_id, status)
    assert media == documented, (method, path, media)
    if schema is not None:
        errors = [f"{e.instance_path}: {e.message}" for e in schema.iter_errors(response.json())]
        assert not errors, (method, path, errors)
    elif not media:
        assert response.content == b"", "a body where the document has none"


@lru_cache(maxsize=256)
def _reply_schema(operation_id: str, status: str) -> tuple[str, Any]:
    """The documented media type, "" for none, and a validator where it has a schema."""
    raw = read_schema("ccloud-api.openapi.json")
    endpoint = read_document().endpoints[operation_id]
    operation = raw["paths"][endpoint.path][endpoint.method.lower()]
    assert status in operation["responses"], f"{operation_id} does not document {status}"
    content = resolve(raw, operation["responses"][status]).get("content", {"": {}})
    media = "application/json" if "application/json" in content else next(iter(content))
    if "schema" not in content[media]:
        return media, None
    schema = name_actions(content[media]["schema"])
    return media, jsonschema_rs.validator_for(schema, validate_formats=True)


def name_actions(value: Any) -> Any:
    if isinstance(value, list):
        known = "create-server" in value
        return [*value, *ACTIONS_WITHOUT_A_NAME] if known else [name_actions(v) for v in value]
    if isinstance(value, dict):
        return {name: name_actions(item) for name, item in value.items()}
    return value
