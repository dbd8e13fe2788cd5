"""Pages of lists: which rows a request gets, and what the answer says about the others.

The document does not say how its lists are paged: each reading is an option, and so are those of
APIs that do it in another way. What is in a list belongs to the handlers.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from math import ceil
from typing import Any
from urllib.parse import urlencode

from ccloud_apply.sandbox.http.call import Call
from ccloud_apply.sandbox.http.document import Endpoint
from ccloud_apply.sandbox.http.errors import Invalid, Refusal
from ccloud_apply.sandbox.options import SandboxOptions

JSON = dict[str, Any]

BY_CURSOR = ("cursor", "token")
"""Readings in which the next page is asked for by what this one says."""

BY_PAGE = ("meta", "links", "bare")


def read_page(call: Call, *, has_numbers: bool = False) -> tuple[int, int]:
    """Page number and page size; a limit above the maximum counts as the maximum.

    A list that `has_numbers` knows `page` under every reading: it has no wrapper for a cursor.
    """
    options = call.options
    limit = min(int(call.query.get("limit", options.page_limit)), options.max_page_limit)
    if has_numbers or options.pagination in BY_PAGE:
        page = call.query.get("page", "1")
    else:
        page = _read_cursor(call.query) if options.pagination in BY_CURSOR else "1"
    return (int(page) if page.isdecimal() and len(page) < 9 else 1) or 1, limit


def show_page(call: Call, path: str, data: list[JSON], *, total: int) -> JSON:
    """A page of `total` entries, with the page metadata that the options want.

    Oddity: docs/reference/api-oddities.md, "`GET /ccloud/servers`".
    """
    style = call.options.pagination
    page, limit = read_page(call)
    last = max(1, ceil(total / limit))
    if style in ("bare", "ignored"):
        return {"data": data}
    if style == "token":
        cursor = _write_cursor(page + 1) if page < last else None
        return {"data": data, "has_more": page < last, "next_cursor": cursor}
    url = f"{call.base_url}{path}"
    name = "cursor" if style == "cursor" else "page"
    others = {key: value for key, value in call.query.items() if key != name}

    def link(number: int) -> str | None:
        place = _write_cursor(number) if style == "cursor" else number
        return f"{url}?{urlencode({**others, name: place})}" if 1 <= number <= last else None

    if style == "cursor":
        links = {"first": None, "last": None, "prev": link(page - 1), "next": link(page + 1)}
        return {"data": data, "links": links, "meta": {"path": url, "per_page": limit}}
    answer: JSON = {
        "data": data,
        "links": {"first": link(1), "last": link(last), "prev": link(page - 1)},
    }
    answer["links"]["next"] = link(page + 1)
    if style == "meta":
        first = (page - 1) * limit + 1 if data else None
        answer["meta"] = {
            "current_page": page,
            "from": first,
            "last_page": last,
            "path": url,
            "per_page": limit,
            "to": first + len(data) - 1 if first else None,
            "total": total,
        }
    return answer


def page_of_all(call: Call, endpoint: Endpoint, rows: Any) -> Any:
    """A list that the document shows whole: as it is, or a page of it in a wrapper, if the options
    want that."""
    is_whole = endpoint.operation_id.startswith("list_") and "page" not in endpoint.query_schemas
    if not call.options.wrapped_lists or not is_whole or not isinstance(rows, list):
        return rows
    page, limit = read_page(call)
    shown = rows[(page - 1) * limit : page * limit]
    return show_page(call, endpoint.path.format(**call.path), shown, total=len(rows))


def check_parameters(options: SandboxOptions, query: Mapping[str, str]) -> None:
    """Raises Invalid or Refusal for `limit` and `sort` where the options refuse them."""
    for name, status in (("limit", options.refused_limit), ("sort", options.refused_sort)):
        if status is None or name not in query:
            continue
        if status == 422:
            raise Invalid({name: f"The selected {name} is invalid."})
        message = "Server Error" if status == 500 else "Bad Request"
        raise Refusal(status, {"message": message})


def _write_cursor(page: int) -> str:
    return urlsafe_b64encode(f"page:{page}".encode()).decode()


def _read_cursor(query: Mapping[str, str]) -> str:
    try:
        return urlsafe_b64decode(query.get("cursor", "")).decode().removeprefix("page:")
    except ValueError:
        return "1"
