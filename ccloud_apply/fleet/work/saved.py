"""Plans as the tables keep them: the plan file as the product writes it, and whether a new plan is
the same. Pure."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ccloud_apply.fleet.store.statements.plans import PlanRow
from ccloud_apply.model.documents.encode import encode_value
from ccloud_apply.model.documents.saved_plan import decode_saved_plan, encode_saved_plan
from ccloud_apply.model.results.plan import DESTRUCTIVE, Action, Plan
from ccloud_apply.plan.fingerprint import compare_plans, find_left_out
from ccloud_apply.plan.kinds import with_kinds_in
from ccloud_apply.plan.windows.again import CODES
from ccloud_apply.render.lib.json_text import dump_json

CAPS = frozenset({"too-many-destroyed"})
"""The codes of what `approve --allow-destroy` lifts."""


def encode_plan_document(plan: Plan, *, key: str | None = None) -> tuple[str, str]:
    """The digest and the text of the plan file. With a `key` it is signed."""
    paths = [stack.path for stack in plan.stacks]
    document = encode_saved_plan(plan, paths=paths, options={}, key=key)
    digest: str = document["digest"]
    return digest, dump_json(document)


def decode_plan_document(text: str, *, key: str | None = None) -> Plan:
    """The plan in a document of the tables. Raises CodecError for one that was edited or damaged,
    and with a `key` for one that is not signed with it."""
    return with_kinds_in(decode_saved_plan(json.loads(text), key=key).plan)


def count_ending(stack: Mapping[str, Any]) -> int:
    """How many servers of a stack in a document end or lose data: what a cap counts."""
    ending = {action.value for action in (*DESTRUCTIVE, Action.RETIRE)}
    return sum(
        server["action"] in ending
        or any(change.get("destructive") for change in server.get("changes", ()))
        for server in stack["servers"]
    )


def encode_cost(plan: Plan) -> str | None:
    """What the stack costs before and after, as JSON; None if nobody asked."""
    cost = plan.stacks[0].cost if plan.stacks else None
    return None if cost is None else json.dumps(encode_value(cost))


def is_same_plan(saved: Plan, fresh: Plan) -> bool:
    """True if both would do the same to the same servers, and are held by the same."""
    return (
        not compare_plans(saved, fresh)
        and not find_left_out(saved, fresh)
        and _held_codes(saved) == _held_codes(fresh)
    )


def _held_codes(plan: Plan) -> list[tuple[str, str]]:
    return sorted((one.code, one.where) for one in plan.held if one.code not in CODES)


def is_rest(saved: Plan, fresh: Plan) -> bool:
    """True if all that the fresh plan would do is a part of what the saved one would: what is left
    of it, after a part of it was done."""
    return _steps(fresh) <= _steps(saved)


def _steps(plan: Plan) -> Counter[str]:
    """What would be sent, but for where to: a server that was created meanwhile has a name now."""
    return Counter(
        json.dumps([stack.stack, step.server, step.operation_id, encode_value(step.body)])
        for stack in plan.stacks
        for step in stack.steps
    )


def lift(plan: Plan, row: PlanRow) -> Plan:
    """The saved plan without what is judged anew when it is applied: windows and freezes always,
    and the cap on destroyed servers where the approval says another number."""
    lifted = CODES | (CAPS if row.allow_destroy is not None else frozenset())
    stacks = (
        replace(stack, held=tuple(one for one in stack.held if one.code not in lifted))
        for stack in plan.stacks
    )
    return replace(plan, stacks=tuple(stacks))
