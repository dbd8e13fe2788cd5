"""Which steps of a plan have to wait for a window, once it is being applied.

A step waits if what it begins belongs to a class that a window or a freeze is for. What follows on
one that has begun does not wait: the start after a shutdown, the create after a destroy.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from ccloud_apply.aspects.fields.snapshots.restore import RESTORE
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.stack import Policy, Stack
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.results.plan import Action, Plan, ServerPlan, StackPlan, Step
from ccloud_apply.plan.classes import windowed_classes_of
from ccloud_apply.plan.windows.closed import OVERRIDE_HINT, code_of, describe_closed
from ccloud_apply.plan.windows.schedule import is_allowed, select_rules

_REDEPLOY = "redeploy_server"

_WHOLE = frozenset({Action.CREATE, Action.REPLACE, Action.DESTROY, Action.RETIRE, Action.RESTORE})
"""The actions that are one thing: any step of them begins it, and then it is finished. All else is
several changes, each of which begins by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatedStep:
    """A step that may begin only while its stack's policy allows its classes.

    `after` are the steps, by id and with their classes, on which it follows: once one of them has
    begun, the step may happen at any time as far as the classes are the same.
    """

    policy: Policy
    classes: frozenset[str]
    after: Mapping[str, frozenset[str]]

    def find_closed(self, moment: datetime, begun: Collection[str] = ()) -> frozenset[str]:
        """The classes of what it begins that may not happen at the moment; `begun` are ids."""
        free = frozenset(name for id in begun for name in self.after.get(id, ()))
        return frozenset(
            name
            for name in self.classes - free
            if not is_allowed(select_rules(self.policy, (name,)), moment)
        )


def find_gated(stacks: Sequence[Stack], plan: Plan) -> Mapping[tuple[str, str], GatedStep]:
    """The steps of a plan that wait for windows, by stack and id."""
    policies = {stack.name: stack.policy for stack in stacks}
    return {
        (stack.stack, id): gated
        for stack in plan.stacks
        for id, gated in _find_in_stack(stack, policies.get(stack.stack, _FREE))
    }


_FREE = Policy()


def _find_in_stack(stack: StackPlan, policy: Policy) -> Iterator[tuple[str, GatedStep]]:
    if not policy.windows and not policy.freezes:
        return
    steps: dict[str, list[Step]] = {}
    for step in stack.steps:
        steps.setdefault(step.server, []).append(step)
    for server in stack.entries:
        ruled = frozenset(n for n in windowed_classes_of(server) if select_rules(policy, (n,)))
        if ruled:
            yield from _find_in_server(server, steps.get(server.key, ()), ruled, policy)


def _find_in_server(
    server: ServerPlan, steps: Sequence[Step], ruled: frozenset[str], policy: Policy
) -> Iterator[tuple[str, GatedStep]]:
    classes = {step.id: _find_classes(server, step) & ruled for step in steps}
    is_whole = server.action in _WHOLE
    needed: dict[str, frozenset[str]] = {}
    for step in steps:  # in the order in which they run: what is needed comes before
        own = (need for need in step.needs if need in needed)
        needed[step.id] = frozenset(id for need in own for id in (need, *needed[need]))
        after = classes.keys() - {step.id} if is_whole else needed[step.id]
        if step.closes is None and classes[step.id]:
            yield (
                step.id,
                GatedStep(
                    policy=policy,
                    classes=classes[step.id],
                    after={id: classes[id] for id in after if classes[id]},
                ),
            )


def _find_classes(server: ServerPlan, step: Step) -> frozenset[str]:
    """The classes that the step begins, of those that the server's change belongs to."""
    found = set(windowed_classes_of(server))
    if server.action in _WHOLE:
        return frozenset(found)
    if not step.causes_downtime:
        found.discard("downtime")
    if not step.is_destructive:
        found.discard("destroy")
    if step.operation_id == RESTORE:  # what it does besides is no change of a declared field
        found.discard("update")
    if step.operation_id != _REDEPLOY:
        found.discard("reinstall")
    if server.action is Action.ADOPT and step.id != f"{server.key}/tags":
        found.discard("adopt")
    return frozenset(found)


def hold_late(stacks: Sequence[Stack], plan: Plan, moment: datetime) -> tuple[Diagnostic, ...]:
    """What holds a plan that was allowed when it was made, if it is begun at the moment: one for
    each server whose window has closed since, or that a freeze holds by now."""
    late: dict[tuple[str, str], frozenset[str]] = {}
    policies = {stack.name: stack.policy for stack in stacks}
    servers = {step.id: step.server for stack in plan.stacks for step in stack.steps}
    for (stack, id), gated in find_gated(stacks, plan).items():
        name = (stack, servers[id])
        late[name] = late.get(name, frozenset()) | gated.find_closed(moment)
    return tuple(
        Diagnostic(
            code=code_of(select_rules(policies[stack], closed), moment),
            where=f"servers.{key}",
            what=describe_closed(policies[stack], closed, moment),
            hint=OVERRIDE_HINT,
            severity=Severity.HELD,
        )
        for (stack, key), closed in late.items()
        if closed
    )
