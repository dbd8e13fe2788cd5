"""An account behind a scripted network whose server list has pages, and a filter that may fail."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx

from tests.support.scripted_network import reply, server

Filter = Literal["exact", "ignored", "substring", "any-case", "refused", "others", "broken"]
Told = Literal["meta", "total", "nothing"]

CATALOGUES: dict[str, Any] = {
    "/ccloud/os": [{"image": "debian12_uefi", "name": "Linux Debian 12", "min_disk": "5"}],
    "/ccloud/pools": [{"name": "pool_iw_ssd", "pool": "pool_iw_ssd", "is_active": True}],
    "/ccloud/customers/scheduled": [],
}


@dataclass
class PagedAccount:
    """Answers for an account of these rows: `page_size` rows a page at most.

    `filter` is how `tag` works: `others` shows the servers without the tag, `broken` answers what
    is no list, `refused` refuses it. `hidden` are the ids that the filter leaves out all the same.
    `told` is what a page says of the rest. `requests` are the queries of the list.
    """

    rows: list[dict[str, Any]]
    page_size: int = 2
    filter: Filter = "exact"
    hidden: Collection[int] = ()
    told: Told = "meta"
    limited: dict[str, Any] | None = None
    requests: list[dict[str, str]] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/v1")
        if path == "/ccloud/servers":
            return self._list(dict(request.url.params))
        if path == "/ccloud/resource-info":
            return reply(body=self.limited or {"resources_limited": False})
        if path in CATALOGUES:
            return reply(body=CATALOGUES[path])
        if path.endswith("/disks"):
            return reply(body=[{"id": "sc0s0", "size": 50}])
        if path.endswith("/state"):
            return reply(body={"state": "Running"})
        return reply(body=[])

    def _list(self, query: dict[str, str]) -> httpx.Response:
        self.requests.append(query)
        tag = query.get("tag")
        if tag is not None and self.filter == "refused":
            return reply(422, {"message": "no", "errors": {"tag": "unknown"}})
        if tag is not None and self.filter == "broken":
            return reply(body={"message": "soon"})
        rows = self.rows if tag is None else [row for row in self.rows if self._has(row, tag)]
        size = min(self.page_size, int(query.get("limit", 25)))
        page = int(query.get("page", 1))
        body: dict[str, Any] = {"data": rows[(page - 1) * size : page * size]}
        if self.told == "meta":
            last = max(1, -(-len(rows) // size))
            body["meta"] = {"current_page": page, "last_page": last, "total": len(rows)}
        elif self.told == "total":
            body["meta"] = {"total": len(rows)}
        return reply(body=body)

    def _has(self, row: dict[str, Any], tag: str) -> bool:
        if row["id"] in self.hidden:
            return False
        if self.filter == "ignored":
            return True
        if self.filter == "substring":
            return any(tag in own for own in row["tags"])
        if self.filter == "any-case":
            return tag.lower() in [own.lower() for own in row["tags"]]
        return (tag in row["tags"]) != (self.filter == "others")

    @property
    def asked(self) -> list[tuple[str, str]]:
        """Tag and page of each request for servers, in a fixed order."""
        return sorted((one.get("tag", ""), one.get("page", "1")) for one in self.requests)


def owned(number: int, stack: str, key: str, **fields: Any) -> dict[str, Any]:
    """A row of a server of this stack, as `builders.COMPLETE` declares it."""
    tags = [f"stack:{stack}", f"server:{key}", *fields.pop("tags", ())]
    return plain(number, tags=tags, **{"custom_name": f"{stack}-{key}", **fields})


def plain(number: int, **fields: Any) -> dict[str, Any]:
    """A row of a server of nobody."""
    data = {"cores": 2, "memory": 4, "disk": 50, "pool": "pool_iw_ssd", "type": "unmanaged"}
    data |= {"os_name": "Linux Debian 12", "addons": [], **fields.pop("data", {})}
    return {**server(number), "data": data, "customer_id": "K1", **fields}
