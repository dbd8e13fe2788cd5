"""Answers that say something else of a server than the platform knows: other values, or none.

The platform itself is untouched: it keeps its values and goes by them.
"""

import json
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from starlette.responses import JSONResponse, Response

from ccloud_apply.sandbox.faults.plan import Fault


def tell(response: Response, fault: Fault, hostname: str | None) -> Response:
    """The same answer with what the fault tells of the servers that fit, or leaves out of them.

    `hostname` is the server that the request is about, if it is about one.
    """
    if response.status_code != 200 or not isinstance(response, JSONResponse):
        return response
    content = json.loads(bytes(response.body))
    wanted = fault.settings.get("server", "*")
    if hostname is not None:
        if not fnmatchcase(hostname, wanted):
            return response
        wanted = "*"
    rows = content.get("data") if isinstance(content, dict) else None
    if not isinstance(rows, list):
        rows = content if isinstance(content, list) else [content]
    for row in rows:
        if isinstance(row, dict) and _fits(row, wanted):
            _change(row, fault)
    return JSONResponse(content, headers=_other_headers(response))


def _other_headers(response: Response) -> Mapping[str, str]:
    own = ("content-length", "content-type")
    return {name: value for name, value in response.headers.items() if name not in own}


def _fits(row: Mapping[str, Any], wanted: str) -> bool:
    names = (str(row.get(name) or "") for name in ("hostname", "custom_name"))
    return wanted == "*" or any(fnmatchcase(name, wanted) for name in names)


def _change(row: dict[str, Any], fault: Fault) -> None:
    if fault.kind == "lacks":
        for path in fault.value:
            *outer, last = path.split(".")
            _find(row, outer).pop(last, None)
    else:
        for path, value in fault.value.items():
            *outer, last = path.split(".")
            _find(row, outer)[last] = value


def _find(row: dict[str, Any], path: Sequence[str]) -> dict[str, Any]:
    """The object at the path, made where there is none."""
    for name in path:
        inner = row.get(name)
        if not isinstance(inner, dict):
            inner = row[name] = {}
        row = inner
    return row
