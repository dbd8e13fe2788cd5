"""Requests as a server sees them, counted by the operations that they are."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, urlsplit

from ccloud_apply.operations import OPERATIONS

PREFIX = "/api/v1"


def count_by_operation(targets: Sequence[str]) -> Mapping[str, int]:
    """Requests, each a method and a target, by operation. A list that is asked for by tag is
    counted by the kind of tag as well: `list_servers?tag=stack:`."""
    return dict(sorted(Counter(map(_name, targets)).items()))


def _name(target: str) -> str:
    method, _, rest = target.partition(" ")
    url = urlsplit(rest)
    path = url.path.removeprefix(PREFIX)
    names = [
        name for kind, pattern, name in _PATTERNS if kind == method and pattern.fullmatch(path)
    ]
    tag = dict(parse_qsl(url.query)).get("tag", "")
    asked = f"?tag={tag.partition(':')[0]}:" if tag else ""
    return f"{names[0] if names else f'{method} {path}'}{asked}"


def _compile(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)))


_PATTERNS = [
    (operation.method, _compile(operation.path), operation.id)
    for operation in sorted(OPERATIONS.values(), key=lambda operation: operation.path.count("{"))
]
"""The ones without names first: `/ccloud/servers/gpus` is not a server."""
