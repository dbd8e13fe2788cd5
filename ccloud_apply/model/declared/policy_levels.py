"""Several policies that hold at once -> the one that a plan is held against: the strictest counts.

The levels are the project's, the environment's and the stack's own. A lower level can tighten what
a higher one says and never loosen it. What a policy does to a plan belongs to plan/.
"""

from collections.abc import Sequence
from typing import Any

from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.declared.stack import Policy

LEAST = ("max_destroy", "max_monthly_cost", "max_monthly_increase")
"""The rules of which the smallest number is the strictest."""

MOST = ("retire", "least_retire")
"""The rules of which the largest number is the strictest."""


def combine_policies(levels: Sequence[Policy]) -> Policy:
    """The strictest of all levels, rule by rule; `sources` names where each comes from.

    A number that no level says stays None. Tags that one level keeps are kept, the windows of each
    level that has any stay a group of their own, and every freeze counts. The currency is that of
    the first level that says one: `find_other_currency` tells whether they agree.
    """
    values: dict[str, Any] = {}
    sources: dict[str, SourceRange] = {}

    def take(name: str, level: Policy) -> None:
        values[name] = getattr(level, name)
        if name in level.sources:
            sources[name] = level.sources[name]

    for names, strictest in ((LEAST, min), (MOST, max)):
        for name in names:
            told = [level for level in levels if getattr(level, name) is not None]
            if told:
                take(name, strictest(told, key=lambda level: getattr(level, name)))
    for name in ("currency", "keep_tags"):
        first = next((level for level in levels if getattr(level, name)), None)
        if first is not None:
            take(name, first)
    values["keep_tags"] = tuple(dict.fromkeys(tag for one in levels for tag in one.keep_tags))
    values["windows"] = tuple(dict.fromkeys(own for one in levels for own in one.windows))
    values["freezes"] = tuple(dict.fromkeys(own for one in levels for own in one.freezes))
    tag_sources = {
        tag: source for one in reversed(levels) for tag, source in one.tag_sources.items()
    }
    return Policy(**values, sources=sources, tag_sources=tag_sources)


def find_other_currency(levels: Sequence[Policy]) -> tuple[Policy, Policy] | None:
    """The first two levels that name different currencies; None if they agree.

    Amounts of different currencies cannot be compared, so none of them would be the strictest.
    """
    told = [level for level in levels if level.currency is not None]
    for level in told[1:]:
        if level.currency != told[0].currency:
            return told[0], level
    return None
