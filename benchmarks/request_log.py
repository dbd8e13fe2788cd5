"""Requests as a server sees them, counted by what they ask for."""

from collections import Counter
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, urlsplit

PREFIX = "/api/v1"


def count_by_operation(targets: Sequence[str]) -> Mapping[str, int]:
    """Requests by method and path, with every name in it as `{}` and the kind of tag asked for."""
    counts: Counter[str] = Counter()
    for target in targets:
        method, _, rest = target.partition(" ")
        url = urlsplit(rest)
        parts = url.path.removeprefix(PREFIX).split("/")
        if parts[1:2] == ["ccloud"] and parts[2:3] in (["servers"], ["tasks"]) and len(parts) > 3:
            parts[3] = "{}"
        tag = dict(parse_qsl(url.query)).get("tag", "").partition(":")[0]
        counts[f"{method} {'/'.join(parts)}{f'?tag={tag}:' if tag else ''}"] += 1
    return dict(sorted(counts.items()))
