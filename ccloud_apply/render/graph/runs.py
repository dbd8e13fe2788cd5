"""The names of many servers in few words: `web-1 … web-180` stands for every number between."""

import re
from collections.abc import Sequence
from itertools import pairwise

_NUMBERED = re.compile(r"(.*?)([0-9]{1,9})", re.DOTALL | re.ASCII)
_SHORTEST_RUN = 3


def find_runs(keys: Sequence[str]) -> list[str]:
    """The keys in their order; three and more that count on by one are a run, `first … last`."""
    runs: list[list[str]] = []
    for before, key in pairwise(("", *keys)):
        if runs and _count_on(before) == key:
            runs[-1].append(key)
        else:
            runs.append([key])
    return [text for run in runs for text in _show(run)]


def _count_on(key: str) -> str | None:
    """The next key: `web-10` after `web-9`, `web-010` after `web-009`."""
    found = _NUMBERED.fullmatch(key)
    if found is None:
        return None
    return f"{found[1]}{int(found[2]) + 1:0{len(found[2])}}"


def _show(run: list[str]) -> list[str]:
    return run if len(run) < _SHORTEST_RUN else [f"{run[0]} … {run[-1]}"]
