"""Judges a part of a plan again: what windows and freezes hold elsewhere does not count."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.results.plan import Plan, StackPlan
from ccloud_apply.plan.windows.hold import find_obstacles, hold_closed

CODES = frozenset({"outside-window", "in-freeze"})
"""Of what holds a plan for its time alone."""


def judge_again(stacks: Sequence[Stack], plan: Plan, moment: datetime) -> Plan:
    """The plan, held by windows and freezes for what is in it alone."""
    by_name = {stack.name: stack for stack in stacks}

    def judge(one: StackPlan) -> StackPlan:
        others = tuple(held for held in one.held if held.code not in CODES)
        if len(others) == len(one.held) or one.stack not in by_name:
            return one
        obstacles = find_obstacles(by_name[one.stack], one, moment)
        return replace(one, held=(*others, *hold_closed(one, obstacles)))

    return replace(plan, stacks=tuple(map(judge, plan.stacks)))
