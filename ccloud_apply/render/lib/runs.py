"""The names of many servers in few words: `web-1 … web-180` stands for every number between."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from ccloud_apply.lazy_pattern import lazy_pattern

SHORTEST_RUN = 3

_NUMBERED = lazy_pattern(r"(.*?)([0-9]{1,40})", re.DOTALL | re.ASCII)

T = TypeVar("T")


def find_runs(keys: Sequence[str]) -> list[str]:
    """The keys in their order; three and more that count on by one are a run, `first … last`."""
    return [text for run in split_runs(keys, counts_on) for text in _show(run)]


def split_runs(items: Sequence[T], follows: Callable[[T, T, int], bool]) -> Iterator[Sequence[T]]:
    """The items in their order, in runs. `follows` says of the first item of a run and a later one
    whether that one is so many places after it."""
    begin = 0
    for end in range(1, len(items) + 1):
        if end == len(items) or not follows(items[begin], items[end], end - begin):
            yield items[begin:end]
            begin = end


def counts_on(first: str, text: str, distance: int) -> bool:
    """True if the text is so many numbers after the first: `web-10` is one after `web-9`, `web-010`
    one after `web-009`."""
    found = _NUMBERED.fullmatch(first)
    if found is None:
        return False
    return text == f"{found[1]}{int(found[2]) + distance:0{len(found[2])}}"


def _show(run: Sequence[str]) -> Sequence[str]:
    return run if len(run) < SHORTEST_RUN else [f"{run[0]} … {run[-1]}"]
