"""What is no server and no task, such as catalogues and prices, from the product's emulator."""

import httpx

from ccloud_apply.sandbox.app import SandboxOptions, create_app

_PLACE = "http://sandbox"
_HEADERS = {"Authorization": "Bearer sandbox-benchmark", "Accept": "application/json"}


class Emulated:
    """An emulator without a server of its own."""

    def __init__(self) -> None:
        app = create_app(SandboxOptions(seed="empty"))
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url=_PLACE, headers=_HEADERS
        )

    async def answer(self, method: str, target: str, body: bytes) -> tuple[int, bytes]:
        """The status and the JSON that a request gets."""
        kind = {"Content-Type": "application/json"} if body else {}
        answer = await self._client.request(method, target, content=body, headers=kind)
        return answer.status_code, answer.content
